"""Recipes that make the shipped weights. The only place that needs torch (the extra ``[train]``)."""
