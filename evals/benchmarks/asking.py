"""A benchmark's questions to a model: prompts in, answers out, the unusable ones counted.

An answer that is cut, that fits no schema after a repair, or whose prompt was too long is none. It
stays in its place as None, to be counted as wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from usermind.evals.at_once import at_once
from usermind.evals.benchmarks.recording import Recording
from usermind.evals.unusable import UNUSABLE
from usermind.models.reasoner import Reasoner
from usermind.prompts import AnswerQuestionAnswer, StructuredPrompt
from usermind.prompts._base import Output

Advance = Callable[[int, int], None]
"""Is told how many answers there are, and of how many."""


@dataclass(frozen=True, slots=True)
class WrittenPrompt(StructuredPrompt[AnswerQuestionAnswer]):
    """A prompt that is written out already, since the words are a data set's own."""

    name: ClassVar[str] = "benchmark"
    output: ClassVar[type[AnswerQuestionAnswer]] = AnswerQuestionAnswer
    max_tokens: ClassVar[int] = 400

    text: str

    def render(self) -> str:
        """Return the text."""
        return self.text


@dataclass(slots=True)
class Asker:
    """Puts prompts to a model, and counts the answers that were none."""

    reasoner: Reasoner
    """Perhaps a `Recording`, which asks only what it does not hold."""
    jobs: int = 1
    """Prompts at once."""
    asked: int = 0
    unusable: int = 0
    """Answers that were none; they count as wrong."""

    def __call__(self, text: str) -> str:
        """Return the answer to words of ours; empty where it was unusable.

        Raises:
            ModelError: The model is down.
        """
        (found,) = self.all([WrittenPrompt(text)])
        return "" if found is None else found.answer.strip()

    def all(
        self, prompts: Sequence[StructuredPrompt[Output]], *, progress: Advance | None = None
    ) -> list[Output | None]:
        """Return the answer to each prompt; None where it was unusable.

        The same prompt is asked once, however often it is given.

        Args:
            prompts: In any order.
            progress: Is told of each answer, in this thread.

        Raises:
            InvalidInputError: The reasoner is a recording without a model, and lacks answers.
            ModelError: The model is down. Threads that were asking go on until they are answered.
        """
        if isinstance(self.reasoner, Recording):
            self.reasoner.check(prompts)
        keys = [(prompt.name, prompt.render()) for prompt in prompts]
        once = dict(zip(keys, prompts, strict=True))
        found: dict[tuple[str, str], Output | None] = {}
        for (key, _), answer in at_once(self._answer, list(once.items()), jobs=self.jobs):
            found[key] = answer
            if progress is not None:
                progress(len(found), len(once))
        answers = [found[key] for key in keys]
        self.asked += len(answers)
        self.unusable += sum(answer is None for answer in answers)
        return answers

    def _answer(self, item: tuple[tuple[str, str], StructuredPrompt[Output]]) -> Output | None:
        _, prompt = item
        try:
            return self.reasoner.complete(prompt)
        except UNUSABLE:
            return None
