"""English person and tense, as far as first-person statements need it."""

import re

from usermind.models.offline.words import listed

_CONTRACTIONS = (
    (r"\b(I|i)['’]?m\b(?! not\b\w)", r"I am"),
    (r"\b(I|i)['’]ve\b|\b(?:I|i)ve\b", r"I have"),
    (r"\b(I|i)['’]ll\b", r"I will"),
    (r"\b([Ii]|[Ww]e|[Hh]e|[Ss]he|[Tt]hey)['’]d (?=been\b|better\b|had\b|gone\b)", r"\1 had "),
    (r"\b([Ii]|[Ww]e|[Hh]e|[Ss]he|[Tt]hey|[Ii]t)['’]d\b", r"\1 would"),
    (r"\b([Ww]e|[Tt]hey|[Yy]ou)['’]re\b", r"\1 are"),
    (r"\b([Ww]e|[Tt]hey|[Yy]ou)['’]ve\b", r"\1 have"),
    (r"\b([Ww]e|[Tt]hey|[Yy]ou|[Hh]e|[Ss]he|[Ii]t)['’]ll\b", r"\1 will"),
    (r"\b([Hh]e|[Ss]he|[Ii]t)['’]s (?=been\b|got\b)", r"\1 has "),
    (r"\b([Hh]e|[Ss]he|[Ii]t|[Tt]hat|[Tt]here)['’]s\b", r"\1 is"),
    (r"\b[Cc]an['’]?t\b", "cannot"),
    (r"\b[Ww]on['’]t\b", "will not"),
    (
        r"\b([Dd]o|[Dd]oes|[Dd]id|[Hh]ave|[Hh]as|[Hh]ad|[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Ww]ould|"
        r"[Cc]ould|[Ss]hould)n['’]?t\b",
        r"\1 not",
    ),
    (r"\b[Ii]\b", "I"),
    (r"\bgonna\b", "going to"),
    (r"\bwanna\b", "want to"),
    (r"\b(I|we) (?:have )?gotta\b", r"\1 have to"),
    (r"\bI have got\b(?! to\b)", "I have"),
    (r"\bWe have got\b", "We have"),
)
_COMPILED = tuple((re.compile(pattern), new) for pattern, new in _CONTRACTIONS)

ADVERBS = (
    "also|always|actually|already|basically|usually|often|never|sometimes|mostly|normally|really|"
    "just|recently|finally|currently|still|only|now|even|definitely|absolutely|honestly|truly|"
    "typically|generally|mainly|probably|maybe|possibly|officially|totally|regularly|rarely|"
    "hardly|ever|both|do|kind of|sort of|kinda|no longer|once|originally|eventually|"
    "personally|simply|apparently|literally|sadly|luckily|accidentally|generally|all|quite"
)
_LEAD = re.compile(rf"^((?:(?:{ADVERBS}) (?!not\b))*)(\S+)(.*)$", re.DOTALL | re.IGNORECASE)

PAST = listed(
    """ate became began bought broke brought built came caught chose cut did drank drew drove
    fell felt found flew forgot fought gave got grew had heard held hid hit hurt kept knew laid led
    left lent lost made met paid put quit ran read rode said sang sat saw sent set shot slept sold
    spent spoke stood stole swam taught thought told took understood went woke won wore wrote was
    were dreamt learnt threw ground hung lit rang rose shook sank stuck struck swore tore bent bet
    bound dug fed fled hiked dealt sped wound"""
) - {
    "read",
    "put",
    "cut",
    "set",
    "hit",
    "hurt",
    "bet",
    "quit",
}
_BOTH = frozenset(("read", "put", "cut", "set", "hit", "hurt", "bet", "quit"))
_MODAL = listed("can cannot could may might must shall should will would ought used")
_PRESENT_ED = listed("need feed exceed succeed bleed speed breed proceed weed seed")
_TO_BASE = {"is": "are", "was": "were", "has": "have", "does": "do", "goes": "go"}


def expanded(text: str) -> str:
    """Return the text with contractions written out and `i` as `I`."""
    for pattern, new in _COMPILED:
        text = pattern.sub(new, text)
    return text


def is_past(verb: str) -> bool:
    """Tell whether a finite verb is in the past tense."""
    v = verb.lower()
    return v in PAST or v in _BOTH or (v.endswith("ed") and v not in _PRESENT_ED)


