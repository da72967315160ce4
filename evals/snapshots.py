"""A user's memory as a transcript keeps it, and what the files of a store hold of words."""

from collections.abc import Collection, Sequence
from pathlib import Path

from usermind.errors import UnknownUserError
from usermind.evals.phrases import has_phrase, has_words, plain
from usermind.evals.transcript import Claim, Memory, Message
from usermind.memory import DeletionReceipt, UserMemory

MOST_MESSAGES = 10_000


def forget_words(memory: UserMemory, words: Sequence[str]) -> DeletionReceipt | None:
    """Forget all that has words; return what went, None where nothing has them."""

    def has(text: str) -> bool:
        return any(has_words(text, each) for each in words)

    messages = [each.id for each in memory.observations(limit=MOST_MESSAGES) if has(each.text)]
    claims = [each.id for each in memory.propositions.list(status=None) if has(each.text)]
    known = memory.concepts.by_id()
    concepts = [id_ for id_, (key, each) in known.items() if has(each.render(key))]
    profiles = [each.id for each in memory.profiles.list() if has(each.text)]
    if not (messages or claims or concepts or profiles):
        return None
    return memory.forget(
        observations=messages, propositions=claims, concepts=concepts, profiles=profiles
    )


def snapshot(memory: UserMemory) -> Memory:
    """Return all that is known of a user; of one who is unknown, nothing."""
    try:
        claims = memory.propositions.list(status=None)
        messages = memory.observations(limit=MOST_MESSAGES)
        kept_out = {each.observation.id for each in memory.quarantine.list(limit=MOST_MESSAGES)}
        concepts = [each.render(key) for key, each in memory.concepts.all().items()]
        profiles = [each.text for each in memory.profiles.list()]
    except UnknownUserError:
        return Memory()
    return Memory(
        tuple(
            Claim(each.id, each.text, each.status, each.confidence)
            for each in sorted(claims, key=lambda each: int(each.id[1:]))
        ),
        tuple(
            Message(each.id, each.author, each.text, each.id in kept_out)
            for each in sorted(messages, key=lambda each: int(each.id[1:]))
        ),
        (*concepts, *profiles),
    )


def traces(folder: Path, phrases: Collection[str]) -> dict[str, int]:
    """Return how often phrases stand in the bytes of a store's files, which nobody has open."""
    counts = dict.fromkeys(phrases, 0)
    for path in sorted(folder.rglob("*")) if counts else ():
        if path.is_file():
            text = plain(path.read_bytes().decode("utf-8", "replace"))
            for phrase in counts:
                # Reading all of it as text takes seconds; that a word stands nowhere takes none.
                if all(word in text for word in plain(phrase).split()):
                    counts[phrase] += sum(has_phrase(part, phrase) for part in text.split("\0"))
    return counts
