"""What the offline engine says about itself, and about what it cannot do."""

import re

WHO = (
    "I am Usermind's small offline engine: rules without a language model, that remember what you "
    "tell them and answer by quoting it. For conversation, start with `--model`."
)
ABILITIES = (
    "I remember what you tell me (“I live in Oslo.”), answer questions about it "
    "(“Where do I live?”) and forget what you ask me to (“Forget where I live.”). I am a small "
    "offline engine; for conversation, start with `--model`."
)
CANNOT = (
    "I cannot do that: I am a small offline engine. I can remember what you tell me, answer "
    "questions about it, and forget it; for conversation, start with `--model`."
)
CANNOT_WRITE = (
    "I cannot write for you: I am a small offline engine. Started with `--model`, a language model "
    "would write it in your own voice."
)
NOTHING_LEARNT = "I have noted nothing from that so far."
"""Said before reflection has read the message, and true whatever it then makes of it."""
DELETE_ALL = (
    "Everything I have stored about you is deleted with `usermind memory forget --everything`; "
    "I have deleted nothing yet. To forget one thing, name it: “Forget where I live.”"
)

_LEAD = r"^\W*(?:(?:hi|hello|hey|ok|okay|so|and|but|please|pls|well)[,!.]? )*"
_WHO = re.compile(
    _LEAD + r"(?:(?:who|what) (?:are|r) (?:you|u)|what(?: is|['’]?s) your name|tell me about "
    r"yourself|(?:who|what) am I (?:talking|speaking) (?:to|with)|are you (?:an? )?(?:\w+ )?(?:ai|"
    r"bot|robot|human|llm|person|chatgpt|language model))\b[^.]{0,20}$",
    re.IGNORECASE,
)
_ABLE = re.compile(
    _LEAD + r"(?:what (?:can|do) (?:you|u) do|what can I (?:do|ask|say)|how (?:do|does|can) (?:you|"
    r"this|it|I use (?:you|this)) ?(?:work)?|help(?: me)?|what are you (?:for|able to do))\b\W*"
    r"(?:here|for me|you)?\W*$",
    re.IGNORECASE,
)
_TASK = re.compile(
    _LEAD + r"(?:(?:can|could|would|will) you )?(?:please )?(?:tell (?:me|us) (?:an?|another|the) "
    r"(?:\w+ )?(?:joke|story|poem|time|news|weather|riddle)|"
    r"remind me (?:to|in|at|tomorrow|on|every)\b|set (?:an?|the|my) (?:alarm|timer|reminder)|"
    r"(?:write|draft|compose|translate|"
    r"summari[sz]e|draw|play|sing|calculate|compute|search|google|book|order|buy|send|call|email|"
    r"open|schedule|look up|generate|code|give me an? (?:recipe|joke|story))\b)",
    re.IGNORECASE,
)
_ALL = re.compile(
    _LEAD + r"(?:(?:can|could|would|will) you |I want you to |I['’]?d like you to )?(?:please |"
    r"just )?(?:forget|delete|erase|remove|wipe|clear)(?: about)? (?:(?:absolutely )?everything|it "
    r"all|all)?(?: of)? ?(?:(?:that |what )?(?:you (?:know|have|remember|stored|saved)|I(?: have|"
    r"['’]ve)? (?:ever )?(?:said|told you))? ?(?:about |on )?(?:me|us|myself)?|(?:my|all my|your) "
    r"(?:data|memory|memories|information|info|account|profile))[\s.!?,]*(?:please)?\W*$",
    re.IGNORECASE,
)


def asks_all_deleted(message: str) -> bool:
    """Tell whether a message asks for everything to be forgotten."""
    return (
        bool(_ALL.match(message))
        and bool(
            re.search(
                r"\b(?:everything|all|me|us|myself|data|memory|memories|info\w*|account|profile)\b",
                message,
                re.I,
            )
        )
        and not re.search(r"\b(?:forget|delete) (?:it|that)\W*$", message, re.I)
    )


def self_told(message: str) -> str | None:
    """Return what to say to a message about the engine or asking what it cannot do, or None."""
    if _WHO.match(message):
        return WHO
    if _ABLE.match(message):
        return ABILITIES
    return CANNOT if _TASK.match(message) and ":" not in message else None
