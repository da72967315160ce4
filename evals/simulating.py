"""A simulated user: wants something, says it bit by bit when asked, and knows it when they see it.

    opening → reply → does it satisfy the need? → thanks
                    → does it ask something?    → one facet that the question is about, or none
                    → else                      → what is wrong with it

Rules decide all of that, so that a conversation can be played again. A model, where there is one,
words it and finds what a question is about beyond its words. It is given nothing that must not be
said yet, and what it says is checked: where it tells more than one thing, the script speaks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from pydantic import ConfigDict

from usermind.agents.reply import Reply
from usermind.errors import InvalidInputError
from usermind.evals.phrases import plain
from usermind.evals.unusable import UNUSABLE
from usermind.memory.ranking import STOP_WORDS
from usermind.models.reasoner import Reasoner
from usermind.prompts import SaidLine, SimulateUserPrompt, TaskLine, TellLine
from usermind.prompts.simulate_user import MOST_FACTS
from usermind.tools.content_terms import stems

THANKS = "Yes, that is what I need. Thank you!"
NO_MATTER = "That does not matter to me."
NOT_IT = "That is not quite what I need."
LONGEST_MESSAGE = 1_000
"""Characters of a message that the model is shown."""

Act = Literal["open", "answer", "object", "accept"]
"""What a message of the simulated user does."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One side of what somebody needs."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    about: str
    """What a question on it is about, in a few words: `"allergies, ingredients"`. A question that
    shares one of these words, or of `wants` and `avoids`, is about it."""
    says: str
    """How the user tells of it: `"Bo is allergic to chicken."`"""
    wants: tuple[str, ...] = ()
    """Phrases of which a reply, or what it recommends, must offer one."""
    avoids: tuple[str, ...] = ()
    """Phrases of which it must offer none; "without chicken" offers none."""
    secret: bool = False
    """Whether it is told only when it is asked about, and no feedback speaks of it."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a simulated user is after.

    Raises:
        InvalidInputError: It has no opening, or no facet says what it wants: any reply would do.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    opening: str
    """The first message. It tells less than the facets do."""
    facets: tuple[Facet, ...]
    name: str = "Ana"

    def __post_init__(self) -> None:
        if not self.opening.strip():
            raise InvalidInputError("The need has no opening. Say what the user writes first.")
        if not any(facet.wants for facet in self.facets):
            raise InvalidInputError(
                "No facet of the need has `wants`, so that any reply would satisfy it. Give one of "
                "them phrases that a good reply has."
            )
        if len(self.facets) > MOST_FACTS:
            raise InvalidInputError(
                f"The need has {len(self.facets)} facets; {MOST_FACTS} are allowed."
            )


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message of the simulated user."""

    text: str
    act: Act
    told: int | None = None
    """Place of the facet that it tells of, from 0; None: of none."""
    by: Literal["script", "model"] = "script"
    instead: str | None = None
    """Why the script spoke in place of the model that was asked, when it did."""


