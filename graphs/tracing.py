"""Keeping LangChain's tracer out: what users say goes to the endpoints they named, nowhere else."""

import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from typing import Any, TypeVar

from langsmith import tracing_context

Event = TypeVar("Event")

ALLOW = "USERMIND_TRACING"
"""Environment variable that lets LangSmith's own variables count; empty or 0 keeps it out."""


def untraced() -> AbstractContextManager[Any]:
    """Return a context in which nothing is sent to LangSmith, unless `USERMIND_TRACING` is set."""
    allowed = os.environ.get(ALLOW, "").lower() not in ("", "0", "false", "no")
    return nullcontext() if allowed else tracing_context(enabled=False)


def untraced_events(events: Iterator[Event]) -> Generator[Event]:
    """Yield the events of a stream that runs untraced; the caller's own context is left alone.

    Closing it ends the stream.
    """
    context = copy_context()
    context.run(untraced().__enter__)
    try:
        while True:
            try:
                event = context.run(next, events)
            except StopIteration:
                return
            yield event
    finally:
        if isinstance(events, Generator):
            context.run(events.close)
