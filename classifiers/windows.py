"""How a long message is cut: overlapping windows of tokens, the same in training and in serving.

Each window is judged by itself and the strongest counts, so that a sign in one clause of a long letter is neither cut
off nor thinned out. The reader is fitted on whole messages through the same maximum, so that the windows of a heavy
but safe letter learn to stay calm (multiple-instance learning, Dietterich et al. 1997).
"""

from collections.abc import Sequence

#: Tokens in a window, [CLS] and [SEP] not counted, and how far the next one begins after it.
WINDOW = 126
STRIDE = 84


def pieces(tokens: Sequence[int]) -> list[list[int]]:
    """All tokens in one piece, or overlapping pieces that together hold all of them; at least one."""
    starts = range(0, max(1, len(tokens) - WINDOW + STRIDE), STRIDE) if len(tokens) > WINDOW else range(1)
    return [list(tokens[s : s + WINDOW]) for s in starts]