class SimulatedUser:
    """Plays a user with a hidden need. Holds the state of one conversation.

    Args:
        need: What they are after.
        reasoner: Words what they say, one call a message that answers or objects; None: the script
            does, and the same replies make the same conversation.
    """

    def __init__(self, need: Need, *, reasoner: Reasoner | None = None) -> None:
        self.need = need
        self.reasoner = reasoner
        self.told: set[int] = set()
        """Places of the facets that were told so far."""
        self._said: list[SaidLine] = []

    def opens(self) -> Utterance:
        """Begin a conversation anew and return its first message."""
        self.told.clear()
        self._said = [SaidLine("user", self.need.opening, longest=LONGEST_MESSAGE)]
        return Utterance(self.need.opening, "open")

    def responds(self, reply: str, recommended: Sequence[str] = ()) -> Utterance:
        """Return what the user says to a reply.

        Args:
            reply: What the assistant said.
            recommended: What it recommends, each as a title with the words of its attributes.

        Raises:
            ModelError: The model could not be asked. What it answers raises nothing.
        """
        if not self._said:
            self.opens()
        self._said.append(SaidLine("assistant", reply, longest=LONGEST_MESSAGE))
        uttered = self._decided(reply, recommended)
        if self.reasoner is not None and uttered.act in ("answer", "object"):
            uttered = self._worded(self.reasoner, uttered)
        if uttered.told is not None:
            self.told.add(uttered.told)
        self._said.append(SaidLine("user", uttered.text, longest=LONGEST_MESSAGE))
        return uttered

    # -- by rule --------------------------------------------------------------------------

    def accepts(self, reply: str, recommended: Sequence[str] = ()) -> bool:
        """Say whether a reply is what the user needs; arguments as of `responds`.

        Of what is recommended one must have all that is wanted, and none what is to be avoided.
        Where nothing is, the statements of the reply count; its questions offer nothing.
        """
        return not self._lacking(reply, recommended)

    def _decided(self, reply: str, recommended: Sequence[str]) -> Utterance:
        lacking = self._lacking(reply, recommended)
        if not lacking:
            return Utterance(THANKS, "accept")
        questions, _ = _parted(reply)
        if questions:
            place = self._asked_about(" ".join(questions))
            text = NO_MATTER if place is None else self.need.facets[place].says
            return Utterance(text, "answer", place)
        for place in lacking:
            facet = self.need.facets[place]
            if not facet.secret or place in self.told:
                return Utterance(f"{NOT_IT} {facet.says}", "object", place)
        return Utterance(NOT_IT, "object")

    def _lacking(self, reply: str, recommended: Sequence[str]) -> list[int]:
        """Return the facets that are not satisfied: what is to be avoided first."""
        texts = list(recommended) or ["\n".join(_parted(reply)[1])]
        facets = list(enumerate(self.need.facets))
        bad = [
            place
            for place, facet in facets
            if any(offers(text, phrase) for text in texts for phrase in facet.avoids)
        ]
        missing = min(
            (
                [
                    place
                    for place, facet in facets
                    if facet.wants and not any(offers(text, phrase) for phrase in facet.wants)
                ]
                for text in texts
            ),
            key=len,
        )
        return [*bad, *(place for place in missing if place not in bad)]

    def _asked_about(self, question: str) -> int | None:
        """Return the facet that a question is about; None: there is none.

        It is the one that shares most content words with it. A question that has none beyond the
        opening asks what is wanted at all: it gets what is no secret.
        """
        asked = _content(question) - self._opened()
        if not asked:
            facets = enumerate(self.need.facets)
            new = (p for p, facet in facets if not facet.secret and p not in self.told)
            return next(new, None)
        shared = [len(asked & _description(facet)) for facet in self.need.facets]
        most = max(shared)
        # Of equals one that is new, else the first: a repeated answer brings nobody further.
        best = [place for place, count in enumerate(shared) if count == most]
        return next((p for p in best if p not in self.told), best[0]) if most else None

    def _opened(self) -> set[str]:
        """Return the words that tell nothing, since the user begins with them."""
        return _content(f"{self.need.name} {self.need.opening}")

    def _words(self, place: int) -> set[str]:
        """Return the words by which a message is known to tell of a facet."""
        facet = self.need.facets[place]
        return (_description(facet) | _content(facet.says)) - self._opened()

    # -- by a model -----------------------------------------------------------------------

    def _worded(self, reasoner: Reasoner, scripted: Utterance) -> Utterance:
        """Return a model's wording, or the scripted one where that tells what it must not."""
        sayable = self._sayable(scripted)
        prompt = SimulateUserPrompt(
            user_name=self.need.name,
            facts=tuple(
                TellLine(number, self.need.facets[place].says)
                for number, place in enumerate(sayable, start=1)
            ),
            conversation=tuple(self._said),
            task=TaskLine("answer" if scripted.act == "answer" else "object"),
        )
        try:
            answer = reasoner.complete(prompt)
        except UNUSABLE:
            return _instead(scripted, "the model's answer was no message")
        if answer.tells > len(sayable):
            return _instead(scripted, "the model told of what it was not given")
        place = sayable[answer.tells - 1] if answer.tells else None
        if scripted.act == "object" and _PLEASED.search(plain(answer.says)):
            return _instead(scripted, "the model was content, which the user is not")
        if self._leaks(answer.says, place):
            return _instead(scripted, "the model told more than it may")
        if place is not None and not self._words(place) & _content(answer.says):
            place = None  # it names a facet and says nothing of it
        return Utterance(" ".join(answer.says.split()), scripted.act, place, by="model")

    def _sayable(self, scripted: Utterance) -> list[int]:
        """Return the facets that the next message may tell of."""
        if scripted.act == "object":
            return [] if scripted.told is None else [scripted.told]
        return [
            place
            for place, facet in enumerate(self.need.facets)
            if not facet.secret or place == scripted.told or place in self.told
        ]

    def _leaks(self, says: str, place: int | None) -> bool:
        """Say whether a message has words of a facet that was not told, and is not told now.

        Words that were said before, whoever said them, give nothing away.
        """
        known = _content(" ".join(line.text for line in self._said))
        for told in (*self.told, *(() if place is None else (place,))):
            known |= self._words(told)
        return any(
            (self._words(other) - known) & _content(says) for other in range(len(self.need.facets))
        )


