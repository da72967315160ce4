"""What the user said of plans that are off, or at another time than before."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Final

from usermind.graphs.plan_words import DATE, SENTENCE_END, written_out
from usermind.memory import UserMemory
from usermind.memory.clocks import HOUR, meant, time_in
from usermind.memory.journal import is_own_words, number
from usermind.memory.propositions import Proposition
from usermind.models.offline.dates import first_day
from usermind.models.unsure import MIGHT, UNSURE
from usermind.types import WEEKDAYS

MOST_HEARD: Final = 400
"""Observations that are looked through, the newest."""
LONGEST: Final = 300
"""Characters of a clause; who tells of a plan says it in fewer."""

_CLAUSE: Final = re.compile(r",\s*|\s+(?:so|but|because)\s+", re.IGNORECASE)
_HINT: Final = re.compile(
    r"cancel|called|postpone|put off|move|schedul|push|shift|delay|forward|no longer|any ?more|"
    r"have no\b|has no\b|n['’]t|\bnot\b|\boff\b|\bfell through\b|\bfallen through\b",
    re.IGNORECASE,
)
_UNSURE: Final = re.compile(rf"\b(?:{UNSURE}|should)\b|[\"“”«»]|^\s*>", re.IGNORECASE)
_NOT: Final = re.compile(r"\bnot\b|n['’]t\b|\bno\b", re.IGNORECASE)
_WHOSE: Final = re.compile(r"(?:his|her|its|their|your|\w+['’]s)\s", re.IGNORECASE)
_PRONOUN: Final = re.compile(
    r"(?:me|us|it|them|you|him|her|this|that|everything|all|nothing|everyone|idea|time)\b"
    r"(?=$|\s+(?:on|for|at)\b)",
    re.IGNORECASE,
)
_BARE: Final = re.compile(r"^(?:(?:and|my|our|the|this|that|an?|any)\s+)+", re.IGNORECASE)
_BE: Final = r"(?:(?:has|have|had)\s+been|is|was|are|were|got)\s+(?:now\s+|just\s+)?"
_WHO: Final = (
    r"^(?:and\s+)?(?:(?:the|my|our)\s+)?[\w'’]+(?: and [\w'’]+)?\s+"
    r"(?:(?:have|has|had|just|already)\s+)*"
)
_MOVE: Final = (
    r"(?:(?:cancell?ed\s+and\s+)?moved(?: forward| back| up)?|postponed|rescheduled|"
    r"pushed(?: back| forward)?|shifted|delayed|brought forward|put off)"
)
_TO: Final = r"(?:\s+from\s+(?P<old>.+?))?\s+(?:to|until|till)\s+(?P<new>.+)$"
_MOVED: Final = (
    re.compile(rf"^(?P<what>.+?)\s+{_BE}{_MOVE}{_TO}", re.IGNORECASE),
    re.compile(rf"{_WHO}{_MOVE}\s+(?P<what>.+?){_TO}", re.IGNORECASE),
)
_OFF: Final = (
    re.compile(
        rf"^(?P<what>.+?)\s+{_BE}(?:cancell?ed|called off|postponed|put off)\b", re.IGNORECASE
    ),
    re.compile(rf"{_WHO}(?:cancell?ed|called off|postponed)\s+(?P<what>.+)$", re.IGNORECASE),
    re.compile(rf"{_WHO}called\s+(?P<what>.+)\s+off$", re.IGNORECASE),
    # "Eva is off on Friday" is no plan, nor is who it is with.
    re.compile(
        r"^(?:and\s+)?(?P<what>(?:the|my|our|this|today['’]s|tomorrow['’]s|"
        r"\w+day['’]s)\s+(?!(?:\w+\s+)?"
        r"(?:boss|brother|colleagues?|dad|daughter|doctor|father|friends?|girlfriend|"
        r"boyfriend|husband|"
        r"kids?|children|mom|mother|mum|neighbou?rs?|partner|sister|son|team|wife)\b)[^,]+?)\s*"
        r"(?:['’]s|\bis|\bare)(?: now| all)?\s+off(?:\s+(?:now|again|then|after all|too))?"
        r"(?:\s+(?P<old>today|tomorrow|tonight))?$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?P<what>.+?)\s+(?:(?:has|have)\s+fallen|fell)\s+through$", re.IGNORECASE),
)
_NOT_HELD: Final = re.compile(
    r"^(?P<what>.+?)\s+(?:(?:will|does|is)(?:\s+not|n['’]t)|won['’]t)\s+"
    r"(?:take place|taking place|happen|happening|be held)\b(?:\s+on\s+(?P<old>.+))?",
    re.IGNORECASE,
)
_LACKS: Final = (
    r"^(?:\w+,?\s+)?(?:I|we|{name})(?:['’]ve)?\s+(?:(?P<sure>no longer ha(?:ve|s))|"
    r"(?:do|does)(?:\s+not|n['’]t)\s+have|(?:have\s+|has\s+)?no)\s+(?P<what>.+?)"
    r"(?P<more>\s+any ?more)?$"
)
_DAY: Final = re.compile(
    rf"(?:the )?(?:(?:this|next|coming) )?(?:{'|'.join(WEEKDAYS)}|today|tonight|tomorrow|"
    rf"{DATE})"
    r"(?=$|\s+(?:\d|at\b|instead\b|around\b|morning\b|afternoon\b|evening\b|night\b))",
    re.IGNORECASE,
)
_HOUR: Final = re.compile(rf"{HOUR}(?=$|\s+(?:on|instead|today)\b)", re.IGNORECASE)
_ON: Final = re.compile(r"\s+(?:on|for|at)\s+(?=\d|\w+day\b|to(?:day|morrow|night)\b).*$", re.I)


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One plan that is off, or moved."""

    what: str
    """As it was named, with the day where that was said."""
    day: date | None
    """When it was to be, where that was said."""
    said: datetime
    """Aware, in the user's zone."""
    heard: int
    """Number of the observation that says so: what was said later still holds."""
    basis: tuple[str, ...]
    moved: bool = False
    to_day: date | None = None
    """None with `moved`: the day stays, and only the time is another."""
    to_time: time | None = None

    @property
    def title(self) -> str:
        """What it is, without whose and when: "Meeting with Eva"."""
        bare = _ON.sub("", _BARE.sub("", self.what, count=1)).strip(" .")
        return bare[:1].upper() + bare[1:]


