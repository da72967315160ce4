"""A model's answers in a file, so that a run goes on where it was killed and can be done again.

One answer a line, as JSON, on the disk before the next is asked:

    {"key": "…", "prompt": "answer_question", "model": "…", "answer": {"answer": "Oslo"},
     "failure": null, "tokens": [412, 7]}

The key is a digest of the prompt's name, its words and the schema of its answer, so that whoever
builds the same prompt finds the same answer. A file holds the answers of one model.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from langchain_core.messages import AIMessageChunk
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from usermind.errors import (
    CallError,
    InvalidInputError,
    InvalidModelOutputError,
    PromptTooLongError,
    StoreNotWritableError,
    TruncatedOutputError,
)
from usermind.models.ledger import Ledger, LedgerEntry
from usermind.models.reasoner import Reasoner, ReplyRequest
from usermind.prompts import StructuredPrompt
from usermind.prompts._base import Output
from usermind.types import ModelPlace

TORN = b" #torn\n"
"""Ends a line that a killed process left unfinished; such lines are passed over."""
Failure = Literal["invalid", "truncated", "too long"]
"""Why there is no answer: it fitted no schema, it was cut, or the prompt was too long for the
model."""

_FAILURES: dict[Failure, type[Exception]] = {
    "invalid": InvalidModelOutputError,
    "truncated": TruncatedOutputError,
    "too long": PromptTooLongError,
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=1)]
    prompt: str
    """Name of the prompt."""
    model: str
    answer: dict[str, object] | None
    """As it was validated; None where there was none."""
    failure: Failure | None
    tokens: tuple[int, int] | None
    """In and out, retries included; None where nobody told."""


_LINE = TypeAdapter(Recorded)


def key_of(prompt: StructuredPrompt[Output]) -> str:
    """Return the digest of a prompt that its answer is found by."""
    schema = json.dumps(prompt.output.model_json_schema(), sort_keys=True)
    parts = json.dumps([prompt.name, prompt.render(), schema])
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


class Recording:
    """A `Reasoner` that answers from a file, and asks a model what the file lacks.

    Safe to use from several threads, and several processes may write to one file: where two ask
    the same at once, the answer that was written first counts for both. What was written last is
    mended when a killed process left it unfinished.

    Args:
        path: The file; made where it is missing. Only read where there is no model.
        connect: Makes the model from a ledger that records its calls; None: answers that are
            missing are an error. Called when the first is missing.
        model: Its name, where it is known before it is asked.
        flag: What names the model on the command line, for what is told.

    Raises:
        InvalidInputError: The file cannot be read, a line is no answer, or it holds the answers of
            another model than `model`, or of several. Without a model: there is no such file.
        StoreNotWritableError: With a model: it cannot be made or written.
    """

    batch = 1

    def __init__(
        self,
        path: Path,
        connect: Callable[[Ledger], Reasoner] | None = None,
        *,
        model: str | None = None,
        flag: str = "--model",
    ) -> None:
        self.path, self.flag = path, flag
        self.torn = 0
        """Lines that a killed process left unfinished; their answers are asked again."""
        self.ledger = _CallLedger()
        """What was asked of the model now."""
        self._connect, self._told = connect, model
        self._reasoner: Reasoner | None = None
        self._known: dict[str, Recorded] = {}
        self._read = self._lines = 0
        self._lock = threading.RLock()
        self._open()

    def __len__(self) -> int:
        return len(self._known)

    # -- reasoner -------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of the model whose answers these are."""
        for line in self._known.values():
            return line.model
        return self._told or (self._reasoner.name if self._reasoner else "a model not yet asked")

    @property
    def recipient(self) -> ModelPlace:
        """Who reads the prompts; nothing leaves this process where there is no model."""
        return "offline" if self._connect is None else self._asked().recipient

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        """Return the recorded answer, or the model's, which is recorded first.

        Raises:
            InvalidInputError: There is none, and no model; or the model is another one.
            StoreNotWritableError: The file cannot be written.
            ModelError: What the model raises; what counts as a wrong answer is recorded too, and
                raised again when it is read.
        """
        key = key_of(prompt)
        with self._lock:
            line = self._known.get(key)
        if line is None:
            if self._connect is None:
                self.check([prompt])
            line = self._kept(self._answered(prompt, key))
        return self._said(line, prompt)

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Raise `CallError`: replies are not recorded."""
        raise CallError("A recording holds answers to prompts. Nothing was asked.")

    def check(self, prompts: Sequence[StructuredPrompt[Output]]) -> None:
        """Make sure that all prompts can be answered.

        Raises:
            InvalidInputError: Some have no answer here, and there is no model to ask; or it is
                another model than the one whose answers these are.
        """
        keys = {key_of(prompt) for prompt in prompts}
        missing = len(keys - self._known.keys())
        if missing and self._connect is None:
            raise InvalidInputError(
                f"{self.path} lacks {missing:,} of the {len(keys):,} answers that this run needs. "
                f"Nothing was scored. Name the model that is to give them with `{self.flag}`; "
                "or use the data, the flags and the embedder that it was recorded with."
            )
        if missing:
            self._asked()

    # -- asking ---------------------------------------------------------------------------------

    def _asked(self) -> Reasoner:
        """Return the model, which is the one whose answers the file holds."""
        assert self._connect is not None, "checked before"
        with self._lock:
            if self._reasoner is None:
                made = self._connect(self.ledger)
                self._told = self._told or named(made)
                self._one_model(self._told)
                self._reasoner = made
            return self._reasoner

    def _answered(self, prompt: StructuredPrompt[Output], key: str) -> Recorded:
        reasoner = self._asked()
        self.ledger.begin()
        answer: dict[str, object] | None = None
        failure: Failure | None = None
        try:
            answer = reasoner.complete(prompt).model_dump(mode="json")
        except tuple(_FAILURES.values()) as error:
            failure = next(name for name, kind in _FAILURES.items() if isinstance(error, kind))
        assert self._told is not None, "a connected model has a name"
        return Recorded(key, prompt.name, self._told, answer, failure, self.ledger.end())

    def _said(self, line: Recorded, prompt: StructuredPrompt[Output]) -> Output:
        if line.failure is not None:
            raise _FAILURES[line.failure](
                f"{line.model} gave no answer to the prompt {prompt.name!r}: {line.failure}."
            )
        try:
            return prompt.output.model_validate(line.answer)  # type: ignore[return-value]  # `output` is the type argument
        except ValidationError as error:
            raise InvalidInputError(
                f"{self.path}: the answer {line.key!r} does not fit the prompt {prompt.name!r}. "
                "Nothing was scored. Take the line away to have it asked again."
            ) from error

    # -- the file -------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._connect is not None:
            self._append(b"")  # that it cannot be written shows before anything is asked
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            raise InvalidInputError(
                f"There is no recording {self.path}. Nothing was scored. Name the model that "
                f"is to answer with `{self.flag}`, or another file with `--answers`."
            ) from None
        except OSError as error:
            raise InvalidInputError(
                f"{self.path} cannot be read: {error.strerror}. Nothing was asked or scored. Name "
                "another file with `--answers`."
            ) from error
        self._take(content)
        if self._read < len(content):
            self._mend()
        if self._told is not None:
            self._one_model(self._told)

    def _take(self, content: bytes) -> None:
        """Take in the whole lines of what follows; of two answers to one prompt the first."""
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines(keepends=True):
            self._lines += 1
            if line.endswith(TORN) or not line.strip():
                continue
            try:
                found = _LINE.validate_json(line)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(str(part) for part in first["loc"])
                raise InvalidInputError(
                    f"{self.path}:{self._lines}: {f'{where}: ' if where else ''}{first['msg']}. "
                    "Nothing was asked or scored. Take the line away, or name another file with "
                    "`--answers`."
                ) from error
            if (found.answer is None) == (found.failure is None):
                raise InvalidInputError(
                    f"{self.path}:{self._lines}: one of `answer` and `failure` must be null, and "
                    "not both. Nothing was asked or scored. Take the line away."
                )
            if self._known:
                self._one_model(found.model)
            self._known.setdefault(found.key, found)
        self._read += len(whole)

    def _one_model(self, name: str) -> None:
        for line in self._known.values():
            if line.model != name:
                raise InvalidInputError(
                    f"{self.path} holds the answers of {line.model!r}, and not only those: this is "
                    f"{name!r}. Nothing was scored. Name another file with `--answers` for another "
                    "model."
                )
            return

    def _kept(self, line: Recorded) -> Recorded:
        """Write an answer; return the one that counts, which another process may have written."""
        with self._lock:
            if self._catch_up():
                self._mend()
            if line.key not in self._known:
                self._append(_LINE.dump_json(line) + b"\n")
                self._catch_up()
            return self._known[line.key]

    def _catch_up(self) -> bool:
        """Take in what was written since; say whether the last line has no end."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        self._take(content)
        return bool(content) and not content.endswith(b"\n")

    def _mend(self) -> None:
        """End the line that a killed process left unfinished."""
        self.torn += 1
        if self._connect is not None:  # else the file is only read
            # Where another process was just about to end it, this stands on a line of its own.
            self._append(TORN)
            self._catch_up()

    def _append(self, content: bytes) -> None:
        """Append in one write, which no other process can break into."""
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                written = os.write(file, content)
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise StoreNotWritableError(
                f"{self.path} cannot be written: {error.strerror}. The answers in it are kept. "
                "Make room or mend the permissions, and run the command again."
            ) from error
        if written < len(content):
            raise StoreNotWritableError(
                f"{self.path} took only a part of an answer: its disk is full. The others are "
                "kept. Make room, and run the command again."
            )


def named(reasoner: Reasoner) -> str:
    """Return the name of a model; asks its endpoint where nobody told."""
    from usermind.models.chat import ChatReasoner

    return reasoner.settled().name if isinstance(reasoner, ChatReasoner) else reasoner.name


class _CallLedger(Ledger):
    """A ledger that also sums up the tokens of a stretch of calls, by thread."""

    def __init__(self) -> None:
        super().__init__()
        self._here = threading.local()

    def begin(self) -> None:
        """Count from here on."""
        self._here.entries = []

    def record(self, entry: LedgerEntry) -> None:
        """Add one call."""
        super().record(entry)
        getattr(self._here, "entries", []).append(entry)

    def end(self) -> tuple[int, int] | None:
        """Return tokens in and out since `begin`; None where no call told them."""
        entries: list[LedgerEntry] = self._here.entries
        if not any(entry.prompt_tokens for entry in entries):
            return None
        return (
            sum(entry.prompt_tokens or 0 for entry in entries),
            sum(entry.completion_tokens or 0 for entry in entries),
        )
