"""What tests of benchmarks share: a model that answers what it is told to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind.evals.benchmarks import Asker, Recording
from usermind.prompts import AnswerQuestionAnswer
from usermind.testing import ScriptedReasoner

Says = Callable[[Any], str]
"""Returns the answer to a prompt."""


@pytest.fixture
def asker(tmp_path: Path) -> Callable[..., Asker]:
    """Return what asks a model that says the same to all, or what a function makes of a prompt."""

    def make(says: str | Says = "", *, path: Path | None = None, calls: int = 100) -> Asker:
        def answer(prompt: Any) -> AnswerQuestionAnswer:
            return AnswerQuestionAnswer(answer=says if isinstance(says, str) else says(prompt))

        model = ScriptedReasoner([answer] * calls)
        return Asker(model if path is None else Recording(path, lambda _: model))

    return make
