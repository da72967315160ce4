"""Whether what was expected came about: rules over a transcript, each a pure function.

Words of a reply are a phrase: they stand together. Words of a memory stand in it in any order,
since claims are worded anew. Both are whole words, whatever their case. Of several phrases any will
do, and of those that are not to be none may be.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from usermind.evals.phrases import has_phrase, has_words, plain
from usermind.evals.results import Check
from usermind.evals.scenario import Expectation, Persona, Style, ToolCall
from usermind.evals.stances import abstains, asks, refuses
from usermind.evals.transcript import Memory, Step, Transcript
from usermind.evals.unusable import UNUSABLE

LONGEST = 200
"""Characters of what was found that a check quotes."""

Found = tuple[bool, str]
"""Whether an expectation holds, and what was found."""


# -- judges ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge makes of a reply."""

    holds: bool | None
    """None: the judge would not say."""
    why: str
    certainty: float | None = None
    """In [0, 1]."""


class Judge(Protocol):
    """Says whether a reply meets a criterion that no rule can check."""

    @property
    def name(self) -> str:
        """Name that stands in the results."""
        ...

    def opinion(
        self, criterion: str, *, persona: Persona, transcript: Transcript, step: Step
    ) -> Opinion:
        """Return whether the reply of a step meets a criterion.

        Raises:
            ModelError: The judge could not be asked, or answered with what is no verdict.
        """
        ...


# -- checking -------------------------------------------------------------------------------


def check(
    expectation: Expectation,
    *,
    line: int,
    transcript: Transcript,
    step: Step | None,
    persona: Persona | None = None,
    judge: Judge | None = None,
) -> Check:
    """Return what became of an expectation.

    Args:
        expectation: What must hold.
        line: Where it stands in its file.
        transcript: What happened.
        step: Which step it is of; None: of the memory at the end.
        persona: Whose scenario it is, for the judge.
        judge: Who decides what rules cannot; None: that is not judged.

    Raises:
        ModelError: The judge could not be asked. What it answers raises nothing.
    """
    kind, value = expectation.kind, expectation.value
    number = None if step is None else step.number
    if kind == "judge":
        assert step is not None, "a criterion is about a reply"
        asked = _opinion(value, persona or Persona(), transcript, step, judge)
        outcome = {True: "passed", False: "failed", None: "unjudged"}[asked.holds]
        return Check(kind, worded(expectation), outcome, asked.why, number, line, asked.certainty)  # type: ignore[arg-type]  # a literal of those three
    holds, why = _MEMORY[kind](value, transcript) if step is None else _STEP[kind](value, step)
    told = "" if holds else why
    return Check(kind, worded(expectation), "passed" if holds else "failed", told, number, line)


def _opinion(
    criterion: str, persona: Persona, transcript: Transcript, step: Step, judge: Judge | None
) -> Opinion:
    if judge is None:
        return Opinion(None, "there is no judge")
    if _replied(step) is None:
        return Opinion(False, "there was no reply to judge")
    try:
        return judge.opinion(criterion, persona=persona, transcript=transcript, step=step)
    except UNUSABLE as error:
        return Opinion(None, f"the judge failed: {error}")


def worded(expectation: Expectation) -> str:
    """Return an expectation on one line, much as its file has it.

    >>> worded(Expectation(says=("salmon", "trout")))
    'says "salmon" or "trout"'
    """
    kind, value = expectation.kind.replace("_", " "), expectation.value
    if isinstance(value, bool):
        return kind if value else f"not {kind}"
    if isinstance(value, tuple):
        phrases = [f'"{each}"' for each in value]
        return f"{kind} {' or '.join(phrases)}"
    if isinstance(value, ToolCall):
        given = ", ".join(f"{name}={wanted!r}" for name, wanted in value.arguments.items())
        return f"{kind} {value.tool}({given})"
    if isinstance(value, Style):
        wanted = value.model_dump(exclude_none=True)
        return f"{kind} {', '.join(f'{name} {each}' for name, each in wanted.items())}"
    return f"{kind}: {value}"


# -- words ----------------------------------------------------------------------------------


def _quoted(texts: Iterable[str]) -> str:
    told = "; ".join(f"“{' '.join(text.split())}”" for text in texts)
    return told if len(told) <= LONGEST else f"{told[:LONGEST].rstrip()}…"


def _any(words: Sequence[str], texts: Collection[str], what: str) -> Found:
    if any(has_words(text, each) for each in words for text in texts):
        return True, ""
    return False, f"{what}: {_quoted(texts)}" if texts else f"{what}: nothing"


