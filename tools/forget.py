"""The tool by which a user has something forgotten in conversation.

Deleting cannot be undone, so the code decides what is meant, not the model: a memory goes when it
holds the words of the request, and when the user themselves has spoken of it. What would go with
it, because it rests on the same messages, goes only when the user insists.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from langchain_core.messages import BaseMessage, ToolMessage
from pydantic import BaseModel, Field

from usermind.memory import Recollection
from usermind.memory.feedback import KEPT, sentence
from usermind.memory.forget_scope import spoken, would_take
from usermind.memory.journal import ASSISTANT, USER
from usermind.memory.pasted import harmless, own_words
from usermind.memory.receipt import FEEDBACK, DeletionReceipt
from usermind.prompts import quoted
from usermind.prompts.slots import slot_named
from usermind.tools.content_terms import KIN, content_terms, covers, stems
from usermind.tools.forget_records import RATING, Noted, every_of_items, noted, profiles_that_say
from usermind.tools.memory_tool import LONGEST, MemoryTool, shown
from usermind.types import ObservationId, PropositionId

DELETED = "Forgotten for good"
"""How the answer begins when something was deleted."""
CANDIDATES = 30
"""Memories nearest to a request, among which what is meant must be."""
EVERY = 1_000
"""As many where a concept is to be forgotten as a whole: all that names it."""
NAMED = 8
"""Ids that an answer names at most."""
_ASKING = (
    r"\b(?:forg[eo]t|delet|eras|remov|wip|scratch|drop|purg|(?:don['’]?t|do not|stop|no longer) "
    r"(?:remember|keep|stor|sav|know|mention)|let go|get rid|take (?:\w+ )?(?:back|off|out)|olvid|"
    r"borr|elimin|esque[cç]|apag|remov|oubli|effac|supprim|vergiss|vergess|lösch|entfern|dimentic|"
    r"cancell|verget|vergeet|verwijder|wis\b|zapomn|usuń|usun|unut|sil\b|glöm|radera|glem|slet|"
    r"unohda|poista|забу|удал|сотр|видал)|忘|删|刪|消|抹|잊|삭제|지워|انس|احذف|امسح|भूल|हटा|मिटा"
)
_ASKED = re.compile(_ASKING, re.IGNORECASE)
"""How people ask to have something forgotten. In other words than these a model must ask back."""
_REQUEST = re.compile(
    r"^\W*(?:(?:please|pls|can|could|would|will|you|now|just|ok|okay|yes|no|actually|then|so|and|"
    r"i['’]d like|i would like|i want|i said|to|bitte|por favor|s['’]il (?:te|vous) pla[iî]t|"
    rf"per favore)\b\W*)*(?:{_ASKING})",
    re.IGNORECASE,
)
"""A message that begins by asking so. "I always forget my keys" and "Don't forget" do not."""
_INSISTS = re.compile(r"\banyway\b", re.IGNORECASE)
PICTURED = content_terms("picture pictures photo photos image images")
_ID = re.compile(r"\b[opcefvx][1-9]\d*\b")
_SWEEPING = re.compile(r"\b(?:all|everything|anything|know about)\b", re.IGNORECASE)


class ForgetArgs(BaseModel):
    """Arguments of `forget`."""

    query: str = Field(
        min_length=1, max_length=500, description="What the user wants forgotten, in their words."
    )
    ids: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Ids of exactly those memories, as `search_memory` shows them; may be empty.",
    )


class Forget(MemoryTool):
    """Delete what the user wants forgotten."""

    name: str = "forget"
    description: str = (
        "Delete from memory what the user explicitly asks you to forget. It cannot be undone."
    )
    args_schema: ClassVar[type[BaseModel]] = ForgetArgs  # type: ignore[misc]  # same for all

    def _run(self, query: str, ids: list[str] | None = None) -> str:
        asked, said = content_terms(query), self.spoken()
        if (why_not := _why_not(asked, said)) is not None:
            return why_not
        sort = None if ids else every_of_items(self._message() or query)
        if sort is not None and (told := self._every(sort)) is not None:
            return told
        sweeping = _SWEEPING.search(query) is not None
        ids = ids or _ids_in(query)
        things = noted(self.memory, query, ids=ids or [], said=said, sweeping=sweeping)
        if things.unclear:
            by_id = " or ".join(f"“forget {id_}”" for id_ in things.unclear)
            return (
                "Nothing was forgotten yet: several go by that name. Ask the user which of these "
                f"they mean; {by_id} says it:{self._listed(things)}"
            )
        near = self._near(query, asked, EVERY if things.concepts else CANDIDATES)
        # What asks to have a thing forgotten is never the thing.
        earlier = [hit for hit in near if _is_request(hit) and covers(hit.text, asked)]
        near = [hit for hit in near if not _is_request(hit)]
        meant = self._meant(near, asked, ids or [])
        if asked <= RATING and not ids:
            # Words for any item at all name no message: who asks "what's the best rated movie?"
            # did not say what is to go.
            meant = [hit for hit in meant if hit.kind == "proposition"]
        claims = {hit.id: hit.text for hit in meant if hit.kind == "proposition"}
        held = self._slot(query)
        if held and (not ids or held.keys() & claims.keys()):
            # All its values: an earlier one would come back as the present one.
            claims = (claims if ids else {}) | held
        elif not meant and not things:
            if sort is not None:
                return f"Nothing was forgotten: no {sort} is on record."
            return "Nothing was forgotten: no memory says that. " + _nearest(near[:3])
        elif len(claims) > 1 and not ids and not sweeping and _vague(meant, asked):
            lines = _nearest(meant) + self._listed(things)
            return "Nothing was forgotten yet: several memories say that. " + lines
        if things.concepts and not ids:  # all that names it, not only what says the same
            messages = [hit.id for hit in meant if hit.kind == "observation"]
        else:
            messages = _messages(meant, list(claims.values()), asked)
        return self._delete(list(claims), messages, earlier, things, asked)

    def _every(self, sort: Literal["verdict", "recommendation"]) -> str | None:
        """Delete all that is on record of items, of one sort, once the user insists.

        None where there is nothing of it.
        """
        kept = self.memory.feedback
        found = (
            {each.id: sentence(each.title, each.weight) for each in kept.list()}
            if sort == "verdict"
            else {each.id: f"recommended {each.title}" for each in kept.exposures(limit=KEPT)}
        )
        if not found:
            return None
        if not self._insisted():
            lines = "".join(
                f"\n[{id_}] {quoted(harmless(text), longest=LONGEST)}"
                for id_, text in list(found.items())[:NAMED]
            )
            left = f"\n… and {len(found) - NAMED} more" if len(found) > NAMED else ""
            return (
                f"Nothing was forgotten yet: this would go, {_count(len(found), sort)} in all:"
                f"{lines}{left}\nIt goes when the same is asked again with the word “anyway”, as "
                f"in “forget all {'my ratings' if sort == 'verdict' else 'recommendations'} "
                "anyway”. To forget one, name its title."
            )
        request = [self.evidence] if self.evidence else []
        receipt = (
            self.memory.forget(observations=request, feedback=list(found))
            if sort == "verdict"
            else self.memory.forget(observations=request, exposures=list(found))
        )
        return _told(receipt)

    def _near(self, query: str, asked: set[str], most: int) -> list[Recollection]:
        """Return the messages and claims nearest to a request, without the request itself."""
        return [
            hit
            for hit in self.memory.recall(
                " ".join([query, *sorted(asked.intersection(KIN.values()))]),
                k=most,
                kinds=["observation", "proposition"],
                exclude=[self.evidence] if self.evidence else [],
            )
            if hit.author != ASSISTANT  # replies go with what they were made from
        ]

    def _listed(self, things: Noted) -> str:
        ids = [*things.unclear, *things.concepts, *things.attributes, *things.entities]
        found = self.memory.recollect(list(dict.fromkeys(ids)))
        return "".join(f"\n{shown(hit)}" for hit in found)

    def _delete(
        self,
        claims: Sequence[str],
        messages: Sequence[str],
        earlier: Sequence[Recollection],
        things: Noted,
        asked: set[str],
    ) -> str:
        """Delete what is meant, unless more would go with it and nobody said so."""
        verdicts = self._verdicts(messages, things, asked)
        with self.memory.open() as file:
            database = file.database
            # By their verdicts, not by their ids: what else these say of items stays.
            judged = spoken(database, verdicts)
            claims = [each for each in claims if each not in judged]
            messages = [each for each in messages if each not in judged]
            others = would_take(
                database,
                observations=messages,
                propositions=claims,
                feedback=verdicts,
            )
            # Earlier requests repeat it, so they go too, but never at the cost of anything.
            spare = [hit.id for hit in earlier if not would_take(database, observations=[hit.id])]
        if others and not self._insisted():
            return "Nothing was forgotten yet: " + self._with_it(others)
        # The request itself repeats what is to be forgotten.
        request = [self.evidence] if self.evidence else []
        receipt = self.memory.forget(
            propositions=claims,
            observations=[*messages, *spare, *request],
            concepts=things.concepts,
            attributes=things.attributes,
            entities=things.entities,
            profiles={*things.profiles, *profiles_that_say(self.memory, asked)},
            feedback=verdicts,
            exposures=things.exposures,
        )
        return _told(receipt)

    def _verdicts(self, messages: Sequence[str], things: Noted, asked: set[str]) -> list[str]:
        """Return the verdicts that are meant: those named, and those of messages that are meant.

        Of such a message it is what shares the most with the request: who asks for "The Two
        Towers" does not say the whole title. The request may be about something else in it.
        """
        found = list(things.feedback)
        by_message: dict[str, dict[str, int]] = {}
        for each in self.memory.feedback.list():
            if each.observation in messages:
                shared = len(content_terms(each.title) & asked)
                by_message.setdefault(each.observation, {})[each.id] = shared
        for shares in by_message.values():
            most = max(shares.values())
            if most and not shares.keys() & set(found):
                found += [id_ for id_, shared in shares.items() if shared == most]
        return found

    def _with_it(self, others: Sequence[str]) -> str:
        """Say which claims and verdicts would go too, and how to have them go."""
        told = {each.id: sentence(each.title, each.weight) for each in self.memory.feedback.list()}
        lines = "\n".join(
            f"[{item}] {quoted(harmless(self._text(item, told)), longest=LONGEST)}"
            for item in others
        )
        return (
            "this would go too, as nothing but the same messages speaks for it:\n"
            f"{lines}\nAll of it goes when the same is asked again with the word “anyway”, as in "
            "“forget where I live anyway”."
        )

    def _text(self, item: str, told: Mapping[str, str]) -> str:
        return told.get(item) or self.memory.propositions.get(PropositionId(item)).text

    def _insisted(self) -> bool:
        """Say whether the message that is being answered has the word; a model cannot add it."""
        return bool(_INSISTS.search(self._message()))

    def _message(self) -> str:
        """Return the message that is being answered, in the user's words; outside of one, none."""
        if self.evidence is None:
            return ""
        return own_words(self.said or self.memory.observation(ObservationId(self.evidence)).text)

    def _slot(self, query: str) -> dict[PropositionId, str]:
        """Return the claims, former ones too, of the slot that a request names, with their words.

        "My age" is "Ana is 30 years old". As with words, the user must have named it themselves.
        """
        slot = slot_asked(query)
        said = self.spoken()
        if slot is None or (
            said is not None
            and not any(_ASKED.search(text) and slot_asked(text) == slot for text in said)
        ):
            return {}
        return {p.id: p.text for p in self.memory.propositions.list(status=None) if p.slot == slot}

    def _meant(
        self, near: Sequence[Recollection], asked: set[str], ids: Sequence[str]
    ) -> list[Recollection]:
        meant = [hit for hit in near if (hit.id in ids if ids else covers(hit.text, asked))]
        said = self.spoken()
        if said is None:
            return meant
        # A model can be talked into naming memories by a text it was shown.
        terms = {term for text in said for term in content_terms(text)}
        return [hit for hit in meant if terms & content_terms(hit.text)]


