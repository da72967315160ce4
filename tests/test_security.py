"""What SECURITY.md promises of the code itself: no pickle, no shell, no code made of data."""

import ast
import base64
import json
import logging
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import ormsgpack
import pytest
from typer.testing import CliRunner

from usermind import Assistant, Concept, MemoryStore
from usermind.agents import ProactiveAgent, Worker
from usermind.cli import app
from usermind.errors import ModelRequestError, ModelUnavailableError, StoreDamagedError
from usermind.evals import Engine, evaluate, load_scenarios
from usermind.evals.results import write_whole
from usermind.graphs.checkpoints import saver_of
from usermind.graphs.profiling import Profiler
from usermind.models.chat import connect
from usermind.models.embeddings import HttpEmbedder
from usermind.models.ledger import Ledger
from usermind.models.reasoner import Reasoner
from usermind.settings import load
from usermind.testing import ScriptedReasoner
from usermind.tools.recommenders import checkpoint
from usermind.tools.recommenders import files as recommender_files

ROOT = Path(__file__).parent.parent
SHIPPED = ("agents", "evals", "graphs", "memory", "models", "prompts", "tools", "src/usermind")
FILES = sorted(
    path
    for folder in SHIPPED
    for path in (ROOT / folder).rglob("*.py")
    if folder != "src/usermind" or path.relative_to(ROOT / folder).parts[0] not in SHIPPED
)

IMPORTS = frozenset(
    {
        *("pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"),
        *("subprocess", "pty", "commands", "pexpect", "sh", "code", "codeop", "runpy", "ctypes"),
    }
)
"""Modules that run what they read, or that start other programs."""
CALLS = frozenset({"eval", "exec", "compile", "__import__", "breakpoint"})
"""Builtins that run text."""
METHODS = frozenset(
    {
        *("os.system", "os.popen", "os.startfile", "pty.spawn", "builtins.eval", "builtins.exec"),
        *("torch.load", "pandas.read_pickle", "pd.read_pickle", "numpy.lib.format.read_array"),
        *("yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all"),
        *("yaml.full_load", "yaml.full_load_all", "ssl._create_unverified_context"),
        *("tempfile.mktemp", "shutil.unpack_archive", "asyncio.create_subprocess_shell"),
        *("asyncio.create_subprocess_exec", "tarfile.open", "zipfile.ZipFile.extractall"),
    }
)
"""Functions that run what they read, give text to a shell, or trust where they should not."""
STARTS = ("os.exec", "os.spawn", "os.posix_spawn")
"""How the functions that become another program begin."""
KEYWORDS = {
    "allow_pickle": True,
    "weights_only": False,
    "trust_remote_code": True,
    "shell": True,
    "verify": False,
    "pickle_fallback": True,
    "allowed_msgpack_modules": True,
    "allowed_json_modules": True,
    "check_hostname": False,
}
"""Arguments that switch a safeguard off."""

ALLOWED = {
    # Lazy names of a package: the module is one of a table in the same file.
    ("agents/__init__.py", "import_module"),
    ("evals/__init__.py", "import_module"),
    ("evals/benchmarks/__init__.py", "import_module"),
    ("models/__init__.py", "import_module"),
    ("src/usermind/__init__.py", "import_module"),
    # The names of stdnum's modules stand in the same file.
    ("memory/privacy/identifiers.py", "import_module"),
    # By a table of classes, to which code alone adds: `test_a_model_file_names_no_module`.
    ("tools/recommenders/files.py", "import_module"),
    # `usermind model serve` becomes vLLM, by a list of arguments.
    ("models/serve.py", "os.execvpe"),
}


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for such an expression, else what of it is known."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def wrongs(source: str) -> Iterator[str]:
    """Yield what a module does that none of ours may do."""
    aliases: dict[str, str] = {}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                if alias.name.split(".")[0] in IMPORTS:
                    yield alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            if node.module.split(".")[0] in IMPORTS:
                yield node.module
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call | ast.Attribute | ast.Name):
            continue
        name = dotted(node.func if isinstance(node, ast.Call) else node)
        first, _, rest = name.partition(".")
        full = f"{aliases.get(first, first)}{'.' if rest else ''}{rest}"
        if full in METHODS or full.startswith(STARTS):
            yield full
        if not isinstance(node, ast.Call):
            continue
        if full in CALLS:
            yield full
        if full.rpartition(".")[2] in ("import_module", "spec_from_file_location"):
            yield "import_module"
        if full.rpartition(".")[2] in ("extractall", "unpack_archive", "read_pickle", "to_pickle"):
            yield full
        for keyword in node.keywords:
            value = keyword.value
            if (
                keyword.arg in KEYWORDS
                and isinstance(value, ast.Constant)
                and value.value is KEYWORDS[keyword.arg]
            ):
                yield f"{keyword.arg}={value.value}"


