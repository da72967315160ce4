"""Which memories a message needs: decided without a model, and "none" is a good answer."""

import re
from collections.abc import Iterable, Sequence

from usermind.memory import Recollection
from usermind.memory.pasted import own_words
from usermind.types import Kind

ENOUGH = 0.05
"""Score of the best memory below which a message that names nothing of the user's needs none. On
LoCoMo 99.0 % of the questions have a better one, of general requests to the same memories 3 %."""
BESIDE = 0.1
"""Share of the best score from which on a memory is given beside it: a tenth fewer tokens, and
0.003 less of the evidence on LoCoMo (`benchmarks/context.py`)."""

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


def plan_sources(
    message: str, *, held: Sequence[Kind] = (), named: Sequence[Kind] = ()
) -> tuple[Kind, ...]:
    """Return the kinds of memory worth searching for a message; none for mere courtesies.

    What was said and what is believed is searched for anything else. The rest is, where there is
    any: concepts where one is named or something is asked, entities where one is named, the
    profile where something is to be made or chosen for the user.

    Args:
        message: What the user says.
        held: Kinds of which there is anything, beside observations and propositions.
        named: Kinds of which the message names something.

    >>> plan_sources("Thanks, see you later!", held=["concept"])
    ()
    >>> plan_sources("Thanks! What's my sister's name?")
    ('observation', 'proposition')
    >>> plan_sources("Walk Bo!", held=["concept", "profile"], named=["concept"])
    ('observation', 'proposition', 'concept')
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
    sources: list[Kind] = ["observation", "proposition"]
    if "concept" in named or ("concept" in held and _QUESTION.search(rest)):
        sources.append("concept")
    if "entity" in named:
        sources.append("entity")
    if "profile" in held and _FOR_THE_USER.search(rest):
        sources.append("profile")
    return tuple(sources)


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

    Args:
        hits: Best first.
        personal: Whether the message speaks of its author, so that even weak evidence may help.
    """
    if not hits or (hits[0].score < ENOUGH and not personal):
        return []
    return [hit for hit in hits if hit.score >= BESIDE * hits[0].score]


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
