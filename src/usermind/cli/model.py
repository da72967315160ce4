"""`usermind model`: what an endpoint can do, and how to start one."""

from pathlib import Path
from typing import Annotated

import typer

from usermind.cli.flags import JsonFlag, ModelNameFlag, TimeoutFlag, example, given
from usermind.cli.opening import loaded
from usermind.cli.screen import columns, emit, note, plain, say, show

app = typer.Typer(
    no_args_is_help=True,
    help="Check an endpoint, or start one with vLLM.",
    epilog=example("usermind model check http://localhost:8000/v1"),
)


@app.command(epilog=example("usermind model check http://localhost:8000/v1"))
def check(
    ctx: typer.Context,
    url: Annotated[
        str | None,
        typer.Argument(help="An OpenAI-compatible endpoint; without it, the one that is set."),
    ] = None,
    model_name: ModelNameFlag = None,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Try what an endpoint can do, with one small request per capability.

    Exit status 1 when it cannot be used at all: it is down, or serves no model.
    """
    flags = given(ctx, model=url)
    settings, _ = loaded(flags)
    if not settings.model:
        raise typer.BadParameter("Name the endpoint: usermind model check http://localhost:8000/v1")
    from usermind.models import check_endpoint

    report = check_endpoint(
        settings.model,
        settings.model_name or None,
        api_key=settings.api_key or None,
        timeout=min(settings.timeout, 20.0),
    )
    if flags.as_json:
        emit(report)
    else:
        say(f"{report.url}  {plain(report.model) if report.model else 'cannot be used'}\n")
        table = columns("capability", "works", "detail", "without it")
        for row in report.rows:
            table.add_row(*map(plain, row))
        show(table)
    if not report.works("models"):
        raise typer.Exit(1)


@app.command(
    epilog=example(
        "usermind model serve Qwen/Qwen3-4B-Instruct-2507",
        "usermind model serve ./my-model --port 8001 --dry-run",
    )
)
def serve(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A model of the Hugging Face hub, or a folder.")],
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the API has no key of its own.")
    ] = "127.0.0.1",
    served_as: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Name to serve it under.")
    ] = None,
    context: Annotated[
        int | None, typer.Option(min=1, help="Tokens of prompt and answer together.")
    ] = None,
    embeddings: Annotated[
        bool, typer.Option("--embeddings", help="Serve vectors instead of chat.")
    ] = False,
    prompt_embeds: Annotated[
        bool,
        typer.Option("--prompt-embeds", help="Take users' vectors in front of prompts, too."),
    ] = False,
    tool_parser: Annotated[
        str, typer.Option(help="vLLM's parser for this model's tool calls.")
    ] = "hermes",
    python: Annotated[
        Path | None, typer.Option(help="The python that has vLLM; see USERMIND_VLLM_PYTHON.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the command instead of running it.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Serve a model with vLLM, with the flags that usermind needs.

    The command that does it is printed first, to be run elsewhere when vLLM is not here. The
    server takes the place of this one; Ctrl-C ends it.
    """
    from usermind.models.serve import serve as become
    from usermind.models.serve import serve_command

    command = serve_command(
        name,
        port=port,
        host=host,
        name=served_as,
        context=context,
        embeddings=embeddings,
        prompt_embeds=prompt_embeds,
        tool_parser=tool_parser,
        python=python,
    )
    if given(ctx).as_json:
        emit({"argv": command.argv, "env": dict(command.env)})
        return
    if dry_run:
        say(command.shell, whole=True)
        return
    note(command.shell, whole=True)
    note(f"Once it runs: usermind chat --model http://{host}:{port}/v1")
    try:
        become(command)
    except OSError as error:
        raise typer.BadParameter(f"{command.argv[0]} cannot be run: {error.strerror}.") from None
