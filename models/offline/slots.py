"""Predicates that fill a slot: home, employer, job, age, diet."""

import re

from usermind.models.offline import lexicon
from usermind.models.offline.verdicts import Verdict

_PLACE = (
    r"(?:the )?(?:[A-Z][\w'’.-]*)(?:[ -](?:[A-Z][\w'’.-]*|(?:de|of|upon|la|am|an der|sur)\b|"
    r"the(?= [A-Z])))*(?:, [A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*)?"
)
_LOWER_PLACE = (
    r"(?!(?:a|an|the|my|our|his|her|their|this|that|it|on|in|into|out|back|away|from|with|next|"
    r"another|one)\b)[\w'’-]+(?: (?!(?:with|and|since|for|in|now|because|near|by|last|this|next|"
    r"when|to|as|at|after|before|around|on|about|so|but|two|three|a|right|too|rn|today|"
    r"yesterday|atm)\b)[\w'’-]+)?"
)
_HOME = re.compile(
    r"^(?P<verb>live|am living|have lived|have been living|am based|am now based|reside|moved|"
    r"have moved|relocated|have relocated)(?: (?:back|over|here|out|now|just|currently|down|"
    rf"up))* (?P<prep>in|to|near|at|outside|on) (?P<place>{_PLACE}|{_LOWER_PLACE})(?P<rest>.*)$"
)
_EMPLOYER = re.compile(
    r"^(?:work|am working|have worked|started(?: working| work)?|have started(?: working)?|"
    r"joined|have joined|am employed|got (?:a|the|my) (?:new )?job|got hired|have got (?:a|"
    r"the) job)(?P<role> as an? [\w -]+?)?(?: (?:for|at|by|"
    rf"with))? (?P<org>{_PLACE})(?P<rest>.*)$"
)
_JOB = re.compile(
    r"^(?:(?:work|am working|have worked|started(?: working)?|freelance|got a (?:new )?job|"
    r"was hired|am employed)(?: part-time| full-time| here)? as|(?:got|was|"
    r"have been) promoted to) (?P<role>(?:an? |"
    r"the )?(?:head of )?[\w-]+(?: [\w-]+){0,3}?)(?= (?:at|for|in|with|on|near|since)\b|,|$)"
)
_ROLE = re.compile(
    r",? as (?P<role>an? [\w-]+(?: [\w-]+){0,2}?)(?= (?:at|for|in|with|on|since)\b|,|$)"
)
_SOON = re.compile(r"\b(?:next|tomorrow|soon)\b|^ on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_BEGUN = re.compile(r"(?:have |just )?(?:started|joined|began|got|have got)\b")
_AGE = re.compile(
    r"^(?:am|turned|just turned|will be|will turn|am turning)(?: now| only| already|"
    r" almost)? (?P<age>\d{1,3})(?: years old| y/?o| years? of age)?(?=$|,| now\b| today\b|"
    r" and\b| yesterday\b| last\b| this\b| on\b| in [A-Z]| next\b| with\b| tomorrow\b)"
)
_DIET = re.compile(
    r"^(?:am|are|became|went|turned|have been|have gone|have become|have turned|am going|eat|"
    r"follow|am on|keep|am basically|am mostly)(?: (?:a|an|fully|strictly|strict|basically|"
    rf"mostly|almost|now|the))* (?P<diet>{lexicon.DIETS})s?\b"
)

_HEIGHT = re.compile(
    r"^(?:am|stand)(?: about| around| only)? (?P<height>"
    r"\d(?:[.,]\d{1,2})? ?m(?:etres?)? ?(?:\d{2})?"
    r"|\d{3} ?cm|\d ?(?:foot|feet|ft|['’]) ?(?:\d{1,2})?(?:[\"”]| inch(?:es)?)?)"
    r"(?P<tall> tall)?(?=$|,| and\b| so\b)"
)


def slotted(bare: str) -> Verdict | None:
    """Return the verdict when a predicate fills a slot, else None."""
    if found := _AGE.match(bare):
        future = bare.startswith(("will", "am turning"))
        if not 1 <= int(found["age"]) <= 120 or (future and "tomorrow" not in bare):
            return None
        return Verdict(0.9, "year", slot="age", statement=f"is {found['age']} years old")
    if found := _HEIGHT.match(bare):
        return Verdict(
            0.85, "permanent", slot="height", statement=f"is {found['height'].strip()} tall"
        )
    if found := _DIET.match(bare):
        plain = re.match(r"(?:am|are) ", bare)
        diet = f"is {found['diet']}" if plain and "on a" not in bare else None
        return Verdict(0.9, "year", slot="diet", tense="past", statement=diet)
    if (found := _HOME.match(bare)) and not _elsewhere(found):
        return _home(found)
    if (found := _EMPLOYER.match(bare)) and (
        not _SOON.search(found["rest"])
        or (_BEGUN.match(bare) and not re.search(r"\b(?:next|tomorrow|soon)\b", found["rest"]))
    ):
        return _employed(found, bare)
    if found := _JOB.match(bare):
        return _job(found["role"])
    return None


def _employed(found: re.Match[str], bare: str) -> Verdict | None:
    role = _ROLE.match(found["rest"]) or _JOB.match(bare)
    if bare.startswith(("work in", "am working in")):  # a place, not an employer
        return _job(role["role"]) if role else None
    more = (_job(role["role"]),) if role else ()
    return Verdict(0.85, "year", slot="employer", statement=f"works at {found['org']}", more=more)


def _job(role: str) -> Verdict:
    return Verdict(0.85, "year", slot="job", statement=f"works as {_article(role)}")


def _article(role: str) -> str:
    if re.match(r"(?:an?|the|head) ", role):
        return role
    return f"{'an' if role[0].lower() in 'aeiou' else 'a'} {role}"


def _elsewhere(found: re.Match[str]) -> bool:
    place = found["place"]
    later = found["verb"].endswith("lived") and re.search(
        r"\b(?:before|once|as a)\b", found["rest"]
    )
    odd = re.match(
        r"(?:January|February|March|April|May|June|July|August|September|October|November|"
        r"December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|fear|peace|denial|"
        r"hope|different|\d)",
        place,
    )
    return bool(later or odd or (found["prep"] == "on" and not place[0].isupper()))


def _home(found: re.Match[str]) -> Verdict:
    prep = "in" if found["prep"] == "to" else found["prep"]
    # "in Utrecht with my boyfriend Joost …": the company is a fact of its own.
    since = re.match(
        r",?(?: (?:in (?!an? |the |my |our )|since|last|this|two|three|a|\d+)\b"
        r"[^,.;]{2,30}(?=[,.;]|$))",
        found["rest"],
    )
    when = since[0].lstrip(", ") if since else ""
    moved = "moved" in found["verb"] or "relocated" in found["verb"]
    tail = f" (moved {when})" if when and moved else f" {when}" if when else ""
    return Verdict(
        0.9, "year", slot="home", tense="past", statement=f"lives {prep} {found['place']}{tail}"
    )


def ending_slot(bare: str) -> str | None:
    """Return the slot that "broke up with …" or "quit my job" empties."""
    if re.search(r"\b(?:broke|split) up\b", bare):
        return "partner"
    if re.match(
        r"(?:have )?(?:quit|left|resigned)\b.*\b(?:job|company|firm|position|work)\b", bare
    ):
        return "employer"
    return None
