"""An evaluation as one HTML file: it needs no network, no script and no other file.

report.html   verdicts, rates with their intervals, ablations, cost, the judge, transcripts
"""

import base64
import hashlib
import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from usermind.evals.assessing import Assessment, load_assessments
from usermind.evals.benchmarks.intervals import wilson
from usermind.evals.markup import Child, Markup, joined, shown, tag
from usermind.evals.plots import Dot, Rate, histogram, legend, rates, shares
from usermind.evals.results import (
    Ablation,
    Check,
    Cost,
    Results,
    Run,
    Verdict,
    write_whole,
)
from usermind.evals.run_html import mark_of, run_details

REPORT = "report.html"
WHOLE = "with everything"
"""Name of the runs from which nothing was taken."""


def html_of(results: Results, assessments: Iterable[Assessment] = ()) -> str:
    """Return results as one HTML file.

    Args:
        results: Of an evaluation.
        assessments: What labels tell of judges, for their calibration curves.
    """
    sections = [
        ("scenarios", "Scenarios", _scenarios(results)),
        ("kinds", "Expectations", _kinds(results)),
        ("ablations", "What each part is good for", _ablations(results)),
        ("cost", "Time and tokens", _cost(results)),
        ("judge", "The judge", _judge(results, assessments)),
        ("transcripts", "Transcripts", _transcripts(results)),
    ]
    there = [(key, title, body) for key, title, body in sections if body is not None]
    links = [tag("li", tag("a", title, href=f"#{key}")) for key, title, _ in there]
    body = joined(
        tag("header", _head(results), tag("nav", tag("ul", *links), aria_label="Sections")),
        tag(
            "main",
            *(
                tag("section", tag("h2", title, id=f"{key}-title"), body, id=key,
                    aria_labelledby=f"{key}-title")
                for key, title, body in there
            ),
            id="main",
        ),
    )  # fmt: skip
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return Template(_file("report.html")).substitute(
        title=shown(_title(results)), style=style, digest=digest, body=body
    )


def save_report(results: Results, folder: Path) -> Path:
    """Write `report.html` into a folder, with what `judge.json` there says; return where it is.

    Raises:
        InvalidInputError: There is a `judge.json` that cannot be read.
    """
    path = folder / REPORT
    write_whole(path, html_of(results, load_assessments(folder).values()).encode())
    return path


@cache
def _file(name: str) -> str:
    return files("usermind.evals").joinpath(name).read_text("utf-8")


def _style() -> str:
    return _file("report.css")


# -- the head -------------------------------------------------------------------------------


def _title(results: Results) -> str:
    counts = results.counts
    return f"{counts['passed']} of {_count(len(results.verdicts), 'scenario')} passed"


def _head(results: Results) -> Markup:
    state = "passed" if results.passed else "failed"
    counts = results.counts
    parts = [
        tag("span", mark_of(outcome, f"{counts[outcome]} {word}"), class_="mark-word")
        for outcome, word in (
            ("passed", "passed"),
            ("failed", "failed"),
            ("error", "broke"),
            ("unjudged", "not judged"),
        )
        if counts[outcome]
    ]
    taken = (results.finished - results.started).total_seconds()
    facts = [
        ("Model", results.model or "offline engine"),
        ("Embedder", results.embedder),
        ("Judge", results.judge or "none; rules alone"),
        ("Started", results.started.isoformat(" ", "seconds")),
        ("Took", _seconds(taken)),
        ("Runs", f"{len(results.runs)}, each scenario {_times(results.repeats)}"),
        ("Also without", ", ".join(results.ablations) or "nothing"),
        (
            "Scenario passes",
            "when "
            + ("all" if results.pass_rate == 1 else f"{results.pass_rate:.0%}")
            + " of its runs pass",
        ),
        ("usermind", results.usermind),
    ]
    return joined(
        tag("h1", "Evaluation: ", tag("span", state, class_=state)),
        tag("p", *(joined(part, " ") for part in parts)),
        tag("dl", *(joined(tag("dt", name), tag("dd", value)) for name, value in facts),
            class_="facts"),
    )  # fmt: skip


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[Child]], numbers: int, name: str
) -> Markup:
    """Return a table whose last columns are numbers; it scrolls where it is too wide.

    On a phone its cells stand below each other, each number beside the head of its column. A
    browser no longer takes that for a table, so that the roles are told.
    """
    first = len(heads) - numbers
    classes = [None if place < first else "number" for place in range(len(heads))]
    return tag(
        "div",
        tag(
            "table",
            tag("thead", tag("tr", *(
                tag("th", head, scope="col", class_=class_, role="columnheader")
                for head, class_ in zip(heads, classes, strict=True)
            ), role="row"), role="rowgroup"),
            tag("tbody", *(
                tag("tr", *(
                    tag("td", cell, class_=class_, role="cell", data_head=head if class_ else None)
                    for cell, head, class_ in zip(row, heads, classes, strict=True)
                ), role="row")
                for row in rows
            ), role="rowgroup"),
            role="table",
        ),
        class_="wide", tabindex=0, role="region", aria_label=name,
    )  # fmt: skip


