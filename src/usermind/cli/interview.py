"""`usermind interview`: get to know a new user, one question at a time."""

import sys
from typing import Annotated

import typer

from usermind.cli.flags import StoreFlag, UserFlag, example, given
from usermind.cli.opening import opened
from usermind.cli.screen import note, say
from usermind.errors import InvalidInputError, ModelError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind interview --user ana",
            'printf "Ana\\nOslo\\nstop\\n" | usermind interview --user ana',
        )
    )(interview)


def interview(
    ctx: typer.Context,
    again: Annotated[
        bool, typer.Option("--again", help='Ask also after an earlier "stop".')
    ] = False,
    store: StoreFlag = None,
    user: UserFlag = None,
) -> None:
    """Ask the user for what is not known yet; "skip" passes, "stop" ends for good.

    Every answer is stored before the next question. Called again, it goes on where it was; after a
    "stop" only with --again.
    """
    flags = given(ctx, store=store, user=user, as_json=False)
    with opened(flags, create=True) as place:
        from usermind.agents.interview import Interview

        talk, kept = Interview(place.memory, again=again), 0
        if talk.stopped and not again:
            note("You asked for no more questions. `usermind interview --again` asks them.")
            return
        while (question := talk.next_question()) is not None:
            say(question)
            line = sys.stdin.readline()
            if not line:
                break
            try:
                kept += talk.answer(line) == "kept"
            except InvalidInputError as error:
                note(f"Error: {error}")
            except ModelError as error:
                kept += 1
                note(f"It is kept, and will be learnt from later: {error}")
        if question is None and kept == 0:
            note("There is nothing more to ask.")
        else:
            say("Thank you. `usermind memory list` shows what I learnt.")
