"""Learn the weights of `memory/ranking.py`, and check them on data they were not fitted on.

    python benchmarks/fit_ranking.py LOCOMO.json [--personabench FOLDER] [--limit FOLDER]
        [--minilm FOLDER] [--vectors CACHE.npz] [--write memory/ranking_weights.json]

Signals come from the product's own `Levels` and `score`, so what is fitted is what runs. The model
is a conditional logit: among all rows of one memory, the evidence rows of a question should win.
Its sum is then scaled and shifted (Platt, on LoCoMo) so that the logistic of it is the share of
evidence among rows with that sum, if one row in twenty were evidence; in LoCoMo it is one in 400,
which would leave good hits near 0. Data sets weigh as `SHARES` says.

Prints, per data set and LoCoMo category, recall@k of the evidence: for the fit, always on a
conversation or person left out of it, and beside it for dense only, BM25 only, and both fused by
reciprocal rank. LIMIT has one corpus and is in every fit; it counts little.
"""

import argparse
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from usermind.memory import ranking
from usermind.memory.ranking import SIGNALS, SPANS, Levels, Weights
from usermind.memory.text import index_terms
from usermind.models.minilm import MiniLM, find_minilm

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]

SHARES = {"locomo": 1.0, "personabench": 1.0, "limit": 0.2}
CUTOFFS = {"locomo": (10,), "personabench": (5,), "limit": (2, 10)}
RIDGE = 0.1
"""On weights of signals that were scaled to unit deviation."""
NON_NEGATIVE = tuple(name for name in SIGNALS if name.startswith("lexical"))
K1, B, LONG = 1.2, 0.75, 40.0
PRIOR = 0.05
"""Share of evidence among rows that scores are calibrated to."""
PIECES = 64
"""Word pieces of a chunk."""
TOKENIZER = "porter unicode61 remove_diacritics 2"


@dataclass(frozen=True, slots=True)
class Row:
    """One turn or document."""

    text: str
    author: str
    at: datetime | None
    session: int

    @property
    def headed(self) -> str:
        """The text as it is embedded and indexed."""
        day = "" if self.at is None else f"({self.at.day} {self.at:%B %Y})"
        head = f"{self.author} {day}".strip()
        return f"{head}: {self.text}" if head else self.text


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its evidence: groups of row numbers, any one of a group answers it."""

    text: str
    groups: list[list[int]]
    category: str


@dataclass(frozen=True, slots=True)
class Memory:
    """One user's rows and the questions about them."""

    source: str
    name: str
    rows: list[Row]
    questions: list[Question]


@dataclass(frozen=True, slots=True)
class Measured:
    """The signals of all questions of one memory."""

    memory: Memory
    signals: Doubles
    """(questions, signals, rows)"""
    lexical: Doubles
    """(questions, rows), plain BM25 of the row."""
    evidence: NDArray[np.bool_]
    """(questions, rows)"""


