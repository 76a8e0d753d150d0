"""The network: one MiniLM encoder, four heads on mean and first-token pooling."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from classifiers.labels import DOMAINS, EMOTIONS, INTENTS, TIERS
from classifiers.train.base import base_folder


@dataclass(frozen=True, slots=True)
class Logits:
    """Raw outputs, each of shape (batch, labels); ``tier`` holds one ordinal output per step above ``none``."""

    emotion: Tensor
    tier: Tensor
    domain: Tensor
    intent: Tensor


class TextReader(nn.Module):
    """Encoder and heads. ``forward`` takes token ids and mask of shape (batch, tokens)."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        width = 2 * encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.emotion = nn.Linear(width, len(EMOTIONS))
        self.tier = nn.Linear(width, len(TIERS) - 1)
        self.domain = nn.Linear(width, len(DOMAINS))
        self.intent = nn.Linear(width, len(INTENTS))

    @classmethod
    def from_base(cls) -> "TextReader":
        """Start from all-MiniLM-L6-v2 as its package carries it."""
        encoder = BertModel.from_pretrained(base_folder(), add_pooling_layer=False, attn_implementation="eager")
        return cls(encoder)

    @classmethod
    def from_checkpoint(cls, path: Path) -> "TextReader":
        """A checkpoint that ``fit`` saved."""
        config = BertConfig.from_pretrained(base_folder(), attn_implementation="eager")
        model = cls(BertModel(config, add_pooling_layer=False))
        model.load_state_dict(torch.load(path, weights_only=True))
        return model

    def freeze_embeddings(self) -> None:
        """Word vectors stay as they are: fewer parameters to fit, and rare words keep their meaning."""
        for parameter in self.encoder.embeddings.parameters():
            parameter.requires_grad = False

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Logits:
        """Run encoder and heads once."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
        pooled = self.dropout(torch.cat([mean, hidden[:, 0]], dim=-1))
        return Logits(self.emotion(pooled), self.tier(pooled), self.domain(pooled), self.intent(pooled))
