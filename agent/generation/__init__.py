"""Generators behind one port: a remote or embedded model, and the authored composer that is always there."""
