"""A scenario: who the user is, what was before, what happens, and what is expected of it.

Its values are words, and the words of an expectation stand in `expectations`. `scenario_files`
reads scenarios from YAML.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from usermind.evals.results import Ablation
from usermind.evals.simulating import Need
from usermind.evals.transcript import StepKind

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When a scenario begins that does not say it: a Monday morning."""
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(w|d|h|min|m|s)\b")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "min": "minutes", "m": "minutes", "s": "seconds"}


def _listed(given: object) -> object:
    """Return one word as a list of it."""
    return [given] if isinstance(given, str) else given


def _span(given: object) -> object:
    """Return a stretch of time like `2d 4h`, with a sign or without one."""
    if not isinstance(given, str):
        return given
    text = given.strip()
    parts = _SPAN.findall(text)
    if not parts or _SPAN.sub("", text.lstrip("+-")).strip():
        raise ValueError(f"{given!r} is no stretch of time like 20d, 3h or 1d 12h")
    try:
        total = sum((timedelta(**{_UNITS[unit]: float(n)}) for n, unit in parts), timedelta())
    except OverflowError:
        raise ValueError("it is longer than the calendar") from None
    return -total if text.startswith("-") else total


def _when(given: object) -> object:
    """Return a moment, or how far from the beginning it is."""
    if not isinstance(given, str):
        return given
    try:
        return datetime.fromisoformat(given.strip())
    except ValueError:
        pass
    try:
        return _span(given)
    except ValueError:
        raise ValueError(
            f"{given!r} is neither a moment like 2026-03-02T09:00 nor a stretch like -20d"
        ) from None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone {name!r}; expected a name like Europe/Oslo"
        ) from None
    return name


def _mapped(key: str) -> BeforeValidator:
    """Take a mere word for a mapping with it under a key."""
    return BeforeValidator(lambda given: {key: given} if isinstance(given, str) else given)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Words = Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(min_length=1)]
"""One phrase, or several of which any will do."""
Span = Annotated[timedelta, BeforeValidator(_span)]
When = Annotated[datetime | timedelta, BeforeValidator(_when)]
Zone = Annotated[str, AfterValidator(_zone)]


class Part(BaseModel):
    """A part of a scenario; a key that it does not have is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OneOf(Part):
    """A part that says one thing, by one of its keys."""

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """Return the keys of which it has one."""
        raise NotImplementedError

    @property
    def kind(self) -> str:
        """Which it has."""
        return next(name for name in self.kinds() if getattr(self, name) is not None)

    @property
    def value(self) -> Any:
        """What stands there."""
        return getattr(self, self.kind)

    @model_validator(mode="after")
    def _has_one(self) -> "OneOf":
        has = [name for name in self.kinds() if getattr(self, name) is not None]
        if len(has) != 1:
            found = " and ".join(has) if has else "none"
            raise ValueError(f"expected one of {', '.join(self.kinds())}; found {found}")
        return self


class Persona(Part):
    """Who the user is. The assistant is told nothing of it but the name."""

    name: Text = "Ana"
    facts: tuple[Text, ...] = ()
    """What is true of them; for a judge."""
    needs: tuple[Text, ...] = ()
    """What they want, and do not say unasked."""


class ConceptNote(Part):
    """A concept that is known."""

    key: Text
    names: Words
    """The first is its name."""
    category: str = ""
    attributes: Mapping[str, str] = Field(default_factory=dict)
    pictures: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    """Files beside the scenario; what they show has agreed."""


class Appointment(Part):
    """An entry of a calendar."""

    text: Text
    begins: When
    ends: When | None = None
    task: bool = False
    """Whether it is to be done by then, and does not take place."""


class Seed(OneOf):
    """Something that was before the conversation."""

    say: Text | None = None
    """The user's own words."""
    observe: Text | None = None
    """Words of somebody else, or of a document."""
    remember: Text | None = None
    """A claim that is kept as it stands."""
    concept: ConceptNote | None = None
    appointment: Appointment | None = None
    private: Text | None = None
    """A topic that the user made private; a setting, and no memory: no ablation takes it."""
    at: When | None = None
    """When; None: a day before the beginning."""
    author: Text | None = None
    source: Text | None = None

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """Return the keys of which it has one."""
        return ("say", "observe", "remember", "concept", "appointment", "private")


