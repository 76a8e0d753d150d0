"""What counsellors do with a case and after it: take it, pass it on, write, record, close, follow up, look back."""
