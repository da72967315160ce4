"""The offline gate: what it says of offers, through the engine's door."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind.models import Offline
from usermind.models.offline.weighing import SIGNALS, WEIGHTS, shipped, signals
from usermind.prompts import EventLine, FactLine, OfferedLine, WeighAnswer, WeighPrompt

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FAILING = (
    "opened report.py in the editor",
    "ran report.py",
    "the terminal shows FileNotFoundError: sales.csv",
    "searched for 'pandas read_csv file not found'",
    "ran report.py again",
    "the terminal shows FileNotFoundError: sales.csv",
)
FITTING = "Check where sales.csv lies and correct the path in report.py"


def prompt(
    events: tuple[str, ...],
    offer: str,
    *facts: str,
    text: str = "",
    later: timedelta = timedelta(),
    confidence: float = 0.9,
) -> WeighPrompt:
    lines = tuple(
        EventLine(NOON - timedelta(minutes=len(events) - place), event)
        for place, event in enumerate(events, 1)
    )
    known = tuple(FactLine(f"p{i}", fact, confidence, NOON) for i, fact in enumerate(facts))
    return WeighPrompt(NOON + later, lines, known, OfferedLine(offer, text))


def weighed(events: tuple[str, ...], offer: str, *facts: str, **more: object) -> WeighAnswer:
    return Offline().complete(prompt(events, offer, *facts, **more))  # type: ignore[arg-type]  # as `prompt` takes them


def useful(events: tuple[str, ...], offer: str, *facts: str, **more: object) -> float:
    return weighed(events, offer, *facts, **more).useful


def test_after_a_repeated_error_what_mends_it_is_offered_and_what_is_beside_it_is_not() -> None:
    fitting = useful(FAILING, FITTING)
    beside = useful(FAILING, "Plan a weekend of hiking in the mountains near Bergen")
    assert fitting > shipped().line > beside


@pytest.mark.parametrize(
    ("definite", "vague"),
    [
        (FITTING, "Offer further tips and resources about reports"),
        (FITTING, "Explore more features of report.py"),
        ("List the folders in which a sales.csv lies", "Help the user with sales.csv"),
    ],
    ids=["tips", "explore", "help"],
)
def test_a_definite_offer_scores_above_a_vague_one(definite: str, vague: str) -> None:
    assert useful(FAILING, definite) > useful(FAILING, vague)


def test_the_same_offer_is_worth_more_while_its_matter_is_at_hand_than_after() -> None:
    search = ("searched for 'flights to Lisbon in May'",)
    offer = "Compare the prices of flights to Lisbon"
    after = (*search, "wrote a mail to the landlord about the broken heating")
    assert useful(search, offer) > shipped().line > useful(after, offer)


def test_who_scrolls_and_switches_is_left_in_peace_rather_than_who_searches() -> None:
    offer = "Compare the prices of flights to Lisbon"
    before = "opened flights.example: Oslo to Lisbon"
    searching = (before, "searched for 'cheap flights to Lisbon'")
    about = (before, "switched to the mail program and returned to the browser, scrolling")
    assert useful(searching, offer) > useful(about, offer)


def test_what_the_user_has_just_done_is_not_offered() -> None:
    answer = weighed(FAILING, "Run report.py again")
    assert answer.useful < 0.1
    assert answer.reason == "The user has just done that."


def test_an_error_is_no_longer_at_hand_an_hour_later() -> None:
    assert useful(FAILING, FITTING, later=timedelta(hours=2)) < shipped().line


def test_with_nothing_to_go_by_it_is_silent() -> None:
    assert useful((), FITTING) < shipped().line


@pytest.mark.parametrize(
    "fact",
    [
        "Ana does not want to be interrupted.",
        "Ana doesn't want to be bothered while she works.",
        "Ana doesn't want suggestions.",
        "Ana does not like getting tips or advice from the assistant.",
        "Ana hates tips about sales.csv and report.py.",
        "Ana is not interested in sales.csv.",
    ],
)
def test_what_the_user_wants_to_be_spared_is_not_offered(fact: str) -> None:
    answer = weighed(FAILING, FITTING, fact)
    assert answer.useful < shipped().line < useful(FAILING, FITTING)
    assert answer.reason == "What is known of the user speaks against it."


@pytest.mark.parametrize(
    "fact",
    [
        "Ana hates suggestions about sport.",
        "Ana does not like to be offered meat.",
        "Ana no longer gets notifications from the bank.",
        "Ana dislikes horror films.",
        "Ana cannot log in to the server with sales.csv.",
        "Ana minds the children on Mondays.",
    ],
)
def test_other_dislikes_and_troubles_take_nothing_away(fact: str) -> None:
    assert useful(FAILING, FITTING, fact) >= useful(FAILING, FITTING)


def test_a_fact_that_tells_of_the_matter_speaks_for_the_offer_the_more_the_surer_it_is() -> None:
    fact = "Ana checks sales.csv with report.py every Monday."
    sure, unsure = (useful(FAILING, FITTING, fact, confidence=c) for c in (0.95, 0.3))
    assert sure > unsure > useful(FAILING, FITTING)


def test_an_offer_gains_nothing_by_going_on_and_on() -> None:
    text = "with every path of report.py and of sales.csv " * 4
    assert useful(FAILING, FITTING, text=text) == pytest.approx(
        useful(FAILING, FITTING, text=text * 50), abs=0.05
    )


def test_the_matter_is_found_in_scripts_that_do_not_set_words_apart() -> None:
    events = ("搜索 远程工作软件 对比",)
    assert useful(events, "比较远程工作软件") > useful(events, "明天北京天气预报")


EVERYTHING = st.text(
    st.one_of(st.characters(exclude_categories=[]), st.sampled_from("⟦⟧ \n\x00'?.")), max_size=60
)


@settings(deadline=None)
@given(st.lists(EVERYTHING, max_size=6), EVERYTHING, EVERYTHING, EVERYTHING)
def test_any_text_gets_the_same_probability_each_time_and_never_certainty(
    events: list[str], title: str, text: str, fact: str
) -> None:
    asked = prompt(tuple(events), title, fact, text=text)
    first, second = Offline().complete(asked), Offline().complete(asked)
    assert first == second
    assert 0 < first.useful < 1
    assert _finite(asked)


def _finite(asked: WeighPrompt) -> bool:
    return all(math.isfinite(value) and abs(value) <= 9 for value in signals(asked).tolist())


def test_ten_thousand_events_are_weighed_by_the_latest() -> None:
    long_ago = tuple(f"wrote line {n} of the novel" for n in range(10_000))
    assert useful((*long_ago, *FAILING), FITTING) > shipped().line


def test_huge_texts_are_read_in_part() -> None:
    assert 0 < useful(("x" * 1_000_000,), "y " * 500_000, "z " * 500_000) < 1


def test_what_ships_names_every_signal_once() -> None:
    assert set(json.loads(WEIGHTS.read_text("utf-8"))["signals"]) == set(SIGNALS)
    assert len(set(SIGNALS)) == len(SIGNALS)