class ToolCall(Part):
    """A call of a tool, with some of its arguments."""

    tool: Text
    arguments: Mapping[str, Any] = Field(default_factory=dict, alias="with")
    """Each must be in the call; words that are in its words will do."""


class Style(Part):
    """How a reply is written."""

    max_words: int | None = Field(default=None, ge=1)
    min_words: int | None = Field(default=None, ge=1)
    max_sentences: int | None = Field(default=None, ge=1)
    language: Literal["en", "de", "fr", "es", "it"] | None = None
    formal: bool | None = None
    """True: no contractions, slang, emoji or exclamation marks; false: at least one of them."""
    emoji: bool | None = None
    lists: bool | None = None
    """Whether it has a list."""


class Expectation(OneOf):
    """One thing that must hold."""

    uses: Words | None = None
    not_uses: Words | None = None
    says: Words | None = None
    not_says: Words | None = None
    calls: Annotated[ToolCall | None, _mapped("tool")] = None
    not_calls: Words | None = None
    abstains: bool | None = None
    refuses: bool | None = None
    asks: bool | None = None
    style: Style | None = None
    recommends: Words | None = None
    not_recommends: Words | None = None
    sees: Words | None = None
    not_sees: Words | None = None
    suggests: Words | None = None
    not_suggests: Words | None = None
    silent: bool | None = None
    satisfied: bool | None = None
    knows: Words | None = None
    not_knows: Words | None = None
    forgotten: Words | None = None
    not_stored: Words | None = None
    judge: Text | None = None
    """A criterion in plain words, for a model that judges."""

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """Return the keys of which it has one."""
        return tuple(cls.model_fields)


ON_MEMORY = ("knows", "not_knows", "forgotten", "not_stored")
"""What is expected of the memory at the end."""
ON_WATCH = ("suggests", "not_suggests", "silent")
"""What is expected of a proactive look."""
ON_GOAL = ("satisfied",)
"""What is expected of a conversation with a simulated user; its last reply may be checked too."""
ON_REPLY = tuple(
    kind for kind in Expectation.model_fields if kind not in (*ON_MEMORY, *ON_WATCH, *ON_GOAL)
)
"""What is expected of a reply."""


class Looking(Part):
    """What the user is doing when the assistant looks whether there is something to offer."""

    focus: bool = False
    meeting: bool = False
    device: Literal["desktop", "phone", "watch", "unknown"] = "unknown"


def _need(given: object) -> object:
    """Take one phrase that a facet wants or avoids for a list of it."""
    if isinstance(given, dict) and isinstance(given.get("facets"), list):
        facets = [
            {key: _listed(each[key]) if key in ("wants", "avoids") else each[key] for key in each}
            if isinstance(each, dict)
            else each
            for each in given["facets"]
        ]
        return {**given, "facets": facets}
    return given


def _looking(given: object) -> object:
    return {} if given in ("", "true") else given


class Turn(OneOf):
    """Something that happens; the next one is a minute later."""

    user: Text | None = None
    """The user's message, which is replied to."""
    goal: Annotated[Need | None, BeforeValidator(_need)] = None
    """A simulated user who wants something talks with the assistant."""
    observe: Text | None = None
    """Words of somebody else that arrive, or of a document."""
    forget: Words | None = None
    """All that has these words is forgotten, as by `usermind memory forget`."""
    wait: Span | None = None
    """Time goes by."""
    watch: Annotated[Looking | None, BeforeValidator(_looking)] = None
    """The proactive agent looks whether there is something to offer."""
    answer: Literal["accept", "dismiss", "snooze", "never", "up", "down"] | None = None
    """What the user says to what was offered last."""
    within: int = Field(default=6, ge=1)
    """Messages that a simulated user writes, at most."""
    thread: Text = "main"
    """The conversation in which a message stands."""
    images: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    """Files beside the scenario that the user shows with a message."""
    author: Text | None = None
    source: Text | None = None
    expect: tuple[Expectation, ...] = ()

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """Return the keys of which it has one."""
        return (*get_args(StepKind), "goal")


