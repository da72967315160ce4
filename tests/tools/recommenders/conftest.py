"""What tests of trained recommenders share."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Let torch compute by one thread, which is faster for small matrices on a busy machine."""
    if find_spec("torch") is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
