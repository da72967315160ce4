"""Claims as a person reads them: in lists, one by one, and with the reasons for them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from usermind.cli.screen import (
    columns,
    count,
    day,
    emit,
    flat,
    origin,
    plain,
    say,
    show,
)

if TYPE_CHECKING:
    from rich.table import Table

    from usermind.memory import (
        Explanation,
        Observation,
        Proposition,
        Recollection,
        UserMemory,
        Version,
    )
    from usermind.types import Status


@dataclass(frozen=True, slots=True)
class Known:
    """A claim with how long and by how much it is borne out."""

    claim: Proposition
    since: datetime
    """Event time of the first evidence for it."""
    support: int
    """Messages that speak for it."""
    against: int

    def record(self) -> dict[str, object]:
        """Return it as one flat record."""
        return asdict(self.claim) | {
            "since": self.since,
            "support": self.support,
            "against": self.against,
        }


def known(
    memory: UserMemory,
    *,
    status: Status | None = "active",
    limit: int,
    as_of: datetime | None = None,
) -> list[Known]:
    """Return claims, surest and freshest first."""
    found = []
    for claim in memory.propositions.list(status=status, limit=limit, as_of=as_of):
        evidence = [
            item
            for item in memory.propositions.explain(claim.id).evidence
            if as_of is None or item.observation.at <= as_of
        ]
        times = [item.observation.at for item in evidence if item.polarity > 0]
        found.append(
            Known(
                claim,
                min(times, default=claim.supported_at),
                len(times),
                len(evidence) - len(times),
            )
        )
    return found


def table(found: Iterable[Known], *, with_status: bool = False) -> Table:
    """Return claims as a table."""
    names = ["id", "sure", "since", "from", *(["status"] if with_status else []), "claim"]
    lines = columns(*names, right=("sure", "from"))
    for item in found:
        lines.add_row(
            item.claim.id,
            f"{item.claim.confidence:.2f}",
            day(item.since),
            str(item.support),
            *([item.claim.status] if with_status else []),
            flat(item.claim.text),
        )
    return lines


def hits(found: Iterable[Recollection], *, why: bool) -> Table:
    """Return what recall found as a table."""
    names = ["id", "fits", "sure", "from", *(["why"] if why else []), "text"]
    lines = columns(*names, right=("fits", "sure"))
    for hit in found:
        lines.add_row(
            hit.id,
            f"{hit.score:.2f}",
            "" if hit.confidence is None else f"{hit.confidence:.2f}",
            provenance(hit),
            *([plain(hit.why)] if why else []),
            flat(hit.text, width=400),
        )
    return lines


def provenance(hit: Recollection) -> str:
    """Return where a memory comes from."""
    return origin(
        author=hit.author,
        source=hit.source,
        at=hit.at,
        session=hit.session,
        external_id=hit.external_id,
    )


def show_message(item: Observation, *, as_json: bool) -> None:
    """Print one message as it arrived."""
    if as_json:
        emit(item)
        return
    lines = columns("", "")
    for name in ("id", "author", "source", "session", "external_id", "tier", "at", "ingested_at"):
        value = getattr(item, name)
        lines.add_row(name, "none" if value is None else flat(str(value)))
    lines.show_header = False
    show(lines)
    say(f"\n{plain(item.text)}")


def show_claim(claim: Proposition, history: Sequence[Version], *, as_json: bool) -> None:
    """Print one claim with its versions."""
    if as_json:
        emit(asdict(claim) | {"history": [asdict(version) for version in history]})
        return
    say(f"{claim.id}: {plain(claim.text)}\n")
    say(_standing(claim))
    if claim.superseded_by:
        say(f"Replaced by {claim.superseded_by}.")
    say()
    lines = columns("version", "from", "sure", "what happened", "text", right=("version", "sure"))
    for version in history:
        lines.add_row(
            str(version.number),
            day(version.held_from),
            f"{version.confidence:.2f}",
            f"{version.cause} by {version.author}",
            flat(version.text),
        )
    show(lines)


def show_explanation(explanation: Explanation, *, as_json: bool) -> None:
    """Print a claim's evidence and arithmetic."""
    claim = explanation.proposition
    if as_json:
        emit(explanation)
        return
    say(f"{claim.id}: {plain(claim.text)}\n")
    say(_standing(claim))
    say(_arithmetic(explanation))
    for other in explanation.related:
        stands = "" if other.status == "active" else f" ({other.status})"
        say(f"{_RELATED[other.kind]} {other.id}: {flat(other.text)}{stands}")
    if not explanation.evidence:
        say("\nNo message speaks for it any more.")
        return
    for item in explanation.evidence:
        said = item.observation
        where = origin(
            author=said.author,
            source=said.source,
            at=said.at,
            session=said.session,
            external_id=said.external_id,
        )
        say(f"\n{said.id} {'for it' if item.polarity > 0 else 'against it'}: {where}")
        say(f"    “{flat(item.quote)}”")


