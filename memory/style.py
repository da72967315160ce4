"""How a user writes, counted from their own messages, and what they replied to whom.

Source: DHAP, arXiv 2108.09355: post–response pairs are found by the incoming post and show the
reply; characteristic words instead of its learnt copying. No model is trained or asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from usermind.memory.journal import (
    ASSISTANT,
    OWN_WORDS,
    SELECT,
    USER,
    Observation,
    from_row,
    is_own_words,
    number,
)
from usermind.memory.privacy.doors import PLACEHOLDERS

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

NEWEST = 1_000
"""Observations that are looked at."""
WIDER = 10
"""Incoming messages that are recalled for each reply that is wanted."""
OFTEN = 3
"""Times that a characteristic word was used, at least."""
ENOUGH = 10
"""Messages to other people from which on those to the assistant, which are orders, do not count."""
RATIO = 4.0
"""How much more frequent it is than in the texts of others, at least."""

_GREETING = re.compile(
    r"(?:hi|hey|hello|hiya|dear|good (?:morning|afternoon|evening)|hola|hallo|moin|salut|bonjour|"
    r"ciao|hei)(?: there| all| everyone)?\b",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"(?:^|[\n.!?,]\s{0,9})((?:best|kind(?:est)?|warm(?:est)?|many)? ?(?:regards|wishes|thanks)|"
    r"best|cheers|thanks|thank you|thx|love|xx+|xoxo|take care|see you|ciao|lg|vg|mvh|bye)"
    r"[,.! ]*(?:\n[ ]*[\w. -]{1,30})?$",
    re.IGNORECASE,
)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON = frozenset(
    {
        "about", "after", "again", "also", "because", "been", "before", "being", "could",
        "does", "doing", "done", "down", "even", "from", "have", "having", "here", "into",
        "just", "like", "more", "most", "much", "only", "other", "over", "really", "said",
        "same", "should", "some", "such", "than", "that", "their", "them", "then",
        "there", "these", "they", "this", "those", "through", "very", "want", "well",
        "were", "what", "when", "where", "which", "while", "will", "with", "would",
        "your",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StyleCard:
    """How a user writes. Shares are in [0, 1]; lists have the most frequent first."""

    messages: int
    """How many were counted."""
    words: int
    """Median length of a message."""
    greetings: tuple[str, ...]
    sign_offs: tuple[str, ...]
    lowercase: float
    """Share of messages that begin with a small letter."""
    unended: float
    """Share that end without a mark."""
    exclaiming: float
    """Share with an exclamation mark."""
    emoji: tuple[str, ...]
    vocabulary: tuple[str, ...]
    """Words that they use far more often than others who write to them."""

    def render(self) -> str:
        """Return the card in a few lines; empty when there is no message."""
        if not self.messages:
            return ""
        lines = [f"Typical length: {self.words} words."]
        lines += [f"Greets with: {', '.join(self.greetings)}."] if self.greetings else []
        lines += [f"Signs off with: {', '.join(self.sign_offs)}."] if self.sign_offs else []
        lines += [said for share, said in self._habits() if share >= 0.5]
        lines += [f"Emoji: {' '.join(self.emoji)}"] if self.emoji else ["Uses no emoji."]
        lines += [f"Their words: {', '.join(self.vocabulary)}."] if self.vocabulary else []
        return "\n".join(lines)

    def _habits(self) -> Sequence[tuple[float, str]]:
        return (
            (self.lowercase, "Begins with a small letter."),
            (self.unended, "Leaves out the mark at the end."),
            (self.exclaiming, "Uses exclamation marks."),
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of somebody else, and what the user replied."""

    message: Observation
    reply: Observation
    score: float
    """How much the message is like the one that was asked about, in [0, 1]."""


_WRITTEN_FOR_THEM = ("remember", "feedback")
"""Sources of observations whose words are not of the user's choosing."""


