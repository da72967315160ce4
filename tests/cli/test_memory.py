import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def _claim(cli: Cli, words: str) -> dict[str, Any]:
    found = json.loads(cli("memory", "list", "--status", "all", "--json").stdout)
    (claim,) = [claim for claim in found if words in claim["text"]]
    return dict(claim)


def test_claims_are_listed_with_confidence_and_evidence(known: Cli) -> None:
    result = known("memory", "list")
    assert result.exit_code == 0
    assert "Ana lives in Oslo." in result.stdout
    claim = _claim(known, "Oslo")
    assert (claim["support"], claim["against"], claim["status"]) == (1, 0, "active")
    assert 0.5 < claim["confidence"] <= 1


def test_a_list_can_be_cut_and_says_so(known: Cli) -> None:
    result = known("memory", "list", "-n", "1")
    assert len(result.stdout.splitlines()) == 2
    assert "more; raise --limit" in result.stderr


def test_messages_are_listed_too(known: Cli) -> None:
    assert "I live in Oslo." in known("memory", "list", "messages").stdout
    found = json.loads(known("memory", "list", "messages", "--json").stdout)
    assert [item["external_id"] for item in found] == ["m2", "m1", "m0"]


def test_a_claim_and_a_message_can_be_shown(known: Cli) -> None:
    claim = _claim(known, "Oslo")["id"]
    assert "add by offline" in known("memory", "show", claim).stdout
    assert json.loads(known("memory", "show", claim, "--json").stdout)["history"]
    assert "I live in Oslo." in known("memory", "show", "o1").stdout
    assert json.loads(known("memory", "show", "o1", "--json").stdout)["author"] == "user"


def test_an_explanation_quotes_the_evidence_and_shows_the_sum(known: Cli) -> None:
    claim = _claim(known, "Oslo")["id"]
    told = known("memory", "explain", claim).stdout
    assert "o1" in told
    assert "“I live in Oslo" in told
    assert "Log-odds: " in told
    assert "by the first message for it (a chance of 0.92), +0.00 by what came later" in told
    assert json.loads(known("memory", "explain", claim, "--json").stdout)["evidence"]


def test_a_correction_keeps_the_id_and_the_history(known: Cli) -> None:
    claim = _claim(known, "Oslo")["id"]
    assert known("memory", "correct", claim, "Ana lives in Bergen.").exit_code == 0
    shown = json.loads(known("memory", "show", claim, "--json").stdout)
    assert shown["text"] == "Ana lives in Bergen."
    assert [version["cause"] for version in shown["history"]] == ["add", "correct"]
    assert "pinned by you" in known("memory", "explain", claim).stdout


def test_confirming_and_denying(known: Cli) -> None:
    claim = _claim(known, "walnuts")["id"]
    assert json.loads(known("memory", "confirm", claim, "--json").stdout)["confidence"] > 0.97
    assert json.loads(known("memory", "deny", claim, "--json").stdout)["status"] == "retracted"
    assert "walnuts" not in known("memory", "list").stdout
    assert "walnuts" in known("memory", "list", "--status", "retracted").stdout


def test_the_memory_can_be_asked_about_an_earlier_day(cli: Cli) -> None:
    told = [
        {"text": "I live in Lima.", "id": "1", "at": "2025-01-10T09:00:00+00:00"},
        {"text": "I moved to Oslo.", "id": "2", "at": "2025-06-10T09:00:00+00:00"},
    ]
    assert cli("ingest", "-", said="\n".join(map(json.dumps, told))).exit_code == 0
    assert cli("reflect").exit_code == 0

    now, then = cli("memory", "list").stdout, cli("memory", "list", "--as-of", "2025-03-01").stdout
    assert "Oslo" in now
    assert "Lima" not in now
    assert "Lima" in then
    assert "Oslo" not in then
    assert "Oslo" not in cli("memory", "search", "home", "--as-of", "2025-03-01").stdout
    assert "Oslo" not in cli("memory", "list", "messages", "--as-of", "2025-03-01T12:00").stdout
    early = cli("memory", "list", "--as-of", "2024-12-31")
    assert (early.exit_code, early.stdout) == (0, "")
    assert "Nothing was known by" in early.stderr
    odd = cli("memory", "list", "--as-of", "last spring")
    assert odd.exit_code == 2
    assert "last spring" in odd.stderr
    lima = _claim(cli, "Lima")["id"]
    assert "Contradicts" in cli("memory", "explain", lima).stdout


