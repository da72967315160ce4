"""What a benchmark found: figures by line and system, with their intervals; as JSON and as text.

results.json     the figures and what decides them; nothing that differs from one run to the next
questions.jsonl  each answer of a model with its scores, one a line; none where nobody was asked
report.txt       the tables as they are printed
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from usermind.errors import StoreNotWritableError
from usermind.evals.benchmarks.intervals import bootstrap, wilson
from usermind.evals.results import RESULTS, make_ready, write_whole

FORMAT = 1
"""Of `results.json`."""
REPORT = "report.txt"
QUESTIONS = "questions.jsonl"
DIGITS = 6
"""Places of a figure in the file."""

Setting = str | int | float | bool | None | Sequence[str | int | float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; None: it is not defined."""

    value: float | None
    low: float | None
    high: float | None
    """Bounds of its 95 % interval."""
    n: int
    """What it is of."""

    @classmethod
    def mean(cls, values: Sequence[float], *, shares: bool = True) -> "Figure":
        """Return the mean of values drawn one by one; its interval is bootstrapped.

        Where all values are 0, or all are 1, every draw has the same mean, which would pass for
        certainty: of shares the interval is Wilson's then.

        Args:
            values: One a question.
            shares: Whether they lie in [0, 1] by their nature; else they are amounts.
        """
        if not values:
            return cls(None, None, None, 0)
        mean, n = statistics.fmean(values), len(values)
        sure = shares and set(values) in ({0.0}, {1.0})
        low, high = wilson(round(mean * n), n) if sure else bootstrap(values)
        return cls(mean, low, high, n)

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        between = "–" if self.low >= 0 else " to "  # a dash would read as one more minus
        return f"{self.value:.3f} ({self.low:.3f}{between}{self.high:.3f})"


@dataclass(slots=True)
class Table:
    """Scores by (line, system); a line's values are one per question, in the same order."""

    title: str
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    given: dict[str, dict[str, Figure]] = field(default_factory=dict)
    """Figures that are no means of values."""
    about: str = ""
    """What a reader must know: which way is better, what a system is."""
    amounts: tuple[str, ...] = ()
    """Lines whose values are no shares in [0, 1], such as tokens."""
    _figures: dict[str, dict[str, Figure]] | None = None
    """Computed once, when all is added."""

    def add(self, line: str, system: str, value: float) -> None:
        """Add the score of one question."""
        self.values.setdefault(line, {}).setdefault(system, []).append(value)
        self._figures = None

    def put(self, line: str, system: str, figure: Figure) -> None:
        """Set a figure that is no mean of values."""
        self.values.setdefault(line, {})  # keeps its place among the lines
        self.given.setdefault(line, {})[system] = figure
        self._figures = None

    @property
    def systems(self) -> list[str]:
        """Who is compared."""
        named = [*map(list, self.values.values()), *map(list, self.given.values())]
        return list(dict.fromkeys(name for line in named for name in line))

    def figures(self) -> dict[str, dict[str, Figure]]:
        """Return the figures by line and system, in the order in which they were added."""
        if self._figures is None:
            self._figures = {
                line: {
                    name: Figure.mean(some, shares=line not in self.amounts)
                    for name, some in cells.items()
                }
                | self.given.get(line, {})
                for line, cells in self.values.items()
            }
        return self._figures

    def rows(self) -> list[list[str]]:
        """Return the cells as text: a line's name, how many its figures are of, and the figures."""
        return [
            [
                line,
                f"{max((cell.n for cell in cells.values()), default=0):,}",
                *(str(cells[name]) if name in cells else "" for name in self.systems),
            ]
            for line, cells in self.figures().items()
        ]

    def text(self) -> str:
        """Return the table as text, in columns as wide as they need, one a system."""
        rows = [[self.title, "n", *self.systems], *self.rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if at else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *([self.about] if self.about else [])])

    def show(self) -> None:
        """Print the means side by side, each with its interval."""
        print(f"\n{self.text()}")

    def as_json(self) -> dict[str, object]:
        """Return what `results.json` holds of it."""
        return {
            "title": self.title,
            "about": self.about,
            "lines": {
                line: {name: _rounded(figure) for name, figure in cells.items()}
                for line, cells in self.figures().items()
            },
        }


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of a model."""

    question: str
    """Its id, or its place in the file."""
    kind: str
    context: str
    """What was given with it."""
    answer: str | None
    """None: none that could be used."""
    gold: tuple[str, ...]
    """The right one; empty: there is none."""
    scores: dict[str, float]
    """By measure."""


@dataclass(slots=True)
class Report:
    """All that one run of a benchmark found."""

    benchmark: str
    settings: dict[str, Setting]
    """What decides the figures: embedder, model, sample, digest of the data."""
    counts: dict[str, int] = field(default_factory=dict)
    """How much there was of what: questions, answers that were unusable."""
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Sentences about this run that a reader must know."""
    answers: list[Answered] = field(default_factory=list)
    """Of the model, one by one."""

    def figures(self) -> list[dict[str, dict[str, Figure]]]:
        """Return each table's figures."""
        return [table.figures() for table in self.tables]

    def as_json(self) -> dict[str, object]:
        """Return what `results.json` holds."""
        return {
            "format": FORMAT,
            "benchmark": self.benchmark,
            "settings": self.settings,
            "counts": self.counts,
            "notes": self.notes,
            "tables": [table.as_json() for table in self.tables],
        }

    def text(self) -> str:
        """Return the report for people."""
        counts = [f"{name}: {number:,}" for name, number in self.counts.items()]
        return (
            "\n\n".join(
                [*(table.text() for table in self.tables), "\n".join([*counts, *self.notes])]
            )
            + "\n"
        )

    def save(self, folder: Path) -> Path:
        """Write all files of the module's head into a folder; return where the first is.

        Raises:
            InvalidInputError: The folder holds the results of something else.
            StoreNotWritableError: It cannot be written.
        """
        make_ready(folder, of="benchmark")
        path, asked = folder / RESULTS, folder / QUESTIONS
        content = json.dumps(self.as_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        write_whole(path, content.encode())
        write_whole(folder / REPORT, self.text().encode())
        if self.answers:
            write_whole(asked, b"".join(map(_line, self.answers)))
            return path
        try:  # of another run, they would pass for those of this one
            asked.unlink(missing_ok=True)
        except OSError as error:
            raise StoreNotWritableError(
                f"{asked} cannot be taken away: {error.strerror}. It is of another run than what "
                "stands beside it. Take it away, or name another folder with `--out`."
            ) from error
        return path


def _rounded(figure: Figure) -> dict[str, float | int | None]:
    def short(value: float | None) -> float | None:
        return None if value is None else round(value, DIGITS)

    return {
        "value": short(figure.value),
        "low": short(figure.low),
        "high": short(figure.high),
        "n": figure.n,
    }


def _line(answered: Answered) -> bytes:
    scores = {name: round(score, DIGITS) for name, score in answered.scores.items()}
    return json.dumps(asdict(answered) | {"scores": scores}, ensure_ascii=False).encode() + b"\n"
