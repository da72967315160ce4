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
from usermind.memory.number_words import up_to
from usermind.memory.privacy.findings import words as word_set
from usermind.tools.clauses import OPENING, WORKS
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
    """What its attributes say of it, as `folded_text.told` has it; of people the last name, too."""


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
_NUMBERS: Final = up_to(10)
_ORD: Final = rf"(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)|last(?! but one\b))"
_N: Final = r"\d{1,2}(?![\d/%]|[.:,]\d\d|[.:]\d|st\b|nd\b|rd\b|th\b)"
_COUNT: Final = rf"(?:{'|'.join(_NUMBERS)}|\d{{1,2}})"
_JOIN: Final = r"(?:\s*,\s*(?:and\s+)?|\s*[&+]\s*|\s+and\s+)"
_SPAN: Final = r"(?:\s*[-–]\s*|\s+to\s+)"
_ANY: Final = r"ones?|items?|titles?|picks?"
_WORKS: Final = rf"{_ANY}|{'|'.join(WORKS)}|suggestions?|recommendations?"
_KNOWN: Final = r"(?:seen|saw|(?:re-?)?watched|know|knew|read|re-?read|heard|own|finished|played)"
_VIEW: Final = r"(?:dis)?liked?|loved?|enjoy(?:ed)?|hated?|prefer(?:red)?|can['’]?t stand"
_ASKED: Final = (
    r"(?:more|something|anything|ones?|others?|just|exactly) like|similar to|why|how come|"
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
_LEADS_NAMED: Final = re.compile(
    rf"(?:^\W*{OPENING}|[,;:(]\s*(?:(?:and|but)\s+)?|\b(?:{_KNOWN}|{_VIEW}|{_ASKED}|and|but|think|thought|"
    rf"found|because|that|than|if|finished|started|want|only|except|bored by|{_WORKS})\s*"
    r"(?:(?:both|just|already|also)\s+)*)$",
    re.IGNORECASE,
)
"""Before "number 3": behind any other word it is that of a chapter, a room, or a player."""
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
_GOES_ON: Final = rf"(?:(?<=\d)(?!{_JOIN}#?\d)|(?<=[a-z])(?!{_JOIN}(?:the\s+)?{_ORD}\b))"
"""Not where more is counted: "1 and 2" of "1, 2 and 3 John" point at nothing."""
_FOLLOWS: Final = (
    rf"{_GOES_ON}(?=\s*(?:$|[.,;:!?)…\n]|\b(?:already|before|too|also|as well|so|then|please|"
    r"though|tonight|today|yesterday|recently|twice|instead|better|more|are|were|aren|weren|"
    r"sounds?|looks?|seems?|bored?|"
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
_END_OF_NAMED: Final = (
    rf"(?:{_END_OF_ONE}|{_GOES_ON}(?=\s+(?:had|has|made|makes|did|does|would|could|will|can|best|most|least|"
    r"a lot|very much|for (?:me|us|now)|when|because)\b))"
)
"""What may stand behind "number 2", or "#2": of "number 2 pencils" there are many."""
_OTHERS: Final = (
    r"(?P<what>[\w'’-]*[^\W\d_siu]s|people|men|women|children)\b"
    r"(?!\s+(?:and (?:i|me)|in|from|on)\b)"
)
"""A plural; not whom one was with, nor the actors in an item."""
_LITTLE: Final = r"(?:of|and|or|to|is|are|was|were|has|have)\b"
_COUNTED: Final = re.compile(
    rf"(?<!number )(?<!#)\b(?:(?!one\b|0?1\b){_COUNT}|several|some|many|few|couple of|dozen|"
    rf"various)\s+(?:(?!{_LITTLE})(?-i:[a-z])[\w'’-]*\s+){{0,2}}?{_OTHERS}",
    re.IGNORECASE,
)
"""Some number of things of one kind."""
_PLURAL: Final = re.compile(
    r"\b(?:my|our|his|her|their|the|these|those|both|had|got|did|took|met|tried|tested|bought|"
    rf"tasted|ate|between)\s+(?:(?!{_LITTLE}|{_ORD}\b)(?-i:[a-z])[\w'’-]*\s+)?"
    rf"(?-i:(?=[a-z])){_OTHERS}",
    re.IGNORECASE,
)
"""Things of one kind."""
_NO_THINGS: Final = word_set(
    "minutes hours days weeks months years times seconds stars points evenings nights thanks was "
    "has does yes always sounds looks seems goes ends feels makes bores others"
)
"""What is counted and has no first and second, and what is no plural."""
_OF_THE_SHOWN: Final = re.compile(r"\b(?:the|these|those|your)(?:\s+\w+)?\s+$", re.IGNORECASE)
_WANTED: Final = re.compile(
    r"\b(?:recommend|suggest|give|show|find|want|need|get|list|more|other|(?:['’]d|would) like)\b",
    re.IGNORECASE,
)
_SERIES: Final = re.compile(
    r"\b(?:sequels?|prequels?|trilogy|franchise|seasons?|episodes?|chapters?|volumes?|hal(?:f|ves)|"
    r"acts?|parts?|instal+ments?)\b",
    re.IGNORECASE,
)
"""What else has a first and a second."""
_ALONE: Final = re.compile(r"\W*\d{1,2}\W*")
"""A message that is nothing but the number of an item."""
_MOST: Final = 30
"""Places beyond the first that are read of one count: no list has more."""
_BEFORE: Final = 100
"""Characters before what points that are looked at for what leads to it."""
_SENTENCE: Final = re.compile(
    r"[^.!?;\n]+(?:(?:[.](?=\d)|(?<=\bno)[.](?= \d))[^.!?;\n]*)*[.!?;\n]*|[.!?;\n]+", re.IGNORECASE
)


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
    others = _Others(message, shown, things)
    is_number = _ALONE.fullmatch(message) is not None

    def read(sentence: re.Match[str]) -> str:
        said = _Sentence(sentence, others)

        def titled(match: re.Match[str]) -> str:
            meant = _meant(match, said, shown)
            kind = match.lastgroup
            if kind in ("named", "by") and not _meant_by(match[kind], shown):
                meant = _meant(match, said, older)
            if not meant and is_number:
                meant = _by_number(match, shown)
            return _joined([plain(each.title) for each in meant]) if meant else match[0]

        return pattern.sub(titled, said.text)

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


class _Others:
    """Other things than those of a list that a message names: "the second" may be one of them.

    Attributes are places in the message, from which on they have been named; its length: none was.
    """

    def __init__(self, message: str, shown: Sequence[Listed], things: Sequence[str]) -> None:
        self.works = {*WORKS, *things, *(f"{thing}s" for thing in things)}
        """What its items are called."""
        self._called = {*self.works, "ones", "items", "titles", "picks", "suggestions"}
        self._kinds = {word for each in shown for word in each.words}
        self.of_works = self.of_any = len(message)
        for form in (_COUNTED, _PLURAL):
            for match in form.finditer(message):
                what = match["what"].lower()
                if what in _NO_THINGS:
                    continue
                if not self._is_work(what):
                    self.of_any = min(self.of_any, match.end())
                elif form is _COUNTED and self._is_apart(match):
                    self.of_works = min(self.of_works, match.end())

    def _is_work(self, what: str) -> bool:
        return what in self._called or bool({what[:-1], what[:-2], f"{what[:-3]}y"} & self._kinds)

    def _is_apart(self, counted: re.Match[str]) -> bool:
        """Say whether "two films" may be others: they are not wanted, and not those of the list."""
        before = counted.string[max(0, counted.start() - _BEFORE) : counted.start()]
        asked = _WANTED.search(before + counted[0])
        behind = re.match(r"\s+(?:like|similar)\b", counted.string[counted.end() :][:_BEFORE], re.I)
        return not (asked or behind or _OF_THE_SHOWN.search(before))


class _Sentence:
    """A sentence of a message, and what is asked of it many times."""

    def __init__(self, match: re.Match[str], others: _Others) -> None:
        self.text = match[0]
        self.is_of_series = _SERIES.search(self.text) is not None
        self.is_capital = self.text.isupper()
        self._start = match.start()
        self._others = others

    def is_of_others(self, pointing: re.Match[str]) -> bool:
        """Say whether a place may be one among other things that were named before it."""
        at = self._start + pointing.start()
        work = pointing[0].split()[-1].lower()
        if at >= self._others.of_works:
            return True
        return at >= self._others.of_any and work not in self._others.works


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
    ordinals = rf"{_ORD}(?:{_JOIN}(?:the\s+)?{_ORD}){{0,{_MOST}}}"
    number = (
        rf"(?:(?:numbers?|nos?\.|nr\.?|options?)\s*{_N}|no\s*{_N}|"
        rf"(?:numbers?|options?)\s+(?:{'|'.join(_NUMBERS)})\b)"
    )
    most = f"{{0,{_MOST}}}"
    forms = (
        rf"\b(?P<number>{number}(?:{_JOIN}(?:(?:number|no\.?|nr\.?|#)\s*)?{_N}){most})"
        rf"{_END_OF_NAMED}",
        rf"(?<![\w#])(?P<sign>#{_N}(?:{_JOIN}#?{_N}){most}){_END_OF_NAMED}",
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
        rf"(?<![\w.:/£$€-])(?P<digits>{_N}(?:(?:{_JOIN}|\s+){_N}){most}){_END}",
        rf"\b(?P<all>all (?:of )?(?:them|these|those)|them all|(?:these|those) all|"
        rf"all {_COUNT}(?: of (?:them|these|those))?|both(?: of (?:them|these|those))?){_END}",
        r"\b(?:the|that) one (?:from|of|by|called|with) (?P<by>[\w'’]+(?: [\w'’]+){0,3})"
        r"(?=\s*(?:$|[.,;:!?)\n]))",
        r"\b(?:the|that)\s+(?P<named>(?!one\b|other\b)[\w'’.:&-]+(?:\s+(?!one\b)[\w'’.:&-]+){0,5})"
        rf"\s+one\b{_ELSE}",
    )
    return re.compile("|".join(forms), re.IGNORECASE)


def _meant(match: re.Match[str], said: _Sentence, shown: Sequence[Listed]) -> Sequence[Listed]:
    """Return the items that some words of a sentence point at; none where it may be otherwise."""
    start = match.start()
    since = max(0, start - _BEFORE)
    kind = match.lastgroup or ""
    kind = "end" if kind == "many" else kind
    read, leads = _READERS[kind]
    if leads is not None and not leads.search(said.text, since, start):
        return ()
    if kind in ("nouned", "end", "bare", "before") and said.is_of_series:
        return ()
    if kind not in ("named", "by") and said.is_of_others(match):
        return ()
    if re.search(r"\b\w*[A-Z]\w* +\w*[A-Z]", match[0][1:]) and not said.is_capital:
        return read(match, shown) if kind in ("named", "by") else ()  # a name: "The Last One"
    alone = kind == "digits" and len(re.findall(r"\d+", match[0])) == 1
    if alone and not (_LEADS_ONE.search(said.text, since, start) or _is_one_of_several(said.text)):
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
    found = _meant_by(match["named"] or match["by"], shown)
    return found if len(found) == 1 else ()


def ones(what: str, shown: Sequence[Listed], things: Sequence[str] = ()) -> list[str]:
    """Return the titles of all that "the 1984 one" may be, where it is all that some words say.

    >>> ones("the 1979 one", [Listed("Heat", 1995), Listed("Alien", 1979), Listed("Tess", 1979)])
    ['Alien', 'Tess']
    """
    match = _pattern(tuple(things)).fullmatch(what.strip())
    if match is None or match.lastgroup not in ("named", "by"):
        return []
    return [each.title for each in _meant_by(match[match.lastgroup], shown)]


def called(name: str, shown: Sequence[Listed]) -> list[Listed]:
    """Return the items of a title, with its year or without; where there are none, of a year.

    >>> called("alien 1979", [Listed("Alien (1979)", 1979)])[0].year
    1979
    """
    said = (told(name), f"the {told(name)}")
    found = [each for each in shown if {told(each.title), told(without_year(each.title))} & {*said}]
    if not found and re.fullmatch(r"\d{4}", said[0]):
        found = [each for each in shown if each.year == int(said[0])]
    return found


def _meant_by(name: str, shown: Sequence[Listed]) -> list[Listed]:
    """Return the items that are called so, else those of a maker or a kind."""
    return called(name, shown) or [each for each in shown if told(name) in each.words]


_Read = Callable[[re.Match[str], Sequence[Listed]], Sequence[Listed]]
_READERS: Final[dict[str, tuple[_Read, re.Pattern[str] | None]]] = {
    "number": (_by_number, _LEADS_NAMED),
    "sign": (_by_number, _LEADS_NAMED),
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
