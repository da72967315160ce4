"""Actions: a draft first, leave where it is needed, once, and never after a stop."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import tool

from usermind import MemoryStore
from usermind.errors import InvalidInputError, PrivateTopicError
from usermind.graphs.acting import begin, give_leave
from usermind.memory import Candidate, Patience, UserMemory, holder
from usermind.memory.privacy.policy import STANDARD, Policy
from usermind.tools.actions import Action, Actions

SENT: list[str] = []


@tool
def send_mail(to: str, text: str) -> str:
    """Send a mail."""
    if to == "nobody":
        raise ConnectionError(f"no route to {text}")
    SENT.append(to)
    return f"sent to {to}"


@tool
def look_up(word: str) -> str:
    """Look a word up."""
    SENT.append(word)
    return word[::-1]


@tool
def say_odd() -> str:
    """Say something that cannot be stored as it is."""
    return "password: hunter2secret\ud800\x00"


ACTIONS = Actions(
    [
        Action(send_mail, "irreversible", frozenset({"mail"})),
        Action(look_up, "read-only"),
    ],
    granted={"mail"},
)
MAIL = {"tool": "send_mail", "arguments": {"to": "eva", "text": "Hello xylophone"}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MemoryStore]:
    SENT.clear()
    with MemoryStore(tmp_path / "store", embedder="lexical") as store:
        yield store


@pytest.fixture
def ana(store: MemoryStore) -> UserMemory:
    memory = store.user("ana")
    memory.observe("I should write to Eva.")
    return memory


@pytest.fixture
def offer(ana: UserMemory) -> str:
    made = ana.suggestions.consider(
        Candidate(
            "idea",
            "Write to Eva?",
            "I can send her a line.",
            (ana.observations()[0].id,),
            "write:eva",
            0.9,
            ana.now() + timedelta(hours=4),
        ),
        patience=Patience(quiet=None),
    )
    assert made.suggestion is not None
    return made.suggestion.id


def go(ana: UserMemory, offer: str, call: dict[str, Any], *, unasked: bool = False) -> Any:
    return begin(ana, ACTIONS, offer, call, unasked=unasked)


def test_it_is_a_draft_until_the_user_agrees_and_then_done_once(
    ana: UserMemory, offer: str
) -> None:
    one = go(ana, offer, MAIL)
    assert (one.state, SENT) == ("draft", [])
    assert go(ana, offer, MAIL).id == one.id  # the same again is the same
    done = give_leave(ana, ACTIONS, one.id, "yes")
    assert (done.state, done.result, done.decided_by, SENT) == (
        "done",
        "sent to eva",
        "user",
        ["eva"],
    )
    assert go(ana, offer, MAIL).state == "done"
    with pytest.raises(InvalidInputError, match="nothing to agree to"):
        give_leave(ana, ACTIONS, one.id, "yes")
    assert SENT == ["eva"]


def test_a_no_is_a_no(ana: UserMemory, offer: str) -> None:
    one = go(ana, offer, MAIL)
    assert give_leave(ana, ACTIONS, one.id, "no").state == "refused"
    assert SENT == []


def test_leave_may_come_in_another_process(tmp_path: Path, ana: UserMemory, offer: str) -> None:
    one = go(ana, offer, MAIL)
    with MemoryStore(tmp_path / "store", embedder="lexical") as other:
        assert give_leave(other.user("ana"), ACTIONS, one.id, "yes").state == "done"
    assert ana.actions.get(one.id).result == "sent to eva"


def test_leave_may_come_after_checkpoints_were_forgotten(ana: UserMemory, offer: str) -> None:
    one = go(ana, offer, MAIL)
    receipt = ana.observe("Something else.")
    ana.forget(observations=[str(receipt.id)])
    assert give_leave(ana, ACTIONS, one.id, "yes").state == "done"


def test_what_cannot_be_taken_back_waits_even_where_it_may_act_unasked(
    ana: UserMemory, offer: str
) -> None:
    assert go(ana, offer, MAIL, unasked=True).state == "draft"
    call = {"tool": "look_up", "arguments": {"word": "abc"}}
    done = go(ana, offer, call, unasked=True)
    assert (done.state, done.result, done.decided_by) == ("done", "cba", "utility")


def test_a_tool_that_fails_is_told_by_the_kind_of_its_fault(ana: UserMemory, offer: str) -> None:
    call = {"tool": "send_mail", "arguments": {"to": "nobody", "text": "secret"}}
    one = give_leave(ana, ACTIONS, go(ana, offer, call).id, "yes")
    assert (one.state, one.error, one.result) == ("failed", "ConnectionError", None)


def test_what_a_tool_says_is_kept_without_secrets_and_fit_to_be_stored(
    ana: UserMemory, offer: str
) -> None:
    odd = Actions([Action(say_odd, "read-only")])
    done = begin(ana, odd, offer, {"tool": "say_odd", "arguments": {}}, unasked=True)
    assert done.state == "done"
    assert "hunter2secret" not in str(done.result)


def test_what_ran_in_a_process_that_died_is_unclear_and_not_tried_again(
    ana: UserMemory, offer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = go(ana, offer, MAIL)
    ana.actions.move(one.id, "approved", by="user")
    with monkeypatch.context() as patch:
        here = holder.me()
        patch.setattr(holder, "me", lambda: here.rpartition("/")[0] + "/1")  # began at another time
        ana.actions.move(one.id, "running")
    ana.actions.tidy()
    assert ana.actions.get(one.id).state == "unclear"
    with pytest.raises(InvalidInputError):
        give_leave(ana, ACTIONS, one.id, "yes")
    assert SENT == []


def test_a_tool_that_changed_since_the_draft_fails_and_says_so(ana: UserMemory, offer: str) -> None:
    one = go(ana, offer, MAIL)

    @tool("send_mail")
    def other(address: str) -> str:
        """Send a mail."""
        return address

    with pytest.raises(InvalidInputError, match="do not fit"):
        give_leave(ana, Actions([Action(other, "irreversible")]), one.id, "yes")
    assert ana.actions.get(one.id).state == "failed"


def test_a_stop_holds_for_drafts_that_were_there(ana: UserMemory, offer: str) -> None:
    one = go(ana, offer, MAIL)
    ana.actions.stop()
    with pytest.raises(InvalidInputError, match="stopped"):
        give_leave(ana, ACTIONS, one.id, "yes")
    with pytest.raises(InvalidInputError, match="stopped"):
        go(ana, offer, {"tool": "look_up", "arguments": {"word": "abc"}}, unasked=True)
    assert SENT == []
    assert ana.actions.resume()
    assert give_leave(ana, ACTIONS, one.id, "yes").state == "done"


def test_a_scope_that_is_not_granted_bars_the_tool(ana: UserMemory, offer: str) -> None:
    bare = Actions([Action(send_mail, "irreversible", frozenset({"mail"}))])
    with pytest.raises(InvalidInputError, match="'mail', which is not granted"):
        begin(ana, bare, offer, MAIL, unasked=False)
    one = go(ana, offer, MAIL)
    with pytest.raises(InvalidInputError, match="not granted"):
        give_leave(ana, bare, one.id, "yes")
    assert ana.actions.get(one.id).state == "draft"


@pytest.mark.parametrize(
    "call",
    [
        {"tool": "send_mail", "arguments": {"to": "eva"}},
        {"tool": "send_mail", "arguments": {"to": "eva", "text": "x", "bcc": "mallory"}},
        {"tool": "delete_all", "arguments": {}},
    ],
    ids=["a field is missing", "a field too many", "no such tool"],
)
def test_what_does_not_fit_is_not_even_drafted(
    ana: UserMemory, offer: str, call: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError):
        go(ana, offer, call)
    assert ana.actions.list() == []


def test_of_many_who_agree_at_once_one_does_it(ana: UserMemory, offer: str) -> None:
    one = go(ana, offer, MAIL)
    failures: list[BaseException] = []

    def agree() -> None:
        try:
            give_leave(ana, ACTIONS, one.id, "yes")
        except InvalidInputError as error:
            failures.append(error)

    threads = [threading.Thread(target=agree) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert SENT == ["eva"]
    assert ana.actions.get(one.id).state == "done"


def test_forgetting_the_offer_leaves_a_log_without_words(
    tmp_path: Path, ana: UserMemory, offer: str
) -> None:
    one = go(ana, offer, MAIL)
    give_leave(ana, ACTIONS, one.id, "yes")
    ana.forget(observations=[ana.suggestions.get(offer).basis[0]])
    left = ana.actions.get(one.id)
    assert (left.state, left.tool, left.arguments, left.result) == ("done", "send_mail", {}, None)
    files = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*.db*"))
    assert b"xylophone" not in files


def test_what_was_done_is_listed_also_where_it_became_private(ana: UserMemory, offer: str) -> None:
    done = go(ana, offer, MAIL)
    give_leave(ana, ACTIONS, done.id, "yes")
    draft = go(ana, offer, {"tool": "look_up", "arguments": {"word": "xylophone"}})
    ana.private.add("xylophone")
    assert [each.id for each in ana.actions.list()] == [done.id]
    assert ana.actions.list()[0].arguments == MAIL["arguments"]
    assert draft.state == "draft"


@pytest.mark.parametrize(
    "text",
    ["Bo has diabetes.", "Hello\nZürich", "the password: hunter2secret"],
    ids=["a private topic", "one as JSON would not write it", "a secret"],
)
def test_what_may_not_be_stored_is_not_drafted(
    tmp_path: Path, ana: UserMemory, offer: str, text: str
) -> None:
    ana.private.add("diabetes")
    ana.private.add("Zürich")
    with pytest.raises(PrivateTopicError):
        go(ana, offer, {"tool": "send_mail", "arguments": {"to": "eva", "text": text}})
    assert ana.actions.list() == []


def test_a_gate_that_breaks_over_what_a_tool_says_leaves_it_done(tmp_path: Path) -> None:
    def picky(text: str) -> list[tuple[str, int, int]]:
        if "cba" in text:
            raise RuntimeError(text)
        return []

    policy = Policy("picky", STANDARD.rules, detectors=(picky,))
    with MemoryStore(tmp_path / "other", embedder="lexical", privacy=policy) as store:
        memory = store.user("ana")
        row = memory.observe("I should look it up.").id
        made = memory.suggestions.consider(
            Candidate(
                *("idea", "Look it up?", "I can.", (str(row),), "look", 0.9),
                memory.now() + timedelta(hours=4),
            ),
            patience=Patience(quiet=None),
        ).suggestion
        assert made is not None
        call = {"tool": "look_up", "arguments": {"word": "abc"}}
        one = begin(memory, ACTIONS, made.id, call, unasked=True)
    assert (one.state, one.result) == ("done", None)
    assert one.error == "what the tool said could not be kept"
