"""Predicates with "be": what the user is, is doing, was and has been."""

import re
from dataclasses import replace

from usermind.models.offline import lexicon
from usermind.models.offline.intentions import planned
from usermind.models.offline.tastes import weary
from usermind.models.offline.verdicts import IT, Verdict, dated, solid
from usermind.models.offline.words import choice, listed

_DEGREE = re.compile(
    "^(?:"
    + choice(
        """very|so|really|quite|pretty|super|extremely|severely|also|a bit|kind of|totally|highly|
        deathly|mildly|slightly|fully|half|now|still|happily|newly|recently|currently|incredibly|
        actually|finally|always|originally|just|technically|both|badly|terribly"""
    )
    + " )+"
)
_MARITAL = listed("single married engaged divorced widowed separated")
_FEARS = listed("afraid scared terrified")
_DEVOTED = listed("interested passionate addicted obsessed fond responsible sensitive")
_FOR_LIFE = listed("allergic deaf left-handed")
_KEEN = re.compile(
    choice(
        r"""(?:really |very |not |super |big |also )*(?:into|good at|bad at|great at|terrible at|
        scared of|afraid of|(?:a|no|not much of a) (?:huge |big |great )?fan of|
        all about (?!that|these|this|those|it|you|the)|
        much of an? (?:[\w-]+ )?(?:fan|lover|person|buff)|keen on|crazy about|allergic)"""
    )
    + r"\b"
)
_FROM = re.compile(r"from [A-Z]|originally from|from (?!the|a |my|where|it)\w+")
_SOMEWHERE = re.compile(
    choice(
        r"""on a .*diet|on medication|on holiday|on vacation|on parental|on maternity|
        on sick leave|on the (?:board|committee|team)|in a band|in a choir|in a relationship|
        in my (?:first|second|third|final|last) year|in my (?:early|mid|late)|in my \w+ties|
        in therapy|in charge of"""
    )
)


def being(rest: str) -> Verdict | None:
    """Return the verdict on what comes after "am"."""
    core = _DEGREE.sub("", rest)
    first = core.partition(" ")[0].lower().strip(",")
    if tired := weary(core):
        return tired
    if _hollow(first, core):
        return None
    if quality := _quality(first, core):
        return quality
    if _FROM.match(core):
        return Verdict(0.85, "permanent", slot="origin")
    if _KEEN.match(core):
        return None if re.search(r"\b(?:it|that|this)$", core) else Verdict(0.75, "year")
    if role := re.match(r"(?:an?|the) (.*)", core):
        return Verdict(0.8, "year", slot=_role_slot(role[1])) if role_like(role[1]) else None
    if _SOMEWHERE.match(core):
        return Verdict(0.75, "season")
    if core.startswith("going to "):
        return planned(core.removeprefix("going to "))
    if first in lexicon.PROGRESSIVE or (first.endswith("ing") and dated(core)):
        return _ongoing(first, core)
    return None


def _hollow(first: str, core: str) -> bool:
    """Tell whether an adjective that could last lacks what it is about."""
    if first in _FEARS:
        return not re.match(r"\w+ of (?!this|that|it)", core)
    if first in ("lactose", "gluten"):
        return "intoleran" not in core
    if first in _DEVOTED:
        return bool(re.match(IT, re.sub(r"^\w+ \w+ ", "", core))) or not solid(core, 2)
    return not first


def _quality(first: str, core: str) -> Verdict | None:
    if first in _MARITAL:
        return Verdict(0.9, "year", slot="marital status")
    if first in _DEVOTED:
        return Verdict(0.75, "year")
    if first in lexicon.LASTING:
        return Verdict(0.9, "permanent" if first in _FOR_LIFE else "year")
    if re.search(r"\b(?:weeks|months|days) (?:pregnant|sober)\b", core):
        return Verdict(0.85, "season")
    if first in lexicon.NATIONS and (len(core.split()) < 4 or "," in core):
        return Verdict(0.85, "permanent", slot="nationality")
    return None


