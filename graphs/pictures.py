"""Pictures in a turn: what they show of what is on record, and what a model is shown of them.

    pictures → recognised | close call → a model that sees → recognised | nothing | ask the user
                                                                                ↓
    the user's next message: "no", "not Bo", "it's Mia" → kept as what the concept is not

Pictures are compared and passed on, never kept: what stays of one is the answer that the user gave.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from usermind.errors import InvalidInputError, ModelError, UnknownItemError
from usermind.graphs.close_calls import Answer, by_word, said_of
from usermind.graphs.egress import recipient_of
from usermind.memory import Concept, Recollection, UserMemory
from usermind.memory.images import Picture, scaled
from usermind.memory.picture_door import CloseCall
from usermind.memory.sight import Box, Seen, Sighting, Unsure, cut_out, telling
from usermind.models.account import charging, metered
from usermind.models.reasoner import Reasoner, sees
from usermind.prompts import NamedConcept, PictureLine, SamePrompt
from usermind.prompts.pictures import Role

_log = logging.getLogger(__name__)

MOST_SHOWN = 4
"""Pictures of one message, at most."""
MOST_REFERENCES = 4
"""Reference pictures that a model is shown beside them, at most. Models without training for it mix
up even four concepts of one prompt (RePIC, NeurIPS 2025: F1 of 10 with Qwen2.5-VL-7B)."""
SHOWN_TOKENS = 2_400
"""Room for the user's pictures in a prompt, in patches of 28 × 28 pixels, as many models count."""
SHOWN_SIDE = 768
"""Longest side of a picture of the user's as a model is shown it, in pixels."""
REFERENCE_SIDE = 336
"""The same for a reference picture: 144 patches."""
PATCH = 28
MOST_CHECKS = 2
"""Close calls of one message that a model is asked about, at most."""
SURE = 80
"""Percent of certainty from which on a model's answer to a close call counts."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was made of the pictures of one message."""

    sightings: tuple[Sighting, ...] = ()
    """One a picture, in their order."""
    asked: tuple[CloseCall, ...] = ()
    """What only the user can tell."""
    missed: str | None = None
    """Why the pictures were not compared; None: they were."""
    learnt: str | None = None
    """Key of the concept of which the picture was kept as a reference, on the user's word."""
    told: Answer | None = None
    """What the user has just said of close calls of the message before."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of what was recognised, the first picture's first."""
        seen = [key for each in self.sightings for key in each.keys]
        return tuple(dict.fromkeys([*seen, self.learnt] if self.learnt else seen))


def looked(
    memory: UserMemory,
    pictures: Sequence[Picture],
    reasoner: Reasoner,
    message: str = "",
    *,
    observation: str | None = None,
    learn: bool = True,
) -> Look:
    """Return what pictures show of the user's concepts.

    What the user says with them settles what it speaks of: "this is Rex", "this is not Bo". Other
    close calls are put to the model where it sees and may see the reference pictures; what it does
    not settle comes back in `asked`. One picture that is like nothing known, with words that say
    which concept it shows, is kept as a reference of that, where there is consent and enough to see
    on it. A broken encoder breaks no turn: `missed` says what happened.

    Args:
        memory: Whose.
        pictures: What they show.
        reasoner: Who may judge close calls.
        message: What they say with it.
        observation: Id of the message.
        learn: Whether anything of it may be kept; false for a private message.
    """
    try:
        compared = [memory.pictures.compare(picture, observation) for picture in pictures]
    except (ModelError, InvalidInputError) as error:
        _log.warning("Pictures of a message were not compared: %s", error)
        return Look(tuple(Sighting() for _ in pictures), missed=str(error))
    checks = MOST_CHECKS
    settled, asked = [], []
    for picture, (sighting, calls) in zip(pictures, compared, strict=True):
        told = by_word(memory, message, sighting, calls) if learn else sighting
        left: list[Unsure] = []
        seen = list(told.seen)
        for call in told.unsure:
            found: Seen | Unsure | None = call
            if checks:
                checks -= 1
                found = _checked(memory, picture, call, reasoner)
            if isinstance(found, Seen):
                seen.append(found)
            elif found is not None:
                left.append(found)
                asked.append(replace(calls[found.box], keys=found.keys))
        settled.append(Sighting(tuple(seen), tuple(left)))
    unknown = learn and len(pictures) == 1 and compared[0][0] == Sighting()
    learnt = _learnt(memory, pictures[0], message) if unknown else None
    return Look(tuple(settled), tuple(asked), learnt=learnt)


