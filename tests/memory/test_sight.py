from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks.concept_images import again, drawing, encoded, recoloured
from PIL import Image, ImageDraw, ImageEnhance

from usermind.errors import InvalidInputError
from usermind.memory.images import Picture, prepare
from usermind.memory.sight import (
    THRESHOLDS,
    Box,
    Seen,
    Sighting,
    Thresholds,
    Unsure,
    recognise,
    regions,
    telling,
)
from usermind.models.images import PerceptualHash

Floats = npt.NDArray[np.float32]
ENCODER = PerceptualHash()


def vectors(images: Iterable[bytes]) -> list[Floats]:
    return list(ENCODER.encode([prepare(data).data for data in images]))


KNOWN = {
    f"c{seed}": [row] for seed, row in enumerate(vectors(encoded(drawing(i)) for i in range(60)))
}


class TestDrawings:
    def test_a_picture_is_known_again_in_another_file(self) -> None:
        found = [recognise(again(seed), KNOWN, ENCODER) for seed in range(60)]

        assert [f.keys or None for f in found].count(None) <= 1
        assert all(f.keys in {(f"c{seed}",), ()} for seed, f in enumerate(found))

    @pytest.mark.parametrize("change", ["png", "small", "large", "brighter", "darker", "coarse"])
    def test_each_change_by_itself_is_no_change(self, change: str) -> None:
        for seed in range(0, 60, 6):
            image = drawing(seed)
            asked = {
                "png": lambda image=image: encoded(image),
                "small": lambda image=image: encoded(image.resize((120, 120))),
                "large": lambda image=image: encoded(image.resize((900, 900)), "WEBP"),
                "brighter": lambda image=image: encoded(
                    ImageEnhance.Brightness(image).enhance(1.08)
                ),
                "darker": lambda image=image: encoded(ImageEnhance.Brightness(image).enhance(0.92)),
                "coarse": lambda image=image: encoded(image, "JPEG", quality=50),
            }[change]()
            assert recognise(asked, KNOWN, ENCODER).keys == (f"c{seed}",)

    def test_strangers_are_nobody(self) -> None:
        for seed in range(1000, 1040):
            assert recognise(again(seed), KNOWN, ENCODER) == Sighting()

    def test_one_known_concept_attracts_no_strangers(self) -> None:
        for seed in range(1000, 1030):
            assert recognise(again(seed), {"c0": KNOWN["c0"]}, ENCODER) == Sighting()

    @pytest.mark.parametrize("hue", [-25, -10, 10, 15, 40])
    def test_a_look_alike_in_other_colours_is_never_recognised(self, hue: int) -> None:
        for seed in range(0, 60, 3):
            found = recognise(encoded(drawing(seed, hue=hue)), KNOWN, ENCODER)
            assert found.seen == ()

    def test_a_look_alike_with_a_quarter_in_other_colours_is_never_recognised(self) -> None:
        found = [recognise(recoloured(seed, 0.25), KNOWN, ENCODER) for seed in range(60)]
        assert all(f.seen == () for f in found)

    def test_of_two_look_alikes_each_is_itself(self) -> None:
        twins = {
            "bo": vectors([encoded(drawing(3))]),
            "ada": vectors([encoded(drawing(3, hue=12))]),
        }
        asked = encoded(drawing(3).resize((300, 300)), "JPEG", quality=80)
        assert recognise(asked, twins, ENCODER).keys == ("bo",)

    def test_two_concepts_with_one_picture_are_a_question(self) -> None:
        both = {"bo": KNOWN["c3"], "ada": KNOWN["c3"], "cy": KNOWN["c4"]}
        found = recognise(again(3), both, ENCODER)
        assert found.seen == ()
        (call,) = found.unsure
        assert set(call.keys) == {"bo", "ada"}

    def test_what_the_user_said_it_is_not_vetoes(self) -> None:
        asked = encoded(drawing(3).resize((200, 200)))
        assert recognise(asked, KNOWN, ENCODER).keys == ("c3",)

        told = {"c3": vectors([asked]), "unknown": vectors([asked])}

        assert recognise(asked, KNOWN, ENCODER, negatives=told) == Sighting()

    def test_two_pictures_side_by_side_are_two_concepts(self) -> None:
        class Halves:
            def detect(self, image: bytes) -> list[Box]:
                return [Box(0, 0, 256, 256), Box(256, 0, 512, 256)]

        wide = Image.new("RGB", (512, 256))
        wide.paste(drawing(11), (0, 0))
        wide.paste(drawing(22), (256, 0))

        found = recognise(encoded(wide), KNOWN, ENCODER, detector=Halves())

        assert {s.key: s.box.left for s in found.seen} == {"c11": 0, "c22": 256}

    def test_the_grid_finds_what_stands_in_a_quarter(self) -> None:
        page = Image.new("RGB", (512, 512), "white")
        page.paste(drawing(11), (256, 0))
        page.paste(drawing(22), (0, 256))
        assert set(recognise(encoded(page), KNOWN, ENCODER).keys) == {"c11", "c22"}

    def test_bare_walls_are_never_compared(self) -> None:
        wall = encoded(Image.new("RGB", (300, 300), "#88aacc"))
        assert recognise(wall, {"wall": vectors([wall])}, ENCODER) == Sighting()

    def test_grey_line_drawings_of_strangers_are_not_recognised(self) -> None:
        def lines(seed: int) -> bytes:
            rng = np.random.default_rng(seed)
            page = Image.new("L", (256, 256), 255)
            for _ in range(6):
                ImageDraw.Draw(page).line(rng.integers(0, 256, 4).tolist(), fill=0, width=8)
            return encoded(page)

        known = {f"g{i}": [row] for i, row in enumerate(vectors(map(lines, range(60))))}
        assert all(recognise(lines(i), known, ENCODER).seen == () for i in range(100, 160))
        assert all(recognise(lines(i), known, ENCODER).keys == (f"g{i}",) for i in range(10))

    def test_a_picture_that_was_prepared_is_taken_as_it_is(self) -> None:
        assert recognise(prepare(encoded(drawing(3))), KNOWN, ENCODER).keys == ("c3",)

    def test_what_is_no_picture_is_refused(self) -> None:
        with pytest.raises(InvalidInputError, match="Nothing was stored"):
            recognise(b"words", KNOWN, ENCODER)

    @pytest.mark.parametrize(
        "wrong", [np.ones(3, np.float32), np.full(ENCODER.dimensions, np.nan, np.float32)]
    )
    def test_vectors_of_another_encoder_are_refused(self, wrong: Floats) -> None:
        with pytest.raises(InvalidInputError, match="same encoder"):
            recognise(again(1), KNOWN | {"odd": [wrong]}, ENCODER)
        with pytest.raises(InvalidInputError, match="same encoder"):
            recognise(again(1), KNOWN, ENCODER, negatives={"c1": [wrong]})

    def test_concepts_without_a_picture_are_passed_over(self) -> None:
        assert recognise(again(3), {"x": [], **KNOWN, "y": []}, ENCODER).keys == ("c3",)
        assert recognise(again(3), {"x": []}, ENCODER) == Sighting()
        assert recognise(again(3), {}, ENCODER) == Sighting()


