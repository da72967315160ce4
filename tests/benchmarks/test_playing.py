"""A short life, written out, played into a store and measured."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from benchmarks import calibration
from benchmarks.lives import Fact
from benchmarks.personas import Mention, Persona, Style, Utterance
from benchmarks.playing import Played, play
from benchmarks.wordings import Kind

START = datetime(2025, 1, 10, 12, tzinfo=UTC)
MOVED = START + timedelta(days=80)
END = START + timedelta(days=130)


def said(
    number: int,
    day: int,
    text: str,
    kind: Kind | None = None,
    value: str = "",
    *,
    author: str = "user",
    style: Style = "plain",
    polarity: Literal[1, -1] = 1,
) -> Utterance:
    mentions = (Mention(kind, value, polarity, 1.0),) if kind else ()
    at = START + timedelta(days=day, seconds=number)
    return Utterance(f"n{number}", at, f"s{day}", author, text, style, mentions)


NADIA = Persona(
    "Nadia",
    (
        Fact("home", "Graz", START - timedelta(days=900), MOVED),
        Fact("home", "Leeds", MOVED),
        Fact("likes", "ramen", START - timedelta(days=900)),
        Fact("likes", "jazz", START - timedelta(days=900)),
    ),
    (
        said(1, 0, "I live in Graz.", "home", "Graz"),
        said(2, 0, "Good morning!", style="chatter"),
        said(3, 1, "Nadia lives in Porto.", "home", "Porto", author="Bea Holm", style="reported"),
        said(4, 2, "I love ramen.", "likes", "ramen"),
        said(5, 70, "The bus was late again.", style="chatter"),
        said(6, 90, "I live in Leeds now.", "home", "Leeds"),
        said(7, 130, "Thanks, that helps.", style="chatter"),
    ),
)


@pytest.fixture(scope="module")
def played() -> Played:
    return play(0, NADIA, embedder="lexical")


def test_claims_are_compared_with_the_truth_of_their_day(played: Played) -> None:
    graz = [claim for claim in played.shown if "Graz" in claim.text]
    assert [(claim.status, claim.verdict) for claim in graz] == [
        ("active", "true"),
        ("superseded", "ended"),
    ]
    assert (played.observations, played.failed) == (7, 0)
    assert all(claim.stated is not None for claim in played.shown)


def test_only_what_the_user_told_can_be_known(played: Played) -> None:
    # Graz and ramen at the first checkpoint, Leeds and ramen at the second; jazz was never told.
    assert sorted(played.revealed) == [("home", True)] * 2 + [("likes", True)] * 2


def test_an_outdated_claim_ends_with_the_telling_of_the_change(played: Played) -> None:
    (ending,) = played.endings
    assert (ending.kind, ending.value) == ("home", "Graz")
    assert (ending.days, ending.observations) == (0.0, 0)
    assert calibration.latency(played.endings).at_once == 1.0


def test_a_mail_is_told_apart_and_not_believed(played: Played) -> None:
    rumours = [claim for claim in played.shown if claim.rumour]
    assert {claim.verdict for claim in rumours} == {"false"}
    assert all(claim.confidence <= 0.5 for claim in rumours)
    worth = calibration.truth([played, played])
    assert worth.rumours_believed == 0
    assert worth.coverage.value == 1.0


def test_the_table_scores_the_same_claims_for_each_system(played: Played) -> None:
    table = {row.system: row for row in calibration.rows([played, played])}
    ours, stated = table["usermind"], table["the reasoner's number"]
    assert ours.claims == stated.claims == 2 * len(calibration.judged(calibration.active(played)))
    # GUM ends nothing, so that it still shows what is over.
    assert table["as GUM: its number, no endings"].accuracy.value < ours.accuracy.value
    assert 0.0 <= ours.brier.low <= ours.brier.value <= ours.brier.high <= 1.0


def test_the_user_rules_on_some_claims_and_the_rest_are_compared(played: Played) -> None:
    ruled = play(0, NADIA, embedder="lexical", verdicts=1)
    assert ruled.verdicts == 2
    assert sum(claim.rated for claim in ruled.shown if claim.checkpoint == 1) == 1
    assert not any(claim.rated for claim in ruled.shown if claim.checkpoint == 0)
    before, after = calibration.with_and_without([played], [ruled], since=1)
    assert before.claims == after.claims > 0


def test_verdicts_are_drawn_the_same_each_time() -> None:
    first, second = (play(0, NADIA, embedder="lexical", verdicts=1) for _ in range(2))
    assert [c.text for c in first.shown if c.rated] == [c.text for c in second.shown if c.rated]
