"""The road to an OpenAI-compatible endpoint: its address, what fails on it, when to try again."""

import email.utils
import ipaddress
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    ModelError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    PromptTooLongError,
)
from usermind.types import ModelPlace

if TYPE_CHECKING:
    import openai


Result = TypeVar("Result")

_NEAR = tuple(
    map(
        ipaddress.ip_network,
        (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
"""Loopback, private and link-local networks."""

NO_KEY = "none"
"""Sent when no key is given. The client would else send OPENAI_API_KEY to whoever runs the URL."""
TOO_LONG = ("maximum context length", "max_model_len", "context_length_exceeded", "context window")
BUSY = frozenset({408, 409, 425, 429})
"""Statuses below 500 that pass by themselves."""

LONGEST = 32 << 20
"""Bytes of one answer that are read: 64 vectors of 8192 numbers written out, or a reply as long as
the longest contexts, with all that stands around its words."""

MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What openai and langchain-openai raise over an answer that is not of the API's form."""


@dataclass(frozen=True, slots=True)
class Served:
    """One model that an endpoint serves."""

    model: str
    context: int | None
    """Tokens of prompt and answer together, when the endpoint tells (vLLM does)."""


def api_base(url: str) -> str:
    """Return the address of the API; `/v1` is added when the URL names a host alone.

    Raises:
        InvalidInputError: It is not an http or https URL.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        usable = False
    if not usable:
        raise InvalidInputError(
            f"{veiled(url)!r} is not an endpoint. Expected a URL like 'http://localhost:8000/v1'."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def shown(base: str) -> str:
    """Return an address without the name and password that messages and logs must not hold."""
    parts = urlsplit(base)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def veiled(url: str) -> str:
    """Return a URL, or what was meant as one, without what in it may be a password or a key.

    >>> veiled("https://me:secret@example.org/v1?key=secret#tiny")
    'https://…@example.org/v1?…#tiny'
    """
    return re.sub(r"\?[^#]*", "?…", re.sub(r"^(\w+:/*)?.*@", r"\1…@", url), count=1)


def recipient_at(url: str) -> ModelPlace:
    """Return who reads what is sent to an address: told by its host, which is not looked up.

    Near are this machine, private and link-local addresses, names without a dot (of a container
    or a machine of the network) and those that end in `.localhost`, `.local`, `.internal` or
    `.home.arpa`. Everything else is remote.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return "remote model"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        near = host.endswith((".localhost", ".local", ".internal", ".home.arpa"))
        # A number or a hexadecimal one is an address in disguise.
        bare = re.fullmatch(r"[a-z][a-z0-9_-]*", host) is not None
        return "local model" if near or bare else "remote model"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return "local model" if any(address in net for net in _NEAR) else "remote model"


def client(base: str, *, api_key: str | None, timeout: float) -> "openai.OpenAI":
    """Return a client that never retries by itself; `timeout` in seconds."""
    import openai

    return openai.OpenAI(
        base_url=shown(base),
        api_key=api_key or NO_KEY,
        timeout=timeout,
        max_retries=0,
        http_client=road(base, timeout=timeout),
    )


def road(base: str, *, timeout: float) -> "openai.DefaultHttpxClient":
    """Return what carries requests to an address, with the name and password that stand in it.

    It goes nowhere else: whoever answers at the address would else choose who reads the user's
    words, past the privacy gate, which was told of the address alone. And it takes no more of one
    answer than `LONGEST` bytes, unpacked ones: a small packed answer may become any size.
    """
    import openai

    parts = urlsplit(base)
    login = None
    if parts.username is not None:
        login = (unquote(parts.username), unquote(parts.password or ""))
    return openai.DefaultHttpxClient(
        timeout=timeout,
        follow_redirects=False,
        auth=login,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [partial(_limit, at=shown(base))]},
    )


def _limit(response: Any, *, at: str) -> None:
    """Let a response end where it is too long. Called before anything of its body is read."""
    packed = response.headers.get("content-encoding", "identity")
    if packed.strip().lower() not in ("", "identity"):
        raise InvalidModelOutputError(
            f"{at} packs its answers, though it was asked not to. Nothing was read, for a packed "
            "answer may become any size. Switch compression off at the server, or at the proxy "
            "before it."
        )
    # openai brings one HTTP library or another; each wants streams of its own kind.
    library = sys.modules[type(response).__module__.partition(".")[0]]
    behind = response.stream

    class Limited(library.SyncByteStream):  # type: ignore[name-defined,misc]  # found at run time
        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for part in behind:
                size += len(part)
                if size > LONGEST:
                    raise endless(at)
                yield part

        def close(self) -> None:
            behind.close()

    response.stream = Limited()


def endless(at: str) -> InvalidModelOutputError:
    """Return the error for an answer that has no end, or none in sight."""
    return InvalidModelOutputError(
        f"{at} did not stop answering: what came is longer than any answer may be "
        f"({LONGEST >> 20} MiB). The rest was not read, and nothing of it was kept. Check what "
        "runs at the address, and whether the model ends its answers."
    )


def ours(error: BaseException | None) -> ModelError | None:
    """Return the error of this package that a client's wraps, if it does."""
    while error is not None and not isinstance(error, ModelError):
        error = error.__cause__
    return error


def served(base: str, *, api_key: str | None, timeout: float) -> Served:
    """Return the first model the endpoint lists.

    Raises:
        ModelUnavailableError: It cannot be reached or lists none.
        ModelTimeoutError: It did not answer within `timeout` seconds.
        ModelRequestError: It refuses the key, or has no such list.
    """
    at = shown(base)
    try:
        with client(base, api_key=api_key, timeout=timeout) as api:
            models = guarded(lambda: api.models.list().data, at=at, timeout=timeout)
        if not models:
            raise ModelUnavailableError(f"{at} serves no model. Start it with one.")
        if not models[0].id:  # openai checks no types: a server may leave it out
            raise ValueError("a model without a name")
        context = (models[0].model_extra or {}).get("max_model_len")
        return Served(models[0].id, context if isinstance(context, int) else None)
    except ModelRequestError as error:
        raise _no_list(error, at) from error
    except ModelError:  # some of them are ValueErrors too
        raise
    except MALFORMED as error:
        raise ModelUnavailableError(
            f"{at} answered, but not with a list of models: it is another kind of page. "
            "Check the URL; it usually ends in `/v1`."
        ) from error


def _no_list(error: ModelRequestError, at: str) -> ModelRequestError:
    """Return why an endpoint tells no list of models, where the status says it."""
    if error.status in (401, 403):
        told = (
            f"{at} refused the key, or asks for one (HTTP {error.status}). No model was asked. "
            "Give the right one: `api_key`, or USERMIND_API_KEY."
        )
    elif error.status in (404, 405):
        told = (
            f"{at} has no list of models (HTTP {error.status}): no OpenAI-compatible API answers "
            "there. Check the URL; it usually ends in `/v1`."
        )
    else:
        return error
    return ModelRequestError(told, status=error.status)


def failures() -> tuple[type[Exception], ...]:
    """Return what a client may raise when the endpoint or the road to it fails."""
    found: list[type[Exception]] = [TimeoutError, ConnectionError]
    # Looked up, not imported: a client that was never imported cannot have raised anything.
    for module, name in (
        ("openai", "APIError"),
        ("httpx", "HTTPError"),
        ("httpx2", "HTTPError"),
        ("langchain_core.exceptions", "ModelError"),
    ):
        if kind := getattr(sys.modules.get(module), name, None):
            found.append(kind)
    return tuple(found)


Failure = Literal["timeout", "refused", "moved", "too long", "lost", "server"]


def classify(error: Exception) -> Failure:
    """Return what kind of failure an exception of a client stands for."""
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status_code", None)
    if names & {"APITimeoutError", "TimeoutException", "TimeoutError", "ModelTimeoutError"}:
        return "timeout"
    if "ContextOverflowError" in names or any(words in str(error) for words in TOO_LONG):
        return "too long"
    if isinstance(status, int) and 300 <= status < 400:
        return "moved"
    if isinstance(status, int):
        return "refused" if 400 <= status < 500 and status not in BUSY else "server"
    if names & {
        "ModelAuthenticationError",
        "ModelPermissionDeniedError",
        "ModelInvalidRequestError",
        "ModelNotFoundError",
    }:
        return "refused"
    lost = {"APIConnectionError", "TransportError", "ConnectionError", "ModelConnectionError"}
    return "lost" if names & lost else "server"


def explained(error: Exception, *, at: str, timeout: float | None) -> ModelError:
    """Return our exception for a client's; it never quotes the server, which may quote the user."""
    if (own := ours(error)) is not None:
        return own
    status = getattr(error, "status_code", None)
    match classify(error):
        case "timeout":
            limit = f" within {timeout:g} s" if timeout else " in time"
            return ModelTimeoutError(
                f"{at} did not answer{limit}. Nothing was changed. "
                "Raise `timeout`, or give the server less to do at once."
            )
        case "too long":
            return PromptTooLongError(
                f"The prompt and its answer do not fit into the context of {at}. "
                "Send less at once, or start the server with a larger `--max-model-len`.",
                status=status,
            )
        case "refused":
            return ModelRequestError(
                f"{at} refused the request (HTTP {status or 'status not told'}). "
                "Check model name, key and server flags with `usermind model check`.",
                status=status,
            )
        case "moved":
            return ModelRequestError(
                f"{at} sends requests on to another address (HTTP {status}). Nothing was sent "
                "there. Look where it points, and set that address if it is the right one.",
                status=status,
            )
        case "lost":
            return ModelUnavailableError(
                f"{at} cannot be reached, or dropped the connection. "
                "Check that the server runs; the same call can be made again."
            )
        case "server":
            return ModelUnavailableError(
                f"{at} answered with an error (HTTP {status or 'status not told'}). "
                "Look into the server's log; the same call can be made again."
            )


def guarded(call: Callable[[], Result], *, at: str, timeout: float | None) -> Result:
    """Return what `call` returns; what a client raises comes out as a `ModelError`."""
    try:
        return call()
    except ModelError:  # already ours; some of them are ConnectionErrors too
        raise
    except failures() as error:
        raise explained(error, at=at, timeout=timeout) from error


_backoff = wait_random_exponential(multiplier=0.5, max=8.0)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    told = _retry_after(error.__cause__) if error else None
    return _backoff(state) if told is None else told


def _retry_after(error: BaseException | None) -> float | None:
    """Return the seconds that the server asked for, if it did."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    value = headers.get("retry-after")
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        date = email.utils.parsedate_tz(value)
        return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None


def retrying(max_retries: int, budget: float | None) -> Retrying:
    """Return the policy: only what may pass by itself, and never past `budget` seconds.

    Timeouts are not repeated: a server that is too slow gets slower by asking twice.
    """
    stop = stop_after_attempt(max_retries + 1)
    return Retrying(
        retry=retry_if_exception_type(ModelUnavailableError),
        stop=stop if budget is None else stop | stop_before_delay(budget),
        wait=_wait,
        reraise=True,
    )
