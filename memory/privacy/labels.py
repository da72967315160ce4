"""The gate before labels: who wrote an observation, and what it is called where it comes from.

Authors stand in prompts and in the index, so they are screened as text of others is. Sessions and
ids at the source are looked things up by: what is taken out of one is replaced by a hash of the
whole, so that what differed still differs and the same arriving twice is still stored once.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from usermind.memory.journal import ASSISTANT, MAX_LABEL, USER, Draft
from usermind.memory.privacy import topics
from usermind.memory.privacy.decisions import Verdict
from usermind.memory.privacy.gate import Gate, Screened
from usermind.memory.privacy.topics import Matcher
from usermind.memory.text import MAX_TEXT

SOMEBODY = "somebody"
"""Stands for an author who may not be named."""
REMOVED = "[removed]"
"""Stands for a session or id of which nothing may be stored."""

_SCREENED = re.compile(r"(.*\[[^\[\]]*removed\].*)… #[0-9a-f]{16}", re.DOTALL)


def fit(
    gate: Gate, draft: Draft, private: Sequence[Matcher] = topics.NONE
) -> tuple[Draft, tuple[Verdict, ...], bool]:
    """Return a draft with labels that may be stored, what was decided, and whether it stays out.

    It stays out when its author touches a private topic. What is no label is left for storage to
    refuse.

    Raises:
        PrivacyError: The gate broke; nothing may be stored.
    """
    author = _author(gate, draft.author, private)
    session, external = screened(gate, draft.session), screened(gate, draft.external_id)
    told = (*author.verdicts, *session.verdicts, *external.verdicts)
    found = replace(
        draft,
        author=SOMEBODY if author.text is None else author.text,
        session=session.text,
        external_id=external.text,
    )
    return found, tuple(each for each in told if each.action != "keep"), author.private


def screened(gate: Gate, label: str | None) -> Screened:
    """Return a session or external id as it is stored; one that was screened stays as it is.

    Raises:
        PrivacyError: The gate broke; nothing may be stored.
    """
    given: object = label  # callers without a type checker hand in anything
    if not isinstance(given, str) or len(given) > MAX_TEXT:
        return Screened(label)
    done = _SCREENED.fullmatch(given)
    head = done[1] if done else given
    passed = gate.screen(head, "store", speaker_is_user=False)
    if passed.text == head:
        return Screened(label, passed.verdicts)
    mark = blake2b(given.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return Screened(f"{passed.text or REMOVED}… #{mark}", passed.verdicts)


def _author(gate: Gate, author: str, private: Sequence[Matcher]) -> Screened:
    given: object = author
    if author in (USER, ASSISTANT) or not isinstance(given, str) or len(author) > MAX_LABEL:
        return Screened(author)
    return gate.screen(author, "store", speaker_is_user=False, private=private)