def _why_not(asked: set[str], said: Sequence[str] | None) -> str | None:
    """Return why nothing can be forgotten, whatever is known; None: it is to be looked for.

    Args:
        asked: Terms of the request.
        said: What the user said last; None: it is not looked at.
    """
    if not asked:
        return (
            "Nothing was forgotten: the request names nothing. Ask what they mean. To delete "
            "everything there is, they run `usermind memory forget --everything`."
        )
    if asked <= PICTURED:
        return (
            "Nothing was forgotten: pictures that are shown in a conversation are not kept. A "
            "reference picture goes with its concept, or by `usermind concept picture`."
        )
    if said is not None and not any(map(_ASKED.search, said)):
        return (
            "Nothing was forgotten: the user did not ask for it. When they want something "
            "forgotten, they say so, with the word “forget” or “delete”."
        )
    return None


def _ids_in(query: str) -> list[str]:
    """Return the ids that a request is made of; nothing where it says anything else.

    >>> _ids_in("c2"), _ids_in("Rex"), _ids_in("[c1] and c2")
    (['c2'], [], ['c1', 'c2'])
    """
    words = content_terms(query)
    found = dict.fromkeys(_ID.findall(query.casefold()))
    return list(found) if words <= content_terms(" ".join(found)) else []


def forgot(messages: Sequence[BaseMessage]) -> bool:
    """Say whether a `forget` among these messages deleted something."""
    return any(
        isinstance(message, ToolMessage)
        and message.name == "forget"
        and str(message.content).startswith(DELETED)
        for message in messages
    )


