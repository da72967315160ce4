"""What is worth offering, found by rules: what is coming, what clashes, what to keep in mind.

Each candidate names what it rests on. What rules state is a prior: how likely such an offer is
wanted before the user has said anything about its kind; their verdicts correct it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from usermind.graphs.asked import Asked
from usermind.graphs.coming import Coming, clashes, routines
from usermind.graphs.headings import heading, in_a_row
from usermind.graphs.requested import Requested
from usermind.memory import UserMemory
from usermind.memory.candidates import LONGEST_TEXT, MOST_BASIS, REQUESTED, Candidate
from usermind.memory.journal import number
from usermind.memory.patience import Patience
from usermind.memory.propositions import Proposition, Related
from usermind.memory.ranking import STOP_WORDS
from usermind.memory.text import digest
from usermind.models.offline.grammar import second_person
from usermind.types import MONTHS, WEEKDAYS

SOON: Final = timedelta(minutes=60)
"""How long before an appointment its reminder is worth most."""
AHEAD: Final = timedelta(hours=30)
"""How far ahead something is announced: what is tomorrow, from this evening's digest on."""
ROUTINE: Final = timedelta(minutes=15)
"""The same as `SOON` for what takes place at one time on most days."""
MORNING: Final = time(10)
"""A task that is due before is reminded of on the evening before, not on its day."""
EVENING: Final = timedelta(hours=15)
"""How long before it is due such a task is reminded of."""
LATE: Final = timedelta(days=14)
"""How long a task may be overdue to be told of."""
DAY_BEFORE: Final = timedelta(hours=12)
"""The same for what names its day alone: for the digest of the evening before or of its morning."""
EARLY: Final = timedelta(days=4)
"""How far ahead birthdays and deadlines are announced: something has to be done first."""
WEEK: Final = timedelta(days=7)
"""How far ahead clashes are looked for."""
FRESH: Final = timedelta(days=2)
"""How old two claims that contradict each other may be, for asking which of them holds."""
IN_MIND: Final = 2
"""Known claims that one appointment calls to mind, at most."""
TOLD: Final = 3
"""Appointments of a clash that are told by name."""
SURE: Final = 0.6
"""Confidence from which a claim is called to mind."""


@dataclass(frozen=True, slots=True)
class Stake:
    """What rules take to hang on offers of a kind; see `memory.utility.Stakes`."""

    useful: float
    benefit: float
    cost: float
    missed: float


KINDS: Final[dict[str, Stake]] = {
    "reminder": Stake(0.75, 2.5, 1.0, 1.5),
    "preview": Stake(0.45, 1.0, 3.0, 0.3),
    "deadline": Stake(0.6, 2.0, 1.0, 1.0),
    "due": Stake(0.7, 2.5, 1.0, 1.5),
    "overdue": Stake(0.45, 1.0, 3.0, 0.3),
    "occasion": Stake(0.65, 1.5, 1.0, 0.8),
    "clash": Stake(0.75, 3.0, 1.0, 2.0),
    "recollection": Stake(0.5, 1.2, 1.0, 0.3),
    "question": Stake(0.4, 1.0, 0.8, 0.2),
    REQUESTED: Stake(0.99, 8.0, 1.0, 8.0),
    "missed": Stake(0.6, 1.0, 3.0, 0.2),
    "reply": Stake(0.5, 1.2, 1.2, 0.5),
    "reply-due": Stake(0.65, 2.0, 1.0, 1.2),
}
"""Stated, not fitted: no data set says what people make of such offers. Verdicts correct them."""
ABOUT_ONE: Final = ("reminder", "preview", "deadline", "due", "overdue", "occasion")
"""Kinds of which each offer is about one thing that is coming; see `matter_of`."""
REPLIES: Final = ("reply", "reply-due")
"""Kinds of which each offer is about one mail; see `reply_matter`."""


MISSED: Final = "missed"
"""The kind of what the user asked to be reminded of when nobody looked: it waits for a digest."""


