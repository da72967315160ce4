"""The layout promises that no other tool checks."""

import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOOR = ROOT / "src" / "usermind"
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]


def test_the_root_has_the_folders_of_the_design() -> None:
    assert FOLDERS == ["agents", "evals", "graphs", "memory", "models", "prompts", "tools"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_linked_for_editors_and_renamed_for_the_wheel(folder: str) -> None:
    assert (DOOR / folder).resolve() == ROOT / folder, f"ln -s ../../{folder} src/usermind/{folder}"
    assert BUILD["targets"]["wheel"]["sources"][folder] == f"usermind/{folder}"


def test_the_wheel_lists_every_folder_and_everything_of_the_front_door() -> None:
    door = [
        path.relative_to(ROOT).as_posix()
        for path in DOOR.iterdir()
        if path.name not in FOLDERS and path.name != "__pycache__"
    ]
    assert sorted(BUILD["only-include"]) == sorted([*FOLDERS, *door])


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_was_imported_without_the_package_name(folder: str) -> None:
    bare = sys.modules.get(folder)
    assert bare is None or not str(bare.__file__).startswith(str(ROOT))
