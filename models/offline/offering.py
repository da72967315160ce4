"""What the offline engine says of a catalogue: the items it was given, each with its reason."""

from collections.abc import Sequence

from usermind.prompts import HeardLine, ItemLine, Offer

NOTHING_FITS = "I find nothing in the catalogue that fits."
NOT_READ = "I cannot look into the catalogue at the moment."


def told_of_offer(offer: Offer) -> tuple[str, list[str]]:
    """Return the recommendations in words, a line each, and the ids that they rest on."""
    told = offer.items
    lines = [f"{place}. {_told(item)}" for place, item in enumerate(told, 1)]
    head = ["You may like:" if len(told) > 1 else "You may like this:"]
    if not told:
        head = [NOT_READ if offer.unread else NOTHING_FITS]
    notes = [f"({_sentence(note.text)})" for note in offer.notes]
    reasons = [*(reason for item in told for reason in item.reasons), *offer.notes]
    cited = dict.fromkeys(reason.memory for reason in reasons if reason.memory)
    return "\n".join([*head, *lines, *notes]), list(cited)


def told_of_heard(lines: Sequence[HeardLine]) -> str | None:
    """Return how to take what the user says of items; None: they say nothing of any."""
    if not lines:
        return None
    kept = [f"{line.verdict} {line.title}" for line in lines if not line.others]
    told = [f"Noted: you {'; you '.join(kept)}."] if kept else []
    for line in lines:
        if line.others:
            *most, last = line.title, *line.others
            told.append(
                f"Which do you mean, {', '.join(most)} or {last}? Say it with its year, and I will "
                "note it."
            )
    return " ".join(told)


def _told(item: ItemLine) -> str:
    why = "; ".join(reason.text for reason in item.reasons)
    return _ended(f"{item.title}: {why}" if why else item.title)


def _sentence(text: str) -> str:
    return _ended(text[:1].upper() + text[1:])


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
