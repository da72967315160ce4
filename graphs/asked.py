"""What others asked the user by mail and wait for: by rules, which rather miss one than invent one.

A mail counts that was written to the user in person (`memory.letters`), ends its conversation, and
asks something of its reader: a question with "you" or "we" in it, a plain request for an answer, an
invitation that names its time ("Coffee on Sunday at 3?"), or that it is needed by a day.
What is asked out of politeness, for effect, on a condition, of somebody else or in a quotation does
not. Its words are quoted in the offer, and never obeyed.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from usermind.graphs.plan_words import EVENING_SORTS, INVITED_TO, written_out
from usermind.graphs.requested import when_said
from usermind.memory import UserMemory
from usermind.memory.journal import Observation
from usermind.memory.zones import in_zone
from usermind.models.offline.dates import first_day
from usermind.models.unsure import IF
from usermind.types import MONTHS, WEEKDAYS

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
_COURTESY: Final = re.compile(
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
_THING: Final = (
    r"(?:(?:an?|some|another|quick|early|late|short|little)\s+)*"
    rf"(?:{'|'.join(INVITED_TO)})(?:\s+(?:(?:or|and)\s+)?(?:{'|'.join(INVITED_TO)}))*"
)
_OF_WHEN: Final = (
    rf"(?=,?\s+(?:on|at|@|with|this|next|coming|today|tomorrow|tonight|(?:the\s+)?\d|"
    rf"{'|'.join(WEEKDAYS)}|{'|'.join(MONTHS)})\b)"
)
"""What stands behind an invitation: when, where, or who comes. "Meeting minutes" are none."""
_INVITES: Final = re.compile(
    rf"^(?:(?:(?:how|what) about\s+)?{_THING}{_OF_WHEN}|(?:how|what) about (?:we|us)\b|"
    rf"(?:how|what) about(?=\s+(?:on|at|tomorrow|today|tonight|{'|'.join(WEEKDAYS)})\b)|"
    r"(?:fancy|care for|up for|free for|are you free|do you want to|want to|wanna|"
    r"(?:would you like to |care to )?join (?:me|us))\b(?!['’]))",
    re.IGNORECASE,
)
_TOGETHER: Final = re.compile(
    r"^(?:shall we|should we|can we|could we|can you|could you|will you|would you|are you|do you|"
    r"does it|is it)\b.*\b(?:meet|come|join|free|have|go|grab|get together|talk|call|suit|ok|okay|"
    r"time|able|lunch|dinner|coffee|drinks?)\b(?!.*\b(?:by|before|until|till) )",
    re.IGNORECASE,
)
_LATE: Final = re.compile(
    rf"\b(?:{'|'.join(EVENING_SORTS)}|evening|tonight|pub|bar)\b", re.IGNORECASE
)
_HALF_SAID: Final = re.compile(r"\d\s?[ap]\.?m\b|\bmorning\b|\b0\d[:.]\d\d", re.IGNORECASE)
_NEEDED: Final = re.compile(
    r"^(?:(?:because|since|as)\s+)?(?:i|we)(?:['’]ll| will| do)?(?: really| only| still| also)? "
    r"need (?:to have |to receive )?(?P<what>it|them|this|that|these|those|you to [^,;?!]{2,60}?|"
    r"(?:your|the|all|both) [^,;?!]{2,60}?|[^,;?!]{2,60}? from you)(?: all| both| back| done)? "
    r"(?:by|before|until|till|not? later than) ",
    re.IGNORECASE,
)
_SPOKEN_OF: Final = frozenset({"it", "them", "this", "that", "these", "those"})
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
    """The first moment of the day by which an answer is wanted, or when that begins to which they
    are invited; None: no day is named."""
    expires: datetime
    timed: bool = False
    """Whether `due` is a time of the day."""


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
        near = one.due is not None and one.expires - now <= NEAR
        # An invitation wants an answer before its day comes near.
        waits = now - one.at >= WAIT and (one.due is None or one.timed)
        if one.expires > now and (near or waits):
            found.append(one)
    return found


def _read(mail: Observation, name: str, zone: tzinfo | None) -> Asked | None:
    subject = _HEAD.search(mail.text)
    body = _ATTACHED.sub("", _HEAD.sub("", mail.text, count=1)).strip()
    if len(body) > LONGEST or _SETTLED.search(body):
        return None
    at = mail.at.astimezone(zone)
    asks = [each for each in _SENTENCE.split(body) if _asks(each, name, at)]
    if not asks:
        return None
    days = [(day, each) for each in asks if (day := _by(each, at, zone)) is not None]
    begins = [(time_, each) for each in asks if (time_ := _invited(each, at, zone)) is not None]
    due, question = min(begins or days, default=(None, asks[0]), key=lambda one: one[0])
    needed = _NEEDED.match(_HAIL.sub("", question, count=1))
    if needed and needed["what"].lower() in _SPOKEN_OF and question != asks[0]:
        question = f"{asks[0]} {question}"  # which says what "it" is
    expires = at + OLDEST if due is None else due if begins else due + timedelta(days=1)
    return Asked(
        mail.id,
        _named(mail.author),
        _RE.sub("", " ".join(subject[1].split())) if subject else "",
        " ".join(question.split()),
        at,
        due,
        expires,
        bool(begins),
    )


def _asks(sentence: str, name: str, at: datetime) -> bool:
    """Say whether a sentence, written at a time, asks for something of its reader."""
    bare = _QUOTED.sub(" ", " ".join(sentence.split()))
    bare = _HAIL.sub("", bare, count=1)
    called = _CALLED.match(bare)
    if called is not None:
        if called[1].casefold() not in name.casefold().split():
            return False  # it is somebody else who is asked
        bare = bare[called.end() :]
    bare = _COURTESY.sub("", bare).strip()
    if re.match(rf"(?:{IF})\b", bare, re.IGNORECASE) or _NO_REQUEST.search(bare):
        return False
    if bare.endswith("?"):
        last = bare.rstrip("? ")
        if _EMPTY.search(bare) or len(last.split()) < 3:
            return False
        asked_of = _POLITE.match(bare) and _READER.search(bare)
        return bool(asked_of or (_INVITES.match(bare) and _begins(bare, at) is not None))
    needed = _NEEDED.match(bare) is not None and _by(bare, at, at.tzinfo) is not None
    return needed or _REQUEST.search(bare) is not None


def _invited(sentence: str, at: datetime, zone: tzinfo | None) -> datetime | None:
    """Return when that begins to which a question invites; None where it invites to nothing."""
    bare = _HAIL.sub("", _QUOTED.sub(" ", " ".join(sentence.split())), count=1)
    called = _CALLED.match(bare)
    bare = bare[called.end() :] if called is not None else bare
    if not bare.endswith("?") or not (_INVITES.match(bare) or _TOGETHER.match(bare)):
        return None
    moment = _begins(bare, at)
    return None if moment is None else in_zone(moment, zone)


def _begins(bare: str, at: datetime) -> datetime | None:
    """Return the day and time that a sentence names, by the user's clock; None without either."""
    when = when_said(written_out(bare), at)
    if when is None or when[0] is None or when[1] is None:
        return None
    day, clock = when[0], when[1]
    if not _HALF_SAID.search(bare) and (
        1 <= clock.hour <= 6 or (7 <= clock.hour <= 11 and _LATE.search(bare))
    ):
        clock = clock.replace(hour=clock.hour + 12)  # nobody has coffee at three in the night
    moment = datetime.combine(day, clock)
    soon = moment - at.replace(tzinfo=None)
    return moment if timedelta(0) < soon <= timedelta(days=60) else None


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
