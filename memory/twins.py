"""Methods for event loops: each the twin of one that blocks, and the same work in a thread."""

import asyncio
from collections.abc import Callable, Coroutine
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar

Owner = TypeVar("Owner")
Given = ParamSpec("Given")
Result = TypeVar("Result")


def twin(
    method: Callable[Concatenate[Owner, Given], Result],
) -> Callable[Concatenate[Owner, Given], Coroutine[Any, Any, Result]]:
    """Return a method that awaits what another one of the same object does in a thread.

    Args:
        method: Of the class in whose body this is called; a subclass may have its own.
    """
    name = method.__name__

    async def called(self: Owner, /, *args: Given.args, **given: Given.kwargs) -> Result:
        own: Callable[Given, Result] = getattr(self, name)
        return await asyncio.to_thread(own, *args, **given)

    called.__name__ = f"a{name}"
    called.__qualname__ = f"{method.__qualname__.removesuffix(name)}a{name}"
    called.__module__ = method.__module__
    called.__doc__ = f"Twin of `{name}`."
    vars(called)["__signature__"] = signature(method)
    return called
