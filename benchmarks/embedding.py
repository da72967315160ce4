"""MiniLM in numpy beside sentence-transformers: do they agree, and how fast is each?

    python -m benchmarks.embedding [--folder FOLDER] [--sentences 600] [--json]

Prints one row per engine: import and load seconds, milliseconds a query (median, and the tenth
and ninetieth percentile), sentences per second; then the largest difference of any coordinate,
which must be at most 1e-5 (exit status 1 otherwise). sentence-transformers is left out when it
cannot be imported. Timings compare engines inside one run; they say nothing across machines.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

QUERIES = 100
TEXT = """\
I moved to Oslo in May and my dog Bo likes the long walks there because every morning we meet
Ana's sister who works at the café near Grünerløkka, plays chess 2,000 times better than me,
doesn't eat fish (allergy!) and wants to see 東京 next winter before university"""
EDGES = ["", " ", "a", "?!", "naïve façade", "日本語", "🙂 emoji", "x" * 500, "word " * 900]
BOUND = 1e-5


@dataclass(frozen=True, slots=True)
class Speed:
    """One engine's timings."""

    engine: str
    import_s: float
    load_s: float
    query_ms: tuple[float, float, float]
    """Tenth percentile, median, ninetieth percentile."""
    sentences_per_s: float


def sentences(count: int) -> list[str]:
    """Return reproducible sentences of 4 to 30 words."""
    rng = random.Random(0)
    return [" ".join(rng.choices(TEXT.split(), k=rng.randint(4, 30))) for _ in range(count)]


def numpy_engine(folder: Path) -> Callable[[list[str]], NDArray[np.float32]]:
    """Load ours."""
    from usermind.models.minilm import MiniLM

    return MiniLM(folder).embed_array


def torch_engine(folder: Path) -> Callable[[list[str]], NDArray[np.float32]]:
    """Load sentence-transformers on the CPU."""
    from sentence_transformers import (  # type: ignore[import-not-found, unused-ignore] # extra
        SentenceTransformer,
    )

    model = SentenceTransformer(str(folder), device="cpu")
    return lambda texts: np.asarray(model.encode(texts, convert_to_numpy=True), np.float32)


ENGINES = {"numpy": numpy_engine, "sentence-transformers": torch_engine}


def measure(engine: str, folder: Path, count: int, out: Path) -> Speed:
    """Time one engine in this process and save its vectors."""
    started = time.perf_counter()
    if engine == "numpy":
        import usermind.models.minilm  # noqa: F401 - the import is what is timed
    else:
        import sentence_transformers  # noqa: F401 # type: ignore[import-not-found, unused-ignore]
    imported = time.perf_counter()
    embed = ENGINES[engine](folder)
    loaded = time.perf_counter()
    texts = sentences(count)
    embed(texts[:8])
    times = []
    for text in texts[:QUERIES]:
        start = time.perf_counter()
        embed([text[:60]])
        times.append((time.perf_counter() - start) * 1e3)
    start = time.perf_counter()
    vectors = embed(texts)
    rate = count / (time.perf_counter() - start)
    np.save(out, np.concatenate([vectors, embed(EDGES)]))
    deciles = statistics.quantiles(times, n=10)
    return Speed(
        engine, imported - started, loaded - imported, (deciles[0], deciles[4], deciles[8]), rate
    )


def main() -> int:
    """Run every engine in a process of its own, so that imports are measured cold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--sentences", type=int, default=600)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        speed = measure(options.engine, options.folder, options.sentences, options.out)
        print(json.dumps(asdict(speed)))
        return 0
    from usermind.models.minilm import INSTALL, find_minilm

    folder = find_minilm(options.folder)
    if folder is None:
        print(f"The weights are missing: {INSTALL}", file=sys.stderr)
        return 2
    return compare(folder, options.sentences, as_json=options.json)


def compare(folder: Path, count: int, *, as_json: bool) -> int:
    """Print the table and return the exit status."""
    import tempfile

    engines = [e for e in ENGINES if e == "numpy" or find_spec("sentence_transformers")]
    vectors, speeds = {}, []
    with tempfile.TemporaryDirectory() as scratch:
        for engine in engines:
            out = Path(scratch, f"{engine}.npy")
            command = [sys.executable, __file__, "--folder", str(folder), "--engine", engine]
            command += ["--sentences", str(count), "--out", str(out)]
            ran = subprocess.run(
                command,
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"},
            )
            speeds.append(json.loads(ran.stdout.splitlines()[-1]))
            vectors[engine] = np.load(out)
    apart = None
    if len(engines) == 2:
        apart = float(np.abs(vectors["numpy"] - vectors["sentence-transformers"]).max())
    if as_json:
        print(json.dumps({"engines": speeds, "largest_difference": apart}, indent=2))
    else:
        for s in speeds:
            low, middle, high = s["query_ms"]
            print(
                f"{s['engine']:22} import {s['import_s']:.2f} s, load {s['load_s']:.2f} s, query "
                f"{middle:.1f} ms ({low:.1f} to {high:.1f}), {s['sentences_per_s']:.0f} sentences/s"
            )
        print("largest difference:", "not compared" if apart is None else f"{apart:.1e}")
    return int(apart is not None and apart > BOUND)


if __name__ == "__main__":
    sys.exit(main())