def test_every_folder_that_ships_is_looked_into() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in FILES}
    assert folders == {folder.split("/")[0] for folder in SHIPPED}
    assert {path.parent.name for path in FILES} >= {"cli", "offline", "privacy", "recommenders"}


def test_nothing_that_ships_runs_data_or_a_shell_but_what_is_told_why() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), what)
        for path in FILES
        for what in wrongs(path.read_text("utf-8"))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "planted",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib as j",
        "import subprocess",
        "from subprocess import run",
        "import torch\ntorch.load('x')",
        "from torch import load\nload('x')",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
        "import yaml\nyaml.load(text)",
        "import yaml as y\ny.unsafe_load(text)",
        "import os\nos.system('ls')",
        "from os import system as s\ns('ls')",
        "import os\nf = os.popen",
        "import os\nos.execvp('ls', ['ls'])",
        "import os\nos.spawnlp(0, 'ls')",
        "eval(text)",
        "exec(text)",
        "compile(text, '', 'exec')",
        "__import__(name)",
        "from importlib import import_module\nimport_module(name)",
        "import importlib\nimportlib.import_module(name)",
        "import tempfile\ntempfile.mktemp()",
        "AutoModel.from_pretrained(folder, trust_remote_code=True)",
        "client(url, verify=False)",
        "import ssl\nssl._create_unverified_context()",
        "JsonPlusSerializer(pickle_fallback=True)",
        "import zipfile\nzipfile.ZipFile(path).extractall(folder)",
    ],
    ids=lambda planted: planted.split("\n")[-1],
)
def test_a_planted_one_is_found(planted: str) -> None:
    assert list(wrongs(planted))


def test_a_model_file_names_no_module() -> None:
    for place in recommender_files.KINDS.values():
        assert place.startswith("usermind.tools.recommenders.")


HINTS = "user assistant begin password key token pin prompt remember forget about tool secret "
PIECES = (
    *("a", "a ", " ", "\n", "\t", "_", "-", "- ", "=", ".", "a.", "/a", "1", "1 ", "1-", "'", '"'),
    *("[", "<", "<q ", "</data>", ">", "> a\n", "(", "`", "\u200b", "\u0301", "我", "AAAA", "a@b."),
    *("password: ", "api ", "api_", "token=", "login=", "pin ", "eyJ-", "sk-a ", "http://", "+4"),
    *("-----BEGIN PRIVATE KEY-----", "user:\n", "reveal ", "reveal_", "ignore all ", "send to "),
    *("and ", "On Mon, a wrote:\n", "From: a\n", "remember ", "you are ", "my sister's "),
)
"""What a hostile text is made long of, each for one kind of pattern."""
READING = """
import sys
from usermind.memory.instructions import instruction
from usermind.memory.pasted import pasted
from usermind.memory.privacy import detectors
pieces, hints = eval(sys.argv[1])
for piece in pieces:
    for front in ("", hints, "reveal", "\ube44\ubc00\ubc88\ud638 voor "):
        text = front + piece * (20_000 // len(piece))
        print(repr(front), repr(piece), flush=True)
        detectors.find(text), instruction(text), pasted(text)
"""