def notice(
    memory: UserMemory,
    ahead: Sequence[Coming],
    *,
    late: Sequence[Coming] = (),
    waiting: Sequence[Asked] = (),
    wished: Sequence[Requested] = (),
    changed: Sequence[str] = (),
    patience: Patience | None = None,
) -> list[Candidate]:
    """Return what rules find worth offering, the soonest first.

    Args:
        memory: Whose.
        ahead: What is coming, the soonest first; at least for `WEEK`.
        late: Tasks whose time is over, since `LATE` at most.
        waiting: Mails that wait for an answer.
        wished: What the user asked to be reminded of by now.
        changed: Ids of claims that changed since the last time.
        patience: When the user wants to be left alone, and in which zone they live; None:
            `Patience()`.
    """
    now = memory.now()
    name, patient = memory.display_name, patience or Patience()
    found = [_missed(one) if one.missed else _wish(one) for one in wished]
    often = routines(ahead, zone=patient.tz)
    for one in ahead:
        if one.takes_time and one.matter in often:
            if now >= _reminder_at(one, ROUTINE, patient):
                found.append(_about("reminder", one, name, one.starts))
            continue
        found += _of_one(one, name, patient, now=now)
        if one.kind == "appointment" and one.starts - now <= AHEAD:
            found += _in_mind(memory, one, name)
    groups = clashes(ahead)
    found = _together(found, groups, name)
    found += [_late(one, name, now=now, zone=patient.tz) for one in late]
    found += [
        _clash(group, name, zone=patient.tz)
        for group in groups
        if group[0].starts - now <= WEEK and not (_at_one_time(group) and _is_soon(group[0], now))
    ]
    found += _contradictions(memory, changed, name, now=now)
    found += [_reply(one) for one in waiting]
    return found


def matter_of(kind: str, one: Coming) -> str:
    """Return what an offer of a kind about something that is coming is about."""
    return f"{kind}:{one.matter}"


def reminded(ahead: Sequence[Coming], patience: Patience) -> list[datetime]:
    """Return when appointments are to be reminded of, which cannot wait; at one time, once.

    Args:
        ahead: What is coming; of a week at least.
        patience: When the user wants to be left alone, and in which zone they live.
    """
    often = routines(ahead, zone=patience.tz)
    times = [
        _reminder_at(one, ROUTINE if one.matter in often else SOON, patience)
        for one in ahead
        if one.takes_time
    ]
    return list(dict.fromkeys(times))


def _reminder_at(one: Coming, lead: timedelta, patience: Patience) -> datetime:
    """Return from when on an appointment is reminded of.

    Before the quiet hours, where there is no other moment until it begins.
    """
    since = patience.quiet_since(one.starts - lead)
    last = patience.quiet_since(one.starts - timedelta(minutes=1))
    return one.starts - lead if since is None or since != last else since - lead


def _is_soon(one: Coming, now: datetime) -> bool:
    return one.starts - now <= SOON


def _at_one_time(group: Sequence[Coming]) -> bool:
    return len({one.starts for one in group}) == 1


def _together(
    found: Sequence[Candidate], groups: Sequence[Sequence[Coming]], name: str
) -> list[Candidate]:
    """Return the candidates with one reminder for appointments that begin at the same moment."""
    left = list(found)
    for group in groups:
        for first in group:
            same = [one for one in group if one.starts == first.starts]
            matters = {matter_of("reminder", one) for one in same}
            each = [one for one in left if one.matter in matters]
            if first is not same[0] or len(each) < 2:
                continue
            called = [_told(heading(one.text), one, name) for one in same]
            joint = _made(
                "reminder",
                title=f"At once: {_listed(called, 40)}",
                text=f"At once: {_listed(called, 120)}",
                basis=[id_ for one in same for id_ in one.basis],
                # So that what is entered once the others were told of is told, too.
                matter=matter_of("reminder", max(same, key=_heard)),
                expires=first.starts,
                due=first.starts,
                timed=True,
            )
            left = [joint, *(one for one in left if one.matter not in matters)]
    return left


def _heard(one: Coming) -> int:
    return max((number(id_, "o") for id_ in one.basis if id_.startswith("o")), default=0)


def _due_from(one: Coming, zone: tzinfo | None) -> datetime:
    """Return from when on a task is reminded of: the day on which it is due, once."""
    at = one.starts.astimezone(zone)
    if not one.timed:
        return one.starts
    if at.time() < MORNING:
        return one.starts - EVENING
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _of_one(one: Coming, name: str, patience: Patience, *, now: datetime) -> Iterator[Candidate]:
    left = one.starts - now
    if one.kind == "birthday":
        if left <= EARLY:
            yield _about("occasion", one, name, one.ends)
    elif one.kind == "task":
        if now >= (begins := _due_from(one, patience.tz)):
            yield _about("due", one, name, max(one.starts, one.ends))
        elif left <= EARLY:
            yield _about("deadline", one, name, begins)
    elif one.takes_time and now >= _reminder_at(one, SOON, patience):
        yield _about("reminder", one, name, one.starts)
    elif one.timed and left <= AHEAD:
        yield _about("preview", one, name, one.starts - SOON)
    elif not one.timed and left <= DAY_BEFORE:
        yield replace(_about("preview", one, name, one.ends), late=one.ends)


