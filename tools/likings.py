"""Likings: what claims about a user say of the things of a catalogue.

    "Ana cannot stand horror." → Horror: dislike
    "Ana's favourite film is Heat." → Heat: like

Claims are written in the third person, by reflection; see `models/offline`. English.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from weakref import WeakKeyDictionary

from usermind.memory.propositions import Proposition
from usermind.models.frames import frame_of_claim
from usermind.tools.cue_patterns import A_FAN, NO_PLACE, ON_OCCASION
from usermind.tools.cue_worth import Kind
from usermind.tools.cues import Cues, Pattern, Stance
from usermind.tools.favourites import of_elsewhere, of_things
from usermind.tools.folded_text import told
from usermind.tools.mentions import (
    ItemMention,
    Mention,
    Mentioned,
    Mentions,
    ValueMention,
    YearMention,
)

PLACES = 1
"""Places of a claim that names no item where a mistyped title is looked for: behind its verb. Most
such claims speak of something else."""
KEPT = 4_096
"""Claims of which it is kept what they name, for each catalogue: those of some twenty users."""

_MORE = r"(?:(?:really|absolutely|still|always|also|now|just|truly|totally|actually|quite|very) )*"
_LIKE = r"(?:like|love|enjoy|adore)"
_KEEN = (
    r"(?:(?:an? )?(?:\w+ )?(?:fan|lover) of|into|fond of|keen on|crazy about|passionate about|"
    r"obsessed with)"
)
_WATCH = r"(?:watch|see|read|play|listen to|look at|pick|choose|rent)"
_WEARY = r"(?:tired|sick|weary|bored|fed up) (?:of|with|by)|(?:done|through) with"

BEFORE = (
    Pattern("none", rf"\bis (?:not|never) {_MORE}(?:{_WEARY})|\bdoes not {_MORE}(?:hate|dislike|"
            rf"mind|tire of)\b|\b(?:never|does not) {_WATCH}(?:e?s)?{ON_OCCASION}"),
    Pattern("like", r"\b(?:cannot|can never) get enough(?: of)?\b|\bnever (?:gets? )?(?:tires?|"
            r"tired|sick|bored) (?:of|with)\b"),
    Pattern("none", r"\b(?:has not|hasn't|has never|did not|never) (?:yet )?"
            r"(?:seen|watched|read|played)\b"),
    Pattern("none", r"\b(?:used|wants?|plans?|hopes?|would (?:like|love)) to(?: \w+)?"),
    Pattern("dislike", rf"\bis not (?:really|so|that|too|particularly|much) (?:(?:\w+ )?{_KEEN}|"
            rf"(?:an? )?(?:\w+ )?{A_FAN})|"
            rf"\bdoes not (?:really|particularly) (?:{_LIKE}|care for)\b|"
            rf"\b(?:rarely|seldom|hardly ever) {_WATCH}(?:e?s)?\b|"
            rf"\bno longer {_LIKE}s?\b|\bis no longer {_MORE}{_KEEN}", mild=True),
    Pattern("dislike", rf"\b(?:hates?|hated|dislikes?|disliked|loathes?|detests?|despises?|avoids?|"
            rf"refuses to {_WATCH}|stays? away from)\b|\b(?:cannot|can't|can no longer|could not) "
            rf"(?:stand|bear)\b|\b(?:does|did) not {_MORE}(?:{_LIKE}|care for|want|{_WATCH})\b"
            rf"(?: to {_WATCH})?|\bnever (?:{_WATCH}e?s|wants?(?: to {_WATCH})?)\b|"
            rf"\b(?:is|has) (?:not|never) (?:been )?{_MORE}{_KEEN}|\bis (?:no|"
            rf"not much of an?) (?:\w+ )?"
            rf"(?:fan|lover|friend) of\b|\bis (?:not|"
            rf"no) {_MORE}(?:much of )?(?:an? )?(?:\w+ )?{A_FAN}|"
            r"\bdoes not do\b|"
            rf"\b(?:is|been|and|but) {_MORE}(?:{_WEARY})|\bis {_MORE}over\b{NO_PLACE}|"
            rf"\bhas had (?:more than )?enough(?: of)?\b|"
            rf"\b(?:cannot|could not|can never|could never|never) {_MORE}(?:get|gets|got|warm(?:s|"
            rf"ed)?)"
            rf" (?:in)?to\b|"
            rf"\b(?:is|was|gets?|got) (?:bored|annoyed|put off) (?:by|with)|"
            rf"\bwants? nothing with\b|\bnothing with\b|\bwants? no\b"),
    Pattern("dislike", r"\b(?:to|than|over|rather than)\b", mild=True, after=r"\bprefer|\brather"),
    Pattern("like", rf"\bprefers?\b|\bwould rather {_WATCH}\b", mild=True),
    Pattern("like", rf"\b(?:{_LIKE}[sd]?|enjoyed)\b|\b(?:is|has been|has always been) {_MORE}"
            rf"(?:{_KEEN}|all about\b|(?:more of )?(?:an? )?(?:\w+ )?{A_FAN})|"
            rf"\bgrew up (?:with|on)\b|\bonly {_WATCH}(?:e?s)\b|\bis crazy for\b"),
    Pattern("seen", r"\b(?:has |already |just )*(?:seen|saw|watched|finished|read|played)\b"),
    Pattern("none", r"\bbut\b"),
)  # fmt: skip
TOLD = Cues(BEFORE, spoken=False)
"""The cues of claims."""


@dataclass(frozen=True, slots=True)
class Liking:
    """What a claim says of one thing, or of none that the catalogue knows."""

    kind: Kind
    """like, dislike or seen."""
    mild: bool
    mention: Mention | None
    """None: it speaks of the catalogue's things in words that link to none of them."""
    claim: Proposition
    run: tuple[str, int] = ("", 0)
    """What has one run is said as one thing: "romantic comedies from the 90s"."""
    joint: bool = False
    """Whether its run has more of them."""


