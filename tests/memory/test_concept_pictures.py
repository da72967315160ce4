"""Pictures of concepts through `ana.pictures`: kept with consent, recognised, undone, forgotten."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.concept_images import again, drawing, encoded

from usermind import Concept, MemoryStore, UserMemory
from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.image_rows import Images
from usermind.models.images import PerceptualHash

BO, MIA, STRANGER = (encoded(drawing(seed)) for seed in (1, 2, 3))


@pytest.fixture
def pictured(ana: UserMemory) -> UserMemory:
    for key, picture in (("bo", BO), ("mia", MIA)):
        ana.concepts[key] = Concept(key.title(), consent=True)
        ana.pictures.add(key, picture)
    return ana


def blobs(ana: UserMemory) -> int:
    with ana.open() as file, file.database.read() as connection:
        return int(connection.execute("SELECT COUNT(*) FROM image").fetchone()[0])


def vectors(ana: UserMemory) -> int:
    with ana.open() as file, file.database.read() as connection:
        return int(connection.execute("SELECT COUNT(*) FROM image_vector").fetchone()[0])


def test_a_concept_is_known_again_and_a_stranger_is_nobody(pictured: UserMemory) -> None:
    assert pictured.pictures.recognise(again(1)).keys == ("bo",)
    assert pictured.pictures.recognise(again(2)).keys == ("mia",)
    found = pictured.pictures.recognise(STRANGER)
    assert (found.seen, found.unsure) == ((), ())


def test_pictures_are_kept_only_with_consent(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo")
    with pytest.raises(InvalidInputError, match="consent"):
        ana.pictures.add("bo", BO)
    assert blobs(ana) == 0
    with pytest.raises(UnknownItemError):
        ana.pictures.add("rex", BO)
    assert blobs(ana) == 0


def test_who_takes_consent_back_is_not_recognised(pictured: UserMemory) -> None:
    kept = pictured.concepts["bo"]
    pictured.concepts["bo"] = Concept("Bo", images=kept.images, consent=False)
    assert pictured.pictures.recognise(again(1)).keys == ()


@pytest.mark.parametrize("bad", [b"", b"GIF89a", BO[:200], "http://localhost/bo.png", Path("/nix")])
def test_a_picture_that_cannot_be_used_changes_nothing(
    pictured: UserMemory, bad: bytes | str | Path
) -> None:
    for call in (
        pictured.pictures.recognise,
        lambda each: pictured.pictures.add("bo", each),
    ):
        with pytest.raises(InvalidInputError):
            call(bad)
    assert blobs(pictured) == 2
    assert pictured.pictures.recognise(again(1)).keys == ("bo",)


def test_a_picture_is_taken_away_and_comes_back_by_undo(pictured: UserMemory) -> None:
    [image] = pictured.concepts["bo"].images
    pictured.pictures.remove("bo", image)
    assert pictured.pictures.recognise(again(1)).keys == ()
    with pytest.raises(UnknownItemError):
        pictured.pictures.remove("bo", image)
    pictured.concepts.undo()
    assert pictured.pictures.recognise(again(1)).keys == ("bo",)
    assert [each.id for each in pictured.pictures.of("bo")] == [image]


def test_consent_that_is_taken_back_takes_the_pictures_for_good(pictured: UserMemory) -> None:
    assert pictured.pictures.recognise(again(1)).keys == ("bo",)  # there are vectors now
    pictured.concepts["bo"] = replace(pictured.concepts["bo"], consent=False)
    assert pictured.concepts["bo"].images == ()
    assert blobs(pictured) == 1
    assert vectors(pictured) == 1
    while pictured.concepts.undo():
        assert blobs(pictured) <= 1
        assert "bo" not in pictured.concepts or not pictured.concepts["bo"].consent


def test_a_picture_is_forgotten_for_good_taken_away_or_not(pictured: UserMemory) -> None:
    [bo], [mia] = (pictured.concepts[key].images for key in ("bo", "mia"))
    pictured.pictures.recognise(again(1))
    data = pictured.pictures.of("bo")[0].data
    pictured.pictures.remove("bo", bo)
    for key, image in (("bo", bo), ("mia", mia)):
        receipt = pictured.pictures.forget(key, image)
        assert (receipt.pictures, receipt.vectors, receipt.verified) == (1, 1, True)
        with pytest.raises(UnknownItemError):
            pictured.pictures.forget(key, image)
    assert blobs(pictured) == 0
    assert list(pictured.concepts) == ["bo", "mia"]
    assert pictured.concepts.undo() == ()
    with pictured.open() as file:
        assert data[200:232] not in file.database.image()


def test_a_picture_of_two_is_forgotten_of_one(pictured: UserMemory) -> None:
    pictured.pictures.add("mia", BO)
    [bo] = pictured.concepts["bo"].images
    assert pictured.pictures.forget("bo", bo).pictures == 0
    assert bo in pictured.concepts["mia"].images
    assert blobs(pictured) == 2


def test_consent_and_its_first_picture_are_one_edit(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo")
    with pytest.raises(InvalidInputError):
        ana.pictures.add("bo", BO[:200], consent=True)
    assert not ana.concepts["bo"].consent
    ana.pictures.add("bo", BO, consent=True)
    assert ana.concepts["bo"].consent
    ana.concepts.undo()
    assert not ana.concepts["bo"].consent
    assert blobs(ana) == 0


def test_what_was_denied_is_listed_and_taken_back(pictured: UserMemory) -> None:
    assert pictured.pictures.denials("bo") == []
    pictured.pictures.not_of("bo", again(1))
    [denial] = pictured.pictures.denials("bo")
    assert (denial.encoder, denial.observation) == ("phash-v1", None)
    with pytest.raises(UnknownItemError):
        pictured.pictures.take_back("mia", denial.id)
    pictured.pictures.take_back("bo", denial.id)
    assert pictured.pictures.denials("bo") == []
    assert pictured.pictures.recognise(again(1)).keys == ("bo",)
    with pytest.raises(UnknownItemError):
        pictured.pictures.denials("rex")


def test_pictures_leave_the_file_with_the_last_edit_that_holds_them(pictured: UserMemory) -> None:
    [bo] = pictured.concepts["bo"].images
    pictured.pictures.remove("bo", bo)
    for place in range(99):
        pictured.concepts.describe("mia", "seen", str(place))
    assert blobs(pictured) == 2
    pictured.concepts.describe("mia", "seen", "now")
    assert blobs(pictured) == 1


def test_a_picture_that_was_undone_leaves_the_file(pictured: UserMemory) -> None:
    pictured.concepts.undo()
    assert blobs(pictured) == 1


def test_a_forgotten_concept_takes_its_pictures_and_no_one_elses(pictured: UserMemory) -> None:
    pictured.pictures.add("mia", BO)
    [first] = pictured.concepts["bo"].images
    pictured.concepts.forget("bo")
    assert first in pictured.concepts["mia"].images
    pictured.concepts.forget("mia")
    assert blobs(pictured) == 0
    with pictured.open() as file:
        assert b"\xff\xd8\xff" not in file.database.image()


def test_the_bytes_of_a_forgotten_picture_are_searched_for(pictured: UserMemory) -> None:
    receipt = pictured.concepts.forget("bo")
    assert (receipt.concepts, receipt.pictures, receipt.residue) == (("c1",), 1, 0)
    assert receipt.searched > 20
    with pictured.open() as file, file.database.write() as connection:
        connection.execute("CREATE TABLE careless AS SELECT data FROM image")
    careless = pictured.concepts.forget("mia")
    assert careless.pictures == 1
    assert careless.residue > 20


def test_what_the_user_denies_is_not_taken_for_it_again(pictured: UserMemory) -> None:
    pictured.pictures.not_of("bo", again(1))
    assert pictured.pictures.recognise(again(1)).keys == ()
    with pytest.raises(UnknownItemError):
        pictured.pictures.not_of("rex", BO)


def test_merging_and_splitting_keep_pictures(pictured: UserMemory) -> None:
    images = [*pictured.concepts["bo"].images, *pictured.concepts["mia"].images]
    assert list(pictured.concepts.merge("bo", "mia").images) == images
    pictured.concepts.split("bo", "mia", "Mia", images=images[1:])
    assert pictured.pictures.recognise(again(2)).keys == ("mia",)


def test_merging_spreads_no_consent(pictured: UserMemory) -> None:
    [image] = pictured.concepts["mia"].images
    pictured.concepts["mia"] = Concept("Mia", images=(image,))
    assert image not in pictured.concepts.merge("bo", "mia").images


def test_an_id_that_is_no_picture_is_refused(ana: UserMemory) -> None:
    with pytest.raises(UnknownItemError, match="picture"):
        ana.concepts["bo"] = Concept("Bo", images=("i" + "0" * 32,), consent=True)
    assert len(ana.concepts) == 0


def test_users_recognise_only_their_own(pictured: UserMemory, store: MemoryStore) -> None:
    ben = store.user("ben")
    assert ben.pictures.recognise(again(1)).keys == ()
    assert not ben.exists


def test_an_export_holds_the_pictures(pictured: UserMemory, tmp_path: Path) -> None:
    pictured.export(tmp_path / "ana.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "ana.jsonl").read_text().splitlines()]
    kept = {pictured.pictures.of(key)[0].data for key in ("bo", "mia")}
    assert {base64.b64decode(line["data"]) for line in lines if line["type"] == "picture"} == kept


def test_another_encoder_may_be_given_to_the_store(tmp_path: Path) -> None:
    made = []

    def make() -> PerceptualHash:
        made.append(PerceptualHash())
        return made[-1]

    with MemoryStore(tmp_path, embedder="lexical", image_encoder=make) as store:
        ana = store.user("ana")
        ana.concepts["bo"] = Concept("Bo", consent=True)
        ana.pictures.add("bo", BO)
        assert made == []
        for _ in range(2):
            assert ana.pictures.recognise(again(1)).keys == ("bo",)
    assert len(made) == 1


def negatives(ana: UserMemory) -> int:
    with ana.open() as file, file.database.read() as connection:
        return int(connection.execute("SELECT COUNT(*) FROM image_negative").fetchone()[0])


def test_what_was_denied_of_a_picture_goes_with_its_message(pictured: UserMemory) -> None:
    said = pictured.observe("Who is this?").id
    assert said is not None
    [concept] = pictured.concepts.ids(["bo"])
    with pictured.open() as file:
        kept = Images(file.database)
        kept.reject(int(concept[1:]), "phash-v1", b"\0\0\0\0", int(said[1:]))
        kept.reject(int(concept[1:]), "phash-v1", b"\0\0\0\1", int(said[1:]))
        kept.reject(int(concept[1:]), "phash-v1", b"\0\0\0\1")  # of no message: it stays
        with pytest.raises(UnknownItemError, match="o99"):
            kept.reject(int(concept[1:]), "phash-v1", b"\0\0\0\2", 99)
    assert negatives(pictured) == 2
    receipt = pictured.forget(observations=[said])
    assert receipt.vectors == 1
    assert negatives(pictured) == 1


def test_what_was_denied_is_kept_under_another_key_and_by_a_merge(pictured: UserMemory) -> None:
    pictured.pictures.not_of("bo", again(1))
    pictured.concepts.rename("bo", "rex")
    assert pictured.pictures.recognise(again(1)).keys == ()
    pictured.concepts.undo()
    assert pictured.pictures.recognise(again(1)).keys == ()
    pictured.concepts.merge("mia", "bo")
    assert negatives(pictured) == 1
    assert pictured.pictures.recognise(again(1)).keys == ()
