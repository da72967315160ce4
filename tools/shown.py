"""What a conversation was shown lately, the latest first: its last list, and what came before."""

from collections.abc import Sequence

from usermind.memory.item_events import Exposure
from usermind.tools.requests import MOST
from usermind.tools.wishes import Utterance


def last_list(shown: Sequence[Exposure]) -> list[Exposure]:
    """Return the list that the last reply showed, in its order, of what comes latest first."""
    # By the time, too: a reply that is forgotten leaves what it showed.
    lists = [(each.observation, each.at) for each in shown[:MOST]]
    return [each for each, of in zip(shown, lists, strict=False) if of == lists[0]][::-1]


def ids(shown: Sequence[Exposure]) -> list[str]:
    """Return the ids of items, in order."""
    return [each.item_id for each in shown]


def titles(shown: Sequence[Exposure]) -> list[str]:
    """Return the titles of items, in order."""
    return [each.title for each in shown]


def before(said: Utterance, shown: Sequence[Exposure]) -> list[Exposure]:
    """Return what was shown before something was said; nothing where it is not kept when."""
    if said.observation is None:
        return []
    return [
        each
        for each in shown
        if each.observation and _number(each.observation) < _number(said.observation)
    ]


def _number(observation: str) -> int:
    """Return the number of an observation's id, which rises."""
    return int(observation[1:])
