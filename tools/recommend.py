"""The tools by which a model recommends from a catalogue and hears what the user makes of it."""

from typing import ClassVar, Literal

from langchain_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict, Field

from usermind.errors import InvalidInputError
from usermind.memory import UserMemory
from usermind.memory.journal import is_own_words
from usermind.prompts import quoted
from usermind.tools.advice import Advice
from usermind.tools.advisor import Advisor
from usermind.tools.conversation import said_before
from usermind.tools.item_filter import ItemFilter
from usermind.tools.items import Item
from usermind.tools.memory_tool import MemoryTool
from usermind.tools.recommenders import Recommendation
from usermind.tools.rewording import Reword
from usermind.tools.wishes import Utterance

Verdict = Literal["loved", "liked", "neutral", "disliked", "hated"]
WEIGHTS: dict[Verdict, float] = {
    "loved": 1.0,
    "liked": 0.7,
    "neutral": 0.0,
    "disliked": -0.7,
    "hated": -1.0,
}
"""What a verdict weighs as an event."""
NOTHING_FITS = "Nothing in the catalogue fits."
_ASK = "What they ask for, in their words; empty: whatever fits them."
_CONDITIONS = (
    "Hard conditions, each like 'genre=Comedy', 'genre!=Horror|War', 'year>=1990'; only such as "
    "the user states."
)


class RecommendArgs(BaseModel):
    """Arguments of `recommend_items`."""

    request: str = Field(default="", max_length=500, description=_ASK)
    conditions: list[str] = Field(default_factory=list, max_length=8, description=_CONDITIONS)
    k: int = Field(default=5, ge=1, le=20, description="How many items to return at most.")


class SimilarArgs(BaseModel):
    """Arguments of `similar_items`."""

    title: str = Field(
        min_length=1, max_length=300, description="Title or id of an item of the catalogue."
    )
    k: int = Field(default=5, ge=1, le=20, description="How many items to return at most.")
    goes_with: bool = Field(
        default=False,
        description="True for what people turn to after it; false for what is most like it.",
    )


class FeedbackArgs(BaseModel):
    """Arguments of `record_feedback`."""

    title: str = Field(
        min_length=1, max_length=300, description="Title or id of an item of the catalogue."
    )
    verdict: Verdict = Field(description="What the user said of it, in this conversation.")


