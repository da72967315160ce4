"""Matrices that several recommenders are made of: joined, read, and as arrays of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError, MissingExtraError
from usermind.tools.interactions import INSTALL

if TYPE_CHECKING:
    from types import ModuleType

    from scipy.sparse import csr_matrix


def sparse() -> ModuleType:
    """Return `scipy.sparse`.

    Raises:
        MissingExtraError: scipy is not installed.
    """
    try:
        import scipy.sparse
    except ImportError as error:
        raise MissingExtraError("scipy", install=INSTALL) from error
    found: ModuleType = scipy.sparse
    return found


def joined(one: csr_matrix, other: csr_matrix) -> csr_matrix:
    """Return (people, items) with 1 where either has one; a row is the same person in both."""
    people = max(one.shape[0], other.shape[0])
    one, other = one.copy(), other.copy()
    one.resize((people, one.shape[1]))
    other.resize((people, other.shape[1]))
    both = one + other
    both.data[:] = 1.0
    return both


def packed(matrix: csr_matrix, name: str) -> Mapping[str, NDArray[np.generic]]:
    """Return the arrays of a matrix of which all that is not 0 is 1, under names of their own."""
    return {
        f"{name}_starts": matrix.indptr.astype(np.int64),
        f"{name}_rows": matrix.indices.astype(np.int32),
    }


def unpacked(
    arrays: Mapping[str, NDArray[np.generic]],
    name: str,
    columns: int,
    *,
    weights: NDArray[np.generic] | None = None,
) -> csr_matrix:
    """Return the matrix that `packed` made these arrays of, or one of the same form with weights.

    Raises:
        InvalidInputError: They are not such arrays, or speak of more columns.
    """
    starts, rows = arrays[f"{name}_starts"], arrays[f"{name}_rows"]
    steps = np.diff(starts.astype(np.int64))
    ones = np.ones(len(rows), dtype=np.float32)
    data = ones if weights is None else weights.astype(np.float32)
    sound = (
        len(starts) > 0
        and int(starts[0]) == 0
        and int(starts[-1]) == len(rows) == len(data)
        and bool((steps >= 0).all())
        and bool(((rows.astype(np.int64) >= 0) & (rows.astype(np.int64) < columns)).all())
    )
    if not sound:
        raise InvalidInputError(
            f"The arrays of {name!r} are no matrix over {columns:,} items. Nothing was made of "
            "them. Fit the recommender anew."
        )
    return sparse().csr_matrix((data, rows, starts), shape=(len(starts) - 1, columns))


def entries(matrix: csr_matrix, rows: NDArray[np.int64], column: int) -> NDArray[np.float32]:
    """Return (rows,) what stands in one column of some rows.

    For a few rows this is far faster than scipy's own slices, which copy. The matrix must have its
    indices sorted.
    """
    found = np.zeros(len(rows), dtype=np.float32)
    for place, row in enumerate(rows):
        start, stop = matrix.indptr[row], matrix.indptr[row + 1]
        at = start + int(np.searchsorted(matrix.indices[start:stop], column))
        if at < stop and matrix.indices[at] == column:
            found[place] = matrix.data[at]
    return found


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length 1; a row of 0 stays one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
