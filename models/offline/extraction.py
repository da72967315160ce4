"""What a message says about the user: first-person sentences as third-person claims.

Rules, not understanding: a sentence is kept when its subject is the user (or somebody the user
has named) and its predicate is one that lasts; see `predicates`. Questions, requests, wishes
about the impossible, quotations and moods are left out. Source: none; the rules are this
package's own, measured in `tests/models/offline/test_extraction.py` and `benchmarks/extraction.py`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from usermind.models.frames import is_feigned
from usermind.models.irony import sincere
from usermind.models.offline import lexicon, tastes
from usermind.models.offline.claims import MAX_TEXT, NAMELESS, Claim, Message
from usermind.models.offline.clauses import Sentence, sentences
from usermind.models.offline.dates import Tense, absolute, first_day, names_day_alone
from usermind.models.offline.fragments import completed
from usermind.models.offline.framing import (
    ASKS,
    DROPPED,
    FRONTED,
    HEDGES,
    MARKERS,
    SKIP,
    TEXT_WORK,
    UNREAL,
    asserted,
    conjuncts,
    listed_apart,
    trimmed,
)
from usermind.models.offline.grammar import about, expanded, is_past, third_person
from usermind.models.offline.judging import Judge
from usermind.models.offline.persons import aged, judge_other, judge_thing
from usermind.models.offline.phrases import birthday, named, phrased
from usermind.models.offline.predicates import judge
from usermind.models.offline.relations import Relation, relations
from usermind.models.offline.rewriting import quoted, rewritten, states
from usermind.models.offline.subjects import introduced, known_subject
from usermind.models.offline.texting import written_out
from usermind.models.offline.titles import View, parted
from usermind.models.offline.verdicts import Verdict
from usermind.models.offline.wishes import tells_of_reminding


def extract(
    text: str,
    *,
    at: datetime,
    name: str,
    people: Mapping[str, str] | None = None,
    judge: Judge | None = None,
) -> list[Claim]:
    """Return the claims of a message of the user's own, in order, none twice.

    Args:
        text: The message.
        at: When it was written; relative dates count from here.
        name: How claims call the user; `"the user"` becomes "The user".
        people: Name → relation of people and pets already known.
        judge: Finds facts in sentences that no rule reads; None: the rules alone.
    """
    message = Message(name=subject(name), at=at, people=dict(people or {}))
    unread: list[str] = []
    read: list[tuple[str, Claim]] = []
    for sentence in _parts(sincere(text)):
        if isinstance(sentence, Sentence) and names_day_alone(sentence.text):
            continue  # the head of an entry in a diary or calendar: "Sat 28 Nov."
        if isinstance(sentence, View):
            said = f"{message.name} {sentence.predicate}"
            message.add(said, sentence.text, sentence.verdict)
            message.heard(sentence.text)
            continue
        if re.search(lexicon.JOKING, sentence.text, re.IGNORECASE):
            if len(sentence.text.split()) < 6:  # "Just kidding!" takes back what came before
                message.taken_back()
                unread.clear()
            continue
        made, before = message.made, len(message.claims)
        _read(sentence, message)
        if len(message.claims) == before + 1:
            read.append((sentence.text, message.claims[-1]))
        message.heard(sentence.text)
        if message.made == made and states(sentence.text):
            unread.append(sentence.text)
    if judge is not None:
        _time(read, message, judge)
        _judge(unread, message, judge)
    return _settled(message.claims)


def _parts(text: str) -> Iterator[Sentence | View]:
    """Yield the sentences of a text, those whole that say how the user finds a work."""
    for part in parted(text):
        if isinstance(part, View):
            yield part
        else:
            for sentence in sentences(part):
                yield from _unasked(sentence)


_LIKE_ONE = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|so|now|then|please|hi|hey|hello|maybe|how about|what about|can you|"
    r"could you|would you|do you (?:have|know)|(?:recommend|suggest|find|show|give|get|pick)"
    r"(?: me| us)?|i(?:['’]d| would) like|i want|i need|looking for|in the mood for)\b[\s,]*)*"
    r"(?:something|anything|things?|stuff|more|another(?: one| \w+)?|others?|(?:an? |some |any )?"
    r"(?:\w+ )?(?:films?|movies?|books?|novels?|shows?|series|songs?|albums?|games?|ones?))"
    r"(?: (?:else|more|very|a bit|that(?:['’]s| is)|just|much))* (?:like|similar to) "
    r".+?(?:[,;]?\s+(?:and|but|because|since|as|so|though)\s+(?=(?:I|my|we|our)\b)|"
    r"[,;]\s+(?=(?:I|my|we|our)\b(?!,))|$)",
    re.IGNORECASE | re.DOTALL,
)
"""What asks for more like a work. Its title may speak in the first person: "How I Learned …"."""


def _unasked(sentence: Sentence) -> Iterator[Sentence]:
    """Yield a sentence without what it asks for by the title of a work; no wish for a reminder."""
    if tells_of_reminding(sentence.text):
        return
    found = _LIKE_ONE.match(sentence.text)
    if found is None:
        yield sentence
    else:
        yield from sentences(sentence.text[found.end() :])


PLAIN, QUOTED = 0.75, 0.6
"""Factors on the head's probability for a sentence that was reworded, and for a quotation."""


