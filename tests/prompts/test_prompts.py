"""Prompts: what reaches the model, word for word.

After a deliberate change of wording run `USERMIND_UPDATE_SNAPSHOTS=1 pytest tests/prompts` and
read the diff.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.errors import PromptFieldError
from usermind.prompts import (
    FactLine,
    KnownLine,
    MemoryLine,
    ObservationLine,
    Prompt,
    ReflectPrompt,
    SystemPrompt,
    TurnPrompt,
    quoted,
)

WHEN = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
SNAPSHOTS = Path(__file__).parent / "snapshots"
EXAMPLES: list[Prompt] = [
    SystemPrompt(user_name="Ana", facts=(FactLine("p3", "Ana lives in Oslo.", 0.96, WHEN),)),
    TurnPrompt(
        now=WHEN,
        memories=(
            MemoryLine("p3", "proposition", "Ana lives in Oslo.", "user", WHEN, 0.7, 0.96),
            MemoryLine("o1", "observation", "I moved to {Oslo} for $5", "user", WHEN, 0.5, None),
        ),
        message="Where do I live?",
    ),
    ReflectPrompt(
        user_name="Ana",
        now=WHEN,
        known=(KnownLine(1, "Ana lives in Bergen.", 0.9, "year", "home", WHEN),),
        observations=(ObservationLine(1, "user", WHEN, "first_party", "I moved to Oslo."),),
    ),
]


@pytest.mark.parametrize("prompt", EXAMPLES, ids=lambda prompt: prompt.name)
def test_the_wording_is_the_one_that_was_reviewed(prompt: Prompt) -> None:
    path = SNAPSHOTS / f"{prompt.name}.txt"
    if os.environ.get("USERMIND_UPDATE_SNAPSHOTS"):
        path.write_text(prompt.render() + "\n", "utf-8")
    assert prompt.render() + "\n" == path.read_text("utf-8")


def test_every_prompt_file_has_a_snapshot() -> None:
    files = {path.stem for path in (Path(__file__).parents[2] / "prompts").glob("*.md")}
    assert files == {prompt.name for prompt in EXAMPLES}


def test_a_class_that_differs_from_its_file_names_the_fields() -> None:
    @dataclass(frozen=True)
    class Wrong(Prompt):
        name: ClassVar[str] = "turn"
        message: str
        mood: str

    with pytest.raises(PromptFieldError, match=r"differ on \['memories', 'mood', 'now'\]"):
        Wrong(message="hi", mood="blue").render()


@given(st.text(alphabet=st.one_of(st.sampled_from("⟦⟧\n\u2028 "), st.characters())))
def test_quoted_text_cannot_close_its_fence_or_start_a_new_line(text: str) -> None:
    inside = quoted(text)[1:-1]
    assert not {"⟦", "⟧", "\n", "\r", "\u2028"} & set(inside)


@given(st.text())
def test_no_text_of_a_user_is_taken_for_a_placeholder(text: str) -> None:
    rendered = TurnPrompt(now=WHEN, memories=(), message=text).render()
    assert text.strip() in rendered
