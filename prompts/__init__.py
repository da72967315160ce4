"""Prompts: one Markdown file each, filled by one dataclass each."""

from usermind.prompts._base import Prompt, StructuredPrompt
from usermind.prompts.entities import EntitiesAnswer, EntitiesPrompt, TextLine
from usermind.prompts.fencing import named, quoted, spoken
from usermind.prompts.profile import HistoryLine, ProfileAnswer, ProfilePrompt, SaidClaim
from usermind.prompts.recalled import RecalledPrompt
from usermind.prompts.reflect import (
    Citation,
    DateHint,
    KnownLine,
    ObservationLine,
    Operation,
    Operations,
    ReflectPrompt,
)
from usermind.prompts.system import FactLine, SystemPrompt
from usermind.prompts.turn import STYLE_CARD, MemoryLine, TurnPrompt, Voice, VoiceExample

__all__ = [
    "STYLE_CARD",
    "Citation",
    "DateHint",
    "EntitiesAnswer",
    "EntitiesPrompt",
    "FactLine",
    "HistoryLine",
    "KnownLine",
    "MemoryLine",
    "ObservationLine",
    "Operation",
    "Operations",
    "ProfileAnswer",
    "ProfilePrompt",
    "Prompt",
    "RecalledPrompt",
    "ReflectPrompt",
    "SaidClaim",
    "StructuredPrompt",
    "SystemPrompt",
    "TextLine",
    "TurnPrompt",
    "Voice",
    "VoiceExample",
    "named",
    "quoted",
    "spoken",
]
