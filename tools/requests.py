"""Requests: whether a message asks for something of a catalogue, and for how many. English.

"What should I watch tonight?"      asks: the form of a request, and a word for what there is
"Should I watch Heat?"              does not: it asks about an item
"Something older" (after a list)    asks: a list was just shown
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from usermind.memory.number_words import up_to
from usermind.memory.pasted import own_words
from usermind.models.irony import sincere
from usermind.tools.clauses import BEHIND_A_THING, OPENING
from usermind.tools.cues import SENTENCE
from usermind.tools.folded_text import told
from usermind.tools.mentions import ItemMention, Mentions
from usermind.tools.wishes import GOES_ON, Wish, Wishes

MOST = 20
"""Items that a message can ask for."""

_BEHIND_A_COMMA = rf"(?<!said)(?<!says)(?<!asked)(?<!asks)(?<!wrote)[,;–—]\s*{OPENING}"
_IMPERATIVE = re.compile(
    rf"(?:^\W*{OPENING}|\b(?:please|you|to|and|then|now|just)\W+)"
    r"(?:recommend|suggest|propose|pick|choose|find|show|give|get|name|list)\b|"
    rf"{_BEHIND_A_COMMA}(?:recommend|suggest|propose|pick|choose|find|show|give)"
    r" (?:me|us|an?|some|something|any|anything|another|one|two|three|\d+)\b",
    re.IGNORECASE,
)
_OPEN_IMPERATIVE = re.compile(
    rf"(?:^\W*{OPENING}|{_BEHIND_A_COMMA})(?:(?:can|could|would) you (?:please )?)?"
    r"(?:recommend|suggest|propose|pick|find|show|give)(?: me| us)? (?:something|anything)"
    r"(?: similar| like (?:it|that|them|these|those))?"
    r"(?=\W*$|,| (?:but|except|other than|not|without|instead)\b)",
    re.IGNORECASE,
)
"""Asks for anything beside what else is said: "I don't like westerns, recommend something"."""
_WHAT_THEN = re.compile(
    rf"^\W*{OPENING}(?:what|which(?: ones?)?)(?: else)? (?:do|would|can|could|should|shall) "
    r"(?:you (?:recommend|suggest|pick|choose|propose)|(?:i|we) (?:see|watch|read|play))"
    r"(?: (?:me|us|for me|for us|to me|tonight|today|now|then|next|instead))*\W*$",
    re.IGNORECASE,
)
"""Asks for what the conversation is about: "What do you recommend?"."""
_WANT = re.compile(
    r"\b(?:i|we)(?:['’]?m|['’]?d| am| are| would)? (?:\w+ )?"
    r"(?:want|need|like to (?:see|watch|read|play|hear)|feel like|fancy|crave|craving|"
    r"prefer (?:something|anything|an?))\b"
    r"|\b(?:looking|searching) for\b|\bin the mood for\b|\bfeeling like\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:(?:should|shall|could|can|might) (?:i|we)|to (?:see|watch|read|play|hear)|any|anything|"
    r"something|some|another|good|best|great|nice|recommend|suggest|else|ideas?|tips?|worth|got|"
    r"the (?:newest|latest|oldest|shortest|longest|most|top)"
    r"(?!.*\b(?:ever|of all time|in the world)\b)|"
    r"you have)\b",
    re.IGNORECASE,
)
_MOST = (
    r"(?:newest|latest|oldest|shortest|longest|(?:best|top|highest)[ -](?:rated|reviewed)|"
    r"(?:most|least|best)[ -](?:recent|popular|watched|viewed|known|famous|well[ -]known))"
)
_NO_VERB = r"(?!.*\b(?:(?:is|was|were|are|has|had|did|won|made)\b|\w+(?:ed|s) (?:me|us)\b))"
_ELLIPTIC = re.compile(
    rf"^\W*{OPENING}(?:an?|any|some|something|anything|another|more|(?:the )?{_MOST})\b"
    rf"{_NO_VERB}",
    re.IGNORECASE,
)
_STIPULATES = re.compile(
    rf"^\W*{OPENING}(?:(?:the )?{_MOST}|an?|any|some|something|anything|nothing|not|too|popular|"
    r"recent|old|short|long|underrated|under|over|less|more|shorter|longer|newer|older|at|max\w*|"
    r"directed|written|starring|featuring|by|in|from|with|only|preferably|\w+(?: please)?\W*$|"
    rf"(?:these|those|they)\b.*\btoo)\b{_NO_VERB}",
    re.IGNORECASE,
)
"""What goes on asking after a list, where it says what is wanted: "newest first", "in French"."""
_OF_ME = re.compile(
    r"\b(?:do|did|have|had|am|was|were) (?:i|we)\b|\b(?:i|we)(?:['’]ve| have)? (?:ever|last)\b"
    r"|^\W*(?:who|when|why)\b|^\W*how\b(?! about)|^\W*where\b(?! (?:can|could|do|might) (?:i|we))",
    re.IGNORECASE,
)
"""What asks of the past or of facts: "which films did I like?" wants no new ones."""
_REFUSES = re.compile(
    r"\b(?:do not|don['’]?t|stop|never)(?: \w+)? (?:recommend|suggest|show|giv|offer)\w*\b"
    r"|\b(?:no|enough) (?:more )?(?:recommendations?|suggestions?)\b",
    re.IGNORECASE,
)
_NO_WORD = re.compile(
    r"^\W*>|\bif\b|\b(?:never|not|n['’]t) (?:say|said|saying|claim|claimed|think|mean)\b"
    r"|^\W*(?:do|did|would|should|could|will|have|had|am|was) (?:i|we|you)\b"
    r"|\b(?:said|says|say|wrote|writes|write|told|asked|asks|translate|quote|spell|repeat|type)\b"
    r"[^\"“‘]{0,40}[:\"“‘]",
    re.IGNORECASE,
)
"""What holds no word of the user's own: "If I had hated it", "Bob wrote: …"."""
_AFTER_A_LIST = re.compile(
    rf"^\W*{OPENING}(?:(?:do you )?have you(?: got)?\W+|(?:have )?got\W+)?(?:"
    r"(?:something|anything)\b(?:\W+[\w'’-]+){0,4}|(?:an)?other(?: ones?|s)?|others|what else"
    r"|(?:some )?more(?: (?:please|of (?:these|those|them|that)|like (?:this|these|those|that)))?"
    r"|(?:less|older|newer)\b(?: [\w'’-]+){0,2})(?:\W+please)?\W*$",
    re.IGNORECASE,
)
"""What goes on asking after a list was shown: "something funnier", "maybe older ones"."""
_NOT_THAT = re.compile(
    rf"^\W*{OPENING}(?:not|nothing like|anything but|skip|no)\b[^\w“]*(?:“[^”]*”(?:, | and )?)+\W*"
    r"(?:please|again|tonight|then)?\W*$",
    re.IGNORECASE,
)
"""Refuses items of a list, and so asks for others: "not the first"."""
_NUMBERS = up_to(MOST, least=2)
_UNCOUNTED = (
    r"of|to|for|in|on|at|with|and|or|but|i|we|want|need|out|stars?|points?|thumbs|hours?|minutes?|"
    r"years?|days?|weeks?|months?|times|people|kids|children|friends"
)
"""Words behind a number that is not one of things: "3 stars for the film"."""
_COUNT_ALONE = (
    rf"^\W*{OPENING}(?:the )?(?:top )?{_NO_VERB}(?!.*\b(?:i|we|he|she|they|you|my|our|his|her|down|"
    r"later|ago|already|per|in (?:an?|one|the|total|\d+)|an? (?:year|month|week|day|night))\b)"
)
"""What a sentence begins with that says a number of things and nothing else: "ten films"."""
_FOR_SOMEBODY = (
    r"\s+(?:(?:my|our|his|her|their|the|a|every\w+|any\w+|both|all|most|(?-i:[A-Z])\w+)"
    r"(?: [\w'’-]+){0,3} )(?:would|might|will|may|could)(?: \w+)? "
    r"(?:like|love|enjoy|appreciate|watch|see|read)\b"
)
"""Whom a thing is for: "a film my mother would like"."""


