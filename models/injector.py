"""A user's vector in front of a prompt: soft tokens, sent to vLLM as `prompt_embeds`.

vLLM takes the embedded prompt in place of its text on `/v1/completions`, when it was started with
`--enable-prompt-embeds`. The words are cut into tokens by the server itself (`/tokenize`), with its
chat template where messages are given, so that the rows are those it would have looked up.
"""

import base64
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    ModelError,
    ModelRequestError,
)
from usermind.models import _transport
from usermind.models._weights import Floats
from usermind.models.projection import Projection
from usermind.models.token_embeddings import TokenEmbeddings
from usermind.types import ModelPlace

FLAG: Final = "--enable-prompt-embeds"
Message = Mapping[str, str]
"""One of a conversation: `role` and `content`."""


class Injector:
    """A served model that is given a user's vector before the words of a prompt. Lazy.

    Args:
        url: Of a vLLM that was started with `usermind model serve --prompt-embeds`.
        folder: Of the model that is served there: its token embeddings are read from it.
        projection: From vectors of users to rows of that model.
        model: Name it is served under; None asks the server.
        api_key: Sent as bearer token.
        timeout: Seconds for one request; also bounds its retries.
        max_retries: Repeats after a lost connection, a 5xx or a 429; never after a timeout.

    Raises:
        InvalidInputError: The URL is none, the folder cannot be read, or the projection makes rows
            of another width than the model's.
    """

    def __init__(
        self,
        url: str,
        *,
        folder: str | Path,
        projection: Projection,
        model: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
        max_retries: int = 2,
    ) -> None:
        self._base = _transport.api_base(url)
        self._words = TokenEmbeddings(folder)
        if projection.hidden != self._words.hidden:
            raise InvalidInputError(
                f"The projection makes rows of {projection.hidden} numbers; the model in "
                f"{str(folder)!r} takes {self._words.hidden}. Give the projection that was trained "
                "for this model."
            )
        self._projection, self._model = projection, model
        self._api_key, self._timeout, self._max_retries = api_key, timeout, max_retries

    @property
    def recipient(self) -> ModelPlace:
        """Who sees prompt and vector, for the privacy gate: told by the host."""
        return _transport.recipient_at(self._base)

    def complete(
        self,
        prompt: str | Sequence[Message],
        *,
        vector: Floats | None = None,
        max_tokens: int = 256,
        temperature: float = 0.0,
        options: Mapping[str, object] | None = None,
    ) -> str:
        """Return what the model writes after the vector's rows and the prompt; two requests.

        Args:
            prompt: Text as it stands; or messages, which the server's chat template lays out.
            vector: (dimensions,) of the user, `UserMemory.user_vector`; None: the words alone.
            max_tokens: Of the answer, at most.
            temperature: 0 takes the likeliest token each time.
            options: Further fields of the request that vLLM knows, such as `stop` or `top_p`.

        Raises:
            InvalidInputError: The prompt is empty, or the vector does not fit the projection.
            ModelRequestError: The server was started without the flag, serves another model than
                the folder's, or refuses the request for another reason.
            InvalidModelOutputError: What came back is no completion.
            ModelUnavailableError: It is down or answered with a server error.
            ModelTimeoutError: It did not answer in time.
        """
        if not prompt:
            raise InvalidInputError("The prompt is empty. Nothing was sent. Expected some words.")
        front = [] if vector is None else [self._projection(vector)]
        rows = np.concatenate([*front, self._words.rows(self.tokens(prompt))])
        answer = self._post(
            self._base,
            "/completions",
            {
                **(options or {}),
                "model": self._name(),
                "prompt_embeds": encoded(rows),
                "max_tokens": max_tokens,
                "temperature": temperature,
            },
        )
        try:
            text = answer["choices"][0]["text"]  # type: ignore[index] # any JSON
        except _transport.MALFORMED:
            text = None
        if not isinstance(text, str):
            raise self._malformed("a completion")
        return text

    def tokens(self, prompt: str | Sequence[Message]) -> list[int]:
        """Return the token ids of a prompt, as the server cuts it.

        Raises:
            ModelRequestError: The server has no `/tokenize`, so it is no vLLM, or refuses.
            InvalidModelOutputError: What came back is no list of token ids.
            ModelUnavailableError: It is down or answered with a server error.
            ModelTimeoutError: It did not answer in time.
        """
        given = {"prompt": prompt} if isinstance(prompt, str) else {"messages": list(prompt)}
        root = self._base.removesuffix("/v1")
        answer = self._post(root, "/tokenize", {"model": self._name(), **given})
        found = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(found, list) or not all(type(id_) is int for id_ in found):
            raise self._malformed("a list of token ids")
        return found

    def _name(self) -> str:
        if self._model is None:
            served = _transport.served(self._base, api_key=self._api_key, timeout=self._timeout)
            self._model = served.model
        return self._model

    def _post(self, base: str, route: str, body: Mapping[str, object]) -> object:
        for attempt in _transport.retrying(self._max_retries, self._timeout):
            with attempt:
                return self._request(base, route, body)
        raise AssertionError("tenacity re-raises the last failure")

    def _request(self, base: str, route: str, body: Mapping[str, object]) -> object:
        with _transport.client(base, api_key=self._api_key, timeout=self._timeout) as api:
            try:
                return _transport.guarded(
                    lambda: api.post(route, cast_to=object, body=body),
                    at=_transport.shown(base),
                    timeout=self._timeout,
                )
            except ModelRequestError as error:
                raise self._refused(error) from error
            except ValueError as error:  # JSON that is none
                if isinstance(error, ModelError):
                    raise
                return None

    def _refused(self, error: ModelRequestError) -> ModelRequestError:
        """Return the error of a refusal in words that say what to do; the server is not quoted."""
        at, said = _transport.shown(self._base), str(error.__cause__)
        if FLAG in said:
            return ModelRequestError(
                f"{at} takes no embedded prompts. Nothing was changed. Start it with `{FLAG}`; "
                "`usermind model serve --prompt-embeds` does.",
                status=error.status,
            )
        if "hidden_size" in said:
            return ModelRequestError(
                f"{at} serves a model of another width than {self._words.hidden}, which the folder "
                "has. Nothing was changed. Give the folder of the model that is served.",
                status=error.status,
            )
        return error

    def _malformed(self, expected: str) -> InvalidModelOutputError:
        return InvalidModelOutputError(
            f"{_transport.shown(self._base)} answered with something else than {expected}. Nothing "
            "was changed. Check that it is a vLLM."
        )


