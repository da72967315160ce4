"""Whether the user's vector helps recall: mixed into the query's vector, or to rank hits anew.

    python -m benchmarks.user_vectors LOCOMO.json PERSONABENCH_FOLDER
        [--noise 0.0 0.5] [--json FILE] [--vectors CACHE.npz]

u is `UserMemory.user_vector(question, temperature=τ)`. *Mixed* asks recall with the direction of
a x + (1 − a) u in place of the question's vector x (its words stay); *ranked anew* adds b (h · u)
to the log-odds of a hit's score, h being the hit's chunk nearest to u. Both are tried on dense
vectors alone, too. In LoCoMo each speaker is the user once, asked what names them and not the
other; the other's turns are a third party's. Conversations and people are split in two halves: the
settings (a or b, τ) that find most on one half are reported on the other, so that every figure is
of people they were not chosen on. Recall ranks by the shipped weights, with and without.
"""

import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import numpy as np
from benchmarks.retrieval import CachedMiniLM, Floats, difference, parser, write_json

from usermind import Draft, MemoryStore, UserMemory
from usermind.evals.benchmarks.corpora import Corpus, Question
from usermind.evals.benchmarks.locomo_files import read_locomo
from usermind.evals.benchmarks.personabench_files import NOISE, read_personabench
from usermind.evals.benchmarks.retrieval import (
    DEPTH,
    Ranked,
    best_recall_and_ndcg,
    recall_at,
    units,
)
from usermind.evals.benchmarks.tables import Table
from usermind.memory.recall import Recollection
from usermind.memory.text import header
from usermind.memory.vectors import Headed, Vectors

TEMPERATURES = (0.02, 0.05, 0.2, inf)
SHARES = (0.9, 0.8, 0.6, 0.4)
"""Of the question's own vector in the mixed one."""
GAINS = (-2.0, 1.0, 2.0, 4.0, 8.0)
"""Log-odds that a cosine of 1 adds; below 0 what the user often says is pushed down."""
CUTOFF = {"locomo": 10, "personabench": 5}
METHODS = ("recall, mixed", "recall, ranked anew", "dense, mixed", "dense, ranked anew")


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """What is chosen: a share or a gain, and a temperature."""

    amount: float
    temperature: float


SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    name: tuple(
        Setting(amount, temperature)
        for amount in (SHARES if "mixed" in name else GAINS)
        for temperature in TEMPERATURES
    )
    for name in METHODS
}


class Steered:
    """MiniLM whose next queries have the vector that is set."""

    def __init__(self, embedder: CachedMiniLM) -> None:
        self._embedder = embedder
        self.model_id = embedder.model_id
        self.embed_documents, self.chunks = embedder.embed_documents, embedder.chunks
        self.vector: Floats | None = None

    def embed_query(self, text: str) -> list[float]:
        """Return the vector that is set, else the text's."""
        if self.vector is None:
            return self._embedder.embed_query(text)
        found: list[float] = self.vector.tolist()
        return found


@dataclass(frozen=True, slots=True)
class Tried:
    """What every method and setting ranked for the questions of one memory."""

    corpus: Corpus
    plain: Mapping[str, Ranked]
    """"recall" and "dense", without the user's vector."""
    lists: Mapping[tuple[str, Setting], Ranked]


def speakers(corpus: Corpus) -> Iterator[Corpus]:
    """Yield a conversation once for each speaker as the user, with the questions about them."""
    names = list(dict.fromkeys(draft.author for draft in corpus.drafts))
    for name in names:
        drafts = tuple(
            replace(draft, tier="first_party" if draft.author == name else "third_party")
            for draft in corpus.drafts
        )
        questions = tuple(
            question
            for question in corpus.questions
            if [other for other in names if other.lower() in question.text.lower()] == [name]
        )
        yield replace(corpus, drafts=drafts, questions=questions)


def tried(embedder: CachedMiniLM, corpus: Corpus) -> Tried:
    """Return what recall and dense vectors rank, with the user's vector in every setting."""
    rows = Vectors(lambda: embedder).documents(
        [Headed(header(item.author, _at(item)), item.text) for item in corpus.drafts]
    )
    plain: dict[str, Ranked] = {"recall": [], "dense": []}
    lists: dict[tuple[str, Setting], Ranked] = {
        (name, setting): [] for name in METHODS for setting in SETTINGS[name]
    }
    steered = Steered(embedder)
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=steered) as store,
    ):
        memory = store.user(corpus.user)
        memory.observe_many(list(corpus.drafts))
        memory.embed()
        place = {draft.external_id: number for number, draft in enumerate(corpus.drafts)}
        for question in corpus.questions:
            asked = embedder.vectors([question.text])[0]
            seen = {heat: _seen(memory, question, heat) for heat in TEMPERATURES}
            hits = _asked(memory, steered, question, None)
            known = [place[hit.external_id] for hit in hits]
            odds = np.array([_log_odds(hit.score) for hit in hits])
            cosines = _nearest(rows, asked)
            plain["recall"].append(_units(corpus, known))
            plain["dense"].append(_units(corpus, _best(cosines)))
            for (name, setting), found in lists.items():
                vector = seen[setting.temperature]
                mixed = _unit(setting.amount * asked + (1 - setting.amount) * vector)
                near = _nearest(rows, vector)
                if name == "recall, mixed":
                    again = _asked(memory, steered, question, mixed)
                    order = [place[hit.external_id] for hit in again]
                elif name == "recall, ranked anew":
                    order = [known[at] for at in _best(odds + setting.amount * near[known])]
                elif name == "dense, mixed":
                    order = _best(_nearest(rows, mixed))
                else:  # a cosine has no log-odds; a tenth of the gain spans as much of its range
                    order = _best(cosines + setting.amount / 10 * near)
                found.append(_units(corpus, order))
    return Tried(corpus, plain, lists)


