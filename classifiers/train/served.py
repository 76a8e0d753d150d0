"""The fitted readers as they are served: the shared lower layers and the two branches, each a network of its own.

Messages are read one at a time, so there is no batch and no mask: all tokens are attended to. Query, key and value are
one product. With fewer and larger steps the same numbers take a third less time; and what was said before a message
is read by the lower layers and the meaning branch alone.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.bert.modeling_bert import BertLayer

from classifiers.train.model import SHARED, Reader
from classifiers.windows import WINDOW

LOWER: Final = "lower"


class Layer(nn.Module):
    """One encoder layer, (tokens, 384) to (tokens, 384)."""

    def __init__(self, fitted: BertLayer) -> None:
        super().__init__()
        seen = fitted.attention.self
        self.heads, self.width = seen.num_attention_heads, seen.attention_head_size
        root = self.width**0.5
        self.look = nn.Linear(seen.query.in_features, 3 * seen.query.out_features)
        with torch.no_grad():
            self.look.weight.copy_(torch.cat([seen.query.weight / root, seen.key.weight, seen.value.weight]))
            self.look.bias.copy_(torch.cat([seen.query.bias / root, seen.key.bias, seen.value.bias]))
        self.mix, self.mixed = fitted.attention.output.dense, fitted.attention.output.LayerNorm
        self.widen, self.narrow, self.done = fitted.intermediate.dense, fitted.output.dense, fitted.output.LayerNorm

    def forward(self, x: Tensor) -> Tensor:
        """Self-attention, then the wide inner part, each added to what came in."""
        q, k, v = self.look(x).reshape(-1, 3, self.heads, self.width).permute(1, 2, 0, 3).unbind(0)
        seen = (q @ k.transpose(1, 2)).softmax(-1) @ v
        x = self.mixed(x + self.mix(seen.permute(1, 0, 2).reshape(-1, self.heads * self.width)))
        out: Tensor = self.done(x + self.narrow(functional.gelu(self.widen(x))))
        return out


class Lower(nn.Module):
    """Word vectors, positions and the layers both branches share: token ids (tokens,) to (tokens, 384)."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        table = reader.encoder.embeddings
        self.words, self.norm = table.word_embeddings, table.LayerNorm
        places = table.position_embeddings.weight + table.token_type_embeddings.weight[0]
        self.places = nn.Parameter(places[: WINDOW + 2].detach().clone())
        self.layers = nn.ModuleList(Layer(layer) for layer in reader.encoder.encoder.layer[:SHARED])

    def forward(self, input_ids: Tensor) -> Tensor:
        """What the branches start from."""
        x: Tensor = self.norm(self.words(input_ids) + self.places[: input_ids.shape[0]])
        for layer in self.layers:
            x = layer(x)
        return x


class Branch(nn.Module):
    """The upper layers and heads of one reader."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(layer) for layer in reader.encoder.encoder.layer[SHARED:])
        self.reader = [reader]  # in a list: its encoder is no part of this network
        self.heads = reader.heads

    def forward(self, lower: Tensor, own: Tensor) -> tuple[Tensor, ...]:
        """Raw outputs of the heads, each (labels,); ``own`` (tokens,) is 1 where the message stands."""
        x = lower
        for layer in self.layers:
            x = layer(x)
        pooled = self.reader[0].pool(x.unsqueeze(0), own.unsqueeze(0))
        return tuple(head(pooled).squeeze(0) for head in self.heads.values())


def parts(readers: dict[str, Reader]) -> dict[str, Lower | Branch]:
    """The lower layers and a branch for each reader; ``ValueError`` if they do not share what lies below."""
    first, *others = readers.values()
    for part in ("embeddings", *(f"encoder.layer.{n}" for n in range(SHARED))):
        mine = list(first.encoder.get_submodule(part).parameters())
        for other in others:
            theirs = other.encoder.get_submodule(part).parameters()
            if not all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True)):
                message = "the readers do not share their lower layers"
                raise ValueError(message)
    return {LOWER: Lower(first).eval(), **{name: Branch(reader.eval()).eval() for name, reader in readers.items()}}
