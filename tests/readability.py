"""How old a reader must be, by the Flesch-Kincaid grade and a count of syllables that is good to about one in ten."""

import re


def syllables(word: str) -> int:
    """Groups of vowels, less a silent ending."""
    word = re.sub(r"(?:(?<![aeiouyl])e|(?<=[^dt])ed|(?<=[^s])es)$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def reading_age(text: str) -> float:
    """Years: the American school grade and five."""
    sentences = [s for s in re.split(r"[.!?:]+(?:\s|$)", text) if s.strip()]
    words = re.findall(r"[A-Za-z']+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59 + 5
