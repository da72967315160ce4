"""Next queries by a model that sees the turn and names, and is believed where names bear it out.

One structured call at the user's cost. Of the user's memory only names go out, each through the
privacy gate. What comes back must name something that was shown; the rest is dropped.

Source: K-LaMP (Baek et al., WWW 2024, arXiv 2311.06318): names of the entity store in three
selections (familiar, unfamiliar, lapsed) in place of the history.
"""

from collections.abc import Iterable, Sequence
from zlib import crc32

from usermind.graphs.egress import recipient_of
from usermind.graphs.next_queries import LEAST_FIT, Candidate, candidates
from usermind.graphs.subject import Subject
from usermind.graphs.subjects import Subjects
from usermind.memory import UserMemory
from usermind.memory.entities import Strategy
from usermind.memory.journal import ASSISTANT, USER
from usermind.memory.naming import folded, says
from usermind.memory.privacy.doors import LEFT_OUT, Egress
from usermind.models.account import charging, metered
from usermind.models.reasoner import Reasoner
from usermind.prompts import NameLine, SaidLine, SuggestQueriesPrompt
from usermind.prompts.fencing import FENCE, on_one_line

SHOWN = 6
"""Names of each list, at most."""
ASKED_FOR = 6
"""Queries that the model may give: more than are shown, since checks drop some."""


def proposed(
    memory: UserMemory, found: Subjects, message: str, reply: str, reasoner: Reasoner
) -> list[Candidate]:
    """Return the queries that a model proposes, in its order; the rules' where it is offline.

    Raises:
        ModelError: It failed, or the user's daily budget has no room for it.
        PrivacyError: The gate broke; nothing was sent.
    """
    recipient = recipient_of(reasoner)
    if recipient == "offline":
        return list(candidates(found, message, ()))
    with memory.privacy.egress(recipient) as out:
        known = {folded(each.name): each for each in _shown(memory, found, message, out)}
        prompt = _prompt(memory, found, known.values(), message, reply, out)
    if not known:
        return []
    with charging(memory.account):
        answer = metered(reasoner).complete(prompt)
    made = []
    for query in answer.queries:
        text = on_one_line(query.text)
        named = [known[key] for name in query.names if (key := folded(name)) in known]
        standing = [each for each in named if says(text, [each.name])]
        if standing and not set(FENCE) & set(query.text):
            made.append(
                Candidate(
                    text,
                    why=on_one_line(query.why),
                    strategy="model",
                    rests_on=tuple(dict.fromkeys(id_ for each in standing for id_ in each.ids)),
                    fit=max(each.fit for each in standing),
                )
            )
    return made


def _shown(memory: UserMemory, found: Subjects, message: str, out: Egress) -> list[Subject]:
    """Return what the model may be told of: what is present, what goes with it, what is drawn."""
    drawn = [each for how in ("familiar", "lapsed") for each in _drawn(memory, how, message)]
    every = {folded(each.name): each for each in [*drawn, *found.own, *found.present]}
    return [each for each in every.values() if out.text(each.name, author=USER) == each.name]


def _drawn(memory: UserMemory, how: Strategy, message: str) -> list[Subject]:
    """Return entities drawn by the store's strategy; the same message draws the same."""
    names = memory.entities.select(how, k=SHOWN, seed=crc32(message.encode("utf-8", "replace")))
    found = (memory.entities.get(name) for name in names)
    return [
        Subject(each.name, "thing", (each.id,), 1 - 0.5**each.count, lapsed=how == "lapsed")
        for each in found
        if 1 - 0.5**each.count >= LEAST_FIT
    ]


def _prompt(
    memory: UserMemory,
    found: Subjects,
    known: Iterable[Subject],
    message: str,
    reply: str,
    out: Egress,
) -> SuggestQueriesPrompt:
    shown = list(known)
    here = {folded(each.name) for each in found.present}
    beside = {folded(each.name) for each in found.own if each.related}
    rest = [each for each in shown if folded(each.name) not in here | beside]
    return SuggestQueriesPrompt(
        user_name=memory.display_name,
        present=_lines(each for each in shown if folded(each.name) in here),
        related=_lines(each for each in shown if folded(each.name) in beside),
        familiar=_lines(each for each in rest if not each.lapsed),
        lapsed=_lines(each for each in rest if each.lapsed),
        most=ASKED_FOR,
        reply=SaidLine(ASSISTANT, out.text(reply, author=ASSISTANT) or LEFT_OUT),
        message=SaidLine(USER, out.said(message)),
    )


def _lines(subjects: Iterable[Subject]) -> tuple[NameLine, ...]:
    kept: Sequence[Subject] = sorted(subjects, key=lambda each: -each.fit)[:SHOWN]
    return tuple(NameLine(each.name, "" if each.kind == "thing" else each.kind) for each in kept)
