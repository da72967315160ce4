"""Who decides whether an offer is made: by which probabilities, and from which line on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.asking import Advance, Asker
from usermind.evals.benchmarks.gate_learning import MOST, SLACK, counted, fit
from usermind.evals.benchmarks.gate_metrics import Decisions, best_line
from usermind.evals.benchmarks.proposals import Row, traces
from usermind.evals.probabilities import Bools, Floats
from usermind.models.offline.weighing import shipped, weigh
from usermind.prompts import WeighAnswer

Indices = NDArray[np.intp]

LEAST = 3
"""Traces that learning anew for each one needs: one to ask about, and two that check each other."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Offers with the probabilities that a gate gave and what came of them, one a place."""

    p: Floats
    """(n,), probability that each offer is taken."""
    line: Floats
    """(n,), from which on it is offered."""
    wanted: Bools
    """(n,), what was taken."""

    def taken(self, places: Indices) -> "Weighed":
        """Return those at some places, of which one may come twice, as in a resample."""
        return Weighed(self.p[places], self.line[places], self.wanted[places])

    @property
    def offers(self) -> Bools:
        """(n,), what the gate lets through."""
        return np.asarray(self.p >= self.line)

    @property
    def decided(self) -> Decisions:
        """The gate's decisions, counted."""
        return Decisions.of(self.offers, self.wanted)

    @property
    def always(self) -> Decisions:
        """Those of a gate that offers everything."""
        return Decisions.of(np.ones_like(self.wanted), self.wanted)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a gate said of the proposals of a file."""

    name: str
    rows: tuple[Row, ...]
    weighed: Weighed
    """A place a row; each line is chosen without the trace of the row."""
    said: tuple[WeighAnswer | None, ...] = ()
    """(rows,), of a model; None for an answer that could not be used, which counts as 0."""

    @classmethod
    def of(
        cls,
        name: str,
        rows: Sequence[Row],
        p: Floats,
        line: Floats,
        said: Sequence[WeighAnswer | None] = (),
    ) -> "Judged":
        """Return what a gate of this name said of rows."""
        wanted = np.array([row.accepted for row in rows])
        return cls(name, tuple(rows), Weighed(p, line, wanted), tuple(said))

    @property
    def unusable(self) -> int:
        """How many answers of a model could not be used."""
        return sum(answer is None for answer in self.said)

    def traces(self) -> list[Indices]:
        """Return the places of each trace, in the order of the rows."""
        names = np.array([row.trace for row in self.rows])
        return [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]

    def gates(self) -> dict[str, Bools]:
        """Return what is offered by this gate and by those that need no thought."""
        every = np.ones(len(self.rows), dtype=bool)
        return {self.name: self.weighed.offers, "always": every, "never": ~every}


def unlearnable(rows: Sequence[Row]) -> str | None:
    """Return why no gate can be learned anew for each trace from these offers; None: it can."""
    there = len(traces(rows))
    if there < LEAST:
        return (
            f"The proposals are of {there} {'trace' if there == 1 else 'traces'}, and to learn a "
            f"gate anew without each, {LEAST} are needed at least."
        )
    if len({row.accepted for row in rows}) < 2:
        which = "Every" if rows[0].accepted else "No"
        return f"{which} proposal was wanted by the labels, and one outcome teaches no gate."
    return None


def unseen(rows: Sequence[Row]) -> Judged:
    """Return what gates say that were learned without the trace they are asked about.

    Args:
        rows: In each something is offered.

    Raises:
        InvalidInputError: They are of fewer than `LEAST` traces, or all offers had one outcome.
    """
    if why := unlearnable(rows):
        raise InvalidInputError(
            f"{why} Nothing was measured. Give a file with more, or ask the gate that ships with "
            "`--shipped`."
        )
    data = counted(rows)
    p, line = np.zeros(len(rows)), np.zeros(len(rows))
    for here, others in data.beside():
        gate = fit(others)
        p[here], line[here] = gate.probabilities(data.x[here]), gate.line
    return Judged.of("learned", rows, p, line)


def as_shipped(rows: Sequence[Row]) -> Judged:
    """Return what the offline engine answers."""
    p = np.array([weigh(row.prompt).useful for row in rows])
    return Judged.of("shipped", rows, p, np.full(len(rows), shipped().line))


def by_model(rows: Sequence[Row], asker: Asker, *, progress: Advance | None = None) -> Judged:
    """Return what a model says, whose line is chosen on the other traces; one call a row.

    Args:
        rows: In each something is offered; of two traces at least.
        asker: Puts the prompts to the model.
        progress: Is told of each answer.

    Raises:
        InvalidInputError: They are of one trace; or the answers are a recording's and some lack.
        ModelError: The model is down.
    """
    if len(traces(rows)) < 2:
        raise InvalidInputError(
            "The proposals that the model is asked about are of one trace. Nothing was asked: its "
            "line is chosen on other traces than the one it decides on. Raise `--sample`, or give "
            "a file with more traces."
        )
    answers = asker.all([row.prompt for row in rows], progress=progress)
    p = np.array([0.0 if answer is None else answer.useful for answer in answers])
    y, names = np.array([row.accepted for row in rows]), np.array([row.trace for row in rows])
    line = np.zeros(len(rows))
    for name in traces(rows):
        here = names == name
        # Above 0, so that what is unusable stays kept back where all others were wanted.
        line[here] = max(best_line(p[~here], y[~here], most=MOST - SLACK), np.finfo(float).tiny)
    return Judged.of("model", rows, p, line, answers)
