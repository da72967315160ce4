"""Ideas for offers, by a model that sees what the user did lately, and weighed before they count.

One structured call for ideas, and one for each idea, at the user's cost. An idea is kept where it
names lines that were shown, and rests on them; what a gate takes it to be worth is no better than
the model's word, and the user's verdicts correct it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from usermind.errors import InvalidInputError, ModelError, UnknownItemError
from usermind.memory import Recollection, UserMemory
from usermind.memory.candidates import LONGEST_TEXT, LONGEST_TITLE, Candidate
from usermind.memory.journal import ASSISTANT, OWN, USER
from usermind.memory.privacy.doors import Egress
from usermind.memory.privacy.findings import PLACEHOLDER
from usermind.memory.propositions import Proposition
from usermind.memory.suggestion_rows import Suggestion, spoken
from usermind.memory.weighing import rests_on
from usermind.models.account import charging, metered
from usermind.models.offline import Offline
from usermind.models.reasoner import Reasoner
from usermind.prompts import (
    ActionLine,
    DiscoverPrompt,
    EventLine,
    FactLine,
    Idea,
    OfferedLine,
    SeenLine,
    TextLine,
    WeighPrompt,
)
from usermind.prompts.fencing import FENCE, on_one_line
from usermind.tools.actions import Action, Actions, Call

IDEA: Final = "idea"
"""The kind of what a model thought of."""
LATELY: Final = timedelta(hours=24)
"""How far back a model looks for what the user does now."""
EVENTS: Final = 20
FACTS: Final = 16
EARLIER: Final = 12
"""Lines of each kind that a prompt shows, at most."""
BENEFIT: Final = {1: 0.5, 2: 0.8, 3: 1.2, 4: 2.0, 5: 3.0}
"""What the five steps of `Idea.benefit` are worth, in the unit of `memory.utility`."""
HOLDS: Final = timedelta(hours=4)
"""How long an idea is of use: it follows from what the user was doing."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a model is shown of the user, as it may be shown."""

    seen: tuple[SeenLine, ...]
    facts: tuple[FactLine, ...]
    earlier: tuple[TextLine, ...]
    own: bool = False
    """Whether all of it is the user's: their words, and what was recorded of what they did."""

    @property
    def ids(self) -> frozenset[str]:
        """Ids of its lines: what an idea can follow from."""
        return frozenset([line.id for line in self.seen] + [line.id for line in self.facts])


def scene(memory: UserMemory, recipient: str) -> Scene:
    """Return what a recipient may be shown of what the user did and is, newest last.

    Raises:
        PrivacyError: The gate broke; nothing may be sent.
    """
    since = memory.now() - LATELY
    rows = memory.recall("", k=4 * EVENTS, kinds=["observation"])  # the newest, no quarantine
    lately = [row for row in rows if row.author != ASSISTANT and row.at >= since][:EVENTS]
    claims = memory.propositions.list(status="active", limit=FACTS)
    offered = memory.suggestions.list(limit=EARLIER)
    with memory.privacy.egress(recipient) as out:
        seen = [line for row in reversed(lately) if (line := _seen(out, row))]
        facts = [fact for claim in claims if (fact := _fact(out, claim))]
        shown_before = [(each, _author(memory, each)) for each in offered if each.shown is not None]
        earlier = [(each, author) for each, author in shown_before if author is not None]
        titles = [out.text(each.title, author=author, item=each.id) for each, author in earlier]
    shown = Scene(tuple(seen), tuple(facts), tuple(TextLine(title) for title in titles if title))
    sources = shown.ids.union(*(each.basis for each, _ in earlier))
    with memory.open() as file, file.database.read() as connection:
        return replace(shown, own=rests_on(connection, sources, OWN))


