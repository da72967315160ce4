"""Wishes: what a message asks for, refuses, and says of the things of a catalogue. English.

    "Something like Alien but not scary, I've already seen Heat."
      → Alien: example · Horror: refuse · Heat: seen

A wish holds for the conversation. What a later message says of the same thing counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from usermind.models.irony import sincere
from usermind.tools.content_terms import content_terms
from usermind.tools.cue_patterns import SAID
from usermind.tools.cue_worth import Kind
from usermind.tools.cues import Stance
from usermind.tools.favourites import of_elsewhere
from usermind.tools.folded_text import told
from usermind.tools.mentions import (
    PLACES,
    SEAM,
    ItemMention,
    Mention,
    Mentioned,
    Mentions,
    ValueMention,
    YearMention,
    shortened,
)
from usermind.tools.orders import By, Order, orders_in

_OTHER_ONES = re.compile(
    r"\b(?:not|none of|any(?:thing)? but|other than|except) (?:any of |all )?"
    r"(?:these|those|them|this|that)\b|"
    r"\b(?:something|anything|someone) (?:else|different|new)\b|"
    r"\b(?:show|give|got|have|find)\b[^.!?]{0,20}\b(?:others?|more|other ones|different ones)\b"
    r"(?! (?:of|like))|\b(?:other|different) (?:ones?|films?|movies?|books?|ideas?|suggestions?)\b|"
    r"\bwhat else\b|"
    r"\b(?:don['’]?t|do not) (?:really )?(?:like|want|fancy|care for|need) (?:any of )?"
    r"(?:these|those|them)\b(?=\W*$|\W*[.,;!])",
    re.IGNORECASE,
)


GOES_ON = 3
"""Messages for which a wish goes on when nothing more is said of it."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message of the user's."""

    text: str
    observation: str | None = None
    """Its id, where it is kept."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message says of one thing."""

    kind: Kind
    mild: bool
    mention: Mention
    group: int
    """Values of one group are alternatives of each other, "a comedy or a thriller", but for those
    of one run, which are all meant."""
    run: tuple[str, int]
    """What has one run is said as one thing: "romantic comedies from the 90s"."""
    sure: bool
    """Whether it is likely to be meant of the catalogue's things."""
    said: str
    """The words that say it."""
    last: bool
    """Whether the last message says it; else one before it."""
    observation: str | None = None
    """Id of the message that says it, where it is kept."""
    weight: float | None = None
    """What a rating says, in [−1, 1]; None: it is none."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a conversation asks for, as it stands after its last message."""

    items: tuple[Wish, ...] = ()
    values: tuple[Wish, ...] = ()
    years: tuple[Wish, ...] = ()
    orders: tuple[Order, ...] = ()
    """What is wanted first or only, at most one by each measure."""
    new_orders: tuple[Order, ...] = ()
    """Those of the last message."""
    other_ones: bool = False
    """Whether the last message asks for other items than those that were shown."""
    words: str = ""
    """The last message without what it refuses."""

    @property
    def going_on(self) -> tuple[str, ...]:
        """What earlier messages asked for and still holds, in words: `("Comedy", "the 90s")`."""
        held = [
            each.mention.value if isinstance(each.mention, ValueMention) else each.mention.text
            for each in (*self.values, *self.years)
            if each.kind == "want" and not each.last
        ]
        return tuple(dict.fromkeys(held))


