"""Logging by allow-list, and counters. Neither ever holds a word that a person wrote."""
