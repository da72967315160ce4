"""Explaining: what a message asks of items that were shown: why they were, or what they are.

    "why?"   "why number 2?"   "what makes you think I'd like Heat?"   → why
    "the 1984 one"   "I'll take the second"   "tell me about Heat"     → about

A sentence is read as a whole: beside one of these forms it may name nothing but items that were
shown. "Why is Heat so long?" and "Why did Bob recommend Heat?" are none. English.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from usermind.memory.pasted import own_words
from usermind.prompts import AskedOfItems
from usermind.tools.advice import Advice
from usermind.tools.clauses import COURTESY
from usermind.tools.cues import SENTENCE
from usermind.tools.hearing import all_heard, pointable, titled
from usermind.tools.item_filter import ItemFilter
from usermind.tools.mentions import ValueMention, shortened
from usermind.tools.places import ones, plain
from usermind.tools.shown import before, ids, last_list

if TYPE_CHECKING:
    from usermind.memory.item_events import Exposure
    from usermind.tools.items import Item
    from usermind.tools.mentions import Mentions
    from usermind.tools.recommenders.query import UserQuery
    from usermind.tools.recommenders.recommendation import Reason
    from usermind.tools.recommenders.recommender import Recommender
    from usermind.tools.shelf import Shelf
    from usermind.tools.taste import Taste
    from usermind.tools.wishes import Utterance

LONGEST: Final = 160
"""Characters of a sentence that is read; nobody asks at such length."""

_REC: Final = (
    r"(?:recommend|suggest|pick|choose|chose|offer|show|list|propos|giv|includ|put)(?:e|ing|ed|n)?"
)
_AGAIN: Final = (
    r"(?: (?:(?:on|in) (?:the|your|this|that|my) list|there|here|in there|listed|first|at the top|"
    r"recommended|suggested|to me|to us|for me|for us|exactly|though|then|anyway|again|please))*"
)
_HAVE: Final = r"(?:like|love|enjoy|watch|see|read|hear|listen to|play|try|care for)"
_WHAT: Final = r"(?P<what>.+?)"
_OPENS: Final = rf"^[^\w“]*(?:(?:{COURTESY})\b[^\w“]*)*"
"""Words before a question, up to the quotation mark of a title."""
_ENDS: Final = r"[\s.!?…,]*$"
_WHY: Final = tuple(
    re.compile(rf"{_OPENS}(?:(?:(?:can|could) you )?(?:tell|explain)(?: to)?(?: me)? )?"
               rf"{form}{_AGAIN}{_ENDS}", re.IGNORECASE)
    for form in (
        rf"(?:why|how come)(?: did| do| are| would| have)? you {_REC}(?: me| us)?(?: {_WHAT})?",
        rf"(?:what made you|how did you) (?:{_REC}|come up with|get to)(?: {_WHAT})?",
        rf"(?:why|what)(?: do| did| would| makes| made)? you think (?:that )?"
        rf"(?:i|we)(?:['’](?:d|ll)| would| will| might)? {_HAVE} {_WHAT}",
        rf"(?:what|why) (?:does )?makes? you think of {_WHAT}",
        rf"why (?:would|should|will|might|must) (?:i|we) {_HAVE} {_WHAT}",
        rf"what(?:['’]?s| is| was| are) (?:the|your) (?:reasons?|logic|thinking)"
        rf"(?: (?:for|behind|of) {_WHAT})?",
        rf"what speaks for {_WHAT}",
        rf"(?:why|how come)(?: is| was| are| were)?(?: {_WHAT})?",
    )
)  # fmt: skip
_TELL: Final = tuple(
    re.compile(rf"{_OPENS}(?:(?:can|could) you )?{form}{_AGAIN}{_ENDS}", re.IGNORECASE)
    for form in (
        rf"(?:tell me|say)(?: (?:a bit|a little|some))?(?: more)? (?:about|on) {_WHAT}",
        rf"(?:(?:what|how) about|more (?:about|on)|describe) {_WHAT}",
        rf"what(?:['’]?s| is) {_WHAT}(?: about| like)?",
        rf"who (?:directed|made|wrote|sings|sang|stars? in|is in|plays in|was in) {_WHAT}",
        rf"(?:show|tell|give) me {_WHAT} (?:once more|again)",
    )
)
_TAKE: Final = re.compile(
    rf"{_OPENS}(?:(?:nah|nope|actually|hm+)\b[^\w“]*)*"
    r"(?:(?:(?:i|we)(?:['’]?ll| will| would|['’]?d| think i['’]?ll)(?: rather)?"
    r"(?: like to)? |let['’]?s |let me )?(?:take|watch|see|read|try|go (?:for|with)|have|pick|"
    rf"choose|listen to|hear|play|do|(?:give|show) me) )?{_WHAT}"
    r"(?:,? (?:it is|then|instead|after all|tonight|today|please|again|"
    r"(?:sounds?|looks?|seems?)(?: \w+)? "
    rf"(?:good|great|nice|fun|fine|interesting|perfect|promising|lovely)|it shall be))*{_ENDS}",
    re.IGNORECASE,
)
_THAT: Final = re.compile(
    rf"{_OPENS}(?:(?:(?:i|we)(?:['’]ve| have| had)? )?(?:already |just |really |also |didn['’]t |"
    r"did not )*(?:seen|saw|watched|read|heard|know|loved?|liked?|enjoyed|hated?|disliked)|"
    r"(?:more|something|anything|another(?: one)?|ones?|others) like|similar to)\s+"
    r"(?P<that>it|that one|this one|that|this)\b(?! (?:is|was|when|if|i|we|you|he|she|they)\b)",
    re.IGNORECASE,
)
"""What is said of one item that was just spoken of."""
_MORE_OF_IT: Final = re.compile(
    r"(?<=\blike )(?:it|that one|this one|that|this)\b(?=\s*(?:$|[.,;!?]|\b(?:but|please)\b))",
    re.IGNORECASE,
)
"""Behind that, what asks for more like it: "loved it, more like that one"."""
_DEICTIC: Final = re.compile(
    r"(?:(?:all|any) (?:of )?)?(?:that|this|it|these|those|them|so|(?:this|that) one|"
    r"(?:these|those) (?:ones?|two|three|four|five)|(?:this|that|the|your) list|"
    r"your (?:picks?|choices?|suggestions?|recommendations?)|"
    r"(?:these|those|this|that) (?:picks?|choices?|suggestions?|recommendations?))"
    r"(?: (?:exactly|though|then))?",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(r"“([^”]+)”")
_BETWEEN: Final = re.compile(
    r"(?:\W|\b(?:and|or|the|film|movie|book|song|one|both|all|maybe|perhaps)\b)*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Pointed:
    """What a message asks of items that were shown."""

    asks: AskedOfItems
    ids: tuple[str, ...] = ()
    """Of the items; none: those that were spoken of last."""
    rest: str = ""
    """The message without the question."""


def pointed_at(mentions: Mentions, message: str, shown: Sequence[Exposure]) -> Pointed | None:
    """Return what a message asks of items that were shown; None: nothing.

    Args:
        mentions: Of the catalogue.
        message: What the user writes, with titles in place of "number 2".
        shown: In the conversation, the latest first.
    """
    if not shown:
        return None
    titles = {plain(each.title): each.item_id for each in reversed(shown)}
    sentences = [each.strip() for each in SENTENCE.findall(own_words(message)) if each.strip()]
    for place, sentence in enumerate(sentences):
        if len(sentence) > LONGEST:
            continue
        others = " ".join(sentences[:place] + sentences[place + 1 :])
        found = _read(mentions, sentence, titles, alone=not others)
        if found is not None:
            return replace(found, rest=others)
    return None


def asked_of(
    shelf: Shelf, message: str, shown: Sequence[Exposure], earlier: Sequence[Utterance]
) -> Pointed | None:
    """Return what a message asks of items that were shown, with their ids; None: nothing.

    "Why?" asks of the list, where the last reply showed it, or of what the last message asked of.

    Args:
        shelf: The catalogue.
        message: What the user writes.
        shown: In the conversation, the latest first.
        earlier: Their earlier messages of it, the oldest first.
    """
    asked = pointed_at(shelf.mentions, titled(shelf, message, shown), shown)
    if asked is None:
        return _one_of_several(shelf, message, shown)
    if asked.ids:
        return asked
    last = last_list(shown)
    since = [each for each in earlier if before(each, last)]
    if not since:
        found = tuple(ids(last)) if last[0].observation is not None else ()
    else:
        said = shortened(since[-1].text)
        said = "why that?" if _THAT.match(said) else said  # "seen it" speaks on of the same
        one = asked_of(shelf, said, shown, earlier[: earlier.index(since[-1])])
        found = one.ids if one else ()
    return replace(asked, ids=found) if found else None


def with_that(
    shelf: Shelf, message: str, shown: Sequence[Exposure], earlier: Sequence[Utterance]
) -> str:
    """Return a message with a title in place of "it", where one item was just spoken of.

    "Seen it", "more like that one": behind a question about one item, a pick, or a list of one.

    Args:
        shelf: The catalogue.
        message: What the user writes.
        shown: In the conversation, the latest first.
        earlier: Their earlier messages of it, the oldest first.
    """
    match = _THAT.match(message) if shown and len(message) <= LONGEST else None
    if match is None:
        return message
    asked = asked_of(shelf, "why that?", shown, earlier)
    ids_ = asked.ids if asked else ()
    titles = [plain(each.title) for each in shown if each.item_id in ids_]
    if len(ids_) != 1:
        return message
    rest = _MORE_OF_IT.sub(f"“{titles[0]}”", message[match.end("that") :])
    return f"{message[: match.start('that')]}“{titles[0]}”{rest}"


def all_with_that(
    shelf: Shelf, said: Sequence[Utterance], shown: Sequence[Exposure]
) -> list[Utterance]:
    """Return messages so, each by what was shown and said before it; long ones shortened."""
    return [
        replace(
            each, text=with_that(shelf, shortened(each.text), before(each, shown), said[:place])
        )
        for place, each in enumerate(said)
    ]


def _one_of_several(shelf: Shelf, message: str, shown: Sequence[Exposure]) -> Pointed | None:
    """Return what a message asks where it may mean each of several: "the 1984 one", of two."""
    match = _TAKE.match(own_words(message)) if len(message) <= LONGEST else None
    what = match["what"] if match else ""
    last = last_list(shown)
    titles = ones(what, pointable(shelf, last), shelf.mentions.things)
    found = tuple(each.item_id for each in last if each.title in titles)
    return Pointed("about", found) if found else None


def said_before_shown(
    shelf: Shelf, asked: Pointed, shown: Sequence[Exposure], earlier: Sequence[Utterance]
) -> list[Utterance]:
    """Return what the user had said when items were shown, the request last, as it was heard."""
    of = [each for each in shown if each.item_id in asked.ids][:1]
    return [each for each in all_heard(shelf, earlier, shown) if not before(each, of)]


def explained(
    recommender: Recommender,
    found: Taste,
    query: UserQuery,
    asked: Pointed,
    last: Sequence[Exposure],
) -> Advice | None:
    """Return what was asked of, each with what speaks for it; None where nothing is left of it.

    Args:
        recommender: Who ranks.
        found: What was known and said when they were shown.
        query: What of it the recommender may see.
        asked: What the user asks.
        last: The last list; of its items the rank is their place in it.
    """
    here = [id_ for id_ in asked.ids if recommender.items.row(id_) is not None]
    if not here:
        return None
    # What they said of an item itself is no reason for it.
    others = tuple(each for each in query.events if each.item_id not in here)
    liked = frozenset(
        each.mention.value
        for each in found.said.values
        if each.kind == "like" and isinstance(each.mention, ValueMention)
    )
    again = recommender.recommend(
        replace(query, events=others),
        len(here),
        ItemFilter(only=frozenset(here), exclude_seen=False),
        explain=True,
    )
    place = {id_: at for at, id_ in enumerate(ids(last), 1)}
    ranked = [
        replace(
            each,
            rank=place.get(each.item.id, each.rank),
            reasons=tuple(_as_told_later(reason, each.item, liked) for reason in each.reasons),
        )
        for each in again
    ]
    return Advice(tuple(sorted(ranked, key=lambda each: each.rank)), asks=asked.asks)


def _as_told_later(reason: Reason, item: Item, liked: Collection[str]) -> Reason:
    """Return a reason that the user's own words gave so that it says that they said it."""
    if reason.kind != "preference" or not (reason.memory or "").startswith("o"):
        return reason
    words = (word for name in item.attributes for word in item.words(name))
    word = next((word for word in words if reason.text.endswith(f" {word}")), None)
    if word is None:
        return reason
    return replace(reason, text=f"you {'like' if word in liked else 'asked for'} {word}")


