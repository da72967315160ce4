"""Sensitive facts: of which kind a sentence tells one, and about whom; by words, without a model.

It is a lexicon, in English: it sees what is named and misses what is implied ("he walks with a
stick now"), and it takes a figure of speech for a fact ("that meeting gave me a heart attack").
Where it cannot tell whom a sentence is about it says somebody else, who was not asked.
"""

import re
from functools import cache

from usermind.memory.privacy.findings import Finding, Subject, words

LEXICON: dict[str, str] = {
    "health": """
        abortion addict addicted addiction adhd aids alcoholic alcoholism allergic allergies allergy
        alzheimer alzheimer's anaemia anemia anorexia anorexic antidepressant antidepressants
        anxiety arthritis asperger asthma asthmatic autism autistic biopsy bipolar bulimia cancer
        chemo chemotherapy cholesterol coeliac celiac colonoscopy dementia depressed depression
        diabetes diabetic diagnosed diagnosis dialysis disability disabled disorder dyslexia
        dyslexic eczema endometriosis epilepsy epileptic fibromyalgia hepatitis herpes hiv
        hospital hospitalised hospitalized hypertension illness infection infertile infertility
        insulin ivf leukaemia leukemia lupus medication medications melanoma menopause migraine
        migraines miscarriage miscarried obese obesity overdose ozempic panic-attack paralysed
        paralyzed parkinson's pregnancy pregnant prescription psychiatric psychiatrist psychosis
        psychotic ptsd rehab schizophrenia schizophrenic seizure seizures sober stillbirth stroke
        suicidal suicide surgery symptom symptoms therapist therapy thyroid tumor tumour ulcer
        wheelchair xanax prozac sertraline metformin
        heart-attack heart-disease heart-condition blood-pressure mental-health eating-disorder
        side-effects self-harm panic-attacks kidney-failure multiple-sclerosis burned-out
        chronic-pain chronically-ill mental-breakdown nervous-breakdown""",
    "sexuality": """
        asexual bisexual bi-curious celibate gay heterosexual homosexual intersex lesbian lgbt lgbtq
        nonbinary non-binary pansexual queer transgender transsexual transitioning
        came-out coming-out sex-life sexual-orientation trans-woman trans-man one-night-stand
        threesome fetish erotic porn pornography std sti chlamydia viagra virgin""",
    "religion": """
        agnostic atheist baptised baptized bible buddhism buddhist catholic catholicism christian
        christianity church communion confirmation-class convert converted evangelical faith
        hajj hindu hinduism imam islam islamic jehovah's jew jewish judaism kosher lutheran
        mormon mosque muslim orthodox pastor pentecostal pray prayed prayer prayers praying
        priest protestant quaker quran koran rabbi ramadan religion religious scientology sikh
        sikhism synagogue temple-service torah""",
    "politics": """
        activist anarchist communist conservative conservatives democrat democrats fascist
        labour-party left-wing leftist liberal-party libertarian marxist nationalist political
        politically republican republicans right-wing socialist tory tories trade-union
        union-member unionist voted voting-for votes-for green-party far-right far-left
        brexiteer protest-march party-member demonstration-against""",
    "ethnicity": """
        asylum ethnicity immigrant immigrants indigenous refugee refugees romani sami
        undocumented skin-colour skin-color mixed-race african-american""",
    "finance": """
        bankrupt bankruptcy broke creditor creditors debt debts earns foreclosure gambling
        income indebted insolvent inheritance inherited inherit loan loans mortgage net-worth
        overdraft overdrawn payday-loan pension salary salaries savings wage wages
        unemployment-benefit credit-score credit-card-debt owes welfare tax-return""",
    "legal": """
        alimony arrest arrested bail convicted conviction court custody defendant deported
        deportation divorce divorced felony fraud guilty imprisoned incarcerated indicted jail
        lawsuit lawsuits misdemeanor parole plaintiff police-report prison probation prosecuted
        prosecution restraining-order sued suing sentenced criminal-record drunk-driving dui
        shoplifting settlement-agreement""",
    "children": """
        kindergarten nursery-school daycare toddler toddlers newborn foster-child
        year-old-daughter year-old-son year-old-kid child's-school kids'-school son's-school
        daughter's-school child-abuse child-protection school-of-my""",
    "biometrics": """
        biometric biometrics fingerprint fingerprints iris-scan face-scan faceprint face-id
        voiceprint retina-scan dna dna-test genome genetic-test blood-type blood-group
        23andme""",
}  # fmt: skip
"""Kind → words; a hyphen stands between the words of a phrase."""

RELATIVES = words(
    "aunt aunts aunties boss bosses boyfriend brother brothers child children classmate client "
    "clients colleague colleagues cousin cousins coworker coworkers dad daddy daughter "
    "daughters ex ex-husband ex-wife father fiance fiancé fiancee fiancée flatmate friend "
    "friends girlfriend grandchild grandchildren granddaughter grandfather grandma grandmother "
    "grandpa grandparents grandson guy husband kid kids landlord man manager mate mom mother "
    "mum mummy neighbor neighbors neighbour neighbours nephew nephews niece nieces parent "
    "parents partner patient roommate sibling siblings sister sisters son sons spouse "
    "stepfather stepmother student students teacher twin twins uncle uncles wife woman baby "
    "babies"
)
"""Nouns for people who are not the user."""

