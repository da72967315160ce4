"""How right an answer in words is: word overlap as the papers have it, and two stricter measures.

Words are compared without case, punctuation and articles; numbers without separators and ordinal
endings, and a date like 2023-05-07 as 7 May 2023, since both are written. Where nothing would be
left of a part, it stays as it is: the option "A" is an answer, and no article. There is no
stemming, which LoCoMo's script has.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import date

from usermind.evals.stances import abstains as says_nothing_known
from usermind.types import MONTHS

SMALL = frozenset({"a", "an", "the", "and"})
"""Words that say nothing; those that LoCoMo's script leaves out."""
ROOM, TIMES = 3, 2
"""Words that a brief answer may have besides, and how many times those of the right one."""
LONGEST_DENIAL = 25
"""Words of an answer that says that something was not mentioned, at most."""
_WORD = re.compile(r"\d+\.\d+|\w+")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_PART = re.compile(r"[,;\n]|\band\b|(?<=[a-z])\.\s")
_CLAUSE = re.compile(r"[,;:.]|\b(?:but|so|though|although|however)\b")
_NOT_SAID = re.compile(
    r"\bnot (?:been )?(?:mentioned|stated|specified|said|told|given|provided|recorded|discussed|"
    r"known|remembered|available)\b|\bno (?:information|mention|record|memory)\b"
    r"|\b(?:cannot|can't|can not) be (?:answered|determined|known|told)\b"
    r"|^(?:it is |it's |that is |that's |this is )?(?:unknown|unanswerable|unclear)\b"
)


def words(text: str) -> list[str]:
    """Return the words that are compared.

    >>> words("The 7th of May, 2023"), words("2023-05-07"), words("A"), words("")
    (['7', 'of', 'may', '2023'], ['7', 'may', '2023'], ['a'], [])
    """
    return [word for part in parts(text) for word in part]


def parts(text: str) -> list[tuple[str, ...]]:
    """Return the words of each part of a list, such as `"tea, an apple and 5"`."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    folded = re.sub(r"(?<=\w)'(?=\w)", "", _ISO.sub(_in_words, folded))
    folded = re.sub(r"(?<=\d),(?=\d{3}\b)", "", folded)
    folded = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1", folded)
    found = [_kept(part) for part in _PART.split(folded)]
    kept = [part for part in found if part]
    return kept or ([(folded.strip(),)] if folded.strip() else [])


def _kept(part: str) -> tuple[str, ...]:
    every = _WORD.findall(part)
    return tuple(word for word in every if word not in SMALL) or tuple(every)


def _in_words(found: re.Match[str]) -> str:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return found[0]
    return f"{day.day} {MONTHS[day.month - 1].casefold()} {day.year}"


def precision_and_recall(said: Sequence[str], gold: Sequence[str]) -> tuple[float, float]:
    """Return the share of what is said that is right, and of what is right that is said.

    A word counts as often as it stands on both sides; where a side is empty, both are 0.
    """
    if not said or not gold:
        return 0.0, 0.0
    same = sum((Counter(said) & Counter(gold)).values())
    return same / len(said), same / len(gold)


def f1(said: Sequence[str], gold: Sequence[str]) -> float:
    """Return the harmonic mean of precision and recall, in [0, 1]; 0 where a side is empty.

    >>> f1(["7", "may"], ["7", "may", "2023"])
    0.8
    """
    precision, recall = precision_and_recall(said, gold)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def multi_f1(said: str, gold: str) -> float:
    """Return LoCoMo's F1 of an answer with several parts, which commas part.

    For each part of the right answer the best F1 of any part of what was said, and the mean of
    those. It does not fall by what was said besides: hold `named` beside it.

    Source: Maharana et al., 2024, "Evaluating Very Long-Term Conversational Memory of LLM Agents",
    the function `f1` of its repository, without its stemming.

    >>> multi_f1("tea, cake", "cake, wine"), multi_f1("", "cake")
    (0.5, 0.0)
    """
    given = [words(part) for part in said.split(",")]
    wanted = [words(part) for part in gold.split(",")]
    best = [max(f1(part, each) for part in given) for each in wanted if each]
    return sum(best) / len(best) if best else 0.0


def exact(said: str, gold: Sequence[str]) -> bool:
    """Say whether an answer is the right values and nothing else, in any order.

    >>> exact("Cake and tea.", ["tea", "cake"]), exact("The", ["A"]), exact("", ["A"])
    (True, False, False)
    """
    given = parts(said)
    wanted = [part for value in gold for part in parts(value)]
    return bool(given) and Counter(given) == Counter(wanted)


def named(said: str, value: str) -> bool:
    """Say whether an answer has all words of a value."""
    wanted = Counter(words(value))
    return bool(wanted) and wanted <= Counter(words(said))


def named_briefly(said: str, gold: Sequence[str]) -> bool:
    """Say whether an answer has all words of all values, and is brief.

    Brief: at most twice as many words as they have, and three. So nobody is right by telling all.

    >>> named_briefly("On 7 May 2023", ["7 May 2023"]), named_briefly("tea", ["tea", "cake"])
    (True, False)
    """
    said_words, right = words(said), [word for value in gold for word in words(value)]
    return (
        bool(right)
        and len(said_words) <= TIMES * len(right) + ROOM
        and Counter(right) <= Counter(said_words)
    )


def abstains(said: str, *, fooled: str = "") -> bool:
    """Say whether an answer says that nothing was said of what is asked, in English.

    An empty answer says nothing. One that says it and answers all the same has not abstained.

    Args:
        said: The answer.
        fooled: What somebody answers who was taken in.

    >>> abstains("Not mentioned."), abstains(""), abstains("Not mentioned, so Rome.", fooled="Rome")
    (True, False, False)
    """
    plain = " ".join(said.casefold().replace("’", "'").split())
    if not _denies(plain) or len(plain.split()) > LONGEST_DENIAL:
        return False
    besides = " ".join(clause for clause in _CLAUSE.split(plain) if not _denies(clause.strip()))
    return not (fooled and named(besides, fooled))


def _denies(plain: str) -> bool:
    return _NOT_SAID.search(plain) is not None or says_nothing_known(plain)
