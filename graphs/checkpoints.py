"""LangGraph's checkpoints of a user's threads, in the user's own file."""

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from usermind.graphs import offering, pictures
from usermind.memory import Recollection
from usermind.memory.database import Database

_SERDE = JsonPlusSerializer(
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
