"""LangGraph's checkpoints of a user's threads, in the user's own file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from usermind.errors import StoreDamagedError
from usermind.graphs import offering, pictures
from usermind.memory import Recollection, outbox
from usermind.memory.database import Database


class Serializer(JsonPlusSerializer):
    """Reads what it writes, and no other kind that a file may claim to hold, such as pickle."""

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return a value.

        Raises:
            StoreDamagedError: It is of a kind that this package never writes.
        """
        if data[0] not in ("msgpack", "null", "bytes"):
            raise StoreDamagedError(
                f"A checkpoint is stored as {data[0]!r}, which usermind never writes. Nothing was "
                "read. The file was altered, or written by another program: take a copy of it from "
                "before, or drop the rows of its tables `checkpoints` and `writes`."
            )
        return super().loads_typed(data)


_SERDE = Serializer(
    allowed_msgpack_modules=[
        (kind.__module__, kind.__qualname__)
        for kind in (Recollection, *pictures.STATE_TYPES, *offering.STATE_TYPES)
    ]
)
"""Reads back our own types and LangChain's messages, nothing else."""


SINCE = "__since"
"""Key of a run's configuration: what `UserMemory.last_change` was before it read anything. Two
underscores keep it out of what is saved of the configuration."""


class LatestSaver(SqliteSaver):
    """Keeps the latest checkpoint of each thread: the journal is the history.

    Of a run that says since when it has been reading (`SINCE`) nothing is kept once anything was
    forgotten since, for its state may hold that: neither for a moment, nor where it is killed.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._alone = RLock()
        """Held from the look at what was forgotten to the end of the transaction."""

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint and drop the thread's earlier ones."""
        place = {key: config["configurable"][key] for key in ("thread_id", "checkpoint_ns")}
        saved: RunnableConfig = {"configurable": {**place, "checkpoint_id": checkpoint["id"]}}
        with self._unless_forgotten(config) as kept:
            if not kept:
                return saved
            saved = super().put(config, checkpoint, metadata, new_versions)
        with self._alone, self.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(
                    f"DELETE FROM {table} "
                    "WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id < ?",
                    (place["thread_id"], place["checkpoint_ns"], checkpoint["id"]),
                )
        return saved

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Save what tasks wrote before a checkpoint has it."""
        with self._unless_forgotten(config) as kept:
            if kept:
                super().put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        """Drop all of a thread."""
        with self._alone:
            super().delete_thread(thread_id)

    @contextmanager
    def _unless_forgotten(self, config: RunnableConfig) -> Iterator[bool]:
        """Hold a transaction in which a run may still be saved; False: it may not."""
        since = config["configurable"].get(SINCE)
        with self._alone:
            if since is None:
                yield True
                return
            self.setup()
            # Taken at once, so that whoever forgets comes wholly before or wholly after.
            self.conn.execute("BEGIN IMMEDIATE")
            try:
                yield not outbox.lost_since(self.conn, since)
            finally:
                self.conn.rollback()  # what was saved is committed already


def saver_of(database: Database) -> LatestSaver:
    """Return the saver of a user's open file, the same one for as long as it stays open."""
    return database.checkpointer(lambda connection: LatestSaver(connection, serde=_SERDE))
