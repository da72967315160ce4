"""Entities by a model: asked once a text, and believed only where the text says them.

    ana.entities.record(text, extract=ModelExtractor(ana, reasoner))

Source: K-LaMP (Baek et al., WWW 2024, arXiv 2311.06318) links entities with a production linker;
guided JSON and a look into the text stand in for it.
"""

import logging
from collections.abc import Sequence

from usermind.errors import ModelError
from usermind.graphs.egress import recipient_of
from usermind.memory import UserMemory
from usermind.memory.keyphrases import keyphrases
from usermind.memory.naming import folded
from usermind.models.account import charging, metered
from usermind.models.reasoner import Reasoner
from usermind.prompts import EntitiesPrompt, TextLine

_log = logging.getLogger(__name__)


class ModelExtractor:
    """Finds entities with a reasoner, one call a text, at the user's cost.

    Names that do not stand in the text are dropped. Where the reasoner is the offline engine,
    fails, or has no room in the user's budget, and where the gate lets nothing out, the rules of
    `memory.keyphrases` answer.
    """

    def __init__(self, memory: UserMemory, reasoner: Reasoner) -> None:
        self._memory = memory
        self._reasoner = reasoner

    def __call__(self, text: str, /) -> Sequence[str]:
        """Return the names of entities in a text, in the model's order.

        Raises:
            PrivacyError: The gate broke; nothing was sent.
        """
        recipient = recipient_of(self._reasoner)
        if recipient == "offline":
            return keyphrases(text)
        with self._memory.privacy.egress(recipient) as out:
            shown = out.text(text)
        if shown is None:
            return keyphrases(text)
        prompt = EntitiesPrompt(user_name=self._memory.display_name, text=TextLine(shown))
        try:
            with charging(self._memory.account):
                answer = metered(self._reasoner).complete(prompt)
        except ModelError as error:
            _log.warning("Entities are found by rules: %s", type(error).__name__)
            return keyphrases(text)
        said = folded(shown)
        names = (" ".join(name.split()) for name in answer.names)
        return tuple(dict.fromkeys(name for name in names if name and folded(name) in said))
