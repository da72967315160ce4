"""Predicates about what may come: plans, wishes, duties, abilities."""

import re

from usermind.models.offline.verdicts import IT, Verdict, dated, solid
from usermind.models.offline.words import listed


def modal(verb: str, rest: str) -> Verdict | None:
    """Return the verdict on a predicate that begins with a modal verb."""
    if verb in ("can", "cannot"):
        return ability(rest)
    if verb == "would":
        want = re.match(r"(?:(?:really|also|just) )*(?:love|like|rather|prefer) (?:to )?(.*)", rest)
        social = (
            r"(?:know|hear|see|ask|say|thank|get your|talk|chat|join|help|check|try (?:it|that)|"
            r"be there|think|show|share|that|it|you)\b"
        )
        if (
            want
            and not re.match(social, want[1])
            and solid(want[1], 1)
            and re.search(r"\bto |rather|prefer", rest)
        ):
            return Verdict(0.6, "season")
        return None
    if verb == "will":
        return planned(rest)
    if verb in ("might", "may") and dated(rest):
        return planned(rest)
    if verb in ("should", "must") and re.match(r"(?:not )?(?:avoid|eat|drink|take|wear)\b", rest):
        return Verdict(0.5, "season") if re.search(r"\b(?:doctor|allerg|not)\b", rest) else None
    return None


def ability(rest: str) -> Verdict | None:
    """Return the verdict on what comes after "can" or "cannot"."""
    ok = re.match(
        r"(?:not )?(?:(?:barely|hardly|only|really|even|also|still|actually|never) )*(?:eat|"
        r"drink|have|stand|swim|drive|play|speak|sing|cook|bake|dance|ride|ski|sleep|handle|"
        r"tolerate|read|digest|bear|work|juggle|draw|knit|sew|whistle|type|walk|run|see without|"
        r"hear|smell|tell)\b(?P<what>.*)",
        rest,
    )
    if ok is None or re.match(rf" ?(?:{IT[1:]})", ok["what"].strip()):
        return None
    if re.match(r"(?:see|hear|tell|read|have|handle|work|sleep)\b", rest) and not re.search(
        r"\b(?:colou?rs?|without|dairy|gluten|milk|nuts|meat|sugar|alcohol|caffeine|spicy|music|"
        r"ear|sheet)\b",
        rest,
    ):
        return None
    return Verdict(0.75, "year")


def planned(rest: str) -> Verdict | None:
    """Return the verdict on what comes after "will" or "going to"."""
    rest = re.sub(
        r"^(?:(?:also|probably|definitely|just|finally|be|soon|then|only|maybe) )+", "", rest
    )
    verb = rest.partition(" ")[0].lower()
    if re.match(r"\w+ you\b", rest):  # a promise to whoever listens: "I'll remind you tomorrow"
        return None
    if re.match(r"(?:make sure|enjoy (?:it|them|this)|get .* to you|give it)", rest):
        return None
    if verb in _DULL_PLANS or re.match(r"not\b", rest) or not solid(rest, 1):
        return None
    if re.match(
        r"(?:have|get|make|take|go|do|see|look|need|miss|check|try|start|give|use|put|add|eat|"
        r"watch|read)\b",
        verb,
    ) and not (dated(rest) or solid(rest, 3)):
        return None
    return Verdict(0.65, "season")


_DULL_PLANS = listed(
    """do see try let ask think check keep back remember tell call say know mention post send show
    there sure able fine ok okay happy glad honest wait stop pass share update text write report
    find talk love like never always want hold be ready grateful thinking sharing looking
    cherish treasure catch need miss"""
)


def wanting(verb: str, rest: str) -> Verdict | None:
    """Return the verdict on a wish, an aim or a need."""
    if verb == "decided" and not re.match(r"to |that |on |against ", rest):
        return None
    if verb == "need":
        things = r"(?:glasses|new |a new |a root|surgery|an? (?:visa|operation|wheelchair|hearing))"
        duty = rest.startswith("to ") and dated(rest) and solid(rest, 2)
        return Verdict(0.6, "week") if duty or re.match(things, rest) else None
    social = (
        r"to (?:know|ask|say|see|hear|talk|make sure|share|check|thank|tell|be sure|show|"
        r"go home|believe|think|understand|cry|scream|sleep|do (?:it|that))\b"
    )
    if re.match(social, rest) or re.match(IT, rest):
        return None
    if verb in ("want", "hope", "plan", "intend", "aim", "dream", "decided"):
        ok = re.match(
            r"(?:to|on|of|a|an) \w+" if verb in ("want", "plan") else r"(?:to|on|of) \w+", rest
        )
        return Verdict(0.7, "season") if ok and solid(rest, 1) else None
    return None
