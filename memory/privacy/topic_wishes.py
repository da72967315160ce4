"""Topics that the user wants kept out, as they say so to the assistant in a message.

"Keep my health private", "Don't remember anything about my love life", "My salary is none of your
business": what is told the assistant as a wish of their own. What somebody else said, what is asked
as a question, hangs on a condition or stands in quotation marks is no such wish, nor is what is to
be kept from one other person, or what is no topic ("Keep the door private").
"""

import re
from collections.abc import Iterator
from typing import Final

from usermind.errors import InvalidInputError
from usermind.memory.privacy.topics import MAX_WORDS, called_up, matcher

_QUOTED: Final = re.compile(r"[\"“„«][^\"“”„«»]*[\"”“»]|^[^\S\n]*>.*$", re.MULTILINE)
_BLANKS: Final = re.compile(r"[^\S\n]+")
_SENTENCE: Final = re.compile(r"(?<=[.!?;…])\s+|\n+")
_NEXT: Final = re.compile(
    r",\s*(?:and |but |so )?(?=(?:please )?(?:keep|do not|don['’]?t|never)\b)|"
    r"\s+(?:and|but|so)\s+(?=(?:please )?(?:keep my|do not|don['’]?t|never)\b)",
    re.IGNORECASE,
)
"""Where a sentence goes on with the next wish: "I have lupus, but don't store my health"."""
_FIRST: Final = (
    r"(?:hey|hi|hello|ok|okay|so|and|but|also|then|now|oh|well|yes|no|by the way|btw|one more "
    r"thing|actually|from now on|in future|in the future|remember|note|important|for the record|"
    r"seriously|sorry|thanks|thank you|as for)"
)
_POLITE: Final = (
    r"(?:please|pls|kindly|just|always|could you|can you|would you|will you|make sure (?:to|you)|"
    r"be sure to|you (?:should|must|have to|need to|are to)|"
    r"i(?:['’]d| would)? (?:really )?(?:want|need|like|prefer|ask|rather)(?: for)? you (?:to)?|"
    r"i(?:['’]d| would)? (?:rather|prefer(?: that| if)? you|rather you)|"
    r"i(?:['’]d| would) (?:like|prefer) to|i (?:want|need|prefer) to)"
)
_LEAD: Final = rf"^\W*(?:(?:{_FIRST}|{_POLITE})[,!:]?\s+)*"
_NOT: Final = (
    r"(?:do not|don['’]?t|did not|didn['’]t|never|not(?: to)?|"
    r"i(?: really)? (?:do not|don['’]?t) want you to|"
    r"you (?:must|should|may|can|need|are)(?: ?not|n['’]t)(?: to)?|you do(?: not|n['’]t) need to)"
)
_KEEPS: Final = (
    r"(?:remember|store|save|keep|note(?: down)?|record|log|write down|take down|memori[sz]e|"
    r"retain|track|learn|collect|hold on to|keep (?:track|a record|records|notes|note) of|"
    r"take notes?|make notes?)"
)
_STRICT: Final = r"(?:store|save|record|log|write down|memori[sz]e|retain|track|keep track of)"
"""Which of them nobody says of themselves with the "I" left out."""
_KEEPING: Final = (
    r"(?:remembering|storing|saving|keeping|noting|recording|logging|memori[sz]ing|retaining|"
    r"tracking|collecting|learning|writing down|keeping track of|taking notes)"
)
_ANY: Final = (
    r"(?:(?:anything|everything|any ?thing|stuff|things?|a thing|a word|all|what I (?:say|tell you|"
    r"said)|any(?: of the)? (?:details?|information|info|facts?|data)|details?|information|info|"
    r"facts?|data|notes?)(?: (?:at all|else|more))?(?: (?:that )?(?:I (?:say|tell you|said|told "
    r"you)|you (?:hear|learn|know)|there is|related|has|having))?"
    r"(?: to do)? (?:about|on|of|regarding|concerning|with|to|relating to))"
)
_MINE: Final = r"(?:my|our)(?: own)? (?:[\w'’-]+ ){0,4}?[\w'’-]+"
_WORDS: Final = r"(?:[\w'’&-]+,? ){0,7}?[\w'’-]+"
_OUT: Final = (
    r"(?:(?:as )?(?:strictly |completely |totally |absolutely )*"
    r"(?:private|confidential|secret|off the record|off[- ]limits)|"
    r"to yourself|out of (?:(?:your|the|my) (?:memory|memories|notes|records?|files|"
    r"storage|store|data|database|profile)|what you (?:store|keep|remember)))"
)
_NOW: Final = (
    r"(?:,? (?:please|pls|thanks|thank you|ok|okay|from now on|from you|for now|for me|any ?more|"
    r"any longer|again|at all|here|ever|always|either|in (?:your|the) (?:memory|notes|records?)|"
    r"in future|in the future))*"
)
_END: Final = (
    rf"{_NOW}\s*(?:$|[.!;…:,–—?]|\s[–-]\s|\s\(|(?<=\w) (?=(?:and|but|so|because|since|as) ))"
)
_PATTERNS: Final = tuple(
    re.compile(_LEAD + pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:keep|treat|consider|hold|leave) (?:{_ANY} )?(?P<what>{_MINE}) {_OUT}{_END}",
        rf"(?:keep|treat|consider|hold|leave) {_ANY} (?P<what>{_WORDS}) {_OUT}{_END}",
        rf"{_NOT} (?:ever )?{_KEEPS} (?:{_ANY}|about|on|regarding|concerning) "
        rf"(?P<what>{_WORDS}){_END}",
        rf"(?:stop|quit) {_KEEPING} (?:{_ANY} |about |on )?(?P<what>{_MINE}){_END}",
        rf"(?:(?:please|you) )?{_NOT} (?:ever )?{_STRICT} (?P<what>{_MINE}){_END}",
        rf"nothing (?:about|on|regarding|concerning) (?P<what>{_WORDS}) (?:should|must|may|"
        r"is to|is ever to|shall) (?:ever )?be (?:stored|kept|remembered|saved|recorded|noted|"
        rf"logged){_END}",
        rf"i(?:['’]d| would)?(?: really)? (?:want|like|prefer|need) (?:{_ANY} )?(?P<what>{_MINE}) "
        rf"(?:(?:to (?:be|stay|remain)|kept|be|stays?|left) )+{_OUT}{_END}",
        rf"i(?: really)? (?:do not|don['’]?t) want (?:{_ANY} )?(?P<what>{_MINE}) (?:to be )?"
        rf"(?:stored|kept|remembered|saved|recorded|noted|logged|on record){_END}",
        rf"(?:(?:everything|anything) about )?(?P<what>{_MINE}) (?:is|are|stays?|remains?|"
        r"has to be|have to be|must be|must stay|should (?:be|stay|remain))"
        r"(?: strictly| absolutely| totally)? "
        r"(?:none of your (?:business|concern)|no business of yours|not your business|"
        rf"a private matter|private matters|kept private|off[- ]limits|"
        rf"(?:not|never) to be (?:stored|kept|remembered|saved|recorded)){_END}",
        rf"(?P<own>{_MINE}) (?:is|are|stays?|remains?)(?: strictly| absolutely| totally)? "
        rf"(?:private|confidential){_END}",
    )
)
"""The last names a topic only where its noun is one that all keep to themselves: a school, an
insurance and a doctor are private in another sense."""
_TRAILING: Final = re.compile(
    r"(?:,? (?:please|pls|thanks|thank you|ok|okay|from now on|from me|for now|any ?more|"
    r"any longer|again|at all|ever|in your (?:memory|notes|records?)))+$",
    re.IGNORECASE,
)
_TAG: Final = re.compile(
    r",? (?:ok|okay|right|please|yes|all right|understood)\s*\?+$", re.IGNORECASE
)
_POINTS: Final = re.compile(
    r"^(?:(?:it|that|this|these|those|them|him|her|he|she|they|me|you|us|i|we|what|which|how|when|"
    r"where|why|who|whom|whose|everyone|everybody|anyone|anybody)\b|"
    r"the (?:\w+ )?(?:conversation|chat|message|talk|others?|rest|same|above|following)\b)",
    re.IGNORECASE,
)
"""What names no topic by itself."""
_LOCKED = """
    account accounts profile room bedroom bathroom door doors gate office desk key keys phone
    computer laptop device repo repository repositories calendar channel channels playlist
    playlists folder folders file files document documents inbox browser network server garden
    pool parking plane flight seat table tab tabs window windows board page pages blog website
    site chat chats post posts stories branch code list lists reservation booking tour lesson
    lessons school
"""
_THINGS: Final = frozenset(_LOCKED.split())
"""What one keeps private by a lock or a setting."""
_PERSONAL = """
    salary salaries income earnings wage wages finances money debts debt wealth savings taxes
    health illness diagnosis disease condition medication medications therapy pregnancy weight
    religion faith beliefs politics vote sexuality orientation relationship relationships
    marriage divorce breakup family children kids past address whereabouts grief addiction
    drinking number birthday age
"""
_KEPT_BY_ALL: Final = frozenset(_PERSONAL.split())
_TWO: Final = frozenset({"love life", "sex life", "family life", "private life", "home life",
                         "religious life", "sexual life", "mental health"})  # fmt: skip


