"""A run as HTML: what was said, what was used for it, and what was expected of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from usermind.evals.markup import Child, Markup, joined, tag
from usermind.evals.results import Check, Run
from usermind.evals.transcript import Memory, Offer, Recommended, Step, Used

MARKS = {
    "passed": ("✓", "passed"),
    "failed": ("✗", "failed"),
    "error": ("⚠", "broke"),
    "unjudged": ("○", "not judged"),
}
"""Sign and word of each outcome: colour alone says nothing to some."""


def mark_of(outcome: str, word: str | None = None) -> Markup:
    """Return an outcome as sign and word, in its colour."""
    sign, own = MARKS[outcome]
    return tag("span", f"{sign} {word or own}", class_=outcome)


def run_details(run: Run, name: str) -> Markup:
    """Return a run that opens.

    Args:
        run: The run.
        name: What it is called in the list of its scenario's runs.
    """
    passed = sum(check.outcome == "passed" for check in run.checks)
    steps = run.transcript.steps
    at_end = [check for check in run.checks if check.step is None]
    return tag(
        "details",
        tag("summary", tag("span", mark_of(run.outcome), class_="mark-word"), f" {name}: ",
            tag("span", f"{passed} of {len(run.checks)} expectations, {run.cost.seconds:.1f} s",
                class_="soft")),
        tag("p", "It broke: ", run.error, class_="error") if run.error is not None else None,
        _memory("Memory before", run.transcript.before),
        tag("ol", *(_step(each, run.checks) for each in steps), class_="steps"),
        _checks("Expected at the end", at_end),
        _memory("Memory after", run.transcript.after),
        class_="run",
    )  # fmt: skip


def _step(step: Step, checks: Sequence[Check]) -> Markup:
    who = {
        "user": "The user",
        "observe": f"From {step.author}",
        "forget": "To be forgotten",
        "wait": "Time goes by",
        "watch": "A look for something to offer",
        "answer": "The user's answer to the offer",
    }[step.kind]
    thread = f", thread {step.thread}" if step.thread != "main" else ""
    when = step.at.strftime("%a %Y-%m-%d %H:%M")
    return tag(
        "li",
        tag("div", tag("strong", f"{step.number}. ", tag("bdi", who)), " ",
            tag("span", f"{when}{thread}", class_="soft")),
        _words(step.said, "said") if step.said else None,
        _list("Shows", step.images),
        _list("Recognised", step.seen),
        tag("div", tag("strong", "The assistant")) if step.reply is not None else None,
        _words(step.reply, "said reply") if step.reply is not None else None,
        _list("Trouble", step.trouble, class_="failed"),
        None if step.satisfied is None else tag("div",
            f"The simulated user {'has' if step.satisfied else 'does not have'} what they need.",
            class_="soft"),
        _opening("memory used", "memories used", [_used(each) for each in step.used]),
        _opening("tool call", "tool calls", [
            joined(tag("code", call.tool), " ", tag("bdi", _written(call.arguments)))
            for call in step.calls
        ]),
        _opening("item recommended", "items recommended", [_item(e) for e in step.recommended]),
        _opening("offer", "offers", [_offer(each) for each in step.offers]),
        _list("Drew on", step.sources),
        _list("Doubts", step.doubts),
        tag("p", f"Deleted {step.deletion.items} items; {step.deletion.residue} remains found.")
        if step.deletion is not None else None,
        _checks("Expected", [check for check in checks if check.step == step.number]),
    )  # fmt: skip


def _words(text: str, class_: str) -> Markup:
    return tag("div", text, class_=class_, dir="auto")


def _list(title: str, texts: Iterable[str], class_: str | None = None) -> Markup | None:
    told = list(texts)
    if not told:
        return None
    parts: list[Child] = [f"{title}: "]
    for place, text in enumerate(told):
        parts += [", " if place else None, tag("bdi", text)]
    return tag("div", *parts, class_=class_ or "soft")


def _opening(one: str, many: str, items: Sequence[Markup]) -> Markup | None:
    """Return a list that opens; None where it is empty."""
    if not items:
        return None
    return tag(
        "details",
        tag("summary", f"{len(items)} {one if len(items) == 1 else many}"),
        tag("ul", *(tag("li", item) for item in items), class_="plain"),
    )


def _written(arguments: Mapping[str, Any]) -> str:
    return json.dumps(dict(arguments), ensure_ascii=False, default=str)


def _used(used: Used) -> Markup:
    sure = "" if used.confidence is None else f", confidence {used.confidence:.2f}"
    about = f" {used.id}, {used.kind} of {used.author}, score {used.score:.2f}{sure}"
    return joined(tag("bdi", used.text, dir="auto"), tag("span", about, class_="soft"))


def _item(item: Recommended) -> Markup:
    words = f" ({', '.join(item.words)})" if item.words else ""
    why = f" because {'; '.join(item.reasons)}" if item.reasons else ""
    return joined(tag("bdi", item.title), tag("span", f"{words}{why}", class_="soft"))


def _offer(offer: Offer) -> Markup:
    way = "in the digest" if offer.digest else offer.way
    return joined(
        tag("bdi", f"{offer.title}: {offer.text}" if offer.text else offer.title),
        tag("span", f" {offer.kind}, {way}", class_="soft"),
    )


def _checks(title: str, checks: Sequence[Check]) -> Markup | None:
    if not checks:
        return None
    items = [
        tag(
            "li",
            tag("span", mark_of(check.outcome), class_="mark-word"),
            " ",
            tag("bdi", check.wanted),
            tag("span", f" (line {check.line}{_sure(check)})", class_="soft"),
            tag("div", tag("bdi", check.why), class_="soft") if check.why else None,
        )
        for check in checks
    ]
    return joined(tag("div", tag("strong", title)), tag("ul", *items, class_="plain"))


def _sure(check: Check) -> str:
    return "" if check.certainty is None else f", {check.certainty:.0%} sure"


def _memory(title: str, memory: Memory) -> Markup | None:
    items = [
        *(
            joined(tag("bdi", c.text), tag("span", f" {c.id}, {c.status}, {c.confidence:.2f}",
                                           class_="soft"))
            for c in memory.claims
        ),
        *(
            joined(tag("bdi", m.text), tag("span", f" {m.id}, said by {m.author}"
                   f"{', quarantined' if m.quarantined else ''}", class_="soft"))
            for m in memory.messages
        ),
        *(joined(tag("bdi", note)) for note in memory.notes),
    ]  # fmt: skip
    if not items:
        return None
    counted = ((memory.claims, "claim"), (memory.messages, "message"), (memory.notes, "note"))
    parts = [f"{len(of)} {noun}{'' if len(of) == 1 else 's'}" for of, noun in counted if of]
    return tag(
        "details",
        tag("summary", f"{title}: {', '.join(parts)}"),
        tag("ul", *(tag("li", item) for item in items), class_="plain"),
    )  # fmt: skip