# -- scenarios ------------------------------------------------------------------------------


def _scenarios(results: Results) -> Markup:
    taken = [each for each in _conditions(results) if each is not None]
    rows = [_scenario(verdict, place, taken) for place, verdict in enumerate(results.verdicts)]
    heads = ["Verdict", "Scenario", "Passed", *(f"Without {each}" for each in taken)]
    return _table(heads, rows, 1 + len(taken), "Scenarios")


def _scenario(verdict: Verdict, place: int, taken: Sequence[Ablation]) -> list[Child]:
    low, high = wilson(verdict.passed, verdict.repeats)
    told = f"{verdict.passed} of {verdict.repeats}"
    without = {ablation: (passed, of) for ablation, passed, of in verdict.without}
    cells: list[Child] = []
    for ablation in taken:
        if ablation not in without:
            cells.append("–")
            continue
        passed, of = without[ablation]
        must = tag("div", "must fail", class_="why") if ablation in verdict.fails_without else None
        cells.append(joined(f"{passed} of {of}", must))
    return [
        tag("span", mark_of(verdict.outcome), class_="mark-word"),
        joined(
            tag("a", tag("bdi", verdict.scenario), href=f"#scenario{place}"),
            tag("div", verdict.about, class_="why") if verdict.about else None,
            tag("div", verdict.why, class_="why") if verdict.why else None,
        ),
        joined(told, tag("div", f"{low:.0%}–{high:.0%}", class_="why")),
        *cells,
    ]


# -- rates ----------------------------------------------------------------------------------


def _conditions(results: Results) -> list[Ablation | None]:
    """Return what was taken away in the runs that there are; None, nothing, first."""
    there = {run.ablation for run in results.runs}
    order: tuple[Ablation | None, ...] = (None, "memory", "profile", "concepts")
    return [each for each in order if each in there]


def _named(condition: Ablation | None) -> str:
    return WHOLE if condition is None else f"without {condition}"


def _checks(results: Results, condition: Ablation | None) -> Iterator[Check]:
    for run in results.runs:
        if run.ablation == condition:
            yield from run.checks


def _rate(checks: Sequence[Check]) -> Rate:
    """Return how many passed of those that were judged."""
    judged = [check for check in checks if check.outcome != "unjudged"]
    return Rate(sum(check.outcome == "passed" for check in judged), len(judged))


def _kinds(results: Results) -> Markup | None:
    conditions = _conditions(results)
    checks = {each: list(_checks(results, each)) for each in conditions}
    kinds = sorted({check.kind for found in checks.values() for check in found})
    if not kinds:
        return None
    rows = [
        (
            kind.replace("_", " "),
            [_rate([c for c in checks[each] if c.kind == kind]) for each in conditions],
        )
        for kind in kinds
    ]
    names = [_named(each) for each in conditions]
    open_ = sum(c.outcome == "unjudged" for found in checks.values() for c in found)
    return joined(
        tag("p", "How often each kind of expectation held. Lines are 95 % intervals (Wilson). An "
            "expectation may be there because it fails without something.", class_="soft"),
        tag("p", f"{_count(open_, 'expectation')} not judged and in no rate.") if open_ else None,
        legend(names),
        rates("Pass rates by kind of expectation", rows, names),
        _as_table(rows, names, "Kind"),
    )  # fmt: skip


