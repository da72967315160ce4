"""What the user asks to be reminded of with their message, and what is to come of that."""

from dataclasses import dataclass

from usermind.prompts.fencing import quoted


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """One thing that the user asked to be reminded of."""

    what: str
    """As told to them: "call your mother"; empty: they did not say."""
    when: str = ""
    """Such as "on Monday 30 November at 09:00"; empty: no time that could be used."""
    missing: str = ""
    """What is said to the user where there is no such time."""
    memory: str = ""
    """Id of the message that asked."""

    def render(self) -> str:
        """Return `- ⟦call Eva⟧ on Monday 30 November at 09:00`."""
        what = quoted(self.what) if self.what else "something they did not name"
        return f"- {what} {self.when or f'at no time yet. Say so: {self.missing}'}"


@dataclass(frozen=True, slots=True)
class Reminders:
    """What a turn is told of reminders."""

    listed: bool = False
    """Whether the message asks which are to come; else they are what it asks for itself."""
    lines: tuple[ReminderLine, ...] = ()
    """The soonest first."""

    refused: bool = False
    """Whether the message takes reminders back: then they are those that it took back."""

    def __bool__(self) -> bool:
        """Say whether there is anything to write into the prompt."""
        return self.listed or self.refused or bool(self.lines)

    def render(self) -> str:
        """Return what the model is told, a line each."""
        if self.refused:
            if not self.lines:
                return "They take a reminder back, and none of that was to come. Say so."
            return "\n".join(["They take this back; it is done:", *self._rendered()])
        if not self.listed:
            head = "With this message they ask to be reminded of this. It is told at its time where"
            return "\n".join([f"{head} `usermind watch` runs:", *self._rendered()])
        if not self.lines:
            return "They ask which reminders are to come. There is none."
        return "\n".join(["They ask which reminders are to come:", *self._rendered()])

    def _rendered(self) -> list[str]:
        return [line.render() for line in self.lines]


NO_REMINDERS = Reminders()
"""Of a message that is about no reminder."""
