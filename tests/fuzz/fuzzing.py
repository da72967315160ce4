"""What all fuzz tests share: how many inputs, how long and how large one may be, and odd ones."""

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NoReturn

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SECONDS: Final = 30
"""Longest that one input may take; ordinary ones take milliseconds."""
MEGABYTES: Final = 600
"""Most that one input may add to the memory of the process."""


def inputs(number: int, *, share: float = 1.0) -> Callable[[Any], Any]:
    """Return the settings of a fuzz test.

    Args:
        number: Inputs in a run of the whole suite.
        share: Of the inputs that `USERMIND_FUZZ` asks for each area, what this test takes.
    """
    asked = os.environ.get("USERMIND_FUZZ")
    return settings(
        max_examples=max(1, round(int(asked) * share)) if asked else number,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


class StuckError(BaseException):
    """An input took too long; no `except Exception` of what is tested can swallow it."""


@contextmanager
def bounded(seconds: int = SECONDS, megabytes: int = MEGABYTES) -> Iterator[None]:
    """Fail where what is done takes too long, or takes too much memory."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise StuckError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    held = _most_held()
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    grown = _most_held() - held
    assert grown < megabytes, f"{grown:.0f} MB more than before"


def _most_held() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def refused(*kinds: type[Exception], told: str = "") -> Iterator[None]:
    """Let what is done be refused by such an error, whose message says so in words."""
    try:
        yield
    except kinds as error:
        message = str(error)
        if not message.strip() or told not in message:
            raise


# -- odd texts ------------------------------------------------------------------------------

ODD_TEXTS: Final = (
    *("", " ", "\t\n", "-", "--", "-1", "0", "1", "+1", "01", "1.5", "1e400", "nan", "-inf", "inf"),
    *("9" * 19, "9" * 400, "-9223372036854775809", "0x10", "1_000", "١٢", "½", "true", "None"),
    *(
        "a" * 5_000,
        "é" * 600,
        "🎈",
        "👩‍👩‍👧",
        "e\u0301",
        "ﬁ",
        "İ",
        "ß",
        "\ufeff",
        "\u200b",
        "\u202eabc",
    ),
    *("\x1b[31mred\x1b[0m", "\x07\x08", "a\r\nb", "\x7f", "\x85", "\u2028", "\uffff", "\U0010ffff"),
    *("../../etc/passwd", "/", ".", "..", "~", "~nobody/x", "C:\\x", "a/b", "CON", "a\\b"),
    *(
        "'; DROP TABLE user; --",
        '"',
        "'",
        "`",
        "NEAR(a b)",
        "a AND",
        "*",
        "a*",
        "col:x",
        "^a",
        "(",
        "%",
    ),
    *(
        "{}",
        "[]",
        "$name",
        "%s %n",
        "{0}",
        "<b>x</b>",
        "&amp;",
        "[red]x[/red]",
        "\\",
        "\\u0000",
        "#",
    ),
    *("2026-02-30", "0001-01-01", "9999-12-31T23:59", "24:00", "-0001-01-01", "1970-01-01T00:00Z"),
    *("a=", "=b", "a=b=c", "a!=", "year>=nan", "year<=1e999", "=", "!=", "a>=b", "a|b", "=|"),
)
"""Texts that trip parsers, databases, terminals, file systems or templates."""
HALVES: Final = ("\ud800", "a\udcff", "\udc80\udcfe", "x\udfff y")
"""Lone surrogates: what Python makes of bytes on a command line that are not UTF-8, and of JSON."""

odd_text = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.sampled_from(HALVES),
    st.text(max_size=40),
    st.text(st.characters(codec=None, categories=None), max_size=12),
)
"""Texts, halves of characters and NULs among them."""

numbers = st.one_of(
    st.integers(),
    st.integers(-3, 300),
    st.sampled_from((2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**400)),
    st.floats(allow_nan=True, allow_infinity=True),
)

scalars = st.one_of(st.none(), st.booleans(), numbers, odd_text)

json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(odd_text, inner, max_size=4)
    ),
    max_leaves=12,
)
"""Anything that JSON, as Python reads and writes it, can hold; NaN and halves of characters too."""


# -- files with something changed ------------------------------------------------------------

_SPLICES: Final = (
    b"\x00", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n", b"\n\n", b"\\",
    b'"', b"'", b",", b":", b"{", b"}", b"[", b"]", b"<", b">", b"&", b"*a", b"&a ", b"!!x ", b"%",
    b"9" * 40, b"-1", b"1e999", b"NaN", b"\\ud800", b"\\u0000", b"null", b"A" * 3_000, b"[" * 3_000,
    b"\t", b" ", b"\x1b[2J", b"=?utf-8?q?=FF?=", b"=?x?b?!!?=", b"\xe2\x80\xae",
)  # fmt: skip


def mangled(seed: bytes) -> st.SearchStrategy[bytes]:
    """Return the bytes of a good file with a few places cut, doubled, flipped or filled."""
    place = st.integers(0, len(seed))
    edit = st.one_of(
        st.tuples(st.just("insert"), place, st.sampled_from(_SPLICES)),
        st.tuples(st.just("replace"), place, st.sampled_from(_SPLICES)),
        st.tuples(st.just("flip"), place, st.integers(1, 255)),
        st.tuples(st.just("cut"), place, st.integers(1, 400)),
        st.tuples(st.just("double"), place, st.integers(1, 400)),
        st.tuples(st.just("end"), place, st.just(0)),
    )
    return st.lists(edit, min_size=1, max_size=6).map(lambda edits: _edited(seed, edits))


def _edited(data: bytes, edits: list[tuple[str, int, Any]]) -> bytes:
    for kind, place, what in edits:
        head, rest = data[:place], data[place:]
        match kind:
            case "insert":
                data = head + what + rest
            case "replace":
                data = head + what + rest[len(what) :]
            case "flip":
                data = head + bytes(byte ^ what for byte in rest[:1]) + rest[1:]
            case "cut":
                data = head + rest[what:]
            case "double":
                data = head + rest[:what] + rest
            case _:
                data = head
    return data
