"""Recommenders on the data of published figures: full ranking, intervals, time and memory.

Each row is measured in a process of its own, so that its peak memory is its own; `--resume FILE`
keeps finished rows, so that a stopped run goes on where it was.
"""

import argparse
import json
import math
import multiprocessing
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.recommend_data import LOADERS, Split, load
from benchmarks.recommend_lists import Dealt, Judged
from benchmarks.recommend_published import AIMS, PUBLISHED
from benchmarks.recommend_runs import Cell, Progress, Ranker, ask, bare, peak_megabytes

from usermind.errors import InvalidInputError
from usermind.tools.fitting import MOST_FOR_EASE
from usermind.tools.recommenders import (
    Ease,
    GraphFilter,
    Popularity,
    Recommender,
    TransitionKnn,
)
from usermind.tools.recommenders.attributes import AttributeMatch
from usermind.tools.recommenders.blend import Blend, Role
from usermind.tools.recommenders.training import Plan

Settings = Mapping[str, Any]

KINDS: Mapping[str, str] = {
    "popularity": "popularity:Popularity",
    "ease": "ease:Ease",
    "transitions": "transitions:TransitionKnn",
    "graph_filter": "graph_filter:GraphFilter",
    "lightgcn": "lightgcn:LightGCN",
    "sequential": "sequential:SequentialTransformer",
    "interests": "lightgcn:LightGCN",
    "target_attention": "target_attention:TargetAttention",
}
"""Module and class of each row; of the last two, see `recommend_lists`, what is trained."""
LISTS: Mapping[str, Callable[[Settings, Plan], Ranker]] = {
    "interests": Dealt,
    "target_attention": Judged,
}
"""Rows that make another list of what one finds."""
BLEND = "blend"
"""The row of the blend that the product takes, of parts with the settings that ship."""
PLANNED = ("epochs", "batch", "learning_rate", "weight_decay", "patience", "device", "checkpoint")
"""Settings of a training and not of the model."""
CLOSED_FORM = ("popularity", "ease", "transitions", "graph_filter", BLEND)
"""Rows of every table: without them a figure says nothing."""
TRAINED = ("lightgcn", "sequential", *LISTS)
"""Rows that have a plan of training, and a seed."""
NEURAL: Mapping[str, tuple[str, ...]] = {
    "ml1m_ultragcn": ("lightgcn", "interests"),
    "beauty_seq": ("sequential", "target_attention"),
}
"""Rows that `--neural` adds, by data set: those with an order where there is one. `--rows` takes
any of them anywhere."""
SETTINGS: Mapping[str, Mapping[str, Settings]] = {
    "gowalla": {"graph_filter": {"lift": 0.15, "crowd": 0.2, "smooth": 0.06}},
    "ml1m_ultragcn": {"ease": {"ridge": 500.0}},
    "beauty_seq": {},
    "ml1m_gsasrec": {},
}
"""What differs from the defaults, by data set and row."""
SHOWN: Mapping[str, tuple[str, ...]] = {
    "gowalla": ("R@20", "N@20"),
    "ml1m_ultragcn": ("R@20", "N@20"),
    "beauty_seq": ("HR@10", "N@10"),
    "ml1m_gsasrec": ("HR@10", "N@10"),
}
"""Columns of a table: those of the published figures."""
ALWAYS = ("R@20", "N@20")
"""Columns where nothing is published."""
TOO_LARGE = {("gowalla", "ease"): "EASE over 40,981 items takes 6.7 GB and some 15 minutes"}
"""Rows that are left out unless asked for by name, and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One recommender on one data set."""

    data: str
    recommender: str
    seed: int
    settings: dict[str, Any]
    cells: dict[str, dict[str, float]]
    """Mean, interval and count by measure."""
    spread: dict[str, float]
    """`recommend_runs.Spread`."""
    fit_seconds: float
    fit_cpu_seconds: float
    megabytes: float
    """Most that the process held while it was fitted."""
    data_megabytes: float
    """Of which before: Python, the libraries and the data."""
    users_per_second: float
    tested: int
    failed: str = ""
    """Why there are no figures."""

    most_users: int | None = None
    """Of a sample of users: how many were to be asked."""

    @property
    def key(self) -> "Key":
        """Return what tells it from other rows."""
        return _key(self)


@dataclass(frozen=True, slots=True)
class Task:
    """What a process is to measure."""

    data: str
    recommender: str
    folder: Path
    seed: int = 0
    most_users: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> "Key":
        """Return the key of its row."""
        return _key(self)


Key = tuple[str, str, int, int | None, str]


def _key(of: Row | Task) -> Key:
    settings = json.dumps(of.settings, sort_keys=True)
    return (of.data, of.recommender, of.seed, of.most_users, settings)


