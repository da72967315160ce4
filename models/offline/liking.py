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


_LIKED = r"(?:liked|loved|enjoyed|adored)"
_DISLIKED = r"(?:hated|disliked|loathed|detested|did not (?:really )?(?:like|enjoy|love))"
_PAST_VIEW = re.compile(
    rf"(?:(?:has |have )?(?:watched|saw|seen|read|reads|heard|tried|visited|played|finished) "
    rf"(?P<it>.+?),? (?:and|but) (?:(?:I|they) )?{_DEGREE}(?:(?P<liked_it>{_LIKED})|{_DISLIKED}) it"
    rf"|{_DEGREE}(?:(?P<liked>{_LIKED})|{_DISLIKED}) (?P<what>(?!it\b|that\b|this\b|them\b).+?))"
    r"(?: (?:a lot|very much|so much|after all))*[.!]?$"
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


def past_view(statement: str, user: str) -> Attitude | None:
    """Return how the user found something, as "watched Titanic and hated it" tells; else None.

    >>> past_view("Ana hated Titanic.", "Ana") == past_view("Ana saw Titanic and hated it.", "Ana")
    True
    """
    if not statement.startswith(f"{user} "):
        return None
    found = _PAST_VIEW.match(statement[len(user) + 1 :])
    what = terms(found["it"] or found["what"]) if found else frozenset()
    return Attitude(bool(found["liked_it"] or found["liked"]), what) if found and what else None


def agree(left: str, right: str, user: str) -> bool | None:
    """Tell whether two statements take the same view of one thing; None: they are not of one."""
    return agreed(attitude(left, user), attitude(right, user))


def agreed(one: Attitude | None, other: Attitude | None) -> bool | None:
    """Tell the same of the attitudes of two statements."""
    if one is None or other is None or one.what != other.what:
        return None
    return one.likes == other.likes
