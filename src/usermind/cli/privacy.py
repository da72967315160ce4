"""`usermind privacy` and `usermind private`: what was kept out, and what is to be."""

from typing import Annotated

import typer

from usermind.cli.flags import JsonFlag, LimitFlag, StoreFlag, UserFlag, example, given
from usermind.cli.opening import opened
from usermind.cli.screen import columns, day, emit, flat, note, plain, say, show

app = typer.Typer(
    no_args_is_help=True,
    help="Keep topics out of memory and prompts, in plain words.",
    epilog=example('usermind private add "my health" --user ana', "usermind private list"),
)

SHOWN = 12
"""Ids that are listed of what touches a topic."""
Topic = Annotated[str, typer.Argument(metavar="TOPIC", help='In plain words: "my health".')]


def register(root: typer.Typer) -> None:
    """Add the command `privacy`."""
    root.command(
        epilog=example(
            "usermind privacy --user ana", "usermind privacy --user ana --limit 5 --json"
        )
    )(privacy)


def privacy(
    ctx: typer.Context,
    limit: LimitFlag = 50,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List what the privacy gate decided over the user's texts, newest first.

    It names kinds, rules and ids, never a word of a text. The policy is the setting `privacy`:
    standard, strict, or off.
    """
    flags = given(ctx)
    with opened(flags) as place:
        policy = place.memory.privacy.policy.name
        found = place.memory.privacy.decisions(limit=limit)
    if flags.as_json:
        emit({"policy": policy, "decisions": found})
        return
    say(f"Policy    {policy}")
    if not found:
        note("\nNothing was found yet that the policy speaks of.")
        return
    say()
    table = columns("when", "done", "kind", "about", "for", "rule", "id", "times", right=("times",))
    for each in found:
        about = "" if each.subject == "unknown" else each.subject
        table.add_row(
            day(each.at),
            each.action,
            plain(each.kind),
            about,
            each.recipient,
            plain(each.rule),
            each.item or "",
            f"{each.count:,}",
        )
    show(table)


@app.command(epilog=example('usermind private add "my health" --user ana'))
def add(
    ctx: typer.Context,
    topic: Topic,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a topic private: what touches it is no longer stored, learnt, or shown to a model.

    A message that touches it is still answered. What is stored already stays until it is
    forgotten; its ids are listed. Texts are compared by words, in English best.
    """
    flags = given(ctx)
    with opened(flags, create=True) as place:
        made = place.memory.private.add(topic)
        touching = place.memory.private.touching(made.words)
        name = place.memory.user_id
    if flags.as_json:
        emit({"topic": made, "touching": touching})
        return
    say(f"Private from now on: {flat(made.words)}")
    if touching:
        listed = " ".join(touching[:SHOWN]) + (" …" if len(touching) > SHOWN else "")
        memories = "1 memory" if len(touching) == 1 else f"{len(touching):,} memories"
        note(
            f"{memories} that touch it are stored already, and no model is shown them: {listed}\n"
            f"To delete them: usermind memory forget {listed} --user {plain(name)}"
        )


@app.command("list", epilog=example("usermind private list --user ana"))
def list_(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the private topics, and how many memories from before touch each."""
    flags = given(ctx)
    with opened(flags) as place:
        door = place.known.private
        found = [(topic, door.touching(topic.words)) for topic in door.list()]
    if flags.as_json:
        emit([{"topic": topic, "touching": touching} for topic, touching in found])
        return
    if not found:
        note("No topic is private. `usermind private add` makes one so.")
        return
    table = columns("id", "since", "stored", "text", right=("stored",))
    for topic, touching in found:
        table.add_row(topic.id, day(topic.at), str(len(touching)), flat(topic.words))
    show(table)


@app.command(epilog=example('usermind private remove "my health" --user ana'))
def remove(
    ctx: typer.Context,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Its words, or its id like t1.")],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a topic public again; what was kept out meanwhile is not known and stays so."""
    flags = given(ctx)
    with opened(flags) as place:
        removed = place.known.private.remove(topic)
    if flags.as_json:
        emit(removed)
    else:
        say(f"No longer private: {flat(removed.words)}")