def asks(
    mentions: Mentions,
    message: str,
    said: Wishes,
    *,
    after_a_list: bool,
    more: Sequence[str] = (),
    before: Sequence[str] = (),
) -> bool:
    """Say whether a message asks for something of the catalogue.

    Args:
        mentions: Of the catalogue.
        message: What the user writes.
        said: What it says of the catalogue's things.
        after_a_list: Whether items were shown in this conversation lately.
        more: What it asks that the catalogue cannot tell; see `unheard`.
        before: What the user said in this conversation before, the oldest first.
    """
    if _REFUSES.search(message) or _no_more(mentions.things, message):
        return False
    sentences = [each.strip() for each in SENTENCE.findall(message) if each.strip()]
    stipulates = bool(said.new_orders or more)
    if after_a_list and (
        said.other_ones
        or _wished(said, {"want", "example", "refuse"})
        or (_refuses_items(said) and any(_NOT_THAT.match(each) for each in sentences))
        or any(_AFTER_A_LIST.match(each) or _COUNTED.match(each) for each in sentences)
        or (stipulates and any(_STIPULATES.match(each) for each in sentences))
    ):
        return not all(_OF_ME.search(each) for each in sentences)
    if any(_ANYTHING.match(each) or _is_bare(each, mentions) for each in sentences):
        return True
    if any(_WHAT_THEN.match(each) for each in sentences) and (
        after_a_list or any(_is_of(mentions, each) for each in before[-GOES_ON:])
    ):
        return True
    tells = any(wish.last for wish in (*said.items, *said.values, *said.years))
    if tells and any(_OPEN_IMPERATIVE.search(each) for each in sentences):
        return True
    if not (_wished(said, {"want", "example"}) or _speaks_of(mentions.things, message)):
        # It names nothing that the catalogue knows: "something by Tarantino", "a hidden gem".
        return stipulates and any(
            _ELLIPTIC.match(each) or _IMPERATIVE.search(each) for each in sentences
        )
    words = [*mentions.things, *kinds_of(mentions, said)]
    return any(_is_a_request(each, mentions) or _counts(each, words) for each in sentences)


