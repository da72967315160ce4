"""How what is said comes into a memory: screened, stored, and announced to reflection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from usermind.errors import InvalidInputError
from usermind.memory.changes import Change, Quote, apply
from usermind.memory.journal import ASSISTANT, Also, Draft, Journal, Receipt, prepared
from usermind.memory.propositions import Proposition, Propositions, checked_statement
from usermind.memory.quarantine import is_quarantined
from usermind.prompts.slots import slot_of

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

STATED = 0.98
"""Confidence of a claim that somebody asked to keep."""


def store(
    memory: UserMemory,
    drafts: Sequence[Draft],
    *,
    wished: bool = False,
    also: Also | None = None,
) -> list[Receipt]:
    """Store observations in one transaction, all or none, and announce them to reflection.

    Args:
        memory: Whose.
        drafts: As they arrived; the privacy gate takes out what is not stored.
        wished: Whether somebody asks to keep just this, so that what was forgotten may come back.
        also: What else the transaction writes.

    Raises:
        InvalidInputError: A field cannot be stored.
        ConflictingObservationError: An external id came back with other content.
        PrivacyError: The privacy gate broke.
    """
    now = memory.now()
    screened = [memory.privacy.for_store(draft) for draft in drafts]
    entries = [
        prepared(item.draft, now=now, arrived=draft.text)
        for item, draft in zip(screened, drafts, strict=True)
    ]
    if not entries:
        return []
    memory._announce(now)
    with memory.open(create=True) as file:
        receipts = Journal(file.database).add(
            entries,
            wished=wished,
            admission=memory.privacy.admission(drafts, screened),
            also=also,
        )
    memory._announce(now, stored=True)
    return receipts


def keep(memory: UserMemory, text: str, *, evidence: str | None, author: str) -> Proposition | None:
    """Keep one claim at once; see `UserMemory.remember`.

    Raises:
        InvalidInputError: The text cannot be stored, or the evidence is none.
    """
    statement = memory.privacy.statement(checked_statement(text))
    told = evidence is None
    if evidence is None:
        (receipt,) = store(memory, [Draft(text=statement, source="remember")], wished=True)
        assert receipt.id is not None, "what is wished for is stored"
        evidence = receipt.id
    now = memory.now()
    with memory.open() as file:
        said = Journal(file.database).get(evidence)
        if said.author == ASSISTANT:
            raise InvalidInputError(
                f"{evidence!r} is a reply of the assistant, which is no evidence about the "
                "user. Nothing was stored. Name what the user said, or leave `evidence` out."
            )
        if is_quarantined(file.database, said.id):
            raise InvalidInputError(
                f"{evidence!r} is in quarantine and is no evidence. Nothing was stored. Look "
                "at it with `usermind quarantine list`, and release it first."
            )
        vouched = said.tier != "third_party"
        change = Change(
            op="add",
            statement=statement,
            evidence=(Quote(said.id, 0, len(said.text)),),
            said_at=said.at.timestamp(),
            vouched=vouched,
            confidence=STATED,
            durability="year",
            slot=slot_of(statement, memory.display_name),
            wished=vouched,
        )
        apply(
            file.database,
            [change],
            lease="",
            done=(),
            settled=(said.id,) if told else (),
            author=author,
            now=now,
        )
        return Propositions(file.database, now=now).find(statement)
