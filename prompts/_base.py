"""The one way a prompt file is read and filled."""

from dataclasses import fields, is_dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from usermind.errors import PromptFieldError

Output = TypeVar("Output", bound=BaseModel)

FENCE = "⟦⟧"
"""The pair that encloses text written by people inside a prompt; `quoted` makes it unforgeable."""


@runtime_checkable
class Line(Protocol):
    """A structured value that knows its one-line form."""

    def render(self) -> str:
        """Return the line, without a line break at its end."""
        ...


@cache
def _template(name: str) -> Template:
    return Template(files("usermind.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))


def quoted(text: str) -> str:
    """Return people's text on one line between fence marks that it cannot close itself."""
    flat = " ".join(text.split())
    return FENCE[0] + flat.replace(FENCE[0], "[[").replace(FENCE[1], "]]") + FENCE[1]


def named(author: str) -> str:
    """Return an author's name as a prompt shows it: fenced, except for our own two words."""
    return author if author in ("user", "assistant") else quoted(author)


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(_written(item) for item in value) or "(none)"
    return value.render() if isinstance(value, Line) else str(value)


class Prompt:
    """Base of the prompt dataclasses; `name` is the file without `.md`."""

    name: ClassVar[str]

    def render(self) -> str:
        """Return the file with every `$field` replaced; tuples are written one item a line.

        Raises:
            PromptFieldError: The file names a field that the class lacks, or the reverse.
        """
        assert is_dataclass(self)
        values = {f.name: _written(getattr(self, f.name)) for f in fields(self)}
        template = _template(self.name)
        if unmatched := values.keys() ^ set(template.get_identifiers()):
            raise PromptFieldError(
                f"prompts/{self.name}.md and {type(self).__name__} differ on {sorted(unmatched)}. "
                "Every `$field` of the file must be a field of the dataclass, and the reverse."
            )
        return template.substitute(values).strip()


class StructuredPrompt(Prompt, Generic[Output]):
    """A prompt whose answer is one validated object."""

    output: ClassVar[type[BaseModel]]
    """The pydantic class of the answer; the same as the type argument."""
    max_tokens: ClassVar[int] = 2048
    """Upper bound of the answer, in the model's tokens."""
