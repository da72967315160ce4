"""Who a clause is about, when it is not the user: a name, "she", "my sister"."""

import re

from usermind.models.offline.claims import Message
from usermind.models.offline.relations import fits, mentioned


def introduced(clause: str, message: Message) -> str:
    """Return "my sister is coming" with her name put in, where it is known."""
    found = re.match(r"(?:[Mm]y|[Oo]ur) (?P<kin>[\w-]+) (?!and\b)(?=[a-z])", clause)
    name = message.called(found["kin"].lower()) if found else None
    return f"{clause[: found.end()]}{name} {clause[found.end() :]}" if found and name else clause


def known_subject(clause: str, message: Message) -> tuple[str, str, float] | None:
    """Return (who, predicate, trust) when the clause is about a known person or pet."""
    pronoun = re.match(r"(he|she) (.+)$", clause, re.IGNORECASE | re.DOTALL)
    if pronoun:
        who = message.salient or ""
        kin = message.people.get(who) or ""
        if not who and (kin := mentioned(message.earlier) or ""):
            who = message.called(kin) or f"{message.name}'s {kin}"
        if who and fits(pronoun[1].lower(), kin):
            return who, pronoun[2], 0.75
        return None
    for name in message.people:
        for mark in (" ", "'s ", "’s "):
            if clause.startswith(name + mark):
                rest = clause[len(name) + len(mark) :]
                return name, rest if mark == " " else f"is {rest}", 0.9
    if named := re.match(r"(?:her|his) name is ([A-Z]\w+)$", clause, re.IGNORECASE):
        kin = mentioned(message.earlier) or ""
        if kin:
            message.people[named[1]] = kin
            message.salient = named[1]
            return f"{message.name}'s {kin}", f"is called {named[1]}", 0.9
    return None
