"""What others asked the user by mail and wait for: by rules, which rather miss one than invent one.

A mail counts that was written to the user in person (`memory.letters`), ends its conversation, and
asks something of its reader: a question with "you" or "we" in it, or a plain request for an answer.
What is asked out of politeness, for effect, on a condition, of somebody else or in a quotation does
not. Its words are quoted in the offer, and never obeyed.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from usermind.memory import UserMemory
from usermind.memory.journal import Observation
from usermind.memory.zones import in_zone
from usermind.models.offline.dates import first_day
from usermind.models.unsure import IF

WAIT: Final = timedelta(hours=20)
"""How old a question is before it is offered: most are answered within a day."""
FIRST: Final = timedelta(hours=1)
"""The same where an answer is wanted by a day that is near."""
NEAR: Final = timedelta(hours=36)
"""How long before the end of that day it is near."""
OLDEST: Final = timedelta(days=7)
"""How old a mail may be: what nobody answered for a week is let be."""
LONGEST: Final = 4_000
"""Characters of a mail; longer ones are no letters."""

_HEAD: Final = re.compile(r"^Subject: (.*)$", re.MULTILINE)
_RE: Final = re.compile(r"^(?:(?:re|aw|fwd?|wg|sv|vs)\s*:\s*)+", re.IGNORECASE)
_ATTACHED: Final = re.compile(r"\n\nAttached: .*\Z")
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)")
_QUOTED: Final = re.compile(r"[\"“„«][^\"”“»]{0,400}[\"”“»]|'[^']{12,400}'")
_HAIL: Final = re.compile(
    r"^\s*(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^,!.?\n]{0,40}[,!.]\s*)?"
    r"(?:[-*•]\s+|\d+[.)]\s+)?"
    r"(?:(?:and|also|but|so|or|btw|by the way|one more thing|quick question|anyway|ps|p\.s\.)"
    r"[,:]?\s+)*",
    re.IGNORECASE,
)
_CALLED: Final = re.compile(r"^@?([A-ZÀ-Þ][\w'’-]+),\s+")
_IF: Final = re.compile(
    r"^(?:if|when) (?:you have|you've got|you get|possible|that works|that suits|convenient)"
    r"[^,?]{0,60},\s*(?:then )?",
    re.IGNORECASE,
)
_POLITE: Final = re.compile(
    r"^(?:please|when|where|what|which|who|how|why|is|are|do|does|did|can|could|will|would|shall|"
    r"should|may|have|has|any (?:news|update|chance|idea)|at what|by when|until when|for when)\b",
    re.IGNORECASE,
)
_READER: Final = re.compile(r"\b(?:you|your|yours|we|us|our|I|me|my)\b|^any\b", re.IGNORECASE)
_EMPTY: Final = re.compile(
    r"\bhow(?:'s| is| are| have| was| were| do)\b.{0,12}\b(?:you|it going|things|life|everything|"
    r"your (?:week|weekend|day|holidays?|vacation|trip|family|summer|christmas))\b|"
    r"^(?:did|do|have) you (?:know|ever|hear|heard|see|seen|remember|notice|noticed|realise|"
    r"realize)\b|"
    r"^(?:can|could|would) you (?:believe|imagine)\b|\bany (?:other |more |further )?"
    r"(?:questions?|comments?|concerns?|thoughts\?)|"
    r"^are you (?:ready|looking|tired|interested|kidding|serious|joking|sure you|missing)\b|"
    r"^who (?:knows|cares)\b|^why (?:not|wait|should (?:we|i)|would (?:we|i|anyone))\b|"
    r"^what (?:if|else (?:can|could|should) (?:we|i) (?:say|do)|can i say|would (?:you|we|i) do)|"
    r"^what (?:are you waiting for|more (?:do|can|could))\b|"
    r"^how (?:could|can|dare) (?:you|we|i) (?:say|forget|know|refuse|resist|even|not)\b|"
    r"^(?:do|would) you (?:want to|like to) (?:save|win|earn|learn|know more|upgrade|subscribe)\b|"
    r"\b(?:remember when|guess what|if i told you|where would (?:we|i) be)\b|"
    r",\s*(?:i ask you|right|ok|okay|no|yes|eh|huh|"
    r"(?:is|are|do|does|did|was|were|have|has|can|could|would|should|wo)"
    r"n['’]?t\s+\w+|(?:is|are|do|does|did|was|were|have|has|can|could|would) "
    r"(?:it|you|we|they|he|she|i))\s*\?+$",
    re.IGNORECASE,
)
_REQUEST: Final = re.compile(
    r"\b(?:please|kindly(?: ask you to)?|pls)\s+(?:also\s+)?"
    r"(?:reply|respond|answer|confirm|advise|rsvp|get back to (?:me|us)|"
    r"let (?:me|us) know|tell (?:me|us)|send (?:me|us)|write (?:me|us|back))\b|"
    r"^(?:rsvp|let (?:me|us) know|get back to (?:me|us)|reply to (?:me|us)|(?:i|we) (?:still )?need"
    r" (?:your|an) (?:answer|reply|response|decision|confirmation)|(?:i am|i['’]m|we are|we['’]re) "
    r"(?:still )?waiting for your (?:answer|reply|response|decision|confirmation))\b",
    re.IGNORECASE,
)
_NO_REQUEST: Final = re.compile(
    r"\blet (?:me|us) know if (?:you (?:have|need|run|see|find|ever|don['’]t|do not)|there|any|i\b|"
    r"we\b|something|(?:it|this|that)\b(?! (?:works?|suits?|fits?|is (?:ok|okay|fine|possible)|"
    r"would (?:work|suit|be))\b))|"
    r"\bif (?:you have|there are) any\b|\b(?:do not|don['’]t|not) (?:please )?(?:reply|respond)\b|"
    r"\b(?:click|subscribe|unsubscribe|password|verify|log ?in)\b",
    re.IGNORECASE,
)
_SETTLED: Final = re.compile(
    r"\bno (?:need|reason) (?:to (?:reply|respond|answer)|for (?:a|an) (?:reply|response|answer))|"
    r"\bno (?:reply|response|answer) (?:is )?(?:needed|necessary|required|expected)\b|"
    r"\b(?:you )?(?:do not|don['’]t) (?:need|have) to (?:reply|respond|answer)\b|"
    r"\b(?:please )?do not reply\b|\bunsubscribe\b",
    re.IGNORECASE,
)
_BY: Final = re.compile(
    r"\b(?:by|before|until|till|not? later than) (?P<when>(?:the )?(?:end of (?:the )?)?"
    r"[^,;.?!]{2,40})",
    re.IGNORECASE,
)
_END: Final = re.compile(r"^(?:the )?end of (?:the )?|^(?:eod|cob)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One mail that waits for an answer."""

    mail: str
    """Id of its observation."""
    sender: str
    """By name, or else by address; chosen by whoever sent it."""
    subject: str
    question: str
    """The sentence that asks, as it stands."""
    at: datetime
    """When it was sent; aware, in the user's zone."""
    due: datetime | None
    """The first moment of the day by which an answer is wanted; None: no day is named."""
    expires: datetime