def wishes(
    mentions: Mentions,
    message: str,
    *,
    earlier: Iterable[Utterance] = (),
    observation: str | None = None,
    anew: bool = False,
) -> Wishes:
    """Return what a conversation asks for.

    What an earlier message asked for goes on where the last one asks for nothing of its own, as
    in "not these", and ends where it begins anew: "any good horror films?" What it refused or liked
    goes on in any case.

    Args:
        mentions: Of the catalogue.
        message: The last message of the user. Of a long one its beginning and its end are read,
            as of all messages; see `mentions.READ`.
        earlier: Those before it, the oldest first.
        observation: Id of the last one, where it is kept.
        anew: Whether what earlier ones asked for does not count any more.
    """
    message = sincere(shortened(message))
    said: list[Wish] = []
    orders: dict[By, Order] = {}
    before = (Utterance(sincere(shortened(each.text)), each.observation) for each in earlier)
    texts = [*before, Utterance(message, observation)]
    named, ordered, group = Mentioned(), tuple[Order, ...](), 0
    for place, text in enumerate(texts, 1):
        named = mentions.find(text.text)
        new = _read(mentions, text, named, group, last=place == len(texts))
        group = new[-1].group if new else group
        begins = (
            _begins_anew(text.text, new, mentions)
            or place == len(texts) - GOES_ON
            or (anew and place == len(texts))
        )
        ordered = tuple(orders_in(text.text, named, mentions.thing_words, SAID))
        orders = ({} if begins else orders) | {each.by: each for each in ordered}
        said = [wish for wish in said if not _gives_way(wish, new, anew=begins)]
        runs = _runs([*said, *new])
        for wish in new:
            said = [each for each in said if not _takes_its_place(wish, each, runs)]
            said.append(wish)
    every = tuple(said)
    return Wishes(
        items=tuple(each for each in every if isinstance(each.mention, ItemMention)),
        values=tuple(each for each in every if isinstance(each.mention, ValueMention)),
        years=tuple(each for each in every if isinstance(each.mention, YearMention)),
        orders=tuple(orders.values()),
        new_orders=ordered,
        other_ones=bool(_OTHER_ONES.search(message)),
        words=_telling(message, named, mentions, ordered),
    )


def narrows(said: Wishes, message: str) -> bool:
    """Return whether a message says more of what is wanted, and asks for nothing new by name.

    "By Nolan" narrows what was shown; "another one by Nolan" asks for others.
    """
    new = any(each.last and each.kind == "want" for each in (*said.values, *said.years))
    return (new or bool(said.new_orders)) and not (said.other_ones or _NEW.search(message))


_NEW = re.compile(r"\b(?:another|more|others?|else|new|different|next|again)\b", re.IGNORECASE)


def _read(
    mentions: Mentions, said_in: Utterance, named: Mentioned, group: int, *, last: bool
) -> list[Wish]:
    text, found = said_in.text, list[Wish]()
    before: Stance | None = None
    stances = SAID.stances(text, named)
    for stance in stances:
        is_sort = any(_is_a_sort(text, stance, other, mentions) for other in stances)
        if not (is_sort or _counts(text, stance, mentions)):
            continue
        joined = before is not None and (
            before.run == stance.run or _are_alternatives(text, before, stance)
        )
        group += not joined
        spans = (stance.cue, stance.mention)
        said = text[min(each.start for each in spans) : max(each.end for each in spans)]
        sure = is_sort or stance.mention.sure or _is_a_kind(text, stance, mentions)
        found.append(
            Wish(
                kind=stance.kind,
                mild=stance.mild,
                mention=stance.mention,
                group=group,
                run=(text, stance.run),
                sure=sure,
                said=said.strip(),
                last=last,
                observation=said_in.observation,
                weight=stance.cue.weight,
            )
        )
        before = stance
    return found


_OWNED = re.compile(r"\b(?:my|his|her|their|our|your|the|this|that) $", re.IGNORECASE)


def _counts(text: str, stance: Stance, mentions: Mentions) -> bool:
    """Return whether a word is said of the catalogue: of "my children" it is not."""
    mention = stance.mention
    if isinstance(mention, ItemMention):
        return not of_elsewhere(mentions, text, stance)
    if mention.sure:
        return True
    if isinstance(mention, YearMention):
        return stance.kind in ("want", "refuse", "example") and bool(_thing(mentions, text))
    if stance.cue.weak and not (_thing(mentions, text) or _is_a_kind(text, stance, mentions)):
        return False  # "Funny how time flies"
    return not _OWNED.search(text[: mention.start])


_SOMETHING = re.compile(
    r"\b(?:something|anything|stuff|ones?)(?: (?:a (?:bit|little)|more|really|very))? $",
    re.IGNORECASE,
)


_BUT = re.compile(
    r"\b(?:like|similar to) [^.!?;]+\bbut,? (?:(?:a (?:bit|little)|more|much|really|also|with) )*$",
    re.IGNORECASE,
)
"""Before how an example is to be otherwise: "like Heat but ▢"."""


