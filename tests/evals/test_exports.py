from types import ModuleType

import pytest

from usermind import evals
from usermind.evals import benchmarks


@pytest.mark.parametrize("package", [evals, benchmarks], ids=["evals", "benchmarks"])
def test_all_is_sorted_and_importable(package: ModuleType) -> None:
    assert package.__all__ == sorted(package.__all__) == sorted(package._HOME)
    assert all(hasattr(package, name) for name in package.__all__)