class CatalogueTool(MemoryTool):
    """A tool that is tied to one user and one catalogue."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    advisor: Advisor
    recipient: str = "remote model"
    """Who reads what it returns, for the privacy gate."""
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"

    @property
    def thread(self) -> str | None:
        """The conversation that is being held, if any."""
        return self.memory.observation(self.evidence).session if self.evidence else None

    def earlier(self) -> list[Utterance]:
        """Return what the user said in this conversation, the message that is answered last.

        What a model asks for is its own wording: what they wished for besides counts with it.
        """
        if self.evidence is None:
            return []
        message = self.memory.observation(self.evidence)
        before = said_before(
            self.memory, thread=message.session, source=message.source, message=message.id
        )
        own = self.said or (message.text if is_own_words(message) else "")
        return [*before, Utterance(own, message.id)] if own else before

    def _item(self, title: str) -> Item:
        found = self.advisor.find(title)
        if len(found) == 1:
            return found[0]
        if not found:
            near = self.advisor.near_titles(title)
            like = "; ".join(f"{quoted(item.id)}: {quoted(item.title)}" for item in near)
            raise InvalidInputError(
                "There is no item of that title in the catalogue. Nothing was done. "
                + (f"Spelt most like it are: {like}. " if near else "")
                + "Call `recommend_items` with the words as `request` to see what there is."
            )
        among = "; ".join(f"{quoted(item.id)}: {quoted(item.title)}" for item in found[:5])
        raise InvalidInputError(f"Several items are called so: {among}. Give the id of one.")

    def _told(self, advice: Advice) -> tuple[str, Advice]:
        known = self.advisor.known_to(self.memory, advice, recipient=self.recipient)
        lines = [_line(each) for each in known.recommendations] or [NOTHING_FITS]
        lines += [f"Note: {quoted(note.text)}" for note in known.notes]
        return "\n".join(lines), known


class RecommendItems(CatalogueTool):
    """Rank the catalogue for the user."""

    name: str = "recommend_items"
    description: str = (
        "Recommend items of the catalogue that fit the user: what they liked, disliked and said "
        "before is taken into account by itself. Recommend nothing that it did not return."
    )
    args_schema: ClassVar[type[BaseModel]] = RecommendArgs  # type: ignore[misc]  # same for all
    reword: Reword | None = None
    """Puts the request in other words, by which the catalogue is ranked too; None: nobody does."""

    def _run(
        self, request: str = "", conditions: list[str] | None = None, k: int = 5
    ) -> tuple[str, Advice]:
        where = ItemFilter(tuple(self.advisor.condition(each) for each in conditions or ()))
        return self._told(
            self.advisor.advise(
                self.memory,
                request,
                k=k,
                where=where,
                thread=self.thread,
                earlier=self.earlier(),
                reword=self.reword,
            )
        )


class SimilarItems(CatalogueTool):
    """Find items like one."""

    name: str = "similar_items"
    description: str = (
        "Find items of the catalogue that are like one, or that people turn to after it."
    )
    args_schema: ClassVar[type[BaseModel]] = SimilarArgs  # type: ignore[misc]  # same for all

    def _run(self, title: str, k: int = 5, goes_with: bool = False) -> tuple[str, Advice]:
        item = self._item(title)
        return self._told(self.advisor.near(self.memory, item, k=k, goes_with=goes_with))


class RecordFeedback(CatalogueTool):
    """Keep what the user made of an item."""

    name: str = "record_feedback"
    description: str = (
        "Keep what the user says of an item of the catalogue, so that the next recommendation "
        "knows it. Only what they say themselves in this conversation."
    )
    args_schema: ClassVar[type[BaseModel]] = FeedbackArgs  # type: ignore[misc]  # same for all

    def _run(self, title: str, verdict: Verdict) -> tuple[str, None]:
        if self.said is not None:
            return "Not kept: the message is private.", None
        item = self._item(title)
        said = self.spoken()
        if said is not None and not self._spoken_of(item, said):
            return (
                "Not kept: the user did not speak of that item in this conversation, nor was it "
                "recommended to them here.",
                None,
            )
        self.memory.feedback.record(
            item.id, item.title, WEIGHTS[verdict], observation=self.evidence
        )
        return f"Kept: {verdict} {quoted(item.title)}.", None

    def _spoken_of(self, item: Item, said: list[str]) -> bool:
        """Say whether the user named an item, or it was shown to them."""
        shown = {each.item_id for each in self.memory.feedback.exposures(thread=self.thread)}
        return item.id in shown or any(item.id in self.advisor.mentioned_in(text) for text in said)


def _line(each: Recommendation) -> str:
    why = "; ".join(
        quoted(reason.text) + (f" [{reason.memory}]" if reason.memory else "")
        for reason in each.reasons
    )
    named = f"{each.rank}. {quoted(each.item.id)}: {quoted(each.item.title)}"
    return f"{named}, because {why}" if why else named


def catalogue_tools(
    memory: UserMemory,
    advisor: Advisor,
    *,
    evidence: str | None = None,
    said: str | None = None,
    recipient: str = "remote model",
    reword: Reword | None = None,
) -> list[BaseTool]:
    """Return the tools of a catalogue for one user, to be bound to any LangChain model.

    Args:
        memory: Whose taste they go by, and whose feedback they keep.
        advisor: Ranks the catalogue.
        evidence: The observation that is being answered: what feedback rests on.
        said: The message where it is private, so that the observation does not hold its words.
        recipient: Where the model runs, for the privacy gate.
        reword: Puts the request of `recommend_items` in other words; see `Advisor.advise`.
    """
    return [
        RecommendItems(
            memory=memory,
            advisor=advisor,
            evidence=evidence,
            said=said,
            recipient=recipient,
            reword=reword,
        ),
        *(
            tool(memory=memory, advisor=advisor, evidence=evidence, said=said, recipient=recipient)
            for tool in (SimilarItems, RecordFeedback)
        ),
    ]