@dataclass
class Scripted:
    """Gives the vectors of the regions one by one; the detector of the same regions too."""

    rows: Sequence[Sequence[float]]
    boxes: Sequence[Box]
    name: str = "scripted"
    dimensions: int | None = 4
    asked: list[int] = field(default_factory=list)

    def detect(self, image: bytes) -> Sequence[Box]:
        return self.boxes

    def encode(self, images: Sequence[bytes]) -> Floats:
        self.asked.append(len(images))
        return np.array(self.rows, np.float32)


LIMITS = Thresholds(accept=0.9, ask=0.7, margin=0.05)
LEFT, RIGHT = Box(0, 0, 100, 200), Box(100, 0, 200, 200)
AXES = {key: [row] for key, row in zip("abcd", np.eye(4, dtype=np.float32), strict=True)}
NOTHING = [0.0, 0.0, 0.0, 0.0]


def sees(*rows: Sequence[float], boxes: Sequence[Box] = (LEFT, RIGHT), **more: object) -> Sighting:
    """Ask about a picture whose regions have these cosines to a, b, c and d."""
    made = Scripted(rows, boxes)
    negatives: dict[str, list[Floats]] = dict(more)  # type: ignore[arg-type] # vectors by key
    return recognise(
        prepare(encoded(drawing(1, size=200))),
        AXES,
        made,
        detector=made,
        negatives=negatives,
        thresholds=LIMITS,
    )


