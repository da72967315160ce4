"""One mail, from its bytes: who wrote what, when, and to which conversation it belongs."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import EmailMessage, Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final

from usermind.agents.sources.addressing import is_direct
from usermind.agents.sources.bounds import bounded
from usermind.agents.sources.hypertext import seen_text
from usermind.agents.sources.quoting import own_words, unflowed
from usermind.agents.sources.source import fingerprint, plausible, sender, storable
from usermind.memory.journal import USER
from usermind.types import Clock

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a mail that are read; the text comes first in nearly all."""
LONGEST: Final = 100_000
"""Characters of a mail's text that are kept."""
_LONGEST_BODY: Final = 1_000_000
"""Characters in which the sender's own words are looked for."""
_LONGEST_HEADER: Final = 20_000
_DEEPEST: Final = 20
_DEFECTS: Final = (
    MessageError, AssertionError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip
"""What the standard library's parser raises when mails are not as the standards have them."""
_NO_CHARSETS: Final = {"idna", "punycode", "undefined", "raw_unicode_escape", "unicode_escape"}
"""Python's codecs that no mail is written in, some of them slow."""
_ID: Final = re.compile(r"<([^<>\s]{1,500})>")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says."""

    text: str
    """Subject, those it was sent to where the user sent it, body, names of what is attached."""
    author: str
    own: bool
    """Whether the user sent it, as far as it says."""
    vouched: bool
    """Whether no server received it from elsewhere, so that nobody can have forged who sent it."""
    at: datetime | None
    """When it was sent, or else received; None: it does not say, or not credibly."""
    id: str
    """Its Message-ID, or what stands for all of it."""
    thread: str
    """The Message-ID of the first mail of the conversation."""
    doubts: tuple[str, ...]
    """What could not be read as it was meant."""
    direct: bool = False
    """Whether somebody else wrote it to the user in person."""


@dataclass(slots=True)
class _Body:
    texts: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def letter(raw: bytes, *, me: Collection[str], clock: Clock) -> Letter | str:
    """Return what a mail says, or why it cannot be read.

    Args:
        raw: The mail, without mbox's "From " line.
        me: Addresses of the user, in lower case.
        clock: The present, which no date of it may be past.
    """
    try:
        readable, doubts = bounded(raw[:LARGEST])
        message = message_from_bytes(readable, policy=policy.default)
        if not message.keys():
            return "it has no headers, so it is no mail"
        return _read(message, raw, doubts, me, clock)
    except _DEFECTS as error:
        return f"it cannot be taken apart ({type(error).__name__})"


def _read(
    message: EmailMessage, raw: bytes, doubts: list[str], me: Collection[str], clock: Clock
) -> Letter:
    senders = _addresses(message, "from") or _addresses(message, "sender")
    name, address = senders[0] if senders else ("", "")
    own = address.casefold() in me
    body = _Body(doubts=doubts)
    _gather(message, body, 0)
    text = _written(message, body, own=own)
    if len(raw) > LARGEST:
        body.doubts.append(f"it has {len(raw):,} bytes or more; the first {LARGEST:,} were read")
    ids = _ID.findall(_raw(message, "message-id"))
    # A mail program may write its own marks into a mail, like `Status`: they are no part of it.
    sent = [_raw(message, part) for part in ("from", "to", "date", "subject", "message-id")]
    its_id = ids[0] if ids else fingerprint(*sent, text)
    before = _ID.findall(_raw(message, "references")) or _ID.findall(_raw(message, "in-reply-to"))
    return Letter(
        text=text,
        author=USER if own else sender(name, address),
        own=own,
        vouched=_is_vouched(message),
        at=_sent(message, clock),
        id=storable(its_id),
        thread=storable(before[0] if before else its_id),
        doubts=tuple(body.doubts),
        direct=is_direct(
            message,
            sender=address,
            to=[mail for _, mail in _addresses(message, "to")],
            me=me,
            is_own=own,
        ),
    )


def _written(message: EmailMessage, body: _Body, *, own: bool) -> str:
    subject = " ".join(_header(message, "subject").split())
    to = ", ".join(name or address for name, address in _addresses(message, "to")[:10])
    said = "\n\n".join(body.texts)
    if len(said) > _LONGEST_BODY:
        body.doubts.append(f"it has {len(said):,} characters; {_LONGEST_BODY:,} were looked at")
    words = own_words(said[:_LONGEST_BODY].replace("\r\n", "\n").replace("\r", "\n"))
    if len(words) > LONGEST:
        body.doubts.append(f"its text has {len(words):,} characters; {LONGEST:,} were kept")
        words = words[:LONGEST]
    head = [f"Subject: {subject[:1_000]}"] if subject else []
    head += [f"To: {to[:1_000]}"] if own and to else []
    attached = [f"Attached: {', '.join(body.attached[:20])}"] if body.attached else []
    parts = ["\n".join(head), words, *attached]
    whole = "\n\n".join(part for part in parts if part.strip())
    return storable(whole) or "(a mail without words)"


def _is_vouched(message: EmailMessage) -> bool:
    """Say whether the mail was put here by its sender's own program, not received.

    Every server writes `Received` above what it gets. Above those stands only what was written
    after them: so the label `Sent` of an export from Gmail counts there, and nowhere below.
    """
    for name, value in message.raw_items():
        if name.lower() == "received":
            return False
        if name.lower() == "x-gmail-labels" and "sent" in re.split(r"\W+", str(value).lower()):
            return True
    return True


# -- headers ------------------------------------------------------------------------------


def _raw(message: EmailMessage, name: str) -> str:
    """Return a header as it stands, on one line; what is no ASCII as UTF-8 or Latin-1."""
    for key, value in message.raw_items():
        if key.lower() == name:
            line = re.sub(r"[\r\n]+", "", str(value))[:_LONGEST_HEADER]
            if line.isascii():
                return line
            data = line.encode("utf-8", "surrogateescape")
            try:
                return data.decode("utf-8")
            except UnicodeDecodeError:
                return data.decode("latin-1")
    return ""


def _parsed(message: EmailMessage, name: str) -> Any:
    """Return a header object of the standard library, or None where it cannot make one."""
    try:
        return policy.default.header_factory(name, _raw(message, name))
    except _DEFECTS:
        return None


def _header(message: EmailMessage, name: str) -> str:
    """Return a header in words."""
    found = _parsed(message, name)
    if found is not None:
        return storable(str(found))
    return storable(_decoded_words(_raw(message, name)))


def _decoded_words(raw: str) -> str:
    """Return a header that only the simpler decoder can read."""
    try:
        pieces = decode_header(raw)
    except _DEFECTS:
        return raw
    return "".join(
        piece if isinstance(piece, str) else _characters(piece, charset)[0]
        for piece, charset in pieces
    )


def _addresses(message: EmailMessage, name: str) -> list[tuple[str, str]]:
    """Return names and addresses of a header, without empty ones."""
    found = _parsed(message, name)
    pairs: list[tuple[str, str]] = []
    try:
        pairs = [(one.display_name, one.addr_spec) for one in found.addresses] if found else []
    except _DEFECTS:
        pairs = []
    if not any(address.strip("<>") for _, address in pairs):
        pairs = getaddresses([_decoded_words(_raw(message, name))])
    cleaned = [(storable(name).strip(), storable(mail).strip("<> ")) for name, mail in pairs]
    return [pair for pair in cleaned if any(pair)]


def _sent(message: EmailMessage, clock: Clock) -> datetime | None:
    """Return when it was sent, else when a server received it."""
    received = _raw(message, "received").rpartition(";")[2]
    for stated in (_raw(message, "date"), received):
        at = _time(stated)
        if plausible(at, clock):
            return at
    return None


def _time(stated: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(stated.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at
    except (*_DEFECTS, OverflowError):
        return None


# -- body ---------------------------------------------------------------------------------


def _gather(part: Message, body: _Body, depth: int) -> None:
    """Take text and names of attachments from a part and those in it."""
    kind = part.get_content_type()
    if depth > _DEEPEST:
        body.doubts.append(f"parts more than {_DEEPEST} deep were not read")
    elif kind == "multipart/alternative":
        _gather_best(part, body, depth)
    elif part.is_multipart() and kind != "message/rfc822":
        for inner in _parts(part):
            _gather(inner, body, depth + 1)
    elif kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
        text = _text(part, body)
        if text.strip():
            body.texts.append(text)
    elif depth or part.get_filename():
        body.attached.append(_attached(part, kind))


def _gather_best(part: Message, body: _Body, depth: int) -> None:
    """Take the plain one of several versions where it says something, else another one."""
    versions = []
    for inner in _parts(part):
        version = _Body()
        _gather(inner, version, depth + 1)
        versions.append((inner.get_content_type() != "text/plain", not version.texts, version))
    for _, empty, version in sorted(versions, key=lambda one: (one[1], one[0])):
        body.texts += version.texts
        body.doubts += version.doubts
        if not empty:
            break
    body.attached += [name for *_, version in versions for name in version.attached]


def _parts(part: Message) -> Iterator[Message]:
    inside = part.get_payload()
    if isinstance(inside, list):
        yield from (one for one in inside if isinstance(one, Message))


def _text(part: Message, body: _Body) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    text, sure = _characters(data, part.get_content_charset())
    if not sure:
        body.doubts.append("its character set is not what it says; letters may be wrong")
    if part.get_content_type() == "text/html":
        return seen_text(text)
    flowed = str(part.get_param("format") or "").lower() == "flowed"
    return unflowed(text.replace("\r\n", "\n")) if flowed else text


def _characters(data: bytes, charset: str | None) -> tuple[str, bool]:
    """Return text, and whether it was in the character set that is named, or in UTF-8."""
    named = (charset or "utf-8").strip().lower()
    for name in [named] if named.replace("-", "_") not in _NO_CHARSETS else []:
        try:
            return data.decode(name), True
        except (LookupError, ValueError):  # no such set, or not in it
            continue
    try:
        return data.decode("utf-8"), charset is None
    except UnicodeDecodeError:
        return data.decode("latin-1"), False


def _attached(part: Message, kind: str) -> str:
    try:
        name = part.get_filename() or ""
    except _DEFECTS:
        name = ""
    shown = "".join(char if char.isprintable() else " " for char in storable(name))
    return " ".join(shown.split())[:200] or f"a file of type {kind[:100]}"
