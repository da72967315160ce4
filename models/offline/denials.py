"""Predicates that deny: "no longer", "do not", "cannot", "never"."""

import re
from dataclasses import replace

from usermind.models.offline.framing import trimmed
from usermind.models.offline.grammar import third_person
from usermind.models.offline.intentions import ability
from usermind.models.offline.slots import slotted
from usermind.models.offline.states import being, role_like
from usermind.models.offline.tastes import weary
from usermind.models.offline.verdicts import IT, Verdict, solid
from usermind.models.offline.words import choice

DENIAL = re.compile(r"^(?:(?:do|did|have|am|was|are|were|can|could|will|would|should) not|cannot) ")
"""How a predicate that denies begins."""
_MORE = re.compile(r",? (?:anymore|any more|any longer)\b")
_IDLE = re.compile(r"(?:know|care|think|remember|want|am sure|mind)\b")
_DENIABLE = re.compile(
    choice(
        """like|care for (?!him|her|it|them|you)|eat|drink|
        have (?:a|an|any|kids|children|pets|siblings|brothers|sisters)|own|speak|
        drive|live|work|smoke|play|celebrate|watch|believe in|wear|use|cook|enjoy|touch|
        do (?:drugs|sports?|mornings|spicy|dairy|gluten|well with)|trust|read|swim|fly|allow|take|
        tolerate|travel|vote|vape|know how to|ate|drank|smoked|learned|learnt"""
    )
    + r"\b"
)
_NOT_DONE = re.compile(
    r"(?:been to|visited|seen|had|eaten|drunk|smoked|lived|worked|learn|tried|driven)"
)
_NOT_REACHED = re.compile(
    r"(?:get (?:the|into)|pass|win|grow up|go to (?:uni|college|school)|finish)"
)


def ended(bare: str) -> Verdict | None:
    """Return the verdict on what is no longer so; `bare` has no adverbs in front."""
    plain = _MORE.sub("", bare)
    plain = re.sub(r"^(?:do not|did not) ", "", plain)
    plain = re.sub(r"^(am|are|have|can) ?not ", r"\1 ", plain)
    verdict = slotted(plain) or (Verdict(0.8, "year") if solid(plain, 1) else None)
    if verdict is None or _IDLE.match(plain):
        return None
    said = verdict.statement or third_person(trimmed(plain))
    return replace(verdict, statement=_no_longer(said), change=True, more=())


def _no_longer(said: str) -> str:
    verb, _, rest = said.partition(" ")
    return f"{verb} no longer {rest}" if verb in ("is", "can") else f"no longer {verb} {rest}"


def denied(bare: str) -> Verdict | None:
    """Return the verdict on a denial that says something lasting ("do not eat meat")."""
    rest = DENIAL.sub("", bare)
    if bare.startswith(("am not ", "are not ")):
        return _not_being(rest)
    if bare.startswith(("cannot ", "can not ")):
        return ability(rest)
    if bare.startswith("have not "):
        return Verdict(0.6, "season") if _NOT_DONE.match(rest) and solid(rest, 2) else None
    if bare.startswith("did not "):
        return Verdict(0.7, "year") if _NOT_REACHED.match(rest) else None
    if bare.startswith("do not ") or rest == bare:  # "never eat breakfast" comes without "not"
        return _not_doing(rest)
    return None


def _not_being(rest: str) -> Verdict | None:
    noun = re.match(r"(?:a|an|the) (.*)", rest)
    if weary(rest):
        return None  # who is not tired of something may like it, or not
    found = being(rest)
    if found is None or (noun and not role_like(noun[1])):
        return None
    return replace(found, statement=None, slot=None)


def _not_doing(rest: str) -> Verdict | None:
    what = rest.partition(" ")[2]
    if re.match(IT, what) or re.search(r"\b(?:that idea|your|you)\b", rest):
        return None
    return Verdict(0.8, "year") if _DENIABLE.match(rest) and solid(rest, 1) else None
