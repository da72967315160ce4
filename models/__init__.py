"""Who executes prompts and makes vectors: endpoints, local models, and the offline engine."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usermind.models.chat import ChatReasoner, connect
    from usermind.models.check import Capability, EndpointReport, check_endpoint
    from usermind.models.embeddings import (
        HttpEmbedder,
        LexicalEmbedder,
        LexicalFallbackWarning,
        SentenceEmbedder,
        open_embedder,
    )
    from usermind.models.injector import Injector
    from usermind.models.ledger import Ledger, LedgerEntry, LedgerTotal
    from usermind.models.minilm import MiniLM, find_minilm
    from usermind.models.offline import Offline
    from usermind.models.projection import Projection
    from usermind.models.reasoner import Reasoner, ReplyRequest
    from usermind.models.serve import ServeCommand, serve_command, vllm_python
    from usermind.models.token_embeddings import TokenEmbeddings

_HOME = {
    "Capability": "check",
    "ChatReasoner": "chat",
    "EndpointReport": "check",
    "HttpEmbedder": "embeddings",
    "Injector": "injector",
    "Ledger": "ledger",
    "LedgerEntry": "ledger",
    "LedgerTotal": "ledger",
    "LexicalEmbedder": "embeddings",
    "LexicalFallbackWarning": "embeddings",
    "MiniLM": "minilm",
    "Offline": "offline",
    "Projection": "projection",
    "Reasoner": "reasoner",
    "ReplyRequest": "reasoner",
    "SentenceEmbedder": "embeddings",
    "ServeCommand": "serve",
    "TokenEmbeddings": "token_embeddings",
    "check_endpoint": "check",
    "connect": "chat",
    "find_minilm": "minilm",
    "open_embedder": "embeddings",
    "serve_command": "serve",
    "vllm_python": "serve",
}

__all__ = [
    "Capability",
    "ChatReasoner",
    "EndpointReport",
    "HttpEmbedder",
    "Injector",
    "Ledger",
    "LedgerEntry",
    "LedgerTotal",
    "LexicalEmbedder",
    "LexicalFallbackWarning",
    "MiniLM",
    "Offline",
    "Projection",
    "Reasoner",
    "ReplyRequest",
    "SentenceEmbedder",
    "ServeCommand",
    "TokenEmbeddings",
    "check_endpoint",
    "connect",
    "find_minilm",
    "open_embedder",
    "serve_command",
    "vllm_python",
]


def __getattr__(name: str) -> object:
    # Loaded on first use: a chat client takes a second to import, numpy and tokenizers a tenth.
    if name in _HOME:
        return getattr(import_module(f"usermind.models.{_HOME[name]}"), name)
    raise AttributeError(f"module 'usermind.models' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
