"""The training loop: stopped, resumed, cut short, and on which device."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from usermind.errors import (
    InvalidInputError,
    MissingExtraError,
    StoreDamagedError,
    StoreNotWritableError,
)
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import (
    Event,
    LightGCN,
    SequentialTransformer,
    TargetAttention,
    UserQuery,
)
from usermind.tools.recommenders.training import Plan, Report, hold_out

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("one_thread")]

PLAN = Plan(epochs=4, batch=16, learning_rate=0.02, patience=0, seed=3)
BATCHES = 4
"""Of an epoch: 64 people."""


def log(people: int = 64) -> InteractionLog:
    table = ItemTable.bare(f"{block}-{number}" for block in range(4) for number in range(8))
    dice = np.random.default_rng(1)
    return InteractionLog.of(
        table,
        [
            (person, f"{person % 4}-{number}", 1.0, float(place))
            for person in range(people)
            for place, number in enumerate(dice.choice(8, 5, replace=False))
        ],
    )


def trained(plan: Plan) -> LightGCN:
    return LightGCN(dimensions=8, plan=plan).fit(log())


def told(made: LightGCN) -> Report:
    assert made.report is not None
    return made.report


def after(batches: int) -> Callable[[], bool]:
    """Return what asks to stop after so many batches."""
    asked = iter(range(10_000))
    return lambda: next(asked) + 1 >= batches


def same(one: LightGCN, other: LightGCN) -> bool:
    ours: Mapping[str, NDArray[np.generic]] = one.arrays()
    return all(np.array_equal(array, other.arrays()[name]) for name, array in ours.items())


# -- chance -----------------------------------------------------------------------------------


def test_a_seed_gives_the_same_bits_and_another_one_others() -> None:
    assert same(trained(PLAN), trained(PLAN))
    assert not same(trained(PLAN), trained(replace(PLAN, seed=4)))


def test_the_programs_own_chance_is_left_alone() -> None:
    import torch

    torch.manual_seed(0)
    untouched = torch.rand(3)

    torch.manual_seed(0)
    trained(PLAN)

    assert torch.equal(torch.rand(3), untouched)


# -- stop and resume --------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [0, 3], ids=["no validation", "early stopping"])
@pytest.mark.parametrize(
    "batches", [1, BATCHES - 1, BATCHES, 2 * BATCHES + 2], ids="after {} batches".format
)
def test_a_training_stopped_and_resumed_ends_in_the_same_bits(
    tmp_path: Path, batches: int, patience: int
) -> None:
    plan = replace(PLAN, patience=patience)
    kept = replace(plan, checkpoint=tmp_path / "state.safetensors")

    first = trained(replace(kept, stop=after(batches)))
    second = trained(kept)

    whole = trained(plan)
    assert not told(first).finished
    assert len(told(first).epochs) == batches // BATCHES
    assert told(second).finished
    assert same(second, whole)
    for ours, theirs in zip(told(second).epochs, told(whole).epochs, strict=True):
        assert (ours.loss, ours.ndcg) == (theirs.loss, theirs.ndcg)


def test_a_stop_at_every_batch_gets_there_too(tmp_path: Path) -> None:
    kept = replace(PLAN, epochs=2, checkpoint=tmp_path / "state.safetensors")

    for _ in range(2 * BATCHES - 1):
        assert not told(trained(replace(kept, stop=lambda: True))).finished
    last = trained(replace(kept, stop=lambda: True))

    assert same(last, trained(replace(PLAN, epochs=2)))


def test_what_was_stopped_answers_with_what_it_has_learnt() -> None:
    stopped = trained(replace(PLAN, stop=after(BATCHES)))

    assert [told(stopped).finished, len(told(stopped).epochs)] == [False, 1]
    assert same(stopped, trained(replace(PLAN, epochs=1)))


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """Heed Ctrl-C, also where the suite runs in the background of a shell, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_ctrl_c_keeps_the_state_and_ends_the_program_as_ever(tmp_path: Path) -> None:
    kept = replace(PLAN, checkpoint=tmp_path / "state.safetensors")

    def press(done: int, of: int) -> None:
        if done == BATCHES + 1:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        LightGCN(dimensions=8, plan=kept).fit(log(), progress=press)

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    seen: list[int] = []
    resumed = LightGCN(dimensions=8, plan=kept).fit(log(), progress=lambda i, _: seen.append(i))
    assert seen[0] == BATCHES + 2
    assert same(resumed, trained(PLAN))


def test_a_finished_training_is_not_repeated_and_can_be_made_longer(tmp_path: Path) -> None:
    kept = replace(PLAN, epochs=2, checkpoint=tmp_path / "state.safetensors")
    first = trained(kept)
    seen: list[tuple[int, int]] = []

    again = LightGCN(dimensions=8, plan=kept).fit(log(), progress=lambda *at: seen.append(at))
    longer = trained(replace(kept, epochs=4))

    assert seen == [(2 * BATCHES, 2 * BATCHES)]
    assert same(again, first)
    assert same(longer, trained(PLAN))


def test_a_crash_leaves_the_state_of_the_epoch_before(tmp_path: Path) -> None:
    kept = replace(PLAN, checkpoint=tmp_path / "state.safetensors")

    def crash(done: int, of: int) -> None:
        if done == 2 * BATCHES + 1:
            raise RuntimeError("power failure")

    with pytest.raises(RuntimeError, match="power failure"):
        LightGCN(dimensions=8, plan=kept).fit(log(), progress=crash)

    assert same(trained(kept), trained(PLAN))


