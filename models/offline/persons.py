"""Judgement of predicates whose subject is somebody or something of the user's."""

import re

from usermind.models.offline import lexicon
from usermind.models.offline.verdicts import Verdict, dated, solid
from usermind.types import Durability

_SUBJECT = re.compile(
    rf"^(?:my|our) (?P<what>(?:[\w'’-]+ ){{0,3}}?(?P<head>{lexicon.FAMILY}|{lexicon.PEOPLE}|"
    rf"{lexicon.PETS}|{lexicon.THINGS})s?)(?P<named>(?-i: [A-ZÀ-Þ])[\wÀ-ÿ'’-]+)?(?: (?:to|with|"
    r"for) [\w'’-]+)?(?: and I)?,? (?P<predicate>(?:is|are|was|were|has|have|had|will|does|did|"
    r"can|cannot|also|still|just|always|usually|never|only|really|used|starts|takes|ends|"
    r"[a-z]+s|[a-z]+ed|got|went|came|died|taught|gave|left|bought|made|grew|began|met|won|lost|"
    r"told|live|work|play|both|love|like|come|turned)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ALIVE = re.compile(rf"^(?:{lexicon.FAMILY}|{lexicon.PEOPLE}|{lexicon.PETS})s?$", re.IGNORECASE)
_SINGLE = (
    "birthday|address|phone number|number|email|job|diet|blood type|shoe size|height|weight|"
    "nationality|religion|hometown|middle name|surname|last name|maiden name|nickname|pronouns|"
    "salary|mother tongue|native language|first language|star sign|time zone|timezone|"
    "phone|laptop|name|first name"
)
_LASTING = re.compile(
    r"^(?:(?:also|still|just|always|usually|never|both|now|recently|only|really) )*(?:(?:is|are|"
    r"was|were) (?:(?:a|an|the|my|our) [\w -]+|called|named|from|based|born|allergic|vegetarian|"
    r"vegan|married|engaged|divorced|retired|pregnant|deaf|blind|diabetic|autistic|expecting|"
    r"getting married|moving|coming|visiting|studying|training|learning|working|living|staying|"
    r"in (?:hospital|year|the|[A-Z])|at (?:[A-Z]|uni|school|university)|on [A-Z]|\d+|due|"
    r"scheduled|about to|diagnosed|turning|starting|leaving|going to|(?:one|two|three|four|five|"
    r"six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen)\b)|lives?|"
    r"works?|plays?|studies|study|speaks?|has (?!to\b|a point|no idea|been (?:so|really|great))|"
    r"have (?!to\b)|loves? (?!it|that|this|you)|likes? (?!it|that|this|you)|hates? (?!it|that)|"
    r"wants? (?:to|(?:me|us) to)|has been (?:offered|accepted|promoted|diagnosed|hired)|teaches|"
    r"goes to|moved|died|passed away|got (?:married|engaged|a|the|into)|started|graduated|"
    r"turned|turns|runs|sings|owns|comes (?:to|from|over|every)|came from|takes|gets|gave|needs|"
    r"cannot (?:eat|drink|have|walk|swim)|can (?:speak|play)|does not (?:eat|like|drink|speak|"
    r"have|live|work)|is no longer|used to|collects|grew up|broke|bought|taught|became|starts|"
    r"begins|finishes|joined|retired|will (?:visit|come|move|start|be)|visits|visited|won|"
    r"adopted|writes|paints|snores|volunteers|grows|swims|cycles|drives)\b"
)
_MOOD = re.compile(
    r"^(?:is|are|was|were) (?:a|an|the|so|very|really|such) ?(?:bit|mess|lot|pain|nightmare|joy|"
    r"delight|angel|best|sweetheart|legend|star|blast|great|good|lovely|amazing|wonderful|nice|"
    r"huge|big|total|real|hero|gem|worst|one|same|only|reason|first)\b"
)


_AGED = re.compile(
    r"(?:is|turned|has turned|just turned)(?: now| already| only)? (?P<age>\d{1,2}|[a-z]+)"
    r"(?: years old| years| y/?o)?(?: now| already| today)?$"
)
_COUNTED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_WORDS = {word: str(n) for n, word in enumerate(_COUNTED.split())}


def aged(predicate: str) -> str | None:
    """Return the age in years that a predicate tells: "is six now" gives `"6"`."""
    found = _AGED.match(predicate)
    if found is None:
        return None
    return found["age"] if found["age"].isdigit() else _WORDS.get(found["age"])


def judge_other(predicate: str) -> Verdict | None:
    """Return the verdict on a predicate about a person or pet of the user's."""
    if _MOOD.match(predicate) or not _LASTING.match(predicate) or not solid(predicate, 1):
        return None
    past = re.match(
        r"(?:(?:also|just|recently) )*(?:was|were|moved|died|passed|got|started|graduated|"
        r"turned|gave|bought|taught|became|joined|retired|grew|broke|visited|won|adopted|"
        r"has (?:been|just|started))\b",
        predicate,
    )
    if past:
        return Verdict(0.7, "year", tense="past")
    return Verdict(0.7, "season" if dated(predicate) else "year")


def judge_thing(clause: str) -> Verdict | None:
    """Return the verdict on a clause that begins with "my" or "our"."""
    found = _SUBJECT.match(clause)
    if found is None:
        return None
    what, predicate = found["what"].lower(), found["predicate"]
    if re.match(r"(?:[\w-]+ )*[\w-]+['’]s name$", what):  # `relations` has it
        return None
    if _ALIVE.match(found["head"]) and (age := aged(predicate)):
        who = f"{found['what']}{found['named'] or ''}"
        return Verdict(0.8, "year", statement=f"{who} is {age} years old")
    if _ALIVE.match(found["head"]):
        named = re.match(r"(?:is|are|was) (?:called |named )?[A-Z]\w+$", predicate)
        return None if named or re.search("['’]s", what) else judge_other(predicate)
    if not (solid(predicate, 1) or what == "pronouns") or re.match(
        r"(?:is|was|are|were) (?:(?:so|very|really|too|pretty|quite|such|not|a|going|coming|"
        r"getting|nearly|almost|still|just|full|done|over|fine|great|good|bad|awful|terrible|"
        r"amazing|the (?:best|worst)|a (?:mess|joke|nightmare|disaster|bit))\b ?)+(?:\w+)?$",
        predicate,
    ):
        return None
    if not re.match(
        r"(?:(?:also|still|just|always|usually) )?(?:is|are|was|were|has|starts|takes|ends|will|"
        r"got|does|arrives|leaves|expires|had|begins|runs|costs|includes)\b",
        predicate,
    ):
        return None
    past = re.match(r"(?:was|were|got|had)\b", predicate)
    single = re.match(rf"(?:new )?({_SINGLE})$|(favou?rite [\w ]+)$", what)
    slot = None
    if single and not past and re.match(r"(?:is|are)\b(?! not)", predicate):
        slot = "job" if what.endswith("job") else (single[1] or single[2])
    durability: Durability = "season" if dated(predicate) else "year"
    return Verdict(0.85 if slot else 0.7, durability, slot=slot, tense="past" if past else "future")
