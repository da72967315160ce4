"""The benchmark of the gate: its figures add up, and its baselines are what is known of them."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from benchmarks import proactivebench
from benchmarks.fit_gate import counted, fit, unseen
from hypothesis import given
from hypothesis import strategies as st

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.gate_metrics import Decisions, agreement, best_line, worth_it
from usermind.evals.benchmarks.proactive_data import hours, offered, read
from usermind.models import Offline
from usermind.prompts import WeighPrompt

SEARCHES = ("flights to Lisbon", "a quiet hotel", "grilled aubergine", "used bicycles")
OFFERS = (
    ("Compare prices of {0}", True),
    ("Explore further tips", False),
    ("Open the mail", False),
)


def rows(traces: int = 4) -> list[dict[str, object]]:
    """Return moments of made-up traces: what fits the last search is taken, nothing else is."""
    made: list[dict[str, object]] = []
    for number in range(traces):
        seen = [{"time": "Day 1, 11:30 PM", "event": f"The user opens notebook {number}."}]
        for minute, search in enumerate(SEARCHES[number:] + SEARCHES[:number], 31):
            seen.append(
                {"time": f"Day 1, 11:{minute} PM", "event": f"The user searches '{search}'"}
            )
            for offer, taken in OFFERS:
                made.append(row(seen, offer.format(search), taken))
        made.append(row(seen, None, number % 2 == 0))
    return made


def row(seen: Sequence[dict[str, str]], offer: str | None, taken: bool) -> dict[str, object]:
    return {"obs": list(seen), "pred_task": offer, "valid": taken, "help_needed": True,
            "annotation": [taken, taken, not taken], "category": ""}  # fmt: skip


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows()), encoding="utf-8")
    return path


def test_rows_are_moments_of_traces_with_times_that_never_go_back(tmp_path: Path) -> None:
    seen = [
        {"time": "Day 1, 11:50 PM", "event": "a"},
        {"time": "Day 1, 12:10 AM", "event": "b"},  # past midnight, by a clock that keeps the day
        {"time": "Day 2, 12:05 AM", "event": "c"},  # told late
    ]
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(row(seen, "x", True)) + "\n", encoding="utf-8")
    [found] = read(path)
    gaps = np.diff([event.at.timestamp() for event in found.events])
    assert gaps.tolist() == [20 * 60, 0]
    assert found.prompt.now == found.events[-1].at


def test_seconds_of_the_epoch_and_iso_times_are_read_too(tmp_path: Path) -> None:
    seen = [{"time": "1717335884.5", "event": "a"}, {"time": "2024-06-02T14:00:00", "event": "b"}]
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(row(seen, None, True)) + "\n", encoding="utf-8")
    [found] = read(path)
    assert [event.at.isoformat() for event in found.events] == [
        "2024-06-02T13:44:44.500000+00:00",
        "2024-06-02T14:00:00+00:00",
    ]


@pytest.mark.parametrize("line", ["{", "{}", '{"obs": [], "annotation": []}', "[]"])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(rows()[0]) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="Line 2 of"):
        read(path)


DECIDED = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@given(DECIDED)
def test_rates_of_decisions_add_up(pairs: list[tuple[bool, bool]]) -> None:
    made = Decisions.of(*zip(*pairs, strict=True))
    assert made.total == len(pairs)
    assert made.accuracy + made.missed_share + made.intruded_share == pytest.approx(1)
    if made.hits + made.intrusions:
        assert made.false_discovery_rate == pytest.approx(1 - made.precision)
    if made.hits:
        mean = 2 / (1 / made.precision + 1 / made.recall)
        assert made.f1 == pytest.approx(mean)


def test_a_false_alarm_as_published_is_not_the_false_positive_rate() -> None:
    made = Decisions(hits=1, intrusions=1, missed=0, spared=8)
    assert made.false_discovery_rate == 0.5
    assert made.false_positive_rate == pytest.approx(1 / 9)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40),
    st.floats(0, 3),
    st.floats(0, 3),
    st.floats(0, 2),
)
def test_a_higher_cost_never_makes_more_unwanted_offers(
    pairs: list[tuple[float, bool]], one: float, other: float, missing: float
) -> None:
    p, wanted = (np.array(column) for column in zip(*pairs, strict=True))
    low, high = sorted((one, other))
    unwanted = [
        Decisions.of(worth_it(p, cost=cost, missing=missing), wanted).intrusions
        for cost in (low, high)
    ]
    assert unwanted[0] >= unwanted[1]


@given(st.lists(st.sampled_from([0.1, 0.3, 0.6, 0.9]), min_size=2, max_size=30), st.floats(0, 1))
def test_a_line_keeps_within_its_rate(values: list[float], most: float) -> None:
    p, wanted = np.array(values), np.arange(len(values)) % 2 == 0
    line = best_line(p, wanted, most=most)
    assert Decisions.of(p >= line, wanted).false_positive_rate <= most + 1e-9


def test_the_line_has_the_best_f1_there_is() -> None:
    p = np.array([0.9, 0.8, 0.7, 0.6, 0.2])
    wanted = np.array([True, True, False, True, False])
    assert best_line(p, wanted, most=1.0) == 0.6
    assert best_line(p, wanted, most=0.2) == 0.8


def test_annotators_agree_as_counted_by_hand() -> None:
    found = agreement([(True, True, False), (False, False)], [True, False])
    assert found.pairs == 4  # one pair of yes, one of no, two that differ
    assert found.same == 0.5
    assert found.f1 == pytest.approx(2 / (2 + 2))
    assert found.accuracy_of_one == pytest.approx(4 / 5)


def test_baselines_reproduce_the_rates_of_the_file(labels: Path) -> None:
    some = offered(read(labels))
    judged = proactivebench.unseen(some)
    gate, always, never = proactivebench.decisions(judged)
    assert gate["gate"] == "offline gate"
    assert always["precision"] == pytest.approx(1 / 3)
    assert (always["recall"], always["FPR"]) == (1.0, 1.0)
    assert always["F1"] == pytest.approx(0.5)
    assert (never["recall"], never["FPR"], never["an hour"]) == (0.0, 0.0, 0.0)
    assert never["accuracy"] == pytest.approx(2 / 3)
    assert always["an hour"] == pytest.approx(16 / hours(some))  # four moments of four traces


def test_what_other_traces_teach_is_known_of_a_new_one(labels: Path) -> None:
    judged = proactivebench.unseen(offered(read(labels)))
    assert judged.decided.f1 == 1.0
    for at in proactivebench.utilities(judged):
        assert at["gate"] >= max(at["always"], at["never"])


def test_no_trace_is_judged_by_itself(labels: Path) -> None:
    data = counted(offered(read(labels)))
    here = np.array(data.traces) == data.traces[0]
    turned = counted(offered(read(labels)))
    turned.y[here] = ~turned.y[here]
    before, after = (unseen(one, 10.0) for one in (data, turned))
    assert np.array_equal(before[here], after[here])
    assert not np.array_equal(before[~here], after[~here])


def test_the_fit_is_the_same_each_time(labels: Path) -> None:
    first, second = (fit(counted(offered(read(labels)))) for _ in range(2))
    assert first.line == second.line
    assert np.array_equal(first.weights, second.weights)


def test_a_model_is_asked_what_the_offline_gate_is(labels: Path) -> None:
    class Asked(Offline):
        prompts: list[object]

        def complete(self, prompt):  # type: ignore[no-untyped-def]  # as the base has it
            self.prompts = [*getattr(self, "prompts", []), prompt]
            return super().complete(prompt)

    some, reasoner = offered(read(labels)), Asked()
    judged = proactivebench.by_model(some, reasoner)
    assert all(isinstance(prompt, WeighPrompt) for prompt in reasoner.prompts)
    assert len(reasoner.prompts) == len(some)
    assert judged.p.tolist() == proactivebench.as_shipped(some).p.tolist()


def test_a_report_is_printed_and_written(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    proactivebench.main([str(labels), "--shipped", "--json", str(target)])
    printed = capsys.readouterr().out
    assert "1 - P is what the benchmark publishes as False-Alarm" in printed
    assert "rows without a proposal: 4; that nothing was said was right in 2" in printed
    written = json.loads(target.read_text("utf-8"))
    assert {"labels", "offline gate, shipped"} == set(written)
