from usermind import evals


def test_all_is_sorted_and_importable() -> None:
    assert evals.__all__ == sorted(evals.__all__) == sorted(evals._HOME)
    assert all(hasattr(evals, name) for name in evals.__all__)