def _as_table(
    rows: Sequence[tuple[str, Sequence[Rate]]], names: Sequence[str], head: str
) -> Markup:
    """Return what a plot of rates shows, as a table that can be opened."""
    told = [[label, *(_told(rate) for rate in series)] for label, series in rows]
    return tag(
        "details",
        tag("summary", "The same as a table"),
        _table([head, *names], told, len(names), "Rates"),
    )


def _told(rate: Rate) -> str:
    if not rate.of:
        return "–"
    low, high = wilson(rate.passed, rate.of)
    return f"{rate.told} ({low:.0%}–{high:.0%})"


def _ablations(results: Results) -> Markup | None:
    conditions = _conditions(results)
    if len(conditions) < 2:
        return None
    needed = {
        each: {v.scenario for v in results.verdicts if each in v.fails_without}
        for each in conditions
        if each is not None
    }

    def rate(condition: Ablation | None, names: set[str] | None = None) -> Rate:
        runs = [
            run
            for run in results.runs
            if run.ablation == condition
            and run.outcome in ("passed", "failed")
            and (names is None or run.scenario in names)
        ]
        return Rate(sum(run.outcome == "passed" for run in runs), len(runs))

    rows: list[tuple[str, Sequence[Rate]]] = []
    for each, names in needed.items():
        assert each is not None, "nothing is needed for nothing"
        if names:
            rows.append((f"need {each}", (rate(None, names), rate(each, names))))
        both = {run.scenario for run in results.runs if run.ablation == each}
        rows.append((f"all, for {each}", (rate(None, both), rate(each, both))))
    series = (WHOLE, "without it")
    return joined(
        tag("p", "Runs that passed, with everything and without a part of it: of the scenarios "
            "that need the part, and of all. One that needs a part and passes without it shows "
            "nothing.", class_="soft"),
        legend(series),
        rates("Runs that passed, by what was taken away", rows, series),
        _as_table(rows, series, "Scenarios"),
    )  # fmt: skip


# -- cost -----------------------------------------------------------------------------------


def _cost(results: Results) -> Markup | None:
    turns = [seconds for run in results.runs for seconds in run.cost.turns]
    called = any(run.cost.calls for run in results.runs)
    rows: list[list[Child]] = []
    for condition in _conditions(results):
        costs = [run.cost for run in results.runs if run.ablation == condition]
        own = sorted(seconds for cost in costs for seconds in cost.turns)
        times = [_seconds(_quantile(own, share)) if own else "–" for share in (0.5, 0.95, 1.0)]
        rows.append([_named(condition), len(costs), *times, *(_tokens(costs) if called else ())])
    if not rows:
        return None
    heads = ["Runs", "Number", "Turn, median", "95 % within", "Longest"]
    if called:
        heads += ["Calls", "Prompt tokens", "of them cached", "Completion tokens", "Tokens a run"]
    plot = (
        tag("figure", histogram("Seconds of a turn", turns, "seconds"),
            tag("figcaption", f"How long a turn took: {_count(len(turns), 'turn')}."))
        if turns
        else None
    )  # fmt: skip
    return joined(
        plot,
        _table(heads, rows, len(heads) - 1, "Time and tokens"),
        None if called else tag("p", "No model was called, so that no tokens were used."),
    )


def _tokens(costs: Sequence[Cost]) -> list[str]:
    each = [cost.prompt_tokens + cost.completion_tokens for cost in costs]
    sums = (
        sum(cost.calls for cost in costs),
        sum(cost.prompt_tokens for cost in costs),
        sum(cost.cached_tokens for cost in costs),
        sum(cost.completion_tokens for cost in costs),
        round(statistics.fmean(each)),
    )
    return [f"{number:,}" for number in sums]


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that a share of them does not exceed."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


# -- the judge ------------------------------------------------------------------------------


def _judge(results: Results, assessments: Iterable[Assessment]) -> Markup | None:
    checks = [c for run in results.runs for c in run.checks if c.kind == "judge"]
    parts = [*([_judged(checks)] if checks else []), *map(_assessed, assessments)]
    return joined(*parts) if parts else None


