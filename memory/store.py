"""The store: a folder of users, opened once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from usermind.memory.forgetting import count_checkpoints
from usermind.memory.leases import Leases
from usermind.memory.links import Linker
from usermind.memory.pool import Pool
from usermind.memory.privacy.embedding import ForEmbedder
from usermind.memory.privacy.gate import Gate
from usermind.memory.privacy.policy import Policy, PolicyName
from usermind.memory.receipt import TABLES, DeletionReceipt
from usermind.memory.registry import Registry, checked_user_id
from usermind.memory.residue import Scan
from usermind.memory.sight import Eyes
from usermind.memory.spend import Budget, Budgets
from usermind.memory.user import UserMemory
from usermind.memory.vectors import Vectors
from usermind.types import Clock, Embedder, UserId


@dataclass(frozen=True, slots=True)
class ReflectionReport:
    """What one reflection did."""

    processed: int = 0
    """Observations that were dealt with."""
    changed: int = 0
    """Propositions added or changed."""
    rejected: int = 0
    """Operations that validation threw away."""
    failed: int = 0
    """Observations whose attempt failed; they stay due."""
    conflicts: int = 0
    """Batches that were left for another time because what they rest on had changed."""
    familiar: int = 0
    """Observations that said nothing new, so that the reasoner was not asked."""
    calls: int = 0
    """Calls of the reasoner."""
    pending: int = 0
    """Observations that are still in the queue, dead letters included."""
    withheld: int = 0
    """Observations of which the model was shown nothing, for privacy; nothing is learnt of them."""
    unread: int = 0
    """Characters at the ends of observations too long to be shown whole."""
    errors: tuple[str, ...] = ()
    """Why attempts failed."""
    outages: int = 0
    """Batches that failed because the model could not be reached, or not in time."""
    postponed: int = 0
    """Observations that were put off to tomorrow because today's budget is spent."""

    def __add__(self, other: "ReflectionReport") -> "ReflectionReport":
        """Return both reports as one; what is pending is as the later one found it."""
        counts = ("processed", "changed", "rejected", "failed", "conflicts", "familiar", "calls",
                  "unread", "outages", "postponed", "withheld")  # fmt: skip
        return ReflectionReport(
            **{name: getattr(self, name) + getattr(other, name) for name in counts},
            pending=other.pending,
            errors=(*self.errors, *other.errors),
        )


def utc_now() -> datetime:
    """Return the present in UTC."""
    return datetime.now(UTC)


class Store:
    """The users in one folder. Thread-safe; several processes may use one folder at once."""

    def __init__(
        self,
        path: str | Path,
        *,
        embedder: Callable[[], Embedder],
        reflector: Callable[[UserMemory], ReflectionReport],
        clock: Clock = utc_now,
        open_files: int = 128,
        budget: Budget | Budgets | None = None,
        privacy: Policy | PolicyName = "standard",
        eyes: Callable[[], Eyes],
        linker: Linker | None = None,
    ) -> None:
        self.linker = linker
        self.gate = Gate(privacy)
        self.path = Path(path).expanduser()
        self.clock = clock
        self.registry = Registry(self.path)
        self.vectors = Vectors(embedder, outlet=ForEmbedder(self.gate, clock))
        self.pool = Pool(self.path / "users", size=open_files)
        self.leases = Leases()
        self._reflector = reflector
        self._make_eyes = eyes
        self._eyes: Eyes | None = None
        self._budget = budget or Budget()

    def embedder(self) -> Embedder:
        """Return what makes this store's vectors; made when it is first asked for."""
        return self.vectors.embedder

    def eyes(self) -> Eyes:
        """Return what pictures are looked at with; made when it is first asked for.

        Raises:
            MissingExtraError: What it needs is not installed.
        """
        if self._eyes is None:
            self._eyes = self._make_eyes()
        return self._eyes

    def user(self, user_id: str) -> UserMemory:
        """Return one user's memory; nothing is read or created yet.

        Raises:
            InvalidInputError: The id is not a string of 1 to 512 characters.
        """
        return UserMemory(self, UserId(checked_user_id(user_id)))

    def users(self) -> list[UserId]:
        """Return the ids of all users with a memory, sorted."""
        return [UserId(user) for user in self.registry.users()]

    def due(self) -> list[UserId]:
        """Return the users that may have observations to reflect on, now or later, sorted.

        Who has dead letters only is not among them; see `stuck`.
        """
        return [UserId(user) for user in self.registry.due()]

    def stuck(self) -> list[UserId]:
        """Return the users of whom only dead letters are left, sorted."""
        return [UserId(user) for user in self.registry.stuck()]

    def budget_of(self, user_id: UserId) -> Budget:
        """Return what the models may cost for a user on one day."""
        return self._budget if isinstance(self._budget, Budget) else self._budget(user_id)

    def reflect(self, memory: UserMemory) -> ReflectionReport:
        """Reflect for one user with the store's reasoner."""
        return self._reflector(memory)

    def reembed(self) -> int:
        """Compute all vectors anew with this store's embedder; return how many rows.

        Readers find vectors of the old model or of the new one, never both: a user's old ones
        go in one transaction, and each file says which model it holds.
        """
        count = 0
        for user_id in self.users():
            memory = self.user(user_id)
            with memory.open() as file:
                self.vectors.discard(file.database)
            count += memory.embed()
        return count

    def erase(self, user_id: UserId) -> DeletionReceipt:
        """Delete a user's file and their entry in the registry, and look for what is left.

        That the files are gone, and that no page of the registry names the user, is looked at;
        what the disk still holds of deleted files is not in the reach of a program.
        """
        with self.pool.use(user_id) as file:
            with file.database.read() as connection:
                ids = {
                    table: tuple(
                        f"{letter}{row[0]}"
                        for row in connection.execute(f"SELECT id FROM {table} ORDER BY id")
                    )
                    for letter, table in TABLES.items()
                }
                pictures = connection.execute("SELECT COUNT(*) FROM image").fetchone()[0]
                vectors = connection.execute("SELECT COUNT(*) FROM vector").fetchone()[0]
                checkpoints = count_checkpoints(connection)
            removed = file.database.delete()
            file.index.clear()
        self.pool.drop(user_id)
        emptied = self.registry.remove(user_id)
        if self.pool.exists(user_id):
            self.registry.add(user_id)  # somebody observed in between: a new file, a new memory
            left = Scan(0, 0, 0)
        else:
            left = self.registry.traces(user_id)
            still = self.pool.files(user_id)
            residue = left.residue + len(still) + (not emptied)
            left = Scan(left.scanned, residue, left.searched + len(removed))
        return DeletionReceipt(
            user_id=user_id,
            at=self.clock(),
            observations=ids["observation"],
            propositions=ids["proposition"],
            vectors=vectors,
            checkpoints=checkpoints,
            concepts=ids["concept"],
            entities=ids["entity"],
            profiles=ids["profile"],
            feedback=ids["feedback"],
            exposures=ids["exposure"],
            pictures=pictures,
            files=tuple(removed),
            scanned=left.scanned,
            residue=left.residue,
            searched=left.searched,
        )

    def close(self) -> None:
        """Give back what is being reflected on and close all files; safe to call twice."""
        self.leases.close()
        self.pool.close()
        self.registry.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
