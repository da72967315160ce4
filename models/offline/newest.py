"""Claims that a later message of the user's replaces, though reflection has not read it yet."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from usermind.models.offline.earlier import present_asked
from usermind.models.offline.extraction import extract
from usermind.models.offline.matching import Fit, hearsay
from usermind.models.offline.words import terms

SURE = 0.8
"""Confidence from which on what a message says of a slot outweighs the claim."""
_VALUE = re.compile(r"\b(?:[A-ZÀ-Þ][\w'’-]*|\d[\w.,]*)\b")


def newest_first(
    asked: str, fits: Sequence[Fit], *, name: str, since: Mapping[str, datetime]
) -> list[Fit]:
    """Return what answers a question about the present without the claims that were replaced.

    "Where do I live now?" right after "Actually I live in Zug": the claim says Basel still.

    Args:
        asked: The question.
        fits: What answers it, best first.
        name: How claims call the user.
        since: When claims were last supported, by id, where their line does not tell.
    """
    claims = [fit for fit in fits if fit.memory.kind == "proposition" and not hearsay(fit.memory)]
    said = [fit for fit in fits if fit.memory.kind == "observation" and fit.memory.author == "user"]
    if not claims or not said or not present_asked(asked):
        return list(fits)
    old = set[str]()
    for fit in said:
        for new in extract(fit.passage, at=fit.memory.at, name=name):
            if not new.slot or new.change or new.confidence < SURE:
                continue
            for claim in claims:
                at = since.get(claim.memory.id, claim.memory.at)
                if at < fit.memory.at and _replaces(new.statement, claim.memory.text, name):
                    old.add(claim.memory.id)
    return [fit for fit in fits if fit.memory.id not in old]


def _replaces(new: str, known: str, name: str) -> bool:
    """Tell whether two statements give one thing two values: "lives in Zug", "lives in Basel"."""
    head, value = _parted(new, name)
    known_head, known_value = _parted(known, name)
    return bool(head) and head == known_head and value != known_value and bool(known_value)


def _parted(statement: str, name: str) -> tuple[str, frozenset[str]]:
    told = statement.removeprefix(f"{name}'s").removeprefix(name).strip(" .")
    found = _VALUE.search(told)
    if found is None:
        return "", frozenset()
    return told[: found.start()].strip(), terms(found[0])
