"""What adds up over turns."""

import pytest

from classifiers.evidence import FEATURES, Heard, Weights, features
from classifiers.labels import SIGNS, Sign
from classifiers.reading import SignScore

NOTHING = (0.0, 0.0, 0.0, 0.0)
WEIGHTS = Weights(tuple((name, 1.0) for name in FEATURES), -2.0)


def heard(*signs: Sign, low: float = 0.0) -> Heard:
    return Heard(tuple(SignScore(s, 0.9 if s in signs else 0.0) for s in SIGNS), (low, 0.0, 0.0, 0.0))


def test_silence_is_no_evidence() -> None:
    assert features([]) == dict.fromkeys(FEATURES, 0.0)
    assert features([Heard((), NOTHING)]) == dict.fromkeys(FEATURES, 0.0)


def test_different_signs_add_up_and_the_same_one_does_not() -> None:
    once = WEIGHTS.probability([heard("hopelessness")])
    assert WEIGHTS.probability([heard("hopelessness"), heard("hopelessness")]) == once
    assert WEIGHTS.probability([heard("hopelessness"), heard("goodbye")]) > once


def test_low_risk_again_and_again_counts_up_to_a_cap() -> None:
    many = [WEIGHTS.probability([heard(low=0.6)] * n) for n in range(1, 9)]
    assert many[0] < many[1] < many[2]
    assert many[5] == many[7]


def test_the_leading_signs_are_named() -> None:
    assert set(WEIGHTS.leading([heard("means"), heard("loss", "goodbye")])) == {"means", "loss", "goodbye"}
    assert WEIGHTS.leading([heard()]) == ()


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Weights((("loss", -0.1),), 0.0)
