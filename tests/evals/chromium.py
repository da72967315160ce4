"""The Chromium of the tests marked `browser`; run as a program, it prints where that is."""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS = (
    "--no-sandbox",  # in containers, and as root, Chromium has none
    "--disable-gpu",
    # Pages here are files; whatever else it would fetch only takes time.
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class NoBrowserError(Exception):
    """There is no Chromium, or no playwright to lead it."""


def program() -> str:
    """Return the program: what USERMIND_BROWSER names, one of the system, or playwright's own.

    Raises:
        NoBrowserError: There is none.
    """
    named = os.environ.get("USERMIND_BROWSER")
    if named:
        if shutil.which(named) is None:
            raise NoBrowserError(f"USERMIND_BROWSER names {named!r}, which is no program.")
        return named
    try:
        playwright = import_module("playwright.sync_api")
    except ModuleNotFoundError:
        raise NoBrowserError("playwright is not installed. Run `make browser`.") from None
    if (system := next(filter(None, map(shutil.which, NAMES)), None)) is not None:
        return system
    with playwright.sync_playwright() as leading:
        fetched = Path(leading.chromium.executable_path)
    if not fetched.exists():
        raise NoBrowserError(
            "There is no Chromium. Install your system's, or fetch one with "
            "`.venv/bin/python -m playwright install chromium`, or name a program in "
            "USERMIND_BROWSER; then run `make browser` again."
        )
    return str(fetched)


if __name__ == "__main__":
    try:
        print(program())
    except NoBrowserError as error:
        sys.exit(str(error))
