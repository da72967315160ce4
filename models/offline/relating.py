"""New claims compared with what is known: which operation each one asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from usermind.models.offline.claims import MAX_TEXT, Claim
from usermind.models.offline.dates import absolute
from usermind.models.offline.denying import ends, negative
from usermind.models.offline.ended import Over
from usermind.models.offline.grammar import third_person
from usermind.models.offline.liking import Attitude, agree, agreed, attitude, past_view
from usermind.models.offline.titles import apart
from usermind.models.offline.values import value_of_another
from usermind.models.offline.words import STOP, accepted, listed, overlap, stem, terms, tokens
from usermind.prompts import Citation, KnownLine, ObservationLine, Operation
from usermind.prompts.reflect import Op
from usermind.prompts.slots import slot_named
from usermind.types import MONTHS, WEEKDAYS

NEAR = 0.8
"""Overlap of content words from which two statements say the same."""
ROOM = 96
"""Operations that are held at most, some times more than one call returns: each further claim is
compared with these, and with no more however long a message is."""
OPPOSED = 0.6
"""Share of a denied statement's words that must be in a known one for it to be about that."""

_TWIST = frozenset(
    stem(w)
    for w in listed(
        """longer stopped stop quit cancelled cancel canceled gave give given dropped drop ditched
        left leave resigned broke split unsubscribed sold sell got rid subscription never no not
        finally anymore start eating doing going drinking"""
    )
)


@dataclass(frozen=True, slots=True)
class _Form:
    """What two statements are compared by, made once of each."""

    plain: str
    marks: frozenset[str]
    attitude: Attitude | None


