"""Bias audit: the same story told by different people, and what the program makes of each."""
