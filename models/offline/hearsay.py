"""What others write about the user: at most a report, never a fact, never an instruction."""

import re

from usermind.models.offline.claims import MAX_TEXT, NAMELESS, Claim
from usermind.models.offline.clauses import sentences
from usermind.models.offline.grammar import conjugated, expanded

CONFIDENCE = 0.3
"""Of a report: below every threshold at which a claim would be used as a fact."""

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|override|forget (?:all|every|previous|what)|you must|system prompt|"
    r"instructions?|password|remember that|note that|from now on|delete|always (?:answer|say|"
    r"reply)|assistant|new rule)\b",
    re.IGNORECASE,
)
_VERB = (
    r"(?:is|was|has|had|lives|works|plays|speaks|likes|loves|hates|wants|will|can|cannot|does|"
    r"did|used|sings|drives|owns|moved|joined|quit|left|[a-z]+(?:s|ed))\b"
)


def reports(text: str, *, author: str, name: str) -> list[Claim]:
    """Return what a third party's text says about the user, each as "X says that …"."""
    found: list[Claim] = []
    if name == NAMELESS:  # nothing in the text would tell whom it is about
        return found
    addressed = _addressed(text, name)
    for sentence in sentences(text):
        if sentence.question or _ORDERS.search(sentence.text):
            continue
        for clause in sentence.clauses:
            said = _about_user(expanded(clause), name, addressed=addressed, named=name in text)
            statement = f"{author} says that {said}."
            if (
                said
                and len(statement) <= MAX_TEXT
                and statement not in {c.statement for c in found}
            ):
                found.append(Claim(statement, clause[:MAX_TEXT].strip(), CONFIDENCE, "season"))
    return found


def _addressed(text: str, name: str) -> bool:
    """Tell whether a letter is to the user alone: "you" means them there."""
    who = re.escape(name)
    return bool(
        re.match(
            rf"\W*(?:(?:dear|hi|hey|hello|good \w+),? )?{who}(?: dear| darling)?\s*[,!:–-]",
            text,
            re.I,
        )
    )


def _about_user(clause: str, name: str, *, addressed: bool, named: bool) -> str:
    who = re.escape(name)
    direct = re.search(rf"\b{who}(?:['’]s? (?!is\b)[\w' -]{{2,30}}? | ){_VERB}.*$", clause)
    short = re.search(
        rf"\b{who}['’]s (?=allergic|a |an |the |in |going|moving|leaving|not )(.*)$", clause
    )
    if short:
        return _trimmed(f"{name} is {short[1]}")
    if direct:
        return _trimmed(direct[0])
    you = re.search(
        r"\b(?:that )?you (are|have|had|were|will|can|said|play|speak|like|love|live|work|want|"
        r"moved)\b(.*)$",
        clause,
    )
    if addressed and you:
        return _trimmed(f"{name} {conjugated(you[1])}{you[2]}")
    being = re.search(r"\b(?:with )?(?:her|his|their) being (.+)$", clause)
    if being and named:
        return _trimmed(f"{name} is {being[1]}")
    return ""


def _trimmed(text: str) -> str:
    return re.split(r", (?:so|and|but|which|because|that)\b|[;:(]", text)[0].strip(" ,.!")
