"""What the commands say after something was forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from usermind.cli.opening import Workplace
from usermind.cli.screen import count, emit, note, say, size

if TYPE_CHECKING:
    from usermind.memory import DeletionReceipt

MOST: Final = 8
"""Ids that a line names at most."""


def tell(place: Workplace, receipt: DeletionReceipt, *, everything: bool = False) -> None:
    """Print a receipt, and what the search for the deleted words and pictures found."""
    if place.flags.as_json:
        emit(receipt)
        return
    say(f"Forgotten: {amounts(receipt)}.")
    for line in _left(receipt):
        say(line)
    if receipt.residue and everything:
        note(
            f"{count(receipt.residue, 'trace')} of the user could still be found in the store's "
            "registry or folder. Close other programs that use the store."
        )
    elif receipt.residue:
        note(
            f"{count(receipt.residue, 'trace')} of it could still be found in the user's file. "
            "Close other programs that use the store, then run `usermind memory forget` again."
        )
    elif receipt.verified:
        say(f"Searched {size(receipt.scanned)} afterwards: nothing of it is left.")
    else:
        note(
            "No search could show that nothing is left: what was deleted is too short to be told "
            "from chance, or what remains says it too."
        )


def _left(receipt: DeletionReceipt) -> Iterator[str]:
    """Yield what stays of what went, or names it, and the command that takes it."""
    verdicts = [item for item in receipt.kept if item.startswith("v")]
    shown = [item for item in receipt.kept if item.startswith("x")]
    if verdicts:
        yield (
            f"What was said of other items stays, in messages of its own: {_listed(verdicts)}. "
            f"`usermind memory forget {_first(verdicts)}` takes it."
        )
    if shown:
        yield (
            f"That other items were shown stays, but not why: {_listed(shown)}. "
            f"`usermind memory forget {_first(shown)}` takes it."
        )
    if receipt.still:
        yield (
            f"Its title still stands in {_listed(receipt.still)}. "
            f"`usermind memory forget {_first(receipt.still)}` takes it with what rests on it."
        )


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:MOST]) + (f" and {len(items) - MOST:,} more" * (len(items) > MOST))


def _first(items: Sequence[str]) -> str:
    return " ".join(items[:MOST])


def amounts(receipt: DeletionReceipt) -> str:
    """Return how much of each kind went."""
    parts = (
        (len(receipt.propositions), "claim"),
        (len(receipt.observations), "message"),
        (len(receipt.concepts), "concept"),
        (receipt.attributes, "attribute"),
        (receipt.pictures, "picture"),
        (len(receipt.entities), "entity"),
        (len(receipt.profiles), "profile"),
        (len(receipt.feedback), "verdict"),
        (len(receipt.exposures), "recommendation"),
        (len(receipt.suggestions), "offer"),
        (receipt.vectors, "vector"),
        (len(receipt.files), "file"),
    )
    told = [count(number, noun) for number, noun in parts if number]
    return ", ".join(told) or "nothing"