_DATED = re.compile(r"\b\d{4}\b")


def _time(read: list[tuple[str, Claim]], message: Message, judge: Judge) -> None:
    """Let the head say how long the only claim of a sentence holds.

    Slots, endings and dates say so themselves; for the rest the head is right more often.
    """
    places = {claim: place for place, claim in enumerate(message.claims)}
    open_ = [
        (text, claim)
        for text, claim in read
        if not (claim.slot or claim.change or _DATED.search(claim.statement)) and claim in places
    ]
    judged = judge([text for text, _ in open_], [[claim] for _, claim in open_])
    for (_, claim), found in zip(open_, judged, strict=True):
        message.claims[places[claim]] = replace(claim, durability=found.durability)


def _judge(unread: list[str], message: Message, judge: Judge) -> None:
    """Keep the sentences that no rule read and the head is sure of."""
    for text, found in zip(unread, judge(unread, [()] * len(unread)), strict=True):
        if found.fact < judge.add:
            continue
        said = rewritten(text, name=message.name, at=message.at)
        trust = found.fact * (QUOTED if said is None else PLAIN)
        said = said or quoted(text, name=message.name)
        if said:
            message.add(said, text, Verdict(round(trust, 2), found.durability))


def subject(name: str) -> str:
    """Return how a claim calls the user."""
    return NAMELESS if name.strip().lower() in ("", "user", "the user") else name.strip()


def _settled(claims: list[Claim]) -> list[Claim]:
    """Keep one claim a slot: a value outweighs an ending, the later the earlier."""
    best: dict[str, Claim] = {}
    for claim in claims:
        if claim.slot and (claim.slot not in best or not claim.change):
            best[claim.slot] = claim
    return [c for c in claims if c.slot is None or best[c.slot] is c]


_NOT_THIS = re.compile(
    r"(?P<head>(?:[Mm]y|[Oo]ur) [\w'’ -]{2,40}? (?:is|are)) not (?P<wrong>[\w'’: -]{1,40}?)"
    r"(?:, (?:but |actually |it is |they are |he is |she is )+|,? but (?:actually )?|, |"
    r"; ?(?:it is )?| - )"
    r"(?P<right>(?!(?:I|we|so|and|because|which|though|although|my|that|it|he|she|they)\b)[^,;]+)$"
)
"""The right value after the wrong one: "My favourite colour is not green, it's blue"."""


def _read(sentence: Sentence, message: Message) -> None:
    plain = expanded(written_out(sentence.text))
    if found := _NOT_THIS.match(MARKERS.sub("", plain).strip(" .!")):
        _read_clause(f"{found['head']} {found['right']}", message, sentence.text)
        return
    unreal = bool(UNREAL.search(plain) or TEXT_WORK.match(MARKERS.sub("", plain)))
    if not sentence.question or not re.match(ASKS, MARKERS.sub("", plain), re.IGNORECASE):
        _read_relations(sentence, message)
    for i, clause in enumerate(sentence.clauses):
        last = i == len(sentence.clauses) - 1
        if unreal or (sentence.question and last and not asserted(sentence.text)):
            continue
        _read_clause(clause, message)


def _read_relations(sentence: Sentence, message: Message) -> None:
    text = written_out(sentence.text)
    ages = {found["who"]: found["age"] for found in _AGED.finditer(text)}
    plain = _AGED.sub(r"\g<who>", text) if ages else text
    for relation, words in relations(plain, message.earlier):
        if relation.name == message.name:
            continue
        message.people[relation.name] = relation.kin
        message.salient = relation.name
        quote = _stretch(sentence.text, words if words in sentence.text else relation.name)
        message.add(relation.statement(message.name), quote, _relation_verdict(relation))
        if (age := ages.get(relation.name)) and not relation.owner:
            aged = f"{message.name}'s {relation.kin} {relation.name} is {age} years old"
            message.add(aged, quote, Verdict(0.85, "year"))
    for name in message.people:
        if name in text and re.search(rf"\b{re.escape(name)}\b", text):
            message.salient = name


_AGED = re.compile(
    r"\b(?P<who>[A-ZÀ-Þ][a-zà-ÿ]+)(?:,? (?:who is|who['’]s|aged|age)|,| \(|"
    r") ?\(?(?P<age>\d{1,2})\)?"
    r"(?: years? old)?(?=,|;| and\b|[.!)]|$)"
)


