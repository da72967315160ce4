"""Orders: what a message wants first, or only, by how new, long, good or known it is. English.

    "the newest comedies"     a superlative: in that order; taste decides between equals
    "something recent"        a plain word: the quarter of what fits at that end, in the usual order
    "nothing too long"        refused: all but that quarter

A quarter is of what else is asked for, so that "a recent western" is one of the newest westerns,
however old all of them are. What a catalogue cannot tell is left to `unheard`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from usermind.tools.clauses import closing
from usermind.tools.cue_worth import VEIL
from usermind.tools.cues import SENTENCE, Cues, veil
from usermind.tools.facets import numbers_of
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.mentions import Mentioned
from usermind.tools.scope import reach

By = Literal["year", "length", "rating", "known"]
QUARTER: Final = 0.25
"""Share of what fits that a plain word asks for; what ties with its edge comes as well."""
DAMPING: Final = 5
"""Average ratings that are added to those of each item, so that a single one makes no best."""

_SUPERLATIVES: Final[tuple[tuple[By, bool, str], ...]] = (
    ("year", True, r"newest|latest|most recent|most modern"),
    ("year", False, r"oldest|earliest"),
    ("length", False, r"shortest"),
    ("length", True, r"longest"),
    ("rating", True, r"(?:best|top|highest)[- ](?:rated|reviewed|scoring)|"
                     r"(?:best|highest) rating"),
    ("rating", False, r"(?:worst|lowest)[- ](?:rated|reviewed|scoring)"),
    ("known", True, r"most (?:popular|watched|viewed|read|played|famous|well[- ]known)|"
                    r"best[- ]known"),
    ("known", False, r"least (?:known|popular|watched)|most obscure"),
)  # fmt: skip
_PLAIN: Final[tuple[tuple[By, bool, str], ...]] = (
    ("year", True, r"recent(?:ly released)?"),
    ("year", False, r"old"),
    ("length", False, r"short"),
    ("length", True, r"long"),
    ("rating", True, r"(?:well|highly)[- ](?:rated|reviewed)|(?:critically )?acclaimed"),
    ("known", True, r"popular|well[- ]known|famous|mainstream"),
    ("known", False, r"underrated|obscure|(?:little|lesser|less)[- ]known|overlooked|hidden gems?|"
                     r"under the radar"),
)  # fmt: skip
_GOOD: Final = re.compile(r"hidden gems?|underrated|overlooked", re.IGNORECASE)
_NOUN: Final = re.compile(r"hidden gems?|under the radar", re.IGNORECASE)
_LIKE_A_WORD = (
    r"good|great|nice|decent|fun|really|very|horror|ones?|popular|recent|short|long|old|underrated|"
    r"obscure|famous"
)
_OWNED: Final = re.compile(
    r"\b(?:my|your|his|her|its|our|their|this|that|these|those|same|['’]s|['’])\s+$", re.IGNORECASE
)
_SOMETHING: Final = re.compile(
    r"\b(?:something|anything|nothing|ones?|stuff)\s+(?:(?:a bit|more|really|very|too|so|that|"
    r"fairly|pretty|not|relatively|which|is|are|isn['’]t|aren['’]t)\s+)*$",
    re.IGNORECASE,
)
_TOO: Final = re.compile(r"(?:\bnot|\bnothing|n['’]t)\s+(?:too|so|that|very)\s+$", re.IGNORECASE)
_CLOSES: Final = re.compile(closing("this|in|first|under|over|about|like|to"), re.IGNORECASE)
_FIRST: Final = re.compile(
    r"\s*(?:first\b|$|[,;:.!?)\n…–—]|(?:please|and|or|but|you (?:have|know|can)|there (?:is|are)|"
    r"available|in (?:the|your) (?:catalogue|catalog|list|collection)|we have)\b)",
    re.IGNORECASE,
)
_FOR_EVERY: Final = re.compile(r"\s*(?:is|was|were|are|had|did|made|won)\b", re.IGNORECASE)
_QUESTION: Final = re.compile(r"^\W*(?:what|which)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted first or only."""

    by: By
    high: bool
    """Whether the greater numbers are wanted: the newer, longer, better, better known."""
    strict: bool
    """Whether it orders the list; else it asks for a quarter."""
    refused: bool
    """Whether that quarter may not come."""
    said: str

    @property
    def is_good(self) -> bool:
        """Whether what is little known is to be good: "a hidden gem" is, an obscure film not so."""
        return _GOOD.fullmatch(self.said) is not None and not self.refused


_TOLD: Final[dict[By, tuple[str, str]]] = {
    "year": ("newest", "oldest"),
    "length": ("longest", "shortest"),
    "rating": ("best rated", "worst rated"),
    "known": ("best known", "least known"),
}


def orders_in(text: str, named: Mentioned, things: str, cues: Cues) -> Iterator[Order]:
    """Yield the orders that a text asks for.

    Args:
        text: What somebody writes.
        named: What it names; a title or a kind is no order, whatever words it is made of.
        things: An expression for the words for items: "films?|movies?"; empty: none is known.
        cues: Those of messages.
    """
    hidden = veil(text, named.all)
    thing = re.compile(
        rf"(?:[\s-]+(?:{_LIKE_A_WORD}|{VEIL}+))*[\s-]+(?:{things or '(?!)'}|ones?|titles?|{VEIL}+)"
        r"(?![\w])",
        re.IGNORECASE,
    )
    for sentence in SENTENCE.finditer(hidden):
        said = sentence[0]
        for words, by, high, strict in _EXPRESSIONS:
            for match in words.finditer(said):
                before, behind = said[: match.start()], said[match.end() :]
                if _OWNED.search(before) or not _is_said_of_things(
                    match[0], before, behind, thing, strict=strict
                ):
                    continue
                cue = cues.before(said, match.start())
                kind = cue.kind if cue else "want"
                reached = reach(before)
                refused = (
                    kind in ("refuse", "dislike")
                    or _TOO.search(before) is not None
                    or reached == "denied"
                )
                if reached == "unclear" or kind in ("like", "seen") or (strict and refused):
                    continue
                yield Order(by, high, strict, refused, match[0])


