"""What the offline engine says of reminders that the user asks for, or asks after."""

from usermind.prompts import ReminderLine, Reminders

NONE_TO_COME = (
    "No reminder is to come. Ask for one with its time: “Remind me to call Eva tomorrow at 9.”"
)
NONE_OF_THAT = "No reminder of that is to come. “Which reminders do I have?” lists all."
BY_WATCH = "It is told where `usermind watch` runs; “Cancel the reminder” takes it back."


def told_of_reminders(reminders: Reminders) -> tuple[str, list[str]] | None:
    """Return the reply, with the ids it rests on; None: the message is about no reminder."""
    if not reminders:
        return None
    lines = reminders.lines
    if reminders.refused:
        if not lines:
            return NONE_OF_THAT, []
        ids = list(dict.fromkeys(line.memory for line in lines if line.memory))
        return " ".join(f"Taken back: the reminder {_timed(line)}." for line in lines), ids
    if not lines:
        return NONE_TO_COME, []
    ids = list(dict.fromkeys(line.memory for line in lines if line.memory))
    if reminders.listed:
        return "\n".join(["I am to remind you:", *(f"- {_timed(line)}" for line in lines)]), ids
    clear = [line for line in lines if line.when]
    told = [f"Reminder {_timed(line)}." for line in clear]
    told += [_asked(line) for line in lines if not line.when]
    return " ".join([*told, BY_WATCH] if clear else told), ids


def _timed(line: ReminderLine) -> str:
    return f"{line.when}: {line.what or 'what you had in mind'}"


def _asked(line: ReminderLine) -> str:
    about = f" of “{line.what}”" if line.what else ""
    stop = "" if line.missing.endswith("?") else "."
    return f"I cannot remind you{about} yet: {line.missing}{stop}"
