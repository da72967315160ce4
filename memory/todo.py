"""Tasks in notes, `- [ ] call Bo 📅 2026-12-01`, and how they are told without their marks."""

import re
from typing import Final

TASK: Final = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\[(.)\]\s")
"""A line that begins a task, up to its words; what stands in the box is its group."""
DUE: Final = re.compile(
    r"(?:[📅📆🗓]\ufe0f?\s*|\bdue::?\s*|(?<!\S)@due\(|(?<!\S)@)"
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}:\d{2})(?!\d))?",
    re.IGNORECASE,
)
"""When it is due: the day, and the time where one is named."""
_MARKS: Final = (
    re.compile(rf"[\[(]?{DUE.pattern}[\])]?", re.IGNORECASE),
    # Signs of Obsidian's Tasks: other days, priority, repetition.
    re.compile(r"[➕⏳🛫✅❌]\ufe0f?\s*\d{4}-\d{2}-\d{2}"),
    re.compile(r"[🔺⏫🔼🔽⏬]\ufe0f?"),
    re.compile(r"🔁\ufe0f?[^📅📆🗓➕⏳🛫✅❌🔺⏫🔼🔽⏬]*"),
)
_BOLD: Final = re.compile(r"(\*\*|__|~~|`)(?=\S)(.+?)(?<=\S)\1")
_ITEM: Final = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[.\]\s+)?")


def task_words(text: str) -> str | None:
    """Return what a task says in its first line, without box, times and signs; None: it is none.

    >>> task_words("- [ ] call the **bank** 📅 2026-12-01")
    'call the bank'
    """
    line = next((line for line in text.splitlines() if TASK.match(line)), None)
    if line is None:
        return None
    return _bare(TASK.sub("", line, count=1))


def task_text(text: str) -> str:
    r"""Return a note as one tells of it: a task in words, with its headings and what is below it.

    What is no task comes back as it is.

    >>> task_text("Home › Bills\n\n- [ ] pay the rent @2026-12-01")
    'pay the rent\n(Home › Bills)'
    """
    words = task_words(text)
    if words is None:
        return text
    lines = text.splitlines()
    at = next(place for place, line in enumerate(lines) if TASK.match(line))
    above = " ".join(" ".join(lines[:at]).split())
    below = [f"– {bare}" for line in lines[at + 1 :] if (bare := _bare(_ITEM.sub("", line)))]
    if not words:
        return "\n".join([above or "a task without words", *below])
    return "\n".join([words, *([f"({above})"] if above else []), *below])


def _bare(text: str) -> str:
    for mark in _MARKS:
        text = mark.sub(" ", text)
    return " ".join(_BOLD.sub(r"\2", text).split())
