"""Questions of LaMP's seven tasks, written by hand, and the files that hold them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from usermind.evals.benchmarks.lamp_tasks import TASKS

CITES = (
    'For an author who has written the paper with the title "Tides", which reference is related? '
    'Just answer with [1] or [2]. [1]: "Moon and sea" [2]: "Bread ovens"'
)
BY_HAND: Mapping[str, tuple[str, str, list[dict[str, Any]]]] = {
    "LaMP-1": (CITES, "[1]", [
        {"title": "Sea level", "abstract": "The moon pulls the sea."},
        {"title": "Harbours", "abstract": "Where ships lie."},
    ]),
    "LaMP-2": ("Which tag? tags: [comedy, classic] description: A clown in space", "comedy", [
        {"description": "A clown at sea", "tag": "comedy"},
        {"description": "A war of kings", "tag": "classic"},
    ]),
    "LaMP-3": ("What is the score? review: The kettle leaks", "2", [
        {"text": "The lamp is lovely", "score": "5"}, {"text": "This kettle leaks too", "score": 2},
    ]),
    "LaMP-4": ("Write a headline. article: Rain floods the old town", "Floods again", [
        {"title": "Floods once more", "text": "Rain in the old town"},
        {"title": "Bakers meet", "text": "Bread was eaten"},
    ]),
    "LaMP-5": ("Title for the abstract of a paper: We measure tides", "On measuring tides", [
        {"title": "On ovens", "abstract": "We bake bread"},
        {"title": "On tides", "abstract": "We measure the sea"},
    ]),
    "LaMP-6": ("Write a subject for this mail: Shall we meet on Monday?", "Monday", [
        {"title": "Monday again", "text": "Could we meet on Monday?"},
        {"title": "Invoice", "text": "Attached is the invoice."},
    ]),
    "LaMP-7": ("Say this as the user would: the bus is late", "bus late AGAIN", [
        {"text": "the bus is late AGAIN"}, {"text": "lovely soup"},
    ]),
}  # fmt: skip
BESIDE = dict.fromkeys(["title", "abstract", "text", "description"], "Marzipan for Ottilie") | {
    "tag": "fantasy", "score": "3",
}  # fmt: skip
"""An item that has to do with nothing: of two texts BM25 finds every word in half."""
QUERY = {
    "LaMP-1": "Moon and sea Bread ovens", "LaMP-2": "A clown in space",
    "LaMP-3": "The kettle leaks", "LaMP-4": "Rain floods the old town",
    "LaMP-5": "We measure tides", "LaMP-6": "Shall we meet on Monday?",
    "LaMP-7": "the bus is late",
}  # fmt: skip
NEAREST = {  # the item that has most to do with the query, by its place
    "LaMP-1": 0, "LaMP-2": 0, "LaMP-3": 1, "LaMP-4": 0, "LaMP-5": 1, "LaMP-6": 0, "LaMP-7": 0,
}  # fmt: skip
EVERY = pytest.mark.parametrize("name", list(TASKS))


def question(name: str, id_: object = "q1", **more: object) -> dict[str, Any]:
    input_, _, items = BY_HAND[name]
    profile = [{"id": f"i{n}", **item} for n, item in enumerate([*items, BESIDE])]
    return {"id": id_, "input": input_, "profile": profile, **more}


def files(
    folder: Path, name: str, questions: object = None, golds: object = None, task: str | None = None
) -> tuple[Path, Path]:
    """Write a pair of files; without more, the one question written by hand."""
    asked, answers = folder / "questions.json", folder / "outputs.json"
    asked.write_text(json.dumps([question(name)] if questions is None else questions), "utf-8")
    golds = [{"id": "q1", "output": BY_HAND[name][1]}] if golds is None else golds
    made = {"task": task or name.replace("-", "_"), "golds": golds}
    answers.write_text(json.dumps(made), "utf-8")
    return asked, answers
