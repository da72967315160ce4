"""The seven tasks of LaMP: what an item holds, what is searched, with what, and how it is asked.

    input → query text → items found → their lines, within a budget → prompt

Source: LaMP (Salemi et al., arXiv 2304.11406), its fields, query texts and budget. The sentences
around the items are ours, so figures of a model compare within a run and not with published ones.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

MOST_WORDS = 512
"""Words of a prompt, as LaMP's prompt generator counts tokens by default; a word is what stands
between spaces."""
FOR_THE_INPUT = 0.6
"""Share of a prompt that its input may take where there are items."""
MOVIE_TAGS = (
    "sci-fi", "based on a book", "comedy", "action", "twist ending", "dystopia", "dark comedy",
    "classic", "psychology", "fantasy", "romance", "thought-provoking", "social commentary",
    "violence", "true story",
)  # fmt: skip
RATINGS = ("1", "2", "3", "4", "5")
CHOICES = ("[1]", "[2]")

Form = Literal["choice", "label", "rating", "text"]


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a date stands for, from its first instant to its last; aware."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a user's past."""

    row: int
    """Its place in the profile, from 1."""
    id: str
    fields: Mapping[str, str]
    date: Span | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One input of one user, with their past."""

    row: int
    """Its place in the file, from 1."""
    id: str
    input: str
    profile: tuple[Item, ...]
    date: Span | None = None
    """When it is asked, where the file says so; LaMP's own files do not."""


@dataclass(frozen=True, slots=True)
class Task:
    """One of the seven."""

    name: str
    form: Form
    query: Callable[[str], str | None]
    """The part of an input that is searched for; None where its marker is missing."""
    corpus: tuple[str, ...]
    """Fields of an item that are searched."""
    answer: str
    """Field of an item that is what is asked for; of LaMP-1, what resembles it most."""
    sentence: str
    """An item as the prompt shows it; `$field` stands for a field."""
    labels: tuple[str, ...] = ()
    fields: tuple[str, ...] = field(default=())
    """All fields that an item must have."""

    def searched(self, item: Item) -> str:
        """Return the text of an item that is searched."""
        return " ".join(item.fields[name] for name in self.corpus).strip()


def after(marker: str) -> Callable[[str], str | None]:
    """Return what gives the part of an input after a marker.

    >>> after("review:")("Rate it. review: Too: long. ")
    'Too: long.'
    """

    def found(text: str) -> str | None:
        _, there, rest = text.partition(marker)
        return rest.strip() if there and rest.strip() else None

    return found


def candidates(text: str) -> tuple[str, str] | None:
    """Return the two candidates of LaMP-1: what stands quoted at the end behind [1]: and [2]:.

    In its files these are the second and third quoted string; read like this, titles with quotation
    marks of their own stay whole. Without the marks the second and third it is.

    >>> candidates('Wrote "A". Which? [1]: "The "B" side" [2]: "C"')
    ('The "B" side', 'C')
    """
    if marked := re.search(r'\[1\]:\s*"(.*)"\s*\[2\]:\s*"(.*)"\s*$', text, re.DOTALL):
        return marked[1], marked[2]
    quoted = re.findall(r'"([^"]*)"', text)
    return (quoted[1], quoted[2]) if len(quoted) >= 3 else None


def _both(text: str) -> str | None:
    found = candidates(text)
    return None if found is None else " ".join(found).strip() or None


_TITLED = ("title", "abstract")
TASKS: Mapping[str, Task] = {
    task.name: task
    for task in (
        Task("LaMP-1", "choice", _both, _TITLED, "title", '"$title"', CHOICES, _TITLED),
        Task("LaMP-2", "label", after("description:"), ("description",), "tag",
             'a movie described as "$description" has the tag "$tag"', MOVIE_TAGS,
             ("description", "tag")),
        Task("LaMP-3", "rating", after("review:"), ("text",), "score",
             '$score was the rating given with the review "$text"', RATINGS, ("text", "score")),
        Task("LaMP-4", "text", after("article:"), ("title", "text"), "title",
             '"$title" was the headline of the article "$text"', (), ("title", "text")),
        Task("LaMP-5", "text", after("paper:"), _TITLED, "title",
             '"$title" was the title of the paper with the abstract "$abstract"', (), _TITLED),
        Task("LaMP-6", "text", after(":"), ("text",), "title",
             '"$title" was the subject of the mail "$text"', (), ("title", "text")),
        Task("LaMP-7", "text", after(":"), ("text",), "text", '"$text" was a post by this user',
             (), ("text",)),
    )
}  # fmt: skip
"""By name."""


