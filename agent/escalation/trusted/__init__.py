"""The contact a person trusts: their consent, the written policy, and what is sent."""
