"""Visual recall: which known concepts a picture shows, which it may show, and no strangers.

    picture → regions → vectors → best reference a concept → veto → accept | unsure | nothing

The decision is an open-set one: the nearest concept counts only when it is near, and nearer than
every other one by a margin. A close call comes back as a question with its candidates.

Source: RAP (Hao et al., CVPR 2025, arXiv 2410.13360), its visual retrieval; it has no threshold,
asks for nothing where no box was found, and gives one concept to many boxes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import numpy.typing as npt

from usermind.errors import InvalidInputError
from usermind.memory.images import QUALITY, Picture, encoded, pillow, prepare
from usermind.types import ImageEncoder

if TYPE_CHECKING:
    from PIL import Image

Floats = npt.NDArray[np.float32]

LEAST_SIDE: Final = 48
"""Pixels of a region's shorter side; there is too little to see on less."""
LEAST_REFERENCE: Final = 32
"""Pixels of a reference's shorter side. Of 40 drawings of 280 pixels the perceptual hash knew 36 by
a reference of 32 pixels, 22 by one of 24, 4 by one of 16; 39 by one of 64, 38 by one of 40."""
MOST_REGIONS: Final = 32
MOST_CANDIDATES: Final = 5
PLAIN: Final = 4.0
"""Standard deviation of grey, of 255, below which a region is a bare wall or sky. All of those
look alike to any encoder, so they are never compared."""


@dataclass(frozen=True, slots=True)
class Box:
    """Part of a picture, in pixels from its upper left; right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int

    def overlaps(self, other: "Box") -> bool:
        """Return whether they share a pixel."""
        return (
            max(self.left, other.left) < min(self.right, other.right)
            and max(self.top, other.top) < min(self.bottom, other.bottom)
        )  # fmt: skip


class Detector(Protocol):
    """Anything that finds things in a picture. It must not write files."""

    def detect(self, image: bytes) -> Sequence[Box]:
        """Return the boxes of what stands out, best first; none where nothing does."""
        ...


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where cosines of one encoder become an answer or a question."""

    accept: float
    """At least this near to be recognised."""
    ask: float
    """At least this near to be asked about."""
    margin: float
    """At least this much nearer than any other concept, and than what the user said it is not."""


THRESHOLDS: Final[Mapping[str, Thresholds]] = {
    # Over 400 drawings of `benchmarks/concept_images.py`: the same drawing resized, ±10 %
    # brightness, JPEG 50-90, has a cosine of 0.96 or more (1st percentile 0.972). All its colours
    # turned by 10 degrees: 0.926 or less. An eighth of its area in other colours: 0.965 or more in
    # 1 of 100. Nearest of 399 strangers: 0.79 or less; 0.944 or less where all are grey on white,
    # so that shape alone tells them apart.
    "phash-v1": Thresholds(accept=0.965, ask=0.95, margin=0.02),
}
UNMEASURED: Final = Thresholds(accept=0.92, ask=0.85, margin=0.04)
"""For every other encoder. A guess on the strict side, since cosines of CLIP between two animals of
one kind reach 0.8 to 0.9; measure your own on your own pictures and pass it."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """What pictures are looked at with."""

    encoder: ImageEncoder
    detector: Detector | None = None
    """Finds the regions; None: a grid does."""
    thresholds: Thresholds | None = None
    """None: those for the encoder's name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A concept that was recognised."""

    key: str
    box: Box
    score: float
    """Cosine to its nearest reference."""
    runner_up: float
    """Cosine of the next best concept, or of what the user said it is not; -1 without any."""
    checked: bool = False
    """Whether it was a close call that a model which sees has settled."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """A close call: something to ask the user, never to be taken as an answer."""

    keys: tuple[str, ...]
    """What it may be, nearest first, at most 5; it may also be none of them."""
    box: Box
    score: float
    """Cosine of the first."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a picture shows of the known concepts; each key stands in it at most once."""

    seen: tuple[Seen, ...] = ()
    """Best first."""
    unsure: tuple[Unsure, ...] = ()
    """Best first."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys that were recognised, best first."""
        return tuple(found.key for found in self.seen)