def kinds_of(mentions: Mentions, said: Wishes) -> list[str]:
    """Return the words by which a message names kinds that can be counted: "comedies"."""
    words = [wish.mention.text for wish in said.values if wish.last and wish.kind == "want"]
    return [word for word in words if mentions.values.is_noun(told(word))]


_COUNTED = re.compile(
    rf"^(?!\W*\d+\W*$)\W*{OPENING}"
    r"(?:(?:give|show|tell|get|find|recommend|suggest)(?: me)? )?(?:only|just)?\W*"
    rf"(?P<n>\d{{1,2}}|one|{'|'.join(_NUMBERS)})(?: (?:more|others?|other ones|"
    r"of (?:them|these|those)|will do|is enough|are enough))?\W*(?:please|then|this time)?\W*$",
    re.IGNORECASE,
)
"""How many, said after a list: "only 2 please", "one more"; a bare "2" is a place of it."""


def count_asked(message: str, things: Iterable[str], *, after_a_list: bool = False) -> int | None:
    """Return how many a message asks for, at most `MOST`; None: it does not say.

    Args:
        message: What the user writes.
        things: Words for what may be asked for: "film", "comedies".
        after_a_list: Whether items were shown in this conversation lately.

    >>> count_asked("Recommend me three old films", ["film"]), count_asked("3 films I saw", [])
    (3, None)
    >>> count_asked("one more", [], after_a_list=True), count_asked("one more", [])
    (1, None)
    """
    if after_a_list and (bare := _COUNTED.match(message)):
        number = bare["n"].lower()
        wanted = _NUMBERS.get(number) or (1 if number == "one" else int(number))
        return min(wanted, MOST) or None
    things = tuple(things)
    found = re.search(_counted(things), message, re.IGNORECASE)
    if found is None or not (
        _IMPERATIVE.search(message)
        or _WANT.search(message)
        or any(_counts(each.strip(), things) for each in SENTENCE.findall(message))
    ):
        return None
    number = found["n"].lower()
    count = _NUMBERS.get(number) or int(number)
    return min(count, MOST) if count > 1 else None


def _counted(things: Iterable[str]) -> str:
    """Return an expression for a number of things."""
    words = "|".join(re.escape(thing) for thing in things) or "(?!)"
    return (
        rf"(?<![\w/.])(?P<n>\d{{1,2}}|{'|'.join(_NUMBERS)})"
        rf"(?: (?!(?:{_UNCOUNTED})\b)[\w-]+){{0,3}}? (?:{words})s?(?={BEHIND_A_THING})"
    )


