"""Every exception this package raises on purpose, grouped by who can act.

UsermindError
├── CallError: the developer; a call that cannot be carried out as written
│   ├── InvalidInputError (ValueError)
│   ├── UnknownUserError (KeyError)
│   ├── UnknownItemError (KeyError)
│   ├── NotInCatalogueError (KeyError)
│   ├── ConflictingObservationError (ValueError)
│   ├── PromptFieldError (TypeError)
│   ├── MissingExtraError (ImportError)
│   └── SettingsError (ValueError)
├── ModelError: the model; `retryable` says whether the same call may work later
│   ├── InvalidModelOutputError (ValueError)
│   ├── TruncatedOutputError (ValueError)
│   ├── ModelRequestError (ValueError)
│   │   └── PromptTooLongError
│   ├── ModelUnavailableError (ConnectionError)
│   ├── ModelTimeoutError (TimeoutError)
│   └── BudgetSpentError
├── PrivacyError: the privacy gate; nothing was stored or sent
│   └── PrivateTopicError (ValueError)
├── SourceError (OSError): the operator; a folder or file of the user's life that is read
└── StoreError: the operator; the folder of the store
    ├── StoreNotWritableError (OSError)
    ├── StoreBusyError (TimeoutError)
    ├── StoreVersionError
    ├── StoreDamagedError
    ├── NoRecommenderError (FileNotFoundError)
    └── EmbedderMismatchError

Messages say what was found, what was kept, and what to do. They never hold a user's text.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final


class UsermindError(Exception):
    """Base class: catch it to catch everything the package raises on purpose."""

    retryable: ClassVar[bool] = False
    """Whether the same call can succeed later without a change."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would print the repr


class CallError(UsermindError):
    """The call cannot be carried out as written."""


class InvalidInputError(CallError, ValueError):
    """An argument is outside what is accepted."""


class UnknownUserError(CallError, KeyError):
    """A user id that the store has never seen."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        super().__init__(
            f"No memory is stored for user {user_id!r}. Nothing was read or created. "
            "Check the spelling, or call `observe` for this user first."
        )


_LISTS: Final = {
    "proposition": "`usermind memory list` lists the claims",
    "observation": "`usermind memory list messages` lists the messages",
    "concept": "`usermind concept list` lists the concepts",
    "entity": "`usermind entities list` lists the entities",
    "event": "`usermind entities list` lists what was counted, and from which sources",
    "profile": "`usermind profile list` lists the profiles",
    "feedback": "`usermind feedback list` lists what was said of items",
    "exposure": "`usermind feedback shown` lists what was shown",
    "picture": "`usermind concept show KEY --json` lists the pictures of a concept",
    "image": "`usermind concept show KEY --json` lists the pictures of a concept",
}
"""Where to look up what an unknown id of each kind may have meant."""


class UnknownItemError(CallError, KeyError):
    """An id that this user's memory does not hold.

    Args:
        item_id: The id, key or name.
        kind: What it was taken for, like `"concept"`; or a part of one, like
            `"attribute of 'bo'"`, with the `repr` of the concept's key.
    """

    def __init__(self, item_id: str, *, kind: str) -> None:
        self.item_id = item_id
        noun, _, whole = kind.partition(" of ")
        more = " --json" if noun == "picture" else ""
        if whole:
            has, look = whole, f"`usermind concept show {whole}{more}` shows what it has"
        else:
            has, look = "This user", _LISTS.get(noun, "")
        told = f"{has} has no {noun} {item_id!r}. Nothing was changed."
        super().__init__(f"{told} {look}." if look else told)


class NotInCatalogueError(CallError, KeyError):
    """An id of an item that the catalogue, or a recommender fitted on it, does not hold.

    Args:
        item_id: The id, or the title that was given in its place.
        near: Ids and titles of what may be meant, the likeliest first.
    """

    def __init__(self, item_id: str, *, near: Sequence[tuple[str, str]] = ()) -> None:
        self.item_id, self.near = item_id, tuple(near)
        meant = " or ".join(f"{title}, id {id_}" for id_, title in near)
        super().__init__(
            f"There is no item {item_id!r} in the catalogue. Nothing was changed or compared. "
            + (f"Did you mean {meant}? " if near else "")
            + "`usermind catalogue search WORDS` finds ids."
        )


class ConflictingObservationError(CallError, ValueError):
    """An external id came back with other content."""

    def __init__(self, external_id: str, *, source: str, stored_id: str) -> None:
        self.external_id, self.source, self.stored_id = external_id, source, stored_id
        super().__init__(
            f"{external_id!r} from source {source!r} is already stored as {stored_id!r} with other "
            "content. The stored one was kept. Give the new text another id, or forget the old one."
        )


class PromptFieldError(CallError, TypeError):
    """A prompt file and its dataclass do not name the same fields."""


class MissingExtraError(CallError, ImportError):
    """An optional package is needed and not installed."""

    def __init__(self, what: str, *, install: str) -> None:
        self.install = install
        super().__init__(f"{what} is not installed. Install it with `{install}`.")


class SettingsError(CallError, ValueError):
    """A flag, an environment variable or the settings file holds a value that cannot be used."""


class ModelError(UsermindError):
    """The model, or the road to it, failed."""


class InvalidModelOutputError(ModelError, ValueError):
    """The model answered with something the schema refuses, twice, or never stopped answering."""

    retryable = True


class TruncatedOutputError(ModelError, ValueError):
    """The model's output ended before it was complete."""

    retryable = True


