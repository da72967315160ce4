"""What the user says to a drafted action, by the doors of the proactive agent."""

import asyncio
import json
from datetime import timedelta
from typing import cast

import pytest
from langchain_core.tools import tool

from usermind import MemoryStore, UserMemory
from usermind.agents import ProactiveAgent
from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import Candidate, Patience
from usermind.models.reasoner import Reasoner
from usermind.prompts import (
    DiscoverAnswer,
    DiscoverPrompt,
    Idea,
    Operations,
    ReflectPrompt,
    WeighAnswer,
)
from usermind.prompts.discover import IdeaAction
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


class Thinking:
    """A model with one idea, which it finds nearly certain to be wanted."""

    name = "prepared"
    batch = 8
    metered = True
    recipient = "local model"

    def __init__(self, because: str, minutes: str = "4") -> None:
        action = IdeaAction(tool="ring", arguments=json.dumps({"minutes": minutes}))
        self.idea = Idea(
            because=[because], title="Ring?", text="I can ring.", action=action, benefit=5
        )

    def complete(self, prompt: object) -> object:
        if isinstance(prompt, DiscoverPrompt):
            return DiscoverAnswer(ideas=[self.idea])
        if isinstance(prompt, ReflectPrompt):
            return Operations(operations=[])
        return WeighAnswer(reason="as told", useful=0.97)


def acting(store: MemoryStore, model: Thinking) -> ProactiveAgent:
    return ProactiveAgent(
        store=store,
        model=cast("Reasoner", model),
        patience=CALM,
        actions=[Action(ring, "reversible")],
        acts=True,
    )


def test_what_follows_from_the_users_own_words_may_be_done_unasked(
    store: MemoryStore, ana: UserMemory
) -> None:
    DONE.clear()
    row = ana.observe("The tea has to draw for four minutes.").id
    (offer,) = acting(store, Thinking(str(row))).look("ana").shown
    assert (offer.way, DONE) == ("act", ["4"])


@pytest.mark.parametrize("named", [True, False], ids=["as its reason", "and not named"])
def test_what_others_wrote_is_never_acted_on_unasked(
    store: MemoryStore, ana: UserMemory, named: bool
) -> None:
    DONE.clear()
    own = ana.observe("The tea has to draw for four minutes.").id
    mail = ana.observe("It would be handy to have it ring.", author="Mallory", source="mail").id
    agent = acting(store, Thinking(str(mail if named else own)))
    (offer,) = agent.look("ana").shown
    assert offer.way != "act"
    assert (DONE, ana.actions.list()) == ([], [])
    agent.answer("ana", offer.id, "accept")
    (draft,) = agent.drafts("ana")
    assert agent.approve("ana", draft.id).state == "done"  # with a yes it is done all the same


def test_an_idea_that_was_not_shown_what_its_action_needs_comes_without(
    store: MemoryStore, ana: UserMemory
) -> None:
    DONE.clear()
    row = ana.observe("The tea has to draw for a while.").id
    for hidden in ("⟦IBAN_1⟧", "[phone number removed]"):
        (offer,) = acting(store, Thinking(str(row), hidden)).look("ana").shown
        assert (offer.way, offer.action) == ("suggest", None)
        ana.forget(observations=[str(row)])
        row = ana.observe(f"The tea has to draw for some time, not {hidden}.").id
    assert DONE == []


def test_what_was_approved_and_cut_off_is_gone_on_with(store: MemoryStore, ana: UserMemory) -> None:
    DONE.clear()
    agent = acting(store, Thinking("o1"))
    for place, way in enumerate(("approve", "accept", "refuse")):
        row = ana.observe(f"Tea number {place} has to draw.").id
        call = Call(tool="ring", arguments={"minutes": way})
        made = ana.suggestions.consider(
            Candidate(
                *("idea", f"{way}?", f"I can {way}.", (str(row),), way, 0.95),
                ana.now() + timedelta(hours=1),
                exact=True,
                effect="reversible",
                action=call.written(),
            ),
            patience=Patience(quiet=None, zone="UTC", burst=9, urgent=0),
        ).suggestion
        assert made is not None
        agent.answer("ana", made.id, "accept")
        (draft,) = agent.drafts("ana")
        ana.actions.move(draft.id, "approved", by="user")  # and the process was killed
        assert [each.state for each in agent.drafts("ana")] == ["approved"]
        if way == "approve":
            assert agent.approve("ana", draft.id).state == "done"
        elif way == "accept":
            agent.answer("ana", made.id, "accept")
        else:
            assert agent.refuse("ana", draft.id).state == "refused"
        assert agent.drafts("ana") == []
    assert DONE == ["approve", "accept"]
