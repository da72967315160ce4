"""HTML and SVG put together so that no text of anybody can be taken for markup.

Every string is escaped unless it is `Markup`, and only `tag` and `joined` make that.
"""

import re
from html import escape

from usermind.prompts.fencing import UNSEEN

_INVALID = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSEEN = re.compile(f"[{UNSEEN}]")
_VOID = frozenset({"br", "link", "meta", "hr"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | int | float | None


def shown(text: str) -> Markup:
    """Return text as markup; what cannot be seen in it is written out, as `⟨U+202E⟩`."""
    valid = _INVALID.sub("\ufffd", text)
    return Markup(escape(_UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", valid)))


def joined(*children: Child) -> Markup:
    """Return children one after the other; None is nothing."""
    return Markup("".join(_child(child) for child in children if child is not None))


def _child(child: str | int | float) -> str:
    return child if isinstance(child, Markup) else shown(str(child))


def tag(name: str, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """Return an element.

    Args:
        name: Of the element.
        children: Its content; strings are escaped unless they are markup.
        attributes: `class_` for class, underscores for hyphens; True for one without a value, None
            and False for none.

    >>> print(tag("p", "a < b", tag("br"), class_="note"))
    <p class="note">a &lt; b<br></p>
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_value(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def _value(value: str | int | float | bool) -> str:
    return f"{value:g}" if isinstance(value, float) else shown(str(value))
