"""Pictures in a turn: recognised, asked about, shown to a model that sees, and never kept."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks.concept_images import again, drawing, encoded
from PIL import Image

from usermind import Assistant, Concept, MemoryStore, Reply, UserMemory
from usermind.errors import InvalidInputError, ModelUnavailableError
from usermind.graphs.pictures import MOST_SHOWN, SHOWN_SIDE
from usermind.memory.images import prepare
from usermind.memory.picture_door import CloseCall
from usermind.memory.privacy.policy import STANDARD, Policy, Rule
from usermind.memory.sight import Box, Thresholds
from usermind.models.images import PerceptualHash
from usermind.prompts import PictureLine, SameAnswer, SamePrompt
from usermind.testing import ScriptedReasoner

BO, MIA, STRANGER = (encoded(drawing(seed)) for seed in (1, 2, 3))


@pytest.fixture
def pictured(ana: UserMemory) -> UserMemory:
    for key, kind, food, picture in (("bo", "dog", "salmon", BO), ("mia", "cat", "tuna", MIA)):
        ana.concepts[key] = Concept(
            key.title(), category=kind, attributes={"eats": food}, consent=True
        )
        ana.pictures.add(key, picture)
    return ana


@pytest.fixture
def twins(ana: UserMemory) -> UserMemory:
    """Two dogs whose reference pictures no encoder can tell apart."""
    for key in ("bo", "rex"):
        ana.concepts[key] = Concept(key.title(), category="dog", consent=True)
        ana.pictures.add(key, BO)
    return ana


def assistant_of(store: MemoryStore, *replies: str, **given: object) -> tuple[Assistant, ...]:
    model = ScriptedReasoner(replies=replies, sees=True, **given)  # type: ignore[arg-type]
    return Assistant(store=store, model=model, reflect="manual"), model  # type: ignore[return-value]


def offline(store: MemoryStore, *turns: tuple[str, list[bytes]]) -> list[Reply]:
    with Assistant(store=store, reflect="manual") as assistant:
        return [assistant.turn("ana", message, images=images) for message, images in turns]


class TestRecognition:
    def test_what_is_recognised_is_named_and_used(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        [reply] = offline(store, ("Who is this?", [again(1)]))

        assert reply.text == "That is Bo."
        [hit] = reply.used
        assert (hit.kind, hit.external_id) == ("concept", "bo")
        assert "picture 1 shows it" in hit.why
        assert [sighting.keys for sighting in reply.sightings] == [("bo",)]

    def test_a_stranger_is_nobody_and_moves_no_other_picture(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        [reply] = offline(store, ("Who are these?", [STRANGER, again(2)]))

        assert [sighting.keys for sighting in reply.sightings] == [(), ("mia",)]
        assert "Picture 1 shows nobody" in reply.text
        assert "Picture 2 is Mia" in reply.text

    def test_what_was_shown_is_what_he_means_until_another_is_named(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        pictured.observe("Mia was here.", session="main")
        replies = offline(
            store,
            ("Who is this?", [again(1)]),
            ("What does he eat?", []),
            ("Thanks!", []),
            ("And what does he eat?", []),
            ("What does Mia eat?", []),
            ("What does she eat?", []),
        )
        assert ["salmon" in reply.text for reply in replies] == [0, 1, 0, 1, 0, 0]
        assert "tuna" in replies[-1].text
        assert replies[2].used == ()

    def test_a_picture_of_now_outranks_a_name_of_before(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        replies = offline(store, ("Mia is asleep.", []), ("What does he eat?", [again(1)]))
        assert "salmon" in replies[-1].text

    def test_no_other_user_is_recognised(self, store: MemoryStore, pictured: UserMemory) -> None:
        with Assistant(store=store, reflect="manual") as assistant:
            reply = assistant.turn("eve", "Who is this?", images=[again(1)])
        assert reply.used == ()
        assert reply.sightings[0].keys == ()

    def test_who_took_consent_back_is_not_recognised(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        kept = pictured.concepts["bo"]
        pictured.concepts["bo"] = Concept("Bo", images=kept.images, consent=False)
        [reply] = offline(store, ("Who is this?", [again(1)]))
        assert reply.used == ()

    def test_no_file_holds_a_picture_that_was_shown(
        self, store: MemoryStore, pictured: UserMemory, folder: Path
    ) -> None:
        model, seen = assistant_of(store, "A dog.", "Yes.")
        assert isinstance(model, Assistant)
        with model:
            model.turn("ana", "Who is this?", images=[again(1)])
        [line] = [x for x in requests_of(seen)[0].turn.pictures if x.role == "shown"]
        [reference] = pictured.pictures.of("bo")
        store.close()
        files = b"".join(path.read_bytes() for path in folder.rglob("*.db*"))
        assert reference.data[-300:-100] in files
        assert line.data[-300:-100] not in files


class TestBadInput:
    @pytest.mark.parametrize(
        "images", [[b"junk"], ["http://localhost/a.png"], [BO, b""], [Path("/nowhere.png")]]
    )
    def test_a_picture_that_cannot_be_used_stores_nothing(
        self, store: MemoryStore, pictured: UserMemory, images: list[bytes]
    ) -> None:
        with Assistant(store=store, reflect="manual") as assistant:
            with pytest.raises(InvalidInputError, match=rf"Picture {len(images)} of {len(images)}"):
                assistant.turn("ana", "Who is this?", images=images)
            with pytest.raises(InvalidInputError, match="at most 4"):
                assistant.turn("ana", "Who is this?", images=[BO] * (MOST_SHOWN + 1))
            with pytest.raises(InvalidInputError, match="Give a list"):
                assistant.turn("ana", "Who is this?", images=BO)  # type: ignore[arg-type]
        assert pictured.count_observations() == 0

    def test_a_huge_file_is_refused_unread(self, store: MemoryStore, tmp_path: Path) -> None:
        huge = tmp_path / "huge.png"
        with huge.open("wb") as file:
            file.truncate(200_000_000)
        with (
            Assistant(store=store, reflect="manual") as assistant,
            pytest.raises(InvalidInputError, match=r"200\.0 MB"),
        ):
            assistant.turn("ana", "What is this?", images=[huge])


class Broken:
    """An encoder whose server went down after the references were made."""

    name = "broken"
    dimensions = 368
    recipient = "offline"
    down = False

    def encode(self, images: list[bytes]) -> npt.NDArray[np.float32]:
        if self.down:
            raise ModelUnavailableError("The image encoder is down.")
        return PerceptualHash().encode(images)


def test_an_encoder_that_is_down_breaks_no_turn_and_is_told_of(
    open_store: Callable[..., MemoryStore],
) -> None:
    encoder = Broken()
    store = open_store(image_encoder=encoder)
    ana = store.user("ana")
    ana.concepts["bo"] = Concept("Bo", consent=True)
    ana.pictures.add("bo", BO)
    encoder.down = True

    [reply] = offline(store, ("Who is this?", [again(1)]))

    assert reply.missed == "The image encoder is down."
    assert "could not compare" in reply.text
    assert reply.error is None


class Elsewhere(Broken):
    """An encoder that runs who knows where, and counts what it sees."""

    name = "elsewhere"
    recipient = "remote model"
    saw = 0

    def encode(self, images: list[bytes]) -> npt.NDArray[np.float32]:
        self.saw += len(images)
        return super().encode(images)


def test_a_remote_encoder_sees_reference_pictures_where_a_rule_lets_it(
    open_store: Callable[..., MemoryStore],
) -> None:
    encoder = Elsewhere()
    store = open_store(image_encoder=encoder)
    ana = store.user("ana")
    ana.concepts["bo"] = Concept("Bo", consent=True)
    ana.pictures.add("bo", BO)

    [reply] = offline(store, ("Who is this?", [again(1)]))
    assert "lets see no reference picture" in (reply.missed or "")
    assert encoder.saw == 0
    with pytest.raises(InvalidInputError, match="policy"):
        ana.pictures.recognise(again(1))
    store.close()

    policy = Policy("ours", (Rule("pictures", "keep", frozenset({"picture"})), *STANDARD.rules))
    store = open_store(image_encoder=encoder, privacy=policy)
    [reply] = offline(store, ("Who is this?", [again(1)]))
    assert reply.sightings[0].keys == ("bo",)


def test_thresholds_and_detector_of_the_store_are_used_in_a_turn(
    open_store: Callable[..., MemoryStore],
) -> None:
    class Nothing:
        asked = 0

        def detect(self, image: bytes) -> list[Box]:
            self.asked += 1
            return []

    detector = Nothing()
    strict = Thresholds(accept=2.0, ask=2.0, margin=0.0)
    store = open_store(thresholds=strict, detector=detector)
    ana = store.user("ana")
    ana.concepts["bo"] = Concept("Bo", consent=True)
    ana.pictures.add("bo", BO)
    [reply] = offline(store, ("Who is this?", [BO]))
    assert reply.sightings[0].keys == ()
    assert detector.asked == 1


class TestCloseCalls:
    def test_a_close_call_is_asked_and_the_no_is_remembered(
        self, store: MemoryStore, twins: UserMemory
    ) -> None:
        asked, told, again_shown = offline(
            store,
            ("Who is this?", [again(1)]),
            ("It's Rex.", []),
            ("Who is this?", [again(1)]),
        )
        assert asked.used == ()
        assert "may be" in asked.text
        assert asked.text.endswith("which is it?")
        assert told.error is None
        assert again_shown.text == "That is Rex."

    @pytest.mark.parametrize(
        ("answer", "left"),
        [
            ("No.", ()),
            ("Neither, that is the neighbour's dog.", ()),
            ("Not Bo.", ("rex",)),
            ("No, it's Bo", ("bo",)),
            ("That isn't Rex, it's Bo!", ("bo",)),
            ("No problem, what's for dinner?", None),
            ("Where do I live?", None),
            ("No thanks", None),
            ("What does Bo eat?", None),
            ("Is it Bo?", None),
            ("I don't think it's Bo", None),
            ("It looks like Bo but it isn't him", None),
            ("It might be Rex.", None),
            ("Bo and Rex went for a walk.", None),
            ("It's Bo. What does he eat?", ("bo",)),
            ("yes, that's Rex!", ("rex",)),
            ("That is not Bo but Rex", ("rex",)),
            ("It's neither of them.", ()),
            ("It is neither.", ()),
            ("No, that's Tim.", ()),
            ("That's wrong, it's Rex!", ("rex",)),
        ],
    )
    def test_what_the_user_answers_is_understood(
        self, store: MemoryStore, twins: UserMemory, answer: str, left: tuple[str, ...] | None
    ) -> None:
        offline(store, ("Who is this?", [again(1)]), (answer, []))

        found = twins.pictures.recognise(again(1))

        if left is None:
            assert [set(call.keys) for call in found.unsure] == [{"bo", "rex"}]
        else:
            assert found.keys == left
            assert found.unsure == ()

    def test_what_was_answered_is_said_to_be_noted(
        self, store: MemoryStore, twins: UserMemory
    ) -> None:
        _, yes, _, no = offline(
            store,
            ("Who is this?", [again(1)]),
            ("It's Rex.", []),
            ("Who is this?", [STRANGER]),
            ("No.", []),
        )
        assert yes.text == "Noted: that is Rex."
        assert no.text != "Noted."
        assistant, model = assistant_of(
            store, "Bo or Rex?", "Fine.", answers=[SameAnswer(picture=0, certainty=0)]
        )
        twins.concepts["fido"] = Concept("Fido", consent=True)
        twins.pictures.add("fido", BO)
        with assistant:
            assistant.turn("ana", "Who is this?", images=[again(1)], thread_id="other")
            assistant.turn("ana", "It's Fido.", thread_id="other")
        assert "the user says that it was [c3] ⟦Fido⟧" in requests_of(model)[1].turn.render()

    def test_a_no_is_forgotten_with_the_message_that_its_picture_came_with(
        self, store: MemoryStore, twins: UserMemory
    ) -> None:
        asked, _ = offline(store, ("Who is this?", [again(1)]), ("It's Rex.", []))
        assert [each.observation for each in twins.pictures.denials("bo")] == [asked.observation]
        assert asked.observation is not None
        twins.forget(observations=[asked.observation])
        assert twins.pictures.denials("bo") == []

    def test_a_no_to_something_else_counts_for_nothing(
        self, store: MemoryStore, twins: UserMemory
    ) -> None:
        assistant, _ = assistant_of(
            store,
            "A nice dog. Shall I go on?",
            "Fine.",
            answers=[SameAnswer(picture=0, certainty=0)],
        )
        with assistant:
            assistant.turn("ana", "Look!", images=[again(1)])
            assistant.turn("ana", "No.")
        assert len(twins.pictures.recognise(again(1)).unsure) == 1

    def test_what_is_confirmed_is_what_he_means(
        self, store: MemoryStore, twins: UserMemory
    ) -> None:
        twins.concepts.describe("rex", "eats", "tuna")
        *_, reply = offline(
            store,
            ("Who is this?", [again(1)]),
            ("That's Rex.", []),
            ("What does he eat?", []),
        )
        assert "tuna" in reply.text

    def test_a_concept_that_is_gone_when_the_answer_comes_harms_nothing(
        self, store: MemoryStore, twins: UserMemory
    ) -> None:
        with Assistant(store=store, reflect="manual") as assistant:
            assistant.turn("ana", "Who is this?", images=[again(1)])
            twins.concepts.forget("bo")
            reply = assistant.turn("ana", "It's Rex")
        assert reply.error is None


class TestTheUsersWord:
    def test_a_picture_that_is_like_nothing_is_kept_when_the_user_says_whom_it_shows(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        taught, asked = offline(
            store, ("This is my dog Bo.", [STRANGER]), ("Who is this?", [again(3)])
        )
        assert taught.text == "Noted: that is Bo. I keep the picture, to know Bo again."
        assert asked.text == "That is Bo."
        assert len(pictured.concepts["bo"].images) == 2
        pictured.concepts.undo()
        assert len(pictured.concepts["bo"].images) == 1

    @pytest.mark.parametrize(
        "message", ["Is this Bo?", "I think this is Bo.", "Bo saw this.", "This is not Bo."]
    )
    def test_nothing_is_kept_where_it_is_not_said_plainly(
        self, store: MemoryStore, pictured: UserMemory, message: str
    ) -> None:
        offline(store, (message, [STRANGER]))
        assert len(pictured.concepts["bo"].images) == 1

    def test_nothing_is_kept_of_a_picture_on_which_nothing_is_to_be_seen(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        offline(store, ("This is my dog Bo.", [encoded(Image.new("RGB", (280, 280), "grey"))]))
        assert len(pictured.pictures.of("bo")) == 1

    def test_nothing_is_kept_without_consent(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        pictured.concepts["tim"] = Concept("Tim")
        [reply] = offline(store, ("This is Tim.", [STRANGER]))
        assert "nobody" in reply.text
        assert pictured.concepts["tim"].images == ()

    def test_nothing_is_kept_of_a_private_message(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        pictured.private.add("chess")
        offline(store, ("We were at chess. This is Bo.", [STRANGER]))
        assert len(pictured.concepts["bo"].images) == 1

    def test_who_is_taken_for_another_can_be_put_right(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        offline(store, ("This is not Bo!", [again(1)]))
        assert pictured.pictures.recognise(again(1)).keys == ()
        [reply] = offline(store, ("Who is this?", [again(1)]))
        assert "nobody" in reply.text

    def test_words_beside_a_close_call_settle_it(
        self, store: MemoryStore, twins: UserMemory
    ) -> None:
        [reply] = offline(store, ("This is Rex.", [again(1)]))
        assert [sighting.keys for sighting in reply.sightings] == [("rex",)]
        assert twins.pictures.recognise(again(1)).keys == ("rex",)

    def test_a_later_yes_takes_an_earlier_no_back(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        pictured.pictures.not_of("bo", again(1))
        call = CloseCall(("bo",), "phash-v1", vector_of(again(1)))
        pictured.pictures.affirm("bo", call)
        assert pictured.pictures.recognise(again(1)).keys == ("bo",)

    def test_what_is_recognised_is_not_followed_by_an_i_do_not_know(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        [reply] = offline(store, ("What is on these?", [again(1), STRANGER]))
        assert reply.text == "Picture 1 is Bo. Picture 2 shows nobody and nothing that I know."


class TestModelThatSees:
    def test_it_is_shown_the_pictures_by_number(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        assistant, model = assistant_of(store, "Bo!")
        with assistant:
            assistant.turn("ana", "Who is this?", images=[STRANGER, again(1)])
        turn = requests_of(model)[0].turn
        assert [(line.number, line.role, bool(line.data)) for line in turn.pictures] == [
            (1, "shown", True),
            (2, "shown", True),
            (3, "on record", True),
        ]
        text = turn.render()
        assert "1 (attached, shown by the user now): Nobody and nothing on record" in text
        assert "2 (attached, shown by the user now): [c1] ⟦Bo⟧ is recognised." in text
        assert "3 (attached, on record): [c1] ⟦Bo⟧." in text

    def test_a_prompt_without_pictures_says_nothing_of_any(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        assistant, model = assistant_of(store, "Salmon.", "Brown.")
        with assistant:
            assistant.turn("ana", "What does Bo eat?")
            assistant.turn("ana", "What colour is Bo?")
        first, second = requests_of(model)
        assert first.turn.pictures == ()
        assert "icture" not in first.turn.render()
        assert [line.role for line in second.turn.pictures] == ["on record"]

    def test_many_pictures_are_shown_smaller(self, store: MemoryStore) -> None:
        large = encoded(drawing(5, size=1_600))
        assistant, model = assistant_of(store, "One.", "Four.")
        with assistant:
            assistant.turn("ana", "Look!", images=[large])
            assistant.turn("ana", "Look!", images=[large] * 4)
        [one], four = (request.turn.pictures for request in requests_of(model))
        assert width(one) == SHOWN_SIDE
        assert 4 * (width(four[0]) / 28) ** 2 <= 2_400
        assert len(four) == 4

    def test_it_settles_a_close_call(self, store: MemoryStore, twins: UserMemory) -> None:
        def judged(prompt: SamePrompt) -> SameAnswer:
            [number] = [
                line.number for line in prompt.pictures[1:] if line.recognised[0].name == "Rex"
            ]
            return SameAnswer(picture=number, certainty=95)

        assistant, model = assistant_of(store, "Rex.", answers=[judged])
        with assistant:
            reply = assistant.turn("ana", "Who is this?", images=[again(1)])

        assert [sighting.keys for sighting in reply.sightings] == [("rex",)]
        assert "confirmed by the model" in reply.used[0].why
        [asked] = prompts_of(model)
        assert [line.number for line in asked.pictures] == [1, 2, 3]
        assert all(line.data for line in asked.pictures)

    @pytest.mark.parametrize(
        "answer",
        [
            SameAnswer(picture=2, certainty=40),
            SameAnswer(picture=1, certainty=99),
            SameAnswer(picture=9, certainty=99),
            ModelUnavailableError("It is down."),
        ],
    )
    def test_what_it_cannot_settle_is_left_to_the_user(
        self, store: MemoryStore, twins: UserMemory, answer: SameAnswer | ModelUnavailableError
    ) -> None:
        assistant, model = assistant_of(store, "Bo or Rex?", answers=[answer])
        with assistant:
            reply = assistant.turn("ana", "Who is this?", images=[again(1)])
        assert len(reply.sightings[0].unsure) == 1
        assert "or neither: ask which" in requests_of(model)[0].turn.render()

    def test_none_of_them_is_an_answer_too(self, store: MemoryStore, twins: UserMemory) -> None:
        assistant, _ = assistant_of(store, "A dog.", answers=[SameAnswer(picture=0, certainty=90)])
        with assistant:
            reply = assistant.turn("ana", "Who is this?", images=[again(1)])
        assert (reply.sightings[0].seen, reply.sightings[0].unsure) == ((), ())
        assert len(twins.pictures.recognise(again(1)).unsure) == 1  # only the user's no is kept

    def test_references_go_to_no_remote_model(self, store: MemoryStore, twins: UserMemory) -> None:
        assistant, model = assistant_of(store, "Hm.", "Brown.", recipient="remote model")
        with assistant:
            reply = assistant.turn("ana", "Who is this?", images=[again(1)])
            assistant.turn("ana", "What colour is Bo?")
        assert prompts_of(model) == []
        assert len(reply.sightings[0].unsure) == 1
        roles = [[line.role for line in request.turn.pictures] for request in requests_of(model)]
        assert roles == [["shown"], []]
        withheld = [d for d in twins.privacy.decisions() if d.kind == "picture"]
        assert {(d.action, d.recipient) for d in withheld} == {("withhold", "remote model")}

    def test_a_private_candidate_is_shown_to_no_model(
        self, store: MemoryStore, twins: UserMemory
    ) -> None:
        twins.concepts["bo"] = Concept(
            "Bo", attributes={"note": "my chemotherapy"}, images=twins.concepts["bo"].images,
            consent=True,
        )  # fmt: skip
        twins.private.add("chemotherapy")
        assistant, model = assistant_of(store, "Rex!")
        with assistant:
            reply = assistant.turn("ana", "Who is this?", images=[again(1)])
        assert prompts_of(model) == []
        assert reply.sightings[0].keys == ("rex",)  # what is private is not compared either
        assert "chemotherapy" not in requests_of(model)[0].turn.render()

    def test_a_private_concept_is_named_to_no_model(
        self, store: MemoryStore, pictured: UserMemory
    ) -> None:
        pictured.private.add("Bo")
        assistant, model = assistant_of(store, "A dog.")
        with assistant:
            assistant.turn("ana", "Who is this?", images=[again(1)])
        [request] = requests_of(model)
        assert "Bo" not in request.turn.render()
        assert [line.role for line in request.turn.pictures] == ["shown"]


def test_a_retry_of_an_answered_message_looks_at_nothing_twice(
    store: MemoryStore, pictured: UserMemory
) -> None:
    assistant, model = assistant_of(store, "Bo.", "never")
    with assistant:
        for _ in range(2):
            reply = assistant.turn("ana", "Who is this?", message_id="m1", images=[again(1)])
            assert reply.text == "Bo."
    assert len(requests_of(model)) == 1


def test_an_answered_message_that_comes_again_reports_no_other_messages_pictures(
    store: MemoryStore, pictured: UserMemory
) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        assistant.turn("ana", "Who is this?", images=[again(1)], message_id="m1")
        assistant.turn("ana", "And this?", images=[again(2)], message_id="m2")
        repeated = assistant.turn("ana", "Who is this?", images=[again(1)], message_id="m1")
    assert repeated.text == "That is Bo."
    assert repeated.sightings == ()


def test_a_private_message_with_a_picture_leaves_no_checkpoint(
    store: MemoryStore, pictured: UserMemory, folder: Path
) -> None:
    pictured.private.add("chess")
    [reply] = offline(store, ("Who is this at chess?", [again(1)]))
    assert [sighting.keys for sighting in reply.sightings] == [("bo",)]
    [file] = folder.glob("users/**/*.db")
    with closing(sqlite3.connect(file)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
        assert (
            "checkpoints" not in tables
            or not connection.execute("SELECT 1 FROM checkpoints").fetchall()
        )


def vector_of(picture: bytes) -> bytes:
    return bytes(PerceptualHash().encode([prepare(picture).data])[0].tobytes())


def requests_of(model: object) -> list:  # type: ignore[type-arg]
    assert isinstance(model, ScriptedReasoner)
    return model.requests


def prompts_of(model: object) -> list:  # type: ignore[type-arg]
    assert isinstance(model, ScriptedReasoner)
    return model.prompts


def width(line: PictureLine) -> int:
    from io import BytesIO

    from PIL import Image

    return Image.open(BytesIO(line.data)).width


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (bytearray(BO), "Give a list"),
        (memoryview(BO), "Give a list"),
        (BytesIO(BO), "Give a list"),
        (Path("bo.png"), "Give a list"),
        (drawing(1), "Give a list"),
        ([BytesIO(BO)], "Picture 1 of 1: .*getvalue"),
        ([BO, None], "Picture 2 of 2: .*NoneType"),
    ],
    ids=["bytearray", "memoryview", "buffer", "path", "PIL image", "a buffer in a list", "nothing"],
)
def test_pictures_of_another_type_are_refused_in_words(
    ana: UserMemory, store: MemoryStore, images: Any, told: str
) -> None:
    with Assistant(store=store) as assistant, pytest.raises(InvalidInputError, match=told):
        assistant.turn("ana", "Who is this?", images=images)
    assert not ana.exists
