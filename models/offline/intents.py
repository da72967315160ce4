"""Common questions whose answer shares no word with them: "Where am I from?"."""

import re
from dataclasses import dataclass, replace

from usermind.models.offline import lexicon

_WHAT = r"(?:what(?: is|['’]s| are|['’]re|s)|tell me|list)"
_KIDS = r"(?:sons?|daughters?|child|children|kids?|baby|twins?)"
_FORMS = (
    (
        rf"{_WHAT} my (?:job|profession|occupation)\b|what do I (?:do|work as)(?: for (?:a living|"
        rf"work)| now)?\W*$",
        r"^(?!.*\b(?:vegetarian|mother|father|parent|runner|swimmer|member|reader|lover|owner|"
        r"speaker|player|brother|sister|beginner|[Cc]hristian|learner)\b)"
        r"[^'’]*(?:\bworks? as\b|\b(?:is|am|[’']m) (?:now )?an? [\w -]*(?:er|ist|or|ian|nurse|"
        r"judge|chef|cook|architect|student|vet|pilot|clerk|scientist|mechanic)\b)",
        False,
    ),
    (
        r"where (?:am I|are we|do I come) from\b|what is my origin",
        r"\b(?:is|comes?|"
        r"am) (?:originally )?from\b|\bwas born in\b|\bhome ?town is\b",
        False,
    ),
    (
        rf"{_WHAT} my (?:surname|last name|family name)\b",
        r"\b(?:surname|last name|"
        r"family name) is\b",
        False,
    ),
    (
        rf"(?:{_WHAT} my (?:first )?name|who am I|what am I called|(?:do you )?(?:know|"
        rf"remember) my name)\b\W*$",
        r"^[^'’]+['’]s (?:first )?name is\b|^(?:\w+,? )?(?i:I am|I['’]?m|my name is|"
        r"call me) (?!\w*(?:ed|ing|y|ck)\b|(?:ok|okay|fine|sure|not|so|here|back|home|good|great|"
        r"bad|sad|done|late|glad|ill|hot|cold|at|in|on|a|an)\b)[\w-]+\W*$",
        False,
    ),
    (
        r"(?:what|which)(?: kind of| sort of)? (?:car|bike|vehicle) do (?:I|we) (?:drive|have|own|"
        r"ride)\b|what do I drive\b",
        r"\b(?:drives?|rides?)\b|\b(?:car|bike) is (?:an? )?[A-Z]|\b(?:has|have|owns?|"
        r"bought)\b[^.]*\bcar\b",
        False,
    ),
    (rf"{_WHAT} my (?:e-?mail)(?: address)?\b", r"\be-?mail(?: address)? is\b|\w@\w", False),
    (
        rf"{_WHAT} (?:some of )?my (?:hobby|hobbies|interests|pastimes)\b|what do I (?:do for fun|"
        rf"enjoy|do in my (?:free|spare) time)",
        r"\bhobb(?:y|ies)\b|^[^'’ ]+(?: [^'’ ]+)? (?:also |really )?(?:likes?|loves?|enjoys?|"
        r"plays?|collects?|sings?|paints?|hikes?|climbs?|swims?|runs?|dances?)\b",
        True,
    ),
    (
        rf"(?:{_WHAT} my pets?|(?:what|which|how many) (?:pets?|animals?) do (?:I|we) (?:have|own)|"
        rf"do (?:I|we) have (?:any )?(?:pets?|animals?)|who are my pets?)\b",
        rf"['’]s (?:[\w-]+ )?(?:{lexicon.PETS}) (?:is|are)\b|\b(?:has|have|own|owns|adopted|bought|"
        rf"got) (?:an?|two|three|four|five|\d+|some) (?:[\w-]+ )?(?:{lexicon.PETS})s?\b",
        True,
    ),
    (
        rf"(?:who are|what are the names of|{_WHAT}(?: the names? of)?|how old are) (?:my|"
        rf"our) (?:kids|children)\b(?!['’])|\bhow many (?:kids|children) do (?:I|we) have\b|"
        rf"\bdo (?:I|we) have (?:any )?(?:kids|children)\b",
        rf"['’]s (?:[\w-]+ )?{_KIDS} (?:is|are|[A-ZÀ-Þ])|\b(?:has|"
        rf"have) (?:\w+ ){{1,2}}{_KIDS}\b",
        True,
    ),
)


@dataclass(frozen=True, slots=True)
class Intent:
    """A common question."""

    said: re.Pattern[str]
    """What a memory that answers it says."""
    every: bool
    """Whether all the claims that answer are told, not only the best."""
    only: bool = False
    """Whether nothing else answers: a cat's name is not the user's."""


_INTENTS = tuple(
    (re.compile(asked, re.IGNORECASE), Intent(re.compile(said, 0), every))
    for asked, said, every in _FORMS
)
_DOES = re.compile(
    rf"what (?:does|did) (?:my |our )?(?P<who>(?:[\w-]+ )?(?:{lexicon.FAMILY}|{lexicon.PEOPLE}|"
    r"[A-ZÀ-Þ]\w+)) do(?: for (?:a living|work)| now)?\W*$"
)


def intent(asked: str) -> Intent | None:
    """Return the common question that a question is, or None."""
    for pattern, found in _INTENTS:
        if pattern.search(asked):
            return replace(found, only="name" in found.said.pattern)
    if does := _DOES.search(asked[:1].lower() + asked[1:]):
        who = re.escape(does["who"].rpartition(" ")[2])
        job = (
            r"\b(?:is|was) (?:an? |the |retired)|\bworks?\b|\bteaches\b|\bstud(?:y|ies)\b|\bruns\b"
        )
        return Intent(re.compile(rf"\b{who}\b[^.]*?(?:{job})"), every=False)
    return None
