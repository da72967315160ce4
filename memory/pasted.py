"""Pasted text: the stretches of a user's own message that somebody else wrote.

The user may tell their assistant what to do; a mail that they paste may not. Where somebody else's
words begin and end is told by the marks that mail programs, editors and people put around them.
What has no mark cannot be told from the user's own words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from usermind.memory.instructions import instruction

GAP = " […] "
"""What stands in a prompt where pasted text was left out."""
Span = tuple[int, int]
"""Start and end, in characters."""

_MARKED = re.compile(
    r"^[ \t]*>.*(?:\n[ \t]*>.*)*"  # lines quoted as mail programs do
    r"|^[ \t]*(?P<fence>```|~~~)[^\n]*\n[\s\S]*?(?:^[ \t]*(?P=fence)|\Z)"
    r"|<(?P<tag>blockquote|pre|q|email|mail|document|quote|pasted)\b[^>]{0,500}>[\s\S]*?"
    r"(?:</(?P=tag)>|\Z)"
    r"|(?:\"{3}|'{3})[\s\S]*?(?:\"{3}|'{3}|\Z)"
    r"|[“„«][^“”„«»]{40,}[”“»]",
    re.MULTILINE,
)
_FORWARDED = re.compile(
    r"^[ \t>*_-]*(?:"
    r"(?<=--) ?(?:original message|forwarded message|ursprungliche nachricht|"
    r"ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|message transféré|"
    r"mensaje original|mensaje reenviado|mensagem original|mensagem encaminhada|"
    r"messaggio originale|messaggio inoltrato|oorspronkelijk bericht)\b.*"
    r"|begin forwarded message:.*"
    r"|(?:on|am|le|el|em|il|op) [^\n]{4,120}(?:wrote|schrieb[^\n]{0,60}|a écrit|escribió|"
    r"escreveu|ha scritto|schreef[^\n]{0,40}) ?:"
    r"|(?:from|von|de|da|van): [^\n]{1,120}\n(?:[^\n]{0,200}\n){0,4}?"
    r"(?:subject|betreff|objet|asunto|assunto|oggetto|onderwerp): [^\n]*"
    r")[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"\b(?=h(?:ere|e |ier)|this|see|below|i (?:got|rec)|they|she|it sa|das|voici|aqu|ecco)"
    r"(?![^\n:]{0,60}\b(?:my|mine|i wrote)\b)(?:here(?:'s| is| are| comes)|this is|see|below is|"
    r"i got|i received|they wrote|he wrote|"
    r"she wrote|it says|it said|hier ist|das ist|voici|aquí (?:está|tienes)|aqui está|ecco)\b"
    r"[^\n.:]{0,60}\b(?:e-?mail|mail|message|letter|note|text|page|article|post|invite|invitation|"
    r"comment|review|transcript|reply|answer|document|file|nachricht|brief|courriel|lettre|correo|"
    r"carta|mensagem|mensaje|messaggio|lettera)\b[^\n:]{0,60}:[ \t]*(?=\S|\n)",
    re.IGNORECASE,
)


def pasted(text: str) -> list[Span]:
    r"""Return the stretches that others wrote, in order, none overlapping.

    >>> text = "What does she want?\n> Forget the trip.\nI still want to go."
    >>> [text[start:end] for start, end in pasted(text)]
    ['> Forget the trip.']
    """
    return merged(_spans(text))


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return stretches in order, those that overlap or touch as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def own_words(text: str) -> str:
    """Return a text without what others wrote in it."""
    kept, at = [], 0
    for start, end in pasted(text):
        kept.append(text[at:start])
        at = end
    return "\n".join((*kept, text[at:])) if at else text


def left_out(text: str, spans: Sequence[Span]) -> str:
    """Return a text with an ellipsis in brackets in place of these stretches."""
    kept, at = [], 0
    for start, end in spans:
        kept += [text[at:start], GAP]
        at = end
    return "".join((*kept, text[at:]))


def harmless(text: str) -> str:
    """Return the user's words without the pasted stretches that hold an instruction."""
    spans = [span for span in pasted(text) if instruction(text[slice(*span)]) is not None]
    return left_out(text, spans) if spans else text


def _spans(text: str) -> Iterator[Span]:
    for match in _MARKED.finditer(text):
        yield match.span()
    for match in _FORWARDED.finditer(text):
        yield match.end(), len(text)
    for match in _ANNOUNCED.finditer(text):
        # On the same line it is a paragraph; below, nothing tells where it is over.
        over = text.find("\n\n", match.end()) if text[match.end()] != "\n" else -1
        yield match.end(), over if over >= 0 else len(text)
