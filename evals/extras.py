"""Which optional packages scenarios need, told before any of them is played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from usermind.errors import MissingExtraError

if TYPE_CHECKING:
    from usermind.evals.scenario import Scenario
    from usermind.evals.scenario_files import Loaded

PACKAGES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "images": (("Pillow", "PIL"), ("imagehash", "imagehash")),
    "parquet": (("pyarrow", "pyarrow"),),
    "recommenders": (("chromadb", "chromadb"), ("scipy", "scipy")),
}
"""By extra: what it brings that a scenario uses, by name and by module."""


def installed(scenarios: Sequence[Loaded], *, shown: bool = True) -> None:
    """Make sure that all is installed that scenarios need.

    Args:
        scenarios: What is to be played; the same file again counts once.
        shown: Whether the agent looks at pictures that a user shows it, as ours does.

    Raises:
        MissingExtraError: It is not; says of which scenarios, and what installs all of it.
    """
    lacking: dict[str, list[Path]] = {}
    files = {loaded.path: loaded for loaded in scenarios}
    for loaded in files.values():
        for extra in sorted(set(_extras(loaded.scenario, shown=shown))):
            if any(find_spec(module) is None for _, module in PACKAGES[extra]):
                lacking.setdefault(extra, []).append(loaded.path)
    if not lacking:
        return
    told = "; ".join(
        f"{' and '.join(name for name, _ in PACKAGES[extra])} for "
        + ", ".join(sorted(path.name for path in paths))
        for extra, paths in sorted(lacking.items())
    )
    few, all_ = len({path for paths in lacking.values() for path in paths}), len(files)
    whose = f"{few} of {all_} scenarios need{'s' if few == 1 else ''}"
    raise MissingExtraError(
        f"Nothing was played. What {'the scenario needs' if all_ == 1 else whose} ({told})",
        install=f"pip install 'usermind[{','.join(sorted(lacking))}]'",
    )


def _extras(scenario: Scenario, *, shown: bool) -> Iterator[str]:
    """Yield the extras that a scenario needs."""
    if scenario.catalogue is not None:
        yield "recommenders"
        for name in (scenario.catalogue.items, scenario.catalogue.interactions):
            if name is not None and PurePath(name).suffix.lower() == ".parquet":
                yield "parquet"
    if any(seed.concept is not None and seed.concept.pictures for seed in scenario.seed) or (
        shown and any(turn.images for turn in scenario.turns)
    ):
        yield "images"
