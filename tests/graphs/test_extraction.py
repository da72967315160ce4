"""Entities by a model: believed where the text says them, by rules where no model can be asked."""

import pytest

from usermind import UserMemory
from usermind.errors import ModelUnavailableError
from usermind.graphs.extraction import ModelExtractor
from usermind.prompts import EntitiesAnswer
from usermind.testing import ScriptedReasoner
from usermind.types import ModelPlace

TEXT = "night train to Vienna with the Orient Express"


def names(ana: UserMemory) -> set[str]:
    return {entity.name for entity in ana.entities.list()}


def test_what_the_text_does_not_say_is_not_an_entity(ana: UserMemory) -> None:
    model = ScriptedReasoner([EntitiesAnswer(names=["Vienna", "orient express", "Paris", " "])])
    ana.entities.record(TEXT, extract=ModelExtractor(ana, model))
    assert names(ana) == {"Vienna", "orient express"}
    assert "⟦night train" in model.prompts[0].render()


def test_rules_answer_where_the_model_is_down(ana: UserMemory) -> None:
    model = ScriptedReasoner([ModelUnavailableError("down")])
    ana.entities.record(TEXT, extract=ModelExtractor(ana, model))
    assert {"Vienna", "Orient Express"} <= names(ana)


def test_the_offline_engine_is_not_asked(ana: UserMemory) -> None:
    model = ScriptedReasoner(recipient="offline")
    ana.entities.record(TEXT, extract=ModelExtractor(ana, model))
    assert model.prompts == []
    assert "Vienna" in names(ana)


@pytest.mark.parametrize("place", ["local model", "remote model"])
def test_a_private_text_is_shown_to_no_model(ana: UserMemory, place: ModelPlace) -> None:
    ana.private.add("my health")
    model = ScriptedReasoner(recipient=place)
    ana.entities.record("my diabetes and the Mayo Clinic", extract=ModelExtractor(ana, model))
    assert model.prompts == []
    assert names(ana) == set()