_WHOLE = r"(?=,? (?:please|now|again|any ?more|anyway|from\b.*)|\W*(?:[.!?,]|$))"
""" "My boyfriend's birthday" and "my work laptop" name no slot of the user's."""
_SLOTS = tuple(
    (re.compile(rf"\b(?:{words}){_WHOLE}", re.IGNORECASE), slot)
    for words, slot in (
        (r"my age|how old I am", "age"),
        (r"my birthday|my (?:date of birth|birth ?date)|when I was born", "birthday"),
        (r"my birthplace|where I was born", "birthplace"),
        (r"my (?:blood type|blood group)", "blood type"),
        (r"my diet|what I (?:eat|do not eat|don['’]t eat)", "diet"),
        (r"my (?:e-?mail|email)(?: address)?", "email"),
        (r"my (?:employer|company)|(?:where|who) I work(?: for)?", "employer"),
        (r"my (?:height)|how tall I am", "height"),
        (r"my (?:home|home ?town|city|place of residence)|where I live", "home"),
        (r"my (?:job|profession|occupation|work)|what I do(?: for a living)?", "job"),
        (r"my (?:marital|relationship) status|(?:that|whether|if) I am (?:married|single)",
         "marital status"),
        (r"my (?:first )?name|what I am called|who I am", "name"),
        (r"my nationality|my citizenship", "nationality"),
        (r"my (?:native|first) language|my mother tongue", "native language"),
        (r"where I (?:am|come) from|my origins?", "origin"),
        (r"my (?:partner|husband|wife|boyfriend|girlfriend|spouse)", "partner"),
        (r"my (?:phone )?number", "phone number"),
        (r"my pronouns", "pronouns"),
        (r"my (?:surname|last name|family name)", "surname"),
        (r"my time ?zone", "time zone"),
    )
)  # fmt: skip
_FAVOURITE = re.compile(rf"\bmy (favou?rite [a-z]+(?: [a-z]+)?){_WHOLE}", re.IGNORECASE)


