"""Questions about items that were recommended or judged before: their forms. English.

    "What did you suggest last week?"     what was shown, in a span of days
    "Which comedies did I hate?"          verdicts of one kind, on items of one kind
    "Did I like Heat?"                    the verdict on one item

A sentence is read as a whole. What stands in it beside its form is given back as it is said: a
title, a kind of item, or something else, which says that it asks something else: "What did I like
about Oslo?" Conditions, statements and questions about others have none of the forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from usermind.memory.pasted import own_words
from usermind.models.offline.dates import resolved

if TYPE_CHECKING:
    from datetime import date, datetime

    from usermind.prompts import AskedOfPast

LONGEST: Final = 200
"""Characters of a sentence that is read; nobody asks at such length."""
EDGES: Final = " \t\n,;:.!?…-–—*\"“”'’‘()"
"""What may stand around a title or a sentence and is no part of it."""

_LEAD = (
    r"(?:(?:so|and|but|ok(?:ay)?|hey|hi|hello|well|please|hm+|oh|now|then|by the way"
    r"|i (?:wonder|forgot|forget)|i['’]d like to know"
    r"|(?:can|could|would|will) you(?: please)?|do you (?:remember|know|recall)"
    r"|(?:tell|remind|show|give) me(?: again| once more)?(?: about| of)?|list|name)"
    r"[,:]? +){0,6}"
)
_NOUN = r"(?: (?!did\b|have\b|do\b|you\b|i\b|was\b|were\b|had\b)[\w'’-]+){0,5}?"
_WHICH = (
    rf"(?:what|which)(?P<which>{_NOUN})"
    r"(?: (?:was|were|are|is) (?:it|that|those|the ones?))?(?: that)?"
)
_THE = (
    r"(?:(?:what|which) (?:was|were|is|are) |what['’]s )?"
    r"(?:all (?:of )?)?(?:the|those|every|each|all)"
    rf"(?P<the>{_NOUN})(?:,? (?:that|which))?"
)
_YOU = (
    r"(?:(?:did|have|had) you(?: (?:already|ever|just|so far|actually|even))*"
    r" (?:recommend(?:ed)?|suggest(?:ed)?|propose[dn]?|show(?:n|ed)?|offer(?:ed)?)"
    r"|you(?:['’]ve|['’]d| have| had| did)?(?: (?:already|ever|just|once|last|first))?"
    r" (?:recommend(?:ed)?|suggest(?:ed)?|proposed|shown|showed|offered)"
    r"|(?:was|were|has been|have been|got) (?:i )?(?:recommended|suggested|offered|shown)"
    r"(?: by you)?"
    r"|(?:did you tell|have you told|you(?:['’]ve)? told)(?= (?:me|us) to (?:watch|see|read|try)\b)"
    r"|(?P<gave>(?:did|have) you (?:give|given|make|made)|you(?:['’]ve)? (?:gave|given|made)))"
    r"(?: (?:to )?(?:me|us))?(?: (?:i )?(?:to |should )?(?:watch|see|read|play|hear|try)(?= *$))?"
)
_SAID = r"(?:say|said|tell you|told you|mention|mentioned|write|wrote|think|thought)(?: that)?"
_LIKE = r"(?:like[ds]?|love[ds]?|enjoy(?:ed)?|adore[ds]?|fancied|fancy)"
_HATE = (
    r"(?:hate[ds]?|dislike[ds]?|loathe[ds]?|detest(?:ed)?|despise[ds]?|(?:can(?:not|['’]?t)"
    r"|could(?: not|n['’]?t)) stand)"
)
_NOT = r"(?:(?:did|do|have|had|was|were)(?:n['’]?t| not)|never|not)"
_SEEN = r"(?:see|seen|saw|watch(?:ed)?|read|play(?:ed)?|hear|heard|know|known|knew)"
_JUDGE = (
    r"(?:rate[ds]?|judge[ds]?|review(?:ed)?|think of|thought of|(?:say|said) (?:about|of|on)"
    r"|tell you about|told you about|find|found|give feedback on|gave feedback on)"
)
_I = (
    rf"(?:(?P<negated>{_NOT} i|(?:did|do|have|had) i (?:not|never))|(?:did|do|have|had|['’]ve) i"
    rf"|i(?:['’]ve|['’]d| have| had| did| do)?)"
    rf"(?: (?:ever|already|really|actually|just|even|also))*"
    rf"(?: {_SAID} (?:i|we)(?:['’]ve|['’]d| have| had)?)?(?: (?:really|actually|also|most))*"
    rf"(?: (?P<denied>{_NOT}))?(?: (?:really|actually|also|most))*"
    rf" (?:(?P<like>{_LIKE})|(?P<hate>{_HATE})|(?P<seen>{_SEEN})|(?P<judge>{_JUDGE}))"
)
_QUESTION = re.compile(
    rf"^\W*{_LEAD}(?:(?:{_WHICH}|{_THE}|(?P<how>how)) )?"
    rf"(?:(?P<you>{_YOU})|{_I})(?P<rest>(?:\W.*)?)$",
    re.IGNORECASE | re.DOTALL,
)
_YOURS = re.compile(
    rf"^\W*{_LEAD}(?:(?:what|which) (?P<were>were|are|was|is) )?(?:all )?(?:of )?your"
    r"(?P<old> (?:last|latest|previous|earlier|past|old|recent|first|former)(?: few| two| three)?)?"
    r"(?P<yours>(?: [\w-]+){0,2}?) (?:recommendations?|suggestions?)(?P<rest>(?:\W.*)?)$",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = re.compile(
    r"(?:^|(?<=\s))(?:(?:of|from|among|out of) (?:(?:all of )?them|those|these"
    r"|(?:that|the|your) list|(?:your|the|these|those) (?:recommendations|suggestions|ones))"
    r"|to (?:me|us)|for (?:me|us)"
    r"|so far|until now|up to now|(?:the )?(?:best|most|least|last)|yet|already|again|before"
    r"|recently|lately|earlier|ever|then|back then|please|at all|in the past|by the way|really"
    r"|(?:in|during) (?:this|our|the) (?:chat|conversation|last chat|last conversation))[\s,]*$",
    re.IGNORECASE,
)
_NOMINAL = re.compile(r"\b(?:recommendation|suggestion)s?$", re.IGNORECASE)
_LAST = re.compile(r"\b(?:last|latest)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\S)[^.!?\n]*)*[.!?]*")


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A question, read."""

    asks: AskedOfPast
    rest: str
    """What stands behind its form: a title, a kind of item, or nothing."""
    whole: str = ""
    """The same with every word: "again" may be one of a title."""
    noun: str = ""
    """The kind of item, as it is said."""
    bare: bool = False
    """Whether the form alone, without a kind, speaks of items: "what did you suggest"."""
    last: bool = False
    """Whether only the last ones are asked for."""
    names: bool = False
    """Whether the rest must name an item or a kind."""
    days: tuple[date, date] | None = None


