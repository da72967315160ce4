"""Small files in LaMP's format, drawn by seed: people with topics, tastes and a way of writing.

Every user has two topics that they return to, and habits of their own: which tag a topic gets, how
strictly they rate, how their titles begin, how their posts sound. A seventh of the labels is
chance. What is asked comes from the same habits; nothing in it repeats an item but words of its
topic. After the question each user goes on: the profile holds later items too, one of them the very
thing that is asked about, in all tasks but LaMP-1 with its answer: whoever looks ahead is right.
"""

import json
import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

from usermind.evals.benchmarks.lamp_tasks import MOVIE_TAGS, TASKS

ITEMS = 30
"""Items of a profile before the question."""
LATER = 6
"""Items after it; the first is what is asked about."""
NOISE = 1 / 7
"""Share of labels that are chance."""
FAVOURITE = 0.35
"""Chance that an item is about a given one of the two topics of its user."""
ASKED = date(2019, 6, 1)

TOPICS: Mapping[str, tuple[str, ...]] = {
    "space": ("orbit", "lunar", "rocket", "comet", "astronaut", "gravity", "telescope", "crew"),
    "cooking": ("oven", "recipe", "spice", "chef", "kitchen", "broth", "dough", "flavour"),
    "sea": ("harbour", "sailor", "whale", "storm", "tide", "captain", "reef", "voyage"),
    "crime": ("detective", "robbery", "alibi", "verdict", "witness", "heist", "prison", "clue"),
    "music": ("orchestra", "melody", "violin", "concert", "rhythm", "singer", "studio", "piano"),
    "medicine": ("clinic", "surgeon", "vaccine", "fever", "patient", "dosage", "nurse", "therapy"),
    "machines": ("robot", "circuit", "sensor", "engine", "algorithm", "network", "signal", "chip"),
    "history": ("empire", "archive", "treaty", "dynasty", "siege", "monarch", "ruins", "scribe"),
}
_FILL = (
    "early", "small", "long", "quiet", "sudden", "careful", "distant", "modern", "hidden", "open",
    "work", "people", "city", "years", "night", "study", "story", "change", "family", "question",
)  # fmt: skip
_FEELING: Mapping[int, tuple[str, ...]] = {
    1: ("awful", "broken", "refund", "waste"), 2: ("disappointing", "weak", "dull", "flimsy"),
    3: ("okay", "average", "acceptable", "mixed"), 4: ("good", "solid", "pleasant", "handy"),
    5: ("superb", "perfect", "delightful", "brilliant"),
}  # fmt: skip
_TITLES: tuple[Callable[[str, str], str], ...] = (
    lambda a, b: f"Why the {a} matters for every {b}",
    lambda a, b: f"Five things to know about the {a} and the {b}",
    lambda a, b: f"{a.capitalize()} and {b}: notes from the field",
    lambda a, b: f"How one {a} changed the {b} for good",
    lambda a, b: f"Towards a better {b} with the {a}",
    lambda a, b: f"Re: [{a}] {b} this week",
)
_POSTS: tuple[Callable[[str], str], ...] = (
    lambda said: f"lol {said} !!! so good",
    lambda said: f"honestly, {said}... oh well",
    lambda said: f"Dear all: {said}. Kind regards",
    lambda said: f"ugh {said} again, send help",
    lambda said: f"just in :: {said} :: more soon",
)

Fields = dict[str, str]