def _counts(sentence: str, things: Iterable[str]) -> bool:
    """Say whether a sentence says a number of things and nothing else: "ten films, please"."""
    return re.match(_COUNT_ALONE + _counted(things), sentence, re.IGNORECASE) is not None


def stated(message: str) -> str:
    """Return what a message states in its author's own words, for verdicts to be taken from.

    Left out are what is pasted or quoted from others, questions, conditions, and what somebody says
    that they did not say or mean: "Would I like Heat?" tells of no liking.
    """
    kept = [each.strip() for each in SENTENCE.findall(sincere(own_words(message)))]
    return " ".join(
        each for each in kept if each and not (each.endswith("?") or _NO_WORD.search(each))
    )


_ANYTHING = re.compile(
    rf"^\W*{OPENING}(?:(?:(?:can|could|would) you )?(?:recommend|suggest|pick|surprise|find|give)"
    r"(?: me)?(?: (?:something|anything|one))?|something|anything)(?: (?:good|nice|fun|new|else))?"
    r"(?: (?:for|to (?:watch|see|read|play))(?: me| us)?"
    r"(?: (?:tonight|today|now|the weekend|later))?)?"
    r"(?: tonight| today| please)?\W*$",
    re.IGNORECASE,
)
"""Asks for anything, and names no kind of thing: "recommend something", "surprise me"."""


def _is_bare(sentence: str, mentions: Mentions) -> bool:
    """Say whether a sentence names a thing and whom or what for: "film for tonight"."""
    things = mentions.thing_words or "(?!)"
    return (
        re.match(
            rf"^\W*{OPENING}(?:(?:good|new|nice) )?(?:{things})(?: (?:night|time))?"
            r"(?: (?:please|now|tonight|today|ideas?|tips?|recommendations?|suggestions?|"
            r"for (?:tonight|today|tomorrow|me|us|two|the (?:weekend|evening|kids|family))|"
            r"to (?:watch|see|read|hear|play)))+\W*$",
            sentence,
            re.IGNORECASE,
        )
        is not None
    )


def _is_a_request(sentence: str, mentions: Mentions) -> bool:
    if _OF_ME.search(sentence):
        return False
    if _IMPERATIVE.search(sentence) or _WANT.search(sentence) or _ELLIPTIC.match(sentence):
        return True
    is_question = sentence.endswith("?") or re.match(r"\W*(?:what|which)\b", sentence, re.I)
    return bool(is_question and _OPEN.search(sentence) and not _is_of_an_item(sentence, mentions))


def _is_of_an_item(sentence: str, mentions: Mentions) -> bool:
    """Say whether a question asks about an item, and for nothing like it."""
    return bool(mentions.find(sentence).items) and not re.search(
        r"\b(?:like|similar|else|other|than)\b", sentence, re.IGNORECASE
    )


def _wished(said: Wishes, kinds: set[str]) -> bool:
    return any(
        wish.last and wish.kind in kinds and not _is_named_alone(wish)
        for wish in (*said.items, *said.values, *said.years)
    )


def _refuses_items(said: Wishes) -> bool:
    return any(wish.last and wish.kind == "refuse" for wish in said.items)


def _is_named_alone(wish: Wish) -> bool:
    """Say whether it is an item that is wanted itself: "find Heat" is no wish for others."""
    return isinstance(wish.mention, ItemMention) and wish.kind != "example"


def _speaks_of(things: Iterable[str], message: str) -> bool:
    """Say whether a text speaks of a thing itself: of a film, and not of a film director."""
    words = "|".join(re.escape(thing) for thing in things) or "(?!)"
    behind = rf"(?={BEHIND_A_THING}|{_FOR_SOMEBODY})"
    return re.search(rf"\b(?:{words})s?{behind}", message, re.I) is not None


def _is_of(mentions: Mentions, message: str) -> bool:
    """Say whether a message speaks of the catalogue's things, its kinds or its items."""
    found = mentions.find(message, places=0)
    sure = any(each.sure for each in found.items) or any(each.sure for each in found.values)
    return sure or _speaks_of(mentions.things, message)


def _no_more(things: Iterable[str], message: str) -> bool:
    words = "|".join(re.escape(thing) for thing in things) or "(?!)"
    return re.search(rf"\b(?:no|enough) more (?:{words})s?\b", message, re.I) is not None