def _learnt(memory: UserMemory, picture: Picture, message: str) -> str | None:
    """Keep a picture of which the user says what it shows; return the key, None: it is not kept."""
    affirmed, _ = said_of(memory, message)
    if len(affirmed) != 1 or not telling(picture):
        return None
    [key] = affirmed
    try:
        memory.pictures.add(key, picture)
    except (InvalidInputError, UnknownItemError) as error:  # no consent, or as many as may be kept
        _log.info("A picture was not kept as a reference: %s", type(error).__name__)
        return None
    return key


def _checked(
    memory: UserMemory, picture: Picture, call: Unsure, reasoner: Reasoner
) -> Seen | Unsure | None:
    """Return what a model that sees makes of a close call; the call itself where none can."""
    prompt = _same(memory, picture, call, reasoner) if sees(reasoner) else None
    if prompt is None:
        return call
    try:
        with charging(memory.account):
            answer = metered(reasoner).complete(prompt)
    except ModelError as error:
        _log.warning("A close call is left to the user, since no model judged it: %s", error)
        return call
    if answer.certainty < SURE or answer.picture == 1 or answer.picture > len(prompt.pictures):
        return call
    if answer.picture == 0:
        return None
    return Seen(call.keys[answer.picture - 2], call.box, call.score, call.score, checked=True)


def _same(
    memory: UserMemory, picture: Picture, call: Unsure, reasoner: Reasoner
) -> SamePrompt | None:
    """Return the question about a close call; None where the model may not see all references."""
    shown = _references(memory, call.keys, reasoner)
    if len(shown) < len(call.keys):
        return None
    first = _line(1, "in question", (), scaled(cut_out(picture, call.box), REFERENCE_SIDE))
    others = (
        _line(number, "on record", (concept,), reference)
        for number, (concept, reference) in enumerate(shown, 2)
    )
    return SamePrompt((first, *others))


# -- what a model is shown ------------------------------------------------------------------

_LOOKS = re.compile(
    r"\b(?:looks?|colou?rs?|pictures?|photos?|images?|wear(?:s|ing)?|describe|appearance)\b",
    re.IGNORECASE,
)


def picture_lines(
    memory: UserMemory,
    message: str,
    pictures: Sequence[Picture],
    look: Look,
    hits: Sequence[Recollection],
    reasoner: Reasoner,
) -> tuple[PictureLine, ...]:
    """Return the pictures of a prompt by number: the user's, then references of what is meant.

    References go with the memory of their concept, where the user shows something or asks how
    something looks, to a model that sees and that the privacy policy lets have them.

    Args:
        memory: Whose.
        message: What the user says.
        pictures: What they show, at most `MOST_SHOWN`.
        look: What was made of it.
        hits: The memories in the prompt.
        reasoner: Who is shown them.
    """
    attach = sees(reasoner)
    lines: list[PictureLine] = []
    if look.told:
        every = _named(memory, look.told.confirmed)
        lines.append(PictureLine(0, "shown before", _known(every, look.told.confirmed)))
    if pictures:
        every = _named(memory, [*_keys(look.sightings), *look.keys])
        for number, (picture, sighting) in enumerate(zip(pictures, look.sightings, strict=True), 1):
            line = PictureLine(
                number,
                "shown",
                recognised=_known(every, sighting.keys),
                unsure=tuple(_known(every, call.keys) for call in sighting.unsure),
                compared=look.missed is None,
                kept=every.get(look.learnt or ""),
            )
            small = scaled(picture, _side(len(pictures))) if attach else None
            lines.append(_shown(line, small))
    if attach and (pictures or _LOOKS.search(message)):
        keys = [hit.external_id or "" for hit in hits if hit.kind == "concept"]
        shown = _references(memory, keys[:MOST_REFERENCES], reasoner)
        for number, (concept, picture) in enumerate(shown, len(pictures) + 1):
            lines.append(_line(number, "on record", (concept,), picture))
    return tuple(lines)


