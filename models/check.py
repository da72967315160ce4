"""What an endpoint can really do: one small request per capability, nothing assumed."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from usermind.errors import ModelError
from usermind.models import _transport

if TYPE_CHECKING:
    import openai

Row = tuple[str, str, str, str]

PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgG"
    "AWjR9awAAAABJRU5ErkJggg=="
)
SCHEMA: Final = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
TOOL: Final = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a word up.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string", "maxLength": 8}},
            "required": ["word"],
        },
    },
}
WITHOUT: Final = {
    "models": "nothing works; the offline engine needs no endpoint",
    "json_schema": "the schema is put into the prompt; answers are checked and repaired once",
    "tools": "replies use what recall found; the model cannot call tools",
    "streaming": "replies arrive in one piece",
    "embeddings": "memory needs another embedder: MiniLM on this machine, or a second endpoint",
    "images": "messages stay text",
    "prompt_embeds": "prompts stay text",
    "context_length": "a prompt that is too long is found out when it is sent",
    "prefix_cache": "hits of the prefix cache cannot be shown",
}
"""Capabilities in the order of the report, with what the framework does when one is missing."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What one request found out."""

    name: str
    works: bool
    detail: str
    without: str
    """What the framework does if it does not work."""


@dataclass(frozen=True, slots=True)
class EndpointReport:
    """What an endpoint can do."""

    url: str
    model: str | None
    """Name that the requests used; None when the endpoint told of none."""
    context_length: int | None
    """Tokens of prompt and answer together; None when the endpoint does not tell."""
    capabilities: tuple[Capability, ...]

    def works(self, name: str) -> bool:
        """Say whether a capability works; raises KeyError for a name not in `WITHOUT`."""
        return {c.name: c.works for c in self.capabilities}[name]

    @property
    def rows(self) -> list[Row]:
        """Name, yes or no, detail, and what happens without it, for a table."""
        return [
            (c.name, "yes" if c.works else "no", c.detail, "" if c.works else c.without)
            for c in self.capabilities
        ]


LONGEST = 180
"""Characters of what a server says that a report shows."""

Found = tuple[bool, str]


def check_endpoint(
    url: str, model: str | None = None, *, api_key: str | None = None, timeout: float = 20.0
) -> EndpointReport:
    """Return what the endpoint can do, found out by at most nine small requests.

    An endpoint that is down is a finding, not an error.

    Args:
        url: With or without `/v1`.
        model: Name of the served model; None takes the first it lists.
        api_key: Sent as bearer token.
        timeout: Seconds for each request.

    Raises:
        InvalidInputError: `url` is not an http or https URL.
    """
    base = _transport.api_base(url)
    try:
        served = _transport.served(base, api_key=api_key, timeout=timeout)
    except ModelError as error:
        return _unreached(_transport.shown(base), str(error))
    name = model or served.model
    with _transport.client(base, api_key=api_key, timeout=timeout) as api:
        probe = _Probe(api, name, base)
        found: dict[str, Found] = {"models": (True, f"serves {served.model!r}")}
        for capability, ask in probe.all().items():
            found[capability] = _tried(ask)
        tells = f"{served.context} tokens" if served.context else "not told"
        found = {key: (works, _veiled(text, base, api_key)) for key, (works, text) in found.items()}
        found["context_length"] = (served.context is not None, tells)
    return EndpointReport(
        _transport.shown(base),
        name,
        served.context,
        tuple(Capability(key, *found[key], without) for key, without in WITHOUT.items()),
    )


def _veiled(text: str, base: str, api_key: str | None) -> str:
    """Return the server's words without what it was given to open it, which some repeat."""
    parts = urlsplit(base)
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    login = b64encode(f"{name}:{password}".encode()).decode() if name else ""
    for secret in filter(None, (api_key, password, login)):
        text = text.replace(secret, "…")
    return text[:LONGEST]


def _unreached(url: str, why: str) -> EndpointReport:
    rest = "not tried: there is no model to ask"
    return EndpointReport(
        url,
        None,
        None,
        tuple(
            Capability(key, False, why if key == "models" else rest, without)
            for key, without in WITHOUT.items()
        ),
    )


