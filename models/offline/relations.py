"""People and pets in first-person text: who they are to the user, and what they are called."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from usermind.models.offline import lexicon
from usermind.models.offline.claims import LOOK_BACK
from usermind.models.offline.words import listed

_KIN = rf"(?:{lexicon.FAMILY}|{lexicon.PEOPLE}|{lexicon.PETS})"
_ADJECTIVES = (
    r"(?:(?:little|big|older|oldest|younger|youngest|elder|twin|best|oldest|old|new|late|two|"
    r"three|four|dear|half|eldest|close|good|black|white|ginger|grey|gray|rescue|golden|lovely|"
    r"wonderful|current|former|upstairs|downstairs|beautiful|sweet|dearest|childhood) ){0,3}"
)
_NAME = r"[A-ZÀ-Þ][\wÀ-ÿ'’-]*[a-zà-ÿ0-9](?<!['’]s)(?![\wÀ-ÿ])(?: [A-ZÀ-Þ][a-zà-ÿ]+)?"
_NOT_NAMES = listed(
    """I The My Our This That Monday Tuesday Wednesday Thursday Friday Saturday Sunday January
    February March April May June July August September October November December English Dutch
    German French Spanish Italian Portuguese Christmas Easter God Mum Mom Dad He She It They We
    And But So There Here What Who Where When Why How Yes No Not If Then Also Just Now Well"""
)
_MINE = r"\b(?:[Mm]y|[Oo]ur)"
_WHO = rf"(?P<kin>{_ADJECTIVES}{_KIN})"
_NAMED = rf"(?P<name>{_NAME})"
_LIST = rf"{_NAMED}(?P<more>(?:, {_NAME})*,? (?:and|&) {_NAME})?"
_GIVEN = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_MINE} {_WHO}(?:['’]s name is|,? (?:(?:is|was) )?(?:called|named)|,| is|"
        rf"['’]s)? {_LIST}",
        rf"\b(?:an?|two|three|the) {_WHO}(?:, | (?:called|named) | whose name is ){_LIST}",
        rf"\b{_NAMED}(?: is | was |['’]s )(?:my|our) {_WHO}\b(?!['’]s)",
        rf"\b{_NAMED}, (?:my|our) {_WHO}(?=[,.!?)]|$| and\b)",
        rf"{_MINE} {_WHO}\b(?:(?!['’]s )[^.!?]){{0,40}}?\b(?:is|are) (?:called|named) {_LIST}",
    )
)
_NESTED = re.compile(
    rf"{_MINE} (?P<owner>{_ADJECTIVES}{_KIN})(?: \([\w ]+\)| [A-ZÀ-Þ][\w-]+)?['’]s? {_WHO}(?:, |"
    rf" is called |"
    rf" is named | is | called ){_NAMED}"
)
_AFTERWARDS = re.compile(
    r"\b(?:[Tt]hat (?:is|was)|[Tt]hat['’]s|(?P<who>[Ss]he|[Hh]e)(?: is|['’]s) called|"
    rf"(?P<whose>[Hh]er|[Hh]is) name(?: is|['’]s)|[Cc]alled|[Nn]amed) {_NAMED}"
)
_OWNED = re.compile(rf"\b{_NAMED} is (?P<whose>her|his|their) {_WHO}\b")
_KNOWN = re.compile(rf"['’]s {_WHO} is (?:called )?{_NAMED}\.?$")
_LABELLED = re.compile(rf"[^'’]{{1,60}}['’]s {_WHO} {_NAMED} (?=[a-z])")
_MENTION = re.compile(
    rf"(?:{_MINE} {_WHO}|\ban? (?P<pet>{_ADJECTIVES}(?:{lexicon.PETS})))\b(?!['’]s)"
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A named person or pet."""

    name: str
    kin: str
    """What they are to the user: `"sister"`, `"little brother"`, `"cat"`."""
    owner: str = ""
    """Relation of the user whose relative or pet it is: `"mum"` for the mum's dog."""

    @property
    def is_pet(self) -> bool:
        """Whether it is an animal."""
        return bool(re.search(rf"\b(?:{lexicon.PETS})s?$", self.kin))

    @property
    def slot(self) -> str | None:
        """The slot it fills: partners and bosses come one at a time."""
        if self.owner:
            return None
        if re.search(r"\b(?:boss|manager)$", self.kin):
            return "boss"
        return "partner" if re.search(rf"^(?:{lexicon.PARTNERS})$", self.kin) else None

    def statement(self, user: str) -> str:
        """Return `Ana's sister is Inês.`, a sentence about the user."""
        whose = f"{user}'s {self.owner}'s" if self.owner else f"{user}'s"
        return f"{whose} {self.kin} is {'called ' if self.is_pet else ''}{self.name}."


