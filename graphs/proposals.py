"""Proposals: what the reasoner wants, judged by code, and settled where it speaks twice."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from usermind.graphs.excerpts import Excerpt
from usermind.memory.changes import Change, Quote
from usermind.memory.journal import ASSISTANT, Observation
from usermind.memory.privacy.findings import PLACEHOLDER, quote_pattern
from usermind.memory.propositions import Proposition
from usermind.models.offline.dates import names_day_alone
from usermind.prompts import Operation
from usermind.prompts.fencing import UNSEEN, on_one_line
from usermind.prompts.slots import slot_named

Holds = Callable[[Operation, Quote, Observation], bool]
"""Says whether a citation that stands where it is said to stand counts; see `echo`."""


def validated(
    operation: Operation,
    shown: Sequence[Excerpt],
    known: Sequence[Proposition],
    holds: Holds = lambda operation, quote, observation: True,
) -> Change | None:
    """Return the change an operation stands for, or None when it does not hold.

    It holds when a quote of it stands in an observation that may speak about the user, its
    target exists, and it brings the words that its kind needs. What third parties wrote may add
    a claim or speak against one, but replaces, rewrites and retires nothing.
    """
    quotes = tuple(
        quote
        for citation in operation.evidence
        if 1 <= citation.observation <= len(shown)
        and (quote := located(citation.quote, shown[citation.observation - 1]))
        and not _is_date_line(quote, shown[citation.observation - 1].observation)
        and holds(operation, quote, shown[citation.observation - 1].observation)
    )
    if not quotes:
        return None
    named = {quote.observation for quote in quotes}
    cited = [excerpt.observation for excerpt in shown if excerpt.observation.id in named]
    # What a reader cannot see would make words that were denied or forgotten look like new ones.
    statement = on_one_line(operation.statement)
    op = operation.op
    target = _named(operation.target, known)
    vouched = any(item.tier != "third_party" for item in cited)
    if not vouched and op in ("supersede", "revise", "retire"):
        op = "contradict" if op == "retire" or not statement else "add"
    if target is None and op in ("contradict", "retire"):
        return None
    if op == "add" or (target is None and statement):
        op, target = "add", None
    if target is None and not statement:
        return None
    if op in ("supersede", "revise") and not statement:
        return None
    return Change(
        op=op,
        statement=statement,
        evidence=quotes,
        said_at=max(item.at.timestamp() for item in cited),
        vouched=vouched,
        confidence=operation.confidence,
        durability=operation.durability,
        slot=slot_named(operation.slot),
        target=target.id if target else None,
        expected_version=target.version if target else 0,
    )


def _is_date_line(quote: Quote, observation: Observation) -> bool:
    """Say whether words are only the day of an entry of a calendar, which is about nobody."""
    words = observation.text[quote.start : quote.end]
    return observation.tier == "observed" and names_day_alone(words)


def _named(alias: int | None, known: Sequence[Proposition]) -> Proposition | None:
    return known[alias - 1] if alias is not None and 1 <= alias <= len(known) else None


def located(quote: str, excerpt: Excerpt) -> Quote | None:
    """Return where a quote stands in an observation: to the letter, else but for case and space.

    It is looked for from the start of the excerpt on, then in the whole text.
    """
    observation = excerpt.observation
    if observation.author == ASSISTANT:
        return None
    words = quote.strip()
    if not words:
        return None
    redacted = PLACEHOLDER.search(words) is not None
    loose = quote_pattern(words) if redacted else _loose(words, observation.text)
    pattern = re.compile(loose, re.IGNORECASE)
    for begin in (excerpt.start, 0):
        start = observation.text.find(words, begin)
        if start >= 0:
            return Quote(observation.id, start, start + len(words))
        if match := pattern.search(observation.text, begin):
            return Quote(observation.id, *match.span())
    return None


_UNSEEN = re.compile(f"[{UNSEEN}⟦⟧]")


def _loose(words: str, text: str) -> str:
    """Return a pattern for words that were copied from a prompt, which shows less than the text."""
    if not _UNSEEN.search(text):
        return r"\s+".join(map(re.escape, words.split()))
    marks = {"[[": "(?:⟦|\\[\\[)", "]]": "(?:⟧|\\]\\])"}
    letters = (
        marks.get(part) or re.escape(part) for part in re.findall(r"\[\[|\]\]|\S|\s+", words)
    )
    gap = f"[{UNSEEN}]*"
    return gap.join(rf"(?:\s|{gap})+" if not part.strip() else part for part in letters)


def components(plan: Sequence[Change]) -> list[list[Change]]:
    """Return the changes in groups that share a target or a slot, each in order of time."""
    groups: dict[str, list[Change]] = {}
    for place, change in enumerate(plan):
        key = change.target or (f"slot {change.slot}" if change.slot else f"alone {place}")
        groups.setdefault(key, []).append(change)
    return [sorted(group, key=lambda change: change.said_at) for group in groups.values()]


def settle(group: Sequence[Change]) -> list[Change]:
    """Return what remains of changes to one thing: for one target, the last word counts.

    All support for a target is kept, as one change and beside its replacement, since both may be
    told in one session, and so are claims that sum it up; but it is replaced or rewritten once.
    """
    if group[0].target is None:
        return list(group)
    support = [change for change in group if change.op == "reinforce"]
    above = [change for change in group if change.op == "generalise"]
    others = [change for change in group if change.op not in ("reinforce", "generalise")]
    merged = [
        replace(
            last,
            evidence=tuple(quote for change in support for quote in change.evidence),
            vouched=any(change.vouched for change in support),
        )
        for last in support[-1:]
    ]
    return [*merged, *above, *others[-1:]]


def changing(plan: Sequence[Change]) -> int:
    """Return how many of the changes are more than support, which is merged and never dropped."""
    return sum(change.op != "reinforce" for change in plan)
