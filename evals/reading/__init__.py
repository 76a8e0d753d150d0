"""The bars of reading: emotions, risk, intents and speed of the shipped weights, from one command."""