class TestDecision:
    def test_one_concept_stands_in_one_region(self) -> None:
        found = sees(NOTHING, [0.92, 0, 0, 0], [0.97, 0, 0, 0])
        assert [(s.key, s.box) for s in found.seen] == [("a", RIGHT)]
        assert found.unsure == ()

    def test_two_regions_show_two_concepts_best_first(self) -> None:
        found = sees(NOTHING, [0.92, 0, 0, 0], [0, 0.97, 0, 0])
        assert found.keys == ("b", "a")

    @pytest.mark.parametrize("first", [0.9, 0.95, 1.0])
    def test_the_margin_makes_it_a_question(self, first: float) -> None:
        found = sees([first, first - 0.04, first - 0.1, 0], NOTHING, NOTHING)
        assert found.seen == ()
        assert [call.keys for call in found.unsure] == [("a", "b")]

    def test_between_the_lines_is_a_question(self) -> None:
        found = sees([0.85, 0, 0, 0], NOTHING, NOTHING)
        assert found == Sighting((), (Unsure(("a",), Box(0, 0, 200, 200), found.unsure[0].score),))

    def test_below_is_nothing(self) -> None:
        assert sees([0.69, 0, 0, 0], NOTHING, NOTHING) == Sighting()

    def test_a_part_is_no_second_opinion_on_the_whole(self) -> None:
        found = sees([0.97, 0.95, 0, 0], [0.93, 0.1, 0, 0], NOTHING)
        assert found.seen == ()
        assert [call.keys for call in found.unsure] == [("a", "b")]

    def test_beside_what_is_known_the_rest_stays_a_question(self) -> None:
        found = sees(NOTHING, [0.99, 0, 0, 0], [0.96, 0.95, 0, 0])
        assert found.keys == ("a",)
        assert [(call.keys, call.box) for call in found.unsure] == [(("b",), RIGHT)]

    def test_a_near_negative_makes_it_a_question(self) -> None:
        other = np.array([0.95, 0.3, 0, 0], np.float32)
        found = sees([0.93, 0.1, 0, 0], NOTHING, NOTHING, a=[other])
        assert found.seen == ()
        assert [call.keys for call in found.unsure] == [("a",)]

    def test_a_nearer_negative_vetoes_and_leaves_the_others(self) -> None:
        other = np.array([1, 0.1, 0, 0], np.float32)
        found = sees([0.95, 0.91, 0, 0], NOTHING, NOTHING, a=[other])
        assert found.keys == ("b",)

    def test_the_best_of_several_references_counts(self) -> None:
        many = {"a": [*AXES["d"], *AXES["a"]], "b": AXES["b"]}
        made = Scripted([[0.95, 0, 0, 0]] * 1, [])
        picture = prepare(encoded(drawing(1, size=60)))
        found = recognise(picture, many, made, thresholds=LIMITS)
        assert [type(s) for s in found.seen] == [Seen]
        assert found.keys == ("a",)

    def test_an_encoder_without_measured_lines_has_strict_ones(self) -> None:
        picture = prepare(encoded(drawing(1, size=60)))
        assert recognise(picture, AXES, Scripted([[0.9, 0, 0, 0]], [])).seen == ()

    def test_no_order_of_the_concepts_changes_an_answer(self) -> None:
        turned = dict(reversed(AXES.items()))
        made = Scripted([[0.95, 0.2, 0, 0]], [])
        picture = prepare(encoded(drawing(1, size=60)))
        assert recognise(picture, AXES, made) == recognise(picture, turned, made)