# -- files that cannot be used ----------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]),
        lambda whole: b"",
        lambda whole: b"\x80\x04K\x01.",
    ],
    ids=["half-written", "one bit flipped", "empty", "a pickle"],
)
def test_a_damaged_checkpoint_is_named_and_kept(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "state.safetensors"
    kept = replace(PLAN, checkpoint=path)
    trained(replace(kept, stop=after(2)))
    path.write_bytes(damaged := spoil(path.read_bytes()))

    with pytest.raises(StoreDamagedError, match=r"Nothing was trained.*Delete it"):
        trained(kept)

    assert path.read_bytes() == damaged
    path.unlink()
    assert same(trained(kept), trained(PLAN))


def test_a_half_written_new_state_does_not_touch_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    kept = replace(PLAN, checkpoint=path)
    trained(replace(kept, stop=after(BATCHES + 2)))
    path.with_name("state.safetensors.part").write_bytes(b"half")

    assert same(trained(kept), trained(PLAN))


@pytest.mark.parametrize("other", ["settings", "log"])
def test_the_checkpoint_of_another_training_is_refused_until_that_is_finished(
    tmp_path: Path, other: str
) -> None:
    kept = replace(PLAN, checkpoint=tmp_path / "state.safetensors")
    plan = replace(kept, seed=9) if other == "settings" else kept
    people = 60 if other == "log" else 64
    trained(replace(kept, stop=after(BATCHES)))

    with pytest.raises(InvalidInputError, match=r"stopped after 1 epochs.*Nothing was trained"):
        LightGCN(dimensions=8, plan=plan).fit(log(people))

    trained(kept)
    anew = LightGCN(dimensions=8, plan=plan).fit(log(people))
    assert same(anew, LightGCN(dimensions=8, plan=replace(plan, checkpoint=None)).fit(log(people)))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreNotWritableError, match="could not be written"):
        trained(replace(PLAN, checkpoint=tmp_path / "nowhere" / "state.safetensors"))


# -- when it ends -----------------------------------------------------------------------------


def test_it_ends_when_nothing_gets_better_and_takes_the_best_epoch() -> None:
    long = replace(PLAN, epochs=60, patience=3)

    made = trained(long)

    found = [epoch.ndcg for epoch in told(made).epochs]
    best = told(made).best
    assert len(found) == best + 3 < 60
    assert found[best - 1] == max(ndcg for ndcg in found if ndcg is not None)
    assert all(ndcg is not None and 0 <= ndcg <= 1 for ndcg in found)


def test_people_held_out_give_up_their_latest_item() -> None:
    known, held = hold_out(whole := log(), replace(PLAN, patience=1))

    assert held is not None
    assert len(held.targets) == 19, "three in ten of 64"
    assert len(known) == len(whole) - 19
    before = {tuple(sequence) for sequence in whole.sequences()}
    for history, target in zip(held.histories, held.targets, strict=True):
        assert (*history, target) in before
    assert {tuple(sequence) for sequence in known.sequences()} >= {
        tuple(history) for history in held.histories
    }


def test_a_loss_that_is_no_number_ends_it() -> None:
    wild = LightGCN(dimensions=8, loss="bpr", plan=replace(PLAN, learning_rate=1e30))

    with pytest.raises(InvalidInputError, match=r"no number any more.*lower `learning_rate`"):
        wild.fit(log())


# -- where it runs ----------------------------------------------------------------------------


def test_cpu_and_auto_are_found_and_what_is_not_there_is_refused() -> None:
    import torch

    assert Plan(device="cpu").found_device().type == "cpu"
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert Plan(device="auto").found_device().type == expected
    for wrong in ("abacus", "cuda:99"):
        with pytest.raises(InvalidInputError, match=f"no device '{wrong}' here"):
            LightGCN(plan=Plan(device=wrong)).fit(log())


@pytest.mark.parametrize("kind", [LightGCN, SequentialTransformer, TargetAttention])
def test_without_torch_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
    kind: type[LightGCN | SequentialTransformer | TargetAttention],
) -> None:
    fitted = kind(plan=replace(PLAN, epochs=1)).fit(log())
    again = kind.restored(fitted.items, fitted.arrays(), fitted.settings())
    query = UserQuery((Event("0-1"),))
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'usermind\[neural\]'"):
        kind().fit(log())
    if kind is LightGCN:  # what it learnt needs numpy alone
        assert len(again.recommend(query, 3)) == 3
        return
    with pytest.raises(MissingExtraError, match=r"pip install 'usermind\[neural\]'"):
        again.recommend(query, 3)


@pytest.mark.parametrize(
    "wrong",
    [{"epochs": 0}, {"batch": 0}, {"learning_rate": 0.0}, {"patience": -1}, {"seed": -1}],
    ids=str,
)
def test_plans_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match=f"`{next(iter(wrong))}` is"):
        Plan(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_settings_of_a_plan_say_what_decides_the_result() -> None:
    plan = replace(PLAN, device="cpu", checkpoint="x", stop=lambda: False)

    assert Plan.of(plan.settings()) == PLAN
