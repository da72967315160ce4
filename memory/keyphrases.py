"""Keyphrases: the names, titles and search terms of a text, found offline by how they are written.

    text → titles in quotation marks → names with capitals → of a lower-case query, its runs
           of words between stop words

It needs no model and no list of names, and so errs both ways: a sentence that begins with two
capitalised words gives both, and in scripts without capitals only titles and short queries count.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from usermind.memory.ranking import STOP_WORDS
from usermind.memory.text import runs_without_spaces
from usermind.types import MONTHS

MOST = 20
"""Keyphrases of one text."""
LONGEST = 100
"""Characters of one keyphrase."""
QUERY_WORDS = 12
"""Words up to which a text without capitals is a search query."""
PHRASE_WORDS = 5
"""Words up to which a run of a query is one phrase."""
RUN = 12
"""Characters up to which a run in a script without spaces may be one word of a query."""

_TITLE = re.compile(
    r"[“„\"](?P<a>[^“”„\"\n]{2,100})[”“\"]|«(?P<b>[^«»\n]{2,100})»|「(?P<c>[^「」\n]{1,100})」"
    r"|『(?P<d>[^『』\n]{1,100})』|《(?P<e>[^《》\n]{1,100})》"
)
_BREAK = " | "
_OPENING = "([{<¿¡'\"“„‘«*_"
_CLOSING = ")]}>'\"”’»*_,;:.!?…。、，！？；：|"
_SENTENCE_END = frozenset(".!?…:。！？：|")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_MARKS_WITHOUT_SPACES = re.compile("([。、，！？；：])")
_PARTICLES = frozenset(
    {"of", "the", "de", "da", "del", "della", "den", "der", "des", "di", "du", "la", "le"}
    | {"van", "von"}
)
_COMMON = """monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday
a about after again all also am an and any are as ask at be because before best but buy
by can cheap compare could did do does download find for free from get give good had has
have he hello help hi how i if in into is it its just know like login look looking make me
more my near need new no nor not of on online only or our please price search see she should
show so some tell than thanks that the their them then there these they this those to too
top up us use versus very vs want was we were what when where which who why will with
without would yes you your"""
_NO_NAMES = (
    STOP_WORDS | frozenset(_COMMON.split()) | frozenset(month.casefold() for month in MONTHS)
)

_LEADS = frozenset({"new"})
"""Stop words that begin names: New York."""


def keyphrases(text: str) -> tuple[str, ...]:
    """Return the keyphrases of a text, each once: titles, then names or a query's terms, in order.

    At most `MOST`, each of at most `LONGEST` characters. Case does not tell two apart.

    >>> keyphrases("Yesterday I read “Sophie's World” near Lake Geneva with Ana.")
    ("Sophie's World", 'Lake Geneva', 'Ana')
    >>> keyphrases("how to repair a gravel bike in oslo")
    ('repair', 'gravel bike', 'oslo')
    """
    found: dict[str, str] = {}
    for phrase in _all(text):
        name = " ".join(phrase.split())
        if 0 < len(name) <= LONGEST and any(char.isalpha() for char in name):
            found.setdefault(name.casefold(), name)
        if len(found) == MOST:
            break
    return tuple(found.values())


def _all(text: str) -> Iterator[str]:
    for title in _TITLE.finditer(text):
        yield title[title.lastgroup or 0]
    rest = _MARKS_WITHOUT_SPACES.sub(r"\1 ", _TITLE.sub(_BREAK, text))
    if rest != rest.lower() and not rest.isupper():
        yield from _names(rest)
    elif len(rest.split()) <= QUERY_WORDS:
        yield from _terms(rest.lower())


def _terms(query: str) -> Iterator[str]:
    """Yield the runs of words of a query between its stop words and marks."""
    run: list[str] = []
    for chunk in [*query.split(), "|"]:
        word = _bare(chunk)
        stops = not word or word in _NO_NAMES or _is_address(chunk) or _is_sentence(word)
        if run and (stops or chunk[0] in _OPENING):
            yield " ".join(run[:PHRASE_WORDS])
            run = []
        if not stops:
            run.append(word)
        if run and (chunk[-1] in _CLOSING or runs_without_spaces(word)):
            yield " ".join(run[:PHRASE_WORDS])
            run = []


def _names(text: str) -> Iterator[str]:
    """Yield the runs of capitalised words; alone at the start of a sentence one is no name."""
    run: list[str] = []
    begins, run_begins = True, False
    for chunk, following in pairwise([*text.split(), "|", "|"]):
        bare = _bare(chunk)
        word = _POSSESSIVE.sub("", bare)
        if run and (chunk[0] in _OPENING or not _goes_on(run, word, following, chunk)):
            yield from _name(run, run_begins)
            run = []
        initial = (len(word) <= 2 and word[:1].isupper()) or word in {"Mrs", "Prof"}
        if run or _is_capitalised(word, chunk):
            run_begins = run_begins if run else begins
            run.append(f"{word}." if initial and chunk.endswith(".") else word)
        ends = bool(chunk[-1] in _SENTENCE_END) and not (initial and chunk[-1] == ".")
        if run and (ends or word != bare or (chunk[-1] in _CLOSING and not initial)):
            yield from _name(run, run_begins)
            run = []
        begins = ends or (begins and not word)


def _goes_on(run: list[str], word: str, following: str, chunk: str) -> bool:
    """Say whether a word belongs to the name before it."""
    if word in _PARTICLES:
        after = _bare(following)
        linked = _is_capitalised(after, following) or (word != "the" and after in _PARTICLES)
        return linked and (word != "the" or run[-1] in _PARTICLES)
    return _is_capitalised(word, chunk)


def _name(run: list[str], begins: bool) -> Iterator[str]:
    while run and run[-1] in _PARTICLES:
        run = run[:-1]
    if run and run[-1].casefold() in _LEADS:
        return
    if len(run) > 1 or (run and not begins):
        yield " ".join(run)


def _is_capitalised(word: str, chunk: str) -> bool:
    plain = word.casefold()
    return (
        word[:1].isupper()
        and (plain not in _NO_NAMES or plain in _LEADS)
        and not plain.startswith(("i'", "i’"))
        and not _is_address(chunk)
    )


def _is_sentence(word: str) -> bool:
    """Say whether a run of Chinese, Japanese, Korean or Thai is too long to be a name."""
    return any(len(run) > RUN for run in runs_without_spaces(word))


def _is_address(chunk: str) -> bool:
    return "://" in chunk or "@" in chunk or chunk.startswith("www.")


def _bare(chunk: str) -> str:
    return chunk.lstrip(_OPENING).rstrip(_CLOSING)
