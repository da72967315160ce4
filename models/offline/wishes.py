"""Words in which a user asks to be reminded of something, or which of that is still to come."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from usermind.models.unsure import CONDITION, TOLD, UNREAL

_QUOTED: Final = re.compile(r"[\"“„«][^\"“”„«»]*[\"”“»]|^[^\S\n]*>.*$", re.MULTILINE)
_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+(?![ap]\.?m\b)|\n+", re.IGNORECASE)
_FIRST: Final = (
    r"(?:hey|hi|hello|ok|okay|so|and|but|also|then|now|oh|oops|well|yes|no|hm+|thanks|thank you|"
    r"great|sorry|wait|actually|instead|correction|alternatively|on second thoughts?|"
    r"change of plans?|by the way|btw|one more thing)"
)
_POLITE: Final = (
    r"(?:please|pls|kindly|just|do|could you|can you|would you|will you|"
    r"i(?:['’]d| would) like you to|i want you to|i need you to|don['’]t forget to|"
    r"do not forget to|remember to|make sure to|be sure to|make sure you)"
)
_I: Final = r"i (?:also |really )?(?:need|want|would like|['’]d like)|i['’]d (?:also )?like"
_QUESTION: Final = (
    r"(?:who|whose|what|when|where|why|how|which|whether|if|did|do|does|is|are|was|were|am|have|"
    r"has|had|can|could|should|will|would)\b"
)
_ORDER: Final = (
    rf"(?:remind me\b(?!\W*(?:again\W+)?{_QUESTION})|"
    r"(?:set|create|make|add|schedule|give)(?: me)? (?:a|another|one more) reminder\b|"
    rf"(?:{_I}) (?:(?:a|another) reminder\b|to be reminded\b)|"
    r"(?:don['’]t|do not) let me forget\b)[,:]?\s*"
)
_WISH: Final = re.compile(
    rf"^(?:[-*+]\s+(?:\[ \]\s+)?)?(?P<first>(?:(?:{_FIRST}|{_POLITE})[,!:]?\s+)*){_ORDER}"
    r"(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_WITHIN: Final = re.compile(
    rf"^(?P<about>.+?)(?:,|\s[–—-])\s+(?P<first>(?:so|but|and)\s+)?"
    rf"(?P<polite>(?:(?:{_POLITE}),?\s+)*){_ORDER}(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
"""A wish after what it is about: "I see Kim tomorrow at 10, so please remind me at 9"."""
_OWN: Final = re.compile(r"^(?:\W*(?:and|so|but|oh|hey|hi),?\s+)*(?:i|we|my|our)\b", re.IGNORECASE)
_TOLD: Final = re.compile(
    rf"\b(?:{TOLD}|tells?|asks?|writes?|begged|wants?|{CONDITION}|{UNREAL}|would|could)\b",
    re.IGNORECASE,
)
_CORRECTED: Final = re.compile(
    r"^(?:.*\b)?(?:actually|instead|sorry|wait|no|oops|correction|alternatively|"
    r"on second thoughts?|change of plans?)\b",
    re.IGNORECASE,
)
_INSTEAD: Final = re.compile(r"(?:(?:,|(?<!\s))\s*)?\binstead\b(?! of\b)", re.IGNORECASE)
_REFUSED: Final = re.compile(
    r"^(?:(?:ok|okay|so|and|please|well|oh|no|thanks|actually|sorry),?\s+)*(?:don['’]t|do not|"
    r"never|no need to|stop|cancel|delete|drop|remove|never ?mind|forget|you need not|"
    r"you (?:don['’]t|do not|needn['’]t)(?: (?:need|have) to)?)\s+(?!forget\b).{0,40}?"
    r"\bremind(?:ers?|ing)?\b(?: me\b)?(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_MOVED: Final = re.compile(
    rf"^(?:(?:{_FIRST}|{_POLITE})[,!:]?\s+)*(?:move|change|shift|postpone|reschedule|push|delay)"
    r"(?: back)? (?:the|my|that|this) reminder\b(?P<what>.*?)\s*\b(?:to|until|till|for) "
    r"(?P<rest>(?!(?:call|see)\b).*)$",
    re.IGNORECASE | re.DOTALL,
)
_LISTED: Final = re.compile(
    rf"^(?:(?:{_FIRST}|please|pls|can you|could you)[,!:]?\s+)*"
    r"(?:(?:what|which)(?: of my)? reminders (?:do I (?:still )?have|have I|are (?:there|set|"
    r"pending|coming|left|active|still)|did I|am I)\b|"
    r"(?:what|which) are my reminders\b|(?:list|show|tell|give)(?: me)?(?: all)?(?: of)? my "
    r"(?:pending |coming |open )?reminders\b|do I (?:still )?have (?:any |some )?reminders\b|"
    r"(?:are there )?any reminders\b|what (?:will|are) you (?:going to )?remind(?:ing)? me (?:of|"
    r"about|to do)\b|what (?:did I ask|have I asked) you to remind me\b)",
    re.IGNORECASE,
)
_TELLS: Final = re.compile(
    r"^(?:\W*\w+,?\s+){0,2}?(?:will|must|shall|should|needs? to|wants? to|have to|has to|"
    r"would like to|\w*['’]ll|going to) (?:be reminded|remind (?:you|yourself|the assistant))\b|"
    r"\b(?:needs?|wants?|would like|asks?|asked) (?:to be reminded|(?:for )?an? reminder|"
    rf"(?:\w+ )?to remind (?:them|him|her))\b|^(?:(?:{_FIRST}|{_POLITE})[,!:]?\s+)*"
    r"remind (?!me\b)\w",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asking:
    """One sentence in which the user says something of what they are to be reminded of."""

    does: Literal["wish", "move", "refuse"]
    rest: str
    """What comes after the words that ask: when, and of what."""
    about: str = ""
    """Of a wish what was said before it, which it may be about; of a move the reminder."""
    changes: bool = False
    """Whether it may stand in the place of an earlier one."""


def said_without_quotes(text: str) -> Iterator[str]:
    """Yield the sentences of a text without what is quoted in them."""
    for sentence in _SENTENCE.split(_QUOTED.sub(" ", text)):
        if sentence.strip():
            yield sentence.strip()


def asking(sentence: str) -> Asking | None:
    """Return what a sentence asks about reminders, or None.

    What is told of somebody else, asked as a question or said on a condition asks nothing.
    """
    if not sentence.endswith("?"):
        if found := _REFUSED.match(sentence):
            return Asking("refuse", found["what"])
        if found := _MOVED.match(sentence):
            return Asking("move", found["rest"], found["what"], changes=True)
    if found := _WISH.match(sentence):
        instead = _INSTEAD.search(found["rest"]) is not None
        changes = instead or _CORRECTED.match(found["first"]) is not None
        return Asking("wish", _INSTEAD.sub("", found["rest"]), changes=changes)
    found = _WITHIN.match(sentence)
    if found is None or not (found["first"] or found["polite"]) or _TOLD.search(found["about"]):
        return None
    if not _OWN.match(found["about"]) and (found["first"] or "").strip().lower() == "and":
        return None
    return Asking("wish", found["rest"], found["about"])


def asks_for_list(message: str) -> bool:
    """Say whether a message asks which reminders are to come."""
    return any(_LISTED.match(sentence) for sentence in said_without_quotes(message))


def tells_of_reminding(text: str) -> bool:
    """Say whether a sentence or claim tells that the user is to be reminded, or reminds the reader.

    Such words are no fact about the user, and no plan of theirs: what they ask for is read from
    the message itself.
    """
    heard = asking(text.strip())
    if heard is not None:  # "I see Kim at 10, so please remind me at 9" tells something too
        return heard.does != "wish" or not heard.about
    return _TELLS.search(text.strip()) is not None