@dataclass(frozen=True, slots=True)
class View:
    """What a picture shows, and the vectors by which that was decided."""

    sighting: Sighting = Sighting()
    vectors: Mapping[Box, Floats] = field(default_factory=dict)
    """By region: `(dimensions,)`."""


def recognise(
    image: bytes | Picture,
    references: Mapping[str, Sequence[Floats]],
    encoder: ImageEncoder,
    *,
    detector: Detector | None = None,
    negatives: Mapping[str, Sequence[Floats]] | None = None,
    thresholds: Thresholds | None = None,
) -> Sighting:
    """Return which concepts a picture shows; nothing where no concept is near.

    Cost: one call of the encoder with up to 32 regions, and one matrix product.

    Args:
        image: A `Picture`, or any bytes that `prepare` takes.
        references: Key → unit vectors of its pictures, `(dimensions,)`, by the same encoder.
        encoder: Makes the vectors of the regions.
        detector: Finds the regions; without it, or where it finds none, a grid does.
        negatives: Key → vectors of what the user said it is not. One that is as near as the
            references vetoes the concept; one that is almost as near makes it unsure.
        thresholds: Instead of those for the encoder's name.

    Raises:
        InvalidInputError: The picture cannot be used, or a vector is of another length than the
            encoder's, or not finite.
        MissingExtraError: Pillow is not installed.
        ModelError: The encoder failed.
    """
    picture = image if isinstance(image, Picture) else prepare(image)
    eyes = Eyes(encoder, detector, thresholds)
    return view(picture, references, eyes, negatives=negatives).sighting


def view(
    picture: Picture,
    references: Mapping[str, Sequence[Floats]],
    eyes: Eyes,
    *,
    negatives: Mapping[str, Sequence[Floats]] | None = None,
) -> View:
    """Return what a picture shows, with the vector of each region; see `recognise`."""
    encoder = eyes.encoder
    known = {key: vectors for key, vectors in references.items() if len(vectors)}
    if not known:
        return View()
    boxes, parts = _parts(picture, regions(picture, eyes.detector))
    if not boxes:
        return View()
    vectors = np.asarray(encoder.encode(parts), np.float32)  # (regions, dimensions)
    scores = _best(vectors, known)  # (regions, concepts)
    against = _against(vectors, list(known), negatives or {})
    limits = eyes.thresholds or THRESHOLDS.get(encoder.name, UNMEASURED)
    calls = [
        call
        for box, row, no in zip(boxes, scores, against, strict=True)
        if (call := _judge(box, tuple(known), row, no, limits))
    ]
    return View(_assign(calls), dict(zip(boxes, vectors, strict=True)))


