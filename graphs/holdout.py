"""A history cut in two: what makers of profiles may see, and what the profiles are judged by.

The user's own newest messages are held out. A profile of what was known before them is good as far
as it ranks each of them above messages of equal length that others wrote: where there is more to
tell the user by, more of these comparisons are won.

Source: LettinGo, arXiv 2506.18309, whose evaluation stage judges a profile by whether a model
predicts one later interaction by it. Ours are several for each user, and need no model.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from usermind.errors import InvalidInputError
from usermind.memory import Observation, UserMemory
from usermind.memory.journal import ASSISTANT, USER, is_own_words
from usermind.memory.privacy.doors import PLACEHOLDERS
from usermind.memory.quarantine import kept_in
from usermind.memory.relevance import Passage

HELD_OUT = 0.25
"""Share of the user's own messages that is held out, the newest."""
LOOKED_AT = 4_000
"""Newest observations that are looked at."""
FEWEST = 8
"""Messages to judge by, at least: with fewer, chance decides which profile wins."""
MOST = 40
"""Messages to judge by, at most: their vectors are what judging costs."""
RIVALS = 9
"""Messages of others that each is compared with, at most."""
LEAST_RIVALS = 3
"""Messages of others that each is compared with, at least; else it is left out."""
LEAST_WORDS = 4
"""Words of a message that can be told from others; "ok, thanks" cannot."""
NEAR = 0.25
"""How much longer or shorter one of equal length may be, as a share."""
BEFORE = timedelta(milliseconds=1)
"""How long before the first message that is held out the makers' history ends."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One message of the user's own, and the messages of others that it is to be told from."""

    own: Observation
    rivals: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Holdout:
    """A history cut in two."""

    until: datetime
    """The makers see what was known then: `as_of` for them."""
    trials: tuple[Trial, ...]
    """In order of time; all later than `until`."""


def split(
    memory: UserMemory,
    *,
    share: float = HELD_OUT,
    until: datetime | None = None,
    most: int = MOST,
) -> Holdout:
    """Cut a history in two by the time at which things were said, or came to be known.

    Args:
        memory: Whose.
        share: Of the user's own messages, in (0, 1).
        until: Nothing later is looked at at all; None for everything.
        most: Messages to judge by, at most; of more, so many are taken, spread over all.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        InvalidInputError: The share is out of range, or there is too little to judge by: fewer
            than `FEWEST` messages that there are others of equal length for.
    """
    if not 0.0 < share < 1.0:
        raise InvalidInputError(
            f"`held_out` is {share}; a share between 0 and 1 was expected, such as {HELD_OUT}."
        )
    said = _told(memory, until)
    own = [item for item in said if is_own_words(item)]
    later = own[len(own) - round(share * len(own)) :]
    if not later:
        raise _too_little(0)
    cut = _known_at(later[0])
    later = [item for item in own if _known_at(item) >= cut]
    others = [item for item in said if item.author != USER]
    trials = [
        Trial(item, rivals)
        for item in later
        if len(rivals := _rivals(item, others)) >= LEAST_RIVALS
    ]
    if len(trials) < FEWEST:
        raise _too_little(len(trials))
    if len(trials) > most:
        trials = [trials[place * len(trials) // most] for place in range(most)]
    return Holdout(cut - BEFORE, tuple(trials))


def scores(
    memory: UserMemory, profiles: Sequence[Sequence[str]], trials: Sequence[Trial]
) -> npt.NDArray[np.float64]:
    """Return `(profiles, trials)`, how well each profile tells each message from its rivals.

    A text is as near to a profile as to the claim that it is nearest to (see
    `memory.relevance`; the user's name, which others address them by, is left out of the claims).
    The score of a trial is the share of the rivals that are less near than the user's own message,
    equals by halves: 1 where it is nearer than all, 0.5 by chance and for a profile without claims.

    Args:
        memory: Whose.
        profiles: The claims of each profile.
        trials: At least one.
    """
    texts = {item.id: item for trial in trials for item in (trial.own, *trial.rivals)}
    place = {id_: number for number, id_ in enumerate(texts)}
    passages = [Passage(item.id, item.text, item.author) for item in texts.values()]
    claims = list(dict.fromkeys(claim for profile in profiles for claim in profile))
    nameless = [_without(memory.display_name, claim) for claim in claims]
    near = memory.relevance(nameless, passages, written_by=USER)
    row = {claim: number for number, claim in enumerate(claims)}
    found = np.full((len(profiles), len(trials)), 0.5)
    for number, profile in enumerate(profiles):
        if not profile:
            continue
        nearest = near[[row[claim] for claim in profile]].max(axis=0)
        for column, trial in enumerate(trials):
            own = nearest[place[trial.own.id]]
            rivals = nearest[[place[item.id] for item in trial.rivals]]
            found[number, column] = ((own > rivals) + 0.5 * (own == rivals)).mean()
    return found


def _told(memory: UserMemory, until: datetime | None) -> list[Observation]:
    """Return what people said that can be told apart, in order of time."""
    newest = memory.observations(limit=LOOKED_AT, until=until)
    with memory.open() as file:
        shown = kept_in(file.database, newest)
    fit = [
        item
        for item in shown
        if item.author != ASSISTANT
        and item.source != "remember"
        and item.text not in PLACEHOLDERS
        and _words(item) >= LEAST_WORDS
    ]
    return sorted(fit, key=lambda item: (_known_at(item), int(item.id[1:])))


def _known_at(item: Observation) -> datetime:
    """Return when it was said or, if it is of a later time, when it was told; see `timeline`."""
    return min(item.at, item.ingested_at)


def _rivals(own: Observation, others: Sequence[Observation]) -> tuple[Observation, ...]:
    words = _words(own)
    near = [item for item in others if abs(_words(item) - words) <= NEAR * words]
    near.sort(key=lambda item: (abs(item.at - own.at), item.id))
    return tuple(near[:RIVALS])


def _words(item: Observation) -> int:
    return len(item.text.split())


def _without(name: str, claim: str) -> str:
    left = re.sub(rf"\b{re.escape(name)}\b(?:['’]s)?", "", claim, flags=re.IGNORECASE)
    return " ".join(left.split()) or claim


def _too_little(found: int) -> InvalidInputError:
    return InvalidInputError(
        f"There is too little to judge profiles by: {found} of the user's own later messages can "
        f"be compared with messages of equal length by others, and {FEWEST} are needed. Nothing "
        "was chosen and nothing was kept. Use the plain profile, `ana.profile(task=...)` or "
        "`usermind profile show`, until more is known."
    )
