"""Memories held against a question: which ones answer it, best first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from usermind.models.offline import lexicon
from usermind.models.offline.clauses import sentences
from usermind.models.offline.earlier import (
    earlier_asked,
    holds_now,
    is_over,
    present_asked,
    tells_earlier,
)
from usermind.models.offline.intents import Intent, intent
from usermind.models.offline.owners import another_has, of_another
from usermind.models.offline.questions import ASKING, covered, weights
from usermind.models.offline.rewriting import orders
from usermind.models.offline.words import accepted, terms, tokens
from usermind.prompts import MemoryLine
from usermind.types import MONTHS, WEEKDAYS

FIT = 0.6
"""Share of a question's weight that a memory must cover to answer it."""
MOST = 8
"""Most memories told in one answer."""
_DATED = rf"(?:{'|'.join((*MONTHS, *WEEKDAYS))}|tomorrow|yesterday|\d{{4}}|\d:\d\d)"
_SHOWS = {
    "where": r"\b(?:in|at|to|from|near|on) (?:the )?[A-ZÀ-Þ]",
    "when": _DATED,
    "who": r"(?<!^)(?<![.!?] )\b[A-ZÀ-Þ][a-zà-ÿ]+",
    "how": r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b",
}
"""What the answer to a question word looks like."""


_ADVICE = re.compile(r"\byou (?:suggest|recommend|say|tell|propose|mean)", re.IGNORECASE)
_REQUESTS = re.compile(
    r"\b(?:ask(?:ed)?|request(?:ed)?|recommend\w*|suggest\w*|look(?:ed|ing)? for|search\w*|want\w*|"
    r"sa(?:y|id)|tell|told|wr[io]te|mention\w*|talk\w*)\b",
    re.IGNORECASE,
)
"""What may be answered with a request: "What did I ask you?"."""
_WHO_SAYS = re.compile(r"who (?:says|said|claims|told|thinks|wrote)", re.IGNORECASE)
_AT_WORK = re.compile(
    r"\bworks? (?:as|at|for)\b|\bstarts? work\b|"
    r"\b(?:is|am|[’']m) an? [\w ]*(?:er|ist|or|ian|nurse)\b"
)
_EATING = re.compile(rf"\b(?:{lexicon.DIETS})\b")
_BORN = re.compile(r"\bbirthday\b|\bborn\b")
_FORMS = (
    (re.compile(r"\b(?:job|work|profession|occupation|career|for a living)\b", re.I), _AT_WORK),
    (re.compile(r"\bdiet\b", re.I), _EATING),
    (re.compile(r"\bbirthday\b|\bborn\b", re.I), _BORN),
    (
        re.compile(r"\bnames?\b|\bcalled\b|\bwho is my\b", re.I),
        re.compile(r"\bis (?:called )?[A-ZÀ-Þ][\w-]+\.?$"),
    ),
    (
        re.compile(r"\bwhere\b.*\blive\b|\baddress\b", re.I),
        re.compile(r"\blives? \w+ [A-ZÀ-Þ]|\baddress is\b"),
    ),
)
"""What a question of a common sort is best answered with."""
_STRICT = (
    (re.compile(r"what(?: is|['’]s) my (?:job|profession|occupation)\b", re.I), _AT_WORK),
    (re.compile(r"what(?: is|['’]s) my diet\b", re.I), _EATING),
    (re.compile(r"when(?: is|['’]s) my birthday\b", re.I), _BORN),
)
"""What can be answered with nothing else: a job interview is no job."""
_AGED = re.compile(
    r"\b(?:is|am|are|turned|['’]s|['’]m) (?:\d{1,3}|one|two|three|four|five|six|seven|eight|"
    r"nine|ten|eleven|twelve)\b(?! (?:minutes|hours|km|cm|kilos|metres))"
)
_OPEN = frozenset(("who", "whose", "what", "when", "where", "which", "how"))
_DENIAL = re.compile(r"\b(?:not|no|never|cannot)\b|n['’]t\b", re.IGNORECASE)
_DISLIKES = re.compile(r"\b(?:hates?|dislikes?|loathes?|detests?|cannot stand)\b")
_BUT_NOT = re.compile(r"(?:,? (?:but|and|though)|,) not (?!an?\b)[^.;!?]*")
"""What a statement sets aside after all: "allergic to penicillin, but not to nuts"."""
_DIVORCED = re.compile(r"\b(?:divorced|separated|widowed)\b")
_REPORTED = re.compile(r"\b(?:thinks?|says?|said|told|claims?|keeps telling)\b.*\b(?:I|I['’]m)\b")


