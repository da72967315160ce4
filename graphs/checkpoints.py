"""LangGraph's checkpoints of a user's threads, in the user's own file."""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from usermind.errors import StoreDamagedError
from usermind.graphs import offering, pictures
from usermind.memory import Recollection
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


class LatestSaver(SqliteSaver):
    """Keeps the latest checkpoint of each thread: the journal is the history."""

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint and drop the thread's earlier ones."""
        saved = super().put(config, checkpoint, metadata, new_versions)
        place = saved["configurable"]
        with self.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(
                    f"DELETE FROM {table} "
                    "WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id < ?",
                    (place["thread_id"], place["checkpoint_ns"], place["checkpoint_id"]),
                )
        return saved


def saver_of(database: Database) -> LatestSaver:
    """Return the saver of a user's open file, the same one for as long as it stays open."""
    return database.checkpointer(lambda connection: LatestSaver(connection, serde=_SERDE))
