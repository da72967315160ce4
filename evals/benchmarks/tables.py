"""What a benchmark found: figures by line and system, with their intervals; as JSON and as text.

results.json     the figures and what decides them; nothing that differs from one run to the next
questions.jsonl  each answer of a model with its scores, one a line; none where nobody was asked
report.txt       the tables as they are printed
"""

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

from usermind.errors import InvalidInputError, StoreNotWritableError
from usermind.evals.benchmarks.intervals import bootstrap, standard_error
from usermind.evals.results import RESULTS, write_whole

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
    standard_error: float | None = None

    @classmethod
    def mean(cls, values: Sequence[float]) -> "Figure":
        """Return the mean of values drawn one by one; its interval is bootstrapped."""
        if not values:
            return cls(None, None, None, 0)
        low, high = bootstrap(values)
        error = standard_error(values)
        return cls(
            statistics.fmean(values), low, high, len(values), None if math.isnan(error) else error
        )

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

    def add(self, line: str, system: str, value: float) -> None:
        """Add the score of one question."""
        self.values.setdefault(line, {}).setdefault(system, []).append(value)

    def put(self, line: str, system: str, figure: Figure) -> None:
        """Set a figure that is no mean of values."""
        self.values.setdefault(line, {})  # keeps its place among the lines
        self.given.setdefault(line, {})[system] = figure

    @property
    def systems(self) -> list[str]:
        """Who is compared."""
        named = [*map(list, self.values.values()), *map(list, self.given.values())]
        return list(dict.fromkeys(name for line in named for name in line))

    def figures(self) -> dict[str, dict[str, Figure]]:
        """Return the figures by line and system, in the order in which they were added."""
        found: dict[str, dict[str, Figure]] = {}
        for line in self.values:
            means = {name: Figure.mean(v) for name, v in self.values.get(line, {}).items()}
            found[line] = means | self.given.get(line, {})
        return found

    def text(self) -> str:
        """Return the table as text, a column a system."""
        return text_of(self.title, self.systems, self.figures(), about=self.about)

    def show(self) -> None:
        """Print the means side by side, each with its interval."""
        print(f"\n{self.text()}")

    def as_json(self) -> dict[str, dict[str, dict[str, object]]]:
        """Return mean, standard error, interval and count of every cell."""
        return {
            line: {
                name: {
                    "mean": figure.value,
                    "standard_error": figure.standard_error,
                    "interval": [figure.low, figure.high],
                    "n": figure.n,
                }
                for name, figure in systems.items()
            }
            for line, systems in self.figures().items()
        }


def text_of(
    title: str, systems: Sequence[str], figures: dict[str, dict[str, Figure]], *, about: str = ""
) -> str:
    """Return figures as text, in columns as wide as they need."""
    rows = [[title, "n", *systems]]
    for line, cells in figures.items():
        count = max((cell.n for cell in cells.values()), default=0)
        shown = [str(cells[name]) if name in cells else "" for name in systems]
        rows.append([line, f"{count:,}", *shown])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, *([about] if about else [])])


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
    _figures: list[dict[str, dict[str, Figure]]] | None = None

    def figures(self) -> list[dict[str, dict[str, Figure]]]:
        """Return each table's figures; they are computed once, when all is added."""
        if self._figures is None:
            self._figures = [table.figures() for table in self.tables]
        return self._figures

    def as_json(self) -> dict[str, object]:
        """Return what `results.json` holds."""
        return {
            "format": FORMAT,
            "benchmark": self.benchmark,
            "settings": self.settings,
            "counts": self.counts,
            "notes": self.notes,
            "tables": [
                {
                    "title": table.title,
                    "about": table.about,
                    "lines": {
                        line: {name: _rounded(figure) for name, figure in cells.items()}
                        for line, cells in figures.items()
                    },
                }
                for table, figures in zip(self.tables, self.figures(), strict=True)
            ],
        }

    def text(self) -> str:
        """Return the report for people."""
        tables = [
            text_of(table.title, table.systems, figures, about=table.about)
            for table, figures in zip(self.tables, self.figures(), strict=True)
        ]
        counts = [f"{name}: {number:,}" for name, number in self.counts.items()]
        return "\n\n".join([*tables, "\n".join([*counts, *self.notes])]) + "\n"

    def save(self, folder: Path) -> Path:
        """Write all files of the module's head into a folder; return where the first is.

        Raises:
            InvalidInputError: The folder holds the results of something else.
            StoreNotWritableError: It cannot be written.
        """
        make_ready(folder)
        path = folder / RESULTS
        content = json.dumps(self.as_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        try:
            write_whole(path, content.encode())
            write_whole(folder / REPORT, self.text().encode())
            if self.answers:
                write_whole(folder / QUESTIONS, b"".join(map(_line, self.answers)))
            else:  # of another run, they would pass for those of this one
                (folder / QUESTIONS).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from error
        return path


def make_ready(folder: Path) -> None:
    """Make a folder for results, so that a run does not end with nowhere to put them.

    Raises:
        InvalidInputError: It holds the results of something else.
        StoreNotWritableError: It cannot be made or written.
    """
    path = folder / RESULTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = path.exists() and not _is_ours(path.read_bytes())
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error
    if taken:
        raise InvalidInputError(
            f"{path} is of another kind, such as `usermind eval run` writes. It was kept. Name "
            "another folder with `--out`."
        )


def _unwritable(folder: Path, error: OSError) -> StoreNotWritableError:
    return StoreNotWritableError(
        f"Results cannot be written into {folder}: {error.strerror}. Name another folder with "
        "`--out`."
    )


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


def _is_ours(content: bytes) -> bool:
    try:
        found = json.loads(content)
    except ValueError:
        return False
    return isinstance(found, dict) and "benchmark" in found
