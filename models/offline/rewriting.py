"""A sentence of the user's own turned into one about them, word by word.

Used where a head is sure that a sentence states a fact and no rule knows its shape. The first
"I", "my" or "me" becomes the name, the later ones "they", "their", "them"; nothing else changes.
What is too tangled for that is kept as a quotation.
"""

import re
from datetime import datetime

from usermind.models.offline import lexicon
from usermind.models.offline.claims import MAX_TEXT
from usermind.models.offline.dates import Tense, absolute
from usermind.models.offline.framing import ASKS, HEDGES, MARKERS, TEXT_WORK, UNREAL, trimmed
from usermind.models.offline.grammar import ADVERBS, about, expanded, is_past, third_person
from usermind.models.offline.texting import written_out
from usermind.types import MONTHS, WEEKDAYS

MAX_WORDS = 40
"""Longest sentence that is rewritten or quoted."""

_FIRST = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]ur|[Mm]e|[Uu]s|[Mm]ine)\b(?!['’])")
_QUOTING = re.compile(r"[\"“”«»]|^\s*>|^\s*//|^\s*(?:[-*+] )?\[[ xX-]\]")
_CODE = re.compile(r"[{}<>=;]|\w\(|\)\.|::|^[A-Z_]{3,}:|\b[A-Z]{4,} [a-z]+,? .*\bFROM\b")
_ASKING = re.compile(
    r",? (?:so |and |but )?(?:what|which|who|where|when|how|why|is that|is it|are there|do you|"
    r"does it|can you|could you|would you|should I)\b[^?]*\?\W*$"
)
_ADVERBS = "|".join(word for word in ADVERBS.split("|") if word not in ("do", "all", "both"))
_LEAD = re.compile(rf"^(?P<lead>(?:(?:{_ADVERBS}|\w+ly) )*)(?P<verb>[a-z]+)\b", re.IGNORECASE)
_NO_VERB = re.compile(r"(?:no|not|and|or|with|who|too|very|more|the|a|an|also)\b", re.IGNORECASE)
_TANGLED = re.compile(
    r"(?:he|she|it|they|this|that|these|those|there|you|who|which|here|his|her|its|their)\b",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|did|will|can|lives?|works?|plays?|goes|\w{3,}s|"
    r"\w{2,}ed|got|gave|told|came|went|took|made|died)\b"
)
_REPORTED = re.compile(
    r"\b(?:says?|said|thinks?|thought|believes?|claims?|maintains that|reckons?|told|tells|goes|"
    r"asked|according to)\b"
)
_COUPLED = re.compile(
    r"(?:(?:[Mm]y|[Oo]ur|[Tt]he) [\w'’-]+|[A-ZÀ-Þ][\w'’]+)(?: [A-ZÀ-Þ][\w'’-]+)? (?:and|or) "
)
_REQUEST = re.compile(
    r"^(?:please )?(?:find|suggest|recommend|give|make|show|tell|write|help|plan|list|explain|"
    r"draft|swap|order|book)\b.*?,? (?:because |since |as |but |and )?(?=(?:I|my|we|our) )",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?:(?:please|pls|kindly|just|now|then|hey|hi|so|ok|okay|maybe|rather)[, ]+)*(?:"
    r"(?:recommend|suggest|propose)\b(?!s)|"
    r"(?:find|show|pick|choose|list|name|look up|search for|give|get|bring) (?:(?:me|us)\b|"
    r"(?:some|any|an?|another|more|something|anything|the best|the top|\d+)\b(?!.*\b(?:hard|easy|"
    r"difficult|tough|every|always)\b))|"
    r"(?:tell|send|help|let|make|write|teach|order|book|buy|call|wake|remind|excuse|forgive|play|"
    r"read|sing|cook|build|plan|draw|explain to|surprise|spare|save|keep) (?:me|us)\b)",
    re.IGNORECASE,
)
"""What begins so is asked of whoever reads it, and says nothing of the user."""
_AND_STATES = re.compile(
    r"(?:, (?:because |since |as |but |and )?| (?:because|since|as|but) )(?:I|my|we|our)\b",
    re.IGNORECASE,
)
"""Where a request goes on with a statement: "…, because I love Rome"."""
_BOUND = re.compile(
    r"(?:(?:only|just|nothing|anything|something|but|and|made|released|from|no|not) )*"
    r"(?:before|after|since|until|till|from|between|under|over|around|at least|at most|less than|"
    r"more than|shorter than|longer than|older than|newer than|up to)\b",
    re.IGNORECASE,
)
"""What narrows down what was asked for: "before 2005"."""
_SO = re.compile(r",? so (?:please|obviously|no|help|do not|that|keep|give|never|always)\b")
_OWNED = re.compile(
    rf"(?:the )?(?P<what>(?!the\b)(?:[a-z]+ )?(?:{lexicon.FAMILY}|"
    rf"{lexicon.PETS}|{lexicon.THINGS})\b(?:['’]s)? (?!and\b).*)$",
    re.IGNORECASE,
)
_BARE = lexicon.HABITS | lexicon.LIKING | {"have", "need", "want", "vote", "prefer", "suffer"}
_SUBJECT_ING = re.compile(r"(?: \w+){0,4}? (?:is|has|was|helps|makes|keeps|clears|gives|calms)\b")
_TENSED = re.compile(r"\b(?:was|were|did|had|ago|yesterday|last)\b|\b\w{3,}ed\b")
_PLAN_CHANGED = re.compile(
    r"\b(?:was|were|got|has been|have been) (?:now |just )?"
    r"(?:(?:moved|postponed|rescheduled|shifted|pushed|delayed|brought|put)"
    r"(?: (?:back|up|forward|off))? (?:from .+? )?(?:to|until|till) (?:the )?"
    rf"(?:\d|(?:noon|tomorrow|tonight|next|later|{'|'.join((*WEEKDAYS, *MONTHS))})\b)|"
    r"cancell?ed|called off)",
    re.IGNORECASE,
)
"""What was done to a plan says nothing of its day: that of one that "was moved" is to come."""


def states(text: str) -> bool:
    """Tell whether a sentence can be one that states something: no question, code or quotation."""
    plain = MARKERS.sub("", expanded(text))
    if _QUOTING.search(text) or _CODE.search(text) or len(text.split()) > MAX_WORDS:
        return False
    if _REPORTED.search(plain):  # "His mother thinks I'm allergic to cats" is her word
        return False
    if text.rstrip().endswith("?") and not _ASKING.search(text):
        return False
    if _asks_for(plain) or (_BOUND.match(plain) and not _FIRST.search(plain)):
        return False
    asks = re.match(ASKS, plain, re.IGNORECASE) and text.rstrip().endswith("?")
    return not (asks or UNREAL.search(plain) or TEXT_WORK.match(plain))


def orders(text: str) -> bool:
    """Tell whether a sentence asks its reader for something: "Recommend me some films"."""
    return _asks_for(MARKERS.sub("", expanded(text)))


def _asks_for(plain: str) -> bool:
    return _ORDER.match(plain) is not None and _AND_STATES.search(plain) is None


def rewritten(text: str, *, name: str, at: datetime) -> str | None:
    """Return the sentence in the third person with absolute dates, or None when it is too tangled.

    >>> rewritten("The doctor has me on warfarin.", name="Ana", at=datetime(2026, 3, 4))
    'The doctor has Ana on warfarin'
    """
    plain = expanded(written_out(_ASKING.sub("", text)))
    plain = re.sub(r"^[Mm]e and (?=\w)", "I and ", plain)
    plain = _REQUEST.sub("", MARKERS.sub("", plain)).strip(" \t\r\n,;:-–—.!…")
    if hedge := HEDGES.match(plain):
        plain = plain[hedge.end() :]
    if not plain or _REPORTED.search(plain):
        return None
    plain = _SO.split(plain)[0]
    found = _FIRST.search(plain)
    said = _of_nobody(plain, name) if found is None else _of_user(plain, found, name)
    if said is None:
        return None
    tense: Tense = "past" if _TENSED.search(_PLAN_CHANGED.sub(" ", plain)) else "future"
    said = absolute(said, at, tense=tense)
    return said if len(said) < MAX_TEXT else None


def quoted(text: str, *, name: str) -> str | None:
    """Return `Ana said: “…”`, or None when the sentence is too long for that."""
    said = f"{name} said: “{' '.join(text.split()).rstrip('.')}”"
    return said if len(said) < MAX_TEXT else None


def _of_user(plain: str, found: re.Match[str], name: str) -> str | None:
    before, after = plain[: found.start()], plain[found.end() :]
    if _TANGLED.match(before) or re.search(r"\byou\b|\byour\b", plain):
        return None
    word = found[0].lower()
    if before and (said := _dropped(plain, name)):
        return said
    if word in ("i", "we"):
        return _of_subject(before, after.strip(), name)
    whose = {"my": f"{name}'s", "our": f"{name}'s", "mine": f"{name}'s"}.get(word, name)
    if (not before and not _FINITE.search(after)) or (word in ("me", "us") and not before):
        return None
    return about(f"{before}{whose}{after}", name)


def _of_subject(before: str, after: str, name: str) -> str | None:
    # "Lurdes and I have known each other …", "Me and Cole have …".
    if _COUPLED.fullmatch(before) or after.startswith("and "):
        return about(f"{before}{name} {after}", name)
    lead = _LEAD.match(after)
    if lead is None or _NO_VERB.match(lead["verb"]):
        return None
    adverbs, rest = after[: lead.start("verb")], trimmed(after[lead.start("verb") :])
    return f"{before}{name} {adverbs}{_conjugated(rest, name)}" if " " in rest or before else None


def _conjugated(predicate: str, name: str) -> str:
    if re.match(r"do (?!not\b)", predicate):  # the verb, not "I do love it"
        return f"does {about(predicate[3:], name)}"
    return third_person(predicate)


def _of_nobody(plain: str, name: str) -> str | None:
    """Read a sentence without "I": about somebody named, or with the "I" left out."""
    if _TANGLED.match(plain) or re.search(r"\byou\b|\byour\b", plain, re.IGNORECASE):
        return None
    if dropped := _dropped(plain, name):
        return dropped
    if owned := _OWNED.match(plain):
        return f"{name}'s {owned['what'][0].lower()}{owned['what'][1:]}"
    named = re.match(r"(?:[Tt]he )?[A-ZÀ-Þ][\w'’-]+", plain)
    return plain if named and _FINITE.search(plain) and len(plain.split()) > 3 else None


def _dropped(plain: str, name: str) -> str | None:
    """Return the sentence with the name put in for an "I" that was left out, or None."""
    low = plain[0].lower() + plain[1:]
    lead = _LEAD.match(low)
    if lead is None:
        return None
    verb, rest = lead["verb"], low[lead.end("verb") :]
    if verb in _BARE or low.startswith("do not ") or verb == "cannot":
        return f"{name} {lead['lead']}{_conjugated(low[len(lead['lead']) :], name)}"
    if is_past(verb) and verb not in ("born", "led", "read"):
        return f"{name} {about(low, name)}"
    if verb in lexicon.PROGRESSIVE and not _SUBJECT_ING.match(rest):
        return f"{name} is {about(low, name)}"
    if low.startswith("off to "):
        return f"{name} is {about(low, name)}"
    return f"{name} has {about(low, name)}" if verb == "been" else None
