"""A small transformer over sequences of items, as plain functions of named tensors.

    rows of items → their vectors + vectors of places → attention and a layer each, `layers` times

Source: W.-C. Kang and J. McAuley, Self-Attentive Sequential Recommendation (2018), section III. We
normalise the input of a block instead of its output, and use GELU as BERT4Rec does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from usermind.tools.recommenders.training import Rows

if TYPE_CHECKING:
    import torch

    from usermind.tools.recommenders.training import Parameters

PAD: Final = -1
"""In the place of a row: nothing stands there."""
_SPREAD: Final = 0.02
"""Standard deviation of weights before training, as in BERT."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the transformer is."""

    items: int
    """Vectors in the table, special ones included."""
    length: int
    dimensions: int
    layers: int
    heads: int
    causal: bool
    """Whether a place sees only those before it."""

    def sizes(self) -> dict[str, tuple[int, ...]]:
        """Return the size of each parameter by its name."""
        d = self.dimensions
        maps = {"look": (3 * d, d), "gather": (d, d), "widen": (4 * d, d), "narrow": (d, 4 * d)}
        found: dict[str, tuple[int, ...]] = {
            "items": (self.items, d),
            "places": (self.length, d),
            "end": (d,),
            "end.bias": (d,),
        }
        for block in range(self.layers):
            for name, size in maps.items():
                found |= {f"{name}.{block}": size, f"{name}.{block}.bias": size[:1]}
            for name in ("before look", "before widen"):
                found |= {f"{name}.{block}": (d,), f"{name}.{block}.bias": (d,)}
        return found


def drawn(shape: Shape, seed: int) -> Parameters:
    """Return parameters before training; the same for a seed, on whatever device they are used."""
    import torch

    dice = torch.Generator().manual_seed(seed)
    found = {}
    for name, size in shape.sizes().items():
        if name.endswith("bias"):
            found[name] = torch.zeros(size)
        elif len(size) == 1:  # what scales a normalised vector
            found[name] = torch.ones(size)
        else:
            found[name] = torch.randn(size, generator=dice) * _SPREAD
    return found


def encoded(
    parameters: Parameters, shape: Shape, rows: torch.Tensor, *, dropout: float = 0.0
) -> torch.Tensor:
    """Return (sequences, places, dimensions) what is known at each place.

    Args:
        parameters: As `drawn` makes them.
        shape: Theirs.
        rows: (sequences, places) int64, `PAD` after the end of each; at most `shape.length` places.
        dropout: In [0, 1): share of numbers that are set to 0 on the way.
    """
    import torch

    functional = torch.nn.functional

    def dropped(x: torch.Tensor) -> torch.Tensor:
        return functional.dropout(x, dropout) if dropout else x

    def normed(x: torch.Tensor, name: str) -> torch.Tensor:
        scale, shift = parameters[name], parameters[f"{name}.bias"]
        return functional.layer_norm(x, (shape.dimensions,), scale, shift)

    def mapped(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, parameters[name], parameters[f"{name}.bias"])

    there = rows != PAD
    # What follows the end is never seen by what comes before it, if attention is causal.
    seen = None if shape.causal else there[:, None, None, :]
    x = functional.embedding(rows.clamp(min=0), parameters["items"]) * shape.dimensions**0.5
    x = dropped(x + parameters["places"][: rows.shape[1]])
    for block in range(shape.layers):
        looks = mapped(normed(x, f"before look.{block}"), f"look.{block}")
        queries, keys, values = (
            part.reshape(*part.shape[:2], shape.heads, -1).transpose(1, 2)
            for part in looks.chunk(3, -1)
        )
        found = functional.scaled_dot_product_attention(
            queries, keys, values, attn_mask=seen, is_causal=shape.causal
        )
        x = x + dropped(mapped(found.transpose(1, 2).flatten(-2), f"gather.{block}"))
        wide = functional.gelu(mapped(normed(x, f"before widen.{block}"), f"widen.{block}"))
        x = x + dropped(mapped(wide, f"narrow.{block}"))
    return normed(x, "end")


def padded(sequences: list[Rows], length: int) -> Rows:
    """Return (sequences, places) the last `length` rows of each, `PAD` after their end."""
    kept = [rows[-length:] for rows in sequences]
    found = np.full((len(kept), max((len(rows) for rows in kept), default=0)), PAD, np.int64)
    for place, rows in enumerate(kept):
        found[place, : len(rows)] = rows
    return found
