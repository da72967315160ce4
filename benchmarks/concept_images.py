"""What visual recall gets right over drawn concepts: recall@1, false accepts, time a lookup.

Usage: python -m benchmarks.concept_images [--sizes 10 100 500 2000] [--queries 100]

Each concept is one seeded drawing. Asked are the same drawings after a re-encoding, a resize and a
change of brightness; strangers, which are in no store; and look-alikes, which are a known drawing
in other colours. Drawings are no photographs: the figures say what the offline default does, not
how well a person or a pet is known again.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance

from usermind.memory.images import prepare
from usermind.memory.sight import Sighting, recognise
from usermind.models.images import PerceptualHash

SIDE = 256


def drawing(seed: int, *, hue: int = 0, size: int = SIDE) -> Image.Image:
    """Return shapes on a coloured ground; `hue` turns every colour by so many degrees."""
    rng = random.Random(seed)

    def colour(low: int, high: int) -> str:
        turned = (rng.randrange(360) + hue) % 360
        return f"hsv({turned}, {rng.randint(50, 95)}%, {rng.randint(low, high)}%)"

    image = Image.new("RGB", (size, size), colour(60, 90))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(4, 9)):
        x, y = rng.randrange(size), rng.randrange(size)
        w, h = rng.randint(size // 8, size // 2), rng.randint(size // 8, size // 2)
        box = (x - w // 2, y - h // 2, x + w // 2, y + h // 2)
        shape = rng.choice((draw.rectangle, draw.ellipse, draw.line))
        if shape is draw.line:
            draw.line(box, fill=colour(20, 90), width=rng.randint(4, 20) * size // SIDE)
        else:
            shape(box, fill=colour(20, 90))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    """Return a picture as a file of this kind."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def again(seed: int, *, variant: int = 0) -> bytes:
    """Return the drawing smaller or larger, brighter or darker, and as a coarser JPEG."""
    rng = random.Random(seed * 1_009 + variant + 1_000_003)
    side = round(SIDE * rng.uniform(0.5, 1.5))
    image = ImageEnhance.Brightness(drawing(seed)).enhance(rng.uniform(0.9, 1.1))
    return encoded(image.resize((side, side)), "JPEG", quality=rng.randint(50, 90))


def recoloured(seed: int, share: float = 0.12) -> bytes:
    """Return the drawing with a patch of about `share` of its area in another hue."""
    image = drawing(seed)
    side = round(image.width * share**0.5)
    rng = random.Random(seed + 2_000_003)
    x, y = rng.randrange(image.width - side), rng.randrange(image.height - side)
    other = drawing(seed, hue=60).crop((x, y, x + side, y + side))
    image.paste(other, (x, y))
    return encoded(image)


@dataclass(frozen=True, slots=True)
class Answers:
    """What one kind of question brought, as shares of all of them."""

    right: float
    """The concept and no other one."""
    unsure: float
    wrong: float
    """Any concept that the picture does not show."""
    milliseconds: float
    """Median of a lookup, the encoding included."""


def ask(
    questions: Iterable[tuple[bytes, str | None]],
    references: Mapping[str, Sequence[npt.NDArray[np.float32]]],
    encoder: PerceptualHash,
) -> Answers:
    """Return how often the answers are right; the key None stands for a stranger."""
    outcomes: list[str] = []
    seconds: list[float] = []
    for image, truth in questions:
        picture = prepare(image)
        started = time.perf_counter()
        sighting = recognise(picture, references, encoder)
        seconds.append(time.perf_counter() - started)
        outcomes.append(judged(sighting, truth))
    total = len(outcomes)
    right, unsure, wrong = (outcomes.count(kind) / total for kind in ("right", "unsure", "wrong"))
    return Answers(right, unsure, wrong, 1000 * statistics.median(seconds))


def judged(sighting: Sighting, truth: str | None) -> str:
    """Return `right`, `unsure`, `wrong` or `nothing`."""
    if set(sighting.keys) - {truth}:
        return "wrong"
    if sighting.keys:
        return "right"
    return "unsure" if sighting.unsure else "nothing"


KINDS: Mapping[str, Callable[[int, int], tuple[bytes, str | None]]] = {
    "same again": lambda seed, i: (again(seed, variant=i), f"c{seed}"),
    "stranger": lambda _, i: (again(i + 1_000_000), None),
    "all hues +10": lambda seed, _: (encoded(drawing(seed, hue=10)), None),
    "all hues +20": lambda seed, _: (encoded(drawing(seed, hue=20)), None),
    "12 % in other hue": lambda seed, _: (recoloured(seed), None),
}
"""From the seed of a known drawing and the number of the question: a picture, and what it shows."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 500, 2000])
    parser.add_argument("--queries", type=int, default=100)
    given = parser.parse_args()
    encoder = PerceptualHash()
    known: list[npt.NDArray[np.float32]] = []
    print(
        "| concepts | asked | right | unsure | wrong | ms |\n| --- | --- | --- | --- | --- | --- |"
    )
    for size in sorted(given.sizes):
        seeds = range(len(known), size)
        known += [encoder.encode([prepare(encoded(drawing(seed))).data])[0] for seed in seeds]
        references = {f"c{i}": [vector] for i, vector in enumerate(known)}
        for kind, question in KINDS.items():
            asked = (question(i * size // given.queries, i) for i in range(given.queries))
            got = ask(asked, references, encoder)
            shares = " | ".join(f"{x:.3f}" for x in (got.right, got.unsure, got.wrong))
            print(f"| {size} | {kind} | {shares} | {got.milliseconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
