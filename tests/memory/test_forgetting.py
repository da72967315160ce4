"""Forgotten means gone: from every answer, from every byte, and for good."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from usermind import Concept, Draft, MemoryStore, UserMemory
from usermind.errors import StoreBusyError, UnknownItemError, UnknownUserError
from usermind.graphs import reflect
from usermind.memory import Attribute
from usermind.prompts import Citation, Operation, Operations
from usermind.prompts.reflect import Op
from usermind.testing import ScriptedReasoner, StoppedClock
from usermind.types import ObservationId

OpenStore = Callable[..., MemoryStore]
CANARY = "Zwiebelfischquark"
"""A word that stands nowhere else. The index folds and stems it: its start is what to look for."""
TRACE = b"zwiebelfischq"


def traces(folder: Path) -> list[str]:
    """Return the files that hold the canary in any case, as UTF-8 or as UTF-16."""
    wide = TRACE.decode().encode("utf-16-le")
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        path.name for path in files if TRACE in (data := path.read_bytes().lower()) or wide in data
    ]


def learnt(memory: UserMemory, statement: str, *observations: tuple[str, str]) -> str:
    """Reflect a claim from (observation, quote) pairs; return its id."""
    memory.observe_many([Draft(text=text, session=text) for text, _ in observations])
    evidence = [
        Citation(observation=number, quote=quote)
        for number, (_, quote) in enumerate(observations, 1)
    ]
    operation = Operation(
        op="add",
        target=None,
        statement=statement,
        evidence=evidence,
        confidence=0.9,
        durability="year",
        slot=None,
    )
    reflect(memory, ScriptedReasoner([Operations(operations=[operation])]))
    return next(p.id for p in memory.propositions.list() if p.text == statement)


def ids(memory: UserMemory) -> list[str]:
    return sorted(str(item.id) for item in memory.observations())


def test_a_claim_goes_with_the_observations_it_rests_on(
    ana: UserMemory, clock: StoppedClock
) -> None:
    tea = learnt(ana, "Ana likes tea.", ("I like tea.", "tea"), ("Tea for me.", "Tea"))
    ana.observe("I have a cat.")
    ana.recall("tea")
    receipt = ana.propositions.forget(tea)

    assert receipt.propositions == (tea,)
    assert receipt.observations == ("o1", "o2")
    assert receipt.vectors == 3
    assert (receipt.user_id, receipt.at, receipt.files) == ("ana", clock.now, ())
    assert ids(ana) == ["o3"]
    assert ana.propositions.list(status=None) == []
    assert [hit.id for hit in ana.recall("tea")] == ["o3"]
    with pytest.raises(UnknownItemError):
        ana.propositions.get(tea)


def test_an_observation_takes_what_rests_on_nothing_else(ana: UserMemory) -> None:
    tea = learnt(ana, "Ana likes tea.", ("I like tea.", "tea"))
    receipt = ana.forget(observations=["o1"])
    assert (receipt.observations, receipt.propositions) == (("o1",), (tea,))


def test_what_rests_on_other_evidence_too_is_believed_less(ana: UserMemory) -> None:
    tea = learnt(ana, "Ana likes tea.", ("I like tea.", "tea"), ("Tea for me.", "Tea"))
    before = ana.propositions.get(tea)
    receipt = ana.forget(observations=["o1"])

    after = ana.propositions.get(tea)
    assert receipt.propositions == ()
    assert after.status == "active"
    assert after.confidence < before.confidence
    assert [e.quote for e in ana.propositions.explain(tea).evidence] == ["Tea"]
    assert ana.propositions.history(tea)[-1].cause == "forget"


def test_forgetting_one_claim_takes_another_of_the_same_observation_alone(
    ana: UserMemory,
) -> None:
    text = "I like tea and have a cat."
    tea = learnt(ana, "Ana likes tea.", (text, "tea"))
    cat = ana.remember("Ana has a cat.", evidence="o1")
    assert cat is not None
    ana.remember("Ana has a cat.", evidence=str(ana.observe("My cat is asleep.").id))
    receipt = ana.propositions.forget(tea)
    assert receipt.propositions == (tea,)
    assert [p.id for p in ana.propositions.list()] == [cat.id]


def test_one_unknown_id_and_nothing_is_deleted(ana: UserMemory) -> None:
    ana.observe("I like tea.")
    with pytest.raises(UnknownItemError):
        ana.forget(observations=["o1", "o2"])
    with pytest.raises(UnknownItemError):
        ana.forget(observations=["o1"], propositions=["p1"])
    assert ids(ana) == ["o1"]


def test_a_forgotten_observation_is_not_ingested_again(ana: UserMemory) -> None:
    drafts = [Draft(text="I like tea."), Draft(text="I like tea!", external_id="D1:3")]
    ana.observe_many(drafts)
    ana.forget(observations=["o1", "o2"])
    receipts = ana.observe_many(drafts)
    assert [(r.outcome, r.id) for r in receipts] == [("forgotten", None)] * 2
    assert ana.observations() == []
    assert ana.queue().ready == 0


def said(
    statement: str,
    quote: str,
    *,
    op: Op = "add",
    target: int | None = None,
    slot: str | None = None,
) -> ScriptedReasoner:
    """A model that says one thing of the first observation it is shown."""
    operation = Operation(
        op=op,
        target=target,
        statement=statement,
        evidence=[Citation(observation=1, quote=quote)],
        confidence=0.9,
        durability="year",
        slot=slot,
    )
    return ScriptedReasoner([Operations(operations=[operation])])


def test_a_forgotten_claim_is_learnt_again_only_where_somebody_asks_for_its_words(
    ana: UserMemory,
) -> None:
    tea = ana.remember("Ana likes tea.")
    assert tea is not None
    ana.propositions.correct(tea.id, "Ana likes green tea.")
    ana.propositions.forget(tea.id)
    ana.observe("I like tea, still.")
    assert reflect(ana, said("Ana likes tea.", "tea")).rejected == 1
    rumour = str(ana.observe("Ana likes tea.", author="Bob").id)
    assert reflect(ana, said("Ana likes tea.", "tea")).rejected == 1
    assert ana.remember("Ana likes tea.", evidence=rumour) is None
    assert ana.propositions.list(status=None) == []

    again = ana.remember("ana likes TEA")
    assert again is not None
    ana.observe("Green tea for me.")
    assert reflect(ana, said("Ana likes green tea.", "tea")).rejected == 1
    ana.observe("I like tea, and how.")
    reflect(ana, said("Ana likes tea.", "tea"))
    assert len(ana.propositions.explain(again.id).evidence) == 2
    assert [p.id for p in ana.propositions.list(status=None)] == [again.id]


def test_what_was_remembered_and_forgotten_can_be_remembered_again(ana: UserMemory) -> None:
    tea = ana.remember("Ana likes tea.")
    assert tea is not None
    ana.propositions.forget(tea.id)
    again = ana.remember("Ana likes tea.")
    assert again is not None
    assert again.id != tea.id
    assert [o.text for o in ana.observations()] == ["Ana likes tea."]


# -- what counts again ----------------------------------------------------------------------


def valued(memory: UserMemory, clock: StoppedClock, *towns: str) -> list[str]:
    """Learn these homes a day apart; return the claims' ids."""
    for town in towns:
        clock.advance(timedelta(days=1))
        memory.observe(f"I live in {town}.")
        reflect(memory, said(f"Ana lives in {town}.", town, slot="home"))
    return [p.id for p in sorted(memory.propositions.list(status=None), key=lambda p: p.id)]