def _relation_verdict(relation: Relation) -> Verdict:
    family = not relation.is_pet and re.search(rf"\b(?:{lexicon.FAMILY})$", relation.kin)
    return Verdict(0.9, "permanent" if family and not relation.slot else "year", slot=relation.slot)


def _stretch(sentence: str, words: str) -> str:
    return sentence if len(sentence) <= MAX_TEXT else words


_BEFORE_A_TASTE = re.compile(
    r"I (?:think|guess|feel|find|must say|have to say|am afraid)(?: that)? (?=[\w -]{3,40} (?:is|"
    r"are|"
    r"do|does) not )",
    re.IGNORECASE,
)

_APPOSED = re.compile(
    rf"^((?:[Mm]y|[Oo]ur) (?:[\w-]+ )?(?:{lexicon.FAMILY}|{lexicon.PEOPLE}|{lexicon.PETS})), "
    r"([A-ZÀ-Þ][\w-]+), "
)
""" "My mother, Salma, is a judge": the name between commas."""


def _read_clause(said: str, message: Message, quote: str = "") -> None:
    clause, trust = expanded(written_out(said)), 1.0
    raw = quote or said
    if taste := tastes.general(clause.strip(), message.name):
        message.add(taste[0], raw, taste[1])
        return
    bare = MARKERS.sub("", clause).strip()
    whole = completed(clause.strip()) or completed(bare) or tastes.completed(bare)
    if whole:
        _read_clause(whole, message, raw)
        return
    clause = bare
    if hedge := _BEFORE_A_TASTE.match(clause):
        clause, trust = clause[hedge.end() :], 0.8
    if taste := tastes.general(clause, message.name):
        message.add(taste[0], raw, taste[1], trust)
        return
    clause = _APPOSED.sub(r"\1 \2 ", clause)
    if hedge := HEDGES.match(clause):
        clause, trust = clause[hedge.end() :], 0.6
    when = ""
    if fronted := FRONTED.match(clause):
        when, clause = fronted["when"].strip(" ,"), clause[fronted.end() :]
        when = (
            when[0].lower() + when[1:] if not re.match(r"[A-Z][a-z]+days?", when) else f"on {when}"
        )
    if (day := birthday(clause, message.at)) is not None:
        if day:
            verdict = Verdict(0.9, "permanent", slot="birthday")
            message.add(f"{message.name}'s birthday is on {day}", raw, verdict)
        return
    if _read_parting(clause, when, raw, message, trust):
        return
    if is_feigned(clause):
        return
    own = re.match(r"(?:I|we)\s+(.+)$", clause, re.IGNORECASE | re.DOTALL)
    if own:
        _read_own(f"{own[1]}{' ' + when if when else ''}", raw, message, trust)
    elif re.match(r"(?:my|our)\s", clause, re.IGNORECASE):
        _read_thing(clause, when, raw, message, trust)
    elif found := known_subject(clause, message):
        _read_other(found[0], found[1], when, raw, message, found[2] * trust)
    elif phrase := phrased(clause, message.name):
        message.add(phrase[0], raw, phrase[1], trust)
    elif not SKIP.match(clause) and DROPPED.match(clause):
        _read_dropped(clause, raw, message)


_PARTED = re.compile(
    r"(?:I|we|(?P<who>(?:my [\w-]+ )?(?:[A-ZÀ-Þ][\w-]+)?) ?and I|I and (?P<whom>[A-ZÀ-Þ][\w-]+)),? "
    r"(?:(?:have|are|am|just|recently|finally|now|got|went|has) )*"
    r"(?P<what>divorced|separated|divorcing|broke up|broken up|split up|split|not together|"
    r"no longer together)\b(?: (?:with|"
    r"from) (?:my [\w-]+ ?)?(?P<from>[A-ZÀ-Þ][\w-]+)?)?(?P<rest>.*)$",
    re.IGNORECASE,
)


def _read_parting(clause: str, when: str, raw: str, message: Message, trust: float) -> bool:
    """Read "Rui and I broke up", "we got divorced": what ends a marriage or a relationship."""
    found = _PARTED.match(clause)
    if found is None or UNREAL.search(clause) or " not " in f" {found['rest']} ":
        return False
    named = re.search(r"[A-ZÀ-Þ][\w-]+$", found["who"] or found["whom"] or found["from"] or "")
    kin = re.search(rf"\bmy ({lexicon.PARTNERS})\b", clause, re.IGNORECASE)
    who = named[0] if named else ""
    relation = message.people.get(who) or (kin[1].lower() if kin else "")
    if relation and not re.search(rf"\b(?:{lexicon.PARTNERS})$", relation):
        return True  # a band splits up too, and a sister is no spouse
    if not who and not kin and found["what"].lower() == "split":
        return False
    time = absolute(f"{found['rest']} {when}".strip(" .!"), message.at, tense="past").strip()
    time = f" {time}" if re.match(r"(?:in|on|around) ", time) else ""
    official = found["what"].lower() in ("divorced", "separated", "divorcing")
    whom = " ".join(part for part in (f"their {relation}" if relation else "", who) if part)
    # "is divorced": how things stand, and the answer to "Am I married?".
    if official:
        status = Verdict(0.9, "year", slot="marital status")
        state = "separated" if found["what"].lower() == "separated" else "divorced"
        message.add(f"{message.name} is {state}", raw, status, trust)
    partner = Verdict(0.85, "year", slot="partner", change=True)
    ex = f"broke up with {whom}" if whom else "broke up with their partner"
    message.add(f"{message.name} {ex}{time}", raw, partner, trust)
    return True