def make(name: str, settings: Settings, split: Split, *, seed: int) -> Ranker:
    """Return an unfitted recommender.

    Args:
        name: One of `KINDS`, or `BLEND`.
        settings: Its own, and of `training.Plan` where it is trained.
        split: What it will be fitted on; a blend takes its parts by it.
        seed: Of a training.

    Raises:
        SystemExit: This copy of usermind has no such recommender.
    """
    if name == BLEND:
        return _blend(split)
    place, _, of = KINDS[name].partition(":")
    try:
        module = import_module(f"usermind.tools.recommenders.{place}")
    except ModuleNotFoundError as error:
        raise SystemExit(f"There is no recommender {name!r} here: {error}.") from error
    own = {key: value for key, value in settings.items() if key not in PLANNED}
    if name not in TRAINED:
        made: Ranker = getattr(module, of)(**own)
        return made
    planned = {key: value for key, value in settings.items() if key in PLANNED}
    plan = replace(module.PLAN, seed=seed, **planned)
    if name in LISTS:
        return LISTS[name](own, plan)
    trained: Ranker = getattr(module, of)(**own, plan=plan)
    return trained


def _blend(split: Split) -> Recommender:
    """Return what a catalogue without texts recommends by; see `usermind.tools.fitting`."""
    parts: dict[Role, Recommender] = {
        "popularity": Popularity(),
        "attributes": AttributeMatch(),
        "taste": Ease() if len(split.items) <= MOST_FOR_EASE else GraphFilter(),
    }
    if split.in_order:
        parts["sequence"] = TransitionKnn()
    return Blend(parts)


def measure(task: Task) -> Row:
    """Return the row of a task, measured in this process."""
    split = load(task.data, task.folder).sampled(task.most_users, task.seed)
    split.counts  # noqa: B018  # counted before the memory is
    before = peak_megabytes()
    recommender = make(task.recommender, task.settings, split, seed=task.seed)
    what = f"{task.data}, {task.recommender}"
    wall, cpu = time.perf_counter(), time.process_time()
    recommender.fit(split.log, progress=Progress(f"{what}: fit", 0, "steps"))
    fit = (time.perf_counter() - wall, time.process_time() - cpu)
    peak = peak_megabytes()
    answers = ask(recommender, split, what=what)
    return Row(
        data=task.data,
        recommender=task.recommender,
        seed=task.seed,
        settings=task.settings,
        cells={name: asdict(Cell.of(values)) for name, values in answers.values.items()},
        spread=asdict(answers.spread(split)),
        fit_seconds=fit[0],
        fit_cpu_seconds=fit[1],
        megabytes=peak,
        data_megabytes=before,
        users_per_second=len(split.tested) / max(answers.seconds, 1e-9),
        tested=len(split.tested),
        most_users=task.most_users,
    )


def _failed(task: Task, why: str) -> Row:
    nan = math.nan
    return Row(
        task.data, task.recommender, task.seed, task.settings, {}, {},
        nan, nan, nan, nan, nan, 0, why, task.most_users,
    )  # fmt: skip


def _child(task: Task, out: Connection) -> None:
    try:
        row = measure(task)
    except InvalidInputError as error:  # such as: the matrix does not fit into the memory
        row = _failed(task, str(error))
    except SystemExit as error:
        row = _failed(task, str(error))
    out.send(row)
    out.close()


