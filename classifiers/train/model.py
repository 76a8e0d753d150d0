"""The network: one MiniLM encoder whose upper half forks in two.

The trunk and the first branch read emotions (mean and first-token pooling). The second branch, a copy of the upper
layers fitted on the authored corpora, reads risk, domains and intent (mean, first-token and max pooling: a sign may
stand in one clause of a long letter). One pass gives both. Fitting all layers on both tasks cost emotions .04 macro-F1
(see cards/text_reader.md), hence the fork.
"""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from classifiers.labels import DOMAINS, EMOTIONS, INTENTS, TIERS
from classifiers.train.base import base_folder

FORKED_LAYERS = 3
_CLOSED = -10000.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """Raw outputs of the second branch, each (batch, labels); ``tier`` has one output per step above ``none``."""

    tier: Tensor
    domain: Tensor
    intent: Tensor


class TextReader(nn.Module):
    """Encoder, second branch and heads. Inputs are token ids and mask of shape (batch, tokens)."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.branch = nn.ModuleList(deepcopy(layer) for layer in encoder.encoder.layer[-FORKED_LAYERS:])
        width = encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.emotion = nn.Linear(2 * width, len(EMOTIONS))
        self.tier = nn.Linear(3 * width, len(TIERS) - 1)
        self.domain = nn.Linear(3 * width, len(DOMAINS))
        self.intent = nn.Linear(3 * width, len(INTENTS))

    @classmethod
    def from_base(cls) -> "TextReader":
        """Start from all-MiniLM-L6-v2 as its package carries it."""
        encoder = BertModel.from_pretrained(base_folder(), add_pooling_layer=False, attn_implementation="eager")
        return cls(encoder)

    @classmethod
    def from_checkpoint(cls, path: Path, *, fork: bool = False) -> "TextReader":
        """A checkpoint that ``fit`` saved. With ``fork`` the second branch begins as a copy of the fitted first."""
        config = BertConfig.from_pretrained(base_folder(), attn_implementation="eager")
        model = cls(BertModel(config, add_pooling_layer=False))
        state = torch.load(path, weights_only=True)
        if fork:
            kept = {k: v for k, v in state.items() if k.startswith(("encoder.", "emotion."))}
            model.load_state_dict(kept, strict=False)
            model.branch = nn.ModuleList(deepcopy(layer) for layer in model.encoder.encoder.layer[-FORKED_LAYERS:])
        else:
            model.load_state_dict(state)
        return model

    def trunk(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Hidden states at the fork, (batch, tokens, 384)."""
        hidden: Tensor = self.encoder.embeddings(input_ids=input_ids)
        for layer in self.encoder.encoder.layer[:-FORKED_LAYERS]:
            hidden = layer(hidden, closed(attention_mask, hidden))
        return hidden

    def feelings(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """Emotion logits from the hidden states at the fork."""
        for layer in self.encoder.encoder.layer[-FORKED_LAYERS:]:
            hidden = layer(hidden, closed(attention_mask, hidden))
        logits: Tensor = self.emotion(self.dropout(torch.cat([mean(hidden, attention_mask), hidden[:, 0]], dim=-1)))
        return logits

    def meaning(self, hidden: Tensor, attention_mask: Tensor) -> Meaning:
        """Risk, domain and intent logits from the hidden states at the fork."""
        for layer in self.branch:
            hidden = layer(hidden, closed(attention_mask, hidden))
        top = hidden.masked_fill(attention_mask.unsqueeze(-1) == 0, _CLOSED).max(1).values
        pooled = self.dropout(torch.cat([mean(hidden, attention_mask), hidden[:, 0], top], dim=-1))
        return Meaning(self.tier(pooled), self.domain(pooled), self.intent(pooled))


def closed(attention_mask: Tensor, hidden: Tensor) -> Tensor:
    """The additive mask of attention, (batch, 1, 1, tokens)."""
    return (1.0 - attention_mask[:, None, None, :].to(hidden.dtype)) * _CLOSED


def mean(hidden: Tensor, attention_mask: Tensor) -> Tensor:
    """Mean over the tokens that are there, (batch, 384)."""
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