class TestRegions:
    def picture(self, width: int, height: int) -> Picture:
        return prepare(encoded(drawing(1).resize((width, height))))

    def test_without_a_detector_they_are_the_whole_its_quarters_and_its_centre(self) -> None:
        assert regions(self.picture(200, 100)) == [
            Box(0, 0, 200, 100),
            Box(0, 0, 100, 50),
            Box(100, 0, 200, 50),
            Box(0, 50, 100, 100),
            Box(100, 50, 200, 100),
            Box(50, 25, 150, 75),
        ]

    @pytest.mark.parametrize("size", [(1, 1), (1, 1000), (40, 40), (94, 94), (1000, 60)])
    def test_a_small_picture_is_looked_at_whole(self, size: tuple[int, int]) -> None:
        assert regions(self.picture(*size)) == [Box(0, 0, *size)]

    def test_boxes_of_a_detector_are_cut_and_sorted_out(self) -> None:
        wild = [
            Box(-50, -50, 100, 100),
            Box(0, 0, 100, 100),
            Box(150, 150, 900, 900),
            Box(10, 10, 12, 90),
            Box(90, 90, 10, 10),
            Box(500, 500, 600, 600),
        ]
        found = regions(self.picture(200, 200), Scripted([], wild))
        assert found == [
            Box(0, 0, 200, 200),
            Box(0, 0, 100, 100),
            Box(150, 150, 200, 200),
        ]

    def test_a_detector_that_finds_nothing_leaves_the_grid(self) -> None:
        assert len(regions(self.picture(200, 200), Scripted([], []))) == 6

    def test_a_detector_cannot_make_it_endless(self) -> None:
        many = [Box(i, 0, i + 50, 50) for i in range(100)]
        assert len(regions(self.picture(200, 200), Scripted([], many))) == 32

    def test_the_lines_of_the_default_are_in_order(self) -> None:
        for limits in THRESHOLDS.values():
            assert 0 < limits.ask < limits.accept < 1
            assert limits.margin > 0


class TestReferences:
    @pytest.mark.parametrize("side", [32, 280])
    def test_a_telling_one_is_known_again(self, side: int) -> None:
        found: dict[bool, list[bool]] = {False: [], True: []}
        for seed in range(20):
            small = encoded(drawing(seed).resize((side, side)))
            known = recognise(again(seed), {"mug": vectors([small])}, ENCODER).keys == ("mug",)
            found[telling(prepare(small))].append(known)
        assert not any(found[False])  # one of them, whose colours are equally bright
        assert len(found[True]) == 19
        assert sum(found[True]) >= 17

    @pytest.mark.parametrize("size", [(31, 280), (280, 31), (16, 16), (1, 1)], ids=str)
    def test_a_tiny_one_tells_nothing(self, size: tuple[int, int]) -> None:
        assert not telling(prepare(encoded(drawing(0).resize(size))))

    @pytest.mark.parametrize("colour", ["white", "black", "crimson", (200, 30, 60, 128)], ids=str)
    def test_one_of_one_colour_tells_nothing(self, colour: str | tuple[int, ...]) -> None:
        mode = "RGB" if isinstance(colour, str) else "RGBA"
        flat = encoded(Image.new(mode, (280, 280), colour))
        assert not telling(prepare(flat))
        assert recognise(flat, {"wall": vectors([flat])}, ENCODER) == Sighting()
