"""`usermind interview`: get to know a new user, one question at a time."""

import sys
from collections import Counter
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
    flags = given(ctx)
    with opened(flags, create=True) as place:
        from usermind.agents.interview import Interview

        talk, outcomes = Interview(place.memory, again=again), Counter[str]()
        if talk.stopped and not again:
            note("You asked for no more questions. `usermind interview --again` asks them.")
            return
        while (question := talk.next_question()) is not None:
            say(question)
            line = sys.stdin.readline()
            if not line:
                break
            try:
                outcome = talk.answer(line)
            except InvalidInputError as error:
                note(f"Error: {error}")
                continue
            except ModelError as error:
                outcome = "kept"
                note(f"It is kept, and will be learnt from later: {error}")
            outcomes[outcome] += 1
            if outcome == "asked":
                say(talk.why() or "")
        if outcomes["kept"]:
            say("Thank you. `usermind memory list` shows what I learnt.")
        elif outcomes["stopped"]:
            note("Nothing was learnt. `usermind interview --again` asks once more.")
        elif question is not None:
            note("Nothing was learnt. `usermind interview` goes on with this question.")
        else:
            note("There is nothing more to ask.")