def _references(
    memory: UserMemory, keys: Sequence[str], reasoner: Reasoner
) -> list[tuple[NamedConcept, Picture]]:
    """Return the first picture of each concept that a model may see, small, with its name."""
    known = _by_key(memory, keys)
    found: list[tuple[NamedConcept, Picture]] = []
    with memory.privacy.egress(recipient_of(reasoner)) as out:
        for key, (id_, concept) in known.items():
            if not concept.consent or not concept.images:
                continue
            name = out.text(concept.name, item=id_)
            if name is None or not out.picture(concept.render(key), item=id_):
                continue
            with suppress(UnknownItemError):  # it was forgotten a moment ago
                first = memory.pictures.of(key)[:1]
                found += [(NamedConcept(id_, name), scaled(x, REFERENCE_SIDE)) for x in first]
    return found


def explained(hits: Iterable[Recollection], look: Look) -> list[Recollection]:
    """Return memories of which those that a picture brought up say so."""
    why = {
        seen.key: f"picture {number} shows it ({seen.score:.2f}"
        + (", confirmed by the model)" if seen.checked else ")")
        for number, sighting in enumerate(look.sightings, 1)
        for seen in sighting.seen
    }
    return [
        replace(hit, why=why[hit.external_id], score=1.0)
        if hit.kind == "concept" and hit.external_id in why
        else hit
        for hit in hits
    ]


def _side(count: int) -> int:
    """Return the longest side of each of so many pictures that keeps all within the room."""
    return min(SHOWN_SIDE, int(PATCH * (SHOWN_TOKENS / count) ** 0.5))


def _keys(sightings: Iterable[Sighting]) -> list[str]:
    return [
        key
        for sighting in sightings
        for key in (*sighting.keys, *(key for call in sighting.unsure for key in call.keys))
    ]


def _named(memory: UserMemory, keys: Sequence[str]) -> dict[str, NamedConcept]:
    """Return by key what prompts call each concept, without those that are gone."""
    known = _by_key(memory, keys)
    return {key: NamedConcept(id_, concept.name) for key, (id_, concept) in known.items()}


def _by_key(memory: UserMemory, keys: Sequence[str]) -> dict[str, tuple[str, Concept]]:
    """Return ids and concepts in the order of their keys, each once, without what is gone."""
    if not keys:
        return {}
    known = {key: (id_, concept) for id_, (key, concept) in memory.concepts.by_id().items()}
    return {key: known[key] for key in dict.fromkeys(keys) if key in known}


def _known(every: dict[str, NamedConcept], keys: Iterable[str]) -> tuple[NamedConcept, ...]:
    return tuple(every[key] for key in keys if key in every)


def _line(
    number: int, role: Role, named: tuple[NamedConcept, ...], picture: Picture
) -> PictureLine:
    return _shown(PictureLine(number, role, named), picture)


def _shown(line: PictureLine, picture: Picture | None) -> PictureLine:
    if picture is None:
        return line
    return replace(line, data=picture.data, media_type=picture.media_type)


STATE_TYPES = (Look, Answer, Sighting, Seen, Unsure, Box, CloseCall)
"""Types of ours that a checkpoint holds of a look."""