_FIRST = words("i i'm i've i'd i'll me my mine myself im ive")
_SECOND = words("you your yours yourself you're you've you'd")
_THIRD = words(
    "he she they him her hers his them their theirs himself herself themselves he's she's "
    "they're he'd she'd they've somebody someone everybody"
)
_NO_NAME = words(
    "a about after all also although always an and any are as at because before both but by can "
    "christmas could did do does easter even every few finally for friday from had has have how "
    "if in is it it's its just last like many maybe monday more most much my never new next no "
    "not now of often ok on one only or our saturday she so some sometimes soon still sunday "
    "thanks that that's the their then there there's these this those though thursday to today "
    "tomorrow tonight tuesday until wednesday well what when where which while who why will "
    "with would yes yesterday yet dear hi hello hey please sorry here oh since january february "
    "march april june july august september october november december english norwegian german "
    "french european american"
)
REACH = 40
"""Words before and after a sensitive one in which a person is looked for."""

_SENTENCE = re.compile(r"[^.!?\n;。！？]+[.!?;。！？]*")
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_CLAUSE = words("that because who which while when whose although though but")


def _spoken(text: str) -> frozenset[str]:
    """Return a text's distinct words in lower case."""
    return frozenset(_TOKEN.findall(text.lower().replace("’", "'")))


def find(text: str, *, name: str = "", speaker_is_user: bool = True) -> tuple[Finding, ...]:
    """Return one finding for each sentence and kind of sensitive fact in it, with its subject.

    Args:
        text: What is looked at.
        name: How the user is called in claims; empty or "the user" when nobody knows.
        speaker_is_user: Whether "I" is the user. Of another's words, "you" is the user and "I" is
            not.
    """
    if not _spoken(text) & _first_words():
        return ()
    found = []
    for sentence in _SENTENCE.finditer(text):
        tokens = _TOKEN.findall(sentence[0].replace("’", "'"))
        lower = [token.lower() for token in tokens]
        hits = [(place, kinds) for place in range(len(lower)) if (kinds := _kinds_at(lower, place))]
        if not hits:
            continue
        people = [_person(tokens, lower, at, name, speaker_is_user) for at in range(len(tokens))]
        about: dict[str, Subject] = {}
        for place, kinds in hits:
            who = _subject(people, lower, place) or ("user" if speaker_is_user else "other")
            about |= {kind: who for kind in kinds if about.get(kind) != "other"}
        start, end = _trimmed(sentence)
        found += [Finding(kind, start, end, who) for kind, who in sorted(about.items())]
    return tuple(found)


def _trimmed(sentence: re.Match[str]) -> tuple[int, int]:
    words = sentence[0]
    start = sentence.start() + len(words) - len(words.lstrip())
    return start, sentence.start() + len(words.rstrip())


def _kinds_at(lower: list[str], place: int) -> set[str]:
    word = lower[place]
    if word not in _first_words():
        return set()
    return {
        kind
        for phrase, kind in _phrases(word)
        if lower[place : place + len(phrase)] == list(phrase)
    }


def _subject(people: list[Subject | None], lower: list[str], place: int) -> Subject | None:
    """Return whom the word at a place is said of: the person named last before it, else after it.

    One who is named in the same clause together with the user counts as another.
    """
    first = max(0, place - REACH)
    begin = max((at for at in range(first, place) if lower[at] in _CLAUSE), default=first)
    if clause := [who for who in people[begin : place + 1] if who]:
        return "other" if "other" in clause else "user"
    before = [who for who in people[first:place] if who]
    after = [who for who in people[place + 1 : place + REACH] if who]
    nearest = before[-1:] or after[:1]
    return nearest[0] if nearest else None


def _person(
    tokens: list[str], lower: list[str], at: int, name: str, speaker_is_user: bool
) -> Subject | None:
    word = lower[at]
    plain = word.removesuffix("'s").removesuffix("'")
    if word in _FIRST:
        # "my brother" is the brother, "my diabetes" is mine.
        if word == "my" and any(
            each.removesuffix("'s") in RELATIVES for each in lower[at + 1 : at + 4]
        ):
            return None
        return "user" if speaker_is_user else "other"
    if word in _SECOND:
        return "other" if speaker_is_user else "user"
    if name and plain == name.lower():
        # "Ana's brother" is the brother.
        owns = word != plain and any(each in RELATIVES for each in lower[at + 1 : at + 4])
        return None if owns else "user"
    if word == "user" and at and lower[at - 1] == "the":
        return "user"
    if word in _THIRD or plain in RELATIVES:
        return "other"
    is_name = tokens[at][0].isupper() and tokens[at][1:2].islower() and plain not in _NO_NAME
    return "other" if is_name and not _first_words() & {word} and _at_a_person(lower, at) else None


def _at_a_person(lower: list[str], at: int) -> bool:
    """Say whether a capitalised word stands where a person would, not behind "in" or "the"."""
    return at == 0 or lower[at - 1] not in {"in", "at", "from", "the", "to", "on", "near", "of"}


@cache
def _table() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for kind, entries in LEXICON.items():
        for entry in entries.split():
            # Written with a hyphen it is one word, without it several.
            for phrase in {(entry,), tuple(entry.split("-"))}:
                table.setdefault(phrase[0], []).append((phrase, kind))
    return {word: tuple(phrases) for word, phrases in table.items()}


def _phrases(word: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    return _table().get(word, ())


@cache
def _first_words() -> frozenset[str]:
    return frozenset(_table())