def telling(picture: Picture) -> bool:
    """Return whether a picture has enough on it to be a reference.

    One that is all of one colour, or of colours that are equally bright, has not, for such regions
    are never compared; nor one of which a side is under 32 pixels, which is seldom known again in
    a larger file.

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    if min(picture.width, picture.height) < LEAST_REFERENCE:
        return False
    with pillow().open(BytesIO(picture.data), formats=("PNG", "JPEG")) as image:
        return not _plain(image)


def regions(picture: Picture, detector: Detector | None = None) -> list[Box]:
    """Return the whole picture, then what the detector finds, or else its quarters and centre.

    Boxes of a detector are cut at the edges; those under 48 pixels and repeats are left out.
    """
    whole = Box(0, 0, picture.width, picture.height)
    found = detector.detect(picture.data) if detector else ()
    boxes = [kept for box in found if (kept := _cut(box, whole))] or _grid(whole)
    return list(dict.fromkeys([whole, *boxes]))[:MOST_REGIONS]


def cut_out(picture: Picture, box: Box) -> Picture:
    """Return a part of a picture as one of its own; the whole as it is."""
    if (box.left, box.top, box.right, box.bottom) == (0, 0, picture.width, picture.height):
        return picture
    with pillow().open(BytesIO(picture.data), formats=("PNG", "JPEG")) as image:
        return encoded(image.crop((box.left, box.top, box.right, box.bottom)))


def _cut(box: Box, whole: Box) -> Box | None:
    inside = Box(
        max(box.left, 0),
        max(box.top, 0),
        min(box.right, whole.right),
        min(box.bottom, whole.bottom),
    )
    side = min(inside.right - inside.left, inside.bottom - inside.top)
    return inside if side >= LEAST_SIDE else None


def _grid(whole: Box) -> list[Box]:
    width, height = whole.right, whole.bottom
    x, y = width // 2, height // 2
    centre = Box(width // 4, height // 4, width // 4 + x, height // 4 + y)
    corners = [Box(0, 0, x, y), Box(x, 0, width, y), Box(0, y, x, height), Box(x, y, width, height)]
    return [cut for box in (*corners, centre) if (cut := _cut(box, whole))]


def _parts(picture: Picture, boxes: Sequence[Box]) -> tuple[list[Box], list[bytes]]:
    """Return the regions on which there is something to see, and each as a picture."""
    kept, parts = [], []
    with pillow().open(BytesIO(picture.data), formats=("PNG", "JPEG")) as image:
        image.load()
        for box in boxes:
            part = image.crop((box.left, box.top, box.right, box.bottom))
            if _plain(part):
                continue
            kept.append(box)
            parts.append(picture.data if part.size == image.size else _file(part))
    return kept, parts


def _plain(part: "Image.Image") -> bool:
    return float(np.asarray(part.convert("RGBA").convert("L")).std()) < PLAIN


def _file(part: "Image.Image") -> bytes:
    buffer = BytesIO()
    if part.mode == "RGBA":
        part.save(buffer, "PNG", compress_level=1)
    else:
        part.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _best(vectors: Floats, known: Mapping[str, Sequence[Floats]]) -> Floats:
    """Return the cosine of each region to each concept's nearest vector: (regions, concepts)."""
    rows = [np.asarray(row, np.float32) for found in known.values() for row in found]
    if any(row.shape != vectors.shape[1:] for row in rows) or not np.isfinite(rows).all():
        raise InvalidInputError(
            f"A reference is no finite vector of {vectors.shape[1]} dimensions, as the encoder's "
            "are. Nothing was compared. Make the references with the same encoder."
        )
    starts = [0, *accumulate(len(found) for found in known.values())][:-1]
    return np.maximum.reduceat(vectors @ np.stack(rows).T, starts, axis=1)


def _against(
    vectors: Floats, keys: Sequence[str], negatives: Mapping[str, Sequence[Floats]]
) -> Floats:
    """Return the cosine to the nearest of what each concept is not; -1 where nothing is known."""
    found = np.full((len(vectors), len(keys)), -1, np.float32)
    told = {key: negatives[key] for key in keys if len(negatives.get(key, ()))}
    if told:
        found[:, [i for i, key in enumerate(keys) if key in told]] = _best(vectors, told)
    return found


def _judge(
    box: Box, keys: Sequence[str], scores: Floats, against: Floats, limits: Thresholds
) -> Seen | Unsure | None:
    """Return what one region shows, taken by itself."""
    allowed = np.where(against >= scores - 1e-6, -1, scores)
    order = np.argsort(-allowed, kind="stable")[:MOST_CANDIDATES]
    first = int(order[0])
    score = float(allowed[first])
    if score < limits.ask:
        return None
    second = float(allowed[order[1]]) if len(order) > 1 else -1.0
    runner_up = max(second, float(against[first]))
    if score >= limits.accept and score - runner_up >= limits.margin:
        return Seen(keys[first], box, score, runner_up)
    least = max(limits.ask, score - limits.margin)
    near = tuple(keys[int(i)] for i in order if allowed[i] >= least)
    return Unsure(near, box, score)


def _assign(calls: Sequence[Seen | Unsure]) -> Sighting:
    """Give each concept to one region, best scores first.

    A part of what was judged already is no second opinion on it; beside it, a close call keeps
    the candidates that are left.
    """
    seen: list[Seen] = []
    unsure: list[Unsure] = []
    claimed: dict[str, Box] = {}
    for call in sorted(calls, key=lambda call: -call.score):
        keys = (call.key,) if isinstance(call, Seen) else call.keys
        left = tuple(key for key in keys if key not in claimed)
        again = any(claimed[key].overlaps(call.box) for key in keys if key in claimed)
        if again or not left:
            continue
        claimed |= dict.fromkeys(left, call.box)
        if isinstance(call, Seen):
            seen.append(call)
        else:
            unsure.append(Unsure(left, call.box, call.score))
    return Sighting(tuple(seen), tuple(unsure))
