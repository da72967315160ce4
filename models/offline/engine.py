"""The offline engine: rules in place of a model, deterministic and honest about its limits."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from langchain_core.messages import AIMessageChunk

from usermind.errors import InvalidInputError
from usermind.models.offline.answering import answer
from usermind.models.offline.claims import MAX_TEXT
from usermind.models.offline.clauses import sentences
from usermind.models.offline.ended import over
from usermind.models.offline.extraction import extract, subject
from usermind.models.offline.framing import MARKERS, MEANT
from usermind.models.offline.grammar import expanded
from usermind.models.offline.hearsay import reports
from usermind.models.offline.judging import Judge, judge_with
from usermind.models.offline.relating import Revision
from usermind.models.offline.relations import known_relations
from usermind.models.offline.weighing import weigh
from usermind.models.reasoner import ReplyRequest
from usermind.prompts import (
    ObservationLine,
    Operations,
    ReflectPrompt,
    StructuredPrompt,
    WeighPrompt,
)
from usermind.prompts._base import Output
from usermind.types import Embedder, ModelPlace

MAX_OPERATIONS = 24
"""Most operations of one answer: the bound of `Operations`."""
OBSERVED_TRUST = 0.7
"""Factor on claims from recorded behaviour instead of the user's own words."""

_CORRECTS = re.compile(r"(?:actually|no|sorry|wait|correction|in fact)\b", re.IGNORECASE)
_WRONG = re.compile(
    r"\b(?:never true|made (?:that|it) up|(?:was|were) (?:just |only )?(?:joking|kidding) about|"
    r"(?:is|was) (?:wrong|not true|a mistake|a joke)|was lying about)\b"
)
_NOT_BUT = re.compile(
    r"^(?:actually|no|sorry|wait|correction|oops|i meant|i mean|well|"
    r"hm+)\b.*?\b(?:it is|it was|is|was|on|at|in|meant|it['’]s)?,? ?"
    r"(?P<right>(?:[A-ZÀ-Þ\d][\w:À-ÿ-]*)(?: [A-ZÀ-Þ\d][\w:À-ÿ-]*)*),? (?:and )?not (?:on |"
    r"in |at )?(?P<wrong>[\wÀ-ÿ: -]{2,30})$",
)


class Offline:
    """A `Reasoner` without a model: extracts statements, answers by quoting memory, weighs offers.

    Rules read what they know the shape of. Where MiniLM is at hand, light heads over its vectors
    find further statements; without it the rules work alone.

    Args:
        embedder: Asked at the first reflection for what makes the vectors for the heads. None, or
            what gives another model than MiniLM: the installed MiniLM; with the lexical stand-in
            the rules work alone.
        heads: False leaves them out in any case.
    """

    name = "offline"
    batch = 1
    metered = True
    """It costs nothing."""
    recipient: ModelPlace = "offline"

    def __init__(
        self, embedder: Callable[[], Embedder] | None = None, *, heads: bool = True
    ) -> None:
        self._embedder, self._heads = embedder, heads
        self._made: Judge | None = None
        self._lock = threading.Lock()

    @property
    def _judge(self) -> Judge | None:
        if not self._heads:
            return None
        with self._lock:
            if self._made is None:
                self._made = judge_with(self._embedder() if self._embedder else None)
            return self._made

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        """Return the answer to a prompt; the same prompt always gets the same answer.

        Raises:
            InvalidInputError: The prompt is of a kind that rules cannot answer.
        """
        if isinstance(prompt, WeighPrompt):
            return weigh(prompt)  # type: ignore[return-value]  # as below
        if not isinstance(prompt, ReflectPrompt):
            raise InvalidInputError(
                f"The offline engine was given a {type(prompt).__name__}. It answers "
                "`ReflectPrompt` and `WeighPrompt` only. Pass `model=` with an endpoint or a chat "
                "model for the rest."
            )
        judge = self._judge
        answer = prompt.output.model_validate(reflected(prompt, judge).model_dump())
        return answer  # type: ignore[return-value]  # `output` is the type argument, by contract

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Yield the reply in groups of words.

        The last chunk's `response_metadata["usermind_cited"]` lists the memory ids it rests on.
        """
        yield from answer(request)


def reflected(prompt: ReflectPrompt, judge: Judge | None = None) -> Operations:
    """Return the operations that the observations of a prompt call for."""
    if judge is not None:
        judge.prepare(
            [
                sentence.text
                for observation in prompt.observations
                if observation.author == "user" and observation.tier == "first_party"
                for sentence in sentences(observation.text)
            ]
        )
    name = subject(prompt.user_name)
    revision = Revision(known=prompt.known, user=name)
    people = known_relations([k.text for k in prompt.known])
    for observation in prompt.observations:
        if observation.author == "assistant":
            continue
        if observation.author != "user" or observation.tier == "third_party":
            author = "Somebody" if observation.author == "user" else observation.author
            for claim in reports(observation.text, author=author[:60], name=name):
                revision.relate(claim, observation, report=True)
            continue
        _take_back(observation, revision)
        # The head has learnt from what people say; in a record it would hear them say titles.
        spoken = judge if observation.tier == "first_party" else None
        found = extract(observation.text, at=observation.at, name=name, people=people, judge=spoken)
        for claim in found:
            if observation.tier == "observed":
                claim = replace(claim, confidence=round(claim.confidence * OBSERVED_TRUST, 2))
            revision.relate(claim, observation)
            people |= known_relations([claim.statement])
    return Operations(operations=revision.operations[:MAX_OPERATIONS])


def _take_back(observation: ObservationLine, revision: Revision) -> None:
    """Handle "it's X, not Y" and "I was joking about Y"."""
    for sentence in sentences(observation.text):
        if sentence.question or len(sentence.text) > MAX_TEXT:
            continue
        plain = expanded(sentence.text).strip(" .!")
        if found := MEANT.match(plain):
            revision.mend(found["right"].strip(), observation, sentence.text)
            continue
        if ended := over(sentence):
            revision.end(ended, observation, sentence.text)
            continue
        if _CORRECTS.match(plain):
            revision.turn(MARKERS.sub("", plain).strip(), observation, sentence.text)
        if found := _NOT_BUT.match(plain[0].lower() + plain[1:]):
            revision.correct(found["wrong"].strip(), found["right"], observation, sentence.text)
        elif _WRONG.search(plain):
            revision.retire(_WRONG.sub("", plain), observation, sentence.text)
