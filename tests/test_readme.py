"""Every Python fence of README and docs runs, and prints what the fence below it says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)
NEEDS_A_SERVER = "# docs: needs a server"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(code, said, id=f"{page.name}:{number}")
    for page in PAGES
    for number, (code, said) in enumerate(FENCE.findall(page.read_text("utf-8")), 1)
]


@pytest.mark.parametrize(("code", "said"), BLOCKS)
@pytest.mark.filterwarnings("ignore::usermind.models.LexicalFallbackWarning")
def test_a_block_runs_and_prints_what_it_says(
    code: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    program = compile(code, "README.md", "exec")
    if not code.startswith(NEEDS_A_SERVER):
        exec(program, {})
        assert capsys.readouterr().out == said


def test_the_first_example_is_the_one_in_the_examples_folder() -> None:
    script = (ROOT / "examples" / "quickstart.py").read_text("utf-8")
    readme = FENCE.search((ROOT / "README.md").read_text("utf-8"))
    assert readme is not None
    assert script.endswith(readme[1])


def test_links_to_files_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} → {target}"
