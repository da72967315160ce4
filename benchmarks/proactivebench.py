"""Whether the gate knows when to stay silent, on ProactiveBench's labelled proposals.

    python -m benchmarks.proactivebench LABELS.jsonl [--shipped] [--model URL --sample 200]

The same as `usermind eval benchmark proactivebench`, from a checkout; what is measured is told in
`usermind.evals.benchmarks.proactivebench`.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.proactivebench import run_proactivebench
from usermind.models import connect


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, judge and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--shipped", action="store_true", help="ask the weights that ship too")
    parser.add_argument("--model", help="URL of an OpenAI-compatible endpoint, to be asked too")
    parser.add_argument("--sample", type=int, default=200, help="rows the model is asked about")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    asker = Asker(connect(options.model)) if options.model else None
    try:
        report = run_proactivebench(
            options.labels,
            ships=options.shipped,
            asker=asker,
            sample=options.sample,
            seed=options.seed,
        )
    except InvalidInputError as error:
        raise SystemExit(str(error)) from error
    print(report.text())
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
