"""Which memories a message needs: decided without a model, and "none" is a good answer."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from usermind.errors import InvalidInputError
from usermind.graphs.sources import Source, in_order, is_legal, plans, written
from usermind.memory import Recollection, UserMemory
from usermind.memory.journal import ASSISTANT, USER
from usermind.memory.pasted import own_words
from usermind.models.offline.clauses import sentences

ENOUGH = 0.1
"""Score of the best memory below which a message that names nothing of the user's needs none.
Fitted by `benchmarks/fit_planner.py`; of 1,113 questions it turns away 2."""
WORTH = (-0.381, 0.782, -0.624, -0.817)
"""What a memory is worth as evidence, in log-odds: a bias, and weights of the log-odds of its own
score, of those of the best one, and of the logarithm of its rank. Fitted by
`benchmarks/fit_planner.py` on LoCoMo."""
WORTH_SHOWING = 0.007
"""Probability of being evidence from which on a memory is shown beside the best one: as much of the
evidence as a tenth of the best score gave, in a tenth fewer tokens."""

_SMALL_TALK = re.compile(
    r"""^[\W_]*(?:
        (?:hi|hello|hey|hiya|yo|good\ (?:morning|afternoon|evening|night)|morning|evening)
        (?:\ (?:there|again|you|all))?
      | (?:many\ )?thank(?:s|\ you)(?:\ (?:so\ much|a\ lot|very\ much|again))?
      | thx|cheers|ta
      | ok(?:ay)?|k|cool|great|nice|perfect|lovely|awesome|sure|fine|right|alright|got\ it
      | yes|yeah|yep|no|nope|please|lol|haha+
      | bye|goodbye|see\ you(?:\ (?:later|soon|tomorrow))?|later|good\ ?night|ciao
    )(?:[\W_]+|$)""",
    re.IGNORECASE | re.VERBOSE,
)


_FOR_THE_USER = re.compile(
    r"""\b(?:
        plan|suggest|recommend|propose|write|draft|compose|organi[sz]e|prepare|pick|choose|gift
      | ideas?|advice|advise|tips?|help\ me|what\ should\ i|what\ could\ i|where\ should\ i
      | how\ should\ i|what\ (?:can|shall)\ i|for\ me|as\ i\ would
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What asks for something made or chosen for this user, which all of their habits bear on."""
_TASKS = (
    ("writing", re.compile(r"\b(?:write|draft|compose|reply|e-?mail|letter|as i would)\b", re.I)),
    ("recommending", re.compile(r"\b(?:suggest|recommend|pick|choose|gift|ideas?)\b", re.I)),
    ("planning", re.compile(r"\b(?:plan|organi[sz]e|prepare|propose)\b", re.I)),
)
_QUESTION = re.compile(
    r"\?|^\W*(?:who|what|when|where|which|whose|how|is|are|does|do|did|tell)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the conversation."""

    author: str
    """`"user"` or `"assistant"`."""
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a planner decides by."""

    memory: UserMemory
    """Of whoever asks."""
    message: str
    """What they say."""
    held: tuple[Source, ...]
    """Where there may be anything to find: no other source may be planned."""
    named: tuple[Source, ...]
    """Where the message names something, or means it by a pronoun."""
    earlier: Callable[[], Sequence[Said]]
    """Returns the messages of the conversation before it, the oldest first, read when called."""


class Planner(Protocol):
    """Chooses what a turn draws on. Any function of this form is one."""

    def __call__(self, asked: Asked) -> Sequence[Source]:
        """Return the sources that a message needs, in a legal order; none where it needs none.

        Raises:
            ModelError: A model that it asked failed; then the rules plan in its place.
        """
        ...


def by_rules(asked: Asked) -> tuple[Source, ...]:
    """Plan without a model: the planner of every turn for which no other is named."""
    return plan_sources(asked.message, held=asked.held, named=asked.named)


def checked_plan(sources: Sequence[Source], held: Collection[Source]) -> tuple[Source, ...]:
    """Return what a planner chose.

    Raises:
        InvalidInputError: It is none of `usermind.graphs.sources.plans` over what is held.
    """
    if is_legal(sources, held):
        return tuple(sources)
    known = ", ".join(repr(written(plan)) for plan in plans(frozenset(held))[:6])
    raise InvalidInputError(
        f"The planner chose {list(sources)}, which is no legal plan over what is held: {known}, … "
        "The message is kept and was not answered. Let the planner return one of "
        "`usermind.graphs.sources.plans(frozenset(asked.held))`; `in_order` puts sources in order."
    )


def plan_sources(
    message: str, *, held: Collection[Source] = (), named: Collection[Source] = ()
) -> tuple[Source, ...]:
    """Return the sources worth searching for a message, in order; none for mere courtesies.

    What was said and what is believed is searched for anything else. The rest is, where there is
    any: concepts where one is named or something is asked, entities where one is named, the
    profile where something is to be made or chosen for the user, a catalogue where what it holds is
    asked for, feedback where what was recommended, or what the user made of it, is.

    Args:
        message: What the user says.
        held: Where there is anything, beside observations and propositions.
        named: Where the message names something.

    >>> plan_sources("Thanks, see you later!", held=["concept"])
    ()
    >>> plan_sources("Thanks! What's my sister's name?")
    ('observation', 'proposition')
    >>> plan_sources("Walk Bo!", held=["concept", "profile"], named=["concept"])
    ('concept', 'observation', 'proposition')
    >>> plan_sources("Plan my weekend", held=["concept", "profile"])
    ('observation', 'proposition', 'profile')
    """
    rest = message
    while match := _SMALL_TALK.match(rest):
        if match.end() == 0:
            break
        rest = rest[match.end() :]
    if not re.search(r"\w", rest):
        return ()
    sources: list[Source] = ["feedback"] if "feedback" in named else []
    sources += ["observation", "proposition"]
    if "concept" in named or ("concept" in held and _QUESTION.search(rest)):
        sources.append("concept")
    sources += [each for each in ("entity", "catalogue") if each in named]
    if "profile" in held and is_for_the_user(rest):
        sources.append("profile")
    return in_order(sources)


def is_for_the_user(message: str) -> bool:
    """Say whether a message wants something made or chosen for its author.

    >>> is_for_the_user("Plan my weekend"), is_for_the_user("Where do I live?")
    (True, False)
    """
    return _FOR_THE_USER.search(message) is not None


def task_of(message: str) -> str:
    """Return the task of the profile that a message needs.

    >>> task_of("Draft a mail to my landlord")
    'writing'
    """
    return next((task for task, form in _TASKS if form.search(message)), "conversation")


ASKED = 1_000
"""Characters at the beginning and at the end of a message where it says what is wanted."""

_TEXT = (
    r"(?:e-?mails?|mails?|messages?|letters?|texts?|notes?|repl(?:y|ies)|answers?|posts?|comments?|"
    r"cards?|invitations?|speech|toast)"
)
_WRITE = (  # but not "I write …", which tells, nor "my reply …"
    r"(?<!\bi )(?<!\bi usually )(?<!\bi always )(?<!\bmy )"
    r"\b(?:(?:re)?writ(?:e|ing)|draft|compose|reply|respond|answer|accept|decline|word|phrase)\b"
)
_AS_I = (
    r"\b(?:as|like|the way|how)(?: (?:if|though))? i"
    r"(?:['’]d| would| do| did| normally| usually| write| wrote| had written)\b"
)
_LIKE_ME = (
    r"\b(?:(?:in|with|using|match(?:ing)?|mimic|imitate|copy) my (?:own )?(?:\w+ )?"
    r"(?:style|voice|tone|words|wording|manner)|(?:sounds?|sounding|reads?) like "
    r"(?:me|i (?:wrote|would)))\b"
)
_WRITES = re.compile(_WRITE, re.IGNORECASE)
_TEXTS = re.compile(rf"\b{_TEXT}\b", re.IGNORECASE)
_AS_I_DO = re.compile(_AS_I, re.IGNORECASE)
_SOUNDS_LIKE_ME = re.compile(_LIKE_ME, re.IGNORECASE)
_REPLY_FOR_ME = re.compile(
    r"\b(?:(?:reply|respond|write back) to [^.?!\n]{0,60} for me\b"
    r"|answer (?:\w+['’]s |this |that |the |her |his |their )?(?:\w+ )?"
    rf"{_TEXT}\b[^.?!\n]{{0,40}} for me\b"
    r"|(?:write|draft|compose) (?:me )?(?:a|my) (?:\w+ )?(?:reply|answer|response)\b)",
    re.IGNORECASE,
)


def wants_my_voice(message: str) -> bool:
    """Say whether a message asks for a text that reads as if its author had written it.

    What others wrote in it, a pasted mail, does not ask for anything.

    >>> wants_my_voice("Reply to this mail for me: are you free on Friday?")
    True
    >>> wants_my_voice("Draft a mail to my landlord as I would.")
    True
    >>> wants_my_voice("Draft a mail to my landlord.")
    False
    >>> wants_my_voice("Did Bob answer my message?")
    False
    """
    long = len(message) > 2 * ASKED
    said = own_words(f"{message[:ASKED]}\n{message[-ASKED:]}" if long else message)
    writes, alike = _WRITES.search(said), _SOUNDS_LIKE_ME.search(said)
    return bool(
        (writes and (alike or _AS_I_DO.search(said)))
        or (alike and _TEXTS.search(said))
        or _REPLY_FOR_ME.search(said)
    )


_PERSONAL = re.compile(
    r"\b(?:i|me|my|mine|myself|we|us|our|ours)\b|\bremember\b|\byou (?:know|said|told)\b",
    re.IGNORECASE,
)


def is_personal(message: str, names: Iterable[str] = ()) -> bool:
    """Say whether a message speaks of its author or names somebody that is known.

    >>> is_personal("What is the capital of Norway?", ["Tobias"])
    False
    >>> is_personal("Where does Tobias work?", ["Tobias"])
    True
    """
    said = set(re.findall(r"\w+", message.casefold()))
    known = any(said.intersection(re.findall(r"\w+", name.casefold())) for name in names)
    return known or _PERSONAL.search(message) is not None


def evident(hits: Sequence[Recollection], *, personal: bool) -> list[Recollection]:
    """Return the memories that are worth showing, none where all of them are beside the point.

    What was said and what is claimed is weighed among itself. Replies of the assistant, and what of
    the user's own only asks, are weighed against all of it, but nothing is weighed against them: a
    question fits another one better than its answer does. The rest was named, and stays.

    Args:
        hits: Best first.
        personal: Whether the message speaks of its author, so that even weak evidence may help.
    """
    rows = [hit for hit in hits if hit.kind in ("observation", "proposition")]
    if not personal and (not rows or rows[0].score < ENOUGH):
        return [hit for hit in hits if hit not in rows]
    evidence = [hit for hit in rows if not _tells_nothing(hit)]
    shown = {hit.id for hit in _worthy(evidence)}
    shown |= {hit.id for hit in _worthy(rows) if _tells_nothing(hit)}
    return [hit for hit in hits if hit not in rows or hit.id in shown]


def _tells_nothing(hit: Recollection) -> bool:
    """Say whether a memory is a reply, or a question and no more of the user's."""
    if hit.kind != "observation":
        return False
    asks = hit.author == USER and all(each.question for each in sentences(hit.text))
    return asks or hit.author == ASSISTANT


def _worthy(rows: Sequence[Recollection]) -> Iterator[Recollection]:
    for rank, hit in enumerate(rows, 1):
        if rank == 1 or worth(hit.score, best=rows[0].score, rank=rank) >= WORTH_SHOWING:
            yield hit


def worth(score: float, *, best: float, rank: int) -> float:
    """Return how likely a memory is evidence, in [0, 1], by its place among those found with it.

    Args:
        score: Its relevance.
        best: Relevance of the best one.
        rank: 1 for the best.

    >>> worth(0.5, best=0.6, rank=2) > worth(0.5, best=0.9, rank=2) > worth(0.5, best=0.9, rank=9)
    True
    """
    bias, own, first, place = WORTH
    total = bias + own * _log_odds(score) + first * _log_odds(best) + place * math.log(rank)
    return 1 / (1 + math.exp(-total))


def _log_odds(score: float) -> float:
    within = min(max(score, 1e-4), 1 - 1e-4)
    return math.log(within / (1 - within))


_PAST = re.compile(
    r"\b(?:before|earlier|ever|former(?:ly)?|history|last|old|once|past|previous(?:ly)?|then|"
    r"used\ to|was|were|did|had|changed?)\b",
    re.IGNORECASE,
)


def asks_about_the_past(message: str) -> bool:
    """Say whether a message may want what is no longer so.

    >>> asks_about_the_past("Where did I live before?")
    True
    >>> asks_about_the_past("Where do I live?")
    False
    """
    return _PAST.search(message) is not None


def within_budget(lines: Sequence[str], *, tokens: int) -> int:
    """Return how many of the lines, from the first, fit a token budget; at least one if any.

    A token is counted as four characters, the usual figure for English.
    """
    used = 0
    for place, line in enumerate(lines):
        used += len(line) // 4 + 1
        if used > tokens and place:
            return place
    return len(lines)
