"""Actions: LangChain tools with what they change in the world, and the scopes that they need."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict, ValidationError

from usermind.errors import InvalidInputError
from usermind.memory.utility import HARM, Effect


@dataclass(frozen=True, slots=True)
class Action:
    """A tool that may be used on the user's behalf.

    Raises:
        InvalidInputError: The effect is unknown.
    """

    tool: BaseTool
    effect: Effect
    """read-only: it changes nothing. reversible: what it did can be taken back. irreversible:
    it cannot, so that it is never used before the user has said yes to these very arguments."""
    scopes: frozenset[str] = frozenset()
    """What it touches, such as `"mail"`; all of it must be granted."""

    def __post_init__(self) -> None:
        if self.effect not in HARM:
            raise InvalidInputError(
                f"The effect of {self.tool.name!r} is {self.effect!r}. Expected one of "
                f"{', '.join(map(repr, HARM))}. Where you are not sure, it is 'irreversible'."
            )

    def checked(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments as the tool takes them.

        Raises:
            InvalidInputError: They do not fit; the message names the fields, never what is in them.
        """
        schema = self.tool.get_input_schema()
        if not issubclass(schema, BaseModel):
            raise InvalidInputError(
                f"{self.tool.name!r} has a schema of pydantic 1. Nothing was drafted. Give it one "
                "of pydantic 2."
            )
        try:
            found = schema.model_validate(dict(arguments))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False, include_context=False)
            told = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'all'}: {fault['type']}" for fault in faults
            )
            raise InvalidInputError(
                f"The arguments of {self.tool.name!r} do not fit: {told}. Nothing was drafted."
            ) from None
        unknown = sorted(set(arguments) - set(schema.model_fields))
        if unknown:
            raise InvalidInputError(
                f"{self.tool.name!r} takes no {', '.join(unknown)}. Nothing was drafted."
            )
        return found.model_dump(mode="json")


class Call(BaseModel):
    """A tool and what to give it, as an offer carries it."""

    model_config = ConfigDict(extra="forbid")

    tool: str
    arguments: dict[str, Any]

    def written(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.model_dump(), sort_keys=True)


class Actions:
    """The actions there are, and the scopes that are granted.

    Args:
        actions: Their tools' names must differ.
        granted: Scopes; an action that needs another one is refused.

    Raises:
        InvalidInputError: Two tools have one name.
    """

    def __init__(self, actions: Sequence[Action] = (), *, granted: Iterable[str] = ()) -> None:
        self._actions = {each.tool.name: each for each in actions}
        if len(self._actions) < len(actions):
            raise InvalidInputError("Two actions have tools of one name. Give each its own.")
        self.granted = frozenset(granted)

    def open(self) -> list[Action]:
        """Return the actions whose scopes are granted."""
        return [each for each in self._actions.values() if each.scopes <= self.granted]

    def named(self, tool: str) -> Action:
        """Return an action whose scopes are granted.

        Raises:
            InvalidInputError: There is none of this name, or a scope of it is not granted.
        """
        found = self._actions.get(tool)
        if found is None:
            known = ", ".join(map(repr, self._actions)) or "none"
            raise InvalidInputError(f"There is no action {tool!r}. There are: {known}.")
        missing = sorted(found.scopes - self.granted)
        if missing:
            raise InvalidInputError(
                f"{tool!r} needs the scope {', '.join(map(repr, missing))}, which is not granted. "
                "Nothing was done."
            )
        return found
