"""Arguments that no command can use are refused in a sentence."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
LONG = "a" * 5_000


@pytest.mark.parametrize(
    "command",
    [
        ("memory", "export", LONG),
        ("ingest", LONG),
        ("eval", "run", LONG),
        ("eval", "check", LONG),
        ("eval", "report", LONG),
        ("entities", "link", "--knowledge", LONG),
        ("catalogue", "load", f"{LONG}.csv"),
        ("concept", "recognise", LONG),
        ("users", "--store", LONG),
        ("ingest", "-", "--store", LONG),
        ("memory", "search", "x", "--embedder", LONG),
        ("model", "serve", "x", "--python", "x/" * 3_000, "--dry-run"),
        ("watch", "--once", f"notes:{LONG}"),
    ],
    ids=lambda words: " ".join(words).replace(LONG, "…")[:40],
)
def test_a_name_that_is_too_long_is_told(known: Cli, command: tuple[str, ...]) -> None:
    done = known(*command, said="")
    told = done.stderr or done.stdout
    assert "Traceback" not in told
    assert isinstance(done.exception, SystemExit | None)
    if command[0] not in ("watch", "model"):  # the one tells it as a source's, the other prints it
        assert done.exit_code in (1, 2)
        assert told.strip()


@pytest.mark.parametrize(
    "command", [("concept", "show", "\udcff"), ("concept", "edit", "\udcff", "--name", "Bo")]
)
def test_bytes_that_are_no_text_are_told(known: Cli, command: tuple[str, ...]) -> None:
    done = known(*command)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31T23:59:59"])
@pytest.mark.parametrize(
    "command", [("memory", "list"), ("memory", "search", "x"), ("profile", "show")]
)
def test_a_day_that_no_other_zone_has_is_refused(
    known: Cli, command: tuple[str, ...], day: str
) -> None:
    done = known(*command, "--as-of", day)
    assert done.exit_code == 2
    assert "the years 2 to 9998" in done.stderr


@pytest.mark.parametrize("seconds", ["inf", "nan", "1e300", "9" * 25])
@pytest.mark.parametrize(
    "command",
    [
        ("worker", "--once", "--linger"),
        ("worker", "--once", "--grace"),
        ("reflect", "--model", "http://127.0.0.1:9/v1", "--timeout"),
    ],
    ids=["linger", "grace", "timeout"],
)
def test_a_time_that_no_clock_can_wait_is_refused(
    known: Cli, command: tuple[str, ...], seconds: str
) -> None:
    done = known(*command, seconds)
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code in (1, 2)
    assert done.stderr.strip()


def test_a_folder_that_may_not_be_looked_into_is_told(
    known: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(self: Path, *_: object, **__: object) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "is_dir", forbidden)
        done = known("eval", "check", tmp_path / "shut" / "a.scenario.yaml")
    assert done.exit_code == 1
    assert "cannot be read: Permission denied" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        *(("users",), ("status",), ("memory", "list"), ("reflect",), ("chat",), ("ingest", "-")),
        *(("worker", "--once"), ("watch", "--once"), ("reembed",)),
    ],
    ids=" ".join,
)
def test_a_folder_of_users_that_may_not_be_looked_into_is_told(
    known: Cli, folder: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.stat

    def forbidden(path: Any, **options: Any) -> Any:
        if str(path).startswith(f"{folder / 'users'}{os.sep}"):  # root may look everywhere
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", forbidden)
        done = known(*command, said="")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"Store error: {folder / 'users'} cannot be looked into (Permission denied). Nothing was "
        "read or changed. Check the permissions of the store's folders, or name another one with "
        "`--store`.\n"
    )


@pytest.mark.parametrize("command", [("users",), ("chat",), ("ingest", "-")], ids=" ".join)
def test_a_store_that_may_not_be_looked_into_is_told(
    known: Cli, folder: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.stat

    def forbidden(path: Any, **options: Any) -> Any:
        if str(path).startswith(f"{folder}{os.sep}"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", forbidden)
        done = known(*command, said="")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Store error: ")
    assert str(folder) in done.stderr
    assert "(Permission denied). Nothing was" in done.stderr


@pytest.mark.parametrize(
    "command", [("users",), ("chat",), ("ingest", "-"), ("status",)], ids=" ".join
)
def test_a_file_where_the_folder_of_users_should_be_is_told(
    known: Cli, folder: Path, command: tuple[str, ...]
) -> None:
    (folder / "users").rename(folder / "moved")
    (folder / "users").touch()
    done = known(*command, said="")
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"{folder / 'users'} is a file" in done.stderr