def _in_mind(memory: UserMemory, one: Coming, name: str) -> Iterator[Candidate]:
    """Yield what is known of the people and things that an appointment names."""
    names = _names(one.text, sure=True) - _names(name)
    if not names:
        return
    hits = memory.recall(
        one.text, k=12, kinds=["proposition"], exclude=one.basis, written_by="user"
    )
    told = 0
    for hit in hits:
        if told == IN_MIND:
            return
        if not names & _names(hit.text) or (hit.confidence or 0.0) < SURE or _names_a_day(hit.text):
            continue
        supporters = memory.propositions.supporters(hit.id)
        if set(supporters) & set(one.basis):
            continue  # it tells of this very appointment
        told += 1
        yield _made(
            "recollection",
            title=f"Before “{_short(_said(heading(one.text), name))}”",
            text=f"You may want to keep in mind: {_said(hit.text, name)}",
            basis=(*one.basis, hit.id, *supporters),
            matter=f"mind:{one.matter}:{hit.id}",
            subject=f"{_headline(one)}\n{hit.text}",
            expires=one.starts,
            due=one.starts,
            timed=one.timed,
        )


def _clash(group: Sequence[Coming], name: str, *, zone: tzinfo | None) -> Candidate:
    at = group[1].starts.astimezone(zone)
    day = _day(at)
    called = [_said(heading(one.text), name) for one in group]
    return _made(
        "clash",
        title=f"{_listed(called, 40)} overlap on {day}",
        text=f"{_listed(called, 120)} overlap on {day} at {at:%H:%M}.",
        basis=[id_ for one in group[:TOLD] for id_ in one.basis],
        matter=f"clash:{digest(*sorted(one.matter for one in group)).hex()}",
        subject="\n".join(_headline(one) for one in group),
        exact=False,
        expires=group[0].starts,
        due=group[0].starts,
        timed=True,
    )


def _listed(names: Sequence[str], longest: int) -> str:
    """Return the first `TOLD` names, each at most so long, and how many more there are."""
    told = [f"“{_short(name, longest)}”" for name in names[:TOLD]]
    if more := len(names) - len(told):
        return f"{', '.join(told)} and {more} more"
    return f"{', '.join(told[:-1])} and {told[-1]}"


def _contradictions(
    memory: UserMemory, changed: Sequence[str], name: str, *, now: datetime
) -> Iterator[Candidate]:
    """Yield questions about claims that changed and contradict another that is believed too."""
    asked: set[frozenset[str]] = set()
    for id_ in changed:
        found = memory.propositions.explain(id_)
        claim = found.proposition
        if claim.status != "active" or now - claim.supported_at > FRESH:
            continue
        for related in found.related:
            pair = frozenset((claim.id, related.id))
            if related.kind != "contradictory" or related.status != "active" or pair in asked:
                continue
            asked.add(pair)
            yield _question(memory, claim, related, name, now=now)


def _question(
    memory: UserMemory, claim: Proposition, other: Related, name: str, *, now: datetime
) -> Candidate:
    first, second = _said(other.text, name), _said(claim.text, name)
    basis: list[str] = [claim.id, other.id]
    for each in (claim, other):
        basis += memory.propositions.supporters(each.id)
    return _made(
        "question",
        title="Which of these holds?",
        text=f"I have noted both “{_bare(first)}” and “{_bare(second)}”. Which one holds?",
        basis=basis,
        matter=f"contradiction:{min(claim.id, other.id)}:{max(claim.id, other.id)}",
        subject=f"{claim.text}\n{other.text}",
        expires=now + WEEK,
    )


def wish_matter(one: Requested) -> str:
    """Return what telling of a wish is about, at its time or as missed: it is told once."""
    return f"requested:{one.said_in}:{one.place}"


def _wish(one: Requested) -> Candidate:
    day = _day(one.said)
    what = _short(one.what) or "what you had in mind"
    return _made(
        REQUESTED,
        title=what[:1].upper() + what[1:],
        text=f"You asked on {day} to be reminded: {_short(one.what, LONGEST_TEXT // 2) or what}",
        basis=one.basis,
        matter=wish_matter(one),
        expires=one.over,
        due=one.at,
        timed=one.timed,
    )