def locomo(path: Path) -> Iterable[Memory]:
    """Yield the conversations of a LoCoMo file; questions without evidence are left out."""
    for sample in json.loads(path.read_text(encoding="utf-8")):
        talk, rows, place = sample["conversation"], list[Row](), dict[str, int]()
        numbers = sorted(int(key[8:]) for key in talk if re.fullmatch(r"session_\d+", key))
        for number in numbers:
            stamp = talk[f"session_{number}_date_time"]
            at = datetime.strptime(stamp, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
            for turn in talk[f"session_{number}"]:
                place[turn["dia_id"]] = len(rows)
                caption = turn.get("blip_caption")
                image = f" [image: {caption}]" if caption else ""
                rows.append(Row(turn["text"] + image, turn["speaker"], at, number))
        questions = []
        for item in sample["qa"]:
            named = item.get("evidence_corrected", item.get("evidence", []))
            if found := sorted({place[id_] for id_ in named if id_ in place}):
                groups = [[row] for row in found]
                questions.append(Question(item["question"], groups, str(item["category"])))
        yield Memory("locomo", str(sample.get("sample_id", "")), rows, questions)


def personabench(folder: Path, noise: str = "0.5") -> Iterable[Memory]:
    """Yield the people of a PersonaBench community; every segment is one document."""
    documents = json.loads((folder / f"documents_noise_{noise}.json").read_text("utf-8"))
    evidence = json.loads((folder / f"evidence_noise_{noise}.json").read_text("utf-8"))
    answers = {item["q_id"]: item["segment_id"] for item in evidence}
    for person in json.loads((folder / "questions.json").read_text("utf-8")):
        segments = [
            segment
            for kind in documents.values()
            for block in kind
            if block["Name"] == person["Name"]
            for entry in block["Data"]
            for segment in entry.get("Conversations", [entry])
        ]
        place = {segment["segment_id"]: number for number, segment in enumerate(segments)}
        rows = [
            Row(_document(segment), "", _segment_time(segment), number)
            for number, segment in enumerate(segments)
        ]
        questions = [
            Question(item["question"], groups, item["type"])
            for item in person["Eval_Info"]["qa"]
            if item["type"] != "Subjective" and item["q_id"] in answers
            for groups in [[[place[i] for i in ids] for ids in answers[item["q_id"]].values()]]
        ]
        yield Memory("personabench", person["Name"], rows, questions)


def _segment_time(segment: dict[str, str]) -> datetime:
    return datetime.strptime(segment["time"], "%Y/%b/%d/%I:%M %p").replace(tzinfo=UTC)


def _document(segment: dict[str, list[dict[str, str]]]) -> str:
    if "purchase_history" in segment:
        return "\n".join(
            f"{item['title']}: {item['description']} Brand: {item['brand']}. "
            f"Categories: {', '.join(item['categories'])}."
            for item in segment["purchase_history"]
        )
    talk = segment.get("conversation") or segment["user_ai_interaction"]
    return "\n".join(f"{turn['role']}: {turn['content']}" for turn in talk)


def limit(folder: Path) -> Iterable[Memory]:
    """Yield LIMIT: every document is its own session."""
    lines = {
        name: [json.loads(line) for line in (folder / f"{name}.jsonl").open(encoding="utf-8")]
        for name in ("corpus", "queries", "qrels")
    }
    rows = [Row(item["text"], "", None, number) for number, item in enumerate(lines["corpus"])]
    place = {item["_id"]: number for number, item in enumerate(lines["corpus"])}
    groups: dict[str, list[list[int]]] = {}
    for item in lines["qrels"]:
        groups.setdefault(item["query-id"], []).append([place[item["corpus-id"]]])
    asked = [Question(item["text"], groups[item["_id"]], "all") for item in lines["queries"]]
    yield Memory("limit", "small", rows, asked)


class Vectors:
    """MiniLM with a cache on disk, so that a second run takes seconds."""

    def __init__(self, folder: Path | None, cache: Path | None) -> None:
        found = find_minilm(folder)
        if found is None:
            raise SystemExit("No MiniLM weights found. Pass --minilm FOLDER.")
        self.model, self.cache, self.known = MiniLM(found), cache, dict[str, Floats]()
        self.tokenizer = Tokenizer.from_file(str(found / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        if cache is not None and cache.is_file():
            with np.load(cache) as stored:
                self.known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return (texts, dimension) unit vectors."""
        if new := list(dict.fromkeys(text for text in texts if text not in self.known)):
            self.known.update(zip(new, self.model.embed_array(new), strict=True))
        return np.array([self.known[text] for text in texts], dtype=np.float32)

    def chunks(self, row: Row) -> list[str]:
        """Return the row cut between sentences into chunks of at most `PIECES`, each headed."""
        if self._pieces([row.text])[0] <= PIECES:
            return [row.headed]
        parts = re.split(r"(?<=[.!?,;:\n])\s+", row.text)
        found, size = [""], 0
        for part, pieces in zip(parts, self._pieces(parts), strict=True):
            if found[-1] and size + pieces > PIECES:
                found.append("")
                size = 0
            found[-1] = f"{found[-1]} {part}".strip()
            size += pieces
        return [replace(row, text=text).headed for text in found]

    def _pieces(self, texts: Sequence[str]) -> list[int]:
        encoded = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(item.ids) for item in encoded]

    def save(self) -> None:
        """Write the cache."""
        if self.cache is not None:
            np.savez(self.cache, texts=list(self.known), vectors=list(self.known.values()))


def tokens(texts: Sequence[str]) -> list[list[str]]:
    """Return the terms of each text as SQLite's full-text index cuts them."""
    base = sqlite3.connect(":memory:")
    base.execute(f"CREATE VIRTUAL TABLE fts USING fts5 (text, tokenize = '{TOKENIZER}')")
    base.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (fts, instance)")
    base.executemany(
        "INSERT INTO fts (rowid, text) VALUES (?, ?)",
        [(number, index_terms(text)) for number, text in enumerate(texts)],
    )
    found: list[list[str]] = [[] for _ in texts]
    for term, row in base.execute("SELECT term, doc FROM terms"):
        found[row].append(term)
    base.close()
    return found


def measure(memory: Memory, embed: Vectors, neutral: Weights) -> Measured:
    """Return the signals of every question, by the code that recall runs."""
    rows, questions = memory.rows, memory.questions
    pieces = [embed.chunks(row) for row in rows]
    terms = tokens([row.headed for row in rows])
    lengths = np.array([len(found) for found in terms])
    levels = Levels.build(
        embed([text for texts in pieces for text in texts]),
        lengths,
        [row.session for row in rows],
        questions=[ranking.is_question(row.text) for row in rows],
        dated=[ranking.mentions_time(row.text) for row in rows],
        chunk_rows=np.repeat(np.arange(len(rows)), [len(texts) for texts in pieces]),
        weights=neutral,
    )
    postings: dict[str, Doubles] = {}
    for number, found in enumerate(terms):
        for term in found:
            postings.setdefault(term, np.zeros(len(rows)))[number] += 1
    vectors = embed([question.text for question in questions])
    signals, lexical = [], []
    asked = tokens([ranking.content_query(question.text) for question in questions])
    for question, vector, words in zip(questions, vectors, asked, strict=True):
        known = [postings[word] for word in dict.fromkeys(words) if word in postings]
        tf = np.array(known).reshape(-1, len(rows))
        df = (tf > 0).sum(axis=1)
        said = set(re.findall(r"\w+", question.text.lower()))
        found_signals = ranking.score(
            levels,
            vector,
            tf,
            df,
            authors=[row.author.lower() in said for row in rows],
            asks_time=ranking.asks_when(question.text),
        ).signals
        signals.append(found_signals)
        idf = np.log1p((len(rows) - df + 0.5) / (df + 0.5))
        lexical.append(idf @ (tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * lengths / lengths.mean()))))
    evidence = np.zeros((len(questions), len(rows)), dtype=bool)
    for number, question in enumerate(questions):
        evidence[number, [row for group in question.groups for row in group]] = True
    return Measured(memory, np.array(signals), np.array(lexical), evidence)


def fit(data: Sequence[Measured]) -> Doubles:
    """Return (signals,) weights of the conditional logit with a ridge on the scaled weights."""
    scale = np.sqrt(np.mean([item.signals.var(axis=(0, 2)) for item in data], axis=0)) + 1e-9
    sources = [item.memory.source for item in data]
    batches = [
        (
            (item.signals / scale[:, None]).transpose(0, 2, 1),
            item.evidence / item.evidence.sum(axis=1, keepdims=True),
            SHARES[item.memory.source] / sources.count(item.memory.source) / len(item.signals),
        )
        for item in data
    ]
    free = np.ones(len(SIGNALS), dtype=bool)
    while True:
        weights = _newton(batches, free)
        worst = min(NON_NEGATIVE, key=lambda name: float(weights[SIGNALS.index(name)]))
        if weights[SIGNALS.index(worst)] >= 0:
            found: Doubles = weights / scale
            return found
        free[SIGNALS.index(worst)] = False


def _newton(batches: Sequence[tuple[Doubles, Doubles, float]], free: NDArray[np.bool_]) -> Doubles:
    """Return the weights that minimise the loss, by Newton's method with halved steps."""
    weights = np.zeros(len(SIGNALS))
    for _ in range(30):
        slope, bend = RIDGE * weights, RIDGE * np.eye(len(SIGNALS))
        for x, wanted, share in batches:
            p = _softmax(x @ weights)
            mean = np.einsum("qr,qrf->qf", p, x)
            flat = x.reshape(-1, len(SIGNALS))
            slope -= share * np.einsum("qr,qrf->f", wanted - p, x)
            bend += share * ((flat * p.reshape(-1, 1)).T @ flat - mean.T @ mean)
        step = np.zeros(len(SIGNALS))
        step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        before = _loss(batches, weights)
        while _loss(batches, weights - step) > before and np.abs(step).max() > 1e-6:
            step /= 2
        weights -= step
        if np.abs(step).max() < 1e-5:
            break
    return weights


def _softmax(z: Doubles) -> Doubles:
    p = np.exp(z - z.max(axis=1, keepdims=True))
    total: Doubles = p / p.sum(axis=1, keepdims=True)
    return total


def _loss(batches: Sequence[tuple[Doubles, Doubles, float]], weights: Doubles) -> float:
    fits = (
        share * float((wanted * np.log(_softmax(x @ weights) + 1e-300)).sum())
        for x, wanted, share in batches
    )
    return RIDGE / 2 * float(weights @ weights) - sum(fits)


def calibrate(data: Sequence[Measured], weights: Doubles) -> tuple[float, float]:
    """Return the slope and bias that make the logistic of the sum a share of evidence (Platt)."""
    chosen = [item for item in data if item.memory.source == "locomo"] or list(data)
    z = np.concatenate([np.einsum("f,qfr->qr", weights, item.signals).ravel() for item in chosen])
    y = np.concatenate([item.evidence.ravel() for item in chosen]).astype(np.float64)
    share = np.where(y > 0, PRIOR / y.mean(), (1 - PRIOR) / (1 - y.mean()))
    found = np.array([1.0, -float(np.quantile(z, 0.99))])
    x = np.stack([z, np.ones_like(z)])
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(found @ x, -60, 60)))
        step = np.linalg.solve((x * (share * p * (1 - p))) @ x.T, x @ (share * (p - y)))
        found -= step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < 1e-8:
            break
    return float(found[0]), float(found[1])