def _instead(scripted: Utterance, why: str) -> Utterance:
    return Utterance(scripted.text, scripted.act, scripted.told, instead=why)


# -- words ----------------------------------------------------------------------------------

_BETWEEN = re.compile(r"(?<=[.!?？])\s+|(?<=[.!?？][\"”’)])\s+|\n+")
_REQUEST = re.compile(
    r"^\W*(?:please |first,? |so,? )*(?:tell me|let me know|describe|name) (?:please )?(?:more )?"
    r"(?:about|what|which|who|how|where|when|whether|your|the|a|an)\b(?!.*\b(?:if|whenever)\b)"
)
_ECHO = re.compile(
    r"^\W*(?:you(?:'ve| have)? (?:said|told|mention|want|prefer|like|need|ask|are looking)|noted\b|"
    r"i(?:'ll| will) (?:remember|note|keep)|i(?:'ve| have) (?:noted|remembered)|got it|understood)"
)
"""Sentences that give the user's words back; they offer nothing."""
_CLOSING = re.compile(
    r"\b(?:(?:any|some)thing (?:else|more)|can i (?:help|do)|help (?:you )?further|"
    r"does (?:that|this) (?:help|work|sound|suit)|how (?:does|do) (?:that|this|these|those) "
    r"(?:sound|look)|what do you think|shall i go on)\b"
)
"""Questions that end a reply and ask for nothing of the need."""
_PLEASED = re.compile(
    r"\b(?:thanks|thank you|perfect|sounds (?:good|great)|(?:that|this)(?: i|')s "
    r"(?:exactly |just )?(?:it|great|good|perfect|right|what i (?:need|want))|"
    r"i(?:'ll| will) take)\b"
)
"""Words of somebody who has what they need."""
_CLAUSE = re.compile(r"[.,;:!?()\n]|\b(?:but|though|however|yet)\b")
_NEGATION = re.compile(
    r"\b(?:no|not|non|without|never|neither|nor|avoid\w*|exclud\w*|free (?:of|from)|instead of|"
    r"rather than|except|lacks?|cannot|\w+n't)\W+(?:\w+\W+){0,4}$"
)
_GENERIC = frozenset(
    _word
    for _word in stems(
        "also anything ask care choose consider could detail find further give got happy help idea "
        "important interested kind know let like look looking matter may maybe mean mind need one "
        "option please prefer preference really recommend right say something sort specific "
        "particular suggest sure tell thank thing think type use want well would yes"
    )
)
"""Words of asking and answering; they are about nothing."""