def active(memory: UserMemory) -> list[str]:
    return [p.text for p in memory.propositions.list()]


def test_when_the_replacement_is_forgotten_what_it_replaced_counts_again(
    ana: UserMemory, clock: StoppedClock
) -> None:
    oslo, bergen = valued(ana, clock, "Oslo", "Bergen")
    ana.propositions.forget(bergen)
    back = ana.propositions.get(oslo)
    assert (back.status, back.superseded_by) == ("active", None)
    last = ana.propositions.history(oslo)[-1]
    assert (last.status, last.cause) == ("active", "forget")
    assert active(ana) == ["Ana lives in Oslo."]
    assert [hit.id for hit in ana.recall("Oslo", kinds=["proposition"])] == [oslo]


def test_when_a_value_between_two_is_forgotten_the_older_one_stays_replaced(
    ana: UserMemory, clock: StoppedClock
) -> None:
    oslo, bergen, rome = valued(ana, clock, "Oslo", "Bergen", "Rome")
    ana.propositions.forget(bergen)
    assert active(ana) == ["Ana lives in Rome."]
    assert ana.propositions.get(oslo).superseded_by == rome


def test_of_two_values_that_gave_way_to_a_forgotten_one_the_newer_counts_again(
    ana: UserMemory, clock: StoppedClock
) -> None:
    oslo, bergen = valued(ana, clock, "Oslo", "Bergen")
    ana.propositions.confirm(oslo)
    rome = valued(ana, clock, "Rome")[-1]
    assert ana.propositions.get(bergen).superseded_by == oslo
    ana.propositions.forget(oslo)
    assert active(ana) == ["Ana lives in Rome."]
    assert ana.propositions.get(bergen).superseded_by == rome
    ana.propositions.forget(rome)
    assert active(ana) == ["Ana lives in Bergen."]


