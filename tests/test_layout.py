"""The layout promises that no other tool checks."""

import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from zipfile import ZipFile

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


# -- what is built ------------------------------------------------------------------------


def _built(target: str, tmp_path: Path, root: Path = ROOT) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    [found] = tmp_path.glob("usermind-*")
    return found


def _tracked(*folders: Path) -> set[Path]:
    """Return the files of folders that are no traces of a run."""
    return {
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".mypy_cache" not in path.parts
    }


def test_the_wheel_holds_each_file_of_the_package_and_nothing_else(tmp_path: Path) -> None:
    with ZipFile(_built("wheel", tmp_path)) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        licences = [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]

    door = {path for path in _tracked(DOOR) if path.relative_to(DOOR).parts[0] not in FOLDERS}
    ours = {f"usermind/{path.relative_to(DOOR).as_posix()}" for path in door}
    ours |= {
        f"usermind/{path.relative_to(ROOT).as_posix()}"
        for path in _tracked(*(ROOT / folder for folder in FOLDERS))
    }
    assert names == ours
    assert {"usermind/py.typed", "usermind/prompts/turn.md", "usermind/evals/report.css"} <= names
    assert "usermind/memory/ranking_weights.json" in names
    assert len(licences) == 1


def test_the_sdist_holds_what_its_readme_and_its_tests_need(tmp_path: Path) -> None:
    with tarfile.open(_built("sdist", tmp_path)) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}

    assert {"LICENSE", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile"} <= names
    assert {"hatch_build.py", "pyproject.toml", "requirements-minilm.txt"} <= names
    for folder in ("benchmarks", "docs", "examples", "tests"):
        wanted = {path.relative_to(ROOT).as_posix() for path in _tracked(ROOT / folder)}
        assert wanted <= names


def test_an_editable_install_makes_the_links_that_an_archive_left_out(tmp_path: Path) -> None:
    with tarfile.open(_built("sdist", tmp_path)) as sdist:
        sdist.extractall(tmp_path / "unpacked", filter="data")
    [root] = (tmp_path / "unpacked").iterdir()
    door = root / "src" / "usermind"
    door.joinpath("agents").write_text("../../agents")  # as Git has it without links
    assert not door.joinpath("memory").exists()
    build = "from hatchling.build import build_editable; build_editable(r'.')"
    subprocess.run([sys.executable, "-c", build], cwd=root, check=True, capture_output=True)

    for folder in FOLDERS:
        assert (door / folder).resolve() == root / folder