def _none(words: Sequence[str], texts: Iterable[str], what: str) -> Found:
    bad = [text for text in texts if any(has_words(text, each) for each in words)]
    return not bad, f"{what}: {_quoted(bad)}"


# -- of a reply -----------------------------------------------------------------------------


def _replied(step: Step) -> str | None:
    """Return the reply; None where a model failed to give one, or said nothing."""
    return None if step.trouble or not (step.reply or "").strip() else step.reply


def _told(step: Step) -> str:
    if step.trouble:
        return f"there was no reply: {'; '.join(step.trouble)}"
    if not (step.reply or "").strip():
        return "the reply was empty"
    return f"it said: {_quoted([step.reply or ''])}"


def _of_reply(test: Callable[[Any, str], bool], told: Callable[[Step], str] = _told) -> Any:
    """Return a check of the words of a reply; it fails where there is none."""

    def checked(value: Any, step: Step) -> Found:
        reply = _replied(step)
        return reply is not None and test(value, reply), told(step)

    return checked


def _calls(wanted: ToolCall, step: Step) -> Found:
    for call in step.calls:
        if call.tool == wanted.tool and all(
            name in call.arguments and _same(call.arguments[name], value)
            for name, value in wanted.arguments.items()
        ):
            return True, ""
    made = "; ".join(f"{call.tool}({dict(call.arguments)})" for call in step.calls)
    return False, f"it called {made or 'nothing'}"


def _same(given: Any, wanted: Any) -> bool:
    """Say whether an argument is what was wanted: words in its words, parts of its parts."""
    if isinstance(given, str) and isinstance(wanted, str):
        return has_phrase(given, wanted)
    if isinstance(given, Mapping) and isinstance(wanted, Mapping):
        return all(name in given and _same(given[name], each) for name, each in wanted.items())
    if isinstance(given, list) and isinstance(wanted, list):
        return all(any(_same(one, each) for one in given) for each in wanted)
    if isinstance(given, bool) or isinstance(wanted, bool):
        return given is wanted
    return bool(given == wanted)


def _not_calls(tools: Sequence[str], step: Step) -> Found:
    made = sorted({call.tool for call in step.calls if call.tool in tools})
    return not made, f"it called {', '.join(made)}"


_WORD = re.compile(r"[^\W\d_][\w'’-]*|\d[\d.,:]*")
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)|\n\s*\n")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_LIST = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+\S", re.MULTILINE)
_INFORMAL = re.compile(
    r"\b\w+(?:n't|'re|'ll|'ve|'m)\b|\b(?:hey|hi|yeah|yep|nope|gonna|wanna|gotta|kinda|cool|lol|ok|"
    r"okay|btw|super|awesome|guys)\b|!"
)
_FAMILIAR = {
    "de": r"du|dir|dich|dein(?:e[mnrs]?)?|euch|euer|tschüss|na klar|klar doch|mega",
    "fr": r"tu|toi|te|ton|tes|salut|coucou|ouais|sympa|t'\w+",
    "es": r"tú|ti|te|tus?|contigo|vosotr[oa]s|vale|guay|hola",
    "it": r"tu|te|ti|tuo|tua|tuoi|tue|ciao",
}
"""How somebody is spoken to who is not to be spoken to formally, by language."""
_FUNCTION_WORDS = {
    "en": "the and is are you of to in that it for with not was on have this be what your",
    "de": "der die das und ist nicht ich du sie ein eine mit zu von den es auf für dem sich",
    "fr": "le la les et est pas je tu vous un une des que dans pour avec du ne sur il",
    "es": "el la los las y es no un una que en de por con para se su lo del tu",
    "it": "il lo la gli e è non un una che di per con in del della si tu sono mi",
}


def language_of(text: str) -> str | None:
    """Return the language of a text by its function words; None where two have as many.

    >>> language_of("The dog is not in the garden."), language_of("Der Hund ist nicht da.")
    ('en', 'de')
    """
    words = Counter(_WORD.findall(plain(text)))
    scores = {
        name: sum(words[word] for word in listed.split())
        for name, listed in _FUNCTION_WORDS.items()
    }
    best, second = sorted(scores.values(), reverse=True)[:2]
    return None if best == second else max(scores, key=lambda name: scores[name])


