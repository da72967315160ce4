"""Who holds a lease: this process, told from every other one, and whether that one still lives.

A holder is written as `place/process/start`: the machine (and, on Linux, its boot and process
namespace, since containers number their processes alike), the process's number, and when it began,
since numbers come again.
"""

import os
import socket
import sys
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

_PROC = Path("/proc")


def me() -> str:
    """Return the holder that stands for this process."""
    return _me(os.getpid())  # by number: a forked child is somebody else


@cache
def _me(process: int) -> str:
    return f"{_place()}/{process}/{_start(process) or 0}"


@cache
def _place() -> str:
    names = [socket.gethostname()]
    with suppress(OSError):
        names.append((_PROC / "sys/kernel/random/boot_id").read_text("ascii"))
        names.append(str((_PROC / "self/ns/pid").readlink()))
    return blake2b("\0".join(names).encode(), digest_size=6).hexdigest()


def _start(process: int) -> int | None:
    """Return when a process began, in ticks since boot; None where that cannot be told."""
    try:
        stat = (_PROC / str(process) / "stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    # The name, in brackets, may hold anything; the state is field 3 and the start field 22.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def gone(holder: str) -> bool:
    """Return whether the process of a holder, or of a token that begins with one, is surely dead.

    False where that cannot be known: another machine or container, another system than Linux
    where the number was given to a new process, Windows.
    """
    place, _, rest = holder.partition("/")
    process, _, rest = rest.partition("/")
    start = rest.partition("/")[0]
    if place != _place() or not process.isdecimal() or not start.isdecimal():
        return False
    if sys.platform == "linux" and (_PROC / "self/stat").exists():
        return _start(int(process)) != int(start)
    if sys.platform == "win32":  # asking would send a signal
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
