"""Next queries by rules: what somebody might ask next, made of subjects and of how they ask.

    subject of the turn × something of the user's → a question for that pair of kinds
    subject of the turn alone                     → a question for its kind, where it is familiar
    an earlier question of the user's             → the same about the subject of the turn

Someone who types key words is given key words. No sentence here states anything about the user.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from usermind.graphs.subject import Kind, Subject, kind_in
from usermind.graphs.subjects import Subjects, is_key_words
from usermind.memory.earlier import Earlier
from usermind.memory.keyphrases import keyphrases
from usermind.memory.naming import folded
from usermind.types import MONTHS

Strategy = Literal["familiar", "unfamiliar", "lapsed", "related", "repeated", "model", "offered"]
"""By what a query was found. familiar: the user's own things beside what they often speak of;
unfamiliar: beside what is new to them; lapsed: what they have not come back to for two weeks;
related: what co-occurs with the turn; repeated: their own question about something else; model:
by a model, and checked; offered: about what was just recommended."""

ALONE: Mapping[Kind, Sequence[str]] = {
    "place": ("What should I not miss in {a}?",),
    "person": ("What could I give {a}?", "When did I last mention {a}?"),
    "pet": ("When did I last mention {a}?",),
    "work": ("What else is like “{a}”?",),
    "maker": ("What is new from {a}?",),
    "thing": ("What should I look for in {a}?",),
}
"""What is asked of one thing that the user knows well."""
PAIRS: Mapping[tuple[Kind, Kind], Sequence[str]] = {
    ("place", "home"): ("How do I get from {b} to {a}?",),
    ("place", "taste"): ("Where in {a} can I find {b}?",),
    ("place", "activity"): ("Where can I go {b} in {a}?",),
    ("place", "game"): ("Where can I play {b} in {a}?",),
    ("place", "diet"): ("Where can I eat {b} food in {a}?",),
    ("place", "pet"): ("Can I take {b} along to {a}?",),
    ("place", "person"): ("What could I do with {b} in {a}?", "What could I bring {b} from {a}?"),
    ("place", "thing"): ("Where in {a} can I find {b}?",),
    ("place", "maker"): ("Where in {a} can I find {b}?",),
    ("place", "place"): ("How do {a} and {b} compare?",),
    ("home", "taste"): ("Where in {a} can I find {b}?",),
    ("home", "activity"): ("Where can I go {b} near {a}?",),
    ("home", "game"): ("Where can I play {b} in {a}?",),
    ("home", "diet"): ("Where can I eat {b} food in {a}?",),
    ("home", "pet"): ("Where can I go with {b} in {a}?",),
    ("home", "person"): ("What could I do with {b} in {a}?",),
    ("home", "place"): ("How do I get from {a} to {b}?",),
    ("home", "thing"): ("Where in {a} can I find {b}?",),
    ("home", "maker"): ("Where in {a} can I find {b}?",),
    ("person", "home"): ("What could I do with {a} in {b}?",),
    ("person", "place"): ("What could I do with {a} in {b}?",),
    ("person", "thing"): ("Which {b} could I give {a}?",),
    ("person", "person"): ("What could I do together with {a} and {b}?",),
    ("person", "work"): ("Would {a} like “{b}”?",),
    ("person", "activity"): ("Where could I go {b} with {a}?",),
    ("person", "game"): ("When could I play {b} with {a}?",),
    ("pet", "home"): ("Where can I go with {a} in {b}?",),
    ("pet", "place"): ("Can I take {a} along to {b}?",),
    ("pet", "thing"): ("Which {b} are good for {a}?",),
    ("pet", "person"): ("Could {b} look after {a} for me?",),
    ("work", "work"): ("Is “{b}” anything like “{a}”?",),
    ("work", "person"): ("Would {b} like “{a}”?",),
    ("thing", "maker"): ("Which {a} are there by {b}?",),
    ("thing", "place"): ("Where in {b} can I find {a}?",),
    ("thing", "home"): ("Where in {b} can I find {a}?",),
    ("thing", "person"): ("Which {a} would suit {b}?",),
    ("thing", "pet"): ("Which {a} would suit {b}?",),
    ("thing", "thing"): ("Which {b} go with {a}?",),
    ("thing", "venue"): ("Which {a} do they have at {b}?",),
    ("venue", "thing"): ("Which {b} do they have at {a}?",),
    ("venue", "maker"): ("Do they have anything by {b} at {a}?",),
    ("maker", "venue"): ("Do they have anything by {a} at {b}?",),
    ("maker", "thing"): ("Which {b} are there by {a}?",),
    ("maker", "place"): ("Where in {b} can I find {a}?",),
    ("maker", "home"): ("Where in {b} can I find {a}?",),
    ("maker", "maker"): ("How do {a} and {b} compare?",),
    ("maker", "person"): ("What is there by {a} for {b}?",),
}
"""What is asked of two things: `a` is what the turn speaks of, `b` is the user's."""
DETAILS: Mapping[str, str] = {
    "likes": "What could I give {a}, who likes {v}?",
    "eats": "What else can {a} eat besides {v}?",
    "birthday": "What could I give {a} on {v}?",
    "plays": "Where could {a} play {v}?",
}
"""What is asked of a concept by one of its attributes."""

