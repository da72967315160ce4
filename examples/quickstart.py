"""The README's first example: no key, no GPU, no network."""

from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from usermind import Assistant, MemoryStore

with TemporaryDirectory() as folder, MemoryStore(folder) as store:
    ana = store.user("ana")
    ana.observe("I moved to Oslo, I work as a vet.", at=datetime(2026, 5, 4, 9, tzinfo=UTC))
    ana.observe("Ana loves karaoke!", author="Tobias", source="email")
    ana.reflect()
    for claim in ana.propositions.list():
        print(f"{claim.confidence:.2f}  {claim.text}")
    with Assistant(store=store) as assistant:
        reply = assistant.turn("ana", "Where do I live?")
    print(reply.text, [hit.id for hit in reply.used])
