"""How an entry of a calendar or note is called in an offer: by its title, not by all its lines."""

from usermind.models.offline.dates import names_day_alone


def heading(text: str) -> str:
    r"""Return what an entry is called: its first line, where its day stands on the second.

    >>> heading("Yoga\nSunday 29 November 2026, 10:15–11:00\nWith: Eva")
    'Yoga'
    """
    lines = _lines(text)
    return lines[0] if _is_entry(lines) else " ".join(lines)


def in_a_row(text: str) -> str:
    r"""Return the lines of an entry parted so that they can be told; other text as it is.

    >>> in_a_row("Yoga\nSunday 29 November 2026, 10:15–11:00\nWith: Eva")
    'Yoga · Sunday 29 November 2026, 10:15–11:00 · With: Eva'
    """
    lines = _lines(text)
    return " · ".join(lines) if _is_entry(lines) else " ".join(lines)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()] or [""]


def _is_entry(lines: list[str]) -> bool:
    return len(lines) > 1 and names_day_alone(lines[1])
