"""Private topics: what the user wants kept out, in plain words, and whether a text touches it.

A topic's words are stemmed and, where they name something common ("health", "money", "my job"),
widened by the words by which people speak of it. Nothing here depends on an embedder or a model,
so a topic holds the same everywhere. It is made for English; words of other languages match by
themselves, and scripts without spaces as they stand.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache

from usermind.errors import InvalidInputError
from usermind.memory.privacy.findings import folded
from usermind.memory.privacy.findings import words as word_set
from usermind.memory.privacy.sensitive import LEXICON
from usermind.memory.ranking import STOP_WORDS
from usermind.memory.terms import terms_of
from usermind.memory.text import checked

MAX_WORDS = 200
"""Longest topic, in characters."""
PHRASE = "·"
"""Joins the words of a phrase while it is stemmed."""

_EVERYDAY: dict[str, tuple[str, str]] = {
    # name → (words that call it up, words by which one speaks of it)
    "health": (
        "health healthcare medical illness disease sickness condition body wellbeing",
        """doctor doctors gp nurse clinic sick ill disease pain painful pills pill tablets medicine
        vaccine vaccinated treatment treated cured healthy unhealthy injury injured ache headache
        fever flu covid virus dentist physiotherapy physio hurts overweight blood-test scan mri
        check-up emergency-room ambulance doctor's appointment-with-dr period-pain insomnia
        counselling counseling counsellor depress mental hospital hospitals surgeon surgery
        operation oncologist oncology cardiologist cardiology dermatologist neurologist
        gynaecologist gynecologist urologist radiologist rheumatologist nephrologist
        gastroenterologist endocrinologist haematologist hematologist ophthalmologist
        pulmonologist allergologist immunologist pathologist psychologist paediatrician
        pediatrician orthopaedist orthopedist obstetrician anaesthetist podiatrist orthodontist
        chiropractor osteopath midwife ultrasound x-ray ecg ekg endoscopy gastroscopy mammogram
        diagnose diagnoses malignant benign metastases radiotherapy radiation-therapy remission
        relapse inpatient outpatient surgical specialist-appointment lab-results
        test-results blood-results""",
    ),
    "mind": (
        "mental psychological",
        """anxiety anxious depressed depression therapist therapy psychiatrist psychologist
        antidepressants panic burnout burned-out stress stressed bipolar ptsd suicidal self-harm
        mental-health counselling counsellor mood""",
    ),
    "money": (
        "money finance finances financial debt debts salary income wealth pay earnings budget",
        """money bank savings rent mortgage loan paid salary wage wages bonus debt debts owe owes
        afford broke rich poor invest invested investment investments stocks shares crypto bitcoin
        credit-card overdraft pension budget taxes tax bankrupt inheritance income raise earn earns
        expenses""",
    ),
    "religion": (
        "religion religious faith belief beliefs spirituality church",
        "god mass sunday-service",
    ),
    "politics": (
        "politics political vote voting",
        "party election elections vote votes parliament minister president government campaign",
    ),
    "work": (
        "work job jobs career employer employment office workplace profession",
        """work works worked working job jobs boss manager colleague colleagues coworker coworkers
        employer employee office company career promotion promoted fired hired resigned quit
        salary interview team-lead project-deadline shift workplace profession contract layoff
        laid-off""",
    ),
    "family": (
        "family relatives parents kin",
        """family mother father mom mum dad mummy daddy parents parent sister brother siblings
        sibling son daughter child children kid kids baby aunt uncle cousin nephew niece
        grandmother grandfather grandma grandpa grandparents stepmother stepfather mother-in-law
        father-in-law wife husband""",
    ),
    "children": (
        "children kids child kid son daughter baby",
        """children kids child kid son daughter baby toddler kindergarten school nursery newborn
        teenager daycare""",
    ),
    "love": (
        "relationship relationships love dating romance partner marriage boyfriend girlfriend "
        "wife husband divorce ex breakup affair",
        """relationship partner boyfriend girlfriend wife husband spouse ex ex-wife ex-husband date
        dating dated tinder love-life in-love marriage married marry engaged wedding divorce
        divorced separated breakup broke-up split-up affair cheating cheated crush romantic
        custody alimony""",
    ),
    "sexuality": (
        "sexuality sex sexual orientation gender intimacy",
        "sex sexual intimate gender condom orientation slept-with hooked-up",
    ),
    "legal": (
        "legal law lawsuit court crime police trial",
        "lawyer attorney solicitor judge police court sue sued lawsuit trial charges crime "
        "criminal",
    ),
    "alcohol": (
        "alcohol drinking drugs addiction substance smoking",
        """alcohol drunk drinking drink drinks beer wine vodka whisky hangover rehab sober addiction
        addicted aa-meeting drugs cocaine weed cannabis marijuana heroin smoke smoking cigarettes
        gambling relapse relapsed""",
    ),
    "home": (
        "home address house apartment whereabouts location",
        """address street apartment flat house moved live lives living-in neighbourhood postcode
        zip-code landlord""",
    ),
    "food": (
        "food diet eating weight",
        "diet calories weight overweight kilos eating eat vegan vegetarian meal fasting obese",
    ),
    "death": (
        "death grief loss funeral dying",
        "died dies death dead funeral grief grieving mourning passed-away buried cemetery",
    ),
}  # fmt: skip
_SAME_AS = {"health": "health", "religion": "religion", "politics": "politics", "legal": "legal",
            "sexuality": "sexuality", "money": "finance", "children": "children"}  # fmt: skip
"""Everyday topics that the lexicon of sensitive facts holds too."""

_FILLERS = word_set(
    "about all and any anything concerning everything related regarding stuff things topic "
    "topics thing life matters issues issue situation private personal details info information "
    "history status problems problem own whole our my the to with of or"
)
_CJK = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_PLACE = word_set("in at from near to")


@dataclass(frozen=True, slots=True)
class PrivateTopic:
    """What the user wants kept out."""

    id: str
    words: str
    """As they said it."""
    at: datetime
    """When, UTC."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One topic, ready to be compared with texts."""

    id: str
    alternatives: tuple[tuple[frozenset[str], ...], ...]
    """A text touches the topic when, for one of these, it holds a term of each set."""
    runs: tuple[str, ...] = ()
    """Stretches of scripts without spaces; any of them is enough."""

    def touched(self, text: str, terms: frozenset[str]) -> bool:
        """Say whether a text of these terms touches the topic."""
        return any(run in text for run in self.runs) or any(
            all(terms & wanted for wanted in group) for group in self.alternatives
        )


