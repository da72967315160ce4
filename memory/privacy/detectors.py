"""Detectors: all that can be found in a text, once, and never a word of it kept."""

import hashlib
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from usermind.errors import PrivacyError
from usermind.memory.privacy import identifiers, secrets
from usermind.memory.privacy.findings import PLACEHOLDER, Finding, Folded, folded, masked
from usermind.memory.privacy.secrets import Span

Detector = Callable[[str], Iterable[Span]]
"""Takes a folded text; gives kind, start and end of what it finds."""

DETECTORS: tuple[Detector, ...] = (secrets.find, identifiers.find)
"""What looks for secrets and identifiers."""
ROUNDS = 4
"""Looks at a text from which what was found is masked: taking something out may show more."""
REMEMBERED = 4_096
"""Texts whose findings are kept in memory, by a hash of the text."""

# Of findings that overlap, the one that says more or hides more comes first.
_ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            "private key", "token", "passphrase", "password", "key", "one-time code", "card code",
            "PIN", "access code", "bank account", "card number", "passport number",
            "licence number", "national id", "email", "phone number", "IP address",
        )
    )
}  # fmt: skip


class Remembered:
    """Findings of texts seen lately, by hash, so that a text is forgotten and its findings not."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._found: OrderedDict[bytes, tuple[Finding, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of(
        self, text: str, context: str, look: Callable[[], tuple[Finding, ...]]
    ) -> tuple[Finding, ...]:
        """Return what `look` finds in a text, from memory where it was looked at before."""
        data = f"{context}\x00{text}".encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(data, digest_size=16).digest()
        found = self._found.get(key)
        if found is None:
            found = look()
            with self._lock:
                self._found[key] = found
                if len(self._found) > self._size:
                    self._found.popitem(last=False)
        return found


def find(text: str, detectors: Sequence[Detector] = DETECTORS) -> tuple[Finding, ...]:
    """Return the secrets and identifiers of a text, in order, none overlapping another.

    Raises:
        PrivacyError: A detector broke. What it would have found is not known, so the text may not
            pass.
    """
    seen = folded(text)
    look = seen.text
    if "removed]" in look:
        look = masked(look, [match.span() for match in PLACEHOLDER.finditer(look)])
    found: list[Finding] = []
    for _ in range(ROUNDS):
        spans = _spans(look, detectors)
        if not spans:
            break
        look = masked(look, [(start, end) for _, start, end in spans])
        found += [_placed(seen, *span) for span in spans]
    return tuple(sorted(found, key=lambda item: item.start))


def _spans(text: str, detectors: Sequence[Detector]) -> list[Span]:
    """Return the spans that one look shows, without those that overlap a better one."""
    spans: list[Span] = []
    for detector in detectors:
        try:
            spans += detector(text)
        except Exception as error:
            raise PrivacyError.of(error, what="A detector") from error
    chosen: list[Span] = []
    begins: list[int] = []  # of those chosen, in order, with where each ends
    ends: list[int] = []
    for kind, start, end in sorted(set(spans), key=lambda s: (_ORDER.get(s[0], 99), s[1], -s[2])):
        place = bisect_left(begins, start)
        after = place < len(begins) and begins[place] < end
        before = place > 0 and ends[place - 1] > start
        if start < end and not after and not before:
            begins.insert(place, start)
            ends.insert(place, end)
            chosen.append((kind, start, end))
    return chosen


def _placed(seen: Folded, kind: str, start: int, end: int) -> Finding:
    return Finding(kind, *seen.span(start, end))
