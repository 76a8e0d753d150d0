"""The network: one MiniLM encoder that forks after its second layer, into a branch for emotions and one for meaning.

Fitting all layers on both tasks cost emotions .04 macro-F1; two whole encoders cost the time bar. So the word vectors
and the lower layers stay as they are in the base model, and the upper ones are fitted twice, each on its own task.
"""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from classifiers.labels import DISTORTIONS, DOMAINS, EMOTIONS, INTENTS, SIGNS, TIERS
from classifiers.train.base import base_folder

_CLOSED = -10000.0
#: Layers that both branches share, and the word vectors below them.
SHARED: Final = 2
#: Outputs of each reader and their widths; ``tier`` has one output per step above ``none``, and so has ``stands``: the
#: danger a message shows in the light of what was said before it.
HEADS: Final[dict[str, dict[str, int]]] = {
    "emotion": {"emotion": len(EMOTIONS)},
    "meaning": {
        "tier": len(TIERS) - 1,
        "domain": len(DOMAINS),
        "intent": len(INTENTS),
        "sign": len(SIGNS),
        "distortion": len(DISTORTIONS),
        "stands": len(TIERS) - 1,
    },
}


class Reader(nn.Module):
    """Encoder and linear heads on mean, first-token and max pooling.

    Inputs, each (batch, tokens): token ids, the mask of all tokens, and ``own``, the mask of the message's own tokens,
    which alone are pooled; what was said before it is only attended to. Without it all tokens are the message's.
    """

    def __init__(self, encoder: BertModel, heads: dict[str, int]) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.ModuleDict({name: nn.Linear(3 * encoder.config.hidden_size, n) for name, n in heads.items()})

    @classmethod
    def from_base(cls, heads: dict[str, int]) -> "Reader":
        """Start from all-MiniLM-L6-v2 as its package carries it; what both branches share is never changed."""
        encoder = BertModel.from_pretrained(base_folder(), add_pooling_layer=False, attn_implementation="sdpa")
        encoder.embeddings.requires_grad_(False)
        for layer in encoder.encoder.layer[:SHARED]:
            layer.requires_grad_(False)
        return cls(encoder, heads)

    @classmethod
    def from_checkpoint(cls, path: Path, heads: dict[str, int]) -> "Reader":
        """Weights that ``fit`` saved, as they are exported."""
        config = BertConfig.from_pretrained(base_folder(), attn_implementation="eager")
        model = cls(BertModel(config, add_pooling_layer=False), heads)
        model.load_state_dict(torch.load(path, weights_only=True))
        return model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, own: Tensor | None = None) -> dict[str, Tensor]:
        """Raw outputs by head, each (batch, labels)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = self.pool(hidden, attention_mask if own is None else own)
        return {name: head(pooled) for name, head in self.heads.items()}

    def pool(self, hidden: Tensor, own: Tensor) -> Tensor:
        """Mean, first token and maximum, (batch, 1152)."""
        there = own.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * there).sum(1) / there.sum(1).clamp(min=1)
        top = (hidden + (1 - there) * _CLOSED).max(1).values
        out: Tensor = self.dropout(torch.cat([mean, hidden[:, 0], top], dim=-1))
        return out
