"""What one batch of reflection asks of its reasoner, within the user's daily budget."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from usermind.errors import BudgetSpentError, PromptTooLongError
from usermind.graphs.excerpts import Excerpt
from usermind.memory import UserMemory
from usermind.memory.work import Lease
from usermind.models.account import charging, metered
from usermind.models.offline import Offline
from usermind.models.reasoner import Reasoner
from usermind.prompts import Operations, ReflectPrompt

PATIENCE = timedelta(hours=24)
"""How long an observation waits for a budget with room; asked at midnight, so below twice that."""


class Asking:
    """Asks for the operations of one batch, and counts how often.

    Args:
        memory: Whose; they are charged for it.
        reasoner: Who is asked while there is room in the budget.
        taken: The batch.
    """

    def __init__(self, memory: UserMemory, reasoner: Reasoner, taken: Lease) -> None:
        self._memory, self._taken = memory, taken
        self._reasoner = metered(reasoner)
        self.calls = 0
        """Calls of the reasoner."""

    @property
    def author(self) -> str:
        """Name of whoever answered."""
        return self._reasoner.name

    def answered(
        self,
        whole: Sequence[Excerpt],
        beginnings: Sequence[Excerpt],
        prompt: Callable[[Sequence[Excerpt]], ReflectPrompt],
    ) -> tuple[Operations, Sequence[Excerpt]]:
        """Return the operations, and which excerpts they are about.

        Once; and once more, with the beginnings alone, where long observations are too much.

        Args:
            whole: All that is to be shown.
            beginnings: The same without what follows the beginning of each observation.
            prompt: Makes the prompt about some excerpts.

        Raises:
            BudgetSpentError: The batch has to wait for another day.
            ModelError: The reasoner failed.
        """
        with charging(self._memory.account):
            try:
                return self._complete(prompt(whole)), whole
            except PromptTooLongError:
                if len(beginnings) == len(whole):
                    raise
                return self._complete(prompt(beginnings)), beginnings

    def _complete(self, prompt: ReflectPrompt) -> Operations:
        if not prompt.observations:  # all of it is withheld
            return Operations(operations=[])
        self.calls += 1
        try:
            return self._reasoner.complete(prompt)
        except BudgetSpentError as spent:
            self.calls -= 1
            if not (spent.never or self._memory.now() - self._arrived() >= PATIENCE):
                raise
            self._reasoner = Offline(self._memory.embedder)  # learnt by rules is better than never
            return self._reasoner.complete(prompt)

    def _arrived(self) -> datetime:
        return min(item.ingested_at for item in self._taken.observations)
