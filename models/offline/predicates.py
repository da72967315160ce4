"""Judgement of one first-person predicate: is it lasting, how sure, which slot does it fill."""

import re
from dataclasses import replace

from usermind.models.offline import lexicon
from usermind.models.offline.denials import DENIAL, denied, ended
from usermind.models.offline.grammar import ADVERBS, is_past, said_past
from usermind.models.offline.intentions import modal, wanting
from usermind.models.offline.possessions import having
from usermind.models.offline.slots import ending_slot, slotted
from usermind.models.offline.states import being, having_been
from usermind.models.offline.tastes import no_way_in
from usermind.models.offline.verdicts import IT, Verdict, dated, solid
from usermind.models.offline.words import choice, listed
from usermind.models.unsure import PERHAPS

HEDGED = 0.6
"""Factor on what is said with "maybe"."""

_DONE_WITH = re.compile(
    r"^(?:have )?(?:stopped|quit|cancelled|canceled|gave up|given up|dropped|ditched|left|"
    r"resigned|broke up|split up|unsubscribed|sold|got rid)\b"
)
_SMALL = re.compile(rf"^((?:(?:{ADVERBS}) (?!not\b))+)", re.IGNORECASE)
_IS_NO_LONGER = re.compile(
    rf"^((?:(?:{ADVERBS}) (?!not\b))*)(am|are|have|can|do) no longer ", re.IGNORECASE
)
_HEDGE = re.compile(rf"\b(?:{PERHAPS}|might|(?-i:may)|kind of|sort of|kinda)\b", re.IGNORECASE)
_ABOUT_IT = re.compile(r"\b(?:of|about|with|for|to) (?:it|that|this)$")
_ANY_MORE = re.compile(r"\b(?:anymore|any more|any longer)\b")
_MODALS = listed("can could may might must shall should will would cannot")
_WISHES = listed("want hope plan intend aim need wish dream decided")
_PRESENT_TOO = listed("read put cut set hit quit")


def judge(predicate: str) -> Verdict | None:
    """Return the verdict on an expanded first-person predicate ("am allergic to nuts")."""
    if re.search(lexicon.IDIOMS, predicate) or _ABOUT_IT.search(predicate):
        return None
    predicate = _IS_NO_LONGER.sub(_moved, predicate)
    bare = _SMALL.sub("", predicate)
    lead = predicate[: len(predicate) - len(bare)].lower()
    if "no longer" in lead or _ANY_MORE.search(predicate):
        verdict = ended(bare)
    elif "never" in lead and not bare.startswith(("have", "had")):
        verdict = no_way_in(predicate) or denied(bare)
    else:
        verdict = _judged(bare, lead)
    if verdict is not None and _HEDGE.search(predicate[:40]):
        verdict = replace(verdict, confidence=round(verdict.confidence * HEDGED, 2))
    return verdict


def _moved(found: re.Match[str]) -> str:
    """Put "no longer" before the verb, where "no longer work" has it too."""
    verb = "" if found[2].lower() == "do" else f"{found[2]} "
    return f"{found[1]}no longer {verb}"


def _judged(bare: str, lead: str) -> Verdict | None:
    verb, _, rest = bare.partition(" ")
    verb = verb.lower()
    if filled := slotted(bare):
        return filled
    if _DONE_WITH.match(bare) and solid(rest, 1):
        return Verdict(0.75, "year", tense="past", change=True, slot=ending_slot(bare))
    if bare.startswith("cannot stand "):
        return _liking(rest.removeprefix("stand "))
    if taste := no_way_in(bare):
        return taste
    if DENIAL.match(bare):
        return denied(bare)
    return _by_verb(verb, rest, lead)


def _by_verb(verb: str, rest: str, lead: str) -> Verdict | None:
    if verb in ("am", "are"):
        return being(rest)
    if verb in ("was", "were"):
        return having_been(rest)
    if verb in ("have", "had"):
        return having(verb, rest)
    if verb in _MODALS:
        return modal(verb, rest)
    if verb in lexicon.LIKING:
        return _liking(rest)
    if verb in _WISHES:
        return wanting(verb, rest)
    if verb == "used":
        past = rest.startswith("to ") and solid(rest, 1)
        return Verdict(0.75, "permanent", tense="past") if past else None
    if is_past(verb) and (verb not in _PRESENT_TOO or said_past(verb, rest, lead)):
        return _event(verb, rest)
    return _habit(verb, f"{lead}{rest}") if verb in lexicon.HABITS else None


def _liking(rest: str) -> Verdict | None:
    return None if re.match(IT, rest) or not solid(rest, 1) else Verdict(0.8, "year")


_VAGUE_EVENTS = listed(
    """got made took had went did gave found came tried left brought watched turned ran worked
    helped used walked"""
)
_FADES = re.compile(
    r"\b(?:to know|to see|to say|to think|home|to bed|it|through|well|crazy|lost|tired|sick of|"
    r"off track|care)$"
)
_TURN = re.compile(r"(?:married|engaged|divorced|promoted|hired|fired|vegan|vegetarian)")


def _event(verb: str, rest: str) -> Verdict | None:
    if verb in lexicon.DULL_PAST or re.match(IT, rest):
        return None
    least = 1
    if verb in _VAGUE_EVENTS:
        if _FADES.search(rest):
            return None
        least = 1 if dated(rest) or _TURN.match(rest) else 2
    return Verdict(0.65, "year", tense="past") if solid(rest, least) else None


_PURSUITS = listed(
    """work live own speak play sing teach study volunteer collect rent share belong suffer
    coach"""
)
_NO_PURSUIT = re.compile(
    choice("hard|late|too|well|out|for (?:it|that)|around|through|that|the lottery") + r"\b"
)


def _habit(verb: str, rest: str) -> Verdict | None:
    if re.match(IT, rest) or (verb in _PURSUITS and _NO_PURSUIT.match(rest)):
        return None
    if verb in _PURSUITS:
        return Verdict(0.8, "year") if solid(rest, 1) else None
    if verb in ("start", "fly", "travel", "leave") and dated(rest):
        work = verb == "start" and re.match(r"(?:at|as|with) ", rest)
        return Verdict(0.75, "season", statement=f"starts work {rest}" if work else None)
    frequent = re.search(lexicon.FREQUENCY, rest, re.IGNORECASE)
    if verb in lexicon.VAGUE_HABITS:
        return Verdict(0.7, "season") if frequent and solid(rest, 1) else None
    return Verdict(0.7, "season") if frequent or solid(rest, 1) else None
