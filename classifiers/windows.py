"""How a long message is cut: overlapping windows of tokens, the same in training and in serving.

Each window is judged by itself and the strongest counts, so that a sign in one clause of a long letter is neither cut
off nor thinned out. The reader is fitted on whole messages through the same maximum, so that the windows of a heavy
but safe letter learn to stay calm (multiple-instance learning, Dietterich et al. 1997).
"""

from collections.abc import Sequence

#: Tokens in a window, [CLS] and [SEP] not counted, and how far the next one begins after it.
WINDOW = 126
STRIDE = 84
#: Tokens of a message and of all that was said before it, where they are read together; the message may have this many.
TOGETHER = 118
LONGEST = 80
#: Words of an agent's turn that are kept there.
ASKED = 25


def pieces(tokens: Sequence[int]) -> list[list[int]]:
    """All tokens in one piece, or overlapping pieces that together hold all of them; at least one."""
    starts = range(0, max(1, len(tokens) - WINDOW + STRIDE), STRIDE) if len(tokens) > WINDOW else range(1)
    return [list(tokens[s : s + WINDOW]) for s in starts]


def together(
    before: Sequence[Sequence[int]], message: Sequence[int], cls: int, sep: int
) -> tuple[list[int], list[int]]:
    """A message in the light of what was said before it: token ids, and a mask that is 1 where the message stands.

    As much of the last turns as there is room for, oldest first, cut at its beginning, a [SEP] after each turn.
    """
    said: list[int] = []
    for turn in reversed(before):
        said = [*turn, sep, *said]
    room = max(0, TOGETHER - len(message))
    said = said[len(said) - min(room, len(said)) :]
    ids = [cls, *said, *message, sep]
    return ids, [1] + [0] * len(said) + [1] * (len(message) + 1)


def said(role: str, text: str) -> str:
    """How a turn stands before a message: the agent's are marked, and only their end, where they ask, is kept."""
    return text if role == "user" else " ".join([">", *text.split()[-ASKED:]])
