"""What a catalogue's embedder overhears of a user."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.films import THINGS, films, watched

from usermind import UserMemory
from usermind.errors import ModelUnavailableError
from usermind.models.embeddings import LexicalEmbedder
from usermind.tools import Advisor, Catalogue, Item
from usermind.tools.gate import gated
from usermind.tools.recommenders import Event, Preference, UserQuery
from usermind.types import ModelPlace

CLAIM = "Ana loves films about lighthouse keepers."


class Elsewhere(LexicalEmbedder):
    """Computes where others may listen; keeps what it was asked."""

    recipient: ModelPlace = "remote model"

    def __init__(self) -> None:
        self.heard: list[str] = []

    def embed_query(self, text: str) -> list[float]:
        self.heard.append(text)
        return super().embed_query(text)


class Here(Elsewhere):
    """Computes in this process."""

    recipient = "offline"


class Down(LexicalEmbedder):
    """Fails with an error of its own library, once it is down."""

    down = False

    def embed_query(self, text: str) -> list[float]:
        if self.down:
            raise RuntimeError(f"no route to host, for {text!r}")
        return super().embed_query(text)


@pytest.fixture
def advised_by(tmp_path: Path) -> Callable[[LexicalEmbedder], Advisor]:
    def make(embedder: LexicalEmbedder) -> Advisor:
        catalogue = Catalogue(tmp_path / "films", embedder=embedder)
        catalogue.add(films())
        catalogue.add_interactions(list(watched()))
        catalogue.things = THINGS
        return Advisor(catalogue)

    return make


def test_what_is_private_never_reaches_an_embedder_elsewhere(
    advised_by: Callable[[LexicalEmbedder], Advisor], ana: UserMemory
) -> None:
    embedder = Elsewhere()
    advisor = advised_by(embedder)
    ana.remember(CLAIM, evidence=None, author="user")
    message = "Recommend a film with boats and storms, and mail it to ana.k@example.org."

    advisor.advise(ana, message)
    before = " ".join(embedder.heard)
    embedder.heard.clear()
    ana.private.add("lighthouse keepers")
    advisor.advise(ana, f"{message} Now.")
    after = " ".join(embedder.heard)

    assert "lighthouse" in before, "a claim that is not private is of use"
    assert "lighthouse" not in after
    assert "storms" in after
    assert "example.org" not in before + after


def test_a_message_on_what_is_private_never_reaches_an_embedder_elsewhere(
    advised_by: Callable[[LexicalEmbedder], Advisor], ana: UserMemory
) -> None:
    embedder = Elsewhere()
    advisor = advised_by(embedder)
    message = "Recommend a comedy film about my divorce and the storms of it."
    advisor.advise(ana, message)
    assert "divorce" in " ".join(embedder.heard), "what is not private is of use"
    embedder.heard.clear()

    ana.private.add("my divorce")
    advice = advisor.advise(ana, message)

    assert embedder.heard == []
    assert {each.item.words("genre") for each in advice.recommendations} == {("Comedy",)}
    reasons = [reason.kind for each in advice.recommendations for reason in each.reasons]
    assert "words" not in reasons
    assert gated(ana, UserQuery(text=message), "local model").text == ""
    assert gated(ana, UserQuery(text=message), "offline").text == message


def test_an_embedder_of_this_process_hears_all(
    advised_by: Callable[[LexicalEmbedder], Advisor], ana: UserMemory
) -> None:
    embedder = Here()
    ana.remember(CLAIM, evidence=None, author="user")
    ana.private.add("lighthouse keepers")

    advised_by(embedder).advise(ana, "A film about the mail of ana.k@example.org, with storms.")

    assert "example.org" in " ".join(embedder.heard)
    assert "lighthouse" in " ".join(embedder.heard)


def test_what_is_matched_here_stays_in_a_query_that_is_gated(ana: UserMemory) -> None:
    ana.private.add("horror")
    query = UserQuery(
        events=(Event("h1"),),
        preferences=(
            Preference("likes horror films", attribute="genre", value="Horror", memory="p1"),
            Preference("likes long walks", polarity=-1, confidence=0.5),
        ),
        text="write to ana.k@example.org",
        session=("h2",),
    )

    seen = gated(ana, query, "remote model")

    assert [each.text for each in seen.preferences] == ["", "likes long walks"]
    assert (seen.preferences[0].attribute, seen.preferences[0].value) == ("genre", "Horror")
    assert seen.preferences[1] == query.preferences[1]
    assert (seen.events, seen.session) == (query.events, query.session)
    assert "example.org" not in seen.text
    assert gated(ana, query, "offline") == query
    assert gated(ana, query, "who knows") == seen


def test_an_embedder_that_raises_its_own_error_is_a_model_that_failed(
    advised_by: Callable[[LexicalEmbedder], Advisor], ana: UserMemory
) -> None:
    embedder = Down()
    advisor = advised_by(embedder)
    embedder.down = True

    with pytest.raises(ModelUnavailableError, match=r"RuntimeError") as failed:
        advisor.advise(ana, "A film with boats and storms.")
    with pytest.raises(ModelUnavailableError, match=r"RuntimeError"):
        advisor.catalogue.search("boats")
    with pytest.raises(ModelUnavailableError, match=r"RuntimeError"):
        advisor.catalogue.add([Item("n1", "Far Lamp")])  # which embeds documents

    assert "storms" not in str(failed.value)