def encoded(rows: Floats) -> str:
    """Return rows of a prompt as `prompt_embeds` of a request: base64 of what `torch.save` writes.

    Written here, byte by byte, so that a client needs no torch: an archive that holds the numbers
    and a pickle of fixed form that says how they are laid out. The server reads it with
    `weights_only=True`, which lets nothing else in.

    Args:
        rows: (tokens, hidden); the server casts float32 to what the model computes in.

    Raises:
        InvalidInputError: There are no rows, or one holds a number that is not finite.
    """
    given = np.ascontiguousarray(rows, "<f4")
    if given.ndim != 2 or not given.size or not np.isfinite(given).all():
        raise InvalidInputError(
            f"An array of shape {np.shape(rows)} cannot be sent as a prompt. Nothing was sent. "
            "Expected (tokens, hidden) finite numbers, at least one row."
        )
    out = io.BytesIO()
    parts = {
        "data.pkl": _layout(*given.shape),
        "byteorder": b"little",
        "data/0": given.tobytes(),
        "version": b"3\n",
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(f"rows/{name}"), data)  # dated 1980: same in, same out
    return base64.b64encode(out.getvalue()).decode("ascii")


def _layout(tokens: int, hidden: int) -> bytes:
    """Return the pickle of a contiguous float32 tensor whose numbers are in `data/0`.

    `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`, the storage named by
    its persistent id `("storage", FloatStorage, key, place, count)`.
    """
    return b"".join(
        [
            b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((",
            *(_text("storage"), b"ctorch\nFloatStorage\n", _text("0"), _text("cpu")),
            *(_number(tokens * hidden), b"tQ"),
            *(_number(0), _number(tokens), _number(hidden), b"\x86"),
            *(_number(hidden), _number(1), b"\x86"),
            b"\x89ccollections\nOrderedDict\n)RtR.",
        ]
    )


def _text(text: str) -> bytes:
    return b"X" + len(text).to_bytes(4, "little") + text.encode("ascii")


def _number(number: int) -> bytes:
    return b"J" + number.to_bytes(4, "little", signed=True)
