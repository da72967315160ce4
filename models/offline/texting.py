"""Chat spelling written out: "my bf noah n me" as "my boyfriend Noah and me"."""

import re

from usermind.models.offline import lexicon
from usermind.models.offline.words import STOP, listed

_SHORT = {
    "abt": "about",
    "atm": "at the moment",
    "bc": "because",
    "bday": "birthday",
    "bf": "boyfriend",
    "bro": "brother",
    "cuz": "because",
    "gf": "girlfriend",
    "n": "and",
    "ppl": "people",
    "pls": "please",
    "plz": "please",
    "rly": "really",
    "rn": "right now",
    "roomie": "roommate",
    "roomies": "roommates",
    "sis": "sister",
    "sth": "something",
    "thx": "thanks",
    "u": "you",
    "ur": "your",
    "w": "with",
    "w/": "with",
    "wknd": "weekend",
    "yr": "year",
    "yrs": "years",
}
_WORD = re.compile(
    r"(?<![\w'’.@/-])(?:" + "|".join(sorted(_SHORT, key=len, reverse=True)) + r")(?![\w'’@/.-]*\w)"
)
"""Lower case only: "N" is an initial, "W" a letter."""
_HE_IS = re.compile(r"\b([Hh]e|[Ss]he)s (?=called\b|named\b|a\b|an\b|my\b|\d)")

NAMES = listed(
    """aaron abdul abena adam adaeze adele adrian agnes ahmed aisha akira alan albert alejandro
    alena alessandro alex alexandra alfie ali alice alina amadou amara amelia amina amir amy ana
    anastasia anders andre andrea andrei andrew angela anika anita ann anna anne annika anthony
    anton antonio
    arjun arthur asha astrid ayesha ayo barbara bart bas beatriz ben benjamin bernd bianca bjorn
    boris brian bruno carla carlos carmen caroline catherine cecilia charlie charlotte chen chiara
    chidi chloe chris christian claire clara claudia connor cristina daniel daniela david deborah
    denise dennis diana diego dirk dmitri dominik dora eduardo elena eleni elias elin elisa eliza
    elizabeth ella ellen emil emilia emily emma enzo eric erik esther ethan eva evelyn farid fatima
    felix fernando filipa finn fiona florian frances francesca frank franz freya gabriel george
    giulia giovanni greta gustav hana hanna hannah hans harriet harry hassan heidi helen helena
    henrik henry hugo ibrahim igor ines ingrid irina isabel isabella isabelle ivan jacob jakob
    james jamie jan jana jane javier jennifer jenny jens jessica jin joana joanna johan john jonas
    jonathan jose joseph joshua juan judith julia julian julie julien jun kai karen karim karin
    karl katarina kate katherine kathrin katie katya keiko kenji kevin kim klara klaus kofi kwame
    lars laura lea leila lena leo leon leonie li liam lin lina linda lisa lotte louis louise luca
    lucas lucia lucie lucy luis luisa lukas luke maja malik manuel marco marcus margaret maria
    marie marina marta martin mary mateo matteo matthew max maya mehmet mei mia michael michelle
    miguel mila milan mina ming miriam mohamed monika moritz nadia naomi natalia natasha nathan
    nicholas nick nicolas nikolai nina noah nora nuno olaf oleg oliver olivia omar oscar osman
    pablo paola patricia patrick paul paula paulo pavel pedro peter petra philip philipp pierre
    piotr priya rachel rafael rahul raj ravi rebecca ricardo richard robert roberto robin rosa ruth
    ryan saba sabine sahra salma sam samira samuel sandra sanjay sanne sara sarah sasha sebastian
    selin sergei sergio silvia simon sofia sofie sophia sophie stefan stefano stella stephen steve
    susan susanne sven svetlana tamara tanja tariq teresa theo thomas tim timo tina tobias tom
    tomas ursula valentina valeria vera veronica viktor vincent vladimir wei xavier yan yara yasmin
    yuki yusuf zainab zara zoe"""
)
"""Given names that are no common words: what may be a name in a text without capitals."""
_KIN = f"{lexicon.FAMILY}|{lexicon.PEOPLE}|{lexicon.PETS}"
_AFTER = re.compile(
    rf"(?P<lead>\b(?:called|named) |\b(?:[Mm]y|[Oo]ur) (?:\w+ )?(?:{_KIN})(?: is)? |"
    r"^(?:(?:hi|hey|hello|hiya)[,!]? )?(?:[Ii]['’]?m|[Ii] am|my name is|this is|"
    r"call me) )(?P<name>[a-zà-ÿ]+)(?=\s|[,.!?;]|$)"
)

_ME = re.compile(
    rf"\b[Mm]e(?= (?:(?:own|old|little|big) )?(?:{_KIN}|mam|mate|mates|life|back|head|house|job|"
    r"van|knees?|feet|hands?|apprenticeship|tea|missus)\b)"
)
""" "Me mam", "in me life"."""


def written_out(text: str) -> str:
    """Return a text with the abbreviations of chat written out and the names in capitals.

    A word after "called" is a name; elsewhere it has to be in `NAMES`.

    >>> written_out("im lea btw, my bf noah has a dog called pixel")
    'im Lea btw, my boyfriend Noah has a dog called Pixel'
    """
    text = _WORD.sub(lambda m: _SHORT[m[0]], text)
    text = _ME.sub(lambda m: "My" if m[0] == "Me" else "my", text)
    text = _HE_IS.sub(r"\1 is ", text)
    return _AFTER.sub(_capital, text)


def _capital(m: re.Match[str]) -> str:
    name, called = m["name"], m["lead"] in ("called ", "named ")
    is_name = name in NAMES or (called and name not in STOP and len(name) > 1)
    return m["lead"] + (name.capitalize() if is_name else name)
