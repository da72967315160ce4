"""An interview that gets to know a new user: it asks for the emptiest useful slot, one at a time.

What was asked and answered is in the journal, so an interview that was broken off goes on where it
was. A slot that claims fill already is not asked for, nor one that touches a private topic.

Source: the slot loop of Promptor (arXiv 2310.08101), turned from a designer to the user.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from usermind.memory import UserMemory
from usermind.memory.journal import ASSISTANT
from usermind.memory.propositions import Proposition
from usermind.memory.summary import kind_of
from usermind.memory.text import checked

SOURCE = "interview"
"""Source and session of questions and answers."""
BARE = 5
"""Words up to which an answer without a first person is put into a sentence."""

_STOP = re.compile(
    r"^\W*(?:stop|enough|no more(?: questions)?|that['’]?s (?:enough|all|it)|quit|exit|done|finish|"
    r"end|i['’]m done|leave me alone|not now|later)\b[^?]{0,20}$",
    re.IGNORECASE,
)
_SKIP = re.compile(
    r"^\W*(?:skip|pass|next|rather not(?: say)?|i['’]d rather not(?: say)?|no comment|none|nothing|"
    r"no|nobody|no one|i don['’]t know)\W*$",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:i|i['’]\w+|my|me|we|our)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing worth knowing."""

    slot: str
    text: str
    frame: str
    """Sentence that a bare answer is put into, at `{}`."""
    filled: Callable[[Proposition], bool]
    """Whether a claim fills the slot."""


def _slot(*names: str) -> Callable[[Proposition], bool]:
    return lambda claim: claim.slot in names


def _says(pattern: str) -> Callable[[Proposition], bool]:
    form = re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
    return lambda claim: form.search(claim.text) is not None


QUESTIONS = (
    Question("name", "What shall I call you?", "My name is {}.", _slot("name")),
    Question("home", "Where do you live?", "I live in {}.", _slot("home", "address")),
    Question("work", "What do you do for work, or what do you study?", "My job is {}.",
             _slot("job", "employer")),
    Question("people", "Who are the people closest to you?", "The people closest to me are {}.",
             _says("sister|brother|wife|husband|partner|(?:boy|girl)friend|mother|father|son|"
                   "daughter|child|children|friend|closest")),
    Question("pets", "Do you have any pets?", "I have {}.", _says("dog|cat|pets?|horse|rabbit")),
    Question("food", "Is there any food that you love, or must avoid?", "I love {}.",
             _says("allergic|vegan|vegetarian|pescatarian|diet|food|eats?")),
    Question("routines", "What does a usual week of yours look like?", "I usually {}.",
             lambda claim: kind_of(claim.text) == "routine"),
    Question("goals", "Is there something that you are working towards?", "I want to {}.",
             _says("wants? to|plans? to|hopes? to|goal|learning|training|saving")),
    Question("style", "How do you like to be answered: briefly, or in depth?",
             "I prefer answers that are {}.", _says("answers?|replies|briefly|in depth")),
)  # fmt: skip
"""What is asked, the most useful first."""

Outcome = Literal["kept", "skipped", "stopped"]


class Interview:
    """Asks one user what is not known yet.

    Args:
        memory: Whose; it is made with the first answer.
    """

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory
        self._stopped = False

    def next_question(self) -> str | None:
        """Return what to ask now; None when all is known or asked, or when told to stop.

        The same until it is answered, also in another process.
        """
        question = self._next()
        return None if question is None else question.text

    def answer(self, text: str) -> Outcome:
        """Take the answer to `next_question`, and learn from it.

        A bare answer ("Oslo") is kept as a sentence of the user's ("I live in Oslo.").

        Returns:
            kept; skipped, where the user passes: the question is not asked again; stopped, where
            they have had enough: this interview asks nothing more.

        Raises:
            InvalidInputError: The answer is empty or cannot be stored; the question stays.
            ModelError: It is kept, and could not be learnt from yet.
        """
        said = checked(text, what="answer").strip()
        question = self._next()
        if question is None or _STOP.match(said):
            self._stopped = True
            return "stopped"
        memory, slot = self._memory, question.slot
        memory.observe(
            question.text,
            source=SOURCE,
            author=ASSISTANT,
            session=SOURCE,
            external_id=f"asked/{slot}",
        )
        if _SKIP.match(said):
            memory.observe(
                "The user passes.",
                source=SOURCE,
                author=ASSISTANT,
                session=SOURCE,
                external_id=f"done/{slot}",
            )
            return "skipped"
        memory.observe(
            _sentence(said, question), source=SOURCE, session=SOURCE, external_id=f"done/{slot}"
        )
        memory.reflect()
        return "kept"

    def _next(self) -> Question | None:
        if self._stopped:
            return None
        known = self._memory.propositions.list() if self._memory.exists else []
        return next((each for each in QUESTIONS if self._is_open(each, known)), None)

    def _is_open(self, question: Question, known: list[Proposition]) -> bool:
        if any(question.filled(claim) for claim in known):
            return False
        if self._memory.find_observation(SOURCE, f"done/{question.slot}") is not None:
            return False
        # What touches a private topic could not be kept.
        asked = (question.text, question.frame.format("this"))
        return all(self._memory.privacy.storable(text, author="user") for text in asked)


def _sentence(said: str, question: Question) -> str:
    bare = len(said.split()) <= BARE and not _FIRST_PERSON.search(said)
    return question.frame.format(said.rstrip(" .!")) if bare else said