def test_a_claim_can_be_pinned_and_let_go_again(known: Cli) -> None:
    claim = _claim(known, "Oslo")["id"]
    assert json.loads(known("memory", "pin", claim, "--json").stdout)["pinned"] is True
    assert "pinned by you" in known("memory", "explain", claim).stdout
    assert json.loads(known("memory", "unpin", claim, "--json").stdout)["pinned"] is False
    assert known("memory", "pin", "p99").exit_code == 1


def test_forgetting_asks_and_a_no_keeps_everything(known: Cli) -> None:
    claim = _claim(known, "Oslo")["id"]
    result = known("memory", "forget", claim, said="n\n")
    assert result.exit_code == 1
    assert f"Delete {claim} and 1 message (o1)" in result.stderr
    assert "Nothing was deleted" in result.stderr
    assert "Oslo" in known("memory", "list").stdout


def test_without_an_answer_nothing_is_forgotten(known: Cli) -> None:
    assert known("memory", "forget", "o1", said="").exit_code == 1
    assert known("memory", "show", "o1").exit_code == 0


@pytest.mark.parametrize("said", ["y\n", "yes\n"])
def test_a_yes_forgets_a_claim_with_its_messages(said: str, known: Cli) -> None:
    result = known("memory", "forget", _claim(known, "Oslo")["id"], said=said)
    assert result.exit_code == 0
    assert "Forgotten: 1 claim, 1 message" in result.stdout
    assert "Oslo" not in known("memory", "list").stdout
    assert known("memory", "show", "o1").exit_code == 1


def test_forgetting_a_message_takes_what_rests_on_it_alone(known: Cli) -> None:
    receipt = json.loads(known("memory", "forget", "o1", "o2", "--yes", "--json").stdout)
    assert receipt["observations"] == ["o1", "o2"]
    assert len(receipt["propositions"]) == 2


def test_everything_can_be_forgotten(known: Cli, folder: Path) -> None:
    assert known("memory", "forget", "--everything", "--yes").exit_code == 0
    assert not list(folder.glob("users/*"))
    assert json.loads(known("users", "--json").stdout) == []
    assert known("memory", "list").exit_code == 1


def test_ids_and_everything_at_once_are_refused(known: Cli) -> None:
    assert known("memory", "forget", "p1", "--everything", "--yes").exit_code == 2
    assert "Oslo" in known("memory", "list").stdout