def recall(scores: Doubles, questions: Sequence[Question], k: int) -> Doubles:
    """Return per question the share of its evidence groups with a row among the first k."""
    top = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.array([
        np.mean([not set(group).isdisjoint(first) for group in question.groups])
        for question, first in zip(questions, top.tolist(), strict=True)
    ])  # fmt: skip


def fused(item: Measured) -> Doubles:
    """Return (questions, rows) reciprocal rank fusion of the row's cosine and BM25 (k = 60)."""
    orders = (
        np.argsort(np.argsort(-x, axis=1), axis=1) for x in (item.signals[:, 0], item.lexical)
    )
    total: Doubles = np.sum([1 / (61 + order) for order in orders], axis=0)
    return total


def report(data: Sequence[Measured]) -> dict[str, float]:
    """Print the table and return the learned ranking's figures."""
    learned: dict[int, Doubles] = {}
    for place, item in enumerate(data):
        kept = [d for d in data if d is not item] if item.memory.source != "limit" else list(data)
        learned[place] = fit(kept)
    systems: dict[str, Callable[[int, Measured], Doubles]] = {
        "dense": lambda _, item: item.signals[:, 0],
        "bm25": lambda _, item: item.lexical,
        "rrf": lambda _, item: fused(item),
        "learned": lambda place, item: np.einsum("f,qfr->qr", learned[place], item.signals),
    }
    figures: dict[str, float] = {}
    for name, system in systems.items():
        found: dict[str, list[float]] = {}
        for place, item in enumerate(data):
            source, questions = item.memory.source, item.memory.questions
            scores = system(place, item)
            for k in CUTOFFS[source]:
                values = recall(scores, questions, k).tolist()
                label = f"{source}@{k}"
                found.setdefault(label, []).extend(values)
                if source != "limit":
                    found.setdefault(f"{label} {item.memory.name}", []).extend(values)
                    for question, value in zip(questions, values, strict=True):
                        found.setdefault(f"{label} #{question.category}", []).append(value)
        print(f"\n{name}")
        for label, values in sorted(found.items()):
            print(f"  {label:36s} {np.mean(values):.3f}  ({len(values)} questions)")
        figures = {k: round(float(np.mean(v)), 3) for k, v in found.items() if " " not in k}
    return figures


