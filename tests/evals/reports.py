"""Results to be reported: ordinary ones, and ones whose every text is hostile."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

from usermind.evals.assessing import Assessment, Point
from usermind.evals.certainty import Certainty
from usermind.evals.probabilities import Bin
from usermind.evals.results import Ablation, Check, Cost, Results, Run, RunOutcome, Verdict
from usermind.evals.transcript import (
    Call,
    Claim,
    Deletion,
    Memory,
    Message,
    Offer,
    Recommended,
    Step,
    Transcript,
    Used,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOSTILE = (
    "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\" ' onload=alert(3) "
    "&amp; &lt; <svg/onload=alert(4)> $title ${body} javascript:alert(5) ]]> -->"
)
CHECKS = (
    Check("says", 'says "salmon"', "passed", "", 1, 9),
    Check("not_says", 'not says "chicken"', "failed", "it said: “chicken”", 1, 10),
    Check("judge", "judge: It is kind.", "unjudged", "it chose by place", 1, 11, 0.4),
    Check("judge", "judge: It is short.", "passed", "Two words.", 1, 12, 0.8),
    Check("knows", 'knows "Oslo"', "passed", "", None, 13),
)
TRANSCRIPT = Transcript(
    before=Memory((Claim("p1", "Bo is allergic.", "active", 0.9),)),
    steps=(
        Step(
            1,
            "user",
            AT,
            "What should Bo eat?\nAnything?",
            images=("bo.png",),
            reply="Salmon.",
            used=(Used("p1", "proposition", "Bo is allergic.", "user", 0.5, 0.9),),
            calls=(Call("recommend_items", {"count": 3}),),
            recommended=(Recommended("i1", "Salmon & rice", ("fish",), ("you like fish",)),),
            seen=("bo",),
            sources=("proposition",),
            doubts=("It cites nothing.",),
            satisfied=False,
        ),
        Step(2, "observe", AT, "A mail", author="Eva"),
        Step(3, "forget", AT, "Bo", deletion=Deletion(3, 0)),
        Step(4, "watch", AT, "", offers=(Offer("g1", "reminder", "Dentist", "At 9.", "now"),)),
        Step(5, "wait", AT, "3h", trouble=("nothing to forget",)),
    ),
    after=Memory((), (Message("o1", "Eva", "A mail", quarantined=True),), ("Bo: a dog",)),
)


def run(
    scenario: str = "knows the dog",
    ablation: Ablation | None = None,
    repeat: int = 1,
    outcome: RunOutcome = "failed",
    **given: Any,
) -> Run:
    cost = Cost(1.5, (0.4, 0.2), 3, 1200, 80, 600)
    made = Run("k", scenario, "dog.scenario.yaml", ablation, repeat, outcome, CHECKS, None,
               TRANSCRIPT, cost)  # fmt: skip
    return replace(made, **given)


def results() -> Results:
    without: tuple[tuple[Ablation, int, int], ...] = (("memory", 0, 2),)
    return Results(
        usermind="0.1.0",
        model="tiny",
        embedder="lexical",
        judge="tiny judge",
        started=AT,
        finished=AT.replace(minute=2),
        repeats=2,
        ablations=("memory",),
        pass_rate=1.0,
        verdicts=(
            Verdict("knows the dog", "dog.scenario.yaml", "About Bo.", ("recall",), ("memory",),
                    "failed", "line 10", 1, 2, without),
            Verdict("broke", "b.scenario.yaml", "", (), (), "error", "It broke.", 0, 1),
        ),
        runs=(
            run(repeat=1),
            run(repeat=2, outcome="passed", checks=CHECKS[:1]),
            run(ablation="memory", repeat=1),
            run(ablation="memory", repeat=2),
            run("broke", outcome="error", checks=(), error="No model.", cost=Cost()),
        ),
    )  # fmt: skip


def assessment() -> Assessment:
    return Assessment(
        judge="tiny judge",
        questions=40,
        rubbish=2,
        decided=30,
        agreed=24,
        accuracy=0.75,
        order_consistency=0.9,
        control_accuracy=0.5,
        control_decided=3,
        control_agreed=1,
        ece_stated=0.3,
        ece_calibrated=0.05,
        calibrated_decided=28,
        calibrated_agreed=21,
        curve=(Point(95, 0.2, 0.9), Point(60, 0.8, 0.8)),
        stated=(Bin(0.5, 0.6, 10, 0.55, 0.4), Bin(0.9, 1.0, 20, 0.95, 0.8)),
        calibrated=(Bin(0.7, 0.8, 30, 0.75, 0.73),),
        certainty=Certainty((1, 100), (0.5, 0.8), 36),
    )


CLOSED = {"kind", "outcome", "ablation", "ablations", "fails_without", "without", "status", "way"}
"""Fields whose values are ours."""


def hostile(value: Any) -> Any:
    """Return a value with each text in it that people or models write replaced."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, tuple):
        return tuple(hostile(each) for each in value)
    if isinstance(value, dict):
        return {hostile(key): hostile(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: hostile(getattr(value, field.name))
            for field in fields(value)
            if field.name not in CLOSED
        }
        return replace(value, **changed)
    return value