@dataclass(slots=True)
class Revision:
    """The operations of one call, at most one a claim and one a target."""

    known: Sequence[KnownLine]
    user: str
    """How claims call the user; their name tells two statements nothing apart."""
    added: list[Operation] = field(default_factory=list)
    _changed: list[Operation] = field(default_factory=list)
    _forms: dict[str, _Form] = field(default_factory=dict)

    @property
    def operations(self) -> list[Operation]:
        """Everything decided so far; changes to what is known come first."""
        return [*self._changed, *self.added]

    def relate(self, claim: Claim, observation: ObservationLine, *, report: bool = False) -> None:
        """Decide what a claim does. A `report` of somebody else only adds or reinforces."""
        citation = Citation(observation=observation.alias, quote=claim.quote)
        if self._repeated(claim, citation):
            return
        same = next((k for k in self.known if self.same(claim.statement, k.text)), None)
        if same is not None:
            self._change("reinforce", same, claim, citation)
        elif report or not self._against(claim, observation, citation):
            self._add(claim, citation)

    def same(self, left: str, right: str) -> bool:
        """Tell whether two statements say the same, numbers, names and negation included."""
        one, other = self._form(left), self._form(right)
        if one.plain == other.plain:
            return True
        if one.marks != other.marks or apart(left, right):
            return False
        a, b = self._terms(left), self._terms(right)
        view = agreed(one.attitude, other.attitude)
        if (negative(left) != negative(right) and not view) or view is False or not a or not b:
            return False
        # "hates" and "does not like" have few words in common
        return bool(view) or overlap(a, b) >= NEAR

    def _form(self, statement: str) -> _Form:
        if (form := self._forms.get(statement)) is None:
            form = self._forms[statement] = _Form(
                _plain(statement), _marks(statement, self.user), attitude(statement, self.user)
            )
        return form

    def _against(self, claim: Claim, observation: ObservationLine, citation: Citation) -> bool:
        """Handle a claim that goes against a known one; True when nothing is left to add."""
        rival = self._rival(claim)
        if rival is not None:
            if observation.at < rival.since:  # told late: what is known is newer
                return True
            more = _inner(claim.statement) > _inner(rival.text) and not claim.change
            self._change("revise" if more else "supersede", rival, claim, citation)
            return True
        over = claim.change or ends(claim.statement)
        denies = negative(claim.statement)
        for known in self.known:
            if apart(claim.statement, known.text):
                continue
            if not self._reported(known) and agree(claim.statement, known.text, self.user) is False:
                if observation.at >= known.since:
                    self._change("supersede", known, claim, citation)
                return True  # told late: what is known is newer
            if known.slot == claim.slot is not None or observation.at < known.since:
                continue
            if (rest := _without(known.text, claim.statement)) is not None:
                kept = Claim(rest, claim.quote, known.confidence, known.durability, known.slot)
                self._change("supersede", known, kept, citation)
                continue
            if negative(known.text) == denies:
                continue
            if not self._about(claim.statement, known.text):
                continue
            reported = " says that " in known.text
            self._change(
                "supersede" if over and not reported else "contradict", known, claim, citation
            )
            return over and not reported
        return False

    def _rival(self, claim: Claim) -> KnownLine | None:
        """Return the known holder of the claim's slot with another value."""
        of_other = value_of_another(claim.statement, self.user)
        if claim.slot is None and not of_other and not _CORRECTS.match(claim.quote):
            return None
        slot = slot_named(claim.slot) or claim.slot
        key = self._attribute(claim.statement)
        for known in self.known:
            if self._reported(known) or self._of_another(claim, known):
                continue
            if of_other:
                if of_other.replaces(value_of_another(known.text, self.user)):
                    return known
            elif known.slot == slot is not None or (key and self._attribute(known.text) == key):
                return known
        return None

    def _of_another(self, claim: Claim, known: KnownLine) -> bool:
        """Tell whether a claim ends something else: leaving X is not leaving Y."""
        ended = _names(claim.statement, self.user) if claim.change else frozenset()
        return bool(ended) and not ended & _names(known.text, self.user)

    def _attribute(self, statement: str) -> str | None:
        """Return `"address"` of "Ana's address is …": a fact with one value, slot or no slot."""
        found = re.match(rf"{re.escape(self.user)}['’]s ([\w ]+?) (?:is|are)\b", statement)
        return found[1].replace("manager", "boss") if found else None

    def _reported(self, known: KnownLine) -> bool:
        return " says that " in known.text

    def _about(self, statement: str, known: str) -> bool:
        words = self._terms(statement) - _TWIST
        other = self._terms(known) - _TWIST
        if not words or not other:
            return False
        met = [t for t in words if other & accepted(t) or any(t in accepted(o) for o in other)]
        if _of_a_kind(statement, known):
            return False
        return len(met) / min(len(words), len(other)) >= OPPOSED and bool(
            {t for t in met if t not in _PLAIN_VERBS}
        )

    def _terms(self, text: str) -> frozenset[str]:
        return terms(text) - terms(self.user)

    def _repeated(self, claim: Claim, citation: Citation) -> bool:
        for operation in self.operations:
            if operation.statement and self.same(claim.statement, operation.statement):
                if len(operation.evidence) < 4 and citation not in operation.evidence:
                    operation.evidence.append(citation)
                return True
        return False

    def _change(self, op: Op, known: KnownLine, claim: Claim, citation: Citation) -> None:
        earlier = next((o for o in self._changed if o.target == known.alias), None)
        if earlier is not None and op == earlier.op == "reinforce":
            if len(earlier.evidence) < 4 and citation not in earlier.evidence:
                earlier.evidence.append(citation)
            return
        if earlier is not None:  # the later word of one call counts
            self._changed.remove(earlier)
        empty = op in ("reinforce", "contradict", "retire")
        statement = "" if empty else claim.statement
        self._changed.append(_operation(op, known.alias, statement, claim, citation))

    def _add(self, claim: Claim, citation: Citation) -> None:
        if claim.slot:
            # Two values in one message: the later stands. Of two messages both did, in their time.
            said = citation.observation
            self.added = [
                o for o in self.added if o.slot != claim.slot or o.evidence[0].observation != said
            ]
        self.added = [o for o in self.added if not self._over(o.statement, claim)]
        if len(self.added) < ROOM:
            self.added.append(_operation("add", None, claim.statement, claim, citation))

    def _over(self, statement: str, claim: Claim) -> bool:
        """Tell whether a claim ends what the same call was about to add."""
        view = agreed(self._form(claim.statement).attitude, self._form(statement).attitude)
        if view is not False:
            opposed = claim.change and negative(claim.statement) and not negative(statement)
            if not opposed or not self._about(claim.statement, statement):
                return False
        return not apart(claim.statement, statement)

    def retire(self, text: str, observation: ObservationLine, quote: str) -> None:
        """Retire the known claim that a text takes back, if there is one."""
        for known in self.known:
            if self._about(text, known.text):
                self._retire(known, observation, quote)
                return

    def end(self, over: Over, observation: ObservationLine, quote: str) -> None:
        """Retire the known plan that is off, or duty that is done, where it can be only one."""
        what = terms(absolute(over.what, observation.at, tense="future")) - terms(self.user)
        meant = [
            known
            for known in self.known
            if what
            and not self._reported(known)
            and observation.at >= known.since
            and what <= self._terms(known.text)
            and over.may_end(known.text)
        ]
        if len(meant) == 1:
            self._retire(meant[0], observation, quote)

    def turn(self, plain: str, observation: ObservationLine, quote: str) -> None:
        """Replace the known view of one thing that "Actually I liked Titanic" goes against."""
        view = past_view(plain, "I")
        for known in self.known if view else ():
            if observation.at >= known.since and not self._reported(known):
                before = past_view(known.text, self.user) or attitude(known.text, self.user)
                if agreed(view, before) is False:
                    said = f"{self.user} {third_person(plain.removeprefix('I '))}."
                    claim = Claim(said, quote[:MAX_TEXT], 0.8, known.durability, known.slot)
                    citation = Citation(observation=observation.alias, quote=claim.quote)
                    self._change("supersede", known, claim, citation)

    def _retire(self, known: KnownLine, observation: ObservationLine, quote: str) -> None:
        claim = Claim(known.text, quote[:MAX_TEXT], 0.8, known.durability, known.slot)
        citation = Citation(observation=observation.alias, quote=claim.quote)
        self._change("retire", known, claim, citation)

    def mend(self, right: str, observation: ObservationLine, quote: str) -> bool:
        """Put `right` in the place of the value said last: "I'm 30." "Sorry, I meant 31."."""
        citation = Citation(observation=observation.alias, quote=quote[:240])
        for operation in reversed(self.operations):
            if operation.statement and (said := _mended(operation.statement, right, self.user)):
                operation.statement = said
                operation.evidence = [*operation.evidence[:3], citation]
                return True
        newest = max((k.since for k in self.known), default=None)
        for known in self.known:
            if known.since == newest and (said := _mended(known.text, right, self.user)):
                claim = Claim(said, quote, 0.85, known.durability, known.slot)
                self._change("supersede", known, claim, citation)
                return True
        return False

    def correct(self, wrong: str, right: str, observation: ObservationLine, quote: str) -> bool:
        """Put `right` in the place of `wrong` in the known claim that holds it."""
        pattern = re.compile(rf"\b{re.escape(wrong)}\b", re.IGNORECASE)
        for known in self.known:
            if pattern.search(known.text):
                statement = pattern.sub(lambda _: right, known.text)
                if len(statement) > 240:
                    continue
                claim = Claim(statement, quote, 0.85, known.durability, known.slot)
                self._change(
                    "supersede", known, claim, Citation(observation=observation.alias, quote=quote)
                )
                return True
        return False


