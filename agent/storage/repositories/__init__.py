"""Rows in, domain types out. A repository never commits."""