@dataclass(frozen=True, slots=True)
class Fit:
    """A memory that answers."""

    memory: MemoryLine
    passage: str
    """The part of the memory that answers."""
    share: float
    """Covered share of the question's weight, in [0, 1]."""
    rank: float
    every: bool = False
    """Whether all such memories are told: "What pets do I have?"."""


def fitting(asked: str, memories: Sequence[MemoryLine], name: str) -> list[Fit]:
    """Return the memories that answer a question, best first."""
    before = earlier_asked(asked)
    if before is None:
        fits = _fitting(asked, memories, name)
        return _standing(fits) if present_asked(asked) else fits
    fits = [f for f in _fitting(before, memories, name) if not hearsay(f.memory)]
    present = [f.memory for f in fits if holds_now(f.memory)]
    return [f for f in fits if tells_earlier(f.passage, f.memory, present)]


def _standing(fits: list[Fit]) -> list[Fit]:
    """Return what stands now: no ending beside a present claim, nothing said before an ending."""
    claims = [f for f in fits if f.memory.kind == "proposition" and not hearsay(f.memory)]
    if any(not is_over(f.passage) for f in claims):
        fits = [f for f in fits if not is_over(f.passage)]
    over = [f.memory.at for f in claims if is_over(f.passage) or _DIVORCED.search(f.passage)]
    return [
        f
        for f in fits
        if f.memory.kind == "proposition" or not any(f.memory.at < at for at in over)
    ]


def _fitting(asked: str, memories: Sequence[MemoryLine], name: str) -> list[Fit]:
    wanted = weights(asked, name)
    of_assistant = bool(_ADVICE.search(asked))
    of_requests = bool(_REQUESTS.search(asked))
    word = ASKING.match(asked)
    is_open = word is not None and word["word"].lower() in _OPEN
    common = intent(asked)
    fits = []
    for memory in memories:
        if (memory.author == "assistant" and not of_assistant) or _is(memory, asked):
            continue
        passage = _passage(memory, wanted, common, of_requests=of_requests)
        if passage is None:
            continue
        # "What am I allergic to?" wants what is so; "Am I allergic to cats?" takes a denial too.
        # Of a concept one attribute may deny what the others do not speak of.
        told = memory.kind != "concept"
        if told and is_open and _denies(passage) and not _denies(asked):
            continue
        if any(form.match(asked) and not said.search(passage) for form, said in _STRICT):
            continue
        if another_has(passage, asked, name) or of_another(passage, asked, name):
            continue
        held = _held(passage) | terms(memory.author)
        if not is_open and _DISLIKES.search(passage):  # "Do I like coffee?" "You hate coffee."
            held |= terms("like")
        share = covered(wanted, held)
        if common and memory.author == "user" and common.said.search(passage):
            rank = _rank(memory, passage, 1.0, asked) + 0.5
            fits.append(Fit(memory, passage, 1.0, rank, common.every))
            continue
        if hearsay(memory) and not _worth_telling(memory, passage, asked, wanted):
            continue
        if share >= FIT and not (common and common.only):
            fits.append(Fit(memory, passage, share, _rank(memory, passage, share, asked)))
    return sorted(fits, key=lambda f: (-f.rank, -f.memory.at.timestamp(), f.memory.id))


def _is(memory: MemoryLine, asked: str) -> bool:
    """Tell whether a memory is the question itself, journalled a moment ago."""
    return memory.kind == "observation" and memory.text.strip("?!. ") == asked.strip("?!. ")


def _denies(text: str) -> bool:
    """Tell whether a text denies something; "no longer" says how things stand instead."""
    text = _BUT_NOT.sub("", text.replace("no longer", ""))
    return bool(_DENIAL.search(text))


