"""The report: everything is in it, nothing of it is taken for markup, and it loads nothing."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evals.reports import HOSTILE, assessment, hostile, results, run

from usermind.errors import InvalidInputError
from usermind.evals import load_scenarios
from usermind.evals.assessing import save_assessment
from usermind.evals.markup import shown, tag
from usermind.evals.plots import Dot, Rate, histogram, rates, shares
from usermind.evals.reporting import html_of, save_report
from usermind.evals.running import evaluate

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.ids: Counter[str] = Counter()
        self.text = ""
        self.style = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        self.ids.update(value for name, value in attrs if name == "id" and value)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            self.style += data
        else:
            self.text += data


@pytest.fixture(scope="module")
def html() -> str:
    return html_of(results(), [assessment()])


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.mark.parametrize(
    "told",
    [
        "Evaluation: failed", "1 failed", "1 broke", "tiny judge", "knows the dog", "About Bo.",
        "1 of 2", "0 of 2", "must fail", "3 expectations not judged",
        "Bo is allergic.", "What should Bo eat?", "Salmon & rice", "you like fish",
        "recommend_items", '{"count": 3}', "It broke: No model.", "quarantined", "Dentist: At 9.",
        "Deleted 3 items; 0 remains found.", "nothing to forget", "does not have what they need",
        "Two words.", "80% sure",
        "1,280", "Against labels", "80% of these (63%–90%)", "30% as stated, 5% calibrated",
        "2 of 80", "2,400", "line 10", "28, 70%, of these 75% as labelled",
    ],
)  # fmt: skip
def test_all_that_happened_is_told(page: Page, told: str) -> None:
    assert told in page.text


def test_it_says_where_each_rate_lies(page: Page) -> None:
    labels = [value for name, value in page.attributes if name == "aria-label" and value]
    [kinds] = [each for each in labels if each.startswith("Pass rates by kind")]
    assert "says, with everything: 2 of 2" in kinds
    assert "not says, with everything: 0 of 1" in kinds
    assert "judge, with everything: 1 of 1" in kinds  # one was not judged and is in no rate
    assert "says, without memory: 2 of 2" in kinds
    [taken] = [each for each in labels if each.startswith("Runs that passed")]
    assert "need memory, with everything: 1 of 2; need memory, without it: 0 of 2" in taken
    assert any(each.startswith("Calibration.") for each in labels)
    assert any(each.startswith("Accuracy at coverage.") for each in labels)
    assert "34%–100%" in page.text  # 2 of 2


def test_it_loads_nothing_and_runs_nothing(html: str, page: Page) -> None:
    assert not {"script", "img", "iframe", "object", "base", "form"} & set(page.tags)
    links = [
        value for name, value in page.attributes if name in ("href", "src", "srcset") and value
    ]
    assert all(link.startswith("#") or link == "data:," for link in links)
    assert "url(" not in page.style
    assert "@import" not in page.style
    assert not any(name.startswith("on") or name == "style" for name, _ in page.attributes)


def test_its_policy_allows_its_own_style_and_nothing_else(html: str, page: Page) -> None:
    [policy] = [v for name, v in page.attributes if name == "content" and v and "default-src" in v]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy


def test_every_link_leads_somewhere_and_no_id_comes_twice(page: Page) -> None:
    targets = [v[1:] for name, v in page.attributes if name == "href" and v and v[0] == "#"]
    assert targets
    assert set(targets) <= set(page.ids)
    assert set(page.ids.values()) == {1}


def test_what_people_wrote_is_never_markup(page: Page) -> None:
    bad = Page(html_of(hostile(results()), [hostile(assessment())]))

    assert set(bad.tags) == set(page.tags)
    assert bad.text.count(HOSTILE) > 40
    assert not any(name.startswith("on") for name, _ in bad.attributes)
    assert bad.style == page.style


def test_what_cannot_be_seen_is_written_out() -> None:
    assert shown("a\u202eb\x00c\ud800") == "a⟨U+202E⟩b\ufffdc\ufffd"
    made = html_of(
        replace(results(), runs=(run(scenario="knows the dog", error="\u202e\x07\ud800"),))
    )
    made.encode()
    assert "\u202e" not in made


@given(st.text(alphabet=st.one_of(st.sampled_from("<>&\"'/=\n `"), st.characters())))
def test_any_text_is_text(text: str) -> None:
    parsed = Page(str(tag("p", text, title=text)))
    assert parsed.tags == {"p": 1}
    assert [name for name, _ in parsed.attributes] == ["title"]


# -- parts that may be missing --------------------------------------------------------------


def test_without_a_judge_there_is_no_word_of_one() -> None:
    plain = replace(results(), judge=None, runs=(run(checks=(), outcome="passed"),))
    page = Page(html_of(plain))
    assert "judge" not in page.ids
    assert "kinds" not in page.ids  # nothing was expected
    assert "ablations" not in page.ids
    assert "none; rules alone" in page.text


def test_nothing_played_is_told_too() -> None:
    page = Page(html_of(replace(results(), runs=(), verdicts=())))
    assert "0 of 0 scenarios passed" in page.text
    assert "transcripts" not in page.ids


def test_no_model_no_tokens() -> None:
    free = replace(run(), cost=replace(run().cost, calls=0, prompt_tokens=0, completion_tokens=0))
    assert "No model was called" in Page(html_of(replace(results(), runs=(free,)))).text


# -- colours --------------------------------------------------------------------------------


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_stand_out_from_the_page(page: Page, scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", page.style, re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", blocks[scheme]))
    for name in ("ink", "soft", "link", "good", "bad", "open"):
        for ground in ("page", "panel"):
            assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("series0", "series1", "series2", "series3"):
        assert _contrast(colours[name], colours["page"]) >= 3, name


# -- plots ----------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_a_histogram_counts_each_value_once(values: list[float]) -> None:
    made = str(histogram("Seconds", values, "s"))
    assert "nan" not in made
    assert f"{len(values)} values" in made
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" class="bar"', made)]
    assert max(heights) == 130.0
    assert len(heights) <= 20


def test_marks_lie_where_their_numbers_say() -> None:
    made = str(shares("Curve", [[Dot(0, 0), Dot(1, 1)]], across="a", up="b"))
    assert re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', made) == [("62", "312"), ("362", "12")]
    drawn = str(rates("Rates", [("x", [Rate(1, 2), Rate(0, 0)])], ["a", "b"]))
    assert drawn.count("<circle") == 1
    assert "<rect" not in drawn  # nothing was tried of the second


# -- files ----------------------------------------------------------------------------------


def test_a_real_evaluation_is_reported(tmp_path: Path) -> None:
    scenarios = load_scenarios([EXAMPLES / "recall-allergy.scenario.yaml"])
    found = evaluate(scenarios, folder=tmp_path)
    save_assessment(assessment(), tmp_path)

    page = Page(save_report(found, tmp_path).read_text("utf-8"))

    assert "Evaluation: passed" in page.text
    assert "allergic to chicken" in page.text
    assert "memories used" in page.text or "memory used" in page.text
    assert "Against labels" in page.text


def test_an_assessment_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "judge.json").write_text("{}")
    with pytest.raises(InvalidInputError, match="no assessments"):
        save_report(results(), tmp_path)
