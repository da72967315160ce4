"""Whether a statement denies: "does not", "no longer", "quit", but not "is not quitting"."""

import re

from usermind.models.offline.titles import untitled

_NOT = re.compile(
    r"\b(?:not|never|no longer|no|cannot|without|nobody|none)\b|n['’]t\b", re.IGNORECASE
)
_ENDS = re.compile(
    r"\b(?:no longer|stopped|quit|cancelled|canceled|gave up|given up|dropped|ditched|left|"
    r"resigned|broke up|split up|unsubscribed|sold|used to|got rid of|closed)\b"
)
_NOT_ENDING = re.compile(
    r"\bnot (?:quitting|leaving|stopping|cancell?ing|giving up|dropping|selling|resigning)\b"
)


def ends(statement: str) -> bool:
    """Tell whether a statement says that something is over."""
    return bool(_ENDS.search(untitled(statement)))


def negative(text: str) -> bool:
    """Tell whether a statement denies something; "not quitting" does not."""
    text = _NOT_ENDING.sub("", untitled(text))
    return ends(text) != bool(_NOT.search(text.replace("no longer", "")))