def test_without_an_id_a_deletion_that_could_not_clear_the_file_is_finished(
    known: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("usermind.memory.database.BUSY_SECONDS", 0.1)
    [path] = folder.glob("users/**/*.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM observation").fetchone()
        stopped = known("memory", "forget", "o1", "--yes")
    assert stopped.exit_code == 1
    assert "`forget` again, without ids" in stopped.stderr

    finished = known("memory", "forget")

    assert finished.exit_code == 0
    assert "nothing more was deleted" in finished.stdout
    assert all(b"Oslo" not in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert "walnuts" in known("memory", "list").stdout
    assert json.loads(known("memory", "forget", "--json").stdout)["observations"] == []


def test_finishing_a_deletion_of_nobody_is_told(known: Cli) -> None:
    assert known("memory", "forget", "--user", "bob").exit_code == 1


def test_an_export_holds_everything_and_overwrites_nothing(known: Cli, tmp_path: Path) -> None:
    path = tmp_path / "ana.jsonl"
    assert known("memory", "export", path).exit_code == 0
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert {"export", "observation", "proposition"} <= {record["type"] for record in records}
    again = known("memory", "export", path)
    assert again.exit_code == 1
    assert "exists already" in again.stderr


def test_an_export_can_go_to_standard_output(known: Cli, tmp_path: Path) -> None:
    path = tmp_path / "ana.jsonl"
    assert known("memory", "export", path).exit_code == 0
    result = known("memory", "export", "-")
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0]["user"] == "ana"
    assert lines[1:] == [json.loads(line) for line in path.read_text("utf-8").splitlines()][1:]
    assert f"{len(lines)} lines written." in result.stderr
    assert not Path("-").exists()


def test_search_finds_claims_and_messages(known: Cli) -> None:
    assert "Oslo" in known("memory", "search", "where does Ana live", "-k", "2").stdout
    hits = json.loads(known("memory", "search", "walnuts", "--only", "messages", "--json").stdout)
    assert hits[0]["external_id"] == "m1"
    assert all(hit["kind"] == "observation" for hit in hits)
    assert known("memory", "search", "walnuts", "--why").exit_code == 0
    assert (
        known("memory", "search", "walnuts", "--min-score", "1").stderr.strip() == "Nothing fits."
    )


@pytest.mark.parametrize(
    "command",
    [
        ("show", "p99"),
        ("show", "o99"),
        ("show", "nonsense"),
        ("explain", "p99"),
        ("correct", "p99", "x"),
        ("confirm", "p99"),
        ("deny", "p99"),
        ("forget", "p99", "--yes"),
        ("forget", "o99", "--yes"),
        ("correct", "p1", " "),
    ],
    ids=" ".join,
)
def test_a_wrong_id_or_text_is_told_and_changes_nothing(
    command: tuple[str, ...], known: Cli
) -> None:
    before = known("memory", "list", "--json").stdout
    result = known("memory", *command)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert result.stdout == ""
    assert json.loads(known("memory", "list", "--json").stdout)[0]["text"] in before


def test_an_unknown_user_is_told(known: Cli) -> None:
    result = known("memory", "list", "--user", "bob")
    assert result.exit_code == 1
    assert "No memory is stored for user 'bob'" in result.stderr
    assert "`usermind users` lists who there is; `usermind chat --user bob`" in result.stderr
    assert "observe" not in result.stderr


def test_a_mistyped_store_is_told_and_not_created(known: Cli, tmp_path: Path) -> None:
    result = known("memory", "list", "--store", tmp_path / "stoer")
    assert result.exit_code == 1
    assert "There is no store in" in result.stderr
    assert not (tmp_path / "stoer").exists()


def test_options_may_stand_before_the_command(known: Cli, folder: Path, tmp_path: Path) -> None:
    before = known("--store", folder, "-u", "ana", "--json", "memory", "list")
    assert json.loads(before.stdout)
    overruled = known("-u", "bob", "memory", "list", "-u", "ana")
    assert overruled.exit_code == 0
    assert known("-s", tmp_path / "none", "users").exit_code == 1


def test_a_memory_cannot_steer_the_terminal(cli: Cli) -> None:
    text = "I live in Oslo.\x1b[2J\x1b]0;pwned\x07 \u202eolsO"
    assert cli("ingest", "-", said=json.dumps({"text": text})).exit_code == 0
    for command in (
        ("memory", "list", "messages"),
        ("memory", "show", "o1"),
        ("memory", "search", "Oslo"),
    ):
        told = cli(*command).stdout
        assert "Oslo" in told
        assert not {"\x1b", "\x07", "\u202e"} & set(told)
    assert json.loads(cli("memory", "show", "o1", "--json").stdout)["text"] == text


def test_markup_in_a_memory_is_text(cli: Cli) -> None:
    cli("ingest", "-", said=json.dumps({"text": "I [bold]live[/bold] in [/] Oslo :smile:"}))
    assert "I [bold]live[/bold] in [/] Oslo :smile:" in cli("memory", "list", "messages").stdout


def test_a_damaged_file_is_told_without_a_traceback(known: Cli, folder: Path) -> None:
    (path,) = folder.glob("users/*.db")
    for extra in folder.glob("users/*-*"):
        extra.unlink()
    path.write_bytes(b"this is no database" * 1000)
    result = known("memory", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("Store error: ")


def test_piped_lists_are_not_wrapped(cli: Cli) -> None:
    text = "I live " + "very " * 60 + "far."
    cli("ingest", "-", said=json.dumps({"text": text}))
    assert text in cli("memory", "list", "messages").stdout


def test_both_an_id_and_everything_are_too_much(known: Cli) -> None:
    result = known("memory", "forget", "p1", "--everything", "--yes")
    assert result.exit_code == 2
    assert "not both" in result.stderr


def test_a_search_for_one_word_finds_the_concept_that_says_it(known: Cli) -> None:
    assert known("concept", "add", "bo", "Bo", "--set", "eats=salmon").exit_code == 0
    found = known("memory", "search", "salmon", "--kind", "concept")
    assert found.exit_code == 0, found.stderr
    assert "salmon" in found.stdout
    assert "Nothing fits" in known("memory", "search", "tuna", "--kind", "concept").output
