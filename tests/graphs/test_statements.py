"""What code makes of a model's words: dates, slots, and claims that are known already."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from usermind import UserMemory
from usermind.graphs import reflect
from usermind.graphs.statements import dated
from usermind.prompts import Citation, Operation, Operations, ReflectPrompt
from usermind.prompts.slots import slot_of
from usermind.testing import ScriptedReasoner

FRIDAY = datetime(2026, 3, 6, 22, 30, tzinfo=timezone(timedelta(hours=-8)))
"""In UTC it is Saturday already."""


def add(quote: str, statement: str) -> Operations:
    """Return the answer of a model that adds one claim without naming a slot."""
    return Operations(
        operations=[
            Operation(
                op="add",
                target=None,
                statement=statement,
                evidence=[Citation(observation=1, quote=quote)],
                confidence=0.9,
                durability="year",
                slot=None,
            )
        ]
    )


def told(memory: UserMemory, text: str, statement: str, *, at: datetime | None = None) -> str:
    """Let the model make a statement of a message; return the prompt it saw."""
    memory.observe(text, at=at, session=text)
    reasoner = ScriptedReasoner([add(text, statement)])
    reflect(memory, reasoner)
    (prompt,) = reasoner.prompts
    assert isinstance(prompt, ReflectPrompt)
    return prompt.render()


def active(memory: UserMemory) -> list[str]:
    return sorted(claim.text for claim in memory.propositions.list())


def test_relative_dates_count_from_the_observation_in_its_own_zone(ana: UserMemory) -> None:
    shown = told(ana, "Dentist tomorrow!", "Ana sees the dentist tomorrow.", at=FRIDAY)
    assert '("tomorrow": on Saturday 7 March 2026)' in shown
    assert "Fri 2026-03-06 22:30" in shown
    assert active(ana) == ["Ana sees the dentist on Saturday 7 March 2026."]


@pytest.mark.parametrize(
    ("statement", "is_dated"),
    [
        ("Ana flies to Lisbon next Friday.", True),
        ("Ana moved two weeks ago.", True),
        ("Ana's exam is in three days.", True),
        ("Ana's birthday is 3 May.", False),
        ("Ana skis in March.", False),
        ("Ana plays chess on Mondays.", False),
        ("Ana moved to Oslo on 4 May 2025.", False),
    ],
)
def test_only_what_counts_from_a_day_is_made_absolute(statement: str, is_dated: bool) -> None:
    assert (dated(statement, FRIDAY) != statement) is is_dated


def test_a_slot_is_filled_also_where_the_model_does_not_name_it(ana: UserMemory) -> None:
    told(ana, "I live in Lima.", "Ana lives in Lima.")
    told(ana, "Moved to Oslo at last.", "Ana moved to Oslo.")
    told(ana, "I'm vegan now.", "Ana is vegan.")
    told(ana, "I eat fish again, so pescatarian it is.", "Ana is now pescatarian.")
    told(ana, "Green is the best colour.", "Ana's favorite color is green.")
    told(ana, "Blue beats green, I changed my mind.", "Ana's favourite colour is blue.")
    assert active(ana) == [
        "Ana is now pescatarian.",
        "Ana moved to Oslo.",
        "Ana's favourite colour is blue.",
    ]


@pytest.mark.parametrize(
    ("statement", "slot"),
    [
        ("Ana works at Acme.", "employer"),
        ("Ana works as a vet.", "job"),
        ("Ana is 31 years old.", "age"),
        ("Ana is married to Bo.", "partner"),
        ("Ana's wife is called Bea.", "partner"),
        ("The user lives in Oslo.", "home"),
        ("Ana's sister lives in Oslo.", None),
        ("Ana's dog is 3 years old.", None),
        ("Ana likes tea.", None),
        ("Anabel lives in Oslo.", None),
        ("Bo lives in Oslo.", None),
        ("Ana's plan is to move to Oslo.", None),
    ],
)
def test_slots_are_the_users_own(statement: str, slot: str | None) -> None:
    assert slot_of(statement, "Ana") == slot


def test_what_is_added_although_it_is_known_supports_the_known_claim(ana: UserMemory) -> None:
    told(ana, "I adopted a dog.", "Ana has a dog called Bo.")
    told(ana, "Bo my dog says hi.", "Ana has a dog named Bo.")
    (claim,) = ana.propositions.list()
    assert claim.text == "Ana has a dog called Bo."
    assert len(ana.propositions.explain(claim.id).evidence) == 2


def test_a_claim_that_says_more_or_less_is_another_one(ana: UserMemory) -> None:
    told(ana, "A cup of green tea, please.", "Ana likes green tea.")
    told(ana, "Tea of all sorts.", "Ana likes tea.")
    told(ana, "Sencha is the best.", "Ana likes Japanese green tea.")
    assert len(active(ana)) == 3


def test_claims_that_contradict_each_other_say_so_and_both_stay(ana: UserMemory) -> None:
    told(ana, "I love coriander.", "Ana likes coriander.")
    told(ana, "Coriander is vile.", "Ana hates coriander.")
    (likes, hates) = sorted(ana.propositions.list(), key=lambda claim: claim.id)
    (related,) = ana.propositions.explain(likes.id).related
    assert (related.kind, related.id) == ("contradictory", hates.id)


def test_unlike_numbers_and_names_are_never_the_same_claim(ana: UserMemory) -> None:
    told(ana, "Two cats here.", "Ana has 2 cats.")
    told(ana, "Three cats now.", "Ana has 3 cats.")
    assert active(ana) == ["Ana has 2 cats.", "Ana has 3 cats."]


def test_the_zone_of_the_machine_does_not_matter() -> None:
    at = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)
    assert dated("Today.", at).startswith("on Friday 6 March")
    assert dated("Today.", at.astimezone(timezone(timedelta(hours=3)))).startswith("on Saturday 7")