def relations(text: str, earlier: str = "") -> Iterator[tuple[Relation, str]]:
    """Yield the relations a sentence states, each with the words that state it.

    `earlier` is what came before in the same message; "her dog" is looked up there, as far back as
    a message is looked back at.
    """

    def before(found: re.Match[str]) -> str:
        at = found.start()
        said = text[max(0, at - LOOK_BACK) : at]
        return said if at > LOOK_BACK else f"{earlier} {said}"

    seen: set[str] = set()
    for found in _NESTED.finditer(text):
        if _name(found["name"]):
            seen.add(found["name"])
            yield Relation(found["name"], found["kin"], found["owner"]), found[0]
    for found in _OWNED.finditer(text):
        owner = _owner(found["whose"], before(found))
        if owner and _name(found["name"]):
            seen.add(found["name"])
            yield Relation(found["name"], found["kin"], owner), found[0]
    for found in _AFTERWARDS.finditer(text):
        pronoun = (found["who"] or found["whose"] or "it").lower()
        kin = _owner(pronoun, before(found))
        if kin and _name(found["name"]) and found["name"] not in seen:
            seen.add(found["name"])
            yield Relation(found["name"], _singular(kin, plural=False)), found[0]
    for pattern in _GIVEN:
        for found in pattern.finditer(text):
            more = found.groupdict().get("more") or ""
            for name in [found["name"], *re.findall(_NAME, more)]:
                if _name(name) and name not in seen:
                    seen.add(name)
                    yield Relation(name, _singular(found["kin"], plural=bool(more))), found[0]


def known_relations(texts: list[str]) -> dict[str, str]:
    """Return name → relation as earlier claims tell them."""
    found = (_KNOWN.search(text) or _LABELLED.match(text) for text in texts)
    return {m["name"]: m["kin"] for m in found if m and _name(m["name"])}


def mentioned(text: str) -> str | None:
    """Return the last unnamed relation that a text mentions: `"mum"`, or None."""
    kins = [found["kin"] or found["pet"] for found in _MENTION.finditer(text)]
    return kins[-1] if kins else None


def fits(pronoun: str, kin: str) -> bool:
    """Tell whether a pronoun can stand for somebody of that relation."""
    last = kin.rpartition(" ")[2]
    if pronoun in ("she", "her"):
        return last not in lexicon.MALE
    if pronoun in ("he", "his", "him"):
        return last not in lexicon.FEMALE
    return True


def _owner(whose: str, earlier: str) -> str | None:
    kin = mentioned(earlier)
    return kin if kin and fits(whose, kin) else None


def _name(name: str) -> bool:
    first = name.split()[0]
    return first not in _NOT_NAMES and not re.match(r"(?:I|We|He|She|It|They|You)['’]", first)


_IRREGULAR = {"children": "child", "kids": "child", "parents": "parent", "twins": "twin"}


def _singular(kin: str, *, plural: bool) -> str:
    kin = re.sub(r"^(?:new|current|dear|lovely|wonderful|beautiful|sweet|dearest) ", "", kin)
    if not plural:
        return kin
    head = re.sub(r"^(?:two|three|four) ", "", kin)
    lead, _, last = head.rpartition(" ")
    last = _IRREGULAR.get(last, last.removesuffix("s"))
    return f"{lead} {last}".strip()
