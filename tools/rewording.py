"""What a request of a catalogue may mean, in other words than the user's."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence

from usermind.errors import ModelError
from usermind.tools.mentions import Mentions
from usermind.tools.recommenders.query import Preference, UserQuery
from usermind.tools.reformulating import Reformulation
from usermind.tools.taste import MILDLY

_log = logging.getLogger(__name__)

Reword = Callable[[str], Reformulation]
"""Puts what is asked for in other words."""


def reworded(
    query: UserQuery, reword: Reword | None, mentions: Mentions
) -> tuple[Sequence[Preference], str | None]:
    """Return what a request may mean, in other words, and why not where that failed.

    Other words weigh half of the user's own, and rule nothing out. A word of an attribute counts
    where half of them or more name it, and the user does not.
    """
    if reword is None or not query.text.strip():
        return (), None
    try:
        queries = reword(query.text).queries
    except ModelError as error:  # their own words need no model
        _log.warning("Ranked by the request alone: %s", type(error).__name__)
        return (), f"Ranked by the request alone. {error}"
    known = {(each.attribute, each.value) for each in query.preferences}
    # Of what they name themselves it is settled whether they want it.
    known |= {(each.attribute, each.value) for each in mentions.find(query.text).values}
    named = Counter(
        word
        for words in queries
        for word in {(each.attribute, each.value) for each in mentions.find(words).values}
    )
    meant = (
        Preference(value, confidence=MILDLY, attribute=attribute, value=value)
        for (attribute, value), count in sorted(named.items())
        if 2 * count >= len(queries) and (attribute, value) not in known
    )
    return [*meant, *(Preference(words, confidence=MILDLY) for words in queries)], None