def _seen(memory: UserMemory, question: Question, temperature: float) -> Floats:
    found = memory.user_vector(question.text, temperature=temperature)
    assert found is not None, "everybody here has said something"
    return found


def _asked(
    memory: UserMemory, steered: Steered, question: Question, vector: Floats | None
) -> list[Recollection]:
    steered.vector = vector
    try:
        return memory.recall(question.text, k=DEPTH, kinds=["observation"])
    finally:
        steered.vector = None


def _nearest(rows: Sequence[Floats], vector: Floats) -> Floats:
    flat = np.concatenate(rows) @ vector
    starts = np.cumsum([0, *[len(chunks) for chunks in rows[:-1]]])
    best: Floats = np.maximum.reduceat(flat, starts)
    return best


def _best(scores: Floats) -> list[int]:
    order: list[int] = np.argsort(-scores, kind="stable").tolist()
    return order


def _units(corpus: Corpus, places: Sequence[int]) -> list[str]:
    return units(corpus, [places])[0]


def _unit(vector: Floats) -> Floats:
    scaled: Floats = vector / np.linalg.norm(vector)
    return scaled


def _log_odds(score: float) -> float:
    p = min(max(score, 1e-9), 1 - 1e-9)
    return float(np.log(p / (1 - p)))


def _at(item: Draft) -> float:
    assert item.at is not None, "the corpora date every draft"
    return item.at.timestamp()


# -- scores -------------------------------------------------------------------------------


def scores(corpus: Corpus, found: Sequence[str], question: Question) -> tuple[float, float]:
    """Return recall and NDCG at the data's cutoff."""
    k = CUTOFF[corpus.data]
    recall, ndcg = best_recall_and_ndcg(found, question, k) if question.answers else (0.0, 0.0)
    return (recall if corpus.data == "personabench" else recall_at(found, question, k)), ndcg


def found_by(items: Sequence[Tried], name: str, setting: Setting) -> float:
    """Return the mean recall of a method over all questions of some memories."""
    return statistics.fmean(
        scores(item.corpus, found, question)[0]
        for item in items
        for found, question in zip(item.lists[name, setting], item.corpus.questions, strict=True)
    )


def chosen(items: Sequence[Tried], name: str) -> Setting:
    """Return the setting of a method that finds most in these memories; the first of equals."""
    return max(SETTINGS[name], key=lambda setting: found_by(items, name, setting))


def halves(items: Sequence[Tried]) -> tuple[list[Tried], list[Tried]]:
    """Return memories in two halves; a conversation seen by both its speakers stays whole."""
    names = list(dict.fromkeys(item.corpus.user for item in items))
    return (
        [item for item in items if names.index(item.corpus.user) % 2 == 0],
        [item for item in items if names.index(item.corpus.user) % 2 == 1],
    )


def report(title: str, items: Sequence[Tried]) -> list[Table]:
    """Print what was chosen, what it finds on the other half, and the grid; return the tables."""
    cutoff = CUTOFF[items[0].corpus.data]
    tables = [Table(f"{title}: recall@{cutoff}"), Table(f"{title}: NDCG@{cutoff}")]
    one, other = halves(items)
    for fitted, tested in ((one, other), (other, one)):
        settings = {name: chosen(fitted, name) for name in METHODS}
        print(f"{title}, chosen on {sorted({item.corpus.user for item in fitted})}:")
        for name, setting in settings.items():
            print(f"  {name}: {setting.amount:g} at temperature {setting.temperature:g}")
        for item in tested:
            systems = {**item.plain, **{n: item.lists[n, s] for n, s in settings.items()}}
            for system, lists in systems.items():
                for found, question in zip(lists, item.corpus.questions, strict=True):
                    for table, value in zip(
                        tables, scores(item.corpus, found, question), strict=True
                    ):
                        table.add("all", system, value)
                        table.add(question.category, system, value)
    for table in tables:
        table.show()
        for name in METHODS:
            print(difference(table, "all", name, name.partition(",")[0]))
    for name in METHODS:
        print(f"\n{title}, {name}: recall@{cutoff} of all, by amount (down) and temperature")
        print(f"{'':>8}" + "".join(f"{heat:>8g}" for heat in TEMPERATURES))
        for amount in SHARES if "mixed" in name else GAINS:
            cells = [found_by(items, name, Setting(amount, heat)) for heat in TEMPERATURES]
            print(f"{amount:>8g}" + "".join(f"{cell:>8.3f}" for cell in cells))
    return tables


def main() -> None:
    """Run and print."""
    flags = parser(__doc__)
    flags.add_argument("locomo", type=Path)
    flags.add_argument("personabench", type=Path)
    flags.add_argument("--noise", nargs="+", choices=NOISE, default=["0.0", "0.5"])
    options = flags.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    data = {"LoCoMo": [view for item in read_locomo(options.locomo) for view in speakers(item)]}
    for noise in options.noise:
        people = read_personabench(options.personabench, noise)
        data[f"PersonaBench, noise {noise}"] = list(people)
    tables = []
    for title, given in data.items():
        found = []
        for corpus in given:
            found.append(tried(embedder, corpus))
            embedder.save()
            print(f"{title}, {corpus.user}: {len(corpus.questions)} questions", flush=True)
        tables += report(title, found)
    write_json(options.json, tables)


if __name__ == "__main__":
    main()