def plan_changes(memory: UserMemory, *, zone: tzinfo | None) -> list[PlanChange]:
    """Return what the user said of plans that are off or moved, as it came.

    Questions, conditions, quotations, what others said or had in mind say nothing.

    Args:
        memory: Whose.
        zone: The user's; None: that of the machine.
    """
    name = memory.display_name
    found: list[PlanChange] = []
    own = [one for one in memory.observations(limit=MOST_HEARD) if is_own_words(one)]
    for one in own:
        said, heard = one.at.astimezone(zone), number(one.id, "o")
        found += _heard(one.text, name, said=said, heard=heard, basis=(one.id,))
    told, ids = {change.heard for change in found}, {one.id for one in own}
    for claim in memory.propositions.list(status="active"):
        if _HINT.search(claim.text):
            supporters = [id_ for id_ in memory.propositions.supporters(claim.id) if id_ in ids]
            if supporters and not told & {number(id_, "o") for id_ in supporters}:
                found += _claimed(claim, supporters, name, zone=zone)
    return sorted(found, key=lambda change: change.heard)


def is_no_plan(text: str, name: str) -> bool:
    """Say whether a claim tells that something is off, moved or not so.

    Args:
        text: The claim.
        name: What claims call the user.
    """
    bare = _POSITIVE.sub(" ", text)
    if _NO_PLAN.search(bare):
        return True
    return _NEGATED.search(bare) is not None or _change_in(bare.strip(" ."), name) is not None


_POSITIVE: Final = re.compile(
    r"\b(?:not|never) (?:want )?(?:to )?(?:forget|miss|be late)\b|n['’]t (?:forget|miss|be late)\b|"
    r"\b(?:no|not) later than\b|\bnot only\b",
    re.IGNORECASE,
)
_NO_PLAN: Final = re.compile(
    rf"^\S+(?: \S+){{0,2}} (?:{MIGHT})\b|^remind \S|^\S+ will remind\b", re.IGNORECASE
)
_NEGATED: Final = re.compile(
    r"\bno longer\b|\bany ?more\b|^\S+(?: \S+){0,2} (?:(?:do|does|did|is|was|will|has|have|can)"
    r"(?: not|n['’]t)|won['’]t|can['’]t|never|has no|have no)\b|"
    r"\b(?:will|does|is|was)(?: not|n['’]t)\b(?= (?:take|taking|happen|be held|on\b))|"
    r"\b(?:is|was|are|were|been|got) (?:cancell?ed|called off)\b",
    re.IGNORECASE,
)


def _claimed(
    claim: Proposition, supporters: Sequence[str], name: str, *, zone: tzinfo | None
) -> list[PlanChange]:
    # In a claim "their" is the user's.
    text = claim.text.replace(f"{name}'s ", "the ").replace(" their ", " the ")
    heard = max(number(id_, "o") for id_ in supporters)
    said = claim.supported_at.astimezone(zone)
    return list(_heard(text, name, said=said, heard=heard, basis=(claim.id, *supporters)))


def _heard(
    text: str, name: str, *, said: datetime, heard: int, basis: tuple[str, ...]
) -> Iterator[PlanChange]:
    if not _HINT.search(text):
        return
    for sentence in SENTENCE_END.split(text):
        if sentence.rstrip().endswith("?") or _UNSURE.search(sentence):
            continue
        for clause in _CLAUSE.split(written_out(sentence)):
            found = _change_in(clause.strip(" .!;"), name) if len(clause) <= LONGEST else None
            if found is not None:
                change = _read(found, said, heard, basis)
                if change is not None:
                    yield change


def _change_in(clause: str, name: str) -> re.Match[str] | None:
    """Return what a clause says of a plan that is off or moved: its `what`, `old` and `new`."""
    found = _NOT_HELD.search(clause)
    if found is None and not _NOT.search(clause):
        found = next((m for pattern in (*_MOVED, *_OFF) if (m := pattern.search(clause))), None)
    if found is None:
        found = re.search(_LACKS.format(name=re.escape(name)), clause, re.IGNORECASE)
    if found is None or _WHOSE.match(found["what"]) or _PRONOUN.match(found["what"]):
        return None
    return found


def _read(
    found: re.Match[str], said: datetime, heard: int, basis: tuple[str, ...]
) -> PlanChange | None:
    parts = found.groupdict()
    what, old, new = found["what"], parts.get("old") or "", parts.get("new")
    if new is not None:  # "to half past nine" has no "at", by which hours in words are known
        new = written_out(f"at {new.removeprefix('at ')}").removeprefix("at ")
    day = first_day(f"{what} on {old}" if old else what, said)
    if new is None:
        vague = "sure" in parts and not parts["sure"] and not parts["more"]
        return None if vague and day is None else PlanChange(what, day, said, heard, basis)
    to_day = first_day(f"on {new}", said) if _DAY.match(new) else None
    at = time_in(f"at {new}" if _HOUR.match(new) else new)
    to_time = meant(at, new) if at is not None else None
    if to_day is None and (to_time is None or not _HOUR.match(new)):
        return None  # to another room
    return PlanChange(what, day, said, heard, basis, True, to_day, to_time)
