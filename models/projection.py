"""From a user's vector to soft tokens: the linear map between an embedder and a language model.

    rows = reshape(W u + b)        u (d,), W (tokens · hidden, d), rows (tokens, hidden)

Liu et al. 2025, "LLMs + Persona-Plug" (arXiv 2409.11901, section 3.3) and UQABench (arXiv
2502.19178) put such rows before the embedded prompt. There, W is learned with the language model
frozen, and what is not learned says nothing to it: `Projection.untrained` is for trying things out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from usermind.errors import InvalidInputError
from usermind.models._weights import Floats, WeightFile

WEIGHT: Final = "weight"
BIAS: Final = "bias"
TOKENS: Final = "tokens"
"""Key of the file's metadata: how many rows of a prompt one vector becomes."""
UNTRAINED: Final = "untrained"
"""Key of the file's metadata: "true" where the numbers are random."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Projection:
    """A linear map from a vector of a user to rows of a prompt."""

    weight: Floats
    """(tokens · hidden, dimensions), as `torch.nn.Linear` has it."""
    bias: Floats
    """(tokens · hidden,)"""
    tokens: int
    trained: bool = True
    """Whether somebody learned it; random numbers mean nothing to a model."""

    def __post_init__(self) -> None:
        shapes = f"{WEIGHT} {self.weight.shape}, {BIAS} {self.bias.shape}, {self.tokens} tokens"
        outputs = self.weight.shape[0] if self.weight.ndim == 2 else 0
        if self.tokens < 1 or not outputs or outputs % self.tokens or not self.weight.shape[1]:
            raise InvalidInputError(
                f"A projection cannot have {shapes}. Expected {WEIGHT} of (tokens × hidden, "
                "dimensions), with at least one token."
            )
        if self.bias.shape != (outputs,):
            raise InvalidInputError(
                f"A projection cannot have {shapes}. Expected {BIAS} of ({outputs},)."
            )
        if not (np.isfinite(self.weight).all() and np.isfinite(self.bias).all()):
            raise InvalidInputError(
                "A projection holds NaN or infinity. Nothing was kept. Train it anew, with a "
                "lower learning rate if it diverged."
            )

    def __repr__(self) -> str:
        state = "trained" if self.trained else "untrained"
        return f"<Projection {self.dimensions} → {self.tokens} × {self.hidden}, {state}>"

    @property
    def dimensions(self) -> int:
        """Length of the vectors it takes."""
        return int(self.weight.shape[1])

    @property
    def hidden(self) -> int:
        """Width of the rows it makes."""
        return int(self.weight.shape[0]) // self.tokens

    def __call__(self, vector: Floats) -> Floats:
        """Return (tokens, hidden) float32 for a vector of (dimensions,).

        Raises:
            InvalidInputError: The vector has another shape, or holds a number that is not finite.
        """
        given = np.asarray(vector)
        if given.shape != (self.dimensions,) or not np.isfinite(given).all():
            raise InvalidInputError(
                f"A vector of shape {given.shape} cannot be projected. Nothing was sent. Expected "
                f"({self.dimensions},) finite numbers, from the embedder it was trained on."
            )
        rows: Floats = (self.weight @ given.astype(np.float32) + self.bias).astype(np.float32)
        return rows.reshape(self.tokens, self.hidden)

    @classmethod
    def load(cls, path: str | Path) -> "Projection":
        """Return the projection of a safetensors file: `weight`, `bias` if any, and metadata.

        It is what `safetensors.torch.save_file(linear.state_dict(), path, {"tokens": "4"})` writes.

        Raises:
            InvalidInputError: It is no such file.
        """
        file = WeightFile(Path(path).expanduser())
        tokens = file.metadata.get(TOKENS, "")
        if WEIGHT not in file.names or set(file.names) - {WEIGHT, BIAS} or not tokens.isdecimal():
            raise InvalidInputError(
                f"{str(path)!r} holds the tensors {sorted(file.names)} and {TOKENS}={tokens!r}. "
                f"Nothing was loaded. Expected {WEIGHT!r}, perhaps {BIAS!r}, and the number of "
                f"rows as {TOKENS!r} in the metadata."
            )
        weight = file.whole(WEIGHT)
        bias = file.whole(BIAS) if BIAS in file.names else np.zeros(weight.shape[:1], np.float32)
        return cls(weight, bias, int(tokens), trained=file.metadata.get(UNTRAINED) != "true")

    def save(self, path: str | Path) -> None:
        """Write it as a safetensors file."""
        from safetensors.numpy import save_file

        metadata = {TOKENS: str(self.tokens)} | ({} if self.trained else {UNTRAINED: "true"})
        tensors = {WEIGHT: self.weight, BIAS: self.bias}
        save_file({name: np.ascontiguousarray(a) for name, a in tensors.items()}, path, metadata)

    @classmethod
    def untrained(
        cls, dimensions: int, *, tokens: int, hidden: int, length: float, seed: int = 0
    ) -> "Projection":
        """Return a random projection, the same for the same seed: for trying out, not for use.

        Args:
            dimensions: Length of the vectors.
            tokens: Rows that one becomes.
            hidden: Width of a row, the model's.
            length: Of a row, on average, for a vector of unit length; a model expects about that of
                its own (`TokenEmbeddings.typical_length`).
            seed: Of the numbers.

        Raises:
            InvalidInputError: One of the sizes is below 1, or the length not finite.
        """
        if min(dimensions, tokens, hidden) < 1:
            raise InvalidInputError(
                f"{dimensions} dimensions, {tokens} tokens and {hidden} hidden are no sizes. "
                "Expected at least 1 of each."
            )
        rng = np.random.default_rng(seed)
        weight = rng.normal(0.0, length / np.sqrt(hidden), (tokens * hidden, dimensions))
        zeros = np.zeros(tokens * hidden, np.float32)
        return cls(weight.astype(np.float32), zeros, tokens, trained=False)
