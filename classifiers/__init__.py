"""Handhold's own classifiers: what a message, a voice or a face tells us, with calibrated scores."""
