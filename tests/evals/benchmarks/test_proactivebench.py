"""The benchmark of the gate: its figures add up, and its baselines are what is known of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks import proactivebench as script
from hypothesis import given
from hypothesis import strategies as st
from tests.evals.benchmarks.proposals_by_hand import row, rows, write

from usermind.errors import InvalidInputError, InvalidModelOutputError
from usermind.evals.benchmarks import gates, proactivebench
from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.gate_learning import counted, fit, unseen
from usermind.evals.benchmarks.gate_metrics import Decisions, agreement, best_line, worth_it
from usermind.evals.benchmarks.proposals import hours, offered, read
from usermind.models import Offline
from usermind.prompts import WeighPrompt
from usermind.testing import ScriptedReasoner


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.jsonl"
    write(path, rows())
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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "labels.jsonl:3 is not JSON"),
        ("[]", "labels.jsonl:3 must be a JSON object"),
        ("{}", "labels.jsonl:3 has no `obs`"),
        ('{"obs": {}}', "labels.jsonl:3, `obs` must be a JSON list"),
        ('{"obs": []}', "labels.jsonl:3, `obs` must hold an event at least"),
        ('{"obs": ["x"]}', "labels.jsonl:3, event 1 must be a JSON object"),
        ('{"obs": [{"time": "soon", "event": "x"}]}', "event 1, `time` must be like 'Day 1"),
        ('{"obs": [{"time": "1e400", "event": "x"}]}', "event 1, `time` must be like 'Day 1"),
        ('{"obs": [{"time": "99999999999999", "event": "x"}]}', "`time` must be like"),
        ('{"obs": [{"time": "Day 99999999999, 1:00 PM", "event": "x"}]}', "`time` must be like"),
        ('{"obs": [{"time": null, "event": "x"}]}', "a text or a number as `time`"),
        ('{"obs": [{"time": 1, "event": 2}]}', "must have a text as `event`"),
    ],
)
def test_a_line_that_is_no_labelled_proposal_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(rows()[0]) + "\n\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=said) as caught:
        read(path)
    assert "Nothing was scored" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pred_task": ["x"]}, "a text or null as `pred_task`"),
        ({"valid": "false"}, "`valid` must be true or false"),
        ({"help_needed": 1}, "`help_needed` must be true or false"),
        ({"annotation": [None]}, "`annotation` must be true or false"),
        ({"annotation": True}, "`annotation` must be a JSON list"),
    ],
)
def test_a_field_of_another_kind_is_named(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(rows()[0] | change), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=f"labels.jsonl:1.*{said}"):
        read(path)


def test_a_blank_proposal_offers_nothing(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(rows()[0] | {"pred_task": " "}), encoding="utf-8")
    assert read(path)[0].offer is None


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
    made = proactivebench.decisions(gates.unseen(some))
    assert list(made) == ["learned", "always", "never"]
    always, never = (
        {line: figure.value for line, figure in made[gate].items()} for gate in ("always", "never")
    )
    assert always["precision"] == pytest.approx(1 / 3)
    assert (always["recall"], always["FPR"]) == (1.0, 1.0)
    assert always["F1"] == pytest.approx(0.5)
    assert (never["recall"], never["FPR"], never["an hour"]) == (0.0, 0.0, 0.0)
    assert never["precision"] is None  # of nothing there is no share
    assert never["accuracy"] == pytest.approx(2 / 3)
    assert always["an hour"] == pytest.approx(16 / hours(some))  # four moments of four traces


def test_what_other_traces_teach_is_known_of_a_new_one(labels: Path) -> None:
    judged = gates.unseen(offered(read(labels)))
    assert judged.weighed.decided.f1 == 1.0
    for at in proactivebench.utilities(judged):
        assert at.gate >= max(at.always, at.never)


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
    judged = gates.by_model(some, Asker(reasoner))
    assert all(isinstance(prompt, WeighPrompt) for prompt in reasoner.prompts)
    assert len(reasoner.prompts) == len(some)
    assert judged.weighed.p.tolist() == gates.as_shipped(some).weighed.p.tolist()


def test_unusable_answers_keep_back_and_are_told(labels: Path) -> None:
    count = len(offered(read(labels)))
    scripted = ScriptedReasoner([InvalidModelOutputError("no")] * count)
    report = proactivebench.run_proactivebench(labels, asker=Asker(scripted))
    assert report.counts[proactivebench.KEPT_BACK] == report.counts["answers"] == count
    made = report.figures()[[t.title for t in report.tables].index("Decisions: model")]
    assert made["recall"]["always"].value == 1.0


def test_what_is_unusable_is_kept_back_also_where_all_others_were_wanted(tmp_path: Path) -> None:
    made = [
        one | {"valid": bool(one["valid"]) or "notebook 0" in str(one["obs"])} for one in rows(2)
    ]
    some = offered(read(write(tmp_path / "labels.jsonl", made)))
    scripted = ScriptedReasoner([InvalidModelOutputError("no")] * len(some))
    judged = gates.by_model(some, Asker(scripted))
    assert judged.unusable == len(some)
    assert not judged.weighed.offers.any()


def test_a_sample_is_the_same_for_the_same_seed(labels: Path) -> None:
    class Counting(Offline):
        asked = 0

        def complete(self, prompt):  # type: ignore[no-untyped-def]  # as the base has it
            self.asked += 1
            return super().complete(prompt)

    reasoner = Counting()
    first, second = (
        proactivebench.run_proactivebench(
            labels, asker=Asker(reasoner), sample=20, seed=3
        ).as_json()
        for _ in range(2)
    )
    assert first == second
    assert reasoner.asked == 40


@pytest.mark.parametrize("traces", [1, 2])
def test_too_few_traces_to_learn_from_are_an_error_that_says_what_to_do(
    traces: int, tmp_path: Path
) -> None:
    path = tmp_path / "labels.jsonl"
    write(path, rows(traces))
    with pytest.raises(InvalidInputError, match="3 are needed at least"):
        proactivebench.run_proactivebench(path)
    report = proactivebench.run_proactivebench(path, ships=True)
    assert [table.title for table in report.tables] == [
        "Labels", "Decisions: shipped", "Worth: shipped",
        "Probabilities: shipped",
    ]  # fmt: skip
    made = report.figures()[1]["F1"]["gate"]
    assert (made.low is None) == (traces == 1)  # of one trace no other can be drawn


def test_traces_of_one_outcome_are_learned_from_without_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    made = [
        one | {"valid": bool(one["valid"]) and "notebook 0" in str(one["obs"])} for one in rows(3)
    ]
    write(path, made)
    report = proactivebench.run_proactivebench(path)  # without the first trace nothing is wanted
    assert report.figures()[1]["recall"]["gate"].value is not None


def test_labels_of_one_outcome_or_without_proposals_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    refused = [one | {"valid": False} for one in rows() if one["pred_task"]]
    write(path, refused)
    with pytest.raises(InvalidInputError, match="No proposal was wanted by the labels"):
        proactivebench.run_proactivebench(path)
    report = proactivebench.run_proactivebench(path, ships=True)
    assert report.figures()[1]["recall"]["gate"].value is None
    json.dumps(report.as_json(), allow_nan=False)
    silent = [one for one in rows() if not one["pred_task"]]
    write(path, silent)
    with pytest.raises(InvalidInputError, match="Nothing was measured: a gate decides"):
        proactivebench.run_proactivebench(path)


def test_a_report_is_printed_and_written(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    script.main([str(labels), "--shipped", "--json", str(target)])
    printed = capsys.readouterr().out
    assert "1 - P is what the benchmark publishes as False-Alarm" in printed
    written = json.loads(target.read_text("utf-8"))
    assert written["counts"] == {"proposals": 48, "traces": 4, "rows without a proposal": 4}
    assert written["tables"][0]["lines"]["silence was right"]["all"]["value"] == 0.5