def _read(
    mentions: Mentions, sentence: str, titles: Mapping[str, str], *, alone: bool
) -> Pointed | None:
    for form in _WHY:
        if match := form.match(sentence):
            what = match.groupdict().get("what") or ""
            if not what or _DEICTIC.fullmatch(what):
                return Pointed("why") if alone else None
            if ids := _named(mentions, what, titles):
                return Pointed("why", ids)
    for form in _TELL:
        if match := form.match(sentence):
            if alone and _DEICTIC.fullmatch(match["what"]):
                return Pointed("about")
            if ids := _named(mentions, match["what"], titles):
                return Pointed("about", ids)
    match = _TAKE.match(sentence) if alone else None
    ids = _named(mentions, match["what"], titles) if match else ()
    return Pointed("about", ids) if ids else None


def _named(mentions: Mentions, what: str, titles: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of what was shown, where some words name nothing else."""
    found = [titles[title] for title in _TITLE.findall(what) if title in titles]
    left = _TITLE.sub(lambda quoted: " " if quoted[1] in titles else quoted[0], what)
    if not _BETWEEN.fullmatch(left):
        shown = frozenset(titles.values())
        for each in mentions.find(left).items[::-1]:
            ids = [id_ for id_ in (each.item_id, *each.others) if id_ in shown]
            if not ids:
                return ()
            found.append(ids[0])
            left = f"{left[: each.start]} {left[each.end :]}"
    return tuple(dict.fromkeys(found)) if _BETWEEN.fullmatch(left) else ()