def _tried(ask: Callable[[], Found]) -> Found:
    try:
        return ask()
    except _transport.failures() as error:
        return False, _said(error)
    except _transport.MALFORMED as error:
        if own := _transport.ours(error):
            return False, str(own)
        return False, "the answer is not of the form the API prescribes"


def _said(error: Exception) -> str:
    """Return the server's own words: no user's text was sent, so none can be in them."""
    if own := _transport.ours(error):
        return str(own)
    status = getattr(error, "status_code", None)
    if status == 404:
        return "HTTP 404: the endpoint has no such route, or no such model"
    kind = _transport.classify(error)
    if status is None:
        return {"timeout": "no answer in time", "lost": "the connection was lost"}.get(kind, kind)
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return f"HTTP {status}: {message or 'no reason given'}"


@dataclass(frozen=True, slots=True)
class _Probe:
    api: "openai.OpenAI"
    model: str
    base: str

    def all(self) -> dict[str, Callable[[], Found]]:
        return {
            "json_schema": self.json_schema,
            "tools": self.tools,
            "streaming": self.streaming,
            "embeddings": self.embeddings,
            "images": self.images,
            "prompt_embeds": self.prompt_embeds,
            "prefix_cache": self.prefix_cache,
        }

    def _chat(self, content: object = "Say ok.", **options: Any) -> Any:
        return self.api.chat.completions.create(
            **{
                "model": self.model,
                "messages": [{"role": "user", "content": content}],
                "max_tokens": 16,
                **options,
            }
        )

    def json_schema(self) -> Found:
        answer = self._chat(
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "Check", "strict": True, "schema": SCHEMA},
            }
        )
        text = answer.choices[0].message.content or ""
        if re.fullmatch(r'\s*\{\s*"ok"\s*:\s*(true|false)\s*\}\s*', text):
            return True, "the answer followed the schema"
        return False, "the endpoint took the schema, and the answer did not follow it"

    def tools(self) -> Found:
        answer = self._chat(tools=[TOOL], tool_choice="auto")
        called = bool(answer.choices[0].message.tool_calls)
        return True, "accepted" + (", and the model called one" if called else "")

    def streaming(self) -> Found:
        pieces, reason = 0, None
        with self._chat(stream=True, max_tokens=8) as stream:
            for chunk in stream:
                pieces += 1
                reason = reason or (chunk.choices and chunk.choices[0].finish_reason) or None
        return reason is not None, f"{pieces} chunks, ended by {reason or 'nothing'}"

    def embeddings(self) -> Found:
        vector = self.api.embeddings.create(model=self.model, input=["ok"]).data[0].embedding
        return True, f"{len(vector)} dimensions"

    def images(self) -> Found:
        picture = {"type": "image_url", "image_url": {"url": PIXEL}}
        self._chat([{"type": "text", "text": "What is this?"}, picture])
        return True, "a picture of one pixel was accepted"

    def prompt_embeds(self) -> Found:
        """Send something that is no tensor: only a server that takes tensors tries to read it.

        A real tensor would need the model's width, which no route tells, and a wrong one can
        take the engine down.
        """
        import openai

        try:
            self.api.completions.create(
                model=self.model, prompt="", max_tokens=1, extra_body={"prompt_embeds": "AAAA"}
            )
        except openai.BadRequestError as error:
            reads = "deserialized" in str(error)
            return reads, "tensors are read" if reads else _said(error)
        return False, "the endpoint ignores the field"

    def prefix_cache(self) -> Found:
        parts = urlsplit(_transport.shown(self.base))
        place = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/v1')}/metrics"
        text = self.api.get(place, cast_to=str)
        names = set(re.findall(r"^vllm:prefix_cache_(queries|hits)_total", text, re.MULTILINE))
        if names != {"queries", "hits"}:
            return False, "/metrics has no prefix cache counters"
        on = re.search(r'enable_prefix_caching="(True|False)"', text)
        if on and on[1] == "False":
            return False, "prefix caching is switched off"
        return True, "counted on /metrics"
