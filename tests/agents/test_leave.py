"""What the user says to a drafted action, by the doors of the proactive agent."""

import asyncio
from datetime import timedelta

import pytest
from langchain_core.tools import tool

from usermind import MemoryStore, UserMemory
from usermind.agents import ProactiveAgent
from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import Candidate, Patience
from usermind.testing import StoppedClock
from usermind.tools.actions import Action, Call

DONE: list[str] = []
CALM = Patience(quiet=None, zone="UTC")


@tool
def ring(minutes: str) -> str:
    """Ring in so many minutes."""
    DONE.append(minutes)
    return f"rings in {minutes}"


def test_what_is_refused_is_not_done_also_when_it_is_approved_later(
    store: MemoryStore, ana: UserMemory
) -> None:
    DONE.clear()
    row = ana.observe("The tea has to draw for four minutes.").id
    with ProactiveAgent(store=store, patience=CALM, actions=[Action(ring, "reversible")]) as agent:
        made = ana.suggestions.consider(
            Candidate(
                "idea",
                "Ring?",
                "I can ring for the tea.",
                (str(row),),
                "ring",
                0.95,
                ana.now() + timedelta(hours=1),
                effect="reversible",
                action=Call(tool="ring", arguments={"minutes": "4"}).written(),
            ),
            patience=CALM,
        ).suggestion
        assert made is not None
        agent.answer("ana", made.id, "accept")
        (draft,) = agent.drafts("ana")
        assert agent.refuse("ana", draft.id).state == "refused"
        assert agent.drafts("ana") == []
        with pytest.raises(InvalidInputError, match="is refused"):
            agent.approve("ana", draft.id)
        with pytest.raises(UnknownItemError):
            agent.refuse("ana", "a99")
    assert DONE == []


def test_a_look_in_an_event_loop_is_the_same_look(
    store: MemoryStore, ana: UserMemory, clock: StoppedClock
) -> None:
    at = clock.now + timedelta(minutes=30)
    ana.observe(f"I have a dentist appointment on {at.day} {at:%B} {at.year} at {at:%H:%M}.")
    with ProactiveAgent(store=store, patience=CALM) as agent:
        look = asyncio.run(agent.alook("ana"))
        assert ["dentist" in each.title for each in look.shown] == [True]
        assert agent.look("ana").shown == ()