def _worth_telling(memory: MemoryLine, passage: str, asked: str, wanted: dict[str, float]) -> bool:
    """Tell whether hearsay answers: one word in common is too little for what others wrote."""
    if memory.kind == "proposition" or memory.author in asked or _WHO_SAYS.match(asked):
        return True
    held = terms(passage)
    return len([w for w, weight in wanted.items() if weight >= 1 and accepted(w) & held]) > 1


def _held(passage: str) -> frozenset[str]:
    """Return the stems of a passage; "Miso is six" also speaks of how old she is."""
    return terms(passage) | (terms("old") if _AGED.search(passage) else frozenset())


def _rank(memory: MemoryLine, passage: str, share: float, asked: str) -> float:
    """Return a number to sort by: coverage first, then form, kind and source of the memory."""
    word = ASKING.match(asked)
    asking = word["word"].lower() if word else ""
    rank = share + 0.2 * memory.score
    if asking in _SHOWS and re.search(_SHOWS[asking], passage):
        rank += 0.25
    if memory.kind in ("proposition", "concept"):
        rank += 0.3
    if "no longer" in passage:
        rank -= 0.2
    if any(form.search(asked) and said.search(passage) for form, said in _FORMS):
        rank += 0.4
    if hearsay(memory):
        return rank + (0.6 if memory.author in asked or _WHO_SAYS.match(asked) else -0.4)
    if memory.confidence is not None:
        return rank + 0.3 * (memory.confidence - 0.5)
    return rank - (0.4 if _REPORTED.search(passage) else 0.0)


def _passage(
    memory: MemoryLine, wanted: dict[str, float], common: Intent | None, *, of_requests: bool
) -> str | None:
    """Return the sentence of a memory that covers a question best, or two if that adds."""
    if memory.kind in ("proposition", "concept"):
        return memory.text
    said = [s.text for s in sentences(memory.text) if not s.question]
    if not of_requests:
        said = [s for s in said if not orders(s)]
    if not said:
        return None
    if common and (found := [s for s in said if common.said.search(s)]):
        return found[0]
    spans = [*said, *(f"{a} {b}" for a, b in pairwise(said))]
    # The shortest of the best: a neighbour is quoted only when it adds something.
    return max(spans, key=lambda s: (round(covered(wanted, _held(s)), 3), -len(s)))


def best_of(fits: list[Fit]) -> list[Fit]:
    """Return the one or two fits to tell: the best, and one that stands beside it."""
    first = fits[0]
    if first.every and first.memory.kind == "proposition":
        told = [f for f in fits if f.every and f.memory.kind == "proposition"]
        # "Your child is Maya" adds nothing to "Your child Maya is nine".
        held = {f.memory.id: terms(f.passage) for f in told}
        return [f for f in told if not any(held[f.memory.id] < held[g.memory.id] for g in told)][
            :MOST
        ]
    if first.memory.kind == "concept":  # of two that go by a name, both are told
        alike = [f for f in fits if f.rank >= first.rank - 0.05]
        return [f for f in alike if f.memory.kind == "concept"][:MOST]
    close = [f for f in fits[1:] if f.rank >= first.rank - 0.15 and f.share >= first.share]
    newest = max(
        [first, *close], key=lambda f: (f.memory.kind == "proposition", f.memory.at, f.rank)
    )
    if first.memory.kind != newest.memory.kind or hearsay(newest.memory) != hearsay(first.memory):
        newest = first
    others = [
        f
        for f in close
        if f is not newest
        and f.memory.kind == "proposition" == newest.memory.kind
        and not terms(f.passage) <= terms(newest.passage)
        and not hearsay(f.memory)
    ]
    return [newest, *others[:1]] if _lists(newest, others) else [newest]


def _lists(first: Fit, others: list[Fit]) -> bool:
    """Tell whether a second claim stands beside the first ("allergic to nuts", "… to cats")."""
    if not others:
        return False
    a, b = first.passage, others[0].passage
    # "Ana's boyfriend Joost works" and "… gave" begin alike, yet only the verb makes a list.
    alike = 5 if re.match(r"\S+['’]s ", a) else 2
    return tokens(a)[:alike] == tokens(b)[:alike] and others[0].share >= first.share


def hearsay(memory: MemoryLine) -> bool:
    """Tell whether a memory rests on the words of a third party."""
    return " says that " in memory.text or memory.author not in ("user", "assistant", "")
