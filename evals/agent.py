"""The agent that is evaluated: usermind's own assistant, or whatever answers as it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from usermind.agents import Assistant, Reply
from usermind.memory import ReflectionReport

if TYPE_CHECKING:
    from usermind.graphs.plan import Planner
    from usermind.models.reasoner import Reasoner
    from usermind.store import MemoryStore
    from usermind.tools.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Equipment:
    """What an agent has for one run. What it does not use, no ablation can take from it."""

    store: MemoryStore
    """New, with what was before already stored, and on the clock of the scenario."""
    reasoner: Reasoner
    """What replies and learns. Calls of tools are noted where it makes them."""
    planner: Planner
    """Plans by rules, without the profile or the concepts where those are taken away."""
    catalogue: Catalogue | None


class Agent(Protocol):
    """Replies to messages and learns from them; `usermind.Assistant` is one."""

    def turn(
        self,
        user_id: str,
        message: str,
        *,
        thread_id: str = "main",
        message_id: str | None = None,
        images: Sequence[bytes | Path | str] = (),
    ) -> Reply:
        """Return the reply to a message; see `Assistant.turn`."""
        ...

    def reflect(self, user_id: str) -> ReflectionReport:
        """Learn from what is new."""
        ...

    def close(self) -> None:
        """Finish; the store stays open."""
        ...


AgentMaker = Callable[[Equipment], Agent]


def assistant(given: Equipment) -> Agent:
    """Return the assistant that is evaluated where no other agent is named."""
    return Assistant(
        store=given.store,
        model=given.reasoner,
        reflect="manual",
        planner=given.planner,
        catalogue=given.catalogue,
        suggestions=None,
    )