def asked(memory: UserMemory, *, zone: tzinfo | None) -> list[Asked]:
    """Return what waits for an answer of the user's long enough, the longest first.

    Args:
        memory: Whose.
        zone: Where their days begin; None: that of the machine.
    """
    now = memory.now()
    found = []
    for mail in memory.letters.waiting(now - OLDEST, now - FIRST):
        one = _read(mail, memory.display_name, zone)
        if one is None:
            continue
        near = one.due is not None and one.due + timedelta(days=1) - now <= NEAR
        if one.expires > now and (near or (now - one.at >= WAIT and one.due is None)):
            found.append(one)
    return found


def _read(mail: Observation, name: str, zone: tzinfo | None) -> Asked | None:
    subject = _HEAD.search(mail.text)
    body = _ATTACHED.sub("", _HEAD.sub("", mail.text, count=1)).strip()
    if len(body) > LONGEST or _SETTLED.search(body):
        return None
    asks = [each for each in _SENTENCE.split(body) if _asks(each, name)]
    if not asks:
        return None
    at = mail.at.astimezone(zone)
    days = [(day, each) for each in asks if (day := _by(each, at, zone)) is not None]
    due, question = min(days, default=(None, asks[0]), key=lambda one: one[0])
    return Asked(
        mail.id,
        _named(mail.author),
        _RE.sub("", " ".join(subject[1].split())) if subject else "",
        " ".join(question.split()),
        at,
        due,
        at + OLDEST if due is None else due + timedelta(days=1),
    )


def _asks(sentence: str, name: str) -> bool:
    """Say whether a sentence asks for something of its reader."""
    bare = _QUOTED.sub(" ", " ".join(sentence.split()))
    bare = _HAIL.sub("", bare, count=1)
    called = _CALLED.match(bare)
    if called is not None:
        if called[1].casefold() not in name.casefold().split():
            return False  # it is somebody else who is asked
        bare = bare[called.end() :]
    bare = _IF.sub("", bare).strip()
    if re.match(rf"(?:{IF})\b", bare, re.IGNORECASE) or _NO_REQUEST.search(bare):
        return False
    if bare.endswith("?"):
        last = bare.rstrip("? ")
        return bool(
            _POLITE.match(bare)
            and _READER.search(bare)
            and len(last.split()) >= 3
            and not _EMPTY.search(bare)
        )
    return _REQUEST.search(bare) is not None


def _by(sentence: str, at: datetime, zone: tzinfo | None) -> datetime | None:
    """Return the first moment of the day by which a sentence wants an answer."""
    for found in _BY.finditer(sentence):
        when = found["when"]
        bare = _END.sub("", when)
        if when != bare and bare.strip().casefold() in ("", "day", "today", "business"):
            bare = "today"
        if re.match(r"(?:day|tonight)\b", bare, re.IGNORECASE):
            bare = "today"
        day = first_day(f"on {bare}", at) if bare != "today" else at.date()
        if day is not None and 0 <= (day - at.date()).days <= 60:
            return in_zone(datetime.combine(day, time()), zone)
    return None


def _named(author: str) -> str:
    name, bracket, address = author.rstrip(">").partition("<")
    return " ".join((name.strip(" '\"") or address if bracket else author).split())