def slot_asked(request: str) -> str | None:
    """Return the slot that a request to forget names, or None.

    >>> slot_asked("Can you forget my age?"), slot_asked("forget my favorite color")
    ('age', 'favourite colour')
    """
    if found := _FAVOURITE.search(request):
        return slot_named(found[1])
    return next((slot for words, slot in _SLOTS if words.search(request)), None)


def _vague(meant: Sequence[Recollection], asked: set[str]) -> bool:
    """Say whether the claims share too little with a request to be meant all together."""
    return len(asked) == 1 or any(
        "name" in asked and "name" not in stems(hit.text)
        for hit in meant
        if hit.kind == "proposition"
    )


def _is_request(hit: Recollection) -> bool:
    return hit.kind == "observation" and hit.author == USER and bool(_REQUEST.search(hit.text))


def _messages(meant: Sequence[Recollection], claims: Sequence[str], asked: set[str]) -> list[str]:
    """Return the messages that go by themselves: where a claim goes, those that say the same.

    What the claim rests on goes with it anyhow; another message about the same subject stays.
    """
    terms = [(content_terms(text), _value(text, asked)) for text in claims]
    return [
        hit.id
        for hit in meant
        if hit.kind == "observation"
        and (not terms or any(_same(content_terms(hit.text), *claim) for claim in terms))
    ]


def _value(claim: str, asked: set[str]) -> set[str]:
    """Return what a claim says beyond the request and the user's name, which comes first."""
    return content_terms(claim) - asked - content_terms(claim.partition(" ")[0])


def _same(message: set[str], claim: set[str], value: set[str]) -> bool:
    return 2 * len(message & claim) > len(claim) and (not value or bool(message & value))


def _nearest(hits: Sequence[Recollection]) -> str:
    lines = "\n".join(shown(hit) for hit in hits) or "(none)"
    return f"Ask the user which of these they mean, if any:\n{lines}"


def _told(receipt: DeletionReceipt) -> str:
    parts = [
        _count(len(receipt.propositions), "claim"),
        _count(len(receipt.observations), "message"),
        *(
            _count(number, noun)
            for number, noun in (
                (len(receipt.concepts), "concept"),
                (receipt.attributes, "attribute"),
                (receipt.pictures, "picture"),
                (len(receipt.entities), "entity"),
                (len(receipt.profiles), "profile"),
                (len(receipt.feedback), "verdict"),
                (len(receipt.exposures), "recommendation"),
            )
            if number
        ),
    ]
    return f"{DELETED}: {', '.join(parts[:-1])} and {parts[-1]}.{_left(receipt)}"


def _left(receipt: DeletionReceipt) -> str:
    """Return what a deletion left, where the user may want to know."""
    verdicts = [item for item in receipt.kept if item.startswith(FEEDBACK)]
    left = f" What was said of other items stays: {', '.join(verdicts)}." if verdicts else ""
    if receipt.still:
        shown_ = ", ".join(receipt.still[:NAMED]) + (" …" if len(receipt.still) > NAMED else "")
        left += f" Its title still stands in {shown_}; “forget {receipt.still[0]}” takes it too."
    return left


def _count(number: int, noun: str) -> str:
    many = "entities" if noun == "entity" else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"