def _missed(one: Requested) -> Candidate:
    what = _short(one.what) or "what you had in mind"
    when = f"{_day(one.at)} at {one.at:%H:%M}" if one.timed else _day(one.at)
    return _made(
        MISSED,
        title=f"Missed: {_short(what, 150)}",
        text=f"You asked on {_day(one.said)} to be reminded on {when}, and it was not told then: "
        f"{_short(one.what, LONGEST_TEXT // 2) or what}",
        basis=(one.said_in,),
        matter=wish_matter(one),
        expires=one.over,
    )


def _day(at: datetime) -> str:
    return f"{WEEKDAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]}"


def reply_matter(one: Asked) -> str:
    """Return what the offer to answer a mail is about."""
    return f"reply:{one.mail}"


def _reply(one: Asked) -> Candidate:
    about = f" about “{_short(one.subject, 80)}”" if one.subject else ""
    return _made(
        "reply" if one.due is None else "reply-due",
        title=f"Reply to {_short(one.sender, 60)}{about}?",
        # Their words are quoted: they say what was asked, and ask nothing of whoever reads this.
        text=f"{_short(one.sender, 60)} wrote on {_day(one.at)}: “{_short(one.question, 300)}” "
        "No answer of yours is in your mail.",
        basis=(one.mail,),
        matter=reply_matter(one),
        expires=one.expires,
        due=one.due,
        timed=None if one.due is None else one.timed,
    )


def _about(kind: str, one: Coming, name: str, expires: datetime) -> Candidate:
    called, said = _told(heading(one.text), one, name), _told(in_a_row(one.text), one, name)
    return _made(
        kind,
        title=_short(called),
        text=_short(said, LONGEST_TEXT),
        basis=one.basis,
        matter=matter_of(kind, one),
        expires=expires,
        due=one.starts,
        timed=one.timed,
    )


def _late(one: Coming, name: str, *, now: datetime, zone: tzinfo | None) -> Candidate:
    at = one.starts.astimezone(zone) if one.timed else one.starts
    since = f"Overdue since {_day(at)}"
    return _made(
        "overdue",
        title=_short(f"{since}: {_told(heading(one.text), one, name)}"),
        text=_short(f"{since}: {_told(in_a_row(one.text), one, name)}", LONGEST_TEXT),
        basis=one.basis,
        matter=matter_of("overdue", one),
        expires=now + WEEK,
    )


def _told(text: str, one: Coming, name: str) -> str:
    said = _said(text, name)
    # Words of others are told as theirs.
    return said if one.by is None else f"{one.by} says: {said}"


def _made(
    kind: str,
    *,
    title: str,
    text: str,
    basis: Sequence[str],
    matter: str,
    subject: str | None = None,
    expires: datetime,
    due: datetime | None = None,
    timed: bool | None = None,
    exact: bool = True,
) -> Candidate:
    stake = KINDS[kind]
    return Candidate(
        kind,
        title,
        text,
        tuple(dict.fromkeys(basis))[:MOST_BASIS],
        matter,
        stake.useful,
        expires,
        due,
        stake.benefit,
        stake.cost,
        stake.missed,
        exact=exact,
        timed=timed,
        subject=subject,
    )


def _said(text: str, name: str) -> str:
    return second_person(text, name) or text


def _headline(one: Coming) -> str:
    """Return what is coming without what its source says of it besides."""
    return one.text.partition("\n")[0]


def _bare(text: str) -> str:
    return text.rstrip(" .")


def _short(text: str, longest: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w’'-]*\w")
_CALENDAR = frozenset(word.lower() for word in (*MONTHS, *WEEKDAYS))
_DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}\b")


def _names(text: str, *, sure: bool = False) -> set[str]:
    """Return the words of a text that look like names, in lower case.

    Args:
        text: A claim, or the entry of an agenda.
        sure: Without its first word, which has a capital in any case, unless it is a possessive.
    """
    found = set()
    for match in _NAME.finditer(text):
        word = re.sub(r"['’]s$", "", match[0])
        if match.start() > 0 or word != match[0] or not sure:
            found.add(word.lower())
    return found - _CALENDAR - STOP_WORDS


def _names_a_day(text: str) -> bool:
    return _DATE.search(text) is not None