def _judged(checks: Sequence[Check]) -> Markup:
    count = {
        outcome: sum(check.outcome == outcome for check in checks)
        for outcome in ("passed", "failed", "unjudged")
    }
    sure = [check.certainty * 100 for check in checks if check.certainty is not None]
    return joined(
        tag("p", f"{len(checks)} {'criterion' if len(checks) == 1 else 'criteria'}: "
            f"{count['passed']} met, {count['failed']} not met, {count['unjudged']} not judged."),
        tag("figure", histogram("Certainty of the judge", sure, "percent", bins=20),
            tag("figcaption", "How sure it was of what it decided or nearly did."))
        if sure else None,
    )  # fmt: skip


def _calibrated(found: Assessment) -> str:
    decided, agreed = found.calibrated_decided, found.calibrated_agreed
    if decided is None or agreed is None:
        return "–"
    told = f"{decided}, {decided / found.questions:.0%}"
    return f"{told}, of these {agreed / decided:.0%} as labelled" if decided else told


def _by_place(found: Assessment) -> str:
    if found.by_place is None:
        return "–"
    first, second = found.by_place
    leans = "" if found.leaning is None else f"; it leans on the {found.leaning} place"
    return f"{first + second}: {first} times the first, {second} times the second{leans}"


def _assessed(found: Assessment) -> Markup:
    def share(value: float | None) -> str:
        return "–" if value is None else f"{value:.0%}"

    low, high = found.agreement_interval
    facts = [
        ("Judge", found.judge),
        ("Labelled questions", str(found.questions)),
        ("Decided", f"{found.decided}, {found.coverage:.0%}"),
        ("Agrees with labels", f"{share(found.agreement)} of these ({low:.0%}–{high:.0%})"),
        ("Decided when calibrated", _calibrated(found)),
        ("Single votes right", share(found.accuracy)),
        ("Abstained", str(found.abstained)),
        ("Chose by place", _by_place(found)),
        ("Orders agree", share(found.order_consistency)),
        ("Knowing nothing of the person", f"{share(found.control_accuracy)} of single votes right"),
        ("Answers that were no verdict", f"{found.rubbish} of {2 * found.questions}"),
        ("Calibration error", f"{share(found.ece_stated)} as stated, "
            f"{share(found.ece_calibrated)} calibrated"),
    ]  # fmt: skip
    bins = [found.stated, found.calibrated]
    most = max((each.count for series in bins for each in series), default=1)
    dots = [[Dot(b.shown, b.true, b.count / most) for b in series] for series in bins]
    names = ("as stated", "calibrated")
    return joined(
        tag("h3", "Against labels"),
        tag("dl", *(joined(tag("dt", name), tag("dd", value)) for name, value in facts),
            class_="facts"),
        tag(
            "div",
            tag("figure",
                shares("Calibration", dots, across="certainty", up="share right", diagonal=True),
                legend(names),
                tag("figcaption", "On the dashed line a judge is right as often as it says. Larger "
                    "marks stand for more questions."))
            if found.stated else None,
            tag("figure", shares("Accuracy at coverage",
                    [[Dot(point.coverage, point.accuracy, 0.02) for point in found.curve]],
                    across="share decided", up="share right", joint=True),
                tag("figcaption", "Share right when only the surest are decided."))
            if found.curve else None,
            class_="beside",
        ),
    )  # fmt: skip


# -- transcripts ----------------------------------------------------------------------------


def _transcripts(results: Results) -> Markup | None:
    if not results.runs:
        return None
    parts: list[Child] = [
        tag("p", "Open a scenario, then a run, to see what was said and which memories were used.",
            class_="soft")
    ]  # fmt: skip
    for place, verdict in enumerate(results.verdicts):
        runs = [run for run in results.runs if run.scenario == verdict.scenario]
        parts.append(
            tag(
                "details",
                tag("summary", tag("span", mark_of(verdict.outcome), class_="mark-word"), " ",
                    tag("bdi", verdict.scenario), " ",
                    tag("span", _count(len(runs), "run"), class_="soft")),
                tag("p", verdict.file, class_="soft"),
                tag("p", verdict.why, class_=verdict.outcome) if verdict.why else None,
                *(run_details(run, _run_name(run, verdict)) for run in runs),
                id=f"scenario{place}", class_="scenario",
            )
        )  # fmt: skip
    return joined(*parts)


def _run_name(run: Run, verdict: Verdict) -> str:
    number = f", run {run.repeat}" if verdict.repeats > 1 else ""
    must = ", where it must fail" if run.ablation in verdict.fails_without else ""
    return f"{_named(run.ablation)}{number}{must}"
