"""The summary of a case, in the words of the person: every line quotes a message."""
