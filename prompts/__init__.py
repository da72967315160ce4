"""Prompts: one Markdown file each, filled by one dataclass each."""

from usermind.prompts._base import Prompt, StructuredPrompt
from usermind.prompts.answer_question import AnswerQuestionAnswer, AnswerQuestionPrompt
from usermind.prompts.discover import (
    ActionLine,
    DiscoverAnswer,
    DiscoverPrompt,
    Idea,
    IdeaAction,
    SeenLine,
)
from usermind.prompts.entities import EntitiesAnswer, EntitiesPrompt, TextLine
from usermind.prompts.expand_query import (
    ExpandQueryAnswer,
    ExpandQueryPrompt,
    ImagineItemPrompt,
    ImagineNoteAnswer,
    ImagineNotePrompt,
)
from usermind.prompts.fencing import named, quoted, spoken
from usermind.prompts.judge_reply import JudgeReplyAnswer, JudgeReplyPrompt
from usermind.prompts.kept_out import NOTHING_KEPT_OUT, KeptOut
from usermind.prompts.offer import (
    NO_OFFER,
    AskedOfItems,
    HeardLine,
    ItemLine,
    Offer,
    ReasonLine,
    verdict,
)
from usermind.prompts.past_items import NO_PAST, SHOWN, AskedOfPast, PastItems
from usermind.prompts.pictures import NamedConcept, PictureLine, unattached
from usermind.prompts.plan import PlanAnswer, PlanPrompt, SaidLine, SourceLine, among
from usermind.prompts.profile import HistoryLine, ProfileAnswer, ProfilePrompt, SaidClaim
from usermind.prompts.rank_items import (
    PreferenceLine,
    RankItemsAnswer,
    RankItemsPrompt,
)
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
from usermind.prompts.reminders import NO_REMINDERS, ReminderLine, Reminders
from usermind.prompts.same import SameAnswer, SamePrompt
from usermind.prompts.simulate_user import (
    SimulateUserAnswer,
    SimulateUserPrompt,
    TaskLine,
    TellLine,
)
from usermind.prompts.suggest_queries import (
    NameLine,
    SuggestedQuery,
    SuggestQueriesAnswer,
    SuggestQueriesPrompt,
)
from usermind.prompts.system import FactLine, SystemPrompt
from usermind.prompts.turn import STYLE_CARD, UNASKED, MemoryLine, TurnPrompt, Voice, VoiceExample
from usermind.prompts.weigh import EventLine, OfferedLine, WeighAnswer, WeighPrompt

__all__ = [
    "NOTHING_KEPT_OUT",
    "NO_OFFER",
    "NO_PAST",
    "NO_REMINDERS",
    "SHOWN",
    "STYLE_CARD",
    "UNASKED",
    "ActionLine",
    "AnswerQuestionAnswer",
    "AnswerQuestionPrompt",
    "AskedOfItems",
    "AskedOfPast",
    "Citation",
    "DateHint",
    "DiscoverAnswer",
    "DiscoverPrompt",
    "EntitiesAnswer",
    "EntitiesPrompt",
    "EventLine",
    "ExpandQueryAnswer",
    "ExpandQueryPrompt",
    "FactLine",
    "HeardLine",
    "HistoryLine",
    "Idea",
    "IdeaAction",
    "ImagineItemPrompt",
    "ImagineNoteAnswer",
    "ImagineNotePrompt",
    "ItemLine",
    "JudgeReplyAnswer",
    "JudgeReplyPrompt",
    "KeptOut",
    "KnownLine",
    "MemoryLine",
    "NameLine",
    "NamedConcept",
    "ObservationLine",
    "Offer",
    "OfferedLine",
    "Operation",
    "Operations",
    "PastItems",
    "PictureLine",
    "PlanAnswer",
    "PlanPrompt",
    "PreferenceLine",
    "ProfileAnswer",
    "ProfilePrompt",
    "Prompt",
    "RankItemsAnswer",
    "RankItemsPrompt",
    "ReasonLine",
    "RecalledPrompt",
    "ReflectPrompt",
    "ReminderLine",
    "Reminders",
    "SaidClaim",
    "SaidLine",
    "SameAnswer",
    "SamePrompt",
    "SeenLine",
    "SimulateUserAnswer",
    "SimulateUserPrompt",
    "SourceLine",
    "StructuredPrompt",
    "SuggestQueriesAnswer",
    "SuggestQueriesPrompt",
    "SuggestedQuery",
    "SystemPrompt",
    "TaskLine",
    "TellLine",
    "TextLine",
    "TurnPrompt",
    "Voice",
    "VoiceExample",
    "WeighAnswer",
    "WeighPrompt",
    "among",
    "named",
    "quoted",
    "spoken",
    "unattached",
    "verdict",
]
