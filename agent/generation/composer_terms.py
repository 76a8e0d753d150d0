"""Word lists written as one line of words."""


def terms(line: str) -> frozenset[str]:
    """Return the words of ``line`` as a set."""
    return frozenset(line.split())
