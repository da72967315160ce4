"""Plots as inline SVG: what they show also stands in their description, for who cannot see it.

Colours are classes (`series0`, `series1`, …) that the page gives for light and dark.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from usermind.evals.benchmarks.intervals import wilson
from usermind.evals.markup import Child, Markup, joined, tag

WIDTH = 500
"""Of a plot that the page makes as wide as there is room: at most 640 px, 360 on a phone."""
LABEL = 148
"""Width of the labels at the left of a plot of rates."""
RIGHT = 104
"""Width of the numbers at its right."""
ROW = 17
SQUARE = 300
"""Side of a plot whose axes are both shares."""
SHAPES = ("circle", "square", "triangle", "diamond")
"""Of the marks of a series, so that colour is not all that tells them apart."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something held."""

    passed: int
    of: int

    @property
    def told(self) -> str:
        """Such as `"9 of 10"`."""
        return f"{self.passed} of {self.of}"


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a plot of shares."""

    x: float
    y: float
    weight: float = 1.0
    """In (0, 1]: its area, compared with the greatest."""


def _svg(
    width: float, height: float, title: str, *children: Child, class_: str | None = None
) -> Markup:
    return tag(
        "svg",
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_label=title,
        class_=class_,
    )


def _text(x: float, y: float, text: str, anchor: str = "start", class_: str = "axis") -> Markup:
    return tag("text", text, x=round(x, 1), y=round(y, 1), text_anchor=anchor, class_=class_)


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    points = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return tag("line", class_=class_, **{name: round(at, 1) for name, at in points.items()})


def mark(x: float, y: float, series: int, size: float = 4.5) -> Markup:
    """Return the mark of a series."""
    class_ = f"mark series{series % 4}"
    x, y = round(x, 1), round(y, 1)
    corners: tuple[tuple[float, float], ...]
    match SHAPES[series % 4]:
        case "circle":
            return tag("circle", cx=x, cy=y, r=round(size, 1), class_=class_)
        case "square":
            side = round(size * 1.8, 1)
            return tag("rect", x=x - side / 2, y=y - side / 2, width=side, height=side,
                       class_=class_)  # fmt: skip
        case "triangle":
            corners = ((0, -1.2), (1.1, 0.8), (-1.1, 0.8))
        case _:
            corners = ((0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0))
    points = " ".join(f"{x + dx * size:.1f},{y + dy * size:.1f}" for dx, dy in corners)
    return tag("polygon", points=points, class_=class_)


def rates(title: str, rows: Sequence[tuple[str, Sequence[Rate]]], names: Sequence[str]) -> Markup:
    """Return pass rates with their 95 % intervals, a group of lines a row.

    Args:
        title: What is shown.
        rows: Label, and a rate for each of `names`; one of nothing is left out.
        names: Of the series.
    """
    left, right = LABEL, WIDTH - RIGHT
    drawn: list[Child] = []
    told: list[str] = []
    y = 26.0

    def at(share: float) -> float:
        return left + share * (right - left)

    for label, series in rows:
        there = [(place, rate) for place, rate in enumerate(series) if rate.of]
        top = y
        for place, rate in there:
            low, high = wilson(rate.passed, rate.of)
            middle = y + ROW / 2
            drawn.append(_line(at(low), middle, at(high), middle, f"range series{place % 4}"))
            drawn.append(mark(at(rate.passed / rate.of), middle, place))
            drawn.append(_text(right + 10, middle + 4, rate.told))
            told.append(f"{label}, {names[place]}: {rate.told}")
            y += ROW
        drawn.append(_text(left - 10, (top + y) / 2 + 4, _cut(label), "end", "label"))
        y += 7
    scale = [
        joined(_line(at(share), 20, at(share), y, "grid"),
               _text(at(share), 14, f"{share:.0%}", "middle"))
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]  # fmt: skip
    return _svg(WIDTH, y + 4, f"{title}. {'; '.join(told)}", *scale, *drawn, class_="plot")


def _cut(label: str, longest: int = 18) -> str:
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


def legend(names: Sequence[str]) -> Markup:
    """Return what the marks mean."""
    items = [
        tag("li", tag("svg", mark(7, 7, place), width=14, height=14, aria_hidden="true"), " ", name)
        for place, name in enumerate(names)
    ]
    return tag("ul", *items, class_="legend")


def histogram(title: str, values: Sequence[float], unit: str, bins: int = 20) -> Markup:
    """Return how often values lie where, on a scale from 0.

    Args:
        title: What is shown.
        values: At least one, none below 0.
        unit: Stands at the axis.
        bins: Bars.
    """
    top = _round_up(max(*values, 1e-6))  # a scale that can be written
    counts = [0] * bins
    for value in values:
        counts[min(int(value / top * bins), bins - 1)] += 1
    left, bottom, height = 44.0, 150.0, 130.0
    wide = (WIDTH - left - 16) / bins
    most = max(counts)
    bars = [
        tag("rect", x=round(left + place * wide + 1, 1),
            y=round(bottom - height * count / most, 1), width=round(wide - 2, 1),
            height=round(height * count / most, 1), class_="bar")
        for place, count in enumerate(counts) if count
    ]  # fmt: skip
    ticks = [
        _text(left + share * (WIDTH - left - 16), bottom + 18, f"{share * top:.3g}", "middle")
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    told = f"{title}: {len(values)} values from {min(values):.3g} to {max(values):.3g} {unit}"
    return _svg(
        WIDTH,
        bottom + 40,
        told,
        _line(left, bottom, WIDTH - 16, bottom, "grid"),
        _text(left - 8, bottom - height + 10, str(most), "end"),
        _text(left - 8, bottom, "0", "end"),
        *bars,
        *ticks,
        _text((left + WIDTH - 16) / 2, bottom + 36, unit, "middle"),
        class_="plot",
    )


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5 × 10ⁿ; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if value <= step * power * (1 + 1e-9))


def shares(
    title: str,
    series: Sequence[Sequence[Dot]],
    *,
    across: str,
    up: str,
    diagonal: bool = False,
    joint: bool = False,
) -> Markup:
    """Return dots on two axes from 0 to 100 %.

    Args:
        title: What is shown.
        series: Dots of each.
        across: What the axis to the right is.
        up: What the axis upwards is.
        diagonal: Draw where both are equal.
        joint: Join the dots of a series.
    """
    left, top = 62.0, 12.0
    bottom = top + SQUARE

    def at(dot: Dot) -> tuple[float, float]:
        return left + dot.x * SQUARE, bottom - dot.y * SQUARE

    grid = [
        joined(
            _line(left, bottom - share * SQUARE, left + SQUARE, bottom - share * SQUARE, "grid"),
            _line(left + share * SQUARE, top, left + share * SQUARE, bottom, "grid"),
            _text(left - 8, bottom - share * SQUARE + 4, f"{share:.0%}", "end"),
            _text(left + share * SQUARE, bottom + 17, f"{share:.0%}", "middle"),
        )
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    if diagonal:
        grid.append(_line(left, bottom, left + SQUARE, top, "diagonal"))
    drawn: list[Markup] = []
    for place, dots in enumerate(series):
        if joint and len(dots) > 1:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, dots))
            drawn.append(tag("polyline", points=points, class_=f"range series{place % 4}"))
        drawn += [mark(*at(dot), place, 3 + 6 * math.sqrt(dot.weight)) for dot in dots]
    told = "; ".join(f"{dot.x:.0%}: {dot.y:.0%}" for dots in series for dot in dots[:50])
    return _svg(
        left + SQUARE + 24,
        bottom + 42,
        f"{title}. {up} by {across}: {told}",
        *grid,
        *drawn,
        _text(left + SQUARE / 2, bottom + 37, across, "middle"),
        tag("text", up, x=14, y=top + SQUARE / 2, text_anchor="middle", class_="axis",
            transform=f"rotate(-90 14 {top + SQUARE / 2:g})"),
    )  # fmt: skip
