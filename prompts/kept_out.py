"""What a turn is told of what its message keeps private."""

import re
from dataclasses import dataclass

from usermind.prompts.fencing import quoted


@dataclass(frozen=True, slots=True)
class KeptOut:
    """What of a message is kept out of the memory."""

    topics: tuple[str, ...] = ()
    """What the message asks to keep private, as told to the user: "your health". It is done."""
    unkept: bool = False
    """Whether the message touches a private topic, so that nothing of it is kept."""

    def __bool__(self) -> bool:
        """Say whether there is anything to write into the prompt."""
        return self.unkept or bool(self.topics)

    def render(self) -> str:
        """Return what the model is told, a line each."""
        lines = []
        if self.topics:
            named = ", ".join(quoted(topic) for topic in self.topics)
            lines.append(
                f"They ask to keep this private, and it is done: {named}. It is not stored or "
                "learnt from. Confirm it; `usermind private list` shows all such topics."
            )
        if self.unkept:
            lines.append(
                "The message touches a private topic: answer it. Nothing of it is kept, so do not "
                "say that you will remember it."
            )
        return "\n".join(lines)


NOTHING_KEPT_OUT = KeptOut()
"""Of a message that touches nothing private."""

_FIRST_PERSON = re.compile(r"\b(?:my|our)\b", re.IGNORECASE)


def as_told(topic: str) -> str:
    """Return a topic in the words of whoever tells it to the user: "your health"."""
    return _FIRST_PERSON.sub("your", topic)