def test_a_claim_counts_again_when_all_that_contradicted_it_is_forgotten(ana: UserMemory) -> None:
    tea = learnt(ana, "Ana likes tea.", ("I like tea.", "tea"))
    before = ana.propositions.get(tea).confidence
    joke = str(ana.observe("I was joking about the tea.").id)
    reflect(ana, said("", "joking", op="retire", target=1))
    assert ana.propositions.get(tea).status == "contradicted"

    ana.forget(observations=[joke])
    after = ana.propositions.get(tea)
    assert (after.status, after.confidence) == ("active", before)
    assert [v.cause for v in ana.propositions.history(tea)] == ["add", "retire", "forget"]


def test_conversation_states_go_too_and_are_counted(ana: UserMemory, store: MemoryStore) -> None:
    def converse() -> None:
        with ana.open() as file, file.database.write() as connection:
            for table in ("checkpoints", "writes"):  # as LangGraph names them
                connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (data)")
                connection.execute(f"INSERT INTO {table} VALUES (?)", (CANARY,))

    ana.observe("I like tea.")
    converse()
    assert ana.forget(observations=["o1"]).checkpoints == 2
    assert traces(store.path) == []
    converse()
    assert ana.forget_everything().checkpoints == 2


def test_equal_words_are_forgotten_together(ana: UserMemory, folder: Path) -> None:
    one = ana.remember("Ana likes tea.")
    other = ana.remember(f"The word is {CANARY}.")
    assert one is not None
    assert other is not None
    ana.propositions.correct(one.id, f"The word is {CANARY}.")
    assert ana.propositions.forget(one.id).propositions == (one.id, other.id)
    assert traces(folder) == []


def test_the_twins_for_event_loops_do_the_same(ana: UserMemory, tmp_path: Path) -> None:
    async def use() -> None:
        await ana.aobserve("I like tea.")
        await ana.aobserve("I live in Oslo.")
        assert (await ana.areflect()).processed == 2
        assert await ana.aexport(tmp_path / "ana.jsonl") > 2
        assert (await ana.aforget(observations=["o1"])).observations == ("o1",)
        assert (await ana.aforget_everything()).observations == ("o2",)

    asyncio.run(use())
    assert not ana.exists


# -- every byte ---------------------------------------------------------------------------