def _is_said_of_things(
    word: str, before: str, behind: str, thing: re.Pattern[str], *, strict: bool
) -> bool:
    """Say whether a word is said of what is asked for: "recent films", and no recent events."""
    of_things = thing.match(behind)
    if strict:
        end = of_things.end() if of_things else 0
        if _FOR_EVERY.match(behind[end:]) and not _QUESTION.match(before):
            return False  # "the newest film was bad"
        return bool(of_things or _FIRST.match(behind))
    if _NOUN.fullmatch(word):
        return bool(_CLOSES.match(behind) or of_things)
    somehow = _SOMETHING.search(before) or _TOO.search(before)
    return bool(of_things or (somehow and _CLOSES.match(behind)))


def _expressions() -> Iterator[tuple[re.Pattern[str], By, bool, bool]]:
    for strict, table in ((True, _SUPERLATIVES), (False, _PLAIN)):
        for by, high, words in table:
            # "less known" is no "known", "most popular" no "popular".
            guard = "" if strict else r"(?<!most )(?<!least )(?<!best )"
            yield re.compile(rf"{guard}\b(?:{words})\b", re.IGNORECASE), by, high, strict


_EXPRESSIONS: Final = tuple(_expressions())


@dataclass(frozen=True)
class Measures:
    """How new, long, good and known each item is, as far as a catalogue tells."""

    numbers: dict[By, NDArray[np.float64]]
    """(items,) for each that is told of any item; NaN for an item of which it is not."""

    @classmethod
    def of(cls, items: ItemTable, log: InteractionLog) -> Measures:
        """Return what the attributes tell, else what people did with the items."""
        numbers: dict[By, NDArray[np.float64]] = {}
        by: By
        for by in ("year", "length", "rating", "known"):
            if (attribute := numbers_of(items, by)) is not None:
                numbers[by] = items.numbers(attribute)
        if len(log):
            counts = np.bincount(log.rows, minlength=len(items)).astype(np.float64)
            counts[counts == 0] = np.nan
            sums = np.bincount(log.rows, log.weights, minlength=len(items))
            mean = float(log.weights.mean())
            of_people: dict[By, NDArray[np.float64]] = {"known": counts}
            if np.ptp(log.weights) > 0:  # who only ever says that they like tells no rating
                of_people["rating"] = (sums + DAMPING * mean) / (counts + DAMPING)
            for by, told in of_people.items():
                if by not in numbers and np.nanmax(told) > np.nanmin(told):
                    numbers[by] = told
        return cls(numbers)

    def medians(self, rows: NDArray[np.int64]) -> dict[By, float]:
        """Return the middle of some items by each measure that is told of any of them."""
        found = ((by, numbers[rows]) for by, numbers in self.numbers.items())
        return {
            by: float(np.median(of[np.isfinite(of)])) for by, of in found if np.isfinite(of).any()
        }

    def __contains__(self, by: object) -> bool:
        return by in self.numbers

    def told(self, order: Order) -> str:
        """Return what an order makes of a list, in words: `"newest first"`."""
        first, last = _TOLD[order.by]
        end = first if order.high else last
        if order.strict:
            return f"{end} first"
        of = "what fits"
        if order.is_good and "rating" in self.numbers:
            end, of = "best rated", "the less known half of what fits"
        return f"“{order.said}”: {'without ' if order.refused else ''}the {end} quarter of {of}"

    def quarter(self, order: Order, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return (items,) which items a plain word asks for.

        A hidden gem is among the best rated quarter of the less known half, where ratings are told.

        Args:
            order: What it asks for, of what is told.
            among: (items,) of which the quarter is taken.
        """
        numbers = self.numbers[order.by]
        if order.is_good and "rating" in self.numbers:
            told = numbers[among & np.isfinite(numbers)]
            little = numbers <= (np.median(told) if len(told) else -np.inf)
            return little & self._quarter("rating", among & little, high=True)
        inside = self._quarter(order.by, among, high=order.high)
        return np.isfinite(numbers) & ~inside if order.refused else inside

    def _quarter(self, by: By, among: NDArray[np.bool_], *, high: bool) -> NDArray[np.bool_]:
        numbers = self.numbers[by]
        known = numbers[among & np.isfinite(numbers)]
        if not len(known):
            return np.zeros(len(among), dtype=bool)
        share = 1 - QUARTER if high else QUARTER
        edge = np.quantile(known, share, method="lower" if high else "higher")
        return numbers >= edge if high else numbers <= edge

    def sorted(self, order: Order, rows: Iterable[int]) -> list[int]:
        """Return rows in the order that a superlative asks for; equals stay as they are.

        What it is not told of comes last.
        """
        numbers = self.numbers[order.by]
        sign = -1 if order.high else 1
        return sorted(
            rows, key=lambda row: sign * numbers[row] if np.isfinite(numbers[row]) else np.inf
        )