_PAST_TIME = re.compile(
    r"\b(?:yesterday|ago|last (?:night|week|weekend|month|year|summer|winter|spring|autumn|fall|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)|when (?:I|we) (?:was|were)|as a (?:child|kid|"
    r"teenager|student)|back (?:in|then)|earlier|in (?:19|20)\d\d|once|"
    r"(?:this|that) (?:morning))\b",
    re.IGNORECASE,
)
_PAST_NEXT = re.compile(
    r",? (?:and|but) (?:(?:I|we|really|absolutely|just|did not|was|were) )*(?:lik|lov|hat|enjoy|"
    r"dislik|finish|ador|loath|detest)ed\b|,? (?:and|but) (?:I |we )?(?:did not (?:like|"
    r"enjoy|love|finish)|found it|thought it)\b",
    re.IGNORECASE,
)
_JUST = re.compile(
    r"\b(?:just|recently|already|finally|once|originally|eventually) $", re.IGNORECASE
)


def said_past(verb: str, rest: str, lead: str = "") -> bool:
    """Tell whether a verb that looks the same in both tenses, such as "read", is in the past.

    Args:
        verb: The verb.
        rest: What comes after it: "Dune last month".
        lead: The adverbs before it.
    """
    if verb.lower() not in _BOTH:
        return False
    return bool(_PAST_TIME.search(rest) or _JUST.search(lead) or _PAST_NEXT.search(rest))


def conjugated(verb: str) -> str:
    """Return the third person singular of a finite verb; past and modal verbs stay.

    >>> conjugated("am"), conjugated("study"), conjugated("went"), conjugated("watch")
    ('is', 'studies', 'went', 'watches')
    """
    v = verb.lower()
    special = {"am": "is", "are": "is", "have": "has", "do": "does", "were": "was"}
    if v in special:
        return special[v]
    if v in _MODAL or (is_past(v) and v != "read"):
        return verb
    if re.search(r"[^aeiou]y$", v):
        return verb[:-1] + "ies"
    return verb + ("es" if v.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def third_person(predicate: str) -> str:
    """Return a first-person predicate ("usually work at my desk") about someone else.

    Later first-person pronouns become `they`, `them` and `their`: whether the user is a woman or
    a man is not the engine's to guess.
    """
    found = _LEAD.match(predicate.strip())
    if found is None:
        return ""
    adverbs, verb, rest = found[1], found[2], found[3]
    if adverbs.lower().strip().endswith("do"):  # "I do love it": the verb carries the tense
        adverbs = adverbs.strip()[:-2]
    spoken = verb if said_past(verb, rest, adverbs) else conjugated(verb)
    return _others(f"{adverbs}{spoken}{rest}").strip()


def about(text: str, name: str) -> str:
    """Return a noun phrase or clause with first-person words replaced by the name or `they`."""
    text = re.sub(r"^(?:my|our)\b", f"{name}'s", text, flags=re.IGNORECASE)
    return _others(text)


def _others(text: str) -> str:
    text = re.sub(r"\b(?:I am|we are)\b", "they are", text, flags=re.IGNORECASE)
    text = re.sub(r"\bI was\b", "they were", text)
    for first, third in (
        ("I|we", "they"),
        ("me|us", "them"),
        ("my|our", "their"),
        ("mine|ours", "theirs"),
        ("myself|ourselves", "themselves"),
    ):
        text = re.sub(rf"\b(?:{first})\b(?!['’.]\w)", third, text)
    return text


def second_person(statement: str, name: str) -> str | None:
    """Return a claim about `name` as told to them, or None when it is not plainly about them.

    >>> second_person("Ana lives in Oslo with their cat.", "Ana")
    'You live in Oslo with your cat.'
    """
    if statement.startswith((f"{name}'s ", f"{name}’s ")):
        return "Your " + _yours(statement[len(name) + 3 :])
    if not statement.startswith(f"{name} "):
        return None
    found = _LEAD.match(statement[len(name) + 1 :])
    if found is None:
        return None
    adverbs, verb, rest = found[1], found[2], found[3]
    if rest.startswith((" and ", " or ", "'s")):
        return None
    return _yours(f"You {adverbs}{_base(verb)}{rest}")


def _base(verb: str) -> str:
    v = verb.lower()
    if v in _TO_BASE:
        return _TO_BASE[v]
    if v in _MODAL or is_past(v) or not v.endswith("s") or v.endswith("ss"):
        return verb
    if v.endswith("ies") and len(v) > 4:
        return verb[:-3] + "y"
    return verb[:-2] if v.endswith(("ches", "shes", "xes", "sses", "zzes", "oes")) else verb[:-1]


def _yours(text: str) -> str:
    for third, second in (
        (r"they are", "you are"),
        (r"they were", "you were"),
        (r"they", "you"),
        (r"themselves", "yourself"),
        (r"theirs", "yours"),
        (r"their", "your"),
        (r"them", "you"),
    ):
        text = re.sub(rf"\b{third}\b", second, text)
    return text
