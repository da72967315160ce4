"""The text of an HTML mail: what a reader sees of it, without what it quotes."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Final

LONGEST: Final = 300_000
"""Characters of HTML that are read."""

_UNSEEN: Final = {"head", "script", "style", "template", "title", "noscript", "object", "svg"}
_QUOTES: Final = {"blockquote"}
_QUOTING: Final = re.compile(
    r"\b(gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|divRplyFwdMsg)\b"
)
_HIDDEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
_VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"}
_PARAGRAPHS: Final = {
    "article", "div", "dl", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "ol", "p", "pre", "section", "table", "ul",
}  # fmt: skip
_LINES: Final = {"br", "dd", "dt", "li", "tr"}
_TAG: Final = re.compile(r"<[^>]{0,2000}>")


def seen_text(html: str) -> str:
    """Return the text of HTML, a paragraph or row to a line, without what is hidden or quoted."""
    reader = _Reader()
    try:
        # Not closed: a tag or comment that never ends hides what follows, as in a browser, and
        # closing would look for its end from each place where one begins. The line break ends
        # what is a character's name.
        reader.feed(html[:LONGEST] + "\n")
    except AssertionError:  # what HTMLParser says to a declaration that it does not know
        return _tidied(unescape(_TAG.sub(" ", html[:LONGEST])))
    return _tidied("".join(reader.pieces))


class _Reader(HTMLParser):
    """Gathers text; inside something unseen it only counts tags of that name, until it closes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._inside = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break the line, or begin to pass over."""
        if self._inside == "p" and tag in _PARAGRAPHS:  # which close it, as HTML has it
            self._inside = ""
        if self._inside:
            self._depth += tag == self._inside
            return
        if tag not in _VOID and (tag in _UNSEEN or tag in _QUOTES or _is_unseen(attrs)):
            self._inside, self._depth = tag, 1
        elif tag in _PARAGRAPHS:
            self.pieces.append("\n\n")
        elif tag in _LINES:
            self.pieces.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.pieces.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break the line: `<br/>` opens nothing."""
        if tag in _VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Break the line, or end to pass over."""
        if self._inside:
            self._depth -= tag == self._inside
            if not self._depth:
                self._inside = ""
        elif tag in _PARAGRAPHS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Keep text that is seen."""
        if not self._inside:
            self.pieces.append(re.sub(r"\s+", " ", data))


def _is_unseen(attrs: list[tuple[str, str | None]]) -> bool:
    given = {name: value or "" for name, value in attrs}
    named = f"{given.get('class', '')} {given.get('id', '')}"
    hidden = "hidden" in given or _HIDDEN.search(given.get("style", "")) is not None
    return hidden or _QUOTING.search(named) is not None


def _tidied(text: str) -> str:
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