def wished(text: str) -> tuple[str, ...]:
    """Return the topics that a message of the user's asks to keep out, in their words.

    >>> wished("Please don't remember anything about my love life.")
    ('my love life',)
    >>> wished("She told me to keep my health private.")
    ()
    """
    found = [topic for part in _parts(text) if (topic := _topic(part)) is not None]
    return tuple(dict.fromkeys(found))


def _parts(text: str) -> Iterator[str]:
    # One blank for many: a search that begins anew at each of them would take long.
    for sentence in _SENTENCE.split(_BLANKS.sub(" ", _QUOTED.sub(" ", text))):
        yield from (part.strip() for part in _NEXT.split(sentence) if part.strip())


def _topic(part: str) -> str | None:
    """Return the topic that one sentence names, or None."""
    part = _TAG.sub("", part)
    for pattern in _PATTERNS:
        found = pattern.match(part)
        if found is None or (part.endswith("?") and not _asks_politely(part)):
            continue
        named = found.groupdict()
        what = _TRAILING.sub("", (named.get("what") or named.get("own") or "").strip(" ,"))
        if _usable(what, known=named.get("own") is not None):
            return re.sub(r"^(?:My|Our)\b", lambda first: first[0].lower(), what)
    return None


def _asks_politely(part: str) -> bool:
    return (
        re.match(r"\W*(?:\w+,? )?(?:can|could|would|will) you\b", part, re.IGNORECASE) is not None
    )


def _usable(what: str, *, known: bool) -> bool:
    words = what.lower().replace("’", "'").split()
    if not words or _POINTS.match(what) or words[-1] in _THINGS or len(what) > MAX_WORDS:
        return False
    if known and not (words[-1] in _KEPT_BY_ALL or " ".join(words[-2:]) in _TWO):
        return False
    if len(words) == 1 and not (what[:1].isupper() or called_up(words[0])):
        return False  # "Don't keep anything on hand"
    try:
        matcher(what)
    except InvalidInputError:  # it names nothing that could be kept out
        return False
    return True
