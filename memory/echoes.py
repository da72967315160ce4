"""Echoes: what comes back of our own words, and is no news about anybody.

A memory that learns from what it said itself believes it more each time round: a reply repeats a
claim, somebody quotes the reply, and the quotation counts as evidence. So sentences that arrive
are compared with what the assistant had said, and with the claims it had kept, before they came.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from usermind.memory.database import Database
from usermind.memory.disguises import folded
from usermind.memory.journal import ASSISTANT, USER, Observation, number
from usermind.memory.pasted import pasted
from usermind.memory.ranking import STOP_WORDS
from usermind.memory.succession import VOUCHED
from usermind.memory.terms import terms_of
from usermind.memory.text import index_terms

SHINGLE = 3
"""Words in a row that are compared."""
COPIED = 0.8
"""Share of a sentence's shingles that must stand in one earlier text for it to be a copy."""
CANDIDATES = 40
"""Earlier texts that are looked into for one sentence, at most."""
NEAR = 200
"""Characters that are read back from a sentence for the words before it, at first."""
PROBES = 12
"""Stretches of a sentence by which they are looked for, at most."""
BORNE_OUT = 1 / 3
"""Share of a claim's content words that the user must have used to bear it out."""
SPOKEN_OF = 0.6
"""Share of them from which on the user speaks of what others claim."""

_WORD = re.compile(r"[\w'+#]+")
_SENTENCE = re.compile(r"[^.!?。！？…\n]+(?:[.!?。！？…]+(?=\s|$|[”\"»)])|[。！？…\n]+|[.!?]+|$)")
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|cannot|without|nicht|kein\w*|nie|ne|pas|jamais|non|mai|nunca|nao|"
    r"niet|geen|не|нет|никогда|нікол\w*)\b|n't\b|不|没|ない|않|لا|नहीं"
)
_FIRST_PERSON = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|im|ive|me|my|mine|myself|we|we're|we've|us|our|ours|ich|mir|mich|"
    r"mein\w*|wir|uns\w*|je|j|moi|mon|ma|mes|nous|notre|nos|yo|mi|mis|nosotros|eu|meu|minha|nos|"
    r"io|mio|mia|noi|ik|mijn|wij|я|мне|меня|мой|моя|мы|ja|mam|moj\w*)\b|我|私|僕|俺|나는|내|저는|أنا|मैं|मेरा"
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A text of our own, older than what is compared with it."""

    words: tuple[str, ...]
    claim: bool
    """A claim; else a reply of the assistant."""


def echoed(database: Database, observation: Observation, start: int, end: int) -> bool:
    """Say whether a stretch of an observation repeats what was said or kept here before it came.

    Of others, any copy counts. Of the user, who may confirm what is known, a sentence in the first
    person counts only where it was copied with what stood before it in a reply.

    Args:
        database: The user's file.
        observation: Where the stretch is.
        start: In characters of its text.
        end: Same.
    """
    with database.read() as connection:
        told: _Told = {}
        return any(
            _copied(connection, observation, *span, told)
            for span in _sentences(observation.text, start, end)
        )


def echoes_in(
    database: Database, observation: Observation, start: int, end: int
) -> list[tuple[int, int]]:
    """Return the sentences of a stretch that are echoes, as spans in order; see `echoed`."""
    with database.read() as connection:
        told: _Told = {}
        return [
            span
            for span in _sentences(observation.text, start, end)
            if _copied(connection, observation, *span, told)
        ]


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE.finditer(text):
        if match.start() < end and match.end() > start:
            yield match.span()


_Told = dict[tuple[str, tuple[str, ...]], bool]
"""By a sentence and the words before it whether it is a copy: a text may say one thing often."""


def _copied(
    connection: sqlite3.Connection, observation: Observation, start: int, end: int, told: _Told
) -> bool:
    sentence = observation.text[start:end]
    own = observation.tier == "first_party"
    said_by_me = own and _FIRST_PERSON.search(folded(sentence)) is not None
    before = _words_before(observation.text, start) if said_by_me else ()
    asked = sentence, before
    if asked not in told:
        told[asked] = _is_of_ours(connection, observation, sentence, before, said_by_me=said_by_me)
    return told[asked]


def _is_of_ours(
    connection: sqlite3.Connection,
    observation: Observation,
    sentence: str,
    before: tuple[str, ...],
    *,
    said_by_me: bool,
) -> bool:
    words, own = words_of(sentence), observation.tier == "first_party"
    if not words:
        return False
    for earlier in _earlier(connection, words, observation):
        if said_by_me:
            together = (*before, *words[:SHINGLE])
            if before and not earlier.claim and _holds(earlier.words, together):
                return True
        elif _is_copy(sentence, words, earlier.words) or (
            not own and _contains(sentence, words, earlier)
        ):
            return True
    return False


def _contains(sentence: str, words: Sequence[str], earlier: Earlier) -> bool:
    whole_claim = earlier.claim and len(earlier.words) > SHINGLE
    return whole_claim and _holds(words, earlier.words) and _same_mood(sentence, earlier.words)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: folded, so that no disguise differs."""
    return tuple(_WORD.findall(index_terms(folded(text), query=True)))


def _words_before(text: str, start: int) -> tuple[str, ...]:
    """Return the last words before a place: read backwards, for a text may have many places."""
    reach = NEAR
    while reach < start and len(words_of(text[start - reach : start])) <= SHINGLE:
        reach *= 2
    return words_of(text[max(0, start - reach) : start])[-SHINGLE:]


