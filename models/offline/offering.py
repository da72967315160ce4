"""What the offline engine says of a catalogue: the items it was given, each with its reason."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from usermind.prompts import AskedOfItems, HeardLine, ItemLine, Offer, ReasonLine

NOTHING_FITS = "I find nothing in the catalogue that fits."
NO_REASON = "Nothing that you told me speaks for it in particular"
NOT_READ = "I cannot look into the catalogue at the moment."


def told_of_offer(offer: Offer) -> tuple[str, list[str]]:
    """Return the recommendations in words, a line each, and the ids that they rest on."""
    told = offer.items
    if offer.asks is not None and told:
        if offer.asks == "why" and not any(item.reasons for item in told):
            return f"{NO_REASON}: tell me what you like, and what comes next will fit better.", []
        lines = [_told_of_shown(item, offer.asks, alone=len(told) == 1) for item in told]
        return "\n".join(lines), _cited([why for item in told for why in item.reasons])
    lines = [f"{place}. {_told(item)}" for place, item in enumerate(told, 1)]
    head = ["You may like:" if len(told) > 1 else "You may like this:"]
    if not told:
        head = [NOT_READ if offer.unread else NOTHING_FITS]
    notes = [f"({_sentence(note.text)})" for note in offer.notes]
    reasons = [*(reason for item in told for reason in item.reasons), *offer.notes]
    return "\n".join([*head, *lines, *notes]), _cited(reasons)


def _cited(reasons: Iterable[ReasonLine]) -> list[str]:
    return list(dict.fromkeys(reason.memory for reason in reasons if reason.memory))


def _told_of_shown(item: ItemLine, asks: AskedOfItems, *, alone: bool) -> str:
    """Return what speaks for an item that was shown before, or that and what it is."""
    why = "; ".join(reason.text for reason in item.reasons)
    if asks == "why":
        what = why or NO_REASON[:1].lower() + NO_REASON[1:]
    else:
        what = _ended(item.about or "that is all I know of it") + (
            f" {_sentence(why)}" if why else ""
        )
    told = _ended(f"{item.title}: {what}")
    return told if alone else f"{item.number}. {told}"


def told_of_heard(lines: Sequence[HeardLine]) -> str | None:
    """Return how to take what the user says of items; None: they say nothing of any."""
    if not lines:
        return None
    if stand := [line for line in lines if line.stands]:
        said = "; you ".join(
            f"{verdict} {_listed([line.title for line in of])}"
            for verdict, of in groupby(stand, key=lambda line: line.verdict)
        )
        return (
            f"I have changed nothing: what I noted stands, you {said}. Say what you think of it "
            "now, and that counts; `usermind feedback list` shows all of it, and "
            "`usermind feedback forget` deletes an item of it."
        )
    sure = [line for line in lines if not line.others]
    kept = [
        f"{said} {_listed([line.title for line in of])}"
        for said, of in groupby(sure, key=lambda line: line.verdict)
    ]
    told = [f"Noted: you {'; you '.join(kept)}."] if kept else []
    for line in lines:
        if line.others:
            *most, last = line.title, *line.others
            told.append(
                f"Which do you mean, {', '.join(most)} or {last}? Say it with its year, and I will "
                "note it."
            )
    return " ".join(told)


def _listed(titles: Sequence[str]) -> str:
    *most, last = titles
    return f"{', '.join(most)} and {last}" if most else last


def _told(item: ItemLine) -> str:
    why = "; ".join(reason.text for reason in item.reasons)
    return _ended(f"{item.title}: {why}" if why else item.title)


def _sentence(text: str) -> str:
    return _ended(text[:1].upper() + text[1:])


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