def imagined(
    memory: UserMemory, reasoner: Reasoner, shown: Scene, actions: Actions | None = None
) -> list[Candidate]:
    """Return what a model would offer now, its word for it not yet weighed.

    Args:
        memory: Whose.
        reasoner: The model.
        shown: What it may see of the user.
        actions: What can be done; an idea that names none of these, or fills it in wrongly, comes
            without.

    Raises:
        ModelError: It failed, or the user's daily budget has no room for it.
        PrivacyError: The gate broke; nothing was sent.
    """
    if not shown.seen:
        return []
    able = actions or Actions()
    prompt = DiscoverPrompt(
        memory.now(),
        shown.seen,
        shown.facts,
        tuple(_action(each) for each in able.open()),
        shown.earlier,
    )
    with charging(memory.account):
        answer = metered(reasoner).complete(prompt)
    found = (_candidate(memory, idea, shown, able) for idea in answer.ideas)
    return [each for each in found if each is not None]


def weighed(
    memory: UserMemory, reasoner: Reasoner, shown: Scene, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], ModelError | None]:
    """Return candidates with the probability that the user wants them now, and what went wrong.

    Where the model fails, the offline gate weighs the rest.

    Raises:
        PrivacyError: The gate broke; nothing was sent.
    """
    found: list[Candidate] = []
    trouble: ModelError | None = None
    judge = reasoner
    for each in candidates:
        prompt = WeighPrompt(
            memory.now(),
            tuple(EventLine(line.at, line.text) for line in shown.seen),
            shown.facts,
            OfferedLine(each.title, each.text),
        )
        with charging(memory.account):
            try:
                useful = metered(judge).complete(prompt).useful
            except ModelError as error:
                trouble, judge = error, Offline()
                useful = judge.complete(prompt).useful
        found.append(replace(each, useful=useful))
    return found, trouble


def _candidate(memory: UserMemory, idea: Idea, shown: Scene, able: Actions) -> Candidate | None:
    """Return an idea as a candidate; None where it follows from nothing that was shown."""
    because = [id_ for id_ in dict.fromkeys(idea.because) if id_ in shown.ids]
    fenced = set(FENCE) & set(idea.title + idea.text)
    title, text = on_one_line(idea.title), on_one_line(idea.text)
    if not because or not title or not text or fenced:
        return None
    basis = list(because)
    for id_ in because:
        if id_.startswith("p"):
            basis += memory.propositions.supporters(id_)
    call = _call(idea, able)
    return Candidate(
        kind=IDEA,
        title=title[:LONGEST_TITLE],
        text=text[:LONGEST_TEXT],
        basis=tuple(dict.fromkeys(basis))[:32],
        matter=f"idea:{title.casefold()}",
        useful=0.0,
        expires=memory.now() + HOLDS,
        benefit=BENEFIT[idea.benefit],
        effect=None if call is None else able.named(call.tool).effect,
        action=None if call is None else call.written(),
    )


def _call(idea: Idea, able: Actions) -> Call | None:
    """Return what an idea would do, where that can be done as it says."""
    if idea.action is None:
        return None
    try:
        arguments = json.loads(idea.action.arguments)
        if not isinstance(arguments, dict):
            return None
        checked = able.named(idea.action.tool).checked(arguments)
    except (ValueError, InvalidInputError):  # the idea may be good all the same
        return None
    words = spoken(checked)
    if "⟦" in words or "⟧" in words or PLACEHOLDER.search(words):  # it was not shown the real ones
        return None
    return Call(tool=idea.action.tool, arguments=checked)


def _action(action: Action) -> ActionLine:
    return ActionLine(action.tool.name, action.tool.description, json.dumps(action.tool.args))


def _author(memory: UserMemory, offered: Suggestion) -> str | None:
    """Return whose words an offer holds, for the gate: those of others, where it rests on any.

    None: some of them were forgotten just now, and the offer with them.
    """
    try:
        rows = [memory.observation(id_) for id_ in offered.basis if id_.startswith("o")]
    except UnknownItemError:
        return None
    return next((row.author for row in rows if row.author != USER), USER)


def _seen(out: Egress, row: Recollection) -> SeenLine | None:
    text = out.text(row.text, author=row.author, item=row.id)
    author = out.text(row.author)
    return None if text is None else SeenLine(row.id, row.at, author or "somebody", text)


def _fact(out: Egress, claim: Proposition) -> FactLine | None:
    text = out.text(claim.text, author=USER, item=claim.id)
    if text is None:
        return None
    return FactLine(claim.id, text, claim.confidence, claim.supported_at)
