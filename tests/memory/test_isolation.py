"""Two users, any order of events: nobody is ever shown a word of the other."""

import tempfile
import unicodedata
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from usermind import MemoryStore, UserMemory
from usermind.testing import StoppedClock

USERS = ("ana", "Ana")
TOPICS = ("tea", "Oslo", "the violin", "peanuts", "猫", "🎸", "🎹", "C++", "C#")
users = st.sampled_from(USERS)
topics = st.sampled_from(TOPICS)
numbers = st.integers(0, 5)


class TwoUsers(RuleBasedStateMachine):
    """The store beside a model of what each user's memory must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = StoppedClock()
        self.open_store()
        self.observed: dict[str, dict[str, str]] = {user: {} for user in USERS}
        """Text by id."""
        self.claimed: dict[str, dict[str, str]] = {user: {} for user in USERS}
        self.gone: dict[str, set[str]] = {user: set() for user in USERS}
        """Texts that were forgotten: neither ingested nor learnt again."""

    def open_store(self) -> None:
        self.store = MemoryStore(
            self.folder.name, embedder="lexical", clock=self.clock, open_files=1
        )

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def memory(self, user: str) -> UserMemory:
        return self.store.user(user)

    def own(self, user: str, topic: str, number: int) -> str:
        return f"{user}'s own words on {topic}, {number}."

    def shown(self, user: str) -> set[str]:
        return {*self.observed[user].values(), *self.claimed[user].values()}

    @rule(user=users, topic=topics, number=numbers)
    def observe(self, user: str, topic: str, number: int) -> None:
        text = unicodedata.normalize("NFC", self.own(user, topic, number))
        receipt = self.memory(user).observe(text)
        if f"observed {text}" in self.gone[user]:
            assert receipt.outcome == "forgotten"
            return
        known = text in self.observed[user].values()
        assert receipt.outcome == ("known" if known else "stored")
        if not known:
            assert receipt.id is not None
            assert receipt.id not in self.observed[user]
            self.observed[user][receipt.id] = text

    @precondition(lambda self: any(self.observed.values()))
    @rule(data=st.data(), topic=topics, number=numbers)
    def remember(self, data: st.DataObject, topic: str, number: int) -> None:
        user = data.draw(st.sampled_from([u for u in USERS if self.observed[u]]))
        evidence = data.draw(st.sampled_from(sorted(self.observed[user])))
        text = f"Claim: {self.own(user, topic, number)}"
        claim = self.memory(user).remember(text, evidence=evidence)
        # The user's own wish brings back what was forgotten.
        self.gone[user].discard(f"claimed {text}")
        assert claim is not None
        assert claim.text == text
        self.claimed[user][claim.id] = text

    @precondition(lambda self: any(self.observed.values()))
    @rule(data=st.data())
    def forget_an_observation(self, data: st.DataObject) -> None:
        user = data.draw(st.sampled_from([u for u in USERS if self.observed[u]]))
        observation = data.draw(st.sampled_from(sorted(self.observed[user])))
        self.forgotten(user, self.memory(user).forget(observations=[observation]))
        assert observation not in self.observed[user]

    @precondition(lambda self: any(self.claimed.values()))
    @rule(data=st.data())
    def forget_a_claim(self, data: st.DataObject) -> None:
        user = data.draw(st.sampled_from([u for u in USERS if self.claimed[u]]))
        claim = data.draw(st.sampled_from(sorted(self.claimed[user])))
        self.forgotten(user, self.memory(user).propositions.forget(claim))
        assert claim not in self.claimed[user]

    def forgotten(self, user: str, receipt: Any) -> None:
        self.gone[user] |= {f"observed {self.observed[user].pop(o)}" for o in receipt.observations}
        self.gone[user] |= {f"claimed {self.claimed[user].pop(p)}" for p in receipt.propositions}

    @precondition(lambda self: any(self.observed.values()))
    @rule(data=st.data())
    def forget_everything(self, data: st.DataObject) -> None:
        user = data.draw(st.sampled_from([u for u in USERS if self.observed[u]]))
        receipt = self.memory(user).forget_everything()
        assert set(receipt.observations) == set(self.observed[user])
        assert set(receipt.propositions) == set(self.claimed[user])
        for kept in (self.observed, self.claimed):
            kept[user] = {}
        self.gone[user] = set()

    @rule(user=users, topic=topics)
    def recall(self, user: str, topic: str) -> None:
        if not self.memory(user).exists:
            return
        hits = self.memory(user).recall(f"What about {topic}?", k=100)
        assert {hit.text for hit in hits} == self.shown(user)
        assert len(hits) == len(self.observed[user]) + len(self.claimed[user])

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.open_store()

    @invariant()
    def each_holds_what_the_model_says(self) -> None:
        for user in USERS:
            memory = self.memory(user)
            if not memory.exists:
                assert not self.shown(user)
                continue
            listed = {o.id: o.text for o in memory.observations(limit=1_000)}
            assert listed == self.observed[user]
            claims = {p.id: p.text for p in memory.propositions.list(status=None)}
            assert claims == self.claimed[user]
            now = memory.propositions.list(status=None)
            assert memory.propositions.list(status=None, as_of=memory.now()) == now


TestIsolation = TwoUsers.TestCase
TestIsolation.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