def likings(mentions: Mentions, claim: Proposition, *, user: str) -> list[Liking]:
    """Return what a claim says of the things of a catalogue; nothing where it speaks of others.

    A claim is read once as long as its words stay, and is kept as ids and places, without them.

    Args:
        mentions: Of the catalogue.
        claim: The claim.
        user: How claims call the user.
    """
    with _LOCK:
        if (kept := _KEPT.get(mentions)) is None:
            kept = _KEPT[mentions] = _Kept()
    key = kept.key(user, claim.text)
    if (found := kept.get(key)) is None:
        found = kept.add(key, _read(mentions, claim, user))
    return [_of_claim(each, claim) for each in found]


@dataclass(frozen=True, slots=True)
class _Bare:
    """A liking without its claim, and a mention without its words."""

    kind: Kind
    mild: bool
    mention: Mention | None
    run: int | None
    joint: bool


class _Kept:
    """What claims say, the last `KEPT` that were read, by a digest that nobody else can compute.

    It outlives the claims, and so holds neither their words, nor their ids, nor whose they are.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._found: dict[bytes, tuple[_Bare, ...]] = {}
        self._lock = threading.Lock()

    def key(self, user: str, text: str) -> bytes:
        said = f"{len(user)} {user}{text}".encode(errors="surrogatepass")
        return blake2b(said, digest_size=16, key=self._secret).digest()

    def get(self, key: bytes) -> tuple[_Bare, ...] | None:
        return self._found.get(key)

    def add(self, key: bytes, found: Sequence[Liking]) -> tuple[_Bare, ...]:
        bare = tuple(_without_words(each) for each in found)
        with self._lock:
            while len(self._found) >= KEPT:
                del self._found[next(iter(self._found))]
            self._found[key] = bare
        return bare


_KEPT: WeakKeyDictionary[Mentions, _Kept] = WeakKeyDictionary()
_LOCK = threading.Lock()


def _without_words(liking: Liking) -> _Bare:
    mention = liking.mention and replace(liking.mention, text="")
    run = liking.run[1] if liking.run[0] else None
    return _Bare(liking.kind, liking.mild, mention, run, liking.joint)


def _of_claim(bare: _Bare, claim: Proposition) -> Liking:
    mention = bare.mention
    if mention is not None:
        mention = replace(mention, text=claim.text[mention.start : mention.end])
    run = ("", 0) if bare.run is None else (claim.id, bare.run)
    return Liking(bare.kind, bare.mild, mention, claim, run, bare.joint)


def _read(mentions: Mentions, claim: Proposition, user: str) -> list[Liking]:
    if (said := _of_the_user(claim.text, user)) is None:
        return []
    favourite = _FAVOURITE.match(said)
    if favourite is None and not (TOLD.stands_in(said) or _FAN.search(said)):
        return []  # most claims; to look for names in all of them would take long
    mentioned = mentions.find(claim.text, places=0)
    if not mentioned.items:
        mentioned = mentions.find(claim.text, places=PLACES)  # "Ana loved Incpetion"
    if favourite is not None:
        named = _favourites(claim.text, mentioned) if of_things(mentions, favourite["what"]) else ()
        return [Liking("like", False, each, claim) for each in named]
    stances = [
        each
        for each in TOLD.stances(claim.text, mentioned)
        if not (isinstance(each.mention, ItemMention) and of_elsewhere(mentions, claim.text, each))
    ]
    runs = Counter(each.run for each in stances)
    found = [
        Liking(each.kind, each.mild, _as_a_kind(mentions, claim.text, each), claim,
               (claim.id, each.run), runs[each.run] > 1)
        for each in stances
        if each.kind in ("like", "dislike", "seen") and _counts(claim.text, each.mention)
    ]  # fmt: skip
    return found or list(_in_words(mentions, claim, mentioned))


def _of_the_user(text: str, user: str) -> str | None:
    """Return a claim without its subject; None: its subject is somebody or something else."""
    match = re.match(rf"(?:the )?{re.escape(user.removeprefix('the '))}(?P<owns>['’]s?)? ", text,
                     re.IGNORECASE)  # fmt: skip
    if match is None:
        return None
    rest = text[match.end() :]
    if match["owns"]:
        return (
            rest if re.match(r"(?:all-time |absolute )?favou?rite", rest, re.IGNORECASE) else None
        )
    return rest


_FAVOURITE = re.compile(
    r"(?:[\w'’]+ )?favou?rites?(?P<what>(?: [\w-]+){0,6}?) (?:is|are|was|were|include)\b",
    re.IGNORECASE,
)


def _favourites(text: str, mentioned: Mentioned) -> Iterator[Mention]:
    match = re.search(r"\b(?:is|are|was|were|include)\b", text)
    begin = match.end() if match else 0
    yield from (each for each in mentioned.all if each.start >= begin)


_FAN = re.compile(r"\b(?:fan|person|lover|buff|guy|girl)\b", re.IGNORECASE)
"""Behind what is named: "is no horror fan"."""
_OF_A_KIND = re.compile(rf"\b(?:fan|lover|into|{_WATCH}(?:e?s)?)\b", re.IGNORECASE)


def _as_a_kind(mentions: Mentions, text: str, stance: Stance) -> Mention:
    """Return a word that says other things, too, as sure where its cue says that a kind is meant.

    "Not a fan of romance" speaks of what there is to see; "hates war" may speak of anything.
    """
    mention, cue = stance.mention, stance.cue
    said = text[cue.start : cue.end]
    if not isinstance(mention, ValueMention) or not mentions.values.is_noun(told(mention.text)):
        return mention
    meant = _OF_A_KIND.search(said) or _FAN.match(text[mention.end :].lstrip())
    return replace(mention, sure=True) if meant else mention


_OWNED = re.compile(r"\b(?:my|his|her|their|its|our|the|this|that|['’]s) $", re.IGNORECASE)


def _counts(text: str, mention: Mention) -> bool:
    """Return whether a word is said of the catalogue: of "her children" it is not."""
    if isinstance(mention, ItemMention) or mention.sure:
        return True
    return not isinstance(mention, YearMention) and not _OWNED.search(text[: mention.start])


def _in_words(mentions: Mentions, claim: Proposition, mentioned: Mentioned) -> Iterator[Liking]:
    """Yield a liking that speaks of the catalogue's things, and of nothing it knows by name."""
    things = mentions.thing_words
    match = things and re.search(rf"\b(?:{things})\b", claim.text, re.IGNORECASE)
    if match and not mentioned.items:
        cue = TOLD.before(claim.text, match.start())
        if (
            cue is not None
            and cue.kind in ("like", "dislike")
            and frame_of_claim(claim.text[: cue.start]) == "fact"
        ):
            yield Liking(cue.kind, cue.mild, None, claim)
