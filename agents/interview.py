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
from usermind.memory.privacy.doors import PRIVATE_MESSAGE
from usermind.memory.propositions import Proposition
from usermind.memory.summary import kind_of
from usermind.memory.text import checked

SOURCE = "interview"
"""Source and session of questions and answers."""
STOPPED = "stopped"
"""Id, at that source, of the note that the user wants no more questions."""
BARE = 8
"""Words up to which an answer without a first person is put into a sentence."""
COMMAND = 80
"""Characters up to which an answer may mean "stop" or "skip"."""

_STOP = re.compile(
    r"^\W*(?:(?:please|ok|okay|no|thanks|thank you|let['’]?s|can we|we can|i want to|"
    r"i['’]d like to|i['’]ve had|i have had)\b\W*)*"
    r"(?:stop|enough|no more|that(?:['’]?s| is) (?:enough|all|it)|quit|exit|done|finish|end|"
    r"i['’]?m done|i am done|leave me alone|not now|later)"
    r"(?:\W+(?:please|thanks|thank|you|now|here|it|this|that|these|those|all|of|with|for|"
    r"today|asking|me|the|questions?|interview|already))*\W*$",
    re.IGNORECASE,
)
"""The whole answer: whoever wants to "stop smoking" goes on."""
_SKIP = re.compile(
    r"^(?:\W*(?:please|no|nope|well|sorry|hmm+|um+)\b)*\W*"
    r"(?:skip|pass|next|"
    r"(?:i |i['’]d |i would )?(?:rather|prefer) not(?: to)?(?: say| answer| tell)?|"
    r"i (?:don['’]?t|do not) (?:want to (?:say|answer|tell)|know|have (?:any|one))|dunno|idk|"
    r"not (?:sure|really|any)|no (?:idea|comment)|none|nothing|nobody|no one|nope|nah|no|n/?a|"
    r"yes|yeah|yep|sure|maybe|)"
    r"(?:\W+(?:please|thanks|thank|this|that|it|one|the|question|for|now|at|all|really|special|"
    r"in|particular|comes|to|mind|on|you))*[\W_]*$",
    re.IGNORECASE,
)
"""The whole answer, too; also one that says nothing, like "Yes." or "?"."""
_OPENING = re.compile(r"^\W*(?:(?:yes|yeah|yep|sure|well|oh|hmm+|um+)\b\W+)+", re.IGNORECASE)
_SENTENCE = re.compile(r"\b(?:i|i['’]\w+|we|is|are)\b|^\W*(?:my|our)\b", re.IGNORECASE)
"""Answers that stand by themselves."""
_ASKS = re.compile(
    r".*[?？؟]\W*$|"
    r"^\W*(?:(?:ok|okay|well|but|and|sorry|hmm+|um+|uh)\b\W*)*"
    r"(?:why|what for|how come|who wants to know|what['’]?s it to you)\b(?!.*[.!].)"
    r"(?!.*\b(?:i['’]?m|i am|my)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""Something asked back, which is no answer."""
_STATED = re.compile(r"^\W*(?:i|i['’]\w+|we)\b", re.IGNORECASE)
"""What is none although it may end as one: "I live in Oslo, why?"."""
_FIRST_PERSON = re.compile(
    r"\b(?:je|j['’]\w+|mon nom|ich|mein name|ik|mijn|jag|jeg|mitt (?:navn|namn)|yo soy|me llamo|"
    r"mi nombre|vivo|soy (?:de|del|un|una)|tengo|trabajo|mi chiamo|io sono|sono (?:di|un|una)|"
    r"abito|lavoro|eu sou|meu nome|me chamo|chamo-me|moro|sou (?:de|um|uma)|jestem|nazywam|"
    r"mieszkam|benim|adım|yaşıyorum|tôi|saya|я|меня|мене|мне|мой|моя|мій|живу|работаю|είμαι|εγώ|"
    r"μένω|λένε|انا|أنا|اسمي|إسمي|لدي|عندي|أعيش|أسكن|أعمل|من|אני|שמי)\b|"
    r"^soy (?-i:[A-ZÀ-Þ])|मैं|मेरा|मेरी|मुझे|我|私|わたし|僕|俺|です|ます|나는|저는|제가|입니다|"
    r"이에요|예요",
    re.IGNORECASE,
)
"""Answers in other languages that stand by themselves. One too many is kept as it was said."""
_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f]")
"""A letter that is none of the Latin alphabet's."""
NAMES = 2
"""Words in another alphabet up to which they are taken for a name and not for a sentence."""
_STATES = (
    r"(?=(?:(?:very|highly|strictly|mostly) )?(?:allergic|vegan|vegetarian|pescatarian|"
    r"lactose.intolerant|gluten.intolerant|intolerant|diabetic|coeliac|celiac)\b)"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing worth knowing."""

    slot: str
    text: str
    why: str
    """Why it is asked, for who asks back."""
    frames: tuple[tuple[str, str], ...]
    """How a bare answer becomes a sentence: the first whose opening matches gets, at `{}`, the
    rest of the answer after the match."""
    filled: Callable[[Proposition], bool]
    """Whether a claim fills the slot."""


def _slot(*names: str) -> Callable[[Proposition], bool]:
    return lambda claim: claim.slot in names


def _says(pattern: str) -> Callable[[Proposition], bool]:
    form = re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
    return lambda claim: form.search(claim.text) is not None


QUESTIONS = (
    Question("name", "What shall I call you?",
             "So that I can call you by it.",
             ((r"(?:just|(?:you can )?call me|it['’]?s) ", "My name is {}."),
              ("", "My name is {}.")),
             _slot("name")),
    Question("home", "Where do you live?",
             "So that what I say of places, weather and times fits where you are.",
             ((r"(?=(?:in|near|outside|at|by|on|close to|north of|south of)\b)", "I live {}."),
              ("", "I live in {}.")),
             _slot("home", "address")),
    Question("work", "What do you do for work, or what do you study?",
             "So that I know what your days are about, and need not explain your own trade to you.",
             ((r"(?=(?:study|work|teach|run)\b)", "I {}."),
              (r"(?=(?:an?|studying|working|retired|unemployed|self-employed|between|at)\b)",
               "I am {}."),
              (r"(?=quit\b|left\b)", "I {}."),
              ("", "My job is {}.")),
             _slot("job", "employer")),
    Question("people", "Who are the people closest to you?",
             "So that I know whom you mean when you speak of them.",
             (("", "The people closest to me are {}."),),
             _says("sister|brother|wife|husband|partner|(?:boy|girl)friend|mother|father|son|"
                   "daughter|child|children|friend|closest")),
    Question("pets", "Which pets do you have, if any?",
             "So that I know whom you mean when you speak of them.",
             (("(?:have )?", "I have {}."),),
             _says("dog|cat|pets?|horse|rabbit")),
    Question("avoid", "Is there any food that you must avoid?",
             "So that I do not suggest food that would do you harm.",
             ((_STATES, "I am {}."),
              ("no ", "I do not eat {}."),
              ("(?:avoid(?:ing)? )?", "I avoid eating {}.")),
             _says("allergic|intolerant|vegan|vegetarian|pescatarian|diet|avoids?|not eat")),
    Question("food", "Which food do you like best?",
             "So that I can suggest what you enjoy.",
             ((_STATES, "I am {}."),
              ("no ", "I do not eat {}."),
              ("(?:(?:love|like) )?", "I love eating {}.")),
             _says("food|eat(?:s|ing)?|dish|cuisine")),
    Question("routines", "What does a usual week of yours look like?",
             "So that plans fit into your week.",
             ((r"(?=\w+ing\b)", "I spend my week {}."),
              (r"(?:usually )?(?=\w)", "I usually {}."),
              ("", "I usually {}.")),
             lambda claim: kind_of(claim.text) == "routine"),
    Question("goals", "What are you working towards at the moment?",
             "So that I can help you to get there.",
             ((r"(?=to\b)", "I want {}."),
              (r"(?=(?:an?|the|my|more|better|enough|\w+ing)\b)", "I am working towards {}."),
              (r"(?=\w)", "I want to {}."),
              ("", "I want to {}.")),
             _says("wants? to|plans? to|hopes? to|goal|working towards|learning|training|saving")),
    Question("style", "How do you like to be answered: briefly, or in depth?",
             "So that my answers have the length that you like.",
             ((r"(?=(?:\w+ly|in|with|to|like)\b)", "I prefer to be answered {}."),
              ("", "I prefer answers that are {}.")),
             _says("answers?|answered|replies|briefly|in depth")),
)  # fmt: skip
"""What is asked, the most useful first."""

Outcome = Literal["kept", "skipped", "stopped", "asked"]


class Interview:
    """Asks one user what is not known yet.

    Args:
        memory: Whose; it is made with the first answer.
        again: Ask also who has told an earlier interview to stop.
    """

    def __init__(self, memory: UserMemory, *, again: bool = False) -> None:
        self._memory = memory
        self._stopped = not again and self.stopped

    @property
    def stopped(self) -> bool:
        """Whether the user told this interview or an earlier one to stop."""
        return self._memory.find_observation(SOURCE, STOPPED) is not None

    def next_question(self) -> str | None:
        """Return what to ask now; None when all is known or asked, or when told to stop.

        The same until it is answered, also in another process.
        """
        question = self._next()
        return None if question is None else question.text

    def why(self) -> str | None:
        """Return why `next_question` is asked, and what becomes of the answer; None without one."""
        question = self._next()
        if question is None:
            return None
        return (
            f"{question.why} What you say is kept in your memory, where you can see, correct and "
            'forget it. "skip" passes, "stop" ends the questions.'
        )

    def answer(self, text: str) -> Outcome:
        """Take the answer to `next_question`, and learn from it.

        A bare answer ("Oslo") is kept as a sentence of the user's ("I live in Oslo."); whatever may
        be a sentence, in any language, as it was said.

        Returns:
            kept; asked, where they ask something back, "Why?" above all: nothing of it is kept, the
            question stays, and `why` has the answer; skipped, where the user passes, or the answer
            is private: nothing of it is kept, and the question is not asked again; stopped, where
            they have had enough: that is remembered, and later interviews ask nothing either
            unless they are told to.

        Raises:
            InvalidInputError: The answer is empty or cannot be stored; the question stays.
            ModelError: It is kept, and could not be learnt from yet.
        """
        said = checked(text, what="answer").strip()
        question = self._next()
        if question is None or _is(_STOP, said):
            if question is not None:
                self._note("The user wants no more questions.", STOPPED)
            self._stopped = True
            return "stopped"
        if not _is(_SKIP, said) and _asks(said):
            return "asked"
        self._note(question.text, f"asked/{question.slot}")
        done = f"done/{question.slot}"
        if _is(_SKIP, said):
            self._note("The user passes.", done)
            return "skipped"
        receipt = self._memory.observe(
            _sentence(said, question), source=SOURCE, session=SOURCE, external_id=done
        )
        if receipt.outcome == "private":  # asked again, it would be as private
            self._note(PRIVATE_MESSAGE, done)
            return "skipped"
        self._memory.reflect()
        return "kept"

    def _note(self, text: str, name: str) -> None:
        self._memory.observe(
            text, source=SOURCE, author=ASSISTANT, session=SOURCE, external_id=name
        )

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
        asked = (question.text, *(frame.format("this") for _, frame in question.frames))
        return all(self._memory.privacy.storable(text, author="user") for text in asked)


def _is(command: re.Pattern[str], said: str) -> bool:
    return len(said) <= COMMAND and command.match(said) is not None


def _asks(said: str) -> bool:
    return _is(_ASKS, said) and not _STATED.match(said)


def _sentence(said: str, question: Question) -> str:
    words = said.split()
    if len(words) > BARE or _SENTENCE.search(said) or _FIRST_PERSON.search(said):
        return said
    if len(words) > NAMES and all(map(_FOREIGN.search, words)):
        return said
    bare = _OPENING.sub("", said).rstrip(" .!")
    for opening, frame in question.frames:
        if match := re.match(opening, bare, re.IGNORECASE):
            rest = bare[match.end() :]
            # Where a word is looked for, it is no name.
            return frame.format(_inside(rest) if "(?=" in opening else rest)
    raise AssertionError("the last frame takes any answer")


def _inside(words: str) -> str:
    """Return words without the capital that began the answer; "MBA" keeps it."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
