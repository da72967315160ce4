"""The one way a prompt file is read and filled."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from string import Template
from typing import ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from usermind.errors import PromptFieldError
from usermind.prompts.fencing import label, spoken

Output = TypeVar("Output", bound=BaseModel)


@runtime_checkable
class Line(Protocol):
    """A structured value that knows its one-line form."""

    def render(self) -> str:
        """Return the line, without a line break at its end."""
        ...


@cache
def _template(name: str) -> Template:
    return Template(files("usermind.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))


@cache
def _without(name: str, fields: frozenset[str]) -> Template:
    """Return a template without the paragraphs that hold one of these fields."""
    kept = [
        paragraph
        for paragraph in _template(name).template.split("\n\n")
        if fields.isdisjoint(Template(paragraph).get_identifiers())
    ]
    return Template("\n\n".join(kept))


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(_written(item) for item in value) or "(none)"
    if isinstance(value, str):
        return label(value)
    if isinstance(value, datetime):
        return _moment(value)
    return value.render() if isinstance(value, Line) else str(value)


def _moment(at: datetime) -> str:
    """Return `Saturday 2026-11-28 23:41 (UTC+01:00)`: what "today" and "Friday" are reckoned by."""
    zone = f"{at:%z}"  # empty where it names none
    return f"{at:%A %Y-%m-%d %H:%M}" + (f" (UTC{zone[:3]}:{zone[3:5]})" if zone else "")


class Prompt:
    """Base of the prompt dataclasses; `name` is the file without `.md`.

    A field of type `str` is a name in running text and is written as `label` has it; a line of
    people's text renders itself with `quoted`; only a field named in `spoken` keeps its lines.
    """

    name: ClassVar[str]
    spoken: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold what the user says in this turn. They must stand last in the file."""
    optional: ClassVar[frozenset[str]] = frozenset()
    """Fields whose paragraph of the file is left out while they are empty."""

    def render(self) -> str:
        """Return the file with every `$field` replaced; tuples are written one item a line.

        Raises:
            PromptFieldError: The file names a field that the class lacks, or the reverse.
        """
        assert is_dataclass(self)
        values = {
            f.name: spoken(value) if f.name in self.spoken else _written(value)
            for f in fields(self)
            for value in (getattr(self, f.name),)
        }
        template = _template(self.name)
        left_out = frozenset(name for name in self.optional if not getattr(self, name))
        if unmatched := values.keys() ^ set(template.get_identifiers()):
            raise PromptFieldError(
                f"prompts/{self.name}.md and {type(self).__name__} differ on {sorted(unmatched)}. "
                "Every `$field` of the file must be a field of the dataclass, and the reverse."
            )
        return _without(self.name, left_out).substitute(values).strip()


class StructuredPrompt(Prompt, Generic[Output]):
    """A prompt whose answer is one validated object."""

    output: ClassVar[type[BaseModel]]
    """The pydantic class of the answer; the same as the type argument."""
    max_tokens: ClassVar[int] = 2048
    """Upper bound of the answer, in the model's tokens."""
