"""Fragments, chat spelling, lists and values: shapes of statements beyond "I …"."""

from datetime import UTC, datetime, timedelta

import pytest

from usermind.models import Offline
from usermind.models.offline.extraction import extract
from usermind.models.offline.rewriting import rewritten, states
from usermind.models.offline.wishes import tells_of_reminding
from usermind.prompts import KnownLine, ObservationLine, Operation, ReflectPrompt
from usermind.prompts.slots import is_slot, slot_named

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def said(text: str) -> list[str]:
    return [c.statement for c in extract(text, at=AT, name="Ana")]


def slots(text: str) -> list[str | None]:
    return [c.slot for c in extract(text, at=AT, name="Ana")]


def operations(text: str, *knows: tuple[str, str | None]) -> list[Operation]:
    known = tuple(
        KnownLine(i, claim, 0.8, "year", slot, AT - timedelta(days=30))
        for i, (claim, slot) in enumerate(knows, 1)
    )
    line = ObservationLine(1, "user", AT, "first_party", text)
    prompt = ReflectPrompt(user_name="Ana", now=AT, known=known, observations=(line,))
    return Offline(heads=False).complete(prompt).operations


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Vegan for two years now.", ["Ana is vegan."]),
        ("Oslo since May.", ["Ana lives in Oslo since May 2025."]),
        ("Lea since May.", []),
        ("Born in Wick.", ["Ana was born in Wick."]),
        ("Widower since 2019.", ["Ana is a widower."]),
        ("71, retired.", ["Ana is 71 years old."]),
        ("No kids.", ["Ana has no kids."]),
        ("Two daughters, both in Canada.", ["Ana has two daughters."]),
        ("Birthday is 3 November.", ["Ana's birthday is on 3 November."]),
        ("I was born on 3 May.", ["Ana's birthday is on 3 May."]),
        ("German is my first language.", ["Ana's native language is German."]),
        ("she/her btw", ["Ana's pronouns are she/her."]),
        ("im lea", ["Ana's name is Lea."]),
        ("im tired", []),
        ("im 1m63", ["Ana is 1m63 tall."]),
        ("I no longer run, my knee won't have it.", ["Ana no longer runs."]),
        ("my bf noah", ["Ana's boyfriend is Noah."]),
        ("I like tea, coffee and jazz", ["Ana likes tea.", "Ana likes coffee.", "Ana likes jazz."]),
        ("I love fish and chips", ["Ana loves fish and chips."]),
        ("I love my wife and kids", ["Ana loves their wife and kids."]),
        ("Read it. Not convinced.", []),
        ("Interested?", []),
        ("No idea.", []),
    ],
)  # fmt: skip
def test_a_statement_of_another_shape_is_read(text: str, claims: list[str]) -> None:
    assert said(text) == claims


def test_the_age_of_a_pet_takes_the_place_of_the_old_one() -> None:
    knows = ("Ana's dog is called Bo.", None), ("Ana's dog Bo is 2 years old.", None)
    (one,) = operations("Bo is 3 now.", *knows)
    assert (one.op, one.target, one.statement) == ("supersede", 2, "Ana's dog Bo is 3 years old.")


def test_two_sons_may_live_in_two_towns() -> None:
    found = operations("My son lives in Oslo.", ("Ana's son lives in Bergen.", None))
    assert [one.op for one in found] == ["add"]


def test_a_mother_who_moved_lives_in_one_place() -> None:
    found = operations("My mum lives in Oslo.", ("Ana's mum lives in Bergen.", None))
    assert [(one.op, one.target) for one in found] == [("supersede", 1)]


def test_a_new_favourite_takes_the_place_of_the_old_one_of_its_kind() -> None:
    knows = (
        ("Ana's favourite food is rice.", "favourite food"),
        ("Ana's favourite colour is blue.", "favourite colour"),
    )
    (one,) = operations("My favorite color is green.", *knows)
    assert (one.op, one.target, one.slot) == ("supersede", 2, "favourite colour")


@pytest.mark.parametrize(
    ("name", "slot"),
    [
        ("home", "home"),
        ("Favourite  Colour", "favourite colour"),
        ("favorite color", "favourite colour"),
        ("mother tongue", "native language"),
        ("favourite", None),
        ("hobby", None),
        (None, None),
    ],
)
def test_a_slot_has_one_name(name: str | None, slot: str | None) -> None:
    assert slot_named(name) == slot
    assert is_slot(name) == (slot is not None)


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("The doctor has me on warfarin.", "The doctor has Ana on warfarin"),
        ("I ordinarily rise at five.", "Ana ordinarily rises at five"),
        ("I do Zumba on Wednesday nights.", "Ana does Zumba on Wednesday nights"),
        ("Live outside Inverness.", "Ana lives outside Inverness"),
        ("broke my wrist when i was 15", "Ana broke their wrist when they were 15"),
        ("Lurdes and I have known each other.", "Lurdes and Ana have known each other"),
        ("We open a branch next year.", "Ana opens a branch in 2027"),
        ("I pay 300 a month, is that too much?", "Ana pays 300 a month"),
        ("She told me that I snore.", None),
        ("It makes me happy.", None),
        ("I no can eat peanut.", None),
    ],
)
def test_a_sentence_is_turned_into_the_third_person(text: str, statement: str | None) -> None:
    assert rewritten(text, name="Ana", at=AT) == statement


@pytest.mark.parametrize(
    "text",
    [
        "Where do I live?",
        "> I live in Berlin and love techno",
        'user: {name: "Bob", diet: "vegan"}',
        "If I lived in Rome I'd eat ice cream.",
        "Translate this: I live in Berlin.",
        "Also lol, his mother thinks I'm allergic to cats",
    ],
)
def test_questions_code_and_quotations_state_nothing(text: str) -> None:
    assert not states(text)


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        (
            "My appointment with the vet on Monday at 3 was moved to 4.",
            "Ana's appointment with the vet on Monday 9 March 2026 at 3 was moved to 4",
        ),
        (
            "My match on Monday was cancelled.",
            "Ana's match on Monday 9 March 2026 was cancelled",
        ),
        (
            "My match on Monday was cancelled and I stayed home.",
            "Ana's match on Monday 2 March 2026 was cancelled and they stayed home",
        ),
        (
            "My son was moved to another class on Monday.",
            "Ana's son was moved to another class on Monday 2 March 2026",
        ),
    ],
)
def test_the_day_of_a_plan_that_was_moved_is_to_come(text: str, statement: str) -> None:
    assert rewritten(text, name="Ana", at=AT) == statement


@pytest.mark.parametrize(
    "text",
    [
        "Remind Eva tomorrow at 9 to call me.",
        "Please remind my brother on Monday that we meet.",
        "Could you remind Tom, please",
    ],
)
def test_an_order_to_remind_another_is_no_fact(text: str) -> None:
    assert tells_of_reminding(text)
    assert not tells_of_reminding("My calendar cannot remind Eva of anything.")