def sentences_of(message: str) -> list[str]:
    """Return the sentences of a message in its author's own words, without what they pasted."""
    return [each.strip() for each in _SENTENCE.findall(own_words(message)) if each.strip()]


def past_questions(sentence: str, now: datetime) -> Iterator[PastQuestion]:
    """Yield what a sentence may ask: as it stands, then with a time of it taken for a time."""
    if len(sentence) > LONGEST:
        return
    plain = sentence.strip(EDGES)
    yield from _formed(plain)
    spans = [each for each in resolved(plain, now) if each.first <= now.date()]
    if len(spans) == 1:
        span = spans[0]
        without = f"{plain[: span.start]} {plain[span.end :]}"
        without = re.sub(r"\b(?:on|in|from|during|since)\s*$", "", " ".join(without.split()))
        last = now.date() if re.match(r"since\b", span.words, re.I) else span.last
        for each in _formed(without.strip(EDGES)):
            yield replace(each, days=(span.first, last))


def _formed(plain: str) -> Iterator[PastQuestion]:
    if found := _YOURS.match(plain):
        if found["old"] or (found["were"] or "").lower() in ("were", "was"):
            rest, last = _trimmed(found["rest"]), bool(_LAST.search(found["old"] or ""))
            yield PastQuestion("shown", rest, noun=found["yours"] or "", bare=True, last=last)
        return
    found = _QUESTION.match(plain)
    if found is None:
        return
    noun = (found["which"] or found["the"] or "").strip()
    heads = found["which"] is not None or found["the"] is not None
    if not heads and not re.match(
        rf"^\W*{_LEAD}(?:how )?(?:did|do|have|had|was|were|{_NOT})\b", plain, re.IGNORECASE
    ):
        return  # it tells, and asks nothing
    if found["gave"] and not _NOMINAL.search(noun):
        return
    if re.match(r"\W*(?:the|those|every|each|all)\b", plain, re.IGNORECASE):
        return
    if found["how"] and not (found["like"] or found["judge"]):
        return
    if (found["negated"] or found["denied"]) and not (found["like"] or found["hate"]):
        return  # "which ones have I not seen?" is answered by no verdict
    asks = _asks(found)
    # "What did I think of Heat?" asks of one item, "which ones did I like?" of a kind.
    titled = bool(found["judge"] or found["how"]) and not noun
    rest = _trimmed(found["rest"])
    yield PastQuestion(
        asks,
        rest,
        whole=found["rest"].strip(EDGES),
        noun=_LAST.sub("", noun).strip(),
        names=not heads or (titled and bool(rest)),
        bare=bool(found["you"]) and not re.search(r"\b(?:show|offer)", found["you"], re.IGNORECASE),
        last=bool(_LAST.search(noun)),
    )


def _asks(found: re.Match[str]) -> AskedOfPast:
    if found["you"]:
        return "shown"
    if found["judge"] or found["seen"] or found["how"]:
        return "judged"
    denied = bool(found["negated"]) != bool(found["denied"])
    return "liked" if bool(found["like"]) != denied else "disliked"


def _trimmed(rest: str) -> str:
    """Return what is left behind a question's form, without what says nothing of an item."""
    rest = rest.strip(EDGES)
    while (shorter := _TAIL.sub("", rest).strip(EDGES)) != rest:
        rest = shorter
    return rest