def test_no_text_makes_the_gates_try_every_way_to_read_it() -> None:
    """Seconds for what took hours: patterns that share a run among several repeats."""
    done = subprocess.run(
        [sys.executable, "-c", READING, repr((PIECES, HINTS))],
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4 * len(PIECES)


# -- checkpoints and files ----------------------------------------------------------------


class Planted:
    """Runs when it is made, as a type that a checkpoint names would be."""

    made = 0

    def __init__(self, *_: object) -> None:
        type(self).made += 1


def checkpoint_of(kind: str, value: bytes, store: MemoryStore, folder: Path) -> None:
    """Have a turn, and put other bytes in the place of what its checkpoint holds."""
    with Assistant(store=store, reflect="manual") as assistant:
        assistant.turn("ana", "I live in Oslo.", thread_id="t1")
    (path,) = (folder / "users").glob("*.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        changed = connection.execute(
            "UPDATE checkpoints SET type = ?, checkpoint = ?", (kind, value)
        )
        assert changed.rowcount


@pytest.mark.parametrize("kind", ["pickle", "json", "bytearray", "nonsense"])
def test_a_checkpoint_of_another_kind_than_ours_is_not_read(
    kind: str, store: MemoryStore, folder: Path
) -> None:
    checkpoint_of(kind, b'{"lc": 2, "type": "constructor", "id": ["os", "system"]}', store, folder)
    with store.user("ana").open() as file:
        saver = saver_of(file.database)
        with pytest.raises(StoreDamagedError, match=kind):
            saver.get_tuple({"configurable": {"thread_id": "t1", "checkpoint_ns": ""}})


def test_a_checkpoint_makes_no_object_of_a_type_that_is_not_on_the_list(
    store: MemoryStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    named = ormsgpack.packb([Planted.__module__, Planted.__qualname__, "x"])
    found = {"channel_values": {"kept": 1}, "planted": ormsgpack.Ext(0, named)}
    checkpoint_of("msgpack", ormsgpack.packb(found), store, folder)
    with store.user("ana").open() as file:
        place = {"configurable": {"thread_id": "t1", "checkpoint_ns": ""}}
        read = saver_of(file.database).get_tuple(place)  # type: ignore[arg-type] # a plain dict
    assert read is not None
    assert read.checkpoint["planted"] == "x"  # type: ignore[typeddict-item] # what was planted
    assert Planted.made == 0


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_the_files_of_a_store_are_their_owners_alone_in_a_folder_that_all_can_read(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "shared"
    (folder / "users").mkdir(parents=True)
    for each in (folder, folder / "users"):
        each.chmod(0o755)
    before = os.umask(0o022)
    try:
        with MemoryStore(folder, embedder="lexical") as store:
            with Assistant(store=store, reflect="manual") as assistant:
                assistant.turn("ana", "I live in Oslo.")
            files = [path for path in folder.rglob("*") if path.is_file()]
            assert {path.suffix for path in files} >= {".db", ".db-wal"}
            assert [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    finally:
        os.umask(before)


def test_results_are_not_written_through_a_link_that_lies_in_the_way(tmp_path: Path) -> None:
    mine, folder = tmp_path / "mine.txt", tmp_path / "out"
    mine.write_text("precious")
    folder.mkdir()
    (folder / f".report.html.{os.getpid()}").symlink_to(mine)
    write_whole(folder / "report.html", b"new")
    assert (folder / "report.html").read_bytes() == b"new"
    assert mine.read_text() == "precious"


def test_a_training_is_not_written_through_a_link_that_lies_in_the_way(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    (tmp_path / "state.part").symlink_to(mine)
    checkpoint.write(tmp_path / "state", checkpoint.State(identity="x"))
    assert mine.read_text() == "precious"
    assert checkpoint.read(tmp_path / "state") is not None


QUERIES = (
    *(
        "' OR 1=1 --",
        "'; DROP TABLE observation; --",
        '"unbalanced',
        'NEAR("a" "b", 3)',
        "terms: *",
    ),
    *(
        "Oslo AND",
        "NOT",
        "OR",
        "*",
        "^Oslo",
        "{terms}: Oslo",
        "(Oslo",
        "Oslo)",
        "\\",
        "%_",
        "?1",
        "--",
    ),
    *("terms : Oslo -", "rank MATCH 'x'", "\u201cOslo\u201d", "../../etc/passwd", "a\tb\nc"),
)


@pytest.mark.parametrize("text", QUERIES)
def test_text_is_no_part_of_a_statement_or_of_a_query_language(
    text: str, store: MemoryStore
) -> None:
    ana, named = store.user("ana"), store.user(text)
    ana.observe("I moved to Oslo.")
    label = " ".join(text.split())
    told = named.observe(text, session=label, external_id=label, source="email", author=label)
    named.remember(f"Ana said {label} once.", evidence=told.id)
    named.concepts["it"] = Concept(label, attributes={"said": label})
    for memory in (ana, named):
        memory.recall(text)
        memory.entities.list()
        memory.observations(session=text)
        memory.observations(source=text)
    assert [item.text for item in ana.observations()] == ["I moved to Oslo."]
    assert [item.text for item in named.observations()] == [text]
    assert [item.text for item in named.observations(session=label)] == [text]
    assert set(store.users()) == {"ana", text}
    named.forget_everything()
    assert store.users() == ["ana"]
    assert len(ana.recall("Oslo")) == 1


# -- the road to a model ------------------------------------------------------------------

KEY, PASSWORD, QUERY = "sk-planted-4711-abcdefgh", "pl4nted-p4ssword", "pl4nted-query"


class Server(BaseHTTPRequestHandler):
    """An endpoint that repeats the key it was given wherever it fails, and may send one away."""

    protocol_version = "HTTP/1.1"
    at: "Endpoint"

    def do_GET(self) -> None:
        self.at.keys.append(self.headers["Authorization"])
        self._answer(200, {"object": "list", "data": [{"id": "tiny", "object": "model"}]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.at.bodies.append(body)
        given = self.headers["Authorization"]
        self.at.keys.append(given)
        if self.at.mode == "fails":
            told = f"wrong key {given} {KEY} {PASSWORD} {body[:100]}"
            self._answer(401, {"error": {"message": told}, "message": told})
        elif self.at.mode == "moves":
            self.send_response(307)
            self.send_header("Location", f"{self.at.elsewhere}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif "/embeddings" in self.path:
            count = len(json.loads(body)["input"])
            data = [
                {"index": n, "embedding": [1.0, 0.5], "object": "embedding"} for n in range(count)
            ]
            self._answer(200, {"object": "list", "data": data, "model": "tiny", "usage": {}})
        elif json.loads(body).get("stream"):
            self._stream(self.at.reply)
        else:
            self._answer(200, self._said(self.at.structured))

    def _said(self, text: str) -> dict[str, object]:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        head = {"id": "c", "object": "chat.completion", "created": 0, "model": "tiny"}
        return head | {"choices": [choice], "usage": usage}

    def _stream(self, text: str) -> None:
        head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny"}
        pieces = [
            {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None},
            {"index": 0, "delta": {}, "finish_reason": "stop"},
        ]
        lines = [json.dumps(head | {"choices": [piece]}) for piece in pieces]
        data = "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode()
        self._send(200, "text/event-stream", data)

    def _answer(self, status: int, body: object) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Endpoint:
    """A server in a thread, and what it was sent."""

    def __init__(self) -> None:
        self.mode = "says"
        self.reply, self.structured = "You live in Oslo.", '{"operations": []}'
        self.elsewhere = ""
        self.bodies: list[str] = []
        self.keys: list[str | None] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Server,), {"at": self}))
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def endpoints() -> Iterator[tuple[Endpoint, Endpoint]]:
    both = Endpoint(), Endpoint()
    yield both
    for each in both:
        each.stop()


def test_what_goes_to_a_model_goes_where_it_was_told_and_nowhere_else(
    endpoints: tuple[Endpoint, Endpoint], store: MemoryStore
) -> None:
    near, far = endpoints
    near.mode, near.elsewhere = "moves", f"http://{far.host}"
    url = f"http://{near.host}"
    with Assistant(store=store, model=url, reflect="manual") as assistant:
        reply = assistant.turn("ana", "Where do I live?")
    assert "another address" in reply.text
    with pytest.raises(ModelRequestError, match="another address"):
        HttpEmbedder(url, model="tiny").embed_documents(["I live in Oslo."])
    assert near.bodies
    assert far.bodies == far.keys == []


def test_a_name_and_a_password_in_the_address_still_open_it(
    endpoints: tuple[Endpoint, Endpoint], store: MemoryStore
) -> None:
    at = endpoints[0]
    url = f"http://me:{PASSWORD}@{at.host}"
    HttpEmbedder(url, model="tiny").embed_documents(["I live in Oslo."])
    with Assistant(store=store, model=url, reflect="manual") as assistant:
        assert assistant.turn("ana", "Where do I live?").text == "You live in Oslo."
    login = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    assert set(at.keys) == {f"Basic {login}"}


SCENARIO = """
name: recalls where the user lives
about: One fact is found.
tags: recall
turns:
  - user: "I live in Oslo."
  - user: "Where do I live?"
    expect:
      - says: Oslo
"""


@pytest.mark.filterwarnings("ignore::usermind.memory.DegradedRecallWarning")
def test_no_key_is_written_anywhere(
    endpoints: tuple[Endpoint, Endpoint],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    at = endpoints[0]
    for name in [name for name in os.environ if name.startswith("USERMIND_")]:
        monkeypatch.delenv(name)
    url = f"http://me:{PASSWORD}@{at.host}/v1?key={QUERY}"
    folder = tmp_path / "home"
    folder.mkdir()
    for name, value in {
        "STORE": str(folder / "store"),
        "USER": "ana",
        "CONFIG": str(tmp_path / "config.toml"),
        "MODEL": url,
        "API_KEY": KEY,
        "EMBEDDER": f"{url.replace('/v1', '')}#tiny",
        "EMBEDDER_API_KEY": KEY,
    }.items():
        monkeypatch.setenv(f"USERMIND_{name}", value)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    (tmp_path / "config.toml").touch()
    (folder / "a.scenario.yaml").write_text(SCENARIO)
    (folder / "notes").mkdir()
    (folder / "notes" / "a.md").write_text("Dinner with Bob tomorrow at 7 pm.\n")
    caplog.set_level(logging.DEBUG)

    told = []
    for mode in ("says", "fails", "moves"):
        at.mode, at.elsewhere = mode, f"http://{endpoints[1].host}"
        for command, said in (
            (("chat",), "Where do I live?\n"),
            (("chat", "--json"), "Where do I live?\n"),
            (("reflect",), None),
            (("config",), None),
            (("config", "--json"), None),
            (("config", "--model", f"http://me:{PASSWORD}@nowhere:x/v1?key={QUERY}"), None),
            (("config", "--model", f"htp:/me:{PASSWORD}@nowhere/?key={QUERY}"), None),
            (("chat", "--model", f"me:{PASSWORD}@nowhere?key={QUERY}"), "Hi\n"),
            (("status",), None),
            (("status", "--json"), None),
            (("model", "check"), None),
            (("memory", "export", "-"), None),
            (("watch", f"notes:{folder}/notes", "--once"), None),
            (("eval", "run", f"{folder}/a.scenario.yaml", "--out", f"{folder}/out-{mode}"), None),
        ):
            result = CliRunner().invoke(app, list(command), input=said)
            assert result.exception is None or isinstance(result.exception, SystemExit)
            told.append(f"{command}: {result.stdout}{result.stderr}".replace(str(command), ""))
    assert any("You live in Oslo." in text for text in told)
    assert at.bodies

    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"report.html", "runs.jsonl"} <= {path.name for path in files}
    written = [path.read_bytes().decode("utf-8", "replace") for path in files]
    logged = [record.getMessage() + str(record.exc_info or "") for record in caplog.records]
    login = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    for text in (*told, *written, *logged, repr(load()), repr(connect(url, api_key=KEY))):
        for secret in (KEY, PASSWORD, QUERY, login):
            assert secret not in text, text[:500]


def playing(model: Reasoner) -> Callable[[Ledger], Reasoner]:
    """Return what gives an evaluation this model for each run."""
    return lambda _: model


class Quoting(ScriptedReasoner):
    """A model of the application's own, whose errors quote what it was asked."""

    def complete(self, prompt: Any) -> Any:
        raise RuntimeError(f"cannot read {prompt.render()} with {KEY}")

    def reply(self, request: Any) -> Any:
        raise ModelUnavailableError("down")


@pytest.mark.filterwarnings("ignore::usermind.memory.DegradedRecallWarning")
def test_no_log_holds_a_key_and_none_but_that_of_a_developer_what_the_user_said(
    endpoints: tuple[Endpoint, Endpoint],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A turn, a worker, a look, a profile and an evaluation, with all loggers at DEBUG."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "langchain", "usermind"):
        caplog.set_level(logging.DEBUG, name)
    at = endpoints[0]
    url = f"http://me:{PASSWORD}@{at.host}/v1?key={QUERY}"
    said = "My zither teacher lives in Quedlinburg with Xanthippe."
    path = tmp_path / "a.scenario.yaml"
    path.write_text(f"name: a\nturns: [{{user: {said}, expect: [{{says: Quedlinburg}}]}}]\n")
    for mode in ("says", "fails", "moves"):
        at.mode, at.elsewhere = mode, f"http://{endpoints[1].host}"
        embedder = HttpEmbedder(url.replace("/v1", ""), model="tiny", api_key=KEY, max_retries=0)
        model = connect(url, api_key=KEY, max_retries=0)
        with MemoryStore(tmp_path / mode, embedder=embedder) as store:
            ana = store.user("ana")
            with Assistant(store=store, model=model) as assistant:
                assistant.turn("ana", said)
                assistant.turn("ana", f"{said} Where?", thread_id="Xanthippe")
            ana.observe(f"{said} Meet her tomorrow at 7 pm!", author="Xanthippe", source="mail")
            Worker(store=store, model=model).run(once=True)
            ProactiveAgent(store=store, model=model).look("ana")
            ana.profile(task="Quedlinburg", reasoner=Profiler(model))
            ana.recall("Quedlinburg")
        engine = Engine(reasoner=playing(model), model="tiny", embedder=embedder)
        evaluate(load_scenarios([path]), engine=engine)
    with MemoryStore(tmp_path / "own", embedder="lexical") as store:
        store.user("ana").observe(said)
        Worker(store=store, model=Quoting()).run(once=True)
        with Assistant(store=store, model=Quoting()) as assistant:
            assistant.turn("ana", f"{said} Where?")
            with pytest.raises(RuntimeError, match="zither"):
                assistant.wait()
    assert caplog.records
    login = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    for record in caplog.records:
        text = logging.Formatter().format(record)
        if record.name != "usermind.agents.background":  # what an application raises is its own
            for secret in (KEY, PASSWORD, QUERY, login):
                assert secret not in text, (record.name, text[:500])
        if record.levelno > logging.DEBUG:
            assert KEY not in text
            for word in ("zither", "Quedlinburg", "Xanthippe"):
                assert word not in text, (record.name, text[:500])


STEERS = set("\x1b\x07\x9b\x08\x7f\u202e\u2066")


def test_what_a_model_answers_steers_no_terminal_and_is_no_markup(
    endpoints: tuple[Endpoint, Endpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, steering = endpoints[0], "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\u2066"
    markup = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    statement = f"Ana lives in Oslo{steering}{markup}"
    claim = {
        "op": "add", "target": None, "statement": statement, "confidence": 1.0,
        "evidence": [{"observation": 1, "quote": "I live in Oslo"}],
        "durability": "year", "slot": f"home{steering}",
    }  # fmt: skip
    at.structured = json.dumps({"operations": [claim]})
    at.reply = f"You live in Oslo.{steering}{markup}"
    for name in [name for name in os.environ if name.startswith("USERMIND_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "STORE": tmp_path / "store",
        "USER": "ana",
        "EMBEDDER": "lexical",
        "CONFIG": tmp_path / "none",
        "MODEL": f"http://{at.host}",
    }.items():
        monkeypatch.setenv(f"USERMIND_{name}", str(value))
    (tmp_path / "none").touch()
    (tmp_path / "a.scenario.yaml").write_text(SCENARIO)
    out = str(tmp_path / "out")

    def told(*command: str, said: str | None = None) -> str:
        result = CliRunner().invoke(app, list(command), input=said)
        assert not isinstance(result.exception, Exception), result.exception
        assert not STEERS & set(result.stdout + result.stderr)
        return result.stdout

    assert "Oslo" in told("chat", said="I live in Oslo.\n")
    told("reflect")
    for form in ((), ("--json",)):
        assert "Ana lives in Oslo" in told("memory", "list", *form)
        told("chat", *form, said="Where do I live?\n")
    assert "Ana lives in Oslo" in told("memory", "search", "Oslo", "--why")
    told("eval", "run", str(tmp_path / "a.scenario.yaml"), "--out", out)
    told("eval", "report", out)
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "alert(1)" in report, "it is told what the model said"
    assert "<script>alert" not in report
    assert "<img src=x" not in report
    assert not STEERS & set(report)


def test_a_judge_elsewhere_is_not_given_the_key_of_the_model(
    endpoints: tuple[Endpoint, Endpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, judge = endpoints
    for name in [name for name in os.environ if name.startswith("USERMIND_")]:
        monkeypatch.delenv(name)
    (tmp_path / "config.toml").touch()
    monkeypatch.setenv("USERMIND_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("USERMIND_API_KEY", KEY)
    path = tmp_path / "a.scenario.yaml"
    path.write_text("name: a\nturns: [{user: Hi, expect: [{judge: It is kind.}]}]\n")
    asked = ("eval", "run", path, "--model", f"http://{model.host}", "--judge")

    def keys(judge_at: str) -> tuple[set[str | None], set[str | None]]:
        model.keys.clear()
        judge.keys.clear()
        CliRunner().invoke(app, [*map(str, asked), judge_at, "--embedder", "lexical"])
        return set(model.keys), set(judge.keys)

    assert keys(f"http://{judge.host}") == ({f"Bearer {KEY}"}, {"Bearer none"})
    assert keys(f"http://{model.host}") == ({f"Bearer {KEY}"}, set())
    monkeypatch.setenv("USERMIND_JUDGE_API_KEY", "sk-of-the-judge")
    assert keys(f"http://{judge.host}") == ({f"Bearer {KEY}"}, {"Bearer sk-of-the-judge"})
