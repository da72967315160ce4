"""UQABench's seven kinds of questions, asked of every way that usermind represents a user.

    python -m benchmarks.uqa [--users 60] [--seed 0] [--model URL] [--embedder URL] [--json FILE]

The same as `usermind eval benchmark uqa`, from a checkout; what is measured is told in
`usermind.evals.benchmarks.uqa`. With `--reflect-by-model` the model reflects too.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.uqa import USERS, run_uqa
from usermind.models import connect, open_embedder


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, ask and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--model", help="URL of an OpenAI-compatible endpoint; else the rules alone"
    )
    parser.add_argument(
        "--reflect-by-model", action="store_true", help="propositions by the model too"
    )
    parser.add_argument("--embedder", help="URL, folder or name; else MiniLM")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    if options.users < 1 or (options.reflect_by_model and not options.model):
        parser.error("--users must be at least 1, and --reflect-by-model needs --model.")
    reasoner = connect(options.model) if options.model else None
    report = run_uqa(
        options.users,
        embedder=open_embedder(options.embedder),
        seed=options.seed,
        reasoner=reasoner if options.reflect_by_model else None,
        asker=Asker(reasoner) if reasoner else None,
    )
    print(report.text())
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