def main() -> None:
    """Read the arguments, fit, print, and write the weights when asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("locomo", type=Path)
    parser.add_argument("--personabench", type=Path)
    parser.add_argument("--limit", type=Path)
    parser.add_argument("--minilm", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    memories = list(locomo(options.locomo))
    memories += personabench(options.personabench) if options.personabench else ()
    memories += limit(options.limit) if options.limit else ()
    embed = Vectors(options.minilm, options.vectors)
    ordinary = np.mean(
        [_span_lengths(memory) for memory in memories if memory.source == "locomo"], axis=0
    ).round()
    zeros = np.zeros(len(SIGNALS))
    neutral = Weights(0.0, zeros, np.zeros(len(SPANS)), ordinary, K1, B, LONG)
    data = [measure(memory, embed, neutral) for memory in memories]
    embed.save()
    figures = report(data)
    weights = fit(data)
    slope, bias = calibrate(data, weights)
    talks = [item for item in data if item.memory.source == "locomo"]
    absent = np.mean([item.signals[:, : len(SPANS)].mean(axis=(0, 2)) for item in talks], axis=0)
    shipped = {
        "note": (
            "Written by benchmarks/fit_ranking.py. Fitted on "
            f"{', '.join(f'{m.source} {m.name}' for m in memories)}. `checked` is recall@k on the "
            "conversation or person left out of the fit (LIMIT is never left out). A relevance is "
            f"calibrated as if one row in {1 / PRIOR:.0f} were evidence."
        ),
        "checked": figures,
        "bias": round(bias, 4),
        "signals": dict(zip(SIGNALS, (slope * weights).round(4).tolist(), strict=True)),
        "absent": absent.round(3).tolist(),
        "lengths": ordinary.tolist(),
        "k1": K1,
        "b": B,
        "long": LONG,
    }
    text = json.dumps(shipped, indent=2) + "\n"
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")


def _span_lengths(memory: Memory) -> Doubles:
    """Return (4,) mean tokens of the spans."""
    lengths = np.array([len(found) for found in tokens([row.headed for row in memory.rows])])
    low, high = ranking.spans([row.session for row in memory.rows])
    running = np.append(0, np.cumsum(lengths))
    mean: Doubles = (running[high] - running[low]).mean(axis=1)
    return mean


if __name__ == "__main__":
    main()
