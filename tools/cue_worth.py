"""Standing: what a cue is worth in its sentence, beside what it says by itself.

"I can't say I loved ▢"     a view that is no fact: nothing
"a film that isn't from ▢"  a wish that is denied: refused
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from usermind.models.frames import (
    Frame,
    frame_of,
    frame_of_claim,
    frame_of_name,
    is_of_part,
    names_part,
)
from usermind.tools.mentions import ItemMention, Mention, YearMention
from usermind.tools.scope import reach

Kind = Literal["like", "dislike", "example", "seen", "refuse", "want", "none"]
"""like, dislike: what they think of it; example: something like it is wanted; seen: they know it;
refuse: it may not come; want: it is asked for; none: a word behind which no earlier cue governs."""

VEIL = "ꙮ"
"""Stands for each character of a name while cues are looked for, so that "No Country for Old Men"
refuses nothing: a letter that no word has. Patterns write it as `▢`."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue where it stands."""

    kind: Kind
    mild: bool
    start: int
    end: int
    weak: bool = False
    """Whether it counts only because no other one does."""
    weight: float | None = None
    """What a rating says, in [−1, 1]."""


VIEWS: frozenset[Kind] = frozenset(("like", "dislike", "seen"))
WISHED: frozenset[Kind] = frozenset(("want", "example", "refuse"))
_OF_ITSELF = re.compile(r"\bbut\b|[,;] ?(?:i|we)\b|\b(?:and|which) (?:i|we)\b", re.IGNORECASE)
"""In "▢, but I loved it": a view of its own, whatever stands before the name."""
_WOULD = re.compile(r"(?:'d|\b(?:would|will|might|may|could)|'ll)(?: \w+ly)* $", re.IGNORECASE)


def framed(
    veiled: str, mention: Mention, start: int, end: int, cue: Cue, *, spoken: bool
) -> Cue | None:
    """Return a view as far as its sentence makes a fact of it; None: it makes none.

    What they would hate is refused, whether they know it or not.
    """
    frame: Frame
    if cue.weight is not None:
        frame = "fact"  # a rating tells whose it is by its words alone
    elif cue.start >= mention.start:
        before, said = veiled[start : mention.start], veiled[cue.start : cue.end]
        if isinstance(mention, ItemMention) and names_part(before):
            return None
        after = _up_to_a_name(veiled[cue.end : end])
        frame = frame_of_name("" if _OF_ITSELF.search(said) else before, after)
    else:
        before, said = veiled[start : cue.start], veiled[cue.start : cue.end]
        between = veiled[cue.end : mention.start]
        after = _up_to_a_name(veiled[mention.end : end])
        if isinstance(mention, ItemMention) and is_of_part(between, after):
            return None
        frame = frame_of(before, said, between, after) if spoken else frame_of_claim(before)
        if frame == "unreal" and cue.kind == "dislike" and spoken and _WOULD.search(before):
            ahead = frame_of(_WOULD.sub("", before), said, between, after)
            return None if ahead == "unreal" else replace(cue, kind="refuse")
    if frame == "unreal":
        return None
    return replace(cue, mild=True) if frame == "hedged" else cue


def denied(veiled: str, mention: Mention, start: int, cue: Cue, cues: Sequence[Cue]) -> Cue | None:
    """Return a wish as a negation leaves it, asked for or refused; None: it is unclear which."""
    if cue.start >= mention.start or cue.weight is not None:
        return cue  # said behind the name
    if isinstance(mention, YearMention) and _TURNED.match(mention.text):
        # It holds its negation: "no westerns, not older than 2010".
        if _DENIED_BEFORE.search(veiled[start : mention.start]):
            return None
        return replace(cue, kind="want") if cue.kind == "refuse" else cue
    if cue.kind == "refuse":
        # Its own words deny what it governs; what is denied again is wanted.
        said = veiled[cue.end : mention.start]
        reached = reach(said)
        if reached == "denied" and VEIL in said:
            return None  # "no musicals that aren't comedies"
        twice = reached == "denied" or _DENIED_BEFORE.search(veiled[start : cue.start])
        return None if reached == "unclear" else replace(cue, kind="want") if twice else cue
    ended = (each.end for each in cues if each.end <= cue.start and each.kind != "none")
    last = max(ended, default=start)
    reached = reach(veiled[min(last, cue.start) : mention.start])
    if cue.weak and reached == "free" and _IS_DENIED.match(veiled, mention.end):
        return None
    if reached == "free" and _WHICH.search(veiled[start : cue.start]):
        # "which is not a ▢, a ▢ or a ▢"
        reached = "denied" if reach(veiled[start : mention.start]) == "denied" else "free"
    if reached == "unclear":
        return None
    return replace(cue, kind="refuse", weak=False) if reached == "denied" else cue


_WHICH = re.compile(rf"\b(?:that|which|who)\b[^;:]*{VEIL},? (?:or |nor )?$", re.IGNORECASE)
_IS_DENIED = re.compile(
    r"(?: (?:films?|movies?|books?|ones?))? (?:is|are|was|were|do|does|should|must|can|could|would|"
    r"will)(?:n't| not|not)\b"
)
"""Behind what nothing asks for: "comedies aren't what I mean"."""
_TURNED = re.compile(r"(?:no|not|never|\w+n['’]t)\b", re.IGNORECASE)
_DENIED_BEFORE = re.compile(
    r"\b(?:nothing|no|never|not|n't)\b[^,;:]*\b(?:that|which|who)(?:'s| is| are| was| were)? *$|"
    r"\w+n't [^,;:]*\b(?:that|which|who)(?:'s| is| are| was| were)? *$",
    re.IGNORECASE,
)
"""Before a second negation: "nothing that is (not in German)"."""


def _up_to_a_name(behind: str) -> str:
    return behind.partition(VEIL)[0]