def _is_a_kind(text: str, stance: Stance, mentions: Mentions) -> bool:
    """Return whether what is asked for is said as a kind: "a romance", "something funny"."""
    mention = stance.mention
    if stance.kind != "want" or not isinstance(mention, ValueMention):
        return False
    before = text[: mention.start]
    if _SOMETHING.search(before) or mention.text.lower().endswith("ier") or _BUT.search(before):
        return True
    with_article = re.search(r"\b(?:an?|another)(?: \w+)? $", text[: mention.start], re.IGNORECASE)
    return bool(with_article) and mentions.values.is_noun(told(mention.text))


def _is_a_sort(text: str, one: Stance, other: Stance, mentions: Mentions) -> bool:
    """Return whether two words name a kind and its sort: "romantic comedies", "a sci-fi drama"."""
    pair = sorted((one, other), key=lambda each: each.mention.start)
    first, last = (each.mention for each in pair)
    return (
        one.run == other.run
        and isinstance(first, ValueMention)
        and isinstance(last, ValueMention)
        and text[first.end : last.start] in (" ", "-")
        and mentions.values.is_noun(told(last.text))
        and not _OWNED.search(text[: first.start])
        # "Some family drama at home" is no film.
        and any(each.mention.sure or _is_a_kind(text, each, mentions) for each in pair)
    )


def _thing(mentions: Mentions, text: str) -> re.Match[str] | None:
    words = mentions.thing_words or "(?!)"
    return re.search(rf"\b(?:{words}|something|anything)\b", text, re.IGNORECASE)


_OR = re.compile(r"^(?:\W|\b(?:or|and|nor|an?|some|any|the|films?|movies?|ones?|no|not)\b)*$", re.I)
_OR_SAID = re.compile(r",|/|\b(?:or|and|nor)\b", re.IGNORECASE)


def _are_alternatives(text: str, one: Stance, other: Stance) -> bool:
    if one.kind != other.kind:
        return False
    if one.mention.start == other.mention.start:
        return True  # one word, of two attributes
    between = text[one.mention.end : other.mention.start]
    return bool(_OR.match(between) and _OR_SAID.search(between))


_Runs = dict[tuple[str, int], frozenset[object]]


def _runs(said: Iterable[Wish]) -> _Runs:
    """Return what is said as one thing, by run."""
    found: dict[tuple[str, int], set[object]] = {}
    for wish in said:
        found.setdefault(wish.run, set()).add(_key(wish))
    return {run: frozenset(of) for run, of in found.items()}


def _takes_its_place(wish: Wish, before: Wish, runs: _Runs) -> bool:
    """Return whether it is the last word on the same thing.

    A message may want one word of several: "a romantic comedy or a romantic drama". And what is
    refused of several words is none of them alone: "a comedy, but no romantic comedies".
    """
    if _key(wish) != _key(before):
        return False
    if "refuse" in (wish.kind, before.kind) and runs[wish.run] != runs[before.run]:
        joint = wish if wish.kind == "refuse" else before
        return len(runs[joint.run]) == 1
    if wish.kind == "example" and before.kind in ("like", "seen") and wish.run[0] == before.run[0]:
        return False  # "loved Heat, more like Heat"
    again = wish.kind == before.kind == "want" and wish.run[0] == before.run[0]
    return not (again and wish.run != before.run)


def _key(wish: Wish) -> object:
    mention = wish.mention
    if isinstance(mention, ItemMention):
        return mention.item_id
    if isinstance(mention, ValueMention):
        return (mention.attribute, mention.value)
    return (mention.attribute, mention.least, mention.most)