NONE: tuple[Matcher, ...] = ()


def touching(topics: Sequence[Matcher], text: str) -> tuple[str, ...]:
    """Return the ids of the topics that a text touches."""
    if not topics:
        return ()
    plain = folded(text).text
    terms = _terms(plain)
    return tuple(topic.id for topic in topics if topic.touched(plain, terms))


def called_up(word: str) -> bool:
    """Say whether a word names a common topic, such as "health" or "salary"."""
    return word.lower() in _called()


def matcher(words: str, *, id_: str = "t0") -> Matcher:
    """Return what recognises a topic.

    Several topics may stand in one, with "and", "or" or a comma between them. Of a topic of
    several words a text must hold all; a name among them is enough by itself, unless it is where
    something happened.

    Raises:
        InvalidInputError: The words name nothing.
    """
    plain = folded(words).text
    groups: list[tuple[frozenset[str], ...]] = []
    for part in re.split(r"\s*(?:,|;|/|&|\band\b|\bor\b)\s*", plain):
        groups += _of_part(part)
    runs = tuple(run for run in _CJK.findall(plain) if run)
    if not groups and not runs:
        raise InvalidInputError(
            "The topic names nothing that a text could be compared with. Nothing was stored. "
            'Say it in words, like "my health" or "the accident".'
        )
    return Matcher(id_, tuple(groups), runs)


def _of_part(part: str) -> list[tuple[frozenset[str], ...]]:
    spoken = [word for word in _WORD.findall(part) if not _CJK.search(word)]
    wanted: list[frozenset[str]] = []
    names: list[tuple[frozenset[str], ...]] = []
    for place, word in enumerate(spoken):
        lower = word.lower().replace("’", "'")
        if lower in _FILLERS or (lower in STOP_WORDS and len(spoken) > 1):
            continue
        terms = _widened(lower)
        if not terms:
            continue
        wanted.append(terms)
        is_name = word[:1].isupper() and place and spoken[place - 1].lower() not in _PLACE
        if is_name and lower not in _called():
            names.append((terms,))
    everyday = [terms for terms in wanted if len(terms) > 3]
    if everyday and len(wanted) == len(everyday):
        # "my sex life", "mental health problems": one subject, said with two words.
        return [(terms,) for terms in wanted]
    return ([tuple(wanted)] if wanted else []) + names