_OF_ROLE = re.compile(r" (?:at|in|for|of|with|by|on|and|who|from|to|since|here|now)\b|,")
_ROLE_ENDING = re.compile(r"(?:er|or|ist|ian|ant|eur|man|woman|eer|ologist)$")
_NO_JOB = re.compile(
    r"\b"
    + choice(
        """fan|person|owl|member|mum|mom|dad|mother|father|parent|twin|child|citizen|volunteer|
        beginner|lover|eater|drinker|reader|runner|swimmer|learner|speaker|believer|christian|
        introvert|extrovert|player|user|owner|widow|widower"""
    )
    + r"\b",
    re.IGNORECASE,
)


def role_like(noun: str) -> bool:
    """Tell whether a noun phrase names a role or a profession."""
    head = _OF_ROLE.split(noun)[0].split()
    last = head[-1].lower() if head else ""
    if not last or last.rstrip("s") in lexicon.NOT_ROLES:
        return False
    ending = _ROLE_ENDING.search(last.rstrip("s")) and len(last.rstrip("s")) > 4
    return last in lexicon.ROLES or bool(ending)


def _role_slot(noun: str) -> str | None:
    if _NO_JOB.search(noun):
        return None
    return "diet" if re.search(rf"\b(?:{lexicon.DIETS})\b", noun) else "job"


_DULL = re.compile(
    r"\b"
    + choice(
        """looking (?:forward|at)|thinking about (?:it|you|that)|
        trying to (?:decide|figure|find|say|understand|remember|think|stay|be|keep)|
        getting (?:tired|old|better|hungry|bored|cold|late|ready|nervous|excited|there|used)|
        having (?:fun|a (?:great|good|hard|bad|rough))|
        doing (?:well|good|great|fine|ok|okay|alright|better|my best|it|that|anything)|
        going (?:crazy|well|mad|out now|home|through|back)|going to (?:bed|sleep)|
        working (?:late|hard)|coming (?:home|back)|giving up on|leaving now|seeing (?:you|it)|
        taking it|staying (?:positive|hopeful|strong|motivated|focused|busy|true)|
        learning (?:a (?:lot|ton)|so much|as)"""
    )
    + r"\b"
)


def _ongoing(first: str, core: str) -> Verdict | None:
    if _DULL.match(core) or not solid(core[len(first) :], 1):
        return None
    return Verdict(0.7, "season")


_DONE_TO = re.compile(
    choice(
        """diagnosed|hired|fired|promoted|laid off|accepted|admitted|invited|elected|selected|
        operated|offered|awarded|nominated|robbed|chosen"""
    )
    + r"\b"
)
_WAS_SOMEWHERE = re.compile(
    r"(?:in|at|on) (?:the )?[A-Z][a-z]|(?:in|on|at) "
    + choice(
        """hospital|the hospital|the army|a band|holiday|vacation|
        a (?:retreat|conference|workshop)"""
    )
)


def having_been(rest: str) -> Verdict | None:
    """Return the verdict on what comes after "was"."""
    if re.match(r"(?:born|raised|brought up|adopted)\b", rest):
        slot = "birthplace" if re.match(r"born in [A-Z]", rest) else None
        return Verdict(0.9, "permanent", slot=slot, tense="past")
    if _DONE_TO.match(rest):
        return Verdict(0.75, "year", tense="past")
    if role := re.match(r"(?:an?|the) (.*)", rest):
        return Verdict(0.7, "permanent", tense="past") if role_like(role[1]) else None
    return Verdict(0.65, "season", tense="past") if _WAS_SOMEWHERE.match(rest) else None


_MUSING = listed("feeling wondering thinking meaning dying hearing being waiting")


def having_been_long(rest: str) -> Verdict | None:
    """Return the verdict on what comes after "have been"."""
    first, _, after = rest.partition(" ")
    doing = first.endswith("ing") and first not in _MUSING and solid(after, 1)
    if doing or re.match(r"(?:to|in|at) (?:the )?[A-Z]", rest):
        return Verdict(0.7, "season", tense="past")
    if re.match(r"(?:busy|so|really|tired|great|good|well|better|sick|thinking)\b", rest):
        return None
    return replace(found, tense="past") if (found := being(rest)) else None
