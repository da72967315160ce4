"""Two months of a life, then questions that only a memory can answer.

    python examples/demo.py [--check] [--model URL] [--store FOLDER] [--svg FILE]

Replays `conversation.jsonl` into a fresh store, learns from it, notes a cat with her picture and
two searches, and holds the turns of `questions.json`, each reply with what it was made from. With
`--check` a wrong answer is an error: exit status 1. Pictures need `pip install '.[images]'`.
"""

import argparse
import os
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, TypeAdapter
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from usermind import Assistant, Concept, MemoryStore, Recollection, Reply, UserMemory, UsermindError
from usermind.ingest import Line, read_lines, store
from usermind.memory import Observation
from usermind.models import Reasoner, connect

HERE = Path(__file__).parent
USER = "ana"
THREAD = "demo"
SHOWN_CLAIMS = 16
HOW = {"concept": "noted by hand", "entity": "counted", "profile": "summed up"}
"""By kind: where a memory without a confidence comes from."""


class Question(BaseModel):
    """One turn of the demo, with what makes its answer right."""

    question: str
    expect_any: list[str]
    """One of these must be in the reply."""
    forbid: list[str]
    cites: list[str]
    """Messages by their own ids, one of which the reply must rest on; none: no memory at all."""
    uses: list[str] | None = None
    """Kinds of memory that the reply must rest on, instead of messages."""
    image: str | None = None
    """A picture shown with it, beside this file."""


@dataclass(slots=True)
class Clock:
    """The demo's present: it begins where the conversation ended."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the present."""
        return self.now


