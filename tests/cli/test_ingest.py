import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from usermind.ingest import BadLine, Line, read_lines
from usermind.memory import lines
from usermind.store import MemoryStore

Cli = Callable[..., Any]
GOOD = b'{"text": "I live in Oslo.", "at": "2026-05-04T09:30:00+02:00", "id": "1"}\n'
ALSO = b'{"text": "I have a dog.", "at": "2026-05-04T09:31:00+02:00", "id": "2"}\n'


def _known(folder: Path) -> bool:
    if not any(folder.glob("users/*.db")):
        return False
    with MemoryStore(folder, embedder="lexical") as store:
        return bool(store.users())


def _texts(folder: Path, user: str = "ana") -> list[str]:
    with MemoryStore(folder, embedder="lexical") as store:
        return [item.text for item in store.user(user).observations(limit=10_000)][::-1]


def test_a_file_goes_in_once_however_often_it_is_run(
    cli: Cli, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_bytes(GOOD + b"\n" + ALSO)

    first, second = cli("ingest", path), cli("ingest", path)

    assert first.exit_code == second.exit_code == 0
    assert "2 stored, 0 already known" in first.stdout
    assert "0 stored, 2 already known" in second.stdout
    assert _texts(folder) == ["I live in Oslo.", "I have a dog."]


def test_every_field_is_kept(cli: Cli, folder: Path) -> None:
    record = {
        "text": "Hi Ana",
        "at": "2026-05-04T09:30:00+02:00",
        "author": "Eva",
        "source": "email",
        "session": "m7",
        "id": "m7:1",
        "tier": "observed",
    }
    assert cli("ingest", "-", said=json.dumps(record)).exit_code == 0
    with MemoryStore(folder, embedder="lexical") as store:
        (item,) = store.user("ana").observations()
    assert (item.text, item.author, item.source, item.session) == ("Hi Ana", "Eva", "email", "m7")
    assert (item.external_id, item.tier) == ("m7:1", "observed")
    assert item.at.isoformat() == "2026-05-04T09:30:00+02:00"


BAD = {
    "no_json": (b"{nonsense\n", "not JSON at character 2"),
    "cut_off": (b'{"text": "I li\n', "not JSON"),
    "a_list": (b"[1]\n", "a JSON object was expected, not a list"),
    "no_text": (b'{"txet": "x"}\n', "`text` is missing"),
    "text_no_string": (b'{"text": 7}\n', "`text` must be a string, not a number"),
    "blank_text": (b'{"text": "  "}\n', "empty"),
    "nul": (b'{"text": "a\\u0000b"}\n', "NUL"),
    "surrogate": (b'{"text": "\\ud800"}\n', "surrogate"),
    "not_utf8": (b'{"text": "caf\xe9"}\n', "not UTF-8 at byte 14"),
    "time_no_string": (b'{"text": "x", "at": 17}\n', "`at` must be a time like"),
    "time_no_time": (b'{"text": "x", "at": "yesterday"}\n', "`at` is not a time"),
    "first_day": (b'{"text": "x", "at": "0001-01-01"}\n', "`at` is not a time"),
    "future": (b'{"text": "x", "at": "2999-01-01T00:00:00Z"}\n', "future"),
    "empty_author": (b'{"text": "x", "author": ""}\n', "author is empty"),
    "blank_author": (b'{"text": "x", "author": " "}\n', "author is empty"),
    "source_no_string": (b'{"text": "x", "source": []}\n', "`source` must be a string, not a list"),
    "unknown_tier": (b'{"text": "x", "tier": "best"}\n', "`tier` must be one of"),
    "conflict": (b'{"text": "I live in Rome.", "id": "1", "source": "import"}\n', "already stored"),
    "deep": (b"[" * 100_000 + b"\n", "nested too deeply"),
    "digits": (b'{"text": "x", "n": ' + b"9" * 5_000 + b"}\n", "a number is too long"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_told_with_its_number_and_the_others_go_in(
    name: str, cli: Cli, folder: Path
) -> None:
    line, reason = BAD[name]

    result = cli("ingest", "-", said=GOOD + line + ALSO)

    assert result.exit_code == 1
    assert "line 2: " in result.stderr
    assert reason in result.stderr
    assert "2 stored" in result.stdout
    assert "1 bad" in result.stdout
    assert _texts(folder) == ["I live in Oslo.", "I have a dog."]


def test_a_bad_line_never_shows_its_text(cli: Cli) -> None:
    secret = b'{"text": 5, "at": "my secret"}\n{"text": "my secret", "at": "my secret"}\n'
    result = cli("ingest", "-", said=secret + b'{"text": "my secret"')
    assert result.exit_code == 1
    assert "secret" not in result.stdout + result.stderr


def test_a_line_without_end_is_passed_over_in_little_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 1024 * 1024)
    file = BytesIO(b"x" * 5_000_000 + b"\n" + GOOD)
    bad, good = read_lines(file)
    assert isinstance(bad, BadLine)
    assert bad.reason.startswith("longer than 1 MiB")
    assert isinstance(good, Line)
    assert (good.place, good.end) == ("line 2", len(file.getvalue()))


def test_a_text_of_a_megabyte_goes_in(cli: Cli, folder: Path) -> None:
    line = json.dumps({"text": "é" * 1_000_000})
    assert cli("ingest", "-", said=line).exit_code == 0
    assert len(_texts(folder)[0]) == 1_000_000


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(cli: Cli) -> None:
    said = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n") + b"\r\n" + ALSO
    assert "2 stored" in cli("ingest", "-", said=said).stdout


def test_json_is_one_document(cli: Cli) -> None:
    said = GOOD + b'{"text": "x", "at": "2026-05-04T09:30:00", "mood": 1}\n{"text": "y"}\n[]\n'
    result = cli("ingest", "-", "--json", said=said)
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "users": ["ana"],
        "stored": 3,
        "known": 0,
        "forgotten": 0,
        "private": 0,
        "bad": 1,
        "naive_times": 1,
        "without_time": 1,
        "ignored_fields": {"mood": 1},
        "bad_lines": [{"place": "line 4", "reason": "a JSON object was expected, not a list"}],
    }
    assert result.stderr == ""


def test_what_was_forgotten_is_left_out(cli: Cli) -> None:
    cli("ingest", "-", said=GOOD)
    assert cli("memory", "forget", "o1", "--yes").exit_code == 0
    assert "1 forgotten before and left out" in cli("ingest", "-", said=GOOD).stdout


def test_a_field_that_nothing_is_done_with_is_told(cli: Cli) -> None:
    result = cli("ingest", "-", said='{"text": "x", "timestamp": "2026-01-01"}')
    assert "'timestamp' was ignored in 1 line" in result.stdout
    assert "1 line without a time" in result.stdout


def test_many_bad_lines_are_told_in_part(cli: Cli) -> None:
    result = cli("ingest", "-", said=b"[]\n" * 600 + GOOD)
    assert result.stderr.count("line ") < 60
    assert "550 more bad lines" in result.stderr
    assert "1 stored" in result.stdout


@pytest.mark.parametrize("path", ["missing.jsonl", "."])
def test_a_file_that_is_not_there_is_a_usage_error(path: str, cli: Cli, folder: Path) -> None:
    assert cli("ingest", path).exit_code == 2
    assert not folder.exists()


def test_ctrl_c_keeps_what_was_stored_and_a_second_run_completes_it(
    folder: Path, heeding_ctrl_c: Callable[[], None]
) -> None:
    lines = [f'{{"text": "fact {n}", "id": "{n}"}}\n'.encode() for n in range(600)]
    command = [sys.executable, "-m", "usermind", "ingest", "-"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heeding_ctrl_c,
    ) as first:
        try:
            assert first.stdin is not None
            first.stdin.write(b"".join(lines[:300]))  # one batch, and a part of the next
            first.stdin.flush()
            deadline = time.monotonic() + 30
            while not _known(folder) or len(_texts(folder)) < 256:
                assert time.monotonic() < deadline
            while not _waits(first.pid):  # for more lines, the batch being counted
                assert time.monotonic() < deadline
            os.kill(first.pid, signal.SIGINT)
            _, told = first.communicate(timeout=30)
        finally:
            first.kill()

    assert first.returncode == 130
    assert b"256 lines are stored and kept. Run the same command again" in told
    assert b"Traceback" not in told

    subprocess.run(command, input=b"".join(lines), check=True, capture_output=True)
    assert _texts(folder) == [f"fact {n}" for n in range(600)]


def _waits(pid: int) -> bool:
    """Say whether a process did nothing for half a second; where nobody can tell, after two."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        time.sleep(2)
        return True
    before = stat.read_text().split()[13:15]  # its time on the processor
    time.sleep(0.5)
    return stat.read_text().split()[13:15] == before


# -- LoCoMo -------------------------------------------------------------------------------


def _sample(name: str) -> dict[str, object]:
    return {
        "sample_id": name,
        "conversation": {
            "speaker_a": "Cara",
            "session_10_date_time": "12:00 am on 1 June, 2023",
            "session_10": [{"speaker": "Mel", "dia_id": "D10:1", "text": "Later."}],
            "session_2_date_time": "1:56 pm on 8 May, 2023",
            "session_2": [
                {"speaker": "Cara", "dia_id": "D2:1", "text": "Hi Mel!"},
                {"speaker": "Mel", "dia_id": "D2:2", "text": "Look", "blip_caption": "a dog"},
            ],
        },
    }


def test_locomo_makes_every_conversation_a_user(cli: Cli, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([_sample("conv-1"), _sample("conv-2")]))

    assert cli("ingest", path, "--format", "locomo").exit_code == 0

    with MemoryStore(folder, embedder="lexical") as store:
        assert store.users() == ["conv-1", "conv-2"]
        turns = store.user("conv-2").observations()[::-1]
    assert [(t.author, t.text, t.external_id, t.session) for t in turns] == [
        ("Cara", "Hi Mel!", "D2:1", "session_2"),
        ("Mel", "Look [image: a dog]", "D2:2", "session_2"),
        ("Mel", "Later.", "D10:1", "session_10"),
    ]
    assert [t.at.isoformat() for t in turns] == [
        "2023-05-08T13:56:00+00:00",
        "2023-05-08T13:56:01+00:00",
        "2023-06-01T00:00:00+00:00",
    ]
    assert {t.source for t in turns} == {"locomo"}


def test_one_locomo_conversation_may_go_to_a_named_user(cli: Cli, folder: Path) -> None:
    said = json.dumps(_sample("conv-1"))
    assert cli("ingest", "-", "--format", "locomo", "--user", "mel", said=said).exit_code == 0
    assert len(_texts(folder, "mel")) == 3


def test_several_locomo_conversations_do_not_go_to_one_user(cli: Cli) -> None:
    said = json.dumps([_sample("conv-1"), _sample("conv-2")])
    result = cli("ingest", "-", "--format", "locomo", "--user", "mel", said=said)
    assert result.exit_code == 1
    assert "2 conversations" in result.stderr


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (GOOD + ALSO, "not JSON"),
        (b"[]", "no conversation"),
        (b"[1]", "no object `conversation`"),
        (b"\xff", "not JSON"),
    ],
    ids=["json_lines", "empty", "number", "not_utf8"],
)
def test_what_is_not_locomo_is_refused_whole(said: bytes, words: str, cli: Cli) -> None:
    result = cli("ingest", "-", "--format", "locomo", said=said)
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_bad_locomo_turn_is_told_with_its_place(cli: Cli, folder: Path) -> None:
    sample = _sample("conv-1")
    assert isinstance(sample["conversation"], dict)
    sample["conversation"] |= {
        "session_3": [{"text": "who?"}],
        "session_3_date_time": "0:00 am on 3 May, 2023",
        "session_4": [{"speaker": "Mel", "dia_id": "D4:1", "text": "when?"}],
    }
    result = cli("ingest", "-", "--format", "locomo", said=json.dumps(sample))
    assert result.exit_code == 1
    assert "conv-1 session_3 turn 1: `speaker`" in result.stderr
    assert "conv-1 session_4: `session_4_date_time` is not a time" in result.stderr
    assert len(_texts(folder, "conv-1")) == 3
