"""Egress: what the privacy gate lets through of a request to a model."""

from collections.abc import Sequence
from dataclasses import replace

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from usermind.memory import Recollection, UserMemory
from usermind.memory.journal import ASSISTANT, USER
from usermind.memory.privacy.doors import LEFT_OUT, Egress
from usermind.memory.summary import told
from usermind.models.reasoner import Reasoner, ReplyRequest
from usermind.prompts import (
    FactLine,
    MemoryLine,
    NamedConcept,
    Offer,
    PastItems,
    PictureLine,
    ReasonLine,
    Reminders,
    Voice,
    VoiceExample,
)


def recipient_of(reasoner: Reasoner) -> str:
    """Return whom the gate takes a reasoner for; one that does not say is a remote model."""
    return getattr(reasoner, "recipient", "remote model")


def for_model(
    memory: UserMemory, recipient: str, hits: Sequence[Recollection]
) -> list[Recollection]:
    """Return the memories of which a recipient may see anything, as they are stored."""
    with memory.privacy.egress(recipient, log=False) as out:
        return [hit for hit in hits if _text(out, memory, hit, author=hit.author) is not None]


def passed(request: ReplyRequest, memory: UserMemory, reasoner: Reasoner) -> ReplyRequest:
    """Return a request as the model may see it, and log what was decided.

    Facts, memories and lines of tools that are not for the model are left out, earlier messages
    are replaced; of the message itself only what opens or identifies is taken out, since the user
    is saying it to the assistant.

    Raises:
        PrivacyError: The gate broke; nothing may be sent.
    """
    with memory.privacy.egress(recipient_of(reasoner)) as out:
        facts = (_fact(out, fact) for fact in request.system.facts)
        lines = (line_for_model(out, memory, line) for line in request.turn.memories)
        memories = tuple(line for line in lines if line)
        return replace(
            request,
            system=replace(request.system, facts=tuple(fact for fact in facts if fact)),
            history=[_earlier(out, message) for message in request.history],
            turn=replace(
                request.turn,
                memories=memories,
                voice=voice_for_model(out, request.turn.voice),
                message=out.said(request.turn.message),
                pictures=tuple(picture_for_model(out, line) for line in request.turn.pictures),
                past=past_for_model(out, request.turn.past, memories),
                offer=offer_for_model(out, request.turn.offer),
                reminders=reminders_for_model(out, request.turn.reminders),
                kept_out=replace(
                    request.turn.kept_out,
                    topics=tuple(map(out.said, request.turn.kept_out.topics)),
                ),
            ),
            steps=[_step(out, message) for message in request.steps],
        )


def _fact(out: Egress, fact: FactLine) -> FactLine | None:
    text = out.text(fact.text, item=fact.id)
    return None if text is None else replace(fact, text=text)


def line_for_model(out: Egress, memory: UserMemory, line: MemoryLine) -> MemoryLine | None:
    """Return a memory as the model may see it; None: nothing of it."""
    # A claim speaks of the user by name, whoever it rests on.
    author = USER if line.kind == "proposition" else line.author
    text, name = _text(out, memory, line, author=author, item=line.id), out.text(line.author)
    return None if text is None else replace(line, text=text, author=name or "somebody")


def _text(
    out: Egress,
    memory: UserMemory,
    shown: Recollection | MemoryLine,
    *,
    author: str,
    item: str | None = None,
) -> str | None:
    """Return what the model may see of a memory's words; None: nothing.

    A profile is let through claim by claim, and what else has lines, such as a style card, line by
    line: else one claim about somebody's illness would hold back all that it stands beside.
    """
    if shown.kind != "profile":
        return out.text(shown.text, author=author, item=item)
    claims = memory.profiles.said_in(shown.id, shown.text)
    if not claims:
        lines = (out.text(line, author=author, item=item) for line in shown.text.splitlines())
        return "\n".join(line for line in lines if line) or None
    passed = ((claim, out.text(claim.text, author=author, item=item)) for claim in claims)
    return told([replace(claim, text=text) for claim, text in passed if text]) or None


def picture_for_model(out: Egress, line: PictureLine) -> PictureLine:
    """Return a picture's line without the concepts of which the model may know nothing."""

    def known(concepts: Sequence[NamedConcept]) -> tuple[NamedConcept, ...]:
        texts = ((each, out.text(each.name, item=each.id)) for each in concepts)
        return tuple(replace(each, name=text) for each, text in texts if text is not None)

    calls = (known(call) for call in line.unsure)
    kept = known([line.kept] if line.kept else [])
    return replace(
        line,
        recognised=known(line.recognised),
        unsure=tuple(call for call in calls if call),
        kept=kept[0] if kept else None,
    )


def voice_for_model(out: Egress, voice: Voice) -> Voice:
    """Return how the user writes as the model may see it."""
    style = (out.text(line) for line in voice.style)
    examples = (_example(out, each) for each in voice.examples)
    return replace(
        voice,
        style=tuple(line for line in style if line),
        examples=tuple(each for each in examples if each),
    )


def past_for_model(out: Egress, past: PastItems, memories: Sequence[MemoryLine]) -> PastItems:
    """Return what is said of items of the past as a model may see it.

    Args:
        out: The gate.
        past: What is said.
        memories: Those that the model sees.
    """
    passed = {line.id for line in memories}
    missing = out.text(past.missing) if past.missing else None
    return replace(
        past,
        ids=tuple(id_ for id_ in past.ids if id_ in passed),
        missing=missing or "",
        title=past.title if missing else "",
    )


def offer_for_model(out: Egress, offer: Offer) -> Offer:
    """Return an offer as a model may see it: without reasons that are not for it."""

    def passed(lines: Sequence[ReasonLine]) -> tuple[ReasonLine, ...]:
        texts = ((line, out.text(line.text, item=line.memory)) for line in lines)
        return tuple(replace(line, text=text) for line, text in texts if text is not None)

    return replace(
        offer,
        items=tuple(replace(item, reasons=passed(item.reasons)) for item in offer.items),
        notes=passed(offer.notes),
    )


def reminders_for_model(out: Egress, reminders: Reminders) -> Reminders:
    """Return reminders as a model may see them: without those that are not for it."""
    texts = (
        (line, out.text(line.what, author=USER, item=line.memory or None))
        for line in reminders.lines
    )
    return replace(
        reminders,
        lines=tuple(replace(line, what=text) for line, text in texts if text is not None),
    )


def _example(out: Egress, example: VoiceExample) -> VoiceExample | None:
    """Return an exchange as the model may see it; None where it may not see one of its sides."""
    heard = out.text(example.message, author=example.to, item=example.ids[0])
    said = out.text(example.reply, author=USER, item=example.ids[1])
    if heard is None or said is None:
        return None
    return replace(example, message=heard, reply=said, to=out.text(example.to) or "somebody")


def _earlier(out: Egress, message: BaseMessage) -> BaseMessage:
    author = USER if isinstance(message, HumanMessage) else ASSISTANT
    text = out.text(message.text, author=author)
    if text == message.text:
        return message
    return message.model_copy(update={"content": LEFT_OUT if text is None else text})


def _step(out: Egress, message: BaseMessage) -> BaseMessage:
    if not isinstance(message, ToolMessage):
        return message
    text = out.lines(message.text)
    return message if text == message.text else message.model_copy(update={"content": text})
