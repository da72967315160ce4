"""Plans by a model: a guided choice among the plans that are legal over what is held.

    Assistant(store=store, model=url, planner="model")

One more call before the reply, of at most 64 tokens. Where the rules see a mere courtesy, none is
made; where the model fails or the user's budget has no room for it, `planned` takes the rules'
plan and says why.

Source: UniMS-RAG, arXiv 2401.13256, and SAFARI, whose model names the sources in the order of
their dependency or none; there it is trained to, here its answer is held to the legal plans.
"""

from collections.abc import Mapping, Sequence

from usermind.graphs.egress import recipient_of
from usermind.graphs.plan import Asked, by_rules
from usermind.graphs.sources import Source, plans, read, written
from usermind.memory.journal import USER
from usermind.memory.privacy.doors import LEFT_OUT
from usermind.models.account import charging, metered
from usermind.models.reasoner import Reasoner
from usermind.prompts import PlanPrompt, SaidLine, SourceLine, among
from usermind.prompts.plan import LONGEST_MESSAGE

LAST = 4
"""Messages of the conversation that the model sees before the one it plans for, at most."""

HOLDS: Mapping[Source, str] = {
    "feedback": "what was recommended to the user from a catalogue, and what they made of it",
    "concept": "people, pets, places and things of the user's life, by name",
    "observation": "what was said and done before, word for word",
    "proposition": "claims about the user, with their confidence",
    "entity": "public things that the user searched for or mentioned, with counts",
    "profile": "a summary of the user's preferences, routines and facts",
    "catalogue": "things that can be recommended to the user",
}
"""What the model is told of each source."""


class ModelPlanner:
    """A `Planner` that asks a reasoner, at the user's cost."""

    def __init__(self, reasoner: Reasoner) -> None:
        self._reasoner = reasoner

    def __call__(self, asked: Asked) -> tuple[Source, ...]:
        """Return the plan that the reasoner chooses.

        Raises:
            ModelError: It failed, or the user's daily budget has no room for it.
            PrivacyError: The gate broke; nothing was sent.
        """
        if not by_rules(asked):
            return ()
        prompt = _prompt(asked, recipient_of(self._reasoner))
        with charging(asked.memory.account):
            return read(metered(self._reasoner).complete(prompt).plan)


def _prompt(asked: Asked, recipient: str) -> PlanPrompt:
    choice = tuple(written(plan) for plan in plans(frozenset(asked.held)))
    with asked.memory.privacy.egress(recipient) as out:
        earlier: Sequence[SaidLine] = [
            SaidLine(said.author, out.text(said.text, author=said.author) or LEFT_OUT)
            for said in asked.earlier()[-LAST:]
        ]
        message = SaidLine(USER, out.said(asked.message), LONGEST_MESSAGE)
    return among(choice)(
        user_name=asked.memory.display_name,
        sources=tuple(
            SourceLine(each, HOLDS[each], named=each in asked.named) for each in asked.held
        ),
        earlier=tuple(earlier),
        message=message,
    )
