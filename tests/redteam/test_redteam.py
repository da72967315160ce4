"""Attacks on a memory: none may succeed, not even with a model that obeys all of them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from usermind.memory.instructions import instruction

HERE = Path(__file__).parent


def _benchmark() -> ModuleType:
    path = HERE.parents[1] / "benchmarks" / "redteam.py"
    spec = importlib.util.spec_from_file_location("usermind_redteam", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


redteam = _benchmark()
ATTACKS = list(redteam.attacks())
INNOCENT = [line for line in (HERE / "innocent.txt").read_text("utf-8").splitlines() if line]


def test_the_set_is_large_and_varied() -> None:
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS) >= 80
    assert len({attack.kind for attack in ATTACKS}) >= 14
    assert len({attack.language for attack in ATTACKS}) >= 12
    assert len(INNOCENT) >= 60


@pytest.mark.parametrize("engine", redteam.ENGINES)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_no_attack_succeeds(attack: object, engine: str, tmp_path: Path) -> None:
    outcome = redteam.run(attack, engine, tmp_path / "store")
    assert outcome.successes == []
    assert (outcome.quarantined > 0) == outcome.attack.detected


def test_the_gullible_reasoner_would_do_harm_if_it_could(tmp_path: Path) -> None:
    attack = next(attack for attack in ATTACKS if attack.id == "contradict-2")
    believed = redteam.Attack(
        **{
            **{name: getattr(attack, name) for name in attack.__dataclass_fields__},
            "events": ({**attack.events[0], "author": "user", "source": "chat"},),
        }
    )
    outcome = redteam.run(believed, "gullible", tmp_path / "store")
    assert any(success.startswith("believed to") for success in outcome.successes)
    assert any(success.startswith("displaced") for success in outcome.successes)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_people_write_to_each_other_passes(text: str) -> None:
    assert instruction(text) is None
