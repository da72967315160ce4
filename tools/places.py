"""Places: which items of the list that was just shown a message points at. English.

    "I've seen 1, 3 and 5"      "more like the second one"      "the 1984 one"
      → their titles stand in the message, and everything else reads it as if they were said

A number or an ordinal counts where it can hardly mean anything else: "number 2", "the last one",
"seen 1 and 3". "The last film I saw", "on the second", "I have 3 kids" and "I saw 2 of them" point
at nothing, nor does a list of which one number is too high.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from usermind.memory.naming import YEAR, without_year
from usermind.tools.clauses import OPENING
from usermind.tools.facets import PEOPLE, facet_of
from usermind.tools.folded_text import told
from usermind.tools.ratings import RATING
from usermind.tools.titles import year_of

if TYPE_CHECKING:
    from usermind.tools.items import Item


@dataclass(frozen=True, slots=True)
class Listed:
    """An item of a list, as a message can point at it."""

    title: str
    year: int | None = None
    words: frozenset[str] = frozenset()
    """What its attributes say of it, as `spoken.told` has it; of people the last name, too."""


def listed(title: str, item: Item | None = None) -> Listed:
    """Return an item as it can be pointed at.

    Args:
        title: As it was shown.
        item: What the catalogue has of it; None: it is no longer there.
    """
    dated = YEAR.search(title)
    year = int(dated[1]) if dated else None
    if item is None:
        return Listed(title, year)
    words = set[str]()
    for name in item.attributes:
        for word in map(told, item.words(name)):
            words.add(word)
            if facet_of(name) in PEOPLE:
                words.add(word.rpartition(" ")[2])
    return Listed(title, year or year_of(item), frozenset(words))


_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_NUMBERS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_ORD: Final = rf"(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)|last(?! but one\b))"
_N: Final = r"\d{1,2}(?![\d/%]|[.:,]\d\d|[.:]\d|st\b|nd\b|rd\b|th\b)"
_COUNT: Final = rf"(?:{'|'.join(_NUMBERS)}|\d{{1,2}})"
_JOIN: Final = r"(?:\s*,\s*(?:and\s+)?|\s*[&+]\s*|\s+and\s+)"
_SPAN: Final = r"(?:\s*[-–]\s*|\s+to\s+)"
_WORKS: Final = (
    r"ones?|films?|movies?|books?|novels?|songs?|albums?|shows?|series|games?|items?|titles?|picks?|"
    r"suggestions?|recommendations?"
)
_KNOWN: Final = r"(?:seen|saw|(?:re-?)?watched|know|knew|read|re-?read|heard|own|finished|played)"
_VIEW: Final = r"(?:dis)?liked?|loved?|enjoy(?:ed)?|hated?|prefer(?:red)?|can['’]?t stand"
_ASKED: Final = (
    r"(?:more|something|anything|ones?|others?|just|exactly) like|similar to|why|"
    r"(?:what|how) about|tell me (?:more )?about|more about|describe|try|take|pick|choose|watch|"
    r"read|hear|play|see|go (?:for|with)|not|skip|drop|is|was|are|did|for|recommend|suggest"
)
_LEADS: Final = re.compile(
    rf"(?:^\W*{OPENING}|[,;]\s*(?:(?:and|but)\s+)?|\b(?:{_KNOWN}|{_VIEW}|{_ASKED}|and|but))\s*"
    r"(?:(?:both|just|already|also)\s+)*$",
    re.IGNORECASE,
)
"""Before an ordinal without a noun: "I liked the second"."""
_LEADS_NUMBERS: Final = re.compile(
    rf"(?:^\W*{OPENING}|\b(?:{_KNOWN}|{_VIEW}|(?:more|something|anything|ones?) like|similar to|"
    r"why|(?:what|how) about|tell me (?:more )?about|not|skip|drop|fan of|i mean(?:t)?|"
    r"you (?:recommend|suggest|pick|choose|show|list|include))\s+"
    r"(?:(?:both|just|already|also)\s+)*)$",
    re.IGNORECASE,
)
_LEADS_ONE: Final = re.compile(
    r"\b(?:(?:more|something|anything|ones?) like|similar to|why|(?:what|how) about|"
    rf"tell me (?:more )?about|^\W*{OPENING}not|"
    r"\bi mean(?:t)?|not (?:really )?(?:an?|much of an?) (?:(?:big|huge|great) )?fan of|"
    r"you (?:recommend|suggest|pick|choose|show|list|include))\s+$",
    re.IGNORECASE,
)
"""Before one bare number, which is a place and no count: "more like 3"."""
_LEADS_RATED: Final = re.compile(
    rf"\b(?:gave|give|rated?)\s+$|\b(?:gave|give|rated?)\s+{_N}\s.*(?:,|\band)\s+$", re.IGNORECASE
)
"""Before a place that a rating stands behind: "I gave 1 five stars and 2 two stars"."""
_SAYS: Final = (
    rf"(?:i(?:['’]ve| have)?\s+)?(?:(?:already|really|also|just|only|have)\s+)*(?:{_KNOWN}|{_VIEW}|"
    r"(?:didn['’]?t|did not) (?:like|enjoy|finish))\s+(?:(?:both|also)\s+)?"
    rf"(?:{_N}(?:{_JOIN}{_N})*|the {_ORD}(?: one)?)"
)
_SEVERAL: Final = re.compile(
    rf"\W*{OPENING}{_SAYS}(?:\s*(?:,|;|\band\b|\bbut\b)+\s*(?:(?:and|but)\s+)?{_SAYS})+\W*",
    re.IGNORECASE,
)
"""A sentence of several verdicts, and of nothing else."""
_LEADS_ALL: Final = re.compile(rf"\b{_KNOWN}\s+(?:(?:just|already|also)\s+)*$", re.IGNORECASE)
_TOPIC: Final = (
    rf"(?:i|we)(?:['’]ve|['’]d| have| had)?(?: already| also| really| just| didn['’]?t| did not| "
    rf"haven['’]t| don['’]?t)*\s+(?:{_KNOWN}|{_VIEW})"
    r"(?=\s*(?:$|[.,;!?)]|\b(?:already|before|too|and|but|as well)\b))"
)
"""What is said of what stands before it: "the second one I've seen"."""
_OF_THE_LIST: Final = (
    r"(?:of|from|on|in)\s+(?:(?:them|these|those)\b|(?:the|your|that|this) (?:list|"
    r"suggestions|recommendations)\b)"
)
_FOLLOWS: Final = (
    r"(?=\s*(?:$|[.,;:!?)…\n]|\b(?:already|before|too|also|as well|so|then|please|though|tonight|"
    r"today|yesterday|recently|twice|instead|better|more|are|were|aren|weren|sounds?|looks?|seems?|"
    r"bored?|"
    rf"(?:and|but)(?! (?:only|foremost|last|best|most)\b)|last (?:night|week|month|year)|{_TOPIC}|"
    rf"{_OF_THE_LIST})\b)"
)
_END: Final = rf"{_FOLLOWS})"
"""What may stand behind what points without a noun: nothing that would be what is counted."""
_END_OF_ONE: Final = rf"{_FOLLOWS}|\s+(?:is|was|isn|wasn)\b)"
_ELSE: Final = (
    rf"(?!\s+(?!{_TOPIC}|{_OF_THE_LIST}|(?:that |which )?(?:you|is|was)\b)(?:that|which|who|where|"
    r"when|i|we|he|she|they|it|people|everyone|somebody|someone|of|in|by|about|from|with|ever|to|"
    r"made|directed|written|set|my|his|her|our|their|since|out|(?-i:[A-Z]\w+))\b)"
)
"""Not behind "the last film": what says of which films it is the last."""
_NO_COUNT: Final = (
    r"(?!\s+(?:more|others?|years?|hours?|minutes?|days?|weeks?|months?|times|people|friends|kids|"
    r"children|stars?|buses|bus|tram|train|priority|fan|pencil|of my|in my|on my|in the "
    r"(?:world|charts?|country|family))\b)"
)
_NOT_MINE: Final = (
    r"(?<!\bat )(?<!\bmy )(?<!\bhis )(?<!\bher )(?<!\bour )(?<!house )(?<!room )(?<!phone )"
    r"(?<!gate )(?<!door )(?<!bus )(?<!line )(?<!player )(?<!flat )"
)
_SERIES: Final = re.compile(
    r"\b(?:sequels?|prequels?|trilogy|franchise|seasons?|episodes?|chapters?|volumes?|hal(?:f|ves)|"
    r"acts?|parts?|instal+ments?)\b",
    re.IGNORECASE,
)
"""What else has a first and a second."""
_ALONE: Final = re.compile(r"\W*\d{1,2}\W*")
"""A message that is nothing but the number of an item."""
_SENTENCE: Final = re.compile(r"[^.!?;\n]+(?:[.](?=\d)[^.!?;\n]*)*[.!?;\n]*|[.!?;\n]+")


def with_titles(
    message: str,
    shown: Sequence[Listed],
    things: Sequence[str] = (),
    older: Sequence[Listed] = (),
) -> str:
    """Return a message with titles in place of what points at items of the list that was shown.

    Marks that end a sentence are left out of a title: it is compared without them in any case.

    Args:
        message: What the user writes.
        shown: The last list, the best first.
        things: What people call its items, such as `("song", "track")`.
        older: What was shown before that list: "the 1984 one" may be of it.

    >>> heat, alien = Listed("Heat"), Listed("Alien", 1979)
    >>> with_titles("I liked the second one.", [heat, alien])
    'I liked “Alien”.'
    >>> with_titles("I've seen 1 and 2, more like the 1979 one", [heat, alien])
    "I've seen “Heat” and “Alien”, more like “Alien”"
    """
    if not shown:
        return message
    pattern = _pattern(tuple(things))

    def read(sentence: re.Match[str]) -> str:
        said = sentence[0]

        def titled(match: re.Match[str]) -> str:
            meant = _meant(match, said, shown)
            kind = match.lastgroup
            if kind in ("named", "by") and not _called(match[kind], shown):
                meant = _meant(match, said, older)
            if not meant and _ALONE.fullmatch(message):
                meant = _by_number(match, shown)
            return _joined([plain(each.title) for each in meant]) if meant else match[0]

        return pattern.sub(titled, said)

    subject = _subject([*shown, *older])
    return _SENTENCE.sub(lambda each: subject(read(each)), message)


def _subject(shown: Sequence[Listed]) -> Callable[[str], str]:
    """Return what quotes a title of one word that a sentence begins with and judges.

    "Arrival was a bore" may say something else; where that film was just shown, it does not.
    """
    names = {name: each for each in shown if " " not in (name := without_year(each.title))}
    words = "|".join(re.escape(name) for name in names) or "(?!)"
    pattern = re.compile(
        rf"^(\W*(?:{OPENING}))({words})"
        r"(?= (?:(?:is|was)(?:n['’]t)? (?:\w+ )?(?:not )?\w+|bored me)\b)"
    )

    def quoted(sentence: str) -> str:
        return pattern.sub(lambda each: f"{each[1]}“{plain(names[each[2]].title)}”", sentence)

    return quoted


def plain(title: str) -> str:
    """Return a title without what would end a sentence.

    >>> plain("Airplane! (1980)"), plain("Dr. No")
    ('Airplane (1980)', 'Dr No')
    """
    return " ".join(re.sub(r"[.!?;…]+", " ", title).split())


@lru_cache(maxsize=64)
def _pattern(things: tuple[str, ...]) -> re.Pattern[str]:
    more = "".join(f"|{re.escape(thing)}s?" for thing in things)
    works = f"(?:{_WORKS}{more})"
    ordinals = rf"{_ORD}(?:{_JOIN}(?:the\s+)?{_ORD})*"
    number = rf"(?:numbers?|nos?\.|no|nr\.?|options?)\s*(?:{_N}|{'|'.join(_NUMBERS)})\b"
    forms = (
        rf"{_NOT_MINE}\b(?P<number>{number}(?:{_JOIN}(?:(?:number|no\.?|nr\.?|#)\s*)?{_N})*)"
        rf"{_NO_COUNT}",
        rf"(?<![\w#])(?P<sign>#{_N}(?:{_JOIN}#?{_N})*){_NO_COUNT}",
        rf"\bthe\s+(?P<before>(?:last (?:{works} )?but one|(?:second|next) to last|penultimate)"
        rf"(?:\s+{works})?\b){_ELSE}{_END_OF_ONE}",
        rf"(?:\b(?:the|that|those|your)\s+|^\W*{OPENING})(?P<nouned>{ordinals})\s+"
        rf"{works}\b(?! but one\b){_ELSE}",
        rf"\b(?:the|your)\s+(?P<end>(?:very )?first|last|top)\s+(?P<many>{_COUNT})"
        rf"(?:\s+{works}\b{_ELSE}|{_END})",
        rf"\bthe\s+(?P<bare>{ordinals}){_END_OF_ONE}",
        rf"(?:^\W*{OPENING}|,\s*(?:and |but )?|\b(?:and|but) )(?P<judged>{_N})"
        r"(?=\s+(?:was|wasn['’]t|bored me)\b)",
        rf"(?<![\w.:/£$€-])(?P<rated>{_N})(?=\s+{RATING}(?![ -]?(?:reviews?|ratings?)))",
        rf"(?<![\w.:/£$€-])(?P<span>{_N}{_SPAN}{_N}){_END}",
        rf"(?<![\w.:/£$€-])(?P<digits>{_N}(?:(?:{_JOIN}|\s+){_N})*){_END}",
        rf"\b(?P<all>all (?:of )?(?:them|these|those)|them all|(?:these|those) all|"
        rf"all {_COUNT}(?: of (?:them|these|those))?|both(?: of (?:them|these|those))?){_END}",
        r"\b(?:the|that) one (?:from|of|by|called|with) (?P<by>[\w'’]+(?: [\w'’]+){0,3})"
        r"(?=\s*(?:$|[.,;:!?)\n]))",
        r"\b(?:the|that)\s+(?P<named>(?!one\b|other\b)[\w'’.:&-]+(?:\s+(?!one\b)[\w'’.:&-]+){0,5})"
        rf"\s+one\b{_ELSE}",
    )
    return re.compile("|".join(forms), re.IGNORECASE)


def _meant(match: re.Match[str], sentence: str, shown: Sequence[Listed]) -> Sequence[Listed]:
    """Return the items that some words of a sentence point at; none where it may be otherwise."""
    before = sentence[: match.start()]
    kind = match.lastgroup or ""
    kind = "end" if kind == "many" else kind
    read, leads = _READERS[kind]
    if leads is not None and not leads.search(before):
        return ()
    if kind in ("nouned", "end", "bare", "before") and _SERIES.search(sentence):
        return ()
    if re.search(r"\b\w*[A-Z]\w* +\w*[A-Z]", match[0][1:]) and not sentence.isupper():
        return read(match, shown) if kind in ("named", "by") else ()  # a name: "The Last One"
    alone = kind == "digits" and len(re.findall(r"\d+", match[0])) == 1
    if alone and not (_LEADS_ONE.search(before) or _is_one_of_several(sentence)):
        return ()
    return read(match, shown)


def _is_one_of_several(sentence: str) -> bool:
    """Say whether a sentence judges some places so and others so: "seen 1, hated 2".

    "Seen 3, loved 2" may count: what is loved is of what is seen, and no more.
    """
    if not _SEVERAL.fullmatch(sentence):
        return False
    numbers = [int(each) for each in re.findall(r"\d+(?!\w)", sentence)]
    listed = bool(re.search(rf"\d{_JOIN}\d|\bthe\b", sentence, re.IGNORECASE))
    return listed or numbers != sorted(numbers, reverse=True)


def _at(places: Sequence[int], shown: Sequence[Listed]) -> Sequence[Listed]:
    """Return the items at some places, from 1; none where there is no such place."""
    if not places or not all(0 < place <= len(shown) for place in places):
        return ()
    return [shown[place - 1] for place in dict.fromkeys(places)]


def _by_number(match: re.Match[str], shown: Sequence[Listed]) -> Sequence[Listed]:
    words = re.findall(rf"\d+|\b(?:{'|'.join(_NUMBERS)})\b", match[0], re.IGNORECASE)
    return _at([_number(word) for word in words], shown)


def _by_span(match: re.Match[str], shown: Sequence[Listed]) -> Sequence[Listed]:
    first, last = (int(each) for each in re.findall(r"\d+", match[0]))
    return _at(range(first, last + 1), shown)


def _by_ordinal(match: re.Match[str], shown: Sequence[Listed]) -> Sequence[Listed]:
    words = re.findall(_ORD, match[match.lastgroup or 0], re.IGNORECASE)
    return _at([_ordinal(word.lower(), len(shown)) for word in words], shown)


def _before_last(match: re.Match[str], shown: Sequence[Listed]) -> Sequence[Listed]:
    return shown[-2:-1]


def _by_end(match: re.Match[str], shown: Sequence[Listed]) -> Sequence[Listed]:
    many = _number(match["many"])
    if not 0 < many <= len(shown):
        return ()
    return shown[-many:] if match["end"].lower() == "last" else shown[:many]


def _all(match: re.Match[str], shown: Sequence[Listed]) -> Sequence[Listed]:
    count = re.search(rf"\b{_COUNT}\b", match[0], re.IGNORECASE)
    two = match[0].lower().startswith("both")
    wanted = 2 if two else _number(count[0]) if count else len(shown)
    return shown if wanted == len(shown) else ()


def _by_name(match: re.Match[str], shown: Sequence[Listed]) -> Sequence[Listed]:
    """Return the one item of that title, that year, that maker or that kind."""
    found = _called(match["named"] or match["by"], shown)
    return found if len(found) == 1 else ()


def ones(what: str, shown: Sequence[Listed], things: Sequence[str] = ()) -> list[str]:
    """Return the titles of all that "the 1984 one" may be, where it is all that some words say.

    >>> ones("the 1979 one", [Listed("Heat", 1995), Listed("Alien", 1979), Listed("Tess", 1979)])
    ['Alien', 'Tess']
    """
    match = _pattern(tuple(things)).fullmatch(what.strip())
    if match is None or match.lastgroup not in ("named", "by"):
        return []
    return [each.title for each in _called(match[match.lastgroup], shown)]


def _called(name: str, shown: Sequence[Listed]) -> list[Listed]:
    """Return the items of a title, else of a year, else of a maker or a kind."""
    said = told(name)
    found = [each for each in shown if told(without_year(each.title)) in (said, f"the {said}")]
    if not found and re.fullmatch(r"\d{4}", said):
        found = [each for each in shown if each.year == int(said)]
    return found or [each for each in shown if said in each.words]


_Read = Callable[[re.Match[str], Sequence[Listed]], Sequence[Listed]]
_READERS: Final[dict[str, tuple[_Read, re.Pattern[str] | None]]] = {
    "number": (_by_number, None),
    "sign": (_by_number, None),
    "nouned": (_by_ordinal, None),
    "end": (_by_end, None),
    "bare": (_by_ordinal, _LEADS),
    "before": (_before_last, _LEADS),
    "judged": (_by_number, None),
    "rated": (_by_number, _LEADS_RATED),
    "span": (_by_span, _LEADS_NUMBERS),
    "digits": (_by_number, _LEADS_NUMBERS),
    "all": (_all, _LEADS_ALL),
    "by": (_by_name, None),
    "named": (_by_name, None),
}


def _number(word: str) -> int:
    return _NUMBERS.get(word.lower()) or int(word)


def _ordinal(word: str, last: int) -> int:
    return last if word == "last" else _ORDINALS.get(word) or int(word[:-2])


def _joined(titles: Sequence[str]) -> str:
    quoted = [f"“{title}”" for title in titles]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
