"""Which language a message is in, and whether it is one that the text reader reads less well: all but English.

Naming a language and doubting the reading are two questions. Short slang, names, laughter and English with borrowed
words are often given to some other language by a narrow margin; only a clear margin counts, and English words veto it.
Letters of another script are decisive.
"""

import math
import re
import unicodedata
from typing import Final

#: ISO 639-1 codes of the languages with a risk lexicon: those that people are expected to write.
EXPECTED: Final = frozenset(
    "ar bn da de en es fa fi fr he hi id it ja ko nl no pl pt ro ru sv sw th tl tr uk ur vi zh".split()  # noqa: SIM905
)
#: Others that are told apart. The identifier knows still smaller ones, to which it loses short messages.
OTHERS: Final = frozenset(
    "af am az be bg bs ca cs el et eu gl gu ha hr ht hu hy ig is jv ka kk km kn ku ky lo lt lv mg mk ml mn mr my ne om "  # noqa: SIM905
    "or pa ps rw si sk sl sn so sq sr ta te tg ug uz xh yo zu".split()
)
#: Near neighbours that read each other's writing. Nigerian Pidgin is English to the reader.
_COUNTED_AS: Final = {
    "nn": "no", "ms": "id", "an": "es", "ext": "es", "as": "bn", "wuu": "zh", "yue": "zh", "ary": "ar", "arz": "ar",
    "uzs": "uz", "sdh": "ku", "pcm": "en",
}  # fmt: skip
#: Log-odds in favour of an expected language over another one.
_PRIOR: Final = 6.0
_SURE_OF_NAME: Final = 0.4
#: Log-odds against English from which a message in Latin letters is not English.
_MARGIN: Final = 6.0
_ENGLISH_SHARE: Final = 0.25
_FEWEST_LETTERS: Final = 6
_FEWEST_LATIN: Final = 10
_PLENTY: Final = 25  # letters in Latin from which the name of the language is enough
_NAME_WORDS: Final = 5
_ENDS: Final = 200  # characters looked at, at either end of a message

# Whole blocks, with the marks that vowels are written with; neither phonetic signs, nor symbols, nor the middle dot and
# the lone letters that faces are drawn with.
_NOT_LATIN: Final = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u2c80-\u2dff\u3005-\u30fa\u30fc-\u9fff\ua490-\ua71f\ua800-\uab2f\uab70-\ud7ff"
    "\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufefc\U00010280-\U0001cfff\U00020000-\U0003ffff]{2,}"
)
_DENSE: Final = re.compile("[\u3005-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")  # a sign is a syllable
_LATIN: Final = re.compile("[A-Za-z\u00aa-\u02af\u1d00-\u1eff]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
#: Frequent in English, and not words of another language in Latin letters.
_ENGLISH: Final = frozenset(
    "i the and of from my you your she him his has had they them their our it its it's that that's this these those "  # noqa: SIM905
    "with what when where who how why which about because than there there's then was were being been are does did "
    "doing would could should didn't doesn't don't can't won't isn't wasn't couldn't wouldn't haven't dont cant didnt "
    "doesnt isnt wasnt couldnt i'm i've i'll i'd you're youre he's she's they're we're ive thats just not only even if "
    "always never really very much too after before again out get got going go gonna wanna know think feel like want "
    "need everyone everything nothing something someone anything lol omg idk tbh ngl".split()
)
#: Hindi and Urdu in Latin letters, which the identifier gives to Indonesian and others.
_ROMAN_HINDI: Final = frozenset(
    "hai hain nahi nahin mujhe mera meri mere kya kyun kyu bahut bohat hoon aur raha rahi gaya gayi yaar kuch karu "  # noqa: SIM905
    "samajh lagta lagti".split()
)


def language_of(text: str) -> str:
    """ISO 639-1 code; ``und`` for texts that are too short to tell or fit several languages about as well."""
    sample = _sample(text)
    if sum(_letters(sample)) < _FEWEST_LETTERS:
        return "und"
    if len(_ROMAN_HINDI.intersection(_WORD.findall(sample.lower()))) > 1:
        return "und"
    scores, spread = _scores(sample), math.sqrt(len(sample.encode("utf-8", "replace")))
    best = max(scores, key=scores.__getitem__)
    # Divided by the root of the length, the scores make probabilities that hold for short and long texts.
    total = sum(math.exp((score - scores[best]) / spread) for score in scores.values())
    return best if 1 / total >= _SURE_OF_NAME else "und"


def read_less_well(text: str, language: str) -> bool:
    """Whether the message is surely not English. ``language`` is what ``language_of`` said of it."""
    if language == "en":
        return False
    sample = _sample(text)
    foreign, latin = _letters(sample)
    if foreign > latin:
        return True
    words = _WORD.findall(sample)
    small = {word.lower() for word in words}
    if latin < _FEWEST_LATIN or len(small) == 1 or _names(words):
        return False
    if sum(word.lower() in _ENGLISH for word in words) >= _ENGLISH_SHARE * len(words):
        return False
    if language != "und" and latin >= _PLENTY:
        return True
    scores = _scores(sample)
    return max(score for code, score in scores.items() if code != "en") - scores["en"] >= _MARGIN


def _sample(text: str) -> str:
    """The message, or the two ends of a long one, in plain letters: styled and wide ones count as what they show."""
    ends = text if len(text) <= 2 * _ENDS else f"{text[:_ENDS]} {text[-_ENDS:]}"
    return unicodedata.normalize("NFKC", ends).replace("’", "'")


def _letters(sample: str) -> tuple[int, int]:
    """How much is written in other scripts, and how much in Latin letters; a sign for a syllable counts three times."""
    foreign = "".join(_NOT_LATIN.findall(sample))
    return len(foreign) + 2 * len(_DENSE.findall(foreign)), len(_LATIN.findall(sample))


def _scores(sample: str) -> dict[str, float]:
    """Log-likelihood by language, with the prior. Raises what py3langid raises when its model cannot be loaded."""
    from py3langid.langid import rank  # noqa: PLC0415  (loads its model on first use)

    scores: dict[str, float] = {}
    for code, score in rank(sample):
        known = _COUNTED_AS.get(code, code)
        if known in EXPECTED or known in OTHERS:
            scores.setdefault(known, score + _PRIOR if known in EXPECTED else score)
    return scores


def _names(words: list[str]) -> bool:
    """A few words, each with a capital: somebody's name, a place, a brand."""
    return len(words) <= _NAME_WORDS and all(word[0].isupper() and not word.isupper() for word in words)
