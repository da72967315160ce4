"""`usermind status`: how the store stands, what is due, and what failed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.flags import (
    CallsFlag,
    EmbedderFlag,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    StoreFlag,
    TimeoutFlag,
    TokensFlag,
    UserFlag,
    example,
    given,
)
from usermind.cli.opening import Workplace, opened
from usermind.cli.screen import columns, count, emit, flat, note, plain, say, show, size
from usermind.errors import UnknownUserError, UsermindError

if TYPE_CHECKING:
    from usermind.memory import Budget, Spend
    from usermind.memory.work import Failed, QueueStatus
    from usermind.models import EndpointReport

LOOKED_AT = 1_000
"""Users whose files are opened; a store may have many more, and each takes a millisecond."""
SHOWN = 20
ALWAYS = ("messages", "claims", "due")
"""Columns that are shown even where all of them are zero."""


@dataclass(frozen=True, slots=True)
class UserStatus:
    """How one user's memory stands."""

    user: str
    messages: int
    claims: int
    unembedded: int
    """Rows whose vector is still to be computed."""
    embedder: str | None
    """Model of the stored vectors; None when there are none yet."""
    quarantined: int
    """Messages of others that read like instructions, and are kept out of everything."""
    queue: QueueStatus
    failures: tuple[Failed, ...]
    today: Spend
    """What the user's models cost today, UTC."""
    budget: Budget
    share: float | None
    """How much of today's budget that is; None without one."""

    @property
    def pending(self) -> int:
        """Messages that nothing was learnt from yet."""
        return self.queue.ready + self.queue.waiting + self.queue.leased + self.queue.dead


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind status --store .demo-store",
            "usermind status --model http://localhost:8000/v1 --json",
            "usermind status --revive --user ana",
        )
    )(status)


