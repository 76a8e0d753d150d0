"""Faults planted in the product, each of which must turn a gate red: a mutation test of the evals themselves."""
