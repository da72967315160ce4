"""Whatever is typed, a command does it or says in a sentence why not."""

import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
import typer.main
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.fuzz.fuzzing import HALVES, ODD_TEXTS, bounded, inputs

from usermind.cli import app, main

CODES: Final = {0, 1, 2}
SHARED: Final = (
    "--store", "--user", "--model", "--model-name", "--embedder", "--timeout", "--daily-tokens",
    "--daily-calls", "--catalogue", "--chroma",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _built_once() -> Iterator[None]:
    """Let typer make its commands once, not at every call, which would take most of the time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


class Ran:
    """How a command ended."""

    def __init__(self, code: object, out: bytes, err: bytes) -> None:
        self.code, self.out, self.err = code, out.decode("utf-8"), err.decode("utf-8")


def ran(*arguments: str, said: bytes = b"") -> Ran:
    """Call the real entry function as the shell does."""
    out, err = io.BytesIO(), io.BytesIO()
    before = sys.argv, sys.stdin, sys.stdout, sys.stderr
    sys.argv = ["usermind", *arguments]
    sys.stdin = io.TextIOWrapper(io.BytesIO(said), "utf-8", errors="surrogateescape")
    sys.stdout = io.TextIOWrapper(out, "utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(err, "utf-8", errors="backslashreplace", write_through=True)
    code: object = None
    try:
        main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        shown = out.getvalue(), err.getvalue()  # before the streams close what they write to
        sys.argv, sys.stdin, sys.stdout, sys.stderr = before
    return Ran(code, *shown)


def _parameters(path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Yield each command with its own parameters."""
    command: Any = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]
    if hasattr(command, "commands"):
        for name in command.commands:
            yield from _parameters((*path, name))
    else:
        yield path, [each for each in command.params if each.opts and each.name != "help"]


COMMANDS: Final = dict(_parameters())
ENDLESS: Final = {
    ("worker",): ("--once",),
    ("watch",): ("--once",),
    ("model", "serve"): ("--dry-run",),
}
"""What would run until it is stopped, or become another program, with the flag that prevents it."""
ITEMS: Final = """\
{"id": "heat", "title": "Heat", "genre": ["Crime", "Drama"], "year": 1995}
{"id": "alien", "title": "Alien", "genre": ["Horror"], "year": 1979}
"""
SAID: Final = """\
{"text": "I live in Oslo.", "at": "2026-05-04T09:30:00+02:00", "id": "m1"}
{"text": "My dog is called Bo.", "at": "2026-05-05T09:30:00+02:00", "id": "m2"}
{"text": "I am allergic to walnuts.", "id": "m3"}
"""
SCENARIO: Final = """\
name: oslo
turns:
  - user: I live in Oslo.
  - user: Where do I live?
    expect:
      - says: Oslo
"""
FILES: Final = {
    "said.jsonl": SAID,
    "items.jsonl": ITEMS,
    "a.scenario.yaml": SCENARIO,
    "empty": "",
    "entities.jsonl": '{"id": "Q585", "name": "Oslo", "kind": "city"}\n',
    "labels.jsonl": '{"question": {"first": "A", "second": "B"}, "label": "first"}\n',
    "table.csv": "user,item,rating\nu,heat,4\n",
    "notes.md": "# Monday\n\nBought milk.\n",
    "a.ics": "BEGIN:VCALENDAR\nEND:VCALENDAR\n",
    "picture.png": "not one",
}
PLACES: Final = (
    *FILES,
    "folder",
    "pipe",
    "absent",
    "absent/deeper",
    "said.jsonl/x",
    "store",
    "link",
)
IDS: Final = (
    *("p1", "p2", "o1", "o2", "c1", "bo", "f1", "e1", "v1", "x1", "s1", "a1", "heat", "alien"),
    *(
        "p0",
        "p-1",
        "P1",
        "p01",
        "p1 ",
        "p99",
        "p" + "9" * 30,
        "o" + "9" * 19,
        "c1.5",
        "p١",
        "i" * 33,
    ),
)
ENDPOINTS: Final = (
    *(
        "http://127.0.0.1:9/v1",
        "http://127.0.0.1:9",
        "http://",
        "127.0.0.1:9",
        "http://[::1",
        "//x",
    ),
    *(
        "http://127.0.0.1:99999/v1",
        "http://127.0.0.1:x/",
        "ftp://127.0.0.1:9",
        "http://a@127.0.0.1:9",
    ),
    *("http://127.0.0.1:9/#m", "#", "http://127.0.0.1:9#", "file:///etc/passwd", "http://\x07"),
)
TYPED: Final = tuple(text for text in (*ODD_TEXTS, *HALVES) if "\x00" not in text)
FLAGS: Final = tuple(f"--{name}" for name in ("json", "yes", "help", "once", "nonsense", "", "=x"))


