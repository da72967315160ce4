"""What somebody likes and dislikes: which of two statements about it agree, and which oppose."""

import re
from dataclasses import dataclass

from usermind.models.offline.words import terms

_DEGREE = r"(?:(?:really|absolutely|still|always|also|now|just|truly|totally|actually|quite) )*"
_LIKES = r"(?:likes?|loves?|enjoys?|adores?)"
_KEEN = r"(?:into|fond of|keen on|crazy about|passionate about|an? (?:huge |big )?fan of)"
_ATTITUDE = re.compile(
    rf"{_DEGREE}(?:"
    rf"(?P<likes>{_LIKES}|is {_DEGREE}{_KEEN}|cannot get enough of)"
    rf"|(?:is {_DEGREE}(?:so )?(?:tired|sick|weary|bored|fed up|done|through) (?:of|with|by)"
    rf"|has had enough(?: of)?|never wants|(?:cannot|could not|could never|never) (?:get|got) into"
    rf"|is no (?:huge |big )?fan of|hates?|dislikes?|loathes?|detests?|cannot (?:stand|bear)|"
    rf"can no longer (?:stand|bear)"
    rf"|does not {_DEGREE}{_LIKES}|no longer {_LIKES}|is (?:not|no longer) {_DEGREE}{_KEEN})"
    rf") (?P<what>.+?)(?:,? (?:for a lifetime|anymore|any more|any longer|at all|very much|a lot|"
    rf"so much))*[.!]?$"
)


@dataclass(frozen=True, slots=True)
class Attitude:
    """Whether somebody likes something, and what."""

    likes: bool
    what: frozenset[str]
    """Its content words, in their terms."""


def attitude(statement: str, user: str) -> Attitude | None:
    """Return what a statement says the user likes or dislikes; None where it says neither.

    >>> attitude("Ana cannot stand hiking.", "Ana") == attitude("Ana hates hiking.", "Ana")
    True
    """
    if not statement.startswith(f"{user} "):
        return None
    found = _ATTITUDE.match(statement[len(user) + 1 :])
    what = terms(found["what"]) if found else frozenset()
    return Attitude(bool(found["likes"]), what) if found and what else None


def agree(left: str, right: str, user: str) -> bool | None:
    """Tell whether two statements take the same view of one thing; None: they are not of one."""
    return agreed(attitude(left, user), attitude(right, user))


def agreed(one: Attitude | None, other: Attitude | None) -> bool | None:
    """Tell the same of the attitudes of two statements."""
    if one is None or other is None or one.what != other.what:
        return None
    return one.likes == other.likes