def _read_own(predicate: str, raw: str, message: Message, trust: float) -> None:
    if name := named(predicate):
        if name != message.name:
            known_as = Verdict(0.9, "permanent", slot="name")
            message.add(f"{message.name}'s name is {name}", raw, known_as)
        return
    for part in conjuncts(predicate):
        verdict = judge(part)
        if verdict is None:
            continue
        condition = 0.7 if re.search(r"\b(?:if|unless)\b", part) else 1.0
        for one in listed_apart(trimmed(part)) if verdict.statement is None else [part]:
            _state(one, verdict, raw, message, trust * condition)


def _state(part: str, verdict: Verdict, raw: str, message: Message, trust: float) -> None:
    tense = _tense(part, verdict)
    said = verdict.statement or third_person(trimmed(part))
    if len(said.split()) < 2:
        return
    resolved = absolute(said, message.at, tense=tense)
    message.add(f"{message.name} {resolved}", raw, _placed(verdict, resolved, message.at), trust)
    for more in verdict.more:
        message.add(f"{message.name} {more.statement}", raw, more, trust)


_YEARLY = re.compile(r"\b(?:birthday|anniversary)\b", re.IGNORECASE)


def _placed(verdict: Verdict, statement: str, at: datetime) -> Verdict:
    """Let the date of a plan decide how long it is worth knowing, and an age its birthday."""
    day = first_day(statement, at)
    if verdict.tense == "past" or verdict.slot or day is None or day < at.date():
        return verdict
    if _YEARLY.search(statement):
        return replace(verdict, durability="permanent")
    ahead = (day - at.date()).days
    return replace(
        verdict, durability="week" if ahead <= 7 else "season" if ahead <= 120 else "year"
    )


def _tense(part: str, verdict: Verdict) -> Tense:
    first = re.sub(r"^(?:just|finally|also|recently|already|actually) ", "", part).partition(" ")[0]
    past = verdict.tense == "past" or is_past(first) or part.startswith(("had ", "was "))
    return "past" if past else "future"


def _read_thing(clause: str, when: str, raw: str, message: Message, trust: float) -> None:
    verdict = judge_thing(clause)
    if verdict is None:
        return
    if verdict.statement:
        verdict = judge_thing(introduced(clause, message)) or verdict
        message.add(f"{message.name}'s {verdict.statement}", raw, verdict, trust)
        return
    said = trimmed(f"{introduced(clause, message)} {when}".strip())
    tense: Tense = verdict.tense
    resolved = absolute(about(said, message.name), message.at, tense=tense)
    message.add(resolved, raw, _placed(verdict, resolved, message.at), trust)


def _read_other(
    who: str, predicate: str, when: str, raw: str, message: Message, trust: float
) -> None:
    if re.match(r"(?:is|was) (?:my|our) ", predicate):  # already told by `relations`
        return
    kin = message.people.get(who)
    label = who if kin is None or who.startswith(message.name) else f"{message.name}'s {kin} {who}"
    if age := aged(predicate):
        message.add(f"{label} is {age} years old", raw, Verdict(0.8, "year"), trust)
        return
    verdict = judge_other(predicate)
    if verdict is None:
        return
    said = about(trimmed(f"{predicate} {when}".strip()), message.name)
    resolved = absolute(said, message.at, tense=verdict.tense)
    message.add(f"{label} {resolved}", raw, _placed(verdict, resolved, message.at), trust)


def _read_dropped(clause: str, raw: str, message: Message) -> None:
    """Read a clause whose "I" was left out: "Moved to Oslo last week"."""
    lead = re.match(r"(?:just |finally |also |recently |already |only )*", clause, re.IGNORECASE)
    start = lead.end() if lead else 0
    rest = clause[start].lower() + clause[start + 1 :]
    if re.match(
        r"(?:allergic|volunteering|working|living|learning|training|planning|going|reading)\b",
        rest,
    ):
        rest = f"am {rest}"
    elif rest.startswith("been "):
        rest = f"have {rest}"
    _read_own(rest, raw, message, 0.8)