def _widened(word: str) -> frozenset[str]:
    """Return the stems of a word and of all that stands for it."""
    stem = frozenset(terms_of(word))
    found = stem
    for name in _called().get(word, ()):
        found |= _stems_of(name)
    return found


@cache
def _called() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for name, (heads, _) in _EVERYDAY.items():
        for head in heads.split():
            table.setdefault(head, []).append(name)
    return {head: tuple(names) for head, names in table.items()}


@cache
def _stems_of(name: str) -> frozenset[str]:
    heads, words = _EVERYDAY[name]
    entries = f"{heads} {words}".split()
    if name in _SAME_AS:
        entries += LEXICON[_SAME_AS[name]].split()
    return frozenset(_stem(entry) for entry in entries)


@cache
def _stem(entry: str) -> str:
    return PHRASE.join(_stemmed(word) for word in entry.split("-"))


@lru_cache(maxsize=8_192)
def _stemmed(word: str) -> str:
    # One word has one term, or with an apostrophe two, of which the first says what it is.
    return min(terms_of(word), key=lambda term: -len(term), default=word)


def _terms(text: str) -> frozenset[str]:
    """Return the stems of a text's words, and of the pairs and triples that could be phrases."""
    words = [_stemmed(word) for word in _split(text)]
    found = set(words)
    starts = _phrase_starts()
    for place, word in enumerate(words):
        if word in starts:
            found.add(PHRASE.join(words[place : place + 2]))
            found.add(PHRASE.join(words[place : place + 3]))
    return frozenset(found)


def _split(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text.lower().replace("’", "'"))


@cache
def _phrase_starts() -> frozenset[str]:
    return frozenset(
        stem.partition(PHRASE)[0]
        for name in _EVERYDAY
        for stem in _stems_of(name)
        if PHRASE in stem
    )


# -- the table ----------------------------------------------------------------------------


def add(connection: sqlite3.Connection, words: str, *, now: float) -> PrivateTopic:
    """Store a topic, or return the one of these words that is stored.

    Raises:
        InvalidInputError: It is too long, or names nothing.
    """
    text = " ".join(checked(words, what="topic").split())
    if len(text) > MAX_WORDS:
        raise InvalidInputError(
            f"The topic has {len(text)} characters; at most {MAX_WORDS} are accepted. "
            "Nothing was stored. Name it in a few words."
        )
    matcher(text)  # what recognises nothing would keep nothing out
    for topic in rows(connection):
        if topic.words.casefold() == text.casefold():
            return topic
    connection.execute("INSERT INTO private_topic (words, at) VALUES (?, ?)", (text, now))
    return rows(connection)[-1]


def remove(connection: sqlite3.Connection, topic: str) -> PrivateTopic:
    """Delete a topic, named by its words or its id, and return it.

    Raises:
        InvalidInputError: There is none.
    """
    wanted = " ".join(topic.split()).casefold()
    for found in rows(connection):
        if wanted in (found.words.casefold(), found.id):
            connection.execute("DELETE FROM private_topic WHERE id = ?", (int(found.id[1:]),))
            return found
    raise InvalidInputError(
        "This user has no private topic of these words or this id. Nothing was changed. "
        "`usermind private list` shows what there is."
    )


def rows(connection: sqlite3.Connection) -> list[PrivateTopic]:
    """Return the topics, oldest first."""
    return [
        PrivateTopic(f"t{id_}", words, datetime.fromtimestamp(at, UTC))
        for id_, words, at in connection.execute(
            "SELECT id, words, at FROM private_topic ORDER BY id"
        )
    ]


def matchers(topics: Iterable[PrivateTopic]) -> tuple[Matcher, ...]:
    """Return what recognises these topics."""
    return tuple(_matcher(topic.words, topic.id) for topic in topics)


@lru_cache(maxsize=1_024)
def _matcher_of(words: str) -> Matcher:
    return matcher(words)


def _matcher(words: str, id_: str) -> Matcher:
    made = _matcher_of(words)
    return Matcher(id_, made.alternatives, made.runs)