def span(text: str) -> Span:
    """Return the time that a date stands for: a year, a month, a day, or a moment with its time.

    Raises:
        ValueError: It is none of these.

    >>> span("2016-02").last.isoformat()
    '2016-02-29T23:59:59.999999+00:00'
    """
    whole = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text.strip())
    if whole is None:
        at = datetime.fromisoformat(text.strip())
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return Span(at, at)
    year, month, day = int(whole[1]), int(whole[2] or 1), int(whole[3] or 1)
    first = datetime(year, month, day, tzinfo=UTC)
    if whole[3]:
        after_it = first + timedelta(days=1)
    elif whole[2]:
        after_it = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    else:
        after_it = datetime(year + 1, 1, 1, tzinfo=UTC)
    return Span(first, after_it - timedelta(microseconds=1))


def known_then(question: Question) -> tuple[Item, ...]:
    """Return the items that surely were there when the question was asked.

    Of a question without a date these are all: its file says that they are its past. Otherwise an
    item counts when the last instant of its date lies before the first of the question's; one of
    the same day may be younger, and one without a date too, so both stay out.
    """
    if question.date is None:
        return question.profile
    asked = question.date.first
    return tuple(each for each in question.profile if each.date and each.date.last < asked)


# -- the prompt -----------------------------------------------------------------------------


def prompt_of(
    task: Task, question: Question, items: Sequence[Item], *, most: int = MOST_WORDS
) -> str:
    """Return what a model is asked, of at most `most` words.

    The items stand before the input, joined by ", and "; the titles of LaMP-1 stand in it, after
    its first word "title". Each item has an equal share of the room, and what it leaves goes to
    the next. An item that does not fit into its share is cut in its longest field. The input may
    take all the room where there is no item, else `FOR_THE_INPUT` of it; past that it is cut.
    """
    asked = question.input.split()
    for_it = int(FOR_THE_INPUT * most) if items else most
    lines = _fitted(task, items, most - min(len(asked), for_it))
    used = sum(len(line.split()) + 1 for line in lines)
    said = " ".join(asked[: most - used])
    if not lines:
        return said
    if task.form == "choice" and (place := re.search(r"\btitle\b", said)):
        before, rest = said[: place.end()], said[place.end() :].lstrip()
        return f"{before} {', and '.join(lines)}, and {rest}"
    return f"{', and '.join(lines)}. {said}"


def _fitted(task: Task, items: Sequence[Item], room: int) -> list[str]:
    """Return the lines of items, the word that joins each to the next counted with it."""
    lines = []
    for place, item in enumerate(items):
        share = room // (len(items) - place) - 1
        if line := _line(task, item, share):
            lines.append(line)
            room -= len(line.split()) + 1
    return lines


def _line(task: Task, item: Item, most: int) -> str:
    """Return an item's line of at most `most` words, or nothing where it has no room."""
    shown = {name: item.fields[name].split() for name in task.fields}
    named = [name for name in task.fields if f"${name}" in task.sentence]
    over = len(_filled(task.sentence, shown).split()) - most
    while over > 0:
        longest = max(named, key=lambda name: len(shown[name]))
        if len(shown[longest]) <= over:
            return ""
        shown[longest] = shown[longest][: len(shown[longest]) - over]
        over = len(_filled(task.sentence, shown).split()) - most
    return _filled(task.sentence, shown)


def _filled(sentence: str, fields: Mapping[str, Sequence[str]]) -> str:
    return re.sub(r"\$(\w+)", lambda name: " ".join(fields[name[1]]), sentence)