def status(
    ctx: typer.Context,
    revive: Annotated[
        bool, typer.Option("--revive", help="Try again what failed and was given up or put off.")
    ] = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    daily_tokens: TokensFlag = None,
    daily_calls: CallsFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show who has a memory, what is due, what failed and why, and how large everything is.

    With --user only that one; with --model also whether the endpoint can be used (exit status 1
    when it cannot).
    """
    flags = given(ctx)
    with opened(flags) as place:
        names = place.store.users()
        if place.origins["user"] == "flag":
            if place.settings.user not in names:
                raise UnknownUserError(place.settings.user)
            looked_at = [place.memory.user_id]
        else:
            # Those with work first: they are what one looks for.
            due = {*place.store.due(), *place.store.stuck()}
            looked_at = sorted(names, key=lambda name: name not in due)[:LOOKED_AT]
        revived = sum(place.store.user(name).revive() for name in looked_at) if revive else None
        found = [_of(place, name) for name in looked_at]
        health = _health(place)
        embeds = _embedder(place)
        disk = _disk(place.store.path)
    if flags.as_json:
        emit(
            {
                "store": place.store.path,
                "users": len(names),
                "bytes": disk,
                "embedder": embeds,
                "model": health,
                "revived": revived,
                "spent_today": _spent(found),
                "looked_at": [asdict(each) for each in found],
            }
        )
    else:
        _say(place, names=len(names), disk=disk, embeds=embeds, revived=revived, found=found)
        _say_health(health)
    if health is not None and not health.works("models"):
        raise typer.Exit(1)


def _of(place: Workplace, name: str) -> UserStatus:
    from usermind.memory import meta

    memory = place.store.user(name)
    with memory.open() as file, file.database.read() as connection:
        embedder = meta.value_of(connection, meta.EMBEDDER)
        messages, claims, bare, quarantined = connection.execute(
            "SELECT (SELECT COUNT(*) FROM observation), "
            "(SELECT COUNT(*) FROM proposition WHERE status = 'active'), "
            "(SELECT COUNT(*) FROM observation WHERE embedded = 0) + "
            "(SELECT COUNT(*) FROM proposition WHERE embedded = 0), "
            "(SELECT COUNT(*) FROM observation WHERE quarantine IS NOT NULL)"
        ).fetchone()
    account = memory.account
    today = account.today()
    return UserStatus(
        name,
        messages,
        claims,
        bare,
        None if embedder is None else str(embedder),
        quarantined,
        memory.queue(),
        tuple(memory.failures()),
        today,
        account.budget,
        account.share(today),
    )


def _health(place: Workplace) -> EndpointReport | None:
    if not place.settings.model:
        return None
    from usermind.models import check_endpoint

    return check_endpoint(
        place.settings.model,
        place.settings.model_name or None,
        api_key=place.settings.api_key or None,
        timeout=min(place.settings.timeout, 20.0),
    )


def _embedder(place: Workplace) -> str:
    try:
        embedder = place.store.vectors.embedder
    except UsermindError as error:  # the rest of the status is needed most when this fails
        return f"none: {error}"
    return str(getattr(embedder, "model_id", type(embedder).__name__))


def _disk(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # another process deleted it just now
            continue
    return total


def _say(
    place: Workplace,
    *,
    names: int,
    disk: int,
    embeds: str,
    revived: int | None,
    found: list[UserStatus],
) -> None:
    say(f"Store     {place.store.path} ({count(names, 'user')}, {size(disk)})")
    say(f"Embedder  {plain(embeds)}")
    if stored := sorted({each.embedder for each in found if each.embedder}):
        say(f"Vectors   {plain(', '.join(stored))}")
    if revived is not None:
        say(f"Revived   {count(revived, 'message')}; `usermind reflect` tries them again")
    if not found:
        note("\nNobody has a memory here yet. Begin with `usermind chat --user NAME`.")
        return
    say()
    rows = [_numbers(each) for each in found]
    # What is nowhere the case takes no room.
    names_shown = [name for name in rows[0] if name in ALWAYS or any(row[name] for row in rows)]
    table = columns("user", *names_shown, right=tuple(names_shown))
    for each, row in list(zip(found, rows, strict=True))[:SHOWN]:
        table.add_row(flat(each.user, width=24), *(f"{row[name]:,}" for name in names_shown))
    show(table)
    if names > SHOWN and len(found) > SHOWN:
        note(f"… and {names - SHOWN:,} more users; name one with --user.")
    _say_spend(found)
    _say_failures(found)


def _spent(found: list[UserStatus]) -> Spend:
    from usermind.memory import Spend

    return sum((each.today for each in found), Spend())


def _say_spend(found: list[UserStatus]) -> None:
    spenders = sorted((each for each in found if each.today.calls), key=lambda e: -e.today.tokens)
    if not spenders:
        return
    total = _spent(found)
    failed = f" ({total.failed:,} failed)" if total.failed else ""
    say(
        f"\nSpent today (UTC): {count(total.calls, 'call')}{failed}, "
        f"{count(total.tokens, 'token')}\n"
    )
    numbers = ("calls", "failed", "tokens", "of the budget")
    table = columns("user", *numbers, right=numbers)
    for each in spenders[:SHOWN]:
        table.add_row(
            flat(each.user, width=24),
            f"{each.today.calls:,}",
            f"{each.today.failed:,}",
            f"{each.today.tokens:,}",
            "no limit" if each.share is None else f"{each.share:.0%}",
        )
    show(table)
    if len(spenders) > SHOWN:
        note(f"… and {len(spenders) - SHOWN:,} more users.")


def _numbers(each: UserStatus) -> dict[str, int]:
    return {
        "messages": each.messages,
        "claims": each.claims,
        "due": each.queue.ready,
        "waiting": each.queue.waiting,
        "running": each.queue.leased,
        "dead": each.queue.dead,
        "unembedded": each.unembedded,
        "quarantined": each.quarantined,
    }


def _say_failures(found: list[UserStatus]) -> None:
    # A batch fails as a whole: one line for all that share user, reason and count of tries.
    groups: dict[tuple[str, str, int, str], list[str]] = {}
    for each in found:
        for failed in each.failures:
            again = "given up" if failed.next_at is None else f"{failed.next_at:%d %b %H:%M} UTC"
            key = (flat(each.user, width=24), plain(failed.error), failed.attempts, again)
            groups.setdefault(key, []).append(failed.observation)
    if not groups:
        return
    say("\nFailed while learning; every message is kept:\n")
    table = columns("user", "messages", "tries", "next", "why", right=("tries",))
    for (user, why, tries, again), ids in list(groups.items())[:SHOWN]:
        listed = ", ".join(ids[:3]) + (f" and {len(ids) - 3:,} more" if len(ids) > 3 else "")
        table.add_row(user, listed, str(tries), again, why)
    show(table)
    if len(groups) > SHOWN:
        note(f"… and {len(groups) - SHOWN:,} more lines.")
    say("\nTo try them again now: usermind status --revive, then usermind reflect --all")


def _say_health(health: EndpointReport | None) -> None:
    if health is None:
        say("\nModel     none set; the offline engine answers")
        return
    missing = [item.name for item in health.capabilities if not item.works]
    if not health.works("models"):
        say(f"\nModel     {health.url}: {plain(health.capabilities[0].detail)}")
    else:
        say(f"\nModel     {plain(health.model or '')} at {health.url}: answers")
        if missing:
            say(f"          without: {', '.join(missing)} (see `usermind model check`)")
