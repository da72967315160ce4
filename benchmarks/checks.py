"""How often the checks of a reply (`graphs/checking.py`) err, and how often they see a fault.

python -m benchmarks.checks LOCOMO.json [--vectors CACHE.npz] [--questions 80]

quotes       replies of the offline engine to LoCoMo's questions, with the speaker who is asked
             about as the user: it quotes, so every doubt is a false alarm
paraphrases  "You told me that …" with LoCoMo's own notes on a turn, written by a model; given is
             what recall finds for them, with the turn: every doubt is a false alarm
inventions   the same replies, given what the planner offers of another conversation with the
             same words: what it cannot bear out should be doubted
silence      a check that is *not* made, "I do not know" though the offline engine finds an
             answer in what was given: how often there is one
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.retrieval import CachedMiniLM, parser

from usermind import Recollection, UserMemory
from usermind.evals.benchmarks.corpora import Corpus
from usermind.evals.benchmarks.intervals import bootstrap
from usermind.evals.benchmarks.locomo_files import read_locomo
from usermind.evals.benchmarks.retrieval import filled
from usermind.graphs.checking import doubts, evidence_of
from usermind.graphs.context import memory_line, planned, recalled
from usermind.memory.journal import USER
from usermind.models import Offline, ReplyRequest
from usermind.models.offline.matching import best_of, fitting
from usermind.prompts import SystemPrompt, TurnPrompt

NOTES = 60
"""Notes of a conversation that are looked at, evenly spread."""


def request(
    memory: UserMemory, message: str, hits: Sequence[Recollection], user: str
) -> ReplyRequest:
    """Return what a reply is made from, with one of the speakers as the user."""
    lines = tuple(
        replace(line, author=USER) if line.author == user else line
        for line in map(memory_line, hits)
    )
    system = SystemPrompt(user_name=user, facts=())
    return ReplyRequest(system, [], TurnPrompt(memory.now(), lines, message))


def offered(memory: UserMemory, message: str) -> list[Recollection]:
    """Return what a turn is given."""
    plan = planned(memory, message)
    return recalled(memory, message, plan, exclude=(), recipient="offline")


def notes(sample: dict[str, object]) -> list[tuple[str, list[str]]]:
    """Return LoCoMo's notes on a conversation: a sentence, and the turns it rests on."""
    found = []
    sessions = sample["observation"]
    assert isinstance(sessions, dict)
    for speakers in sessions.values():
        for said in speakers.values():
            for text, *source in said:
                found.append((str(text), re.findall(r"D\d+:\d+", str(source))))
    step = max(1, len(found) // NOTES)
    return found[::step][:NOTES]


def _with_names_of(note: str, other: dict[str, object], memory: UserMemory) -> str:
    """Return a note with the speakers of this conversation: their names alone give nothing away."""
    sessions = other["observation"]
    assert isinstance(sessions, dict)
    speakers = dict.fromkeys(name for said in sessions.values() for name in said)
    for theirs, ours in zip(speakers, memory.authors(), strict=False):
        note = note.replace(theirs, ours)
    return note


def as_told(note: str) -> str:
    """Return a note as a reply that claims to remember it."""
    return f"You told me that {note.rstrip('.')}."


def is_doubted(reply: str, of: ReplyRequest) -> bool:
    """Say whether a check speaks up."""
    return bool(doubts(reply, lambda: evidence_of(of)))


def quotes(memory: UserMemory, corpus: Corpus, most: int) -> Iterator[tuple[str, bool]]:
    """Yield the offline engine's replies, and whether they are doubted."""
    step = max(1, len(corpus.questions) // most)
    for question in corpus.questions[::step][:most]:
        user = next((name for name in memory.authors() if name in question.text), "nobody")
        asked = request(memory, question.text, offered(memory, question.text), user)
        chunks = list(Offline().reply(asked))
        text = (chunks[0] + chunks[1:]).text
        yield text, is_doubted(text, asked)


def silences(memory: UserMemory, corpus: Corpus) -> Iterator[tuple[bool, bool]]:
    """Yield whether the engine finds an answer in what is given, and whether it is evidence."""
    for question in corpus.questions:
        hits = offered(memory, question.text)
        ids = {hit.id: str(hit.external_id) for hit in hits}
        fits = fitting(question.text, [memory_line(hit) for hit in hits], memory.display_name)
        told = {ids[fit.memory.id] for fit in best_of(fits)} if fits else set()
        evidence = set().union(*question.answers) if question.answers else set()
        yield bool(fits), bool(told & evidence) and question.category != "adversarial"


def shown(name: str, values: Sequence[bool]) -> None:
    """Print a share with its interval."""
    low, high = bootstrap([float(value) for value in values])
    share = sum(values) / len(values)
    print(f"{name:<52} {sum(values):>4} of {len(values):>4}  {share:.3f} ({low:.3f}–{high:.3f})")


def main() -> None:
    """Run and print."""
    flags = parser(__doc__)
    flags.add_argument("path", type=Path)
    flags.add_argument("--questions", type=int, default=80, help="of each conversation")
    options = flags.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    samples = json.loads(options.path.read_text("utf-8"))
    every: list[bool] = []
    quoted: list[bool] = []
    right: list[bool] = []
    wrong: list[bool] = []
    found: list[tuple[bool, bool]] = []
    for place, corpus in enumerate(read_locomo(options.path)):
        with filled(embedder, corpus) as memory:
            replies = list(quotes(memory, corpus, options.questions))
            every += [doubted for _, doubted in replies]
            quoted += [doubted for text, doubted in replies if "told me" in text]
            for note, turns in notes(samples[place]):
                rest = memory.recollect(
                    [
                        item.id
                        for turn in turns
                        if (item := memory.find_observation("locomo", turn)) is not None
                    ]
                )
                asked = request(
                    memory, "What do you remember?", [*rest, *offered(memory, note)], ""
                )
                right.append(is_doubted(as_told(note), asked))
            other = samples[(place + 1) % len(samples)]
            for note, _ in notes(other):
                note = _with_names_of(note, other, memory)
                asked = request(memory, "What do you remember?", offered(memory, note), "")
                wrong.append(is_doubted(as_told(note), asked))
            found += silences(memory, corpus)
    embedder.save()
    shown("offline replies doubted (false alarms)", every)
    shown("  of these, quotes of the user", quoted)
    shown("paraphrases doubted (false alarms)", right)
    shown("inventions doubted", wrong)
    shown("'I do not know' that the silence check would doubt", [fits for fits, _ in found])
    shown("  of these, rightly", [answered for fits, answered in found if fits])


if __name__ == "__main__":
    main()
