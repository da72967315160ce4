"""Replies of the offline engine: quotations from memory, or a plain "I don't know"."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from json import dumps

from langchain_core.messages import AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk

from usermind.models.offline.about import (
    CANNOT_WRITE,
    DELETE_ALL,
    NOTHING_LEARNT,
    asks_all_deleted,
    self_told,
)
from usermind.models.offline.claims import NAMELESS, UNDATED
from usermind.models.offline.clauses import sentences
from usermind.models.offline.dates import absolute, first_day, short, written
from usermind.models.offline.extraction import extract, subject
from usermind.models.offline.framing import MEANT
from usermind.models.offline.grammar import is_past, second_person
from usermind.models.offline.keeping_out import UNKEPT, told_of_kept_out
from usermind.models.offline.matching import Fit, best_of, fitting, hearsay
from usermind.models.offline.newest import newest_first
from usermind.models.offline.offering import told_of_heard, told_of_offer
from usermind.models.offline.past_items import told_of_item, told_of_past
from usermind.models.offline.pictured import (
    asks_of_pictures,
    noted_of_pictures,
    told_of_pictures,
)
from usermind.models.offline.questions import question
from usermind.models.offline.reminding import told_of_reminders
from usermind.models.offline.words import tokens
from usermind.models.reasoner import CITED, ReplyRequest
from usermind.prompts import STYLE_CARD, MemoryLine, PastItems, Voice
from usermind.prompts.fencing import FENCE

SURE = 0.6
"""Confidence below which a claim is told as uncertain."""
WORDS_PER_CHUNK = 4
_ASKED_OF_US = re.compile(r"^\W*(?:\w+,? )?(?:can|could|would|will) you\b", re.IGNORECASE)
UNKNOWN = (
    "I don't know: I remember nothing that answers that. "
    "Tell me in a sentence of your own and I will remember it."
)
_NOTED = {
    "concept": "You noted:",
    "entity": "You looked for or mentioned:",
    "profile": "What I know of you, in short:",
}
NEEDS_A_MODEL = "I cannot make that without a model. What I know of you that bears on it:"
_FOR_THE_USER = re.compile(
    r"^\W*(?:(?:can|could|would) you )?(?:please )?(?:plan|suggest|recommend|propose)\b"
    r"|\b(?:any|some|gift) ideas?\b"
    r"|\bwhat (?:should|could|can|shall) i (?:do|cook|make|give|buy)\b",
    re.IGNORECASE,
)
"""What asks for something new, which quoting cannot give."""
_WHICH = "Say which of these you mean, in its own words:"
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|evening|afternoon)|morning|evening)\b[^?]{0,20}$",
    re.I,
)
_THANKS = re.compile(r"^\W*(?:thanks|thank you|thx|cheers|great, thanks|perfect)\b", re.I)
_BYE = re.compile(r"^\W*(?:bye|goodbye|good night|see you|talk (?:soon|later))\b", re.I)
_POLITE = (
    r"(?:(?:please|can you|could you|would you|will you|pls|now|just|ok|okay|i want you to|"
    r"i['’]d like you to|i would like you to),? )*"
)
_FORGET = re.compile(
    rf"^\W*{_POLITE}(?:forget|delete|erase|remove) (?:that\b|about\b|(?:anything|everything|all|"
    r"what(?:ever)?)(?: that)? (?:you (?:know|remember|have|stored)|i(?: have|['’]ve)? (?:said|"
    r"told you))(?: about)?|everything about|the fact that)? ?(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_NEVER_MIND = re.compile(
    r"^\W*(?:ok(?:ay)?|please|then|so)?\W*forget(?: about)?(?! (?:that|what|where|who|my|our|me|"
    r"i|we|all|everything|anything|you)\b)[^,;–—]{1,40}[,;–—]\s*(?:(?:just|please|rather|and) )*"
    r"(?:recommend|suggest|propose|show|give|find|pick)\b",
    re.IGNORECASE,
)
"""Puts a request in the place of another, where items are asked for: "Forget horror, show me …"."""
_REMEMBER = re.compile(
    r"^\W*(?:please |can you |could you |pls )*(?:remember|note|keep in mind|don['’]t forget|"
    r"make a note)(?: down)?(?: that|:|,)? (?P<what>(?!when|how|what|the time|if|me\b).+)$",
    re.IGNORECASE | re.DOTALL,
)


def answer(request: ReplyRequest) -> Iterator[AIMessageChunk]:
    """Yield the reply to a request."""
    message = request.turn.message.strip()
    called = _tool_call(message, request)
    if called is not None:
        yield called
        return
    results = _results(request.steps)
    text, cited = (" ".join(results), []) if results else _reply(message, request)
    if kept_out := told_of_kept_out(request.turn.kept_out):
        more = bool(results or request.turn.offer or _asks_more(message))
        text, cited = (f"{kept_out}\n{text}", cited) if more else (kept_out, [])
    yield from _streamed(text, cited)


def _asks_more(message: str) -> bool:
    """Say whether a message asks something, besides politely to keep a topic private."""
    asked = question(message)
    return asked is not None and not _ASKED_OF_US.match(asked)


def _streamed(text: str, cited: list[str]) -> Iterator[AIMessageChunk]:
    # The ids ride on one chunk only: merging chunks concatenates lists.
    pieces = re.findall(r"\S+\s*", text)
    groups = [
        "".join(pieces[i : i + WORDS_PER_CHUNK]) for i in range(0, len(pieces), WORDS_PER_CHUNK)
    ]
    for group in groups[:-1]:
        yield AIMessageChunk(content=group)
    yield AIMessageChunk(
        content=groups[-1] if groups else "",
        response_metadata={CITED: cited},
        chunk_position="last",
    )


def _tool_call(message: str, request: ReplyRequest) -> AIMessageChunk | None:
    """Return the call of `forget` or `remember` that a message asks for, if it can be made."""
    names = {tool.name for tool in request.tools}
    if request.steps or request.turn.reminders or asks_all_deleted(message):
        return None
    if "forget" in names and (
        query := _to_forget(message, asks_for_items=bool(request.turn.offer))
    ):
        return _call("forget", query=query)
    if message.endswith("?"):
        return None
    if "remember" in names and (found := _REMEMBER.match(message)):
        what = found["what"].strip(" .!,:")
        claims = extract(what, at=request.turn.now, name=request.system.user_name)
        # In its own words when the rules make no single claim of it.
        return _call("remember", text=claims[0].statement if len(claims) == 1 else what)
    return None


def _to_forget(message: str, *, asks_for_items: bool) -> str | None:
    """Return what a message asks to have forgotten, in its words, or None."""
    for sentence in sentences(message):
        if asks_for_items and _NEVER_MIND.match(sentence.text):
            continue
        if found := _FORGET.match(sentence.text):
            return re.sub(r"[\s,]+please$", "", found["what"].strip(" .!?,:")) or None
    return None


def _call(name: str, **args: str) -> AIMessageChunk:
    call = tool_call_chunk(
        name=name, args=dumps(args, ensure_ascii=False), id=f"offline_{name}", index=0
    )
    return AIMessageChunk(
        content="",
        tool_call_chunks=[call],
        response_metadata={CITED: []},
        chunk_position="last",
    )


def _results(steps: Sequence[BaseMessage]) -> list[str]:
    """Return the texts of the tool results at the end of the steps, in order."""
    texts: list[str] = []
    for step in reversed(steps):
        if not isinstance(step, ToolMessage):
            break
        texts.insert(0, _told(step))
    return [t for t in texts if t]


def _told(step: ToolMessage) -> str:
    text = step.text.replace(FENCE[0], "“").replace(FENCE[1], "”")
    if "\n" in text.strip():  # a list of memories stays one
        text = text.replace("Ask the user which of these they mean, if any:", _WHICH)
        text = text.replace("Ask the user which of these they mean;", "Which of these do you mean?")
        text = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    else:
        text = " ".join(text.split())
    if step.status == "error":
        return f"That did not work: {text}" if text else "That did not work."
    return text or "Done."


def _reply(message: str, request: ReplyRequest) -> tuple[str, list[str]]:
    if not any(c.isalnum() for c in message):
        return "I am listening.", []
    if asks_all_deleted(message):
        return DELETE_ALL, []
    pictures = [line for line in request.turn.pictures if line.role == "shown"]
    if pictures and asks_of_pictures(message):
        return told_of_pictures(pictures)
    if request.turn.voice.wanted:
        return _voice(request.turn.voice)
    past = request.turn.past
    told_of = told_of_past(past, request.turn.memories, request.turn.now) if past else None
    if request.turn.offer:
        offered, cited = told_of_offer(request.turn.offer)
        return (f"{told_of[0]}\n{offered}", [*told_of[1], *cited]) if told_of else (offered, cited)
    if told_of:
        return told_of
    if past.asks == "shown" and past.missing:
        return past.missing, []
    if reminded := told_of_reminders(request.turn.reminders):
        return reminded
    if told := self_told(message):
        return told, []
    asked = question(message)
    if asked is None:
        if noted := noted_of_pictures(request.turn.pictures):
            return noted, []
        if pictures:
            return told_of_pictures(pictures)
        if heard := told_of_heard(request.turn.heard):
            return heard, []
        return _acknowledged(message, request), []
    if _FOR_THE_USER.search(asked) and (summed := _summed_up(request)):
        return summed
    name = subject(request.system.user_name)
    if re.search(r"\bwhat do you (?:know|remember)(?: about (?:me|us))?\s*\??$", asked, re.I):
        return _known(request, name)
    fits = fitting(asked, [m for m in _remembered(request) if _bears(m, asked, past)], name)
    since = {fact.id: fact.at for fact in request.system.facts}
    fits = newest_first(asked, fits, name=name, since=since)
    if not fits and pictures:
        return told_of_pictures(pictures)
    if not fits:
        return past.missing or UNKNOWN, []
    chosen = best_of(fits)
    told_here = [_said(f, name, request.turn.now) for f in chosen]
    return " ".join(told_here), [f.memory.id for f in chosen]


_SOUGHT = re.compile(
    r"\b(?:search\w*|look(?:ed|ing)? (?:for|up|into|at)|mention\w*|visit\w*|browse\w*|ask(?:ed)?|"
    r"interest\w*|often|times|talk\w*)\b",
    re.IGNORECASE,
)
"""What asks how something came up: a count answers nothing else."""


_YEAR = re.compile(r"\s*\(\d{4}\)$")


def _bears(memory: MemoryLine, asked: str, past: PastItems) -> bool:
    """Say whether a memory may answer a question, by its kind.

    Who asks of one item gets no likings of others, and "Is it any good?" no count of searches.
    """
    if memory.kind == "entity":
        return bool(_SOUGHT.search(asked))
    if past.title:
        return _YEAR.sub("", past.title).casefold() in memory.text.casefold()
    return True


def _voice(voice: Voice) -> tuple[str, list[str]]:
    """Say that nothing is written here, and quote how the user has written."""
    if not voice.style and not voice.examples:
        return CANNOT_WRITE, []
    parts, cited = [CANNOT_WRITE], list[str]()
    if voice.style:
        parts.append(f"How you write: {' '.join(voice.style)}")
        cited.append(STYLE_CARD)
    parts += [f"You once replied to “{each.message}”: “{each.reply}”" for each in voice.examples]
    return "\n".join(parts), [*cited, *(id_ for each in voice.examples for id_ in each.ids)]


def _summed_up(request: ReplyRequest) -> tuple[str, list[str]] | None:
    """Return the profile, for what takes a model to make; None where none was recalled."""
    for memory in request.turn.memories:
        if memory.kind == "profile":
            return f"{NEEDS_A_MODEL} {_ended(' '.join(memory.text.split()))}", [memory.id]
    return None


def _acknowledged(message: str, request: ReplyRequest) -> str:
    if _GREETING.match(message):
        name = subject(request.system.user_name)
        return "Hello!" if name == NAMELESS else f"Hello, {name}!"
    claims = extract(message, at=request.turn.now, name=request.system.user_name)
    if claims and request.turn.kept_out.unkept:
        return UNKEPT
    if not claims:
        if MEANT.match(message.strip(" .!")):
            return "Noted, I will correct what you said last."
        if _THANKS.match(message):
            return "You're welcome."
        if _BYE.match(message):
            return "Good-bye, until next time."
        return UNKEPT if request.turn.kept_out.unkept else NOTHING_LEARNT
    slots = [f"your {c.slot}" for c in claims if c.slot]
    if not slots:
        return "Noted, I will remember that."
    return f"Noted, I will remember that about {' and '.join(dict.fromkeys(slots))}."


def _known(request: ReplyRequest, name: str) -> tuple[str, list[str]]:
    claims = [m for m in _remembered(request) if m.kind == "proposition" and not hearsay(m)][:6]
    if not claims:
        return "I don't know anything about you yet. Tell me something and I will remember it.", []
    told = " ".join(_ended(second_person(m.text, name) or m.text) for m in claims)
    return f"This is what I know: {told}", [m.id for m in claims]


def _remembered(request: ReplyRequest) -> list[MemoryLine]:
    """Return what was recalled, and the long-known facts that recall left out."""
    recalled = list(request.turn.memories)
    met = {memory.id for memory in recalled}
    facts = [
        MemoryLine(f.id, "proposition", f.text, "user", UNDATED, score=0.0, confidence=f.confidence)
        for f in request.system.facts
        if f.id not in met
    ]
    return recalled + facts


def _said(fit: Fit, name: str, now: datetime) -> str:
    if fit.memory.kind in ("exposure", "feedback"):
        return told_of_item(fit.memory, now)
    memory, day = fit.memory, _when(fit.memory.at)
    if memory.kind == "observation":
        quote = " ".join(fit.passage.split())
        if memory.author == "user":
            return f"On {day} you told me: “{quote}”{_meant(quote, memory.at)}"
        if memory.author == "assistant":
            return f"On {day} I said: “{quote}”"
        return (
            f"{memory.author} wrote on {day}: “{quote}” That is only what {memory.author} says; "
            "I have not heard it from you."
        )
    if memory.kind in _NOTED:
        return f"{_NOTED[memory.kind]} {_ended(memory.text)}"
    if " says that " in memory.text:
        said = memory.text.rstrip(".")
        return f"{said} ({day}). I have not heard it from you, so I would not rely on it."
    told = second_person(memory.text, name) or memory.text
    if hearsay(memory):
        return f"{told.rstrip('.')}: that comes from {memory.author} ({day}), not from you."
    if memory.confidence is not None and memory.confidence < SURE:
        heard = "" if memory.at == UNDATED else f" (last heard on {day})"
        return f"I am not sure, but I have noted: {told.rstrip('.')}{heard}."
    since = "" if memory.at == UNDATED else f" (you told me on {day})"
    return f"{told.rstrip('.')}{since}."


def _meant(quote: str, at: datetime) -> str:
    """Return what a relative date of a quotation meant."""
    past = any(is_past(w) for w in tokens(quote))
    resolved = absolute(quote, at, tense="past" if past else "future")
    day = first_day(resolved, at)
    return f" That was about {written(day)}." if resolved != quote and day else ""


def _when(at: datetime) -> str:
    return short(at.date())


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