def measured_apart(task: Task) -> Row:
    """Return the row of a task, measured in a new process.

    Raises:
        SystemExit: The process ended without a row, by an error that it printed or a signal.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_child, args=(task, theirs))
    process.start()
    theirs.close()
    try:
        row: Row = ours.recv()
    except EOFError:
        process.join()
        raise SystemExit(
            f"{task.recommender} on {task.data} ended with code {process.exitcode} and no figures. "
            "Rows before it are in the file of `--resume`, if one was named."
        ) from None
    process.join()
    return row


# -- rows that are done ---------------------------------------------------------------------------


def finished(path: Path | None) -> dict[Key, Row]:
    """Return the rows of a file, by their keys; a last line that was cut off is left out."""
    if path is None or not path.is_file():
        return {}
    rows = []
    for line in path.read_text("utf-8").splitlines():
        try:
            rows.append(Row(**json.loads(line)))
        except json.JSONDecodeError:
            print(f"{path}: an incomplete row is measured anew.", file=sys.stderr)
    return {row.key: row for row in rows}


def run(tasks: Iterable[Task], resume: Path | None) -> list[Row]:
    """Return the rows of all tasks, those that are done from the file."""
    done, rows = finished(resume), []
    for task in tasks:
        row = done.get(task.key)
        if row is None:
            row = measured_apart(task)
            if resume is not None and not row.failed:
                _keep(row, resume)
        rows.append(row)
    return rows


def _keep(row: Row, path: Path) -> None:
    with path.open("a+", encoding="utf-8") as file:
        file.seek(0)
        known = file.read()
        cut_off = bool(known) and not known.endswith("\n")
        file.write("\n" * cut_off + json.dumps(asdict(row)) + "\n")


# -- the table ------------------------------------------------------------------------------------


def show(split: Split, rows: Sequence[Row], out: Callable[[str], None] = print) -> None:
    """Print the rows of one data set, the published ones below them."""
    columns = SHOWN.get(split.name, ALWAYS)
    out(
        f"\n### {split.name}: {split.protocol}\n\n"
        f"{rows[0].tested:,} users asked, {len(split.items):,} items, "
        f"{len(split.log):,} interactions fitted on.\n"
    )
    heads = [*columns, "coverage@20", "lift", "distance", "fit s (CPU)", "MB", "users/s"]
    out(f"| | {' | '.join(heads)} |")
    out(f"| --- |{' --- |' * len(heads)}")
    for row in rows:
        out(f"| {_named(row)} | {' | '.join(_cells(row, columns))} |")
    for published in PUBLISHED.get(split.name, ()):
        values = [bare(published.values.get(name, math.nan)) for name in columns]
        name = f"{published.system} ({published.source})"
        out(f"| {name} | {' | '.join([*values, *[''] * (len(heads) - len(columns))])} |")
    for name, aim in AIMS.get(split.name, {}).items():
        best = max((row for row in rows if row.cells), key=lambda row: row.cells[name]["mean"])
        mean = best.cells[name]["mean"]
        verdict = "met" if round(mean, 4) >= aim else "missed"
        out(f"\n- {name} ≥ {bare(aim)}: {verdict} by {best.recommender}, {bare(mean)}")


def _named(row: Row) -> str:
    told = ", ".join(f"{name} {value}" for name, value in row.settings.items())
    return f"**{row.recommender}**" + (f", {told}" if told else "")


def _cells(row: Row, columns: Sequence[str]) -> list[str]:
    if row.failed:
        return [f"not run: {row.failed}", *[""] * (len(columns) + 5)]
    return [
        *(str(Cell(**row.cells[name])) for name in columns),  # type: ignore[arg-type]
        f"{row.spread['coverage']:.3f}",
        f"{row.spread['lift']:+.2f}",
        f"{row.spread['distance']:.3f}",
        f"{row.fit_seconds:.1f} ({row.fit_cpu_seconds:.1f})",
        f"{row.megabytes:,.0f}, {row.megabytes - row.data_megabytes:,.0f} of it the fit",
        f"{row.users_per_second:,.0f}",
    ]


def parser() -> argparse.ArgumentParser:
    """Return the flags."""
    found = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    found.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    found.add_argument("--sets", nargs="+", default=list(SHOWN), choices=list(LOADERS))
    found.add_argument("--rows", nargs="+", choices=[*KINDS, BLEND], help="only these recommenders")
    found.add_argument("--neural", action="store_true", help="train those that are trained too")
    found.add_argument("--users", type=int, help="ask about so many users, drawn at random")
    found.add_argument("--seed", type=int, default=0)
    found.add_argument(
        "--set", nargs="+", default=[], metavar="NAME=VALUE", help="settings of all --rows"
    )
    found.add_argument("--resume", type=Path, help="file (.jsonl) of finished rows")
    found.add_argument("--json", type=Path, help="file to write the figures to")
    return found


def tasks(options: argparse.Namespace) -> list[Task]:
    """Return what is to be measured."""
    given = {name: json.loads(value) for name, _, value in (x.partition("=") for x in options.set)}
    return [
        Task(
            data,
            name,
            options.data,
            options.seed,
            options.users,
            {**SETTINGS.get(data, {}).get(name, {}), **given},
        )
        for data in options.sets
        for name in _rows(data, options)
        if options.rows or (data, name) not in TOO_LARGE
    ]


def _rows(data: str, options: argparse.Namespace) -> Sequence[str]:
    return options.rows or [*CLOSED_FORM, *(NEURAL.get(data, ()) if options.neural else ())]


def main() -> None:
    """Run and print everything."""
    options = parser().parse_args()
    rows = run(tasks(options), options.resume)
    for data in options.sets:
        split = load(data, options.data)
        show(split, [row for row in rows if row.data == data])
        if not options.rows and (reason := TOO_LARGE.get((data, "ease"))):
            print(f"- Left out: {reason}; `--rows ease` runs it.")
    if options.json is not None:
        told = {
            "machine": f"{platform.system()} {platform.machine()}, "
            f"Python {platform.python_version()}",
            "interval": "95 %, percentile bootstrap by user",
            "rows": [asdict(row) for row in rows],
        }
        written = json.dumps(told, indent=2).replace(": NaN", ": null")
        options.json.write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