_RELATED = {
    "contradictory": "Contradicts",
    "generalises": "Sums up",
    "generalised by": "Summed up by",
}


def _standing(claim: Proposition) -> str:
    pinned = ", pinned by you" if claim.pinned else ""
    return (
        f"{claim.status}{pinned}; sure {claim.confidence:.2f}, fresh {claim.freshness:.2f} "
        f"({claim.durability}, last heard {day(claim.supported_at)})"
    )


def _arithmetic(explanation: Explanation) -> str:
    start = explanation.verdict
    if start is None:
        start = math.log(explanation.prior / (1 - explanation.prior))
        begin = f"{start:+.2f} by the first message for it (a chance of {explanation.prior:.2f})"
    else:
        begin = f"{start:+.2f} by your own word"
    return (
        f"Log-odds: {begin}, {explanation.log_odds - start:+.2f} by what came later, "
        f"{explanation.log_odds:+.2f} in all."
    )


def show_verdict(claim: Proposition, *, as_json: bool) -> None:
    """Print a claim after the user ruled on it."""
    if as_json:
        emit(claim)
    else:
        say(f"{claim.id}: {plain(claim.text)}\n{_standing(claim)}")


def amount(memory: UserMemory) -> str:
    """Return how much is stored about a user, in words."""
    messages = count(memory.count_observations(), "message")
    return f"{messages}, {count(len(memory.propositions.list(status=None)), 'claim')}"


def doomed(memory: UserMemory, claim_ids: Sequence[str], message_ids: Sequence[str]) -> str:
    """Return what forgetting these takes with it, in words.

    Raises:
        UnknownItemError: One of them does not exist.
    """
    messages = {memory.observation(item).id for item in message_ids}
    for item in claim_ids:
        evidence = memory.propositions.explain(item).evidence
        messages |= {each.observation.id for each in evidence if each.polarity > 0}
    parts = []
    if claim_ids:
        parts.append(", ".join(claim_ids))
    if messages:
        listed = sorted(messages, key=lambda item: int(item[1:]))
        parts.append(
            f"{count(len(listed), 'message')} ({_listed(listed)}) with what rests on them alone"
        )
    if lost := _verdicts_lost(memory, claim_ids, message_ids):
        parts.append(f"what was said there of {_listed(lost)}")
    return " and ".join(parts)


def _verdicts_lost(
    memory: UserMemory, claim_ids: Sequence[str], message_ids: Sequence[str]
) -> list[str]:
    """Return the titles of the items on which verdicts go with claims and messages."""
    from usermind.memory.forget_scope import would_take

    with memory.open() as file:
        others = would_take(file.database, observations=message_ids, propositions=claim_ids)
    if not any(item.startswith("v") for item in others):
        return []
    titles = {each.id: flat(each.title) for each in memory.feedback.list()}
    return [titles[item] for item in others if item.startswith("v")]


def with_verdicts(memory: UserMemory, verdict_ids: Sequence[str]) -> str:
    """Return what forgetting what was said of items takes with it, in words.

    Raises:
        UnknownItemError: One of them does not exist.
    """
    from usermind.memory.forget_scope import spoken, would_take
    from usermind.types import PropositionId

    with memory.open() as file:
        named = spoken(file.database, verdict_ids)
        others = would_take(file.database, feedback=verdict_ids)
    messages = [item for item in named if item.startswith("o")]
    told = [item for item in named if item.startswith("p")]
    parts = [f"{count(len(messages), 'message')} ({_listed(messages)})"]
    if told:
        parts.append(f"{count(len(told), 'claim')} ({_listed(told)})")
    if lost := [item for item in others if item.startswith("v")]:
        parts.append(f"{count(len(lost), 'other verdict')} ({_listed(lost)})")
    more = [memory.propositions.get(PropositionId(item)) for item in others if item[0] == "p"]
    if more:
        said = _listed([f"{each.id}: {flat(each.text, width=60)}" for each in more])
        parts.append(f"what else these messages say ({said})")
    return " and ".join(parts)


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:8]) + (" …" if len(items) > 8 else "")
