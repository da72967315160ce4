"""Suggestions beside a reply: who makes them, and what was offered in vain before."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from usermind.agents.offered import Offered
from usermind.agents.reply import Reply
from usermind.errors import InvalidInputError, UsermindError
from usermind.memory import UserMemory

if TYPE_CHECKING:
    from usermind.models.reasoner import Reasoner
    from usermind.tools.advisor import Advisor

_log = logging.getLogger(__name__)

By = Literal["rules", "model"]
"""Who says what the user could ask next."""


class Suggesting:
    """Puts next queries beside replies.

    Args:
        by: Who says them; None: nobody.
        reasoner: The model that is asked where it is the model.
        has_model: Whether there is one.
        advisor: Over the catalogue, which knows titles; None: there is none.

    Raises:
        InvalidInputError: `by` is unknown, or is the model where there is none.
    """

    def __init__(
        self,
        by: By | None,
        reasoner: Reasoner,
        *,
        has_model: bool,
        advisor: Advisor | None = None,
    ) -> None:
        if by == "model" and not has_model:
            raise InvalidInputError(
                '`suggestions="model"` has no model to ask. Nothing was opened. Pass `model=` with '
                'an endpoint or a chat model, or "rules", which need none.'
            )
        if by is not None and by not in get_args(By):
            raise InvalidInputError(
                f"`suggestions` is {by!r}. Expected {list(get_args(By))} or None. Nothing was "
                "opened."
            )
        self._by = by
        self._reasoner = reasoner if by == "model" else None
        self._advisor = advisor
        self._offered = Offered()

    def with_queries(self, reply: Reply, memory: UserMemory, message: str, since: int) -> Reply:
        """Return a reply with what the user could ask next, if there is anything.

        A reply that failed gets none, nor does one in whose turn something was forgotten. A reply
        was made and kept: what breaks here is told in `unsuggested`, and takes nothing from it.

        Args:
            reply: To the message.
            memory: Whose turn it was.
            message: What they said; it is not private.
            since: What `UserMemory.last_change` was before the turn.
        """
        if self._by is None or reply.error is not None:
            return reply
        from usermind.graphs.offering import next_requests
        from usermind.graphs.suggesting import suggested

        offered = self._offered.before(memory.user_id, reply.thread_id)
        try:
            if not memory.exists or memory.lost_since(since):
                return reply
            if requests := next_requests(reply.recommended, offered=offered):
                self._offered.add(memory.user_id, reply.thread_id, (r.text for r in requests))
                return replace(reply, suggestions=requests)
            found = suggested(
                memory,
                message,
                reply.text,
                reasoner=self._reasoner,
                offered=offered,
                titles=self._advisor.titles_in(message) if self._advisor else (),
            )
        except UsermindError as error:
            _log.warning("Nothing is suggested: %s", type(error).__name__)
            return replace(reply, unsuggested=str(error))
        self._offered.add(
            memory.user_id, reply.thread_id, (each.text for each in found.suggestions)
        )
        return replace(reply, suggestions=found.suggestions, unsuggested=found.instead)