class ModelRequestError(ModelError, ValueError):
    """The endpoint refused the request: a wrong key, an unknown model, an option it lacks."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        self.status = status
        """The HTTP status, when there was one."""
        super().__init__(message)


class PromptTooLongError(ModelRequestError):
    """Prompt and answer together do not fit into the model's context."""


class ModelUnavailableError(ModelError, ConnectionError):
    """The endpoint could not be reached or answered with a server error."""

    retryable = True


class ModelTimeoutError(ModelError, TimeoutError):
    """The endpoint did not answer in time."""

    retryable = True


class BudgetSpentError(ModelError):
    """A user's daily budget has no room for a call, which was not made."""

    retryable = True

    def __init__(self, message: str, *, retry_at: datetime, never: bool) -> None:
        self.retry_at = retry_at
        """When the budget begins anew: midnight, UTC."""
        self.never = never
        """Whether the call is too large for the budget of any day."""
        super().__init__(message)


class PrivacyError(UsermindError):
    """The privacy gate could not judge a text, which was therefore neither stored nor sent."""

    @classmethod
    def of(cls, error: Exception, *, what: str) -> "PrivacyError":
        """Return the error for a part of the gate that broke; it names the cause by type alone."""
        return cls(
            f"{what} of the privacy gate broke ({type(error).__name__}), so that nobody knows what "
            "the text holds. It was neither stored nor sent to a model. Mend the detector, or the "
            'installation; as a last resort `privacy="off"` does without the gate.'
        )


class PrivateTopicError(PrivacyError, ValueError):
    """Words were to be kept that touch a topic the user made private, or that the policy bars."""

    def __init__(self) -> None:
        super().__init__(
            "The words touch a private topic of this user, or the privacy policy bars them from "
            "storage. Nothing was stored or changed. `usermind private list` shows the topics; "
            "remove the topic first if the words are to be kept."
        )


class SourceError(UsermindError, OSError):
    """A source of happenings cannot be read as a whole; see `usermind.agents.sources`."""

    retryable = True

    def __init__(self, name: str, *, found: str, do: str) -> None:
        self.name = name
        super().__init__(
            f"{name!r} cannot be read: {found}. Nothing was read, and what was read before stays. "
            f"{do}"
        )


class StoreError(UsermindError):
    """The folder of the store cannot be used as it is."""


class StoreNotWritableError(StoreError, OSError):
    """The folder is read-only, or its disk is full."""


class StoreBusyError(StoreError, TimeoutError):
    """Another process held the write lock for too long."""

    retryable = True


class StoreVersionError(StoreError):
    """A file was written by a newer usermind."""


class StoreDamagedError(StoreError):
    """A file is not what the registry says it is."""


class NoRecommenderError(StoreError, FileNotFoundError):
    """A folder holds no fitted recommender."""


class EmbedderMismatchError(StoreError):
    """A store holds vectors of another embedding model."""
