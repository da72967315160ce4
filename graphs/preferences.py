"""Pairs of profiles, one preferred to the other, as a model that writes profiles is trained on.

    write_pairs(ana, contest, "pairs.jsonl")

A line is TRL's conversational preference format, `{"prompt": [...], "chosen": [...], "rejected":
[...]}`, as `trl.DPOTrainer` reads it, with scores and names beside. The prompt is the one that a
model is asked for a profile with, over the history that the candidates were made of; the two
answers are objects of its schema, with cites. What a model is trained on it may say to anybody, so
all passes the privacy gate as if it went to a remote model, and what was forgotten since the
contest is in no line.

Source: LettinGo, arXiv 2506.18309, alignment stage (all pairs of a good and a bad profile); ours
must differ by a margin, since one user's later messages are few. TRL, "Dataset formats and types".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.graphs.contest import Candidate, Contest
from usermind.graphs.profiling import NOTES, Shown, history_shown
from usermind.memory import UserMemory
from usermind.memory.export import write_lines
from usermind.memory.summary import ProfileClaim, chosen
from usermind.memory.text import digest
from usermind.prompts import ProfileAnswer, ProfilePrompt, SaidClaim
from usermind.types import ObservationId

MARGIN = 0.05
"""Difference of scores from which on one profile is preferred to another. A choice: the standard
error of such a difference over 40 messages was 0.03 (`benchmarks/RESULTS.md`)."""
READER = "remote model"
"""Whom the privacy gate takes the file's reader for: the strictest there is."""
LONGEST = 240
"""Characters of a claim, at most, as the answer's schema has it; a longer one is left out."""
MOST_CITES = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one prompt."""

    prompt: str
    chosen: str
    """JSON of a `ProfileAnswer`."""
    rejected: str
    better: Candidate
    worse: Candidate
    task: str
    history: str
    """A hash of the prompt's history: pairs of one history belong on one side of a split."""

    def line(self) -> dict[str, object]:
        """Return the pair as one line of the file has it."""
        return {
            "prompt": [{"role": "user", "content": self.prompt}],
            "chosen": [{"role": "assistant", "content": self.chosen}],
            "rejected": [{"role": "assistant", "content": self.rejected}],
            "score_chosen": self.better.score,
            "score_rejected": self.worse.score,
            "chosen_by": self.better.way,
            "rejected_by": self.worse.way,
            "task": self.task,
            "history": self.history,
        }


def preferred(memory: UserMemory, contest: Contest, *, margin: float = MARGIN) -> list[Pair]:
    """Return the pairs of a contest whose scores differ by the margin, the widest apart first.

    Args:
        memory: Whose contest it was.
        contest: See `contest.best_profile`.
        margin: In (0, 1].

    Raises:
        UnknownUserError: Nothing is stored for this user.
        InvalidInputError: The margin is out of range.
        PrivacyError: The gate broke; nothing may be written.
    """
    if not 0.0 < margin <= 1.0:
        raise InvalidInputError(
            f"`margin` is {margin}; more than 0 and at most 1 was expected, such as {MARGIN}."
        )
    notes = chosen(memory, contest.task, most=NOTES, as_of=contest.until)
    shown = history_shown(memory, notes, READER, as_of=contest.until)
    task = _let_out(memory, contest.task)
    if not shown or task is None:
        return []
    prompt = ProfilePrompt(
        user_name=memory.display_name, task=task, history=tuple(each.line for each in shown)
    )
    alias = _aliases(shown)
    answers = {
        candidate.way: answer
        for candidate in contest.candidates
        if (answer := _answer(memory, candidate, alias)) is not None
    }
    history = digest(*(each.line.text for each in shown)).hex()
    pairs = [
        Pair(prompt.render(), answers[a.way], answers[b.way], a, b, task, history)
        for a, b in combinations(contest.candidates, 2)
        if a.way in answers
        and b.way in answers
        and answers[a.way] != answers[b.way]
        and a.score - b.score >= margin
    ]
    return sorted(pairs, key=lambda pair: pair.worse.score - pair.better.score)


def write_pairs(
    memory: UserMemory, contest: Contest, path: str | Path, *, margin: float = MARGIN
) -> int:
    """Write the pairs of a contest to a new JSONL file; return how many.

    The file appears whole or not at all, readable by its owner alone, and is not made where there
    is no pair.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        InvalidInputError: The margin is out of range, or the file exists already.
        PrivacyError: The gate broke; nothing was written.
        StoreNotWritableError: The file cannot be written.
    """
    pairs = preferred(memory, contest, margin=margin)
    return write_lines(Path(path), [pair.line() for pair in pairs]) if pairs else 0


def _answer(
    memory: UserMemory, candidate: Candidate, alias: Mapping[ObservationId, Sequence[int]]
) -> str | None:
    """Return a candidate as a model would have answered; None where nothing of it may go out."""
    if not all(_is_there(memory, item) for item in candidate.sketch.seen):
        return None  # forgotten since: its words may repeat it
    said = [claim for each in candidate.claims if (claim := _said(memory, each, alias))]
    return ProfileAnswer(claims=said).model_dump_json() if said else None


def _said(
    memory: UserMemory, claim: ProfileClaim, alias: Mapping[ObservationId, Sequence[int]]
) -> SaidClaim | None:
    text = _let_out(memory, claim.text)
    cites = sorted({number for cite in claim.cites for number in alias.get(cite, ())})
    if text is None or len(text) > LONGEST or not cites:
        return None
    return SaidClaim(text=text, kind=claim.kind, cites=cites[:MOST_CITES])


def _aliases(shown: Sequence[Shown]) -> dict[ObservationId, list[int]]:
    """Return the numbers of the lines by the observations that they stand for."""
    found: dict[ObservationId, list[int]] = {}
    for each in shown:
        for cite in each.cites:
            found.setdefault(cite, []).append(each.line.alias)
    return found


def _let_out(memory: UserMemory, text: str) -> str | None:
    with memory.privacy.egress(READER) as out:
        return out.text(text)


def _is_there(memory: UserMemory, observation_id: str) -> bool:
    try:
        memory.observation(observation_id)
    except UnknownItemError:
        return False
    return True
