"""What a command asked of the model: calls, tokens and seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usermind.cli.screen import count, note

if TYPE_CHECKING:
    from usermind.models.ledger import Ledger, LedgerTotal


def spent(ledger: Ledger | None) -> LedgerTotal | None:
    """Return the sums of a ledger; None without a model."""
    return None if ledger is None else ledger.total()


def note_cost(ledger: Ledger | None, *, of: str = "Model") -> None:
    """Say on one line what was asked of the model; nothing where it was not asked."""
    total = spent(ledger)
    if total is None or not total.calls:
        return
    failed = f" ({total.failed:,} failed)" if total.failed else ""
    note(
        f"{of}: {count(total.calls, 'call')}{failed}, {count(total.prompt_tokens, 'token')} in, "
        f"{total.completion_tokens:,} out, {total.seconds:.1f} s.",
        style="dim",
    )
