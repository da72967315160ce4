"""What the offline engine says of what a message keeps private."""

from usermind.prompts import KeptOut

UNKEPT = "That touches what you keep private: I have kept nothing of it."
LISTED = (
    "`usermind private list` shows what is private, `usermind private remove` makes it public "
    "again."
)


def told_of_kept_out(kept_out: KeptOut) -> str | None:
    """Return the confirmation of topics that a message keeps private; None where it names none."""
    if not kept_out.topics:
        return None
    *rest, last = kept_out.topics
    named = f"{', '.join(rest)} and {last}" if rest else last
    message = " This message is not kept either." if kept_out.unkept else ""
    return f"I will keep {named} out of what I store and learn.{message} {LISTED}"