_LIKED = re.compile(
    r"(?P<head>.{1,60}? (?P<verb>likes|loves|enjoys|eats|drinks|plays|speaks|"
    r"adores)) (?P<what>.+?)\.?$"
)
_DISLIKED = re.compile(
    r".{1,60}? (?:(?:does not|no longer) (?:really )?(?:likes?|loves?|enjoys?|eats?|drinks?|plays?|"
    r"speaks?)|hates|dislikes) (?P<what>.+?)(?: (?:anymore|any more))?\.?$"
)


def _without(known: str, denial: str) -> str | None:
    """Return a list without the item that is denied, or None when it is not of that list.

    >>> _without("Ana likes hiking and jazz.", "Ana does not like jazz.")
    'Ana likes hiking.'
    """
    liked, disliked = _LIKED.match(known), _DISLIKED.match(denial)
    if liked is None or disliked is None:
        return None
    items = [item for item in re.split(r",? and |, ", liked["what"]) if item]
    kept = [item for item in items if terms(item) != terms(disliked["what"])]
    if len(items) < 2 or len(kept) != len(items) - 1:
        return None
    joined = ", ".join(kept[:-1])
    return f"{liked['head']} {joined + ' and ' if joined else ''}{kept[-1]}."


_CORRECTS = re.compile(
    r"\W*(?:no|nope|actually|sorry|wait|correction|correct that|oops|in fact)\b", re.IGNORECASE
)