def _style(style: Style, step: Step) -> Found:
    reply = _replied(step)
    if reply is None:
        return False, _told(step)
    wrong: list[str] = []
    words = len(_WORD.findall(reply))
    count = len([part for part in _SENTENCE_END.split(reply) if _WORD.search(part)])
    if style.max_words is not None and words > style.max_words:
        wrong.append(f"it has {words} words")
    if style.min_words is not None and words < style.min_words:
        wrong.append(f"it has {words} words")
    if style.max_sentences is not None and count > style.max_sentences:
        wrong.append(f"it has {count} sentences")
    if style.language is not None and (found := language_of(reply)) != style.language:
        wrong.append(f"its language is {found or 'not plain from its words'}")
    familiar = rf"\b(?:{_FAMILIAR.get(language_of(reply) or '', '(?!)')})\b"
    informal = (
        _INFORMAL.search(plain(reply)) or _EMOJI.search(reply) or re.search(familiar, plain(reply))
    )
    if style.formal is not None and style.formal == bool(informal):
        wrong.append(f"it is informal: “{informal[0]}”" if informal else "it is formal")
    for name, wanted, there in (
        ("emoji", style.emoji, _EMOJI.search(reply)),
        ("list", style.lists, _LIST.search(reply)),
    ):
        if wanted is not None and wanted != bool(there):
            wrong.append(f"it has {'a' if name == 'list' else 'an'} {name}" if there
                         else f"it has no {name}")  # fmt: skip
    return not wrong, f"{'; '.join(wrong)}; {_told(step)}"


def _goods(step: Step) -> list[str]:
    return [each.told for each in step.recommended]


# -- of a look ------------------------------------------------------------------------------


def _offers(step: Step) -> list[str]:
    return [f"{each.title}: {each.text}" for each in step.offers]


def _silent(wanted: bool, step: Step) -> Found:
    now = [f"{each.title}: {each.text}" for each in step.offers if not each.digest]
    return wanted == (not now), f"it offered: {_quoted(now)}" if now else "it offered nothing"


# -- of the memory --------------------------------------------------------------------------


def _known(memory: Memory) -> list[str]:
    believed = [claim.text for claim in memory.claims if claim.status == "active"]
    return [*believed, *memory.notes]


def _not_stored(words: Sequence[str], transcript: Transcript) -> Found:
    held, why = _none(words, transcript.after.texts, "the memory holds")
    traces = sum(transcript.traces.get(each, 0) for each in words)
    if held and traces:
        return False, f"the words stand {traces} times in the user's file"
    return held, why


def _forgotten(words: Sequence[str], transcript: Transcript) -> Found:
    never = [each for each in words if not transcript.ever.get(each, False)]
    if never:
        return False, f"{_quoted(never)} was never stored, so that nothing was forgotten"
    left = sum(step.deletion.residue for step in transcript.steps if step.deletion is not None)
    gone, why = _not_stored(words, transcript)
    if gone and left:
        return False, f"{left} stretches of what was deleted were found in the file afterwards"
    return gone, why


def _satisfied(wanted: bool, step: Step) -> Found:
    found = "was what the user needed" if step.satisfied else "was not what the user needed"
    return wanted == bool(step.satisfied), f"the last reply {found}; {_told(step)}"


_STEP: Mapping[str, Callable[[Any, Step], Found]] = {
    "uses": lambda words, step: _any(words, [u.text for u in step.used], "it used"),
    "not_uses": lambda words, step: _none(words, [u.text for u in step.used], "it used"),
    "says": _of_reply(lambda words, reply: any(has_phrase(reply, each) for each in words)),
    "not_says": _of_reply(lambda words, reply: not any(has_phrase(reply, w) for w in words)),
    "calls": _calls,
    "not_calls": _not_calls,
    "abstains": _of_reply(lambda wanted, reply: wanted == abstains(reply)),
    "refuses": _of_reply(lambda wanted, reply: wanted == refuses(reply)),
    "asks": _of_reply(lambda wanted, reply: wanted == asks(reply)),
    "style": _style,
    "recommends": lambda words, step: _any(words, _goods(step), "it recommended"),
    "not_recommends": lambda words, step: _none(words, _goods(step), "it recommended"),
    "sees": lambda words, step: _any(words, step.seen, "it saw"),
    "not_sees": lambda words, step: _none(words, step.seen, "it saw"),
    "suggests": lambda words, step: _any(words, _offers(step), "it offered"),
    "not_suggests": lambda words, step: _none(words, _offers(step), "it offered"),
    "silent": _silent,
    "satisfied": _satisfied,
}
_MEMORY: Mapping[str, Callable[[Any, Transcript], Found]] = {
    "knows": lambda words, run: _any(words, _known(run.after), "it knows"),
    "not_knows": lambda words, run: _none(words, _known(run.after), "it knows"),
    "forgotten": _forgotten,
    "not_stored": _not_stored,
}
