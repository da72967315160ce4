"""Predicates with "have": what the user has, had, has done and has to do."""

import re

from usermind.models.offline import lexicon
from usermind.models.offline.grammar import is_past
from usermind.models.offline.states import having_been_long
from usermind.models.offline.verdicts import IT, Verdict, dated, solid
from usermind.models.offline.words import choice, listed

_HAD_A_TIME = re.compile(
    choice(
        """been|better|to|no idea|so|such|not|a (?:great|good|lovely|nice|bad|rough|long|blast|
        feeling|hard|busy|wonderful|fantastic|quick|really)"""
    )
    + r"\b"
)
_MEAL = re.compile(r"\b(?:toast|breakfast|lunch|dinner)\b")
_DUTY = re.compile(
    "to "
    + choice(
        """take|avoid|wear|use|inject|eat|be (?:in|at)|go to|do|finish|submit|hand in|pay|pick up|
        present|travel|fly|work"""
    )
    + r"\b"
)
_SOFT = re.compile(
    r"^(?:(?:just|already|recently|finally|also|always|never|now|only|even|actually|since|"
    r"officially) )+"
)
_PARTICIPLES = listed(
    """taken written driven eaten given gone done grown known seen spoken broken chosen begun run
    sung swum worn won drawn flown forgotten ridden become come"""
)
_WEAK = listed("seen heard read tried learned come made given")
_NOTHING = re.compile(
    choice(
        r"""(?:an?|the|some|any|no|so|such|much) ?|nothing|everything|something|it|that|this|you|
        your|great|good|fun|time|faith|lots|tons|plenty"""
    )
    + choice(
        """|idea|question|feeling|point|doubt|time|plan|clue|lot|bit|good|great|nice|lovely|hard|
        bad|rough|long|busy|thing|reason|choice|problem|look|chance|way|minute|second|sec|moment|
        few|blast|headache|cold|hangover|crush|rest|break|fun|right|say|wonderful|fantastic|hunch|
        go|nap|chat|word|fit|suggestion|such|strong"""
    )
    + "$"
)
_IMMATERIAL = re.compile(
    choice(
        """an?|the|no|any|some|such|so|really|great|lots of|a lot of|much|too many|so many|
        too much|a few|a lot|a bit"""
    )
    + r" (?:\w+ )?"
    + choice(
        """idea|question|questions|feeling|point|doubt|time|times|clue|reason|choice|problem|look|
        chance|way|minute|second|moment|blast|headache|cold|hangover|break|fun|things?|work|stuff|
        news|memories|energy|respect|day|week|weekend|evening|night|trouble|words|tips?|ideas?|
        thoughts?"""
    )
    + r"\b"
)
_THING = re.compile(
    choice(
        r"""an?\b|the\b|my\b|our\b|two\b|three\b|four\b|five\b|six\b|\d+\b|no\b|some\b|several\b|
        type|high\b|low\b|chronic\b|asthma|diabetes|adhd|kids|children|twins|choir|class|classes|
        yoga|training|rehearsal|migraines|insomnia|celiac|coeliac|brown|blue|green|long|short|
        curly"""
    ),
    re.IGNORECASE,
)


def having(verb: str, rest: str) -> Verdict | None:
    """Return the verdict on what comes after "have" or "had"."""
    if verb == "had":
        dull = _HAD_A_TIME.match(rest) or _MEAL.search(rest) or not solid(rest, 2)
        return None if dull else Verdict(0.65, "year", tense="past")
    if rest.startswith("to "):
        timed = re.search(lexicon.FREQUENCY, rest) or dated(rest) or "avoid" in rest
        duty = _DUTY.match(rest) and timed and solid(rest, 2)
        return Verdict(0.7, "season") if duty else None
    if re.search(r"\beach other", rest):
        return None
    if re.match(r"(?:never|always) ", rest):
        return Verdict(0.7, "year", tense="past") if solid(rest, 2) else None
    word, _, after = _SOFT.sub("", rest).partition(" ")
    if word == "been":
        return having_been_long(after)
    return _done(word, after) if _participle(word.lower()) else _possession(rest)


def _participle(word: str) -> bool:
    if word in ("decided", "started", "stopped", "begun", "become"):
        return True
    done = is_past(word) or word in _PARTICIPLES
    return done and word != "got" and word not in lexicon.DULL_PAST


def _done(word: str, after: str) -> Verdict | None:
    if re.match(IT, after) or not solid(after, 2 if word.lower() in _WEAK else 1):
        return None
    return Verdict(0.7, "year", tense="past")


def _possession(rest: str) -> Verdict | None:
    rest = rest.removeprefix("got ")
    if _NOTHING.match(rest) or _IMMATERIAL.match(rest) or not solid(rest, 1):
        return None
    if _THING.match(rest):
        return Verdict(0.75, "season" if dated(rest) else "year")
    return Verdict(0.7, "season") if re.search(lexicon.FREQUENCY, rest) else None
