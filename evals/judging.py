"""A judge in a user's place: which of two answers they would choose, and how sure that is.

Each question is asked twice, with the answers in either order. A judge that chooses by place, or
answers with what is no verdict, has not decided; nor has one that is hardly sure. Whether a reply
meets a criterion is asked in the same way: the two answers are that it does and that it does not.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal
from zlib import crc32

from pydantic import ConfigDict

from usermind.errors import InvalidInputError
from usermind.evals.certainty import Certainty
from usermind.evals.expectations import Opinion
from usermind.evals.scenario import Persona
from usermind.evals.transcript import Step, Transcript
from usermind.evals.unusable import UNUSABLE
from usermind.models.reasoner import Reasoner
from usermind.prompts import JudgeReplyPrompt, SaidLine, TextLine

LEAST = 0.5
"""Probability of being right below which a judge abstains, if not told otherwise."""
TURNS = 12
"""Messages of a conversation that a judge is shown, at most: the last."""
LONGEST_MESSAGE = 2_000
"""Characters of one of them."""

MEETS = "The assistant's last message meets it."
MEETS_NOT = "The assistant's last message does not meet it."


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a conversation."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    author: str
    """`"user"`, `"assistant"`, or somebody's name."""
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a judge decides: which of two answers a person would choose."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    first: str
    second: str
    asked: str = "Which of these replies would this person rather have?"
    persona: Persona = field(default_factory=Persona)
    conversation: tuple[Message, ...] = ()
    """Oldest first."""

    def anonymous(self) -> "Question":
        """Return the question without anything that is known of the person: the control."""
        return replace(self, persona=Persona(name=self.persona.name))

    def prompt(self, *, swapped: bool = False) -> JudgeReplyPrompt:
        """Return it as a model is asked, the second answer first where it is swapped."""
        known = (*self.persona.facts, *(f"Wants: {need}" for need in self.persona.needs))
        one, other = (self.second, self.first) if swapped else (self.first, self.second)
        return JudgeReplyPrompt(
            user_name=self.persona.name,
            facts=tuple(TextLine(fact) for fact in known),
            conversation=tuple(
                SaidLine(each.author, each.text, longest=LONGEST_MESSAGE)
                for each in self.conversation[-TURNS:]
            ),
            question=TextLine(self.asked),
            first=TextLine(one),
            second=TextLine(other),
        )


@dataclass(frozen=True, slots=True)
class Vote:
    """What a model chose in one order."""

    first: bool
    """Whether it chose the first answer of the question, wherever that stood."""
    certainty: int
    """As it states it, in [1, 100]."""
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge makes of a question."""

    votes: tuple[Vote | None, Vote | None]
    """As asked, and swapped; None: the answer was no verdict."""
    first: bool | None
    """Whether the first answer is chosen; None: it abstains."""
    probability: float | None
    """That the choice is right, in [0, 1]; None where the orders do not agree."""
    why: str
    """The reason for the choice, or for abstaining."""

    @property
    def consistent(self) -> bool | None:
        """Whether both orders agree; None where one was not answered."""
        one, other = self.votes
        return None if one is None or other is None else one.first == other.first

    @property
    def place(self) -> Literal["first", "second"] | None:
        """Where the answer stood that it chose both times, whichever that was; None: no such."""
        one, other = self.votes
        if one is None or other is None or one.first == other.first:
            return None
        return "first" if one.first else "second"

    @property
    def stated(self) -> float | None:
        """The certainty that was stated, in [1, 100], both orders averaged; None: not agreed."""
        one, other = self.votes
        if one is None or other is None or one.first != other.first:
            return None
        return (one.certainty + other.certainty) / 2


class PersonalJudge:
    """Judges for one person at a time. Two calls of the model a question.

    Args:
        reasoner: The model that judges; better another than the one whose replies are judged.
        certainty: What its stated certainty is worth, from `usermind.evals.assessing.assess`;
            if it is not given, the statement is taken for a percentage.
        least: Probability of being right below which it abstains, in [0, 1].

    Raises:
        InvalidInputError: `least` lies outside.
    """

    def __init__(
        self, reasoner: Reasoner, *, certainty: Certainty | None = None, least: float = LEAST
    ) -> None:
        if not 0.0 <= least <= 1.0:
            raise InvalidInputError(
                f"`least` is {least!r}. Expected a probability from 0 to 1. Nothing was judged."
            )
        self.reasoner = reasoner
        self.certainty = certainty or Certainty()
        self.least = least

    @property
    def name(self) -> str:
        """Name of the model, and what else decides how it judges, where that was told."""
        parts = [self.reasoner.name]
        if self.certainty.stated:
            line = repr((self.certainty.stated, self.certainty.right)).encode()
            labels = self.certainty.labels
            parts.append(f"calibrated on {labels} labels (line {crc32(line):08x})")
        if self.least != LEAST:
            parts.append(f"abstains below {self.least:g}")
        return ", ".join(parts)

    def judge(self, question: Question) -> Judgement:
        """Return which answer is chosen, or why none is.

        Raises:
            ModelError: The model could not be asked. What it answers raises nothing.
        """
        votes = (self._vote(question, swapped=False), self._vote(question, swapped=True))
        one, other = votes
        if one is None or other is None:
            lost = "neither answer was" if one is other else "one of two answers was not"
            return Judgement(votes, None, None, f"{lost} a verdict")
        if one.first != other.first:
            place = "first" if one.first else "second"
            told = f"it chose by place: the {place} answer in both orders, whichever that was"
            return Judgement(votes, None, None, told)
        probability = self.certainty.probability((one.certainty + other.certainty) / 2)
        if probability < self.least:
            told = f"it is not sure: {probability:.2f}, at least {self.least:.2f} is asked for"
            return Judgement(votes, None, probability, told)
        return Judgement(votes, one.first, probability, one.reason)

    def _vote(self, question: Question, *, swapped: bool) -> Vote | None:
        try:
            answer = self.reasoner.complete(question.prompt(swapped=swapped))
        except UNUSABLE:
            return None  # counted by whoever reads the votes
        return Vote((answer.choice == "A") != swapped, answer.certainty, answer.reason)

    def opinion(
        self, criterion: str, *, persona: Persona, transcript: Transcript, step: Step
    ) -> Opinion:
        """Return whether the reply of a step meets a criterion.

        Raises:
            ModelError: The model could not be asked.
        """
        if not (step.reply or "").strip():
            return Opinion(False, "there was no reply to judge")
        until = [each for each in transcript.steps if each.number < step.number]
        said = [message for each in (*until, step) for message in _messages(each, step.thread)]
        found = self.judge(
            Question(
                MEETS,
                MEETS_NOT,
                asked=f"Does the assistant's last message meet this? {criterion}",
                persona=persona,
                conversation=tuple(said),
            )
        )
        return Opinion(found.first, found.why, found.probability)


def _messages(step: Step, thread: str) -> list[Message]:
    """Return what a step adds to a conversation."""
    if step.kind != "user" or step.thread != thread:
        return []
    said = [Message("user", step.said)]
    return said if step.reply is None else [*said, Message("assistant", step.reply)]
