"""A reader without a model: which option do the memories that were returned support best?

It reads lines, never the log, and follows the same rules whoever returned them; of the question it
knows what a model would read in it (which kind it is, of what, the n-th of what).

- A line speaks of a name when the name stands in it as whole words, in any case. It counts once, or
  as often as it says ("Norda: 7 times, since 2026-03-02"); what it says of a stretch of time is
  spread over that stretch evenly. Profiles and concepts say nothing of when: they tell of all the
  time that the log covers. A profile is as many lines as it has claims.
- Observations, claims and entities may tell of the same event; so lines of each kind of memory are
  counted by themselves, and the largest count holds.
- df: the n-th last time among the lines that stand for one event (all lines, if none does), and
  what a line of that time speaks of. For somebody: the newest line that speaks of them and of an
  option.
- mf: the option nearest to the count of the thing; without a line that speaks of it, no option.
- li: the sum of the counts of an option's names.
- si, ip, ap: the count of an option's first name in the last three weeks; then that of its next
  ones; then the same over all time.
- it: the sum over the months of the count of the month's name in it.
- Options that are supported alike are drawn by chance, by a seed of the question: a reader who was
  given nothing guesses.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from usermind.evals.benchmarks.uqa_logs import END, MONTHS, RECENT, START, Asked, Kind, Option
from usermind.memory.recall import Recollection

_COUNTED = re.compile(r"^(?P<name>.+): (?:once|(?P<n>\d+) times(?:, since (?P<since>\S+))?) \(")
FAR = datetime(9999, 1, 1, tzinfo=UTC)
Support = tuple[float, ...]
"""How well an option is supported; compared from the first number on."""


@dataclass(frozen=True, slots=True)
class Line:
    """One memory as it was returned."""

    text: str
    at: datetime
    kind: str
    """Of memory."""
    since: datetime
    """Begin of the time that it tells of; `at` is the end."""
    times: int = 1

    @property
    def single(self) -> bool:
        """Whether it stands for one event."""
        return self.kind in ("observation", "proposition")

    def says(self, name: str) -> bool:
        """Return whether it speaks of a name."""
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text, re.IGNORECASE) is not None

    def within(self, begin: datetime, end: datetime) -> float:
        """Return how many of its events lie in a stretch of time."""
        if self.since == self.at:
            return float(self.times) if begin <= self.at < end else 0.0
        common = min(self.at, end) - max(self.since, begin)
        return self.times * max(0.0, common / (self.at - self.since))


def lines_of(hit: Recollection) -> list[Line]:
    """Return what a memory says, with its counts and its time: a line, of a profile one a claim."""
    at = hit.at.astimezone(UTC)
    if hit.kind == "profile":
        claims = re.split(r"(?<=[.!?])\s+", hit.text)
        return [Line(claim, max(at, END), hit.kind, START) for claim in claims if claim]
    if hit.kind == "concept":
        return [Line(hit.text, max(at, END), hit.kind, START)]
    counted = _COUNTED.match(hit.text) if hit.kind == "entity" else None
    if counted is None:
        return [Line(hit.text, at, hit.kind, at)]
    since = at
    if counted["since"]:
        since = min(at, datetime.fromisoformat(counted["since"]).replace(tzinfo=UTC))
    return [Line(counted["name"], at, hit.kind, since, int(counted["n"] or 1))]


def answered(question: Asked, lines: Sequence[Line]) -> int:
    """Return the place of the option that the lines support best."""
    support = [_SUPPORT[question.kind](question, option, lines) for option in question.options]
    best = max(support)
    alike = [place for place, value in enumerate(support) if value == best]
    return random.Random(f"tie {question.id}").choice(alike)  # noqa: S311  # no secret


def counted(lines: Sequence[Line], name: str, begin: datetime = START, end: datetime = FAR
            ) -> float:  # fmt: skip
    """Return how often lines speak of a name in a stretch of time, by the kind that says most."""
    sums: dict[str, float] = {}
    for line in lines:
        if line.says(name):
            sums[line.kind] = sums.get(line.kind, 0.0) + line.within(begin, end)
    return max(sums.values(), default=0.0)


def _direct(question: Asked, option: Option, lines: Sequence[Line]) -> Support:
    told = [line for line in lines if line.single] or lines
    times = sorted({line.at for line in told}, reverse=True)
    if len(times) < question.place:
        return (0.0,)
    then = times[question.place - 1]
    return (float(any(line.says(option.names[0]) for line in told if line.at == then)),)


def _for_somebody(question: Asked, option: Option, lines: Sequence[Line]) -> Support:
    of_them = [line for line in lines if line.says(question.about) and line.says(option.names[0])]
    return (max((line.at.timestamp() for line in of_them), default=0.0),)


def _count(question: Asked, option: Option, lines: Sequence[Line]) -> Support:
    found = counted(lines, question.about)
    return (-abs(found - int(option.names[0])),) if found else (0.0,)


def _lately(question: Asked, option: Option, lines: Sequence[Line]) -> Support:
    recent = tuple(counted(lines, name, END - RECENT) for name in option.names)
    return (*recent, *(counted(lines, name) for name in option.names))


def _lasting(question: Asked, option: Option, lines: Sequence[Line]) -> Support:
    return (sum(counted(lines, name) for name in option.names),)


def _path(question: Asked, option: Option, lines: Sequence[Line]) -> Support:
    ends = (*MONTHS[1:], END + timedelta(days=1))
    months = zip(option.names, MONTHS, ends, strict=True)
    return (sum(counted(lines, name, begin, end) for name, begin, end in months),)


_SUPPORT: Mapping[Kind, Callable[[Asked, Option, Sequence[Line]], Support]] = {
    "df": _direct,
    "df, for somebody": _for_somebody,
    "mf": _count,
    "ip": _lately,
    "ap": _lately,
    "li": _lasting,
    "si": _lately,
    "it": _path,
}
