"""Profiles by a model: asked once, and believed only where its cites bear it out.

    ana.profile(task="email-writing", reasoner=Profiler(reasoner))

A cite must name a line that was shown, and the claim must share content words with what it cites;
what reads as demographics or personality goes out. Where nothing is left, where the reasoner is the
offline engine, fails, or has no room in the user's budget, the rules of `memory.summary` answer.

Source: LettinGo, arXiv 2506.18309, has profiles judged by a downstream task; the check of cites,
which needs no second call, is ours.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from usermind.errors import ModelError
from usermind.graphs.egress import recipient_of
from usermind.memory import Observation, UserMemory
from usermind.memory.journal import is_own
from usermind.memory.leanings import PLAIN, POOL, ByRules, Leaning
from usermind.memory.profiles import Profile
from usermind.memory.quarantine import kept_in
from usermind.memory.ranking import content_query
from usermind.memory.summary import Backed, ProfileClaim, Sketch, barred, chosen, fitted
from usermind.memory.terms import terms_of
from usermind.models.account import charging, metered
from usermind.models.reasoner import Reasoner
from usermind.prompts import HistoryLine, ProfilePrompt, SaidClaim
from usermind.prompts.fencing import on_one_line
from usermind.types import ObservationId

_log = logging.getLogger(__name__)

NOTES = POOL
"""Propositions that the reasoner is shown, at most."""
MESSAGES = 24
"""Newest messages of the user that it is shown, at most."""
LOOKED_AT = 200
"""Newest observations among which they are looked for."""
SHARED = 0.5
"""Share of a claim's content words that must stand in what it cites."""

_AGAINST = re.compile(
    r"\b(?:hate[sd]?|dislike[sd]?|avoid(?:s|ed)?|not|never|no|without|cannot|stopped|quit|"
    r"detests?)\b|n['’]t\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[.,;:!?\n]+|\b(?:and|but)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the prompt, and the observations that it stands for."""

    line: HistoryLine
    cites: tuple[ObservationId, ...]


class Profiler:
    """Makes profiles with a reasoner; one call each, at the user's cost.

    Args:
        reasoner: Who is asked.
        leaning: What the profile is to lean on.
    """

    def __init__(self, reasoner: Reasoner, *, leaning: Leaning = PLAIN) -> None:
        self._reasoner = reasoner
        self.leaning = leaning

    @property
    def version(self) -> str:
        """Version of the prompt, name of the model, and the leaning, if it is not the plain one."""
        plain = f"{ProfilePrompt.version} {self._reasoner.name}"
        return plain if self.leaning is PLAIN else f"{plain}, {self.leaning.name}"

    def summarise(self, memory: UserMemory, task: str, *, as_of: datetime | None = None) -> Sketch:
        """Return what the reasoner says and its cites bear out, else the summary by rules.

        Args:
            memory: Whose.
            task: In words.
            as_of: It is shown what was known then, and what was written up to then; None: now.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            PrivacyError: The gate broke; nothing was sent.
        """
        if recipient_of(self._reasoner) == "offline":
            return self._by_rules(memory, task, as_of)
        notes = chosen(memory, task, most=NOTES, as_of=as_of)
        shown = history_shown(memory, notes, recipient_of(self._reasoner), as_of=as_of)
        claims = self._claims(memory, task, shown) if shown else ()
        if not claims:
            return self._by_rules(memory, task, as_of)
        return Sketch(
            claims=claims,
            made_by=self._reasoner.name,
            seen=tuple(dict.fromkeys(cite for each in shown for cite in each.cites)),
            rests_on=tuple(note.claim.id for note in notes),
        )

    def _by_rules(self, memory: UserMemory, task: str, as_of: datetime | None) -> Sketch:
        return ByRules(self.leaning).summarise(memory, task, as_of=as_of)

    def _claims(
        self, memory: UserMemory, task: str, shown: Sequence[Shown]
    ) -> tuple[ProfileClaim, ...]:
        lines = tuple(each.line for each in shown)
        prompt = ProfilePrompt(
            user_name=memory.display_name,
            task=task,
            history=lines,
            emphasis=self.leaning.emphasis,
        )
        try:
            with charging(memory.account):
                answer = metered(self._reasoner).complete(prompt)
        except ModelError as error:
            _log.warning("A profile is made by rules: %s", type(error).__name__)
            return ()
        found = (borne_out(said, shown, user=memory.display_name) for said in answer.claims)
        return fitted(claim for claim in found if claim is not None)


def make_profile(memory: UserMemory, reasoner: Reasoner, task: str = "conversation") -> Profile:
    """Return the profile for a task, from the cache or by at most one call of the reasoner.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        InvalidInputError: The task is blank or too long.
        PrivacyError: The gate broke; nothing was sent.
    """
    return memory.profiles.get(task, summariser=Profiler(reasoner))


def borne_out(said: SaidClaim, shown: Sequence[Shown], *, user: str) -> ProfileClaim | None:
    """Return a claim with the observations that bear it out, or None when none does.

    All its cites must have been shown. Its content words, but for the user's name, are compared
    by their stems with each cited line; a line that shares none, or only in clauses of the other
    polarity ("likes" for "hates"), is no cite.
    """
    if any(alias > len(shown) for alias in said.cites):
        return None
    text = on_one_line(said.text)
    words = _content(text) - set(terms_of(user))
    cited = [shown[alias - 1] for alias in said.cites]
    telling = [each for each in cited if _speaks_for(each.line.text, text, words)]
    held = {word for each in telling for word in words & _content(each.line.text)}
    if not words or len(held) < SHARED * len(words):
        return None
    if barred(text):
        return None
    cites = tuple(dict.fromkeys(cite for each in telling for cite in each.cites))
    return ProfileClaim(text, said.kind, cites)


def _speaks_for(line: str, text: str, words: set[str]) -> bool:
    against = _AGAINST.search(text) is not None
    return any(
        words & _content(clause) and (_AGAINST.search(clause) is not None) == against
        for clause in _CLAUSES.split(line)
    )


def _content(text: str) -> set[str]:
    return set(terms_of(content_query(text)))


def history_shown(
    memory: UserMemory,
    notes: Sequence[Backed],
    recipient: str,
    *,
    as_of: datetime | None = None,
) -> list[Shown]:
    """Return the lines of the prompt, without what the gate does not let out.

    Args:
        memory: Whose history.
        notes: Propositions, the first that are shown.
        recipient: Who reads it.
        as_of: Messages up to this event time; None for all.

    Raises:
        PrivacyError: The gate broke; nothing may be sent.
    """
    found: list[Shown] = []
    with memory.privacy.egress(recipient) as out:
        for note in notes:
            text = out.text(note.claim.text, item=note.claim.id)
            if text is not None:
                line = HistoryLine(len(found) + 1, note.claim.supported_at, text, note=True)
                found.append(Shown(line, note.cites))
        for said in _messages(memory, as_of):
            text = out.text(said.text, author=said.author, item=said.id)
            if text is not None:
                line = HistoryLine(len(found) + 1, said.at, text, note=False)
                found.append(Shown(line, (said.id,)))
    return found


def _messages(memory: UserMemory, as_of: datetime | None) -> list[Observation]:
    newest = memory.observations(limit=LOOKED_AT, until=as_of)
    own = [item for item in newest if is_own(item)]
    with memory.open() as file:
        return kept_in(file.database, own)[:MESSAGES]