def test_no_byte_of_a_forgotten_observation_is_left(
    ana: UserMemory, store: MemoryStore, folder: Path
) -> None:
    crowd = [Draft(text=f"Note {n} on tea.", author="assistant") for n in range(600)]
    ana.observe_many(crowd[:300])
    note = str(ana.observe(f"My word is {CANARY}, {CANARY.upper()}.", session=CANARY).id)
    reflect(ana, ScriptedReasoner([Operations(operations=[])]))
    ana.observe_many(crowd[300:])
    claim = learnt(ana, f"The word is {CANARY}.", (f"It is {CANARY}!", CANARY))
    ana.recall(f"What is {CANARY}?")
    assert traces(folder)

    receipt = ana.forget(observations=[note, ana.observations(limit=1)[0].id])
    assert receipt.propositions == (claim,)
    assert traces(folder) == []
    ana.recall(f"What is {CANARY}?")
    assert traces(folder) == []
    store.close()
    assert traces(folder) == []


def test_no_byte_is_left_where_the_canary_came_alone(ana: UserMemory, folder: Path) -> None:
    proposition = ana.remember(f"The word is {CANARY}.")
    assert proposition is not None
    ana.recall("word")
    ana.propositions.correct(proposition.id, f"The word was {CANARY}.")
    ana.propositions.forget(proposition.id)
    assert traces(folder) == []


def test_no_byte_of_a_claim_is_left_where_its_words_were_sharpened(
    ana: UserMemory, folder: Path, clock: StoppedClock
) -> None:
    claim = learnt(ana, "Ana has a secret.", ("I have a secret.", "secret"))
    clock.advance(timedelta(hours=1))
    word = str(ana.observe(f"My secret is {CANARY}.").id)
    revise = Operation(
        op="revise",
        target=1,
        statement=f"Ana's secret is {CANARY}.",
        evidence=[Citation(observation=1, quote=CANARY)],
        confidence=0.9,
        durability="year",
        slot=None,
    )
    reflect(ana, ScriptedReasoner([Operations(operations=[revise])]))
    clock.advance(timedelta(hours=1))
    assert ana.propositions.get(claim).text.endswith(f"{CANARY}.")

    ana.forget(observations=[word])
    assert ana.propositions.get(claim).text == "Ana has a secret."
    assert all(CANARY not in v.text for v in ana.propositions.history(claim))
    assert traces(folder) == []


def test_no_byte_is_left_while_another_process_has_the_file_open(
    ana: UserMemory, open_store: OpenStore, folder: Path
) -> None:
    other = open_store().user("ana")
    note = str(ana.observe(f"My word is {CANARY}.").id)
    assert other.recall(CANARY)[0].id == note
    assert list(folder.rglob("*.db-wal"))

    ana.forget(observations=[note])
    assert traces(folder) == []
    assert other.recall(CANARY) == []
    assert other.observations() == []


