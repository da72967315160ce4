"""What tests of evaluations share: scenarios written on the spot, and what plays them."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from usermind.evals import Engine, Loaded, load_scenarios

ALLERGY = """
    name: recalls an allergy
    seed:
      - {say: "I am allergic to walnuts.", at: -20d}
    turns:
      - user: "What am I allergic to?"
        expect:
          - uses: allergic to walnuts
          - says: walnuts
    fails_without: [memory]
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario's file and return it."""

    def write(text: str = ALLERGY, name: str = "one") -> Path:
        path = tmp_path / f"{name}.scenario.yaml"
        path.write_text(dedent(text).lstrip("\n"), "utf-8")
        return path

    return write


@pytest.fixture
def scenario(written: Callable[..., Path]) -> Callable[..., Loaded]:
    """Write a scenario and return it as it is read."""

    def load(text: str = ALLERGY, name: str = "one") -> Loaded:
        (loaded,) = load_scenarios([written(text, name)])
        return loaded

    return load


@pytest.fixture
def offline() -> Engine:
    return Engine(embedder="lexical")