class Person:
    """One user, and what they make of a topic."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.topics = rng.sample(sorted(TOPICS), 2)
        self.tags = {topic: rng.choice(MOVIE_TAGS) for topic in TOPICS}
        self.strictness = rng.choice((-1, 0, 1))
        self.title = rng.choice(_TITLES)
        self.post = rng.choice(_POSTS)

    def topic(self) -> str:
        """Return what an item is about."""
        place = int(self.rng.random() / FAVOURITE)
        return self.topics[place] if place < 2 else self.rng.choice(sorted(TOPICS))

    def text(self, topic: str, words: int) -> str:
        """Return words, half of them of the topic."""
        half = [self.rng.choice(TOPICS[topic]) for _ in range(words // 2)]
        rest = [self.rng.choice(_FILL) for _ in range(words - len(half))]
        both = half + rest
        self.rng.shuffle(both)
        return " ".join(both)

    def tag(self, topic: str) -> str:
        """Return the tag that they give."""
        chance = self.rng.random() < NOISE
        return self.rng.choice(MOVIE_TAGS) if chance else self.tags[topic]

    def review(self, topic: str) -> tuple[str, str]:
        """Return a review and its rating."""
        feeling = self.rng.randint(1, 5)
        words = " ".join(self.rng.choice(_FEELING[feeling]) for _ in range(3))
        score = feeling + self.strictness
        if self.rng.random() < NOISE:
            score = self.rng.randint(1, 5)
        return f"{words} {self.text(topic, 8)}", str(min(5, max(1, score)))

    def titled(self, topic: str, words: int) -> tuple[str, str]:
        """Return a text and its title, whose two words of the topic stand in the text."""
        text = self.text(topic, words)
        said = [word for word in dict.fromkeys(text.split()) if word in TOPICS[topic]]
        said += [word for word in TOPICS[topic] if word not in said]
        return text, self.title(said[0], said[1])


def _item(task: str, person: Person) -> Fields:
    topic = person.topic()
    match task:
        case "LaMP-1":
            return {"title": person.text(topic, 6), "abstract": person.text(topic, 24)}
        case "LaMP-2":
            return {"description": person.text(topic, 20), "tag": person.tag(topic)}
        case "LaMP-3":
            text, score = person.review(topic)
            return {"text": text, "score": score}
        case "LaMP-5":
            text, title = person.titled(topic, 40)
            return {"title": title, "abstract": text}
        case "LaMP-4" | "LaMP-6":
            text, title = person.titled(topic, 40)
            return {"title": title, "text": text}
    return {"text": person.post(person.text(topic, 10))}


def _asked(task: str, person: Person, item: Fields) -> tuple[str, str]:
    """Return the input about an item, and the gold answer."""
    match task:
        case "LaMP-1":
            cited = person.text(person.rng.choice(person.topics), 6)
            other = person.text(
                person.rng.choice([t for t in sorted(TOPICS) if t not in person.topics]), 6
            )
            place = person.rng.randint(1, 2)
            first, second = (cited, other) if place == 1 else (other, cited)
            return (
                f'For an author who has written the paper with the title "{item["title"]}", which '
                f'reference is related? [1]: "{first}" [2]: "{second}"'
            ), f"[{place}]"
        case "LaMP-2":
            tags = ", ".join(MOVIE_TAGS)
            return f"Which tag? tags: [{tags}] description: {item['description']}", item["tag"]
        case "LaMP-3":
            return f"What is the score on a scale of 1 to 5? review: {item['text']}", item["score"]
        case "LaMP-4":
            return f"Write a headline. article: {item['text']}", item["title"]
        case "LaMP-5":
            return f"Write a title for the abstract of a paper: {item['abstract']}", item["title"]
        case "LaMP-6":
            return f"Write a subject for this mail: {item['text']}", item["title"]
    said = [word for word in item["text"].split() if word in _WORDS]
    return f"Say this as the user would: {' '.join(said)}", item["text"]


_WORDS = {*_FILL, *(word for topic in TOPICS.values() for word in topic)}


def written(task: str, folder: Path, *, users: int, seed: int) -> tuple[Path, Path]:
    """Write questions and outputs of a task, one question a user, and return their paths.

    Args:
        task: Its name, such as `"LaMP-3"`.
        folder: Where to.
        users: How many.
        seed: The same seed gives the same files.
    """
    assert task in TASKS, task
    questions, golds = [], []
    for number in range(1, users + 1):
        rng = random.Random(f"{seed} {task} {number}")
        person = Person(rng)
        profile = [
            _item(task, person)
            | {"id": f"{number}-{row}", "date": str(ASKED - timedelta(days=rng.randint(1, 900)))}
            for row in range(ITEMS)
        ]
        asked = _item(task, person)
        input_, gold = _asked(task, person, asked)
        for row, item in enumerate([asked, *(_item(task, person) for _ in range(LATER - 1))]):
            day = ASKED + timedelta(days=row * 30)
            profile.append(item | {"id": f"{number}-later-{row}", "date": str(day)})
        rng.shuffle(profile)
        questions.append(
            {"id": str(number), "input": input_, "profile": profile, "date": str(ASKED)}
        )
        golds.append({"id": str(number), "output": gold})
    paths = folder / "questions.json", folder / "outputs.json"
    paths[0].write_text(json.dumps(questions), "utf-8")
    paths[1].write_text(json.dumps({"task": task.replace("-", "_"), "golds": golds}), "utf-8")
    return paths