def _value(parameter: Any) -> st.SearchStrategy[str]:
    """Return what may be given for a parameter: often what it takes, often not."""
    name = parameter.opts[-1]
    if name in ("--model", "--chroma", "--judge", "--simulator", "url"):
        return st.sampled_from((*ENDPOINTS, ""))
    choices = st.sampled_from(("claims", "messages", "all", "active", "proposition", "concept"))
    number = st.sampled_from(
        ("1", "2", "0.5", "0", "-1", "nan", "inf", "1e400", "9" * 12, "9" * 25)
    )
    day = st.sampled_from(("2026-05-05", "0001-01-01", "9999-12-31T23:59", "1969-12-31", "now"))
    return st.one_of(
        st.sampled_from(IDS),
        st.sampled_from(PLACES),
        st.sampled_from(TYPED),
        choices,
        number,
        day,
        st.text(st.characters(exclude_characters="\x00"), max_size=12),
    )


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Return the words behind `usermind`."""
    path = draw(st.sampled_from(sorted(COMMANDS)))
    words: list[str] = [*path, *ENDLESS.get(path, ())]
    for each in COMMANDS[path]:
        own = not set(each.opts) & set(SHARED)
        if each.param_type_name == "argument":
            most = 3 if each.nargs != 1 else 1
            least = 1 if each.required and draw(st.integers(0, 9)) else 0
            words += draw(st.lists(_value(each), min_size=least, max_size=most))
        elif draw(st.integers(0, 3 if own else 15)) == 0:
            flag = draw(st.sampled_from(each.opts + each.secondary_opts))
            if getattr(each, "is_flag", False):
                words.append(flag)
            else:
                words += [flag, draw(_value(each))]
    if draw(st.integers(0, 9)) == 0:
        words.insert(draw(st.integers(0, len(words))), draw(st.sampled_from(FLAGS)))
    return words


GOOD: Final = tuple(
    tuple(shlex.split(line))
    for line in """
    chat --thread t --catalogue store/catalogue
    ingest said.jsonl --format jsonl
    recommend crime film --like heat -n 3 --where genre=Drama
    recommend --after heat --where year>=1990
    interview --again
    privacy -n 3
    reflect --all
    reembed
    worker --once --jobs 1 --linger 1 --grace 1
    watch --once notes:folder --every 2 --per-day 3 --quiet 22:00-08:00 --digest 18:00 --me a@b
    watch --once calendar:a.ics --zone Europe/Oslo --no-ideas
    status --revive
    memory list claims --status all -n 5 --as-of 2026-05-05
    memory list messages -n 5
    memory list --kind all -n 5
    memory show o1
    memory explain p1
    memory correct p1 "Ana lives in Bergen."
    memory confirm p1
    memory deny p1
    memory pin p1
    memory unpin p1
    memory forget p1 o2 --yes
    memory forget --everything --yes
    memory export absent
    memory search Oslo -k 3 --min-score 0.1 --why --as-of 2026-05-05 --kind all
    concept list
    concept show bo
    concept add mia Mia --category person --alias Mimi --set age=3 --relation bo:owner
    concept edit bo --name Bob --category dog --alias Bobby --set breed=collie --consent
    concept rename bo bob
    concept split bo bim Bim --alias B --set breed=pug
    concept merge bo bo
    concept delete bo
    concept picture bo picture.jpg --consent
    concept recognise picture.jpg
    concept denied bo
    concept forget bo --set breed --yes
    concept undo
    entities list -n 2
    entities add Oslo --source chat --id m9
    entities add Oslo --knowledge known
    entities load entities.jsonl --knowledge known
    entities link --knowledge known
    entities forget e1 --yes
    feedback add heat --title Heat --weight 0.5 --words "I liked Heat." --id m7
    feedback list -n 3
    feedback shown -n 3 --thread t
    feedback forget v1 --yes
    suggestions list --all -n 3
    suggestions explain s1
    suggestions snooze s1 --hours 2
    suggestions rate s1 --up
    suggestions never s1 --kind
    suggestions digest
    actions list --drafts -n 3
    actions refuse a1
    catalogue load items.jsonl --things film,films --no-fit
    catalogue load items.jsonl --interactions table.csv --scale 1-5 --prefix x: --prune --no-fit
    catalogue search crime -n 3 --where year>=1990
    catalogue show heat
    catalogue delete heat --yes
    catalogue status
    profile list
    profile show --task conversation --as-of 2026-05-05
    profile refresh --task mails
    profile best --task mails --n 2 --pairs absent
    profile delete conversation
    profile style
    private add "my health"
    private list
    private remove health
    quarantine list -n 3
    quarantine release o1
    model serve some/model --port 8000 --host 127.0.0.1 --as x --context 1000 --dry-run
    eval run a.scenario.yaml --repeat 1 --out absent --ablate none --pass-rate 0.5 --jobs 1
    eval check a.scenario.yaml
    eval report folder
    eval judge labels.jsonl --judge http://127.0.0.1:9/v1 --out absent --jobs 1
    users
    config
    """.strip().splitlines()
)
"""Calls that mostly succeed, for all that takes more than a word."""


@st.composite
def spoilt(draw: st.DrawFn) -> list[str]:
    """Return a good call of which a word or two are others."""
    words = list(draw(st.sampled_from(GOOD)))
    path = tuple(words[:2]) if tuple(words[:2]) in COMMANDS else tuple(words[:1])
    kept = set(path) | {"--once", "--dry-run"}
    places = [place for place, word in enumerate(words) if word not in kept]
    for place in draw(st.lists(st.sampled_from(places), max_size=2)) if places else ():
        words[place] = draw(_value(COMMANDS[path][0])) if words[place] not in ENDPOINTS else "x"
    shared = st.sampled_from(
        ("--store", "--user", "--timeout", "--daily-tokens", "--daily-calls", "--embedder")
    )
    if draw(st.integers(0, 4)) == 0:
        words += [draw(shared), draw(_value(COMMANDS[path][0]))]
    return words


LINES: Final = st.sampled_from(
    (b"", b"y\n", b"n\n", b"Where do I live?\n", b"/1\n/quit\n", b"\xff\xfe\n", b"\x00\n",
     b"/picture x\n",
     b"I like Heat.\nRecommend a film.\n", b"{}\n", SAID.encode(),
     b"/picture \xff\n", b'/picture "\n')
)  # fmt: skip


@pytest.fixture(scope="module")
def filled() -> Iterator[Path]:
    """A folder with files to name, and a store in which something is known."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in FILES.items():
            folder.joinpath(file).write_text(text, "utf-8")
        Image.new("RGB", (40, 30), "teal").save(folder / "picture.jpg")
        with _standing_in(folder):
            for words in (
                ("ingest", "said.jsonl"),
                ("reflect",),
                ("concept", "add", "bo", "Bo", "--set", "breed=collie"),
                ("catalogue", "load", "items.jsonl", "--no-fit"),
                ("entities", "add", "Oslo"),
                ("feedback", "add", "heat", "--liked"),
                ("profile", "refresh"),
            ):
                done = ran(*words)
                assert done.code in (None, 0), (words, done.err)
        yield folder


@contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    settings = {
        "USERMIND_STORE": str(folder / "store"),
        "USERMIND_USER": "ana",
        "USERMIND_EMBEDDER": "lexical",
        "USERMIND_CONFIG": str(folder / "empty"),
        "HOME": str(folder),
    }
    before, at = dict(os.environ), Path.cwd()
    for name in [name for name in os.environ if name.startswith("USERMIND_")]:
        del os.environ[name]
    os.environ.update(settings)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(at)
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _copied(filled: Path) -> Iterator[Path]:
    with TemporaryDirectory() as name:
        folder = Path(name) / "here"
        shutil.copytree(filled, folder)
        (folder / "folder").mkdir()
        os.mkfifo(folder / "pipe")
        (folder / "link").symlink_to("link")
        with _standing_in(folder):
            yield folder


@inputs(40)
@given(words=st.one_of(spoilt(), command_lines()), said=LINES)
def test_a_command_succeeds_or_says_why_not(filled: Path, words: list[str], said: bytes) -> None:
    if words[:1] == ["ingest"] and "pipe" in words:
        words = [
            "said.jsonl" if word == "pipe" else word for word in words
        ]  # it waits, as cat does
    with _copied(filled), bounded():
        done = ran(*words, said=said)
        assert done.code in CODES, done.code
        assert "Traceback" not in done.err
        if done.code:
            assert (done.err + done.out).strip(), "it failed and said nothing"
        # What is there can still be read, taken away and deleted.
        if Path("store/registry.db").is_file():
            assert ran("users", "--json").code == 0
            assert ran("memory", "export", "-").code in (0, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("memory", "search", b"\xff\xfe"),
        ("concept", "show", b"\xff"),
        ("ingest", b"\xff\x80.jsonl"),
        ("memory", "show", b"\x1b[31m"),
        ("users", "--store", b"a" * 5_000),
        ("chat", "--user", b"\xed\xa0\x80"),
    ],
    ids=lambda words: " ".join(map(str, words))[:30],
)
def test_a_process_of_its_own_succeeds_or_says_why_not(
    filled: Path, words: tuple[str | bytes, ...]
) -> None:
    with _copied(filled):
        done = subprocess.run(
            [sys.executable, "-m", "usermind", *words],
            input=b"Where do I live?\n",
            capture_output=True,
            env=os.environ | {"PYTHONSAFEPATH": "1"},
            timeout=120,
        )
    assert done.returncode in CODES
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0 or done.stderr.strip()