_HOURS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def _hours(given: object) -> object:
    if not isinstance(given, str) or given == "never":
        return () if given == "never" else given
    found = _HOURS.fullmatch(given.replace(" ", ""))
    try:
        h, m, to_h, to_m = (int(each) for each in found.groups()) if found else (99, 0, 0, 0)
        return time(h, m), time(to_h, to_m)
    except ValueError:
        raise ValueError(f"{given!r} is neither hours like 22:00-08:00 nor never") from None


class Tolerance(Part):
    """How often and when the user may be interrupted."""

    per_day: int = Field(default=6, ge=0)
    burst: int = Field(default=2, ge=0)
    every: Span = timedelta(minutes=45)
    quiet: Annotated[tuple[time, ...], BeforeValidator(_hours)] = (time(22), time(8))
    """From when until when to be silent; `never`: empty."""
    digest: time = time(18)


class Goods(Part):
    """What can be recommended."""

    items: Text
    """A file beside the scenario, as `usermind catalogue load` reads it."""
    interactions: Text | None = None
    things: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    """How people speak of the items."""


class Scenario(Part):
    """One scenario."""

    name: Text
    about: str = ""
    """What it is for, in a sentence."""
    tags: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    persona: Persona = Persona()
    zone: Zone = "UTC"
    """Where the user lives."""
    start: datetime = START
    """When the conversation begins; without an offset it is in the zone."""
    catalogue: Annotated[Goods | None, _mapped("items")] = None
    patience: Tolerance = Tolerance()
    seed: tuple[Seed, ...] = ()
    turns: tuple[Turn, ...] = Field(min_length=1)
    after: tuple[Expectation, ...] = ()
    """What is expected of the memory at the end."""
    fails_without: tuple[Ablation, ...] = ()
    """What it must fail without, or it shows nothing."""

    @property
    def begins(self) -> datetime:
        """When the conversation begins, aware and in the user's zone."""
        zone = ZoneInfo(self.zone)
        naive = self.start.tzinfo is None
        return self.start.replace(tzinfo=zone) if naive else self.start.astimezone(zone)

    def moment(self, when: datetime | timedelta | None) -> datetime:
        """Return a moment, aware; of a stretch of time that far from the beginning."""
        if when is None:
            return self.begins - timedelta(days=1)
        if isinstance(when, timedelta):
            return self.begins + when
        return when.replace(tzinfo=ZoneInfo(self.zone)) if when.tzinfo is None else when

    def expectations(self) -> Iterator[tuple[int | None, int, Expectation]]:
        """Yield each expectation, with the place of its turn (None: at the end) and its own."""
        for place, turn in enumerate(self.turns):
            for number, each in enumerate(turn.expect):
                yield place, number, each
        for number, each in enumerate(self.after):
            yield None, number, each

    def files(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield the files it names, with where it names them."""
        if self.catalogue is not None:
            yield ("catalogue", "items"), self.catalogue.items
            if self.catalogue.interactions is not None:
                yield ("catalogue", "interactions"), self.catalogue.interactions
        for place, seed in enumerate(self.seed):
            if seed.concept is not None:
                for number, name in enumerate(seed.concept.pictures):
                    yield ("seed", place, "concept", "pictures", number), name
        for place, turn in enumerate(self.turns):
            for number, name in enumerate(turn.images):
                yield ("turns", place, "images", number), name
