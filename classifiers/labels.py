"""Label sets of the text reader, in the order of the model's outputs.

Emotions: GoEmotions (Demszky et al. 2020), 27 emotions and neutral. Ekman-7 and the four sentiment groups are the
mappings published with the data set.
"""

from typing import Final, Literal, get_args

Emotion = Literal[
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire",
    "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy",
    "love", "nervousness", "optimism", "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
]  # fmt: skip
Intent = Literal[
    "greeting", "farewell", "gratitude", "agree", "disagree", "vent", "share_good_news", "seek_coping_skill",
    "seek_information", "seek_person", "ask_about_agent", "homework_followup", "crisis", "past_crisis",
    "worry_about_other", "out_of_scope",
]  # fmt: skip
Domain = Literal[
    "suicide", "self_harm", "harm_to_others", "abuse", "child_safety", "eating_disorder", "psychosis_mania",
    "substance_overdose", "medical_emergency",
]  # fmt: skip
TierName = Literal["none", "low", "moderate", "high", "imminent"]
#: What adds up over turns (classifiers/cards/codebook.md).
Sign = Literal[
    "loss", "hopelessness", "burden", "goodbye", "affairs", "means", "time", "isolation", "retraction", "rehearsal",
]  # fmt: skip
#: The ten of Burns (1980), Feeling Good.
Distortion = Literal[
    "all_or_nothing", "overgeneralisation", "mental_filter", "disqualifying_the_positive", "jumping_to_conclusions",
    "magnification", "emotional_reasoning", "should_statements", "labelling", "personalisation",
]  # fmt: skip

EMOTIONS: Final[tuple[Emotion, ...]] = get_args(Emotion)
INTENTS: Final[tuple[Intent, ...]] = get_args(Intent)
DOMAINS: Final[tuple[Domain, ...]] = get_args(Domain)
TIERS: Final[tuple[TierName, ...]] = get_args(TierName)
SIGNS: Final[tuple[Sign, ...]] = get_args(Sign)
DISTORTIONS: Final[tuple[Distortion, ...]] = get_args(Distortion)
SOMEONE_ELSE: Final = "other"

EKMAN: Final[dict[str, tuple[Emotion, ...]]] = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "joy": (
        "joy", "amusement", "approval", "excitement", "gratitude", "love", "optimism", "relief", "pride", "admiration",
        "desire", "caring",
    ),
    "sadness": ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
    "surprise": ("surprise", "realization", "confusion", "curiosity"),
    "neutral": ("neutral",),
}  # fmt: skip
SENTIMENT: Final[dict[str, tuple[Emotion, ...]]] = {
    "positive": EKMAN["joy"],
    "negative": EKMAN["anger"] + EKMAN["disgust"] + EKMAN["fear"] + EKMAN["sadness"],
    "ambiguous": EKMAN["surprise"],
    "neutral": ("neutral",),
}
