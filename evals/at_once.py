"""Doing something with many things, several at once, in threads."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def at_once(
    do: Callable[[Item], Result], items: Sequence[Item], *, jobs: int
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with what came of it, as soon as it is there.

    No more are begun than are under way at once, so that after an error none of the others costs
    anything. Who stops listening waits for none that is under way.

    Args:
        do: What is done with one; what it raises is raised here.
        items: In the order in which they are begun.
        jobs: How many at once, at least one.
    """
    pool, left = ThreadPoolExecutor(jobs, thread_name_prefix="usermind-eval"), iter(items)
    try:
        going = {pool.submit(do, item): item for item in islice(left, jobs)}
        while going:
            done, _ = wait(going, return_when=FIRST_COMPLETED)
            found = [(going.pop(future), future.result()) for future in done]
            going |= {pool.submit(do, item): item for item in islice(left, len(found))}
            yield from found
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