def style_of(memory: UserMemory) -> StyleCard:
    """Return how a user writes; all is zero and empty when there is no message of theirs.

    What they told `remember`, what `feedback` wrote for them, and what stands in for a private
    message, is no message. Where they wrote enough to other people, in conversations that these
    take part in, only that counts.

    Raises:
        UnknownUserError: Nothing is stored for this user.
    """
    seen = [each for each in memory.observations(limit=NEWEST) if each.text not in PLACEHOLDERS]
    own = [each for each in seen if is_own_words(each) and each.source not in _WRITTEN_FOR_THEM]
    shared = {each.session for each in seen if each.author not in (USER, ASSISTANT)} - {None}
    to_people = [each for each in own if each.session in shared]
    counted = to_people if len(to_people) >= ENOUGH else own
    others = [each.text for each in seen if not is_own_words(each)]
    return card([each.text.strip() for each in counted], others)


def card(own: Sequence[str], others: Sequence[str] = ()) -> StyleCard:
    """Return the card of messages, against the texts of others."""
    greetings = Counter(found[0].lower() for text in own if (found := _GREETING.match(text)))
    offs = Counter(off for text in own if (off := _sign_off(text)))
    emoji = Counter(mark for text in own for mark in _EMOJI.findall(text))
    return StyleCard(
        messages=len(own),
        words=round(median(len(text.split()) for text in own)) if own else 0,
        greetings=_most(greetings),
        sign_offs=_most(offs),
        lowercase=_share([text[:1].islower() for text in own]),
        unended=_share([text[-1:].isalnum() for text in own]),
        exclaiming=_share(["!" in text for text in own]),
        emoji=_most(emoji),
        vocabulary=_characteristic(own, others),
    )


def replies_like(memory: UserMemory, message: str, k: int = 3) -> list[Exchange]:
    """Return what the user replied to messages of others like this one, most similar first.

    A reply is their next message in the same session. The assistant is nobody else.

    Args:
        memory: Whose.
        message: The incoming message.
        k: How many at most, from 1 on.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        InvalidInputError: `k` is below 1, or the message is no text.
    """
    found: list[Exchange] = []
    for hit in memory.recall(message, k=max(k * WIDER, k), kinds=["observation"]):
        if len(found) == k:
            break
        if hit.author in (USER, ASSISTANT) or hit.session is None:
            continue
        reply = _next_own(memory, hit.session, hit.id)
        if reply is not None and all(reply.id != each.reply.id for each in found):
            found.append(Exchange(memory.observation(hit.id), reply, hit.score))
    return found


def _next_own(memory: UserMemory, session: str, observation_id: str) -> Observation | None:
    with memory.open() as file, file.database.read() as connection:
        rows = connection.execute(
            f"{SELECT} WHERE session = ? AND id > ? AND {OWN_WORDS} ORDER BY id LIMIT 5",
            (session, number(observation_id, "o")),
        ).fetchall()
    own = (each for each in map(from_row, rows) if each.text not in PLACEHOLDERS)
    return next(own, None)


def _sign_off(text: str) -> str | None:
    last = text.rpartition("\n")[2]
    found = _SIGN_OFF.search(last) or _SIGN_OFF.search(text)  # the last line may be a name
    return found[1].strip().lower() if found else None


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _most(counts: Counter[str], most: int = 3) -> tuple[str, ...]:
    order = sorted(counts, key=lambda each: (-counts[each], each))
    return tuple(order[:most])


def _characteristic(own: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    mine, theirs = _counts(own), _counts(others)
    size, other_size = mine.total() + 1, theirs.total() + 1
    telling = Counter(
        {
            word: count
            for word, count in mine.items()
            if count >= OFTEN
            and word not in _COMMON
            and count / size >= RATIO * theirs[word] / other_size
        }
    )
    return _most(telling, 10)


def _counts(texts: Sequence[str]) -> Counter[str]:
    return Counter(word for text in texts for word in _WORD.findall(text.lower()))