def main() -> int:
    """Run the demo and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="a wrong answer is an error")
    parser.add_argument("--model", metavar="URL", help="an endpoint like vLLM's; none: offline")
    parser.add_argument("--store", type=Path, default=HERE.parent / ".demo-store")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="also save what is shown")
    options = parser.parse_args()
    console = Console(highlight=False, markup=False, emoji=False, record=bool(options.svg))
    console.width = min(console.width, 80)
    warnings.showwarning = lambda message, *_, **__: console.print(f"\n{message}", style="yellow")
    try:
        status = Demo(console, options.store, options.model, check=options.check).run()
    except UsermindError as error:
        console.print(f"\n{error}", style="red")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped. Run it again to begin anew.")
        return 130
    if options.svg:
        console.save_svg(str(options.svg), title="make demo")
    return status


class Demo:
    """One run."""

    def __init__(self, console: Console, folder: Path, model: str | None, *, check: bool) -> None:
        self.console = console
        self.folder = folder
        self.model = model
        self.check = check
        self.cited = "p1"
        """A claim that a reply rested on."""

    def run(self) -> int:
        """Replay, learn, ask, show; return the exit status."""
        with (HERE / "conversation.jsonl").open("rb") as file:
            lines = [line for line in read_lines(file) if isinstance(line, Line)]
        questions = TypeAdapter(list[Question]).validate_json(
            (HERE / "questions.json").read_bytes()
        )
        times = [line.draft.at for line in lines if line.draft.at is not None]
        clock = Clock(max(times) + timedelta(minutes=1))
        _remove(self.folder)
        reasoner: Reasoner | None = connect(self.model) if self.model else None
        self.console.print(_rule("usermind"))
        with MemoryStore(self.folder, reasoner=reasoner, clock=clock) as opened:
            memory = opened.user(USER)
            self.replay(memory, lines, min(times))
            self.learn(memory)
            self.note(memory)
            with Assistant(store=opened, model=reasoner, reflect="manual") as assistant:
                wrong = self.ask(assistant, memory, questions, clock)
            self.show_known(memory)
            self.show_replaced(memory)
        self.show_next()
        if self.check and wrong:
            self.console.print(
                f"\n{len(wrong)} of {len(questions)} answers are wrong:", style="red"
            )
            for fault in wrong:
                self.console.print(f"  {fault}", style="red")
            return 1
        return 0

    def replay(self, memory: UserMemory, lines: Sequence[Line], first: datetime) -> None:
        """Store the conversation, message by message batch."""
        self.console.print(
            f"Two months of {memory.display_name}'s chats and mails, from {_day(first)} to "
            f"{_day(memory.now())}.\n"
        )
        with self.bar("Storing", len(lines)) as progress:
            for start in range(0, len(lines), 16):
                batch = lines[start : start + 16]
                for event in store(memory, batch):
                    assert not hasattr(event, "reason"), event
                progress.advance(progress.task_ids[0], len(batch))

    def learn(self, memory: UserMemory) -> None:
        """Reflect on everything."""
        started = time.perf_counter()
        with self.spinner("Learning"):
            memory.embed()
            report = memory.reflect()
        seconds = time.perf_counter() - started
        self.console.print(
            f"Learned {len(memory.propositions.list())} claims from {report.processed} messages "
            f"in {seconds:.1f} s, by {self.model or 'the offline engine'}.\n"
        )
        if report.failed:
            self.console.print(f"{report.failed} messages stay due: {report.errors[0]}\n")

    def note(self, memory: UserMemory) -> None:
        """Note a cat with her picture, as her owner would, and what was searched for."""
        memory.concepts["miso"] = Concept(
            "Miso", category="cat", attributes={"eats": "turkey pâté, no fish"}, consent=True
        )
        memory.pictures.add("miso", HERE / "miso_on_record.png")
        for number, words in enumerate(("ferry to Newcastle", "hotels in Newcastle")):
            memory.entities.record(words, source="search", external_id=f"search {number}")
        self.console.print("Noted: Miso the cat, with her picture; two searches, as counts.\n")

    def ask(
        self, assistant: Assistant, memory: UserMemory, questions: list[Question], clock: Clock
    ) -> list[str]:
        """Hold the turns; return what is wrong with the answers, if anything."""
        self.console.print(_rule(f"{_day(clock.now)}: {memory.display_name} asks"))
        faults = []
        for question in questions:
            clock.now += timedelta(minutes=1)
            shown = f" [{question.image}]" if question.image else ""
            self.console.print(f"\n› {question.question}{shown}", style="bold")
            images = [HERE / question.image] if question.image else []
            reply = assistant.turn(USER, question.question, thread_id=THREAD, images=images)
            self.console.print(Padding(Text(reply.text), (0, 0, 0, 2)))
            rests_on = {hit.id: _evidence(memory, hit) for hit in reply.used}
            for hit in reply.used[:3]:
                self.cited = hit.id if hit.kind == "proposition" else self.cited
                self.show_memory(hit, rests_on[hit.id])
            if not reply.used:
                self.console.print("    (from no memory)", style="dim")
            ids = {item.external_id for found in rests_on.values() for item in found}
            fault = _fault(question, reply, ids, cites=self.model is None)
            faults += [f"{question.question} {fault}"] if fault else []
        self.console.print()
        return faults

    def show_memory(self, hit: Recollection, evidence: Sequence[Observation]) -> None:
        """Print one memory below a reply: what, how sure, who said it when and where."""
        told = HOW.get(hit.kind, "as it was said")
        sure = told if hit.confidence is None else f"sure {hit.confidence:.2f}"
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        text = " ".join(hit.text.split())
        if hit.kind == "profile":  # the reply has just told all of it
            text = text[:60].rsplit(" ", 1)[0] + " …"
        grid.add_row(hit.id, f"{text} ({sure})")
        for item in evidence[:2]:
            grid.add_row("", f"from {_origin(item)}")
        if len(evidence) > 2:
            grid.add_row("", f"and {len(evidence) - 2} more")
        self.console.print(Padding(grid, (0, 0, 0, 4)), style="dim")

    def show_known(self, memory: UserMemory) -> None:
        """Print a table of what is known."""
        claims = memory.propositions.list()
        self.console.print(_rule(f"What is now known about {memory.display_name}"))
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column("id", no_wrap=True)
        table.add_column("claim", overflow="fold", ratio=1)
        table.add_column("sure", justify="right", no_wrap=True)
        table.add_column("since", no_wrap=True)
        table.add_column("from", justify="right", no_wrap=True)
        for claim in claims[:SHOWN_CLAIMS]:
            evidence = memory.propositions.explain(claim.id).evidence
            said = [item.observation.at for item in evidence if item.polarity > 0]
            since = _day(min(said, default=claim.supported_at))
            table.add_row(claim.id, claim.text, f"{claim.confidence:.2f}", since, str(len(said)))
        self.console.print(table)
        if len(claims) > SHOWN_CLAIMS:
            self.console.print(f"… and {len(claims) - SHOWN_CLAIMS} more", style="dim")
        self.console.print()

    def show_replaced(self, memory: UserMemory) -> None:
        """Print what was once so: replaced, not overwritten."""
        replaced = memory.propositions.list(status="superseded")
        if not replaced:
            return
        self.console.print(_rule("No longer so, and still on record"))
        for claim in replaced[:3]:
            by = memory.propositions.get(claim.superseded_by) if claim.superseded_by else None
            now = f" → {by.id} {by.text} ({_day(by.supported_at)})" if by else ""
            self.console.print(f"{claim.id} {claim.text}{now}")
        self.console.print()

    def show_next(self) -> None:
        """Print how to go on."""
        self.console.print(_rule("Go on yourself"))
        command, folder = _command(), _near(self.folder)
        for words in ("chat", "memory list", f"memory explain {self.cited}"):
            self.console.print(f"{command} {words} --store {folder} --user {USER}", soft_wrap=True)

    @contextmanager
    def bar(self, text: str, total: int) -> Iterator[Progress]:
        """Show a progress bar; where the output is no terminal, only its end."""
        columns = (TextColumn(text), BarColumn(40), MofNCompleteColumn(), TextColumn("messages"))
        with Progress(*columns, console=self.console) as progress:
            progress.add_task(text, total=total)
            yield progress

    @contextmanager
    def spinner(self, text: str) -> Iterator[None]:
        """Show that something is under way."""
        if self.console.is_terminal:
            with self.console.status(f"{text} …"):
                yield
        else:
            yield


def _fault(question: Question, reply: Reply, ids: set[str | None], *, cites: bool) -> str | None:
    """Return what is wrong with an answer; None: nothing."""
    text = reply.text.replace("’", "'").lower()
    kinds = {hit.kind for hit in reply.used}
    if not any(word.lower() in text for word in question.expect_any):
        return f"lacks any of {question.expect_any}"
    if said := [word for word in question.forbid if word.lower() in text]:
        return f"says {said}"
    if not cites:  # a model does not say which memories it used, only which it was given
        return None
    if question.uses is not None:
        return None if kinds == set(question.uses) else f"uses {sorted(kinds)}"
    if question.cites and not ids & set(question.cites):
        return f"rests on {sorted(map(str, ids))}, not on any of {question.cites}"
    if not question.cites and ids:
        return f"rests on {sorted(map(str, ids))}, though nothing is known"
    return None


def _evidence(memory: UserMemory, hit: Recollection) -> list[Observation]:
    """Return the messages that a memory comes from."""
    if hit.kind == "observation":
        return [memory.observation(hit.id)]
    if hit.kind != "proposition":
        return []
    evidence = memory.propositions.explain(hit.id).evidence
    return [item.observation for item in evidence if item.polarity > 0]


def _origin(item: Observation) -> str:
    who = "her own words" if item.author == "user" else item.author
    return f"{who}, {item.source} {item.session}, {_day(item.at)} ({item.external_id})"


def _rule(title: str) -> Rule:
    return Rule(Text(title, style="bold"), align="left", style="dim")


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def _remove(folder: Path) -> None:
    """Delete an earlier run's store, and nothing else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "registry.db").is_file():
        sys.exit(f"{folder} holds something that is no store; nothing was deleted.")
    shutil.rmtree(folder, ignore_errors=True)


def _command() -> str:
    script = Path(sys.executable).with_name("usermind")
    return _near(script) if script.is_file() else "python -m usermind"


def _near(path: Path) -> str:
    """Return a path as it is typed from here."""
    return os.path.relpath(path) if path.absolute().is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
