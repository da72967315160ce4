"""Scenarios as tests: collected where the plugin is asked for, and nowhere else."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run pytest in the folder of the scenarios."""

    def run_it(*arguments: str, plugin: bool = True) -> "subprocess.CompletedProcess[str]":
        given = ["-p", "usermind.evals.plugin", "--usermind-embedder", "lexical"] if plugin else []
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *given, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_it


def test_a_scenario_is_a_test_and_so_is_that_it_fails_without_memory(
    written: Write, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    written()
    done = run()
    assert done.returncode == 0, done.stdout
    assert "one.scenario.yaml::recalls an allergy\n" in done.stdout
    assert "one.scenario.yaml::recalls an allergy [without memory]\n" in done.stdout
    assert "2 passed" in done.stdout


def test_what_fails_is_told_by_line_and_without_a_traceback(
    written: Write, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    written(name="good")
    written(
        """
        name: wrong
        turns:
          - user: Hello
            expect: [{not_says: elephants}]
          - user: What am I allergic to?
            expect: [{says: walnuts}]
        fails_without: [memory]
        """,
        "wrong",
    )
    written("name: x\nturns: [{usr: a}]\n", "bad")
    written("name: open\nturns: [{user: Hello, expect: [{judge: It is kind.}]}]\n", "open")
    done = run("--continue-on-collection-errors")
    assert done.returncode == 1
    assert 'wrong.scenario.yaml:6: says "walnuts": it said: “I don' in done.stdout
    assert "bad.scenario.yaml:2: turns 1: usr: is unknown; did you mean user?" in done.stdout
    assert "there is no judge" in done.stdout
    assert "Traceback" not in done.stdout
    assert "1 failed, 3 passed, 1 skipped, 1 error" in done.stdout


def test_what_is_not_installed_is_told_without_a_traceback(
    written: Write, tmp_path: Path, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    (tmp_path / "films.jsonl").touch()
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['chromadb'] = None\n")
    written("name: x\ncatalogue: films.jsonl\nturns: [{user: Hello, expect: [{says: Hi}]}]\n")
    done = run()
    assert done.returncode == 1
    needs = "What the scenario needs (chromadb and scipy for one.scenario.yaml)"
    assert f"{needs} is not installed." in done.stdout
    assert "pip install 'usermind[recommenders]'" in done.stdout
    assert "Traceback" not in done.stdout
    assert ".py:" not in done.stdout


def test_a_scenario_that_shows_nothing_fails(
    written: Write, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    written(
        """
        name: idle
        turns: [{user: Hello, expect: [{not_says: elephants}]}]
        fails_without: [memory]
        """
    )
    done = run()
    assert "it passes without memory too" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_conftest_says_what_plays(
    written: Write, run: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> None:
    (tmp_path / "conftest.py").write_text(
        "from usermind.evals import Engine\n"
        "from usermind.testing import ScriptedReasoner\n"
        "def pytest_usermind_engine(config):\n"
        "    make = lambda ledger: ScriptedReasoner(replies=['Elephants!'])\n"
        "    return Engine(reasoner=make, embedder='lexical')\n"
    )
    written("""
        name: scripted
        seed: [{private: my health}]
        turns: [{user: I have diabetes., expect: [{says: elephants}]}]
    """)
    done = run()
    assert "1 passed" in done.stdout, done.stdout


def test_without_the_plugin_a_scenario_is_no_test_and_costs_nothing(
    written: Write, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    written()
    assert run(plugin=False).returncode == 5  # nothing was collected


def test_the_plugin_alone_loads_nothing_heavy() -> None:
    script = (
        "import sys, usermind.evals.plugin; "
        "heavy = {'numpy', 'langgraph', 'langchain_core', 'pydantic', 'yaml'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_model_plays_where_one_is_named(
    written: Write, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    written()
    done = run("--usermind-model", "http://127.0.0.1:9/v1")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_scenario_names_files_of_its_own_folder_unless_another_is_allowed(
    written: Write, run: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}.jsonl"
    outside.write_text('{"id": "a", "title": "Hollow Moon"}\n')
    written(
        f"""
        name: x
        catalogue: ../{outside.name}
        turns: [{{user: Hello, expect: [{{not_says: elephants}}]}}]
        """
    )
    refused = run("--collect-only")
    assert "leads out of" in refused.stdout
    assert run("--usermind-files", str(tmp_path.parent)).returncode == 0