def _content(text: str) -> set[str]:
    """Return the stems of what a text is about."""
    said = re.findall(r"\w+", text.casefold())
    return stems(" ".join(word for word in said if word not in STOP_WORDS)) - _GENERIC


def _description(facet: Facet) -> set[str]:
    """Return the words by which a question is about a facet.

    Not those of what is said of it: its subject, such as a name, may be that of any question.
    """
    return _content(" ".join((facet.about, *facet.wants, *facet.avoids)))


def _parted(reply: str) -> tuple[list[str], list[str]]:
    """Return the questions of a reply that want an answer, and the statements that offer."""
    questions: list[str] = []
    statements: list[str] = []
    for sentence in filter(None, map(str.strip, _BETWEEN.split(reply))):
        said = plain(sentence)
        if said.rstrip("\"”')").endswith(("?", "？")) or _REQUEST.search(said):
            if not _CLOSING.search(said):
                questions.append(sentence)
        elif not _ECHO.search(said):
            statements.append(sentence)
    return questions, statements


def offers(text: str, phrase: str) -> bool:
    """Say whether a text offers something, which it does not where it only says that it is not.

    >>> offers("Salmon, without any chicken.", "salmon")
    True
    >>> offers("Salmon, without any chicken.", "chicken")
    False
    >>> offers("chicken-free", "chicken")
    False
    """
    wanted = re.compile(rf"(?<!\w){re.escape(plain(phrase))}(?![\w]|[- ]free\b)")
    text = plain(text)
    for found in wanted.finditer(text):
        before = text[: found.start()]
        clause = _CLAUSE.split(before)[-1]
        if not _NEGATION.search(clause):
            return True
    return False


# -- conversations --------------------------------------------------------------------------


class Answers(Protocol):
    """What is talked with; `usermind.agents.Assistant` is one."""

    def turn(self, user_id: str, message: str, *, thread_id: str = "main") -> Reply:
        """Return the reply to one message."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of the simulated user, and the reply to it."""

    uttered: Utterance
    reply: Reply

    @property
    def failed(self) -> bool:
        """Whether there is no real reply."""
        return self.reply.error is not None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said, and what came of it."""

    exchanges: tuple[Exchange, ...]
    satisfied: bool
    """Whether the last reply was what the user needed."""

    @property
    def told(self) -> tuple[int, ...]:
        """Places of the facets that the user told, in the order of telling."""
        places = (each.uttered.told for each in self.exchanges)
        return tuple(dict.fromkeys(place for place in places if place is not None))


def converse(
    assistant: Answers,
    simulated: SimulatedUser,
    *,
    max_turns: int = 6,
    user_id: str = "ana",
    thread_id: str = "main",
) -> Conversation:
    """Let a simulated user talk with an assistant until they have what they need.

    Args:
        assistant: Whom they talk with.
        simulated: Who talks; begins anew.
        max_turns: Messages of the user, at most.
        user_id: The user of the assistant's memory.
        thread_id: The conversation there.

    Returns:
        What was said. It ends early where a reply satisfies, or the assistant's model failed
        (`Exchange.failed`).

    Raises:
        InvalidInputError: `max_turns` is below 1.
        UsermindError: A message could not be stored, or the model of the simulated user not asked.
    """
    if max_turns < 1:
        raise InvalidInputError(
            f"`max_turns` is {max_turns}. Expected 1 or more. Nothing was said."
        )
    uttered = simulated.opens()
    exchanges: list[Exchange] = []
    while True:
        reply = assistant.turn(user_id, uttered.text, thread_id=thread_id)
        exchanges.append(Exchange(uttered, reply))
        goods = [each.item.told() for each in reply.recommended]
        satisfied = reply.error is None and simulated.accepts(reply.text, goods)
        if satisfied or reply.error is not None or len(exchanges) == max_turns:
            return Conversation(tuple(exchanges), satisfied)
        uttered = simulated.responds(reply.text, goods)
