"""The store as an application opens it: the memory, with an embedder and a reasoner."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from usermind.memory import Budget, ReflectionReport, Store, UserMemory
from usermind.memory.links import Linker
from usermind.memory.privacy.policy import Policy, PolicyName
from usermind.memory.sight import Detector, Eyes, Thresholds
from usermind.memory.spend import Budgets
from usermind.memory.store import utc_now
from usermind.types import Clock, Embedder, ImageEncoder

if TYPE_CHECKING:
    from usermind.models.reasoner import Reasoner


class MemoryStore(Store):
    """The memories of many users in one folder.

    Args:
        path: The folder; made when it is missing.
        embedder: Any LangChain `Embeddings`, a function that makes one when it is first needed,
            or what `usermind.models.open_embedder` takes: a URL, a folder, a name. None: MiniLM
            where its weights are installed, else a lexical stand-in, with a warning that says
            how to get them.
        reasoner: Who reflects when `reflect()` is called; None: the offline engine.
        clock: Returns the present.
        open_files: How many users' files stay open at once.
        budget: What the models may cost for each user on one day, or a function that says it by
            user id; None: as much as it takes. See `Assistant` for what happens when it is spent.
        image_encoder: Makes vectors of pictures, or a function that makes it when it is first
            needed (see `usermind.models.images`); None: a perceptual hash, which knows the same
            picture again and needs `pip install 'usermind[images]'`.
        detector: Finds the things in a picture that are compared; None: a grid does.
        thresholds: From which cosine on the encoder's vectors are the same thing, and from which
            on that is asked; None: those of the perceptual hash, a strict guess for others.
        privacy: What may be stored and shown to models: `"standard"`, `"strict"`, a
            `usermind.memory.privacy.policy.Policy` of your own, or `"off"`, with a warning.
        linker: Says which public entity a name means, such as a `usermind.tools.KnowledgeBase`;
            None: names count as they are written.

    Raises:
        InvalidInputError: There is no privacy policy of that name.
        StoreNotWritableError: The folder cannot be made or written.
        StoreVersionError: The folder was written by a newer usermind.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        embedder: Embedder | Callable[[], Embedder] | str | None = None,
        reasoner: Reasoner | None = None,
        clock: Clock = utc_now,
        open_files: int = 128,
        budget: Budget | Budgets | None = None,
        privacy: Policy | PolicyName = "standard",
        image_encoder: ImageEncoder | Callable[[], ImageEncoder] | None = None,
        detector: Detector | None = None,
        thresholds: Thresholds | None = None,
        linker: Linker | None = None,
    ) -> None:
        super().__init__(
            path,
            embedder=lambda: _embedder(embedder),
            reflector=lambda memory: _reflect(memory, reasoner or self._offline),
            clock=clock,
            open_files=open_files,
            budget=budget,
            privacy=privacy,
            eyes=lambda: Eyes(_image_encoder(image_encoder), detector, thresholds),
            linker=linker,
        )

    @cached_property
    def _offline(self) -> Reasoner:
        from usermind.models.offline import Offline

        return Offline(self.embedder)


def _embedder(given: Embedder | Callable[[], Embedder] | str | None) -> Embedder:
    if given is None or isinstance(given, str):
        from usermind.models.embeddings import open_embedder

        return open_embedder(given)
    return given if isinstance(given, Embedder) else given()


def _image_encoder(given: ImageEncoder | Callable[[], ImageEncoder] | None) -> ImageEncoder:
    if given is None:
        from usermind.models.images import PerceptualHash

        return PerceptualHash()
    return given if isinstance(given, ImageEncoder) else given()


def _reflect(memory: UserMemory, reasoner: Reasoner) -> ReflectionReport:
    from usermind.graphs.reflection import WAIT, reflect

    return reflect(memory, reasoner, wait=WAIT)