LEAST_FIT = 0.6
"""How much something must be the user's own to be worth a query: an entity of two events, or a
claim that is likely and still fresh."""
_MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A query that may be suggested."""

    text: str
    why: str
    strategy: Strategy
    rests_on: tuple[str, ...]
    """Ids of entities, concepts, claims and messages."""
    fit: float
    """How much it is the user's own, in [0, 1]."""


def candidates(
    subjects: Subjects, message: str, questions: Sequence[Earlier]
) -> Iterator[Candidate]:
    """Yield queries, those about what the message names first before those of the reply.

    Args:
        subjects: Of the turn.
        message: Of the user.
        questions: That they asked before, newest first.
    """
    if is_key_words(message):
        yield from _key_words(subjects)
        return
    asked = list(_asked(questions, message)) if _has_kind(subjects) else []
    for subject in subjects.present:
        yield from _of_details(subject)
        for other in subjects.own:
            yield from _of_pair(subject, other)
        for one in subjects.present:
            if one is not subject and one.fit >= LEAST_FIT:
                yield from _of_pair(subject, one)
        yield from _alone(subject, message)
        yield from _repeated(subject, asked)


def _of_pair(subject: Subject, other: Subject) -> Iterator[Candidate]:
    if other.fit < LEAST_FIT or (_of_anyone(subject, other) and not other.related):
        return
    for form in PAIRS.get((subject.kind, other.kind), ()):
        yield Candidate(
            form.format(a=subject.name, b=other.name),
            why=other.why,
            strategy=_strategy(subject, other),
            rests_on=tuple(dict.fromkeys((*other.ids, *subject.ids))),
            fit=other.fit,
        )


def _of_anyone(subject: Subject, other: Subject) -> bool:
    """Say whether only what was met together goes together: not every dog needs running shoes."""
    return subject.kind in ("thing", "maker", "work") and other.kind in ("person", "pet")


def _strategy(subject: Subject, other: Subject) -> Strategy:
    if other.lapsed:
        return "lapsed"
    if other.related:
        return "related"
    return "familiar" if subject.fit >= LEAST_FIT else "unfamiliar"


def _alone(subject: Subject, message: str) -> Iterator[Candidate]:
    if subject.fit < LEAST_FIT:
        return
    forms = list(ALONE.get(subject.kind, ()))
    if subject.kind == "place" and (month := _MONTH.search(message)):
        forms.insert(0, f"What is the weather like in {{a}} in {month[0]}?")
    for form in forms:
        yield Candidate(
            form.format(a=subject.name),
            why=subject.why,
            strategy="lapsed" if subject.lapsed else "familiar",
            rests_on=subject.ids,
            fit=subject.fit,
        )


def _of_details(subject: Subject) -> Iterator[Candidate]:
    for name, value in subject.details.items():
        if form := DETAILS.get(name.casefold()):
            yield Candidate(
                form.format(a=subject.name, v=value),
                why=f"{subject.name} {name}: {value}",
                strategy="familiar",
                rests_on=subject.ids,
                fit=subject.fit,
            )


@dataclass(frozen=True, slots=True)
class _Asked:
    """Something that an earlier question was about."""

    question: Earlier
    name: str
    kind: Kind | None


def _has_kind(subjects: Subjects) -> bool:
    """Say whether any subject is of a kind of which the same is asked: no mere thing is."""
    return any(subject.kind != "thing" for subject in subjects.present)


def _asked(questions: Sequence[Earlier], message: str) -> Iterator[_Asked]:
    """Yield what earlier questions were about, but for what the message names itself."""
    named = folded(message)
    for question in questions:
        for name in keyphrases(question.text):
            if folded(name) not in named:
                yield _Asked(question, name, kind_in(name, [question.text]))


def _repeated(subject: Subject, asked: Sequence[_Asked]) -> Iterator[Candidate]:
    """Yield earlier questions about something of the same kind, asked about the subject."""
    if subject.kind == "thing":  # what is no thing more than another would be asked anything
        return
    for each in asked:
        if each.kind == subject.kind and folded(each.name) != folded(subject.name):
            yield Candidate(
                each.question.text.strip().replace(each.name, subject.name),
                why=f"you asked so about {each.name}",
                strategy="repeated",
                rests_on=tuple(dict.fromkeys((each.question.id, *subject.ids))),
                fit=max(subject.fit, LEAST_FIT),
            )


def _key_words(subjects: Subjects) -> Iterator[Candidate]:
    for subject in subjects.present:
        for other in subjects.own:
            # What is like an entity goes with it by co-occurrence; a place goes with anything.
            if other.fit >= LEAST_FIT and (other.related or other.kind == "home"):
                yield Candidate(
                    f"{subject.name} {other.name}".lower(),
                    why=other.why,
                    strategy=_strategy(subject, other),
                    rests_on=tuple(dict.fromkeys((*other.ids, *subject.ids))),
                    fit=other.fit,
                )
