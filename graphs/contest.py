"""The best of several profiles: each made of the earlier history, judged by the later one.

    contest = best_profile(ana, "writing", reasoner=reasoner, n=4)
    contest.profile            # made again, the winner's way, of all that is known; kept
    contest.candidates         # all of them with their scores, the best first

A user's profile may lean on habits, on facts, on what is newest; which serves best is not known
beforehand. So several are made of what was known up to a moment, and what the user said after it,
which no maker saw, decides. Off unless it is called: a turn uses the plain profile.

Source: LettinGo, arXiv 2506.18309, its stages of exploration and evaluation, without the training;
see `holdout` for the judge. Every claim of a candidate cites what it rests on, as in any profile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from usermind.errors import InvalidInputError
from usermind.graphs.holdout import HELD_OUT, Holdout, scores, split
from usermind.graphs.profiling import Profiler
from usermind.memory import UserMemory
from usermind.memory.leanings import LEANINGS, ByRules
from usermind.memory.profiles import Profile, Summariser
from usermind.memory.summary import ProfileClaim, Sketch, told
from usermind.models.reasoner import Reasoner

N = 4
"""Candidates, when nobody says how many."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One profile of the earlier history."""

    way: str
    """Version of its maker, which says what it leans on."""
    made_by: str
    """`"rules"`, or the name of a reasoner."""
    text: str
    claims: tuple[ProfileClaim, ...]
    score: float
    """Mean over the trials of the share of comparisons won, in [0, 1]; 0.5 is chance."""
    trials: tuple[float, ...]
    """The score of each trial, in order of time."""
    maker: Summariser
    sketch: Sketch
    """As it was made, for those who look up what it rests on."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What came of judging several profiles of one user for one task."""

    task: str
    until: datetime
    """The candidates were made of what was known then."""
    judged_by: int
    """Messages of the user's own that were held out and used."""
    candidates: tuple[Candidate, ...]
    """Best first; of equals the shorter, then the one that was tried first."""
    profile: Profile
    """Made the winner's way of all that is known now, and kept for `profiles.get` with the
    winner's maker. Its own words were not judged: those of the winner's candidate were."""

    @property
    def winner(self) -> Candidate:
        """The best candidate."""
        return self.candidates[0]


def best_profile(
    memory: UserMemory,
    task: str = "conversation",
    *,
    reasoner: Reasoner | None = None,
    makers: Sequence[Summariser] | None = None,
    n: int = N,
    held_out: float = HELD_OUT,
) -> Contest:
    """Make n profiles of the earlier history, judge each by the later one, and keep the best way.

    Args:
        memory: Whose.
        task: In words, 1 to 200 characters.
        reasoner: Who makes them, each told to lean on something else: one call each and one more
            for the profile that is kept. None: the rules, without a call.
        makers: Who makes them instead; then neither `reasoner` nor `n` counts.
        n: How many candidates, from 2 to the number of `LEANINGS`.
        held_out: Share of the user's own messages that judges, the newest; in (0, 1).

    Raises:
        UnknownUserError: Nothing is stored for this user.
        InvalidInputError: `n` or `held_out` is out of range, the task is blank or too long, there
            is too little later history to judge by, or nothing was known before it. Nothing is
            kept then, and there is no winner; `ana.profile(task=...)` is what remains.
        PrivateTopicError: The task touches a private topic.
        PrivacyError: The gate broke; nothing was sent.
    """
    name = memory.profiles.task_name(task)
    chosen = makers_of(reasoner, n) if makers is None else tuple(makers)
    if len(chosen) < 2:
        raise InvalidInputError(
            f"There are {len(chosen)} makers of profiles; at least 2 were expected, to choose from."
        )
    cut = split(memory, share=held_out)
    candidates = judged(memory, name, chosen, cut)
    if not candidates[0].claims:
        raise InvalidInputError(
            f"Nothing was known of the user by {cut.until:%Y-%m-%d %H:%M}, before the messages to "
            "judge by. Nothing was chosen and nothing was kept. Learn from what is stored with "
            "`usermind reflect`, or use the plain profile."
        )
    return Contest(
        task=name,
        until=cut.until,
        judged_by=len(cut.trials),
        candidates=candidates,
        profile=memory.profile(task=name, reasoner=candidates[0].maker),
    )


def makers_of(reasoner: Reasoner | None, n: int = N) -> tuple[Summariser, ...]:
    """Return n makers that lean on different things, the plain one first.

    Args:
        reasoner: Who is asked by each; None: the rules.
        n: From 2 to the number of `LEANINGS`.

    Raises:
        InvalidInputError: `n` is out of range.
    """
    if not 2 <= n <= len(LEANINGS):
        raise InvalidInputError(
            f"`n` is {n}; from 2 to {len(LEANINGS)} profiles can be made to choose from."
        )
    if reasoner is None:
        return tuple(ByRules(leaning) for leaning in LEANINGS[:n])
    return tuple(Profiler(reasoner, leaning=leaning) for leaning in LEANINGS[:n])


def judged(
    memory: UserMemory, task: str, makers: Sequence[Summariser], cut: Holdout
) -> tuple[Candidate, ...]:
    """Return what each maker made of the history before the cut, best first.

    What may not be stored of a claim is not in any of them.
    """
    sketches = [maker.summarise(memory, task, as_of=cut.until) for maker in makers]
    claims = [memory.profiles.storable(sketch.claims) for sketch in sketches]
    found = scores(memory, [[claim.text for claim in each] for each in claims], cut.trials)
    candidates = [
        Candidate(
            way=maker.version,
            made_by=sketch.made_by,
            text=told(held),
            claims=held,
            score=float(won.mean()),
            trials=tuple(won.tolist()),
            maker=maker,
            sketch=sketch,
        )
        for maker, sketch, held, won in zip(makers, sketches, claims, found, strict=True)
    ]
    # One without claims wins no comparison and loses none: it must not win for that.
    return tuple(
        sorted(
            candidates,
            key=lambda each: (not each.claims, -each.score, len(each.text.split())),
        )
    )
