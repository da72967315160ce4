"""Signs that words are the name of something and not just words: "Heat" and the heat.

A title that is also an ordinary run of words counts only with a sign: quotation marks, its year, a
capital inside a sentence, or words around it that speak of watching or liking. Without a dictionary
nobody can tell which words are ordinary, so a short title counts as ordinary and a long one does
not. English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from usermind.memory.privacy.findings import words as word_set
from usermind.memory.privacy.sensitive import RELATIVES
from usermind.memory.ranking import STOP_WORDS
from usermind.tools.clauses import WORKS
from usermind.tools.folded_text import Spoken
from usermind.tools.ratings import RATING

Sign = Literal["sure", "likely"]
"""sure: quoted, dated, or said to be seen; likely: a capital, or a verb that likes anything."""

_QUOTES = '"“”„«»*_'
_YEAR_BEHIND = re.compile(
    r"^[)\"”»'’]*\s*(?P<open>[(\[,])?\s*(?:from |of |the one from |the )?"
    r"(?P<year>(?:18|19|20)\d\d)\b"
    r"(?!\s*(?:and|to|-|–)\s*\d)"
)
_YEAR_BEFORE = re.compile(r"\b(?P<year>(?:18|19|20)\d\d)(?:['’]?s)? (?:\w+ )?[\"“„«'‘]?$")
_LOCAL = re.compile(
    r"(?<!grew up )\b(?:in|from|at|near|to|around|through|into|towards?|with) $", re.IGNORECASE
)
_TO_A_NAME = re.compile(
    r"\b(?:yes|no|similar|close|akin|compared|compares|sequel|prequel|next|"
    r"prefer(?:red|s)?\b[^.!?]{1,60}) to $",
    re.IGNORECASE,
)
_OF_PEOPLE = re.compile(r"(?P<who>\w+),? $")
_NAMING = re.compile(
    r"\b(?:met|meet(?:ing)?|called|named|name is|name's|dear|dr\.?|mrs?\.?) $", re.IGNORECASE
)
_ADVERB = (
    r"(?:(?:really|absolutely|also|just|still|only|ever|finally|always|even|never|both|the)\s+)*"
)
_LIKING = (
    r"love[ds]?|loving|like[ds]?|liking|enjoy(?:s|ed|ing)?|ador(?:es?|ed)|hate[ds]?|dislike[ds]?|"
    r"loath(?:es?|ed)|detest(?:s|ed)?|prefer(?:s|red)?|stand|bear|fan of|into|fond of|keen on|"
    r"obsessed with|crazy about|do you have|have you got|how about|what about|"
    r"find|found|thought|yes to|no to|bored (?:by|with)|tired of|sick of|than|except|besides|"
    r"(?:any|every)thing but|but not|not"
)
_WATCHING = (
    r"(?:re-?)?watch(?:ed|es|ing)?|seen|saw|seeing|viewed|rented|streamed|"
    r"(?:re-?)?reading|re-?read|played|replayed|listened to|"
    r"similar to|something like|anything like|(?:more|stuff|ones?|others?) like|such as|"
    r"recommend(?:ed|s)?|recommended me|rate[ds]?"
)
_SEEING = re.compile(rf"\b(?:{_WATCHING})\s+{_ADVERB}[\"“„«'‘*_]?$", re.IGNORECASE)
_LIKES = re.compile(rf"\b(?:{_LIKING})\s+{_ADVERB}[\"“„«'‘*_]?$", re.IGNORECASE)
_FAVOURITE = re.compile(
    r"\b(?:favou?rites?|(?:best|worst|dullest|greatest|most \w+) (?:\w+ )?(?:films?|movies?|books?|"
    r"shows?|series|games?|things?))\b(?: [\w'’]+){0,6}? ?(?: (?:is|are|was|were|has to be|must be|"
    r"would be)|:|-|–) ?" + _ADVERB + r"[\"“„«'‘*_]?$",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"\b(?:finish(?:ed)?|(?:get|got|sit|sat|made? it) through|walk(?:ed|ing)? out (?:of|on|during)|"
    r"(?:fell|fall|falling) asleep (?:during|watching)|(?:dozed|nodded) off during|gave up on|"
    rf"regret(?:ted)? (?:watch|see|read)ing|{RATING} (?:for|to|goes to))\s+{_ADVERB}[\"“„«'‘*_]?$",
    re.IGNORECASE,
)
_WATCHED = re.compile(r"\b(?:re-?)?watched (?:the )?$", re.IGNORECASE)
_NOTHING_BEHIND = re.compile(r"[\"”'’]*\s*(?:[.,;!]|$|\b(?:and|but|yesterday|again|already)\b)")
_OPINION = (
    r"favou?rites?|favs?|great|good|best|better|worst|bad|boring|awful|terrible|amazing|brilliant|"
    r"masterpiece|overrated|underrated|excellent|wonderful|fantastic|fun|funny|scary|perfect|"
    r"disappointing|okay|ok|lovely|beautiful|classic|genius|garbage|rubbish|trash|dull|superb|"
    r"enjoyable|hilarious|incredible|unwatchable|dark(?:er)?|slow|sad|moving|intense|violent|"
    r"creepy|"
    r"adorable|charming|slick|romantic|touching|films?|movies?|dreadful|horrible|disappointment|"
    r"outstanding|not for me|my (?:thing|cup of tea|jam)"
)
_BEHIND = r"^[\"”»'’*_]?(?: \(\d{4}\))?"
_JUDGED = re.compile(
    rf"{_BEHIND}\s+(?:is|was|are|were|remains)(?:n['’]t)?\b[^.!?,;]{{0,40}}?\b(?:{_OPINION})\b|"
    rf"{_BEHIND}\s+(?:really |just |totally )?(?:bored|scared|moved|thrilled|"
    r"disappointed|amazed|annoyed|blew|made|left|lost) me\b|"
    rf"{_BEHIND}\s+puts? me to sleep\b|"
    rf"{_BEHIND}\s+(?:does|did)(?: not|n['’]t) (?:really )?(?:do (?:it|much) for|work for|grab|"
    r"interest|appeal to) me\b|"
    rf"{_BEHIND}[,:]? (?:yes|no|yep|nope)\b(?=\s*(?:[.,;!]|$|but\b|and\b))",
    re.IGNORECASE,
)
_JUDGED_AS_A_WORK = re.compile(
    rf"{_BEHIND}\s?[:,=–—-]?\s?(?:(?:is|was|gets|deserves|earns|scores) )?(?:an? )?"
    rf"(?:solid |strong |weak |perfect )?{RATING}(?!\w)|"
    rf"{_BEHIND}\s+(?:is|was|are|were|remains)\b[^.!?,;]{{0,40}}?\b(?:masterpieces?|unwatchable|"
    r"must[- ]see|films?|movies?)\b|"
    rf"{_BEHIND}\s+(?:is|was|are|were|remains) my (?:[\w-]+ )?favou?rite (?:{'|'.join(WORKS)})\b",
    re.IGNORECASE,
)
_OF_THE_DAYS = re.compile(
    r"[^.!?]*\b(?:(?:this|last|next|all|in(?: the)?|during the) (?:summer|winter|spring|autumn|"
    r"fall|"
    r"year|week|month|morning|afternoon)|today|outside|lately|here)\b",
    re.IGNORECASE,
)
"""What is said behind of things that come with the days: "heat was great this summer"."""
_ENDS_A_LIST = re.compile(
    rf"{_BEHIND}\s*(?:[.,;:!?)]|$|\b(?:and|or|but|too|both|are|were|as well|bored|yes|no)\b)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"^[\"”»'’*_]?(?: \(\d{4}\))?\s*(?:,|/|;|\+|,?\s*\b(?:and|or|nor|but not|and not)\b)\s*"
    r"(?:also |maybe |the )?[\"“„«'‘*_]?$",
    re.IGNORECASE,
)  # fmt: skip
_COUNTED = re.compile(
    r"^[\"”»'’*_]?\s*(?:[.,;:!?)]|$|and\b|or\b|but\b|again\b|yesterday\b|twice\b)"
)
_LITTLE = STOP_WORDS | word_set(
    """now once back still ever never always away let go get got make take come say see like
    us yes maybe really well way one two"""
)
"""Words that a title may be made of and that say nothing by themselves."""
_SUBJECTS = word_set(
    """it he she they you we i this that these those what who one some any all both now here there
    so no yes not the a an my your"""
)


class Signs:
    """What speaks for some words of a text being a name; each sign is looked for when asked for.

    Args:
        spoken: The text.
        first: A word of it.
        last: The word behind the last one.
        thing: `thing_before` of the catalogue's words for its items.
    """

    def __init__(
        self, spoken: Spoken, first: int, last: int, thing: re.Pattern[str] | None
    ) -> None:
        self._spoken, self._first, self._last, self._thing = spoken, first, last, thing

    @cached_property
    def quoted(self) -> bool:
        """Whether they stand between quotation marks."""
        return _is_quoted(self._spoken, self._first, self._last)

    @cached_property
    def year(self) -> int | None:
        """The year that is said with them."""
        found = self._year_behind or _YEAR_BEFORE.search(self._before)
        return int(found["year"]) if found else None

    @cached_property
    def bracketed(self) -> bool:
        """Whether the year stands in brackets, so that it is part of the name."""
        return self._year_behind is not None and self._year_behind["open"] in ("(", "[")

    @cached_property
    def capital(self) -> bool:
        """Whether all that says something in them has a capital, one of which tells."""
        return _is_capital(self._spoken, self._first, self._last)

    @cached_property
    def opens(self) -> bool:
        """Whether they open a sentence with its capital."""
        word = self._spoken.words[self._first]
        return word.opens and word.capital

    @cached_property
    def seeing(self) -> bool:
        """Whether the words before them are said before nothing but a title, or hardly so."""
        plain = self._past_the_thing
        return plain != self._before or bool(_SEEING.search(plain) or _FAVOURITE.search(plain))

    @cached_property
    def liking(self) -> bool:
        """Whether they are what somebody likes or does not."""
        return bool(_LIKES.search(self._past_the_thing))

    @cached_property
    def judged(self) -> bool:
        """Whether they are said to be good or bad."""
        return self.judged_as_a_work or bool(_JUDGED.match(self._after))

    @cached_property
    def judged_as_a_work(self) -> bool:
        """Whether they are judged as hardly anything but a work is: "9/10", "a masterpiece"."""
        return bool(_JUDGED_AS_A_WORK.match(self._after))

    @cached_property
    def judged_by_itself(self) -> bool:
        """Whether the judgement makes a single ordinary word a name."""
        return self.judged_as_a_work or (self.judged and not _OF_THE_DAYS.match(self._after))

    @cached_property
    def given_up(self) -> bool:
        """Whether the words before them say what is done with a work, and with other things too."""
        return bool(_GIVEN_UP.search(self._past_the_thing))

    def tell_a_work(self, *, long: bool) -> bool:
        """Return whether what stands here is the title of a work, whoever it may be spelt like.

        A short word behind "I love" or "I saw" may name anybody: "I saw Martin".

        Args:
            long: Whether it has so many letters that hardly another name is a letter away.
        """
        if self.quoted or self.judged_as_a_work or self._past_the_thing != self._before:
            return True
        if _WATCHED.search(self._before) and _NOTHING_BEHIND.match(self._after):
            return True
        return long and (self.seeing or self.liking or self.judged or self.given_up)

    @cached_property
    def alone(self) -> bool:
        """Whether the text has no other words."""
        return self._last - self._first == len(self._spoken)

    @cached_property
    def _before(self) -> str:
        return self._spoken.before(self._first)

    @cached_property
    def _after(self) -> str:
        return self._spoken.after(self._last - 1)

    @cached_property
    def _year_behind(self) -> re.Match[str] | None:
        return _YEAR_BEHIND.match(self._after)

    @cached_property
    def _past_the_thing(self) -> str:
        """The text before "the film" where a name follows that: "I liked the film Heat"."""
        return self._thing.sub(r"\1", self._before) if self._thing else self._before


def thing_before(things: Sequence[str]) -> re.Pattern[str] | None:
    """Return what finds a word for any item at the end of the text before a name."""
    if not things:
        return None
    words = "|".join(re.escape(thing) for thing in things)
    return re.compile(
        rf"\b(?:the )?(?:{words})s? (?:called |named |titled |like |such as )?([\"“„«'‘*_]?)$",
        re.IGNORECASE,
    )


def name_sign(spoken: Spoken, first: int, last: int, found: Signs) -> Sign | None:
    """Return how surely the words are a name; None: they are just words."""
    words = spoken.words[first:last]
    saying = [word for word in words if word.fold not in _LITTLE]
    if found.quoted or found.bracketed:
        return "sure"
    if _runs_on_as_a_name(spoken, first, last):
        return None
    if all(word.fold.isdigit() for word in words):
        return _of_digits(spoken, last, found)
    if not saying:
        return _of_little_words(words[0].fold, spoken, found)
    if found.capital:
        return _with_capital(spoken, first, found, many=len(saying) > 1)
    if found.opens and len(words) <= 2:
        if found.judged_as_a_work:
            return "sure"
        return "likely" if found.judged_by_itself or found.alone else None
    if any(word.tells for word in saying) and not (found.seeing or found.liking or found.judged):
        return None  # a name among other words: "I am leaving Las Vegas"
    return _in_small_letters(spoken, found, words=len(words), saying=len(saying))


def links(spoken: Spoken, left: int, right: int) -> bool:
    """Return whether only "and", "or" or a comma stands between two names.

    Args:
        spoken: The text.
        left: The last word of one name.
        right: The first word of the other one.
    """
    return left < right and bool(_LINK.match(spoken.between(left, right)))


def is_of_people(before: str) -> bool:
    """Say whether the text before a name makes it that of somebody the speaker knows.

    >>> is_of_people("my sister "), is_of_people("a cat called "), is_of_people("I saw ")
    (True, True, False)
    """
    who = _OF_PEOPLE.search(before)
    return bool((who and who["who"].lower() in RELATIVES) or _NAMING.search(before))


def ends_a_list(spoken: Spoken, last: int) -> bool:
    """Return whether a name may stand in a list: what is behind it says nothing of it alone.

    In "I saw Alien and Emma came over" the second name begins another sentence.

    Args:
        spoken: The text.
        last: The word behind the name.
    """
    return bool(_ENDS_A_LIST.match(spoken.after(last - 1)))


def _with_capital(spoken: Spoken, first: int, found: Signs, *, many: bool) -> Sign | None:
    before = spoken.before(first)
    if found.seeing or found.judged or found.given_up:
        return "sure"
    if _LOCAL.search(before) and not _TO_A_NAME.search(before) and found.year is None:
        return None  # "I live in Chicago"
    if is_of_people(before):
        return None
    return "sure" if many or found.liking or found.alone else "likely"


def _in_small_letters(spoken: Spoken, found: Signs, *, words: int, saying: int) -> Sign | None:
    if words >= 3 and saying >= 2:
        return "sure"
    judged = found.judged if saying > 1 else found.judged_by_itself and not spoken.is_cased
    if found.seeing or judged:
        return "sure" if saying > 1 else "likely"
    if found.year is not None and not spoken.is_cased:
        return "likely"
    if found.liking and (saying > 1 or not spoken.is_cased):
        return "likely"
    return "likely" if found.alone else None


def _of_digits(spoken: Spoken, last: int, found: Signs) -> Sign | None:
    number = spoken.words[last - 1].fold
    if len(number) == 4 and number[:2] in ("18", "19", "20"):
        return None  # "films from 1984"
    counted = _COUNTED.match(spoken.after(last - 1))
    return "likely" if counted and (found.seeing or found.liking) else None


def _of_little_words(first: str, spoken: Spoken, found: Signs) -> Sign | None:
    """Return the sign of "It", "Up", "Her", which stand in every other sentence."""
    if found.capital and spoken.is_cased:
        return "sure" if found.seeing or found.liking or found.judged else "likely"
    if found.opens and found.judged and first not in _SUBJECTS:
        return "likely"
    return None


def _runs_on_as_a_name(spoken: Spoken, first: int, last: int) -> bool:
    """Return whether a capitalised word goes on before or behind: "Emma" in "Emma Watson"."""
    if not spoken.is_cased or not spoken.words[last - 1].capital:
        return False
    behind = spoken.words[last] if last < len(spoken) else None
    if behind and behind.tells and spoken.between(last - 1, last) == " ":
        return True
    before = spoken.words[first - 1] if first else None
    return bool(before and before.tells and spoken.between(first - 1, first) == " ")


def _is_quoted(spoken: Spoken, first: int, last: int) -> bool:
    start, end = spoken.words[first].start, spoken.words[last - 1].end
    left, right = spoken.text[start - 1 : start] if start else "", spoken.text[end : end + 2]
    if left and left in _QUOTES:
        return any(char in _QUOTES for char in right)
    if left and left in "'‘":
        begins = start < 2 or not spoken.text[start - 2].isalnum()
        return begins and right[:1] in ("'", "’") and not right[1:2].isalnum()
    return False


def _is_capital(spoken: Spoken, first: int, last: int) -> bool:
    if not spoken.is_cased:
        return False
    words = spoken.words[first:last]
    saying = [word for word in words if word.fold not in _LITTLE] or list(words)
    # Inside a name a full stop ends no sentence: "Dr. Strangelove".
    tells = any(
        word.capital and not (word.opens and at == 0)
        for at, word in enumerate(words)
        if word in saying
    )
    return tells and all(
        word.capital or word.fold.isdigit() or spoken.text[word.start].isupper() for word in saying
    )