def _is_copy(sentence: str, words: Sequence[str], earlier: Sequence[str]) -> bool:
    size = min(SHINGLE, len(words))
    mine = _shingles(words, size)
    theirs = _shingles(earlier, size)
    if len(mine & theirs) < COPIED * len(mine):
        return False
    held = set(earlier)
    # One other name, number or "not" in a long sentence makes it another one.
    telling = {word for word in words if any(char.isdigit() for char in word)}
    telling |= set(words_of(" ".join(re.findall(r"(?<=[\w,;] )[A-ZÀ-Þ]\w+", sentence))))
    return telling <= held and _same_mood(sentence, earlier)


def _same_mood(sentence: str, earlier: Sequence[str]) -> bool:
    denied = len(_NEGATION.findall(folded(sentence)))
    return denied == 0 or denied <= len(_NEGATION.findall(" ".join(earlier)))


def _shingles(words: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(words[place : place + size]) for place in range(len(words) - size + 1)}


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    return f" {' '.join(part)} " in f" {' '.join(words)} "


def _earlier(
    connection: sqlite3.Connection, words: Sequence[str], observation: Observation
) -> Iterator[Earlier]:
    """Yield our own texts from before an observation came that share a stretch with it."""
    size = min(SHINGLE, len(words))
    places = range(0, len(words) - size + 1, max(1, (len(words) - size + 1) // PROBES))
    plain = [[re.sub(r"\W+", " ", word).strip() for word in words[p : p + size]] for p in places]
    probe = " OR ".join(f'"{" ".join(filter(None, phrase))}"' for phrase in plain if any(phrase))
    if not probe:
        return
    rowid, at = number(observation.id, "o"), observation.ingested_at.timestamp()
    for claim, sql, values in (
        (
            True,
            "SELECT p.text FROM proposition_fts f JOIN proposition p ON p.id = f.rowid "
            "WHERE proposition_fts MATCH ? AND p.created_at <= ? ORDER BY f.rank LIMIT ?",
            (probe, at, CANDIDATES),
        ),
        (
            False,
            "SELECT o.text FROM observation_fts f JOIN observation o ON o.id = f.rowid "
            "WHERE observation_fts MATCH ? AND f.rowid < ? AND o.author = ? "
            "ORDER BY f.rank LIMIT ?",
            (probe, rowid, ASSISTANT, CANDIDATES),
        ),
    ):
        for (text,) in connection.execute(sql, values).fetchall():
            yield Earlier(words_of(text), claim)


def replied_to(database: Database, replies: Iterable[str]) -> dict[str, str]:
    """Return the words of the user that each of these replies of the assistant answers.

    They are what comes before it in the conversation, where that is the user's.
    """
    found = {}
    with database.read() as connection:
        for reply in replies:
            row = connection.execute(
                "SELECT said.text, said.author FROM observation reply JOIN observation said "
                "ON said.session IS reply.session AND said.id < reply.id WHERE reply.id = ? "
                "ORDER BY said.id DESC LIMIT 1",
                (number(reply, "o"),),
            ).fetchone()
            if row is not None and row[1] == USER:
                found[reply] = str(row[0])
    return found


# -- support ------------------------------------------------------------------------------


def in_pasted(observation: Observation, start: int, end: int) -> bool:
    """Say whether a stretch of the user's own message is, at least in part, somebody else's."""
    if observation.tier != "first_party":
        return False
    return any(begin < end and stop > start for begin, stop in pasted(observation.text))


def hearsay(database: Database) -> frozenset[str]:
    """Return the ids of the active claims behind which only others stand."""
    with database.read() as connection:
        rows = connection.execute(
            f"SELECT p.id FROM proposition p WHERE p.status = 'active' AND NOT {VOUCHED}"
        ).fetchall()
    return frozenset(f"p{rowid}" for (rowid,) in rows)


def needs_bearing_out(database: Database, proposition_id: str, observation: Observation) -> bool:
    """Say whether a claim may be in a reasoner's mind without the user having said it.

    So it is where a reply that was shown the message was given the claim too, and where only
    others stand behind it.
    """
    with database.read() as connection:
        row = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM basis message JOIN basis given "
            "ON given.reply = message.reply WHERE message.item = ? AND given.item = ?) "
            f"OR NOT {VOUCHED} FROM proposition p WHERE p.id = ?",
            (observation.id, proposition_id, number(proposition_id, "p")),
        ).fetchone()
    return row is not None and bool(row[0])


def asks(observation: Observation, start: int, end: int) -> bool:
    """Say whether a stretch of an observation holds a question, or a part of one."""
    text = observation.text
    return any("?" in text[at:to][-4:] for at, to in _sentences(text, start, end))


def bears_out(observation: Observation, start: int, end: int, claim: str) -> bool:
    """Say whether the user says in a stretch of their message what a claim is about.

    A question does not, and neither do words that have nothing to do with it.
    """
    around = (observation.text[slice(*span)] for span in _sentences(observation.text, start, end))
    said = " ".join(sentence for sentence in around if "?" not in sentence[-4:])
    wanted = content(claim)
    return len(wanted & content(said)) >= BORNE_OUT * len(wanted)


def speaks_of(said: str, claim: str, *, name: str) -> bool:
    """Say whether words of the user are about a claim, but for their own name."""
    wanted = content(claim) - content(name)
    return len(wanted & content(said)) >= SPOKEN_OF * len(wanted)


def content(text: str) -> set[str]:
    """Return the distinct stems of a text without stop words."""
    words = [word for word in re.findall(r"\w+", folded(text)) if word not in STOP_WORDS]
    return set(terms_of(" ".join(words)))