def _mended(statement: str, right: str, user: str) -> str | None:
    """Return a statement with its last value of the same sort replaced, or None."""
    start = len(user) if statement.startswith(user) else 0
    if re.fullmatch(r"[\d.,:]+", right):
        found = list(re.finditer(r"\b\d+(?:[.,:]\d+)?\b", statement))
    elif right[0].isupper():
        found = list(re.finditer(r"\b[A-ZÀ-Þ][\w-]*(?: [A-ZÀ-Þ][\w-]*)*", statement[start:]))
    else:
        found = (
            list(re.finditer(r"\b[a-zà-ÿ]+(?=\.?$)", statement[start:])) if " " not in right else []
        )
    if not found:
        return None
    shift = 0 if right[0].isdigit() else start
    at = found[-1]
    return f"{statement[: at.start() + shift]}{right}{statement[at.end() + shift :]}"


_PLAIN_VERBS = frozenset(
    stem(w) for w in listed("have go get do make take like live eat drink call")
)


def _operation(
    op: Op, target: int | None, statement: str, claim: Claim, citation: Citation
) -> Operation:
    # An ending is no value: it takes the place of the one it ends, never of another.
    ending = claim.change and op == "add"
    return Operation(
        op=op,
        target=target,
        statement=statement,
        evidence=[citation],
        confidence=claim.confidence,
        durability=claim.durability,
        slot=None if ending else slot_named(claim.slot),
    )


_THINGS = frozenset(
    {
        "book", "books", "dishes", "film", "films", "food", "game", "games", "magazines", "movie",
        "movies", "music", "novel", "novels", "podcast", "podcasts", "series", "show", "shows",
        "song", "songs", "sports", "video", "videos",
    }
)  # fmt: skip
"""What people like one kind of, and not another: the word before says which."""


def _of_a_kind(statement: str, known: str) -> bool:
    """Tell whether what is denied is one kind of a thing, and the other statement is of another.

    Who does not like horror movies may like film noir.
    """
    denied, other = (statement, known) if negative(statement) else (known, statement)
    said = terms(other)
    for kind, thing in pairwise(tokens(denied.casefold())):
        if thing in _THINGS and kind not in STOP and stem(kind) not in _PLAIN_VERBS:
            return not any(said & accepted(term) or term in said for term in terms(kind))
    return False


def _plain(text: str) -> str:
    return " ".join(tokens(text.casefold()))


def _inner(text: str) -> frozenset[str]:
    return frozenset(w for w in tokens(text.casefold()) if w not in STOP)


def _marks(text: str, user: str) -> frozenset[str]:
    """Return numbers and capitalised words: what must agree for two statements to be one."""
    words = tokens(text)
    return frozenset(
        w.casefold()
        for w in words[1:]
        if (w[0].isupper() or w[0].isdigit()) and w not in user.split()
    )


def _names(text: str, user: str) -> frozenset[str]:
    calendar = {day.casefold() for day in (*WEEKDAYS, *MONTHS)}
    return frozenset(w for w in _marks(text, user) if not w[0].isdigit()) - calendar
