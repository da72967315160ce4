"""LaMP's seven tasks: what recall gives a model about a user, beside simpler ways to choose.

    python -m benchmarks.lamp --task LaMP-3 --questions FILE --outputs FILE
        [--k 4] [--sample N] [--model URL] [--embedder URL] [--seed 0] [--json FILE]
    python -m benchmarks.lamp --synthetic [--task LaMP-3] [--users 60]

The first is the same as `usermind eval benchmark lamp`, from a checkout; what is measured is told
in `usermind.evals.benchmarks.lamp`. With `--synthetic` small files are drawn (`lamp_synthetic.py`).
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import lamp_synthetic

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.lamp import K, run_lamp
from usermind.evals.benchmarks.lamp_tasks import TASKS
from usermind.evals.benchmarks.tables import Report
from usermind.models import connect, open_embedder


def main(arguments: Sequence[str] | None = None) -> None:
    """Read or draw the files, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--task", choices=list(TASKS), help="which; with --synthetic: else all")
    parser.add_argument("--questions", type=Path, help="LaMP's …_questions.json")
    parser.add_argument("--outputs", type=Path, help="LaMP's …_outputs.json")
    parser.add_argument("--synthetic", action="store_true", help="draw the files")
    parser.add_argument("--users", type=int, default=60, help="to draw")
    parser.add_argument("--model", help="URL of an OpenAI-compatible endpoint; else none")
    parser.add_argument("--embedder", help="URL, folder or name; else MiniLM")
    parser.add_argument("--k", type=int, default=K, help="items given")
    parser.add_argument("--sample", type=int, help="questions, drawn by the seed; else all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    if min(options.k, options.users, options.sample or 1) < 1:
        parser.error("--k, --users and --sample must be at least 1.")
    if options.synthetic == bool(options.questions or options.outputs):
        parser.error("Pass --questions with --outputs, or --synthetic.")
    if not options.synthetic and not (options.task and options.questions and options.outputs):
        parser.error("--task, --questions and --outputs belong together.")
    reports: dict[str, Report] = {}
    for name in [options.task] if options.task else TASKS:
        with tempfile.TemporaryDirectory() as folder:
            paths = options.questions, options.outputs
            if options.synthetic:
                paths = lamp_synthetic.written(
                    name, Path(folder), users=options.users, seed=options.seed
                )
            reports[name] = _run(name, *paths, options)
        print(f"{name}\n\n{reports[name].text()}")
    if options.json:
        made = {name: report.as_json() for name, report in reports.items()}
        options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _run(task: str, questions: Path, outputs: Path, options: argparse.Namespace) -> Report:
    try:
        return run_lamp(
            task,
            questions,
            outputs,
            embedder=open_embedder(options.embedder),
            k=options.k,
            sample=options.sample,
            seed=options.seed,
            asker=Asker(connect(options.model)) if options.model else None,
        )
    except InvalidInputError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