def test_a_reader_in_another_process_delays_the_last_step_which_can_be_called_again(
    open_store: OpenStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("usermind.memory.database.BUSY_SECONDS", 0.2)
    ana = open_store().user("ana")
    note = str(ana.observe(f"My word is {CANARY}.").id)
    reader = sqlite3.connect(next(folder.rglob("users/*.db")), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM observation").fetchall()

    with pytest.raises(StoreBusyError, match="without ids"):
        ana.forget(observations=[note])
    assert ana.observations() == []
    reader.close()
    ana.forget()
    assert traces(folder) == []


def test_no_byte_of_a_user_is_left_when_everything_is_forgotten(
    ana: UserMemory, store: MemoryStore, open_store: OpenStore, folder: Path
) -> None:
    canary = store.user(f"user {CANARY}")
    other = open_store().user(f"user {CANARY}")
    ana.observe("I like tea.")
    proposition = canary.remember(f"The word is {CANARY}.")
    assert proposition is not None
    other.recall(CANARY)
    canary.export(folder.parent / "export.jsonl")

    receipt = canary.forget_everything()
    assert receipt.verified
    assert receipt.searched >= 3  # the file, its name and the user's id in the registry
    assert receipt.scanned >= (folder / "registry.db").stat().st_size
    assert receipt.observations == ("o1",)
    assert receipt.propositions == (proposition.id,)
    assert any(name.endswith(".db") for name in receipt.files)
    assert traces(folder) == []
    assert store.users() == ["ana"]
    assert store.due() == ["ana"]
    for memory in (canary, other):
        assert not memory.exists
        with pytest.raises(UnknownUserError):
            memory.recall(CANARY)
        with pytest.raises(UnknownUserError):
            memory.forget_everything()
    assert [o.text for o in ana.observations()] == ["I like tea."]


def test_a_user_may_come_back_with_an_empty_memory(ana: UserMemory, open_store: OpenStore) -> None:
    other = open_store().user("ana")
    ana.observe("I like tea.")
    other.recall("tea")
    ana.forget_everything()

    assert other.observe("I like coffee.").outcome == "stored"
    for memory in (ana, other):
        assert [o.text for o in memory.observations()] == ["I like coffee."]
        assert [hit.text for hit in memory.recall("tea")] == ["I like coffee."]


# -- the proof ----------------------------------------------------------------------------


def test_the_receipt_says_what_went_and_that_every_byte_was_searched(
    ana: UserMemory, folder: Path
) -> None:
    claim = learnt(ana, f"The word is {CANARY}.", (f"It is {CANARY}!", CANARY))
    ana.observe("Something else altogether.")
    receipt = ana.propositions.forget(claim)

    assert (receipt.propositions, receipt.evidence) == ((claim,), 1)
    assert receipt.verified
    assert receipt.scanned >= next(folder.glob("users/*.db")).stat().st_size


def test_what_a_careless_deletion_leaves_is_found(
    ana: UserMemory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("usermind.memory.database.Database.scrub", lambda self: None)
    claim = learnt(ana, f"The word is {CANARY}.", (f"It is {CANARY}!", CANARY))
    receipt = ana.propositions.forget(claim)

    assert not receipt.verified
    assert "traces" in caplog.text
    assert CANARY not in caplog.text


def test_words_that_others_still_say_are_no_residue(ana: UserMemory) -> None:
    claim = learnt(ana, f"The word is {CANARY}.", (f"It is {CANARY}!", CANARY))
    kept = str(ana.observe(f"My own word: {CANARY}.").id)
    assert ana.propositions.forget(claim).verified
    assert CANARY in ana.observation(kept).text


@pytest.mark.parametrize("text", ["I'm gay", "HIV+", "Lupus", "我住在奥斯陆", "热爱", "4711"])
def test_short_texts_are_searched_for_too(
    ana: UserMemory, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    ana.observe("I like tea.")
    gone = ana.forget(observations=[str(ana.observe(text).id)])
    assert gone.verified
    assert gone.searched > 0

    again = str(ana.observe(text, source="diary").id)
    monkeypatch.setattr("usermind.memory.database.Database.scrub", lambda self: None)
    with ana.open() as file, file.database.write() as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE careless (copy BLOB)")
        connection.execute("INSERT INTO careless VALUES (?)", (text.encode(),))
    assert not ana.forget(observations=[again]).verified


def test_what_cannot_be_searched_for_is_not_called_verified(ana: UserMemory) -> None:
    ana.observe("I like tea.")
    nothing = ana.forget()
    assert (nothing.verified, nothing.searched, nothing.residue) == (False, 0, 0)

    no = ana.forget(observations=[str(ana.observe("No").id)])
    assert (no.verified, no.searched) == (False, 0)

    twice = [str(ana.observe("Tea at noon.", source=source).id) for source in ("chat", "diary")]
    assert not ana.forget(observations=twice[:1]).verified  # the other one says it still
    assert ana.forget(observations=twice[1:]).verified


def test_names_that_the_registry_still_holds_are_found(store: MemoryStore) -> None:
    canary = store.user(f"user {CANARY}")
    canary.observe("I like tea.")
    # Another program keeps a copy of the user's id in a page that no row accounts for.
    store.registry._run("CREATE TABLE careless (copy BLOB)")
    store.registry._run("INSERT INTO careless VALUES (?)", canary.user_id.encode())
    receipt = canary.forget_everything()
    assert (receipt.verified, receipt.residue) == (False, 1)


def test_a_file_of_a_user_that_is_still_there_is_found(store: MemoryStore) -> None:
    canary = store.user("ana maria")
    canary.observe("I like tea.")
    file = next((store.path / "users").glob("*.db"))
    left = file.with_name(f"{file.name}-journal")
    left.write_bytes(b"what a crash left")
    receipt = canary.forget_everything()
    assert not receipt.verified
    assert store.users() == []


def test_the_day_that_others_were_written_on_is_no_residue(ana: UserMemory) -> None:
    month = f"{ana.now():%B} {ana.now().year}"
    claim = learnt(
        ana, "Ana lives in Oslo.", (f"I live in Oslo, said in {month}, November.", "Oslo")
    )
    ana.observe("Something else altogether.", at=ana.now() - timedelta(days=200))  # in November
    assert ana.propositions.forget(claim).verified


def noted(ana: UserMemory) -> str:
    """Have a message with a concept, an entity and a profile that rest on it; return its id."""
    said = str(ana.observe("I love Zwiebelfischquark.").id)
    ana.reflect()
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": Attribute(CANARY, ObservationId(said))})
    ana.entities.record(CANARY, observation=said, external_id="s1")
    assert ana.profile(task="cooking").claims
    return said


def test_the_receipt_names_what_rested_on_a_message(ana: UserMemory, folder: Path) -> None:
    said = noted(ana)
    found = [each.id for each in ana.entities.list()]
    receipt = ana.forget(observations=[said])
    assert (receipt.concepts, receipt.attributes) == ((), 1)
    assert (receipt.entities, receipt.profiles) == (tuple(found), ("f1",))
    assert receipt.verified
    assert traces(folder) == []


def test_every_kind_is_forgotten_in_one_step(ana: UserMemory, folder: Path) -> None:
    said = noted(ana)
    found = [each.id for each in ana.entities.list()]
    with pytest.raises(UnknownItemError, match="c9"):
        ana.forget(observations=[said], entities=found, concepts=["c9"])
    assert ana.observation(said).text
    assert [each.id for each in ana.entities.list()] == found
    receipt = asyncio.run(
        ana.aforget(
            observations=[said], concepts=["c1", "c1"], entities=[*found, *found], profiles=["f1"]
        )
    )
    assert (receipt.concepts, receipt.entities) == (("c1",), tuple(found))
    assert receipt.profiles == ("f1",)
    assert traces(folder) == []


def test_a_profile_goes_alone_and_is_made_anew(ana: UserMemory) -> None:
    noted(ana)
    before = ana.profile(task="cooking")
    assert ana.profiles.forget("cooking").profiles == (before.id,)
    assert ana.profiles.list() == []
    again = ana.profile(task="cooking")
    assert (again.claims, again.id) == (before.claims, "f2")
    with pytest.raises(UnknownItemError, match="gardening"):
        ana.profiles.forget("gardening")


def test_a_reply_goes_with_what_a_profile_rested_on_when_it_was_made(ana: UserMemory) -> None:
    said = noted(ana)
    ana.observe_many([Draft(text="Cook it!", author="assistant", rests_on=("f1",))])
    assert ana.profiles.refresh("cooking").id == "f2"
    ana.forget(observations=[said])
    assert ana.observations() == []


def test_forgetting_everything_names_every_kind(ana: UserMemory) -> None:
    noted(ana)
    found = tuple(sorted(each.id for each in ana.entities.list()))
    receipt = ana.forget_everything()
    assert (receipt.concepts, receipt.entities, receipt.profiles) == (("c1",), found, ("f1",))