_REQUEST = re.compile(
    r"\b(?:recommend|suggest|any (?:good|great|nice)|looking for|in the mood for|find|show|give)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\b(?:else|(?:an)?others?|also|too|more|less|instead|rather|but|though|different|similar|same|"
    r"these|those|them|that one|this one|better|(?:new|old|short|long|dark|light|great|small|"
    r"simpl|rar|kind|warm|quick|slow|strang|young)e?r|\w{2,}ier)\b",
    re.IGNORECASE,
)
_FULL = (
    r"^\W*(?:(?:ok(?:ay)?|hm+|so|then|now|and|or|well|no|yes|hi|hello|hey|maybe|perhaps|please|"
    r"how about|what about)\b\W*)*(?:an?|(?:(?:what|which)(?:['’]s| is| are)? )?the"
    r"(?= (?:[a-z]+est|(?:most|least|best|highest|top|lowest|worst)[ -])))"
    r" (?:(?!(?:about|with|from|in|of|by|for|that|which)\b)[\w'’&-]+ ){0,4}?"
)
"""How a message begins that names what is wanted as a whole: "a Christmas film"."""


def _begins_anew(text: str, new: Sequence[Wish], mentions: Mentions) -> bool:
    """Return whether a message is a request of its own, and no word on the one before."""
    if any(wish.kind == "example" for wish in new):
        return True  # it says all of what is wanted
    kind = any(wish.kind == "want" and isinstance(wish.mention, ValueMention) for wish in new)
    things = mentions.thing_words or "(?!)"
    named = (_REQUEST.search(text) and (kind or _thing(mentions, text))) or re.search(
        rf"{_FULL}(?:{things})\b", text, re.IGNORECASE
    )
    return bool(named and not _GOES_ON.search(text))


def _gives_way(wish: Wish, new: Sequence[Wish], *, anew: bool) -> bool:
    """Return whether what was said before is over, now that this is said.

    What was asked for is, when something else of its attribute is asked for, or something anew; a
    span of years is, when another one is named.
    """
    mention = wish.mention
    if anew and wish.kind in ("want", "example"):
        return True
    if isinstance(mention, ItemMention):
        return False
    rivals = [
        each
        for each in new
        if not isinstance(each.mention, ItemMention) and each.mention.attribute == mention.attribute
    ]
    if isinstance(mention, YearMention):
        return any(
            not (isinstance(each.mention, YearMention) and _bounds_with(mention, each.mention))
            for each in rivals
        )
    return wish.kind == "want" and any(each.kind == "want" for each in rivals)


def _bounds_with(one: YearMention, other: YearMention) -> bool:
    """Return whether something is left between two bounds: "newer", and then "not so new"."""
    for low, high in ((one, other), (other, one)):
        if low.most is None and high.least is None and low.least is not None:
            return high.most is not None and low.least <= high.most
    return False


_COUNT = re.compile(r"\d{1,2}")
_ASKING = content_terms(
    "recommend suggest propose pick choose find show give watch see look good great nice best fun "
    "tonight today weekend evening another different new old older newer recent please thanks "
    "like love enjoy prefer favourite favorite fancy feel mood need help idea ideas kind sort type "
    "maybe rather instead list few couple one ones two three four five six ten time less more much "
    "too really first directed written starring featuring language "
    "very rate rated rating give gave star stars "
    "find found think thought consider honestly personally ever for mother father friend wife "
    "husband girlfriend boyfriend partner kids family"
)
"""Words by which something is asked for, and for whom: what items are about they do not tell."""


def _telling(message: str, named: Mentioned, mentions: Mentions, ordered: Sequence[Order]) -> str:
    """Return the words that say what is wished for; nothing where their names say all of it."""
    refused = SAID.refused(message, named)
    words = _without(message, refused)
    # Without what it refuses a message may name other things: it is read once more.
    found = mentions.find(words, places=0 if named.items else PLACES) if refused else named
    said = (*(each.text for each in found.all), *(each.said for each in ordered))
    known = " ".join([*mentions.things, *said])
    telling = content_terms(words) - content_terms(known) - _ASKING
    return words if any(not _COUNT.fullmatch(term) for term in telling) else ""


_SUBJECT = re.compile(r"(?:\b(?:i|we|i['’]m|i am|and|but|please)[\s,]*)+$", re.IGNORECASE)


def _without(text: str, stretches: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(stretches, reverse=True):
        # "I" of "I can't stand" goes with it.
        text = f"{_SUBJECT.sub('', text[:start])} {text[end:]}"
    return " ".join(text.replace(SEAM, " ").split()).strip(" ,;:-–")
