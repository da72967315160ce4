"""`UserMemoryMiddleware`: an agent that knows nothing of usermind gets the memory of its user."""

import asyncio
import base64
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from benchmarks.concept_images import again, drawing, encoded
from langchain.agents import create_agent
from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import tool

from usermind import Concept, MemoryStore, UserMemory
from usermind.agents import UserMemoryMiddleware
from usermind.errors import InvalidInputError, StoreError, StoreNotWritableError
from usermind.graphs.journaling import FORGOTTEN
from usermind.memory import Store
from usermind.models import Offline
from usermind.tools import memory_tools


class Scripted(BaseChatModel):
    """A chat model that says what it is told to and keeps what it was shown."""

    replies: list[AIMessage]
    shown: list[list[BaseMessage]] = []  # noqa: RUF012  # pydantic copies it

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.shown.append(messages)
        return ChatResult(generations=[ChatGeneration(message=self.replies.pop(0))])


Made = tuple[Any, Scripted, UserMemoryMiddleware]


@pytest.fixture
def agent(ana: UserMemory) -> Iterator[Callable[..., Made]]:
    made: list[UserMemoryMiddleware] = []

    def make(
        *replies: str | AIMessage, memory: UserMemory | Store | None = None, **given: Any
    ) -> Made:
        model = Scripted(replies=[r if isinstance(r, AIMessage) else AIMessage(r) for r in replies])
        middleware = UserMemoryMiddleware(memory or ana, **{"reflect": "manual", **given})
        made.append(middleware)
        built = create_agent(model, [weather], system_prompt="Be kind.", middleware=[middleware])
        return built, model, middleware

    yield make
    for middleware in made:
        middleware.close()


@tool
def weather(place: str) -> str:
    """Return the weather of a place."""
    return f"Sun in {place}."


def say(text: str, id_: str | None = None) -> dict[str, Any]:
    return {"messages": [HumanMessage(text, id=id_)]}


def system(model: Scripted, call: int = -1) -> str:
    first = model.shown[call][0]
    return first.text if first.type == "system" else ""


def test_an_agent_gets_what_is_known_and_its_own_prompt_stays(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    ana.observe("I live in Oslo.")
    built, model, _ = agent("In Oslo.")
    result = built.invoke(say("Where do I live?"))
    assert system(model).startswith("Be kind.\n\nWhat follows is remembered of Ana")
    assert "⟦I live in Oslo.⟧" in system(model)
    assert [message.text for message in result["messages"]] == ["Where do I live?", "In Oslo."]
    assert not any(name.startswith("usermind") for name in result)


def test_message_and_reply_are_kept_and_the_reply_is_no_evidence(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    built, _, _ = agent("You live in Bergen.")
    built.invoke(say("I live in Oslo."), {"configurable": {"thread_id": "t1"}})
    assert [(item.author, item.text) for item in ana.observations(session="t1")] == [
        ("assistant", "You live in Bergen."),
        ("user", "I live in Oslo."),
    ]
    ana.reflect()
    assert [claim.text for claim in ana.propositions.list()] == ["Ana lives in Oslo."]


def test_reflection_runs_in_the_background(agent: Callable[..., Made], ana: UserMemory) -> None:
    built, _, middleware = agent("Nice.", reflect="background")
    built.invoke(say("I live in Oslo."))
    middleware.wait(timeout=60)
    assert [claim.text for claim in ana.propositions.list()] == ["Ana lives in Oslo."]


def test_reflection_inline_is_done_when_the_run_is(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    built, _, _ = agent("Nice.", reflect="inline", reasoner=Offline())
    built.invoke(say("I live in Oslo."))
    assert [claim.text for claim in ana.propositions.list()] == ["Ana lives in Oslo."]


def test_a_reasoner_is_left_to_gather_a_batch(agent: Callable[..., Made], ana: UserMemory) -> None:
    class Patient(Offline):
        batch = 2

    built, _, middleware = agent("One.", "Two.", reflect="background", reasoner=Patient())
    built.invoke(say("I live in Oslo."))
    middleware.wait(timeout=60)
    assert ana.propositions.list() == []
    built.invoke(say("I work as a vet."))
    middleware.wait(timeout=60)
    assert len(ana.propositions.list()) == 2


def test_wait_tells_of_a_reflection_that_broke_though_later_ones_went_well(
    agent: Callable[..., Made],
) -> None:
    class Broken(Offline):
        sizes = iter([0])

        @property
        def batch(self) -> int:  # type: ignore[override]  # it fails the first time
            return 1 // next(self.sizes, 1)

    built, _, middleware = agent("One.", "Two.", reflect="background", reasoner=Broken())
    for text in ("I live in Oslo.", "I work as a vet."):
        built.invoke(say(text))
    with pytest.raises(ZeroDivisionError):
        middleware.wait(timeout=60)


def test_an_agent_outlives_its_middlewares_background_work(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    built, _, middleware = agent("Nice.", reflect="background")
    middleware.close()
    built.invoke(say("I live in Oslo."))
    assert ana.queue().ready == 1


def test_two_users_of_one_agent_never_mix(
    agent: Callable[..., Made], store: MemoryStore, ana: UserMemory
) -> None:
    ana.observe("I live in Oslo.")
    built, model, _ = agent("?", "Oslo.", memory=store)
    built.invoke(say("Where do I live?"), {"configurable": {"user_id": "ben"}})
    assert "Oslo" not in system(model)
    built.invoke(say("Where do I live?"), {"configurable": {"user_id": "ana"}})
    assert "Oslo" in system(model)
    assert [item.author for item in store.user("ben").observations()] == ["assistant", "user"]


@dataclass
class Who:
    user_id: str


@pytest.mark.parametrize("who", [{"user_id": "ana"}, Who("ana")], ids=["mapping", "object"])
def test_the_user_may_be_named_in_the_context(
    agent: Callable[..., Made], store: MemoryStore, ana: UserMemory, who: object
) -> None:
    ana.observe("I live in Oslo.")
    built, model, _ = agent("Oslo.", memory=store)
    built.invoke(say("Where do I live?"), context=who)
    assert "Oslo" in system(model)


def test_a_store_without_a_user_is_an_error_that_says_what_to_do(
    agent: Callable[..., Made], store: MemoryStore
) -> None:
    built, model, _ = agent("?", memory=store)
    with pytest.raises(InvalidInputError, match="user_id"):
        built.invoke(say("Hello"))
    assert model.shown == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"memory": "ana"}, "is of type str"),
        ({"memory": None}, "is of type NoneType"),
        ({"recipient": "openai"}, "'remote model'"),
        ({"reflect": "banana"}, "'background', 'inline', 'manual'"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_told_at_once(
    ana: UserMemory, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidInputError, match=told):
        UserMemoryMiddleware(**{"memory": ana, **given})


def test_small_talk_is_given_nothing(agent: Callable[..., Made], ana: UserMemory) -> None:
    ana.observe("I live in Oslo.")
    built, model, _ = agent("You are welcome.")
    built.invoke(say("Thanks!"))
    assert system(model) == "Be kind."


def test_a_message_that_comes_again_is_stored_once(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    built, _, _ = agent("One.", "Two.")
    for _ in range(2):
        built.invoke(say("I live in Oslo.", "m1"))
    assert [item.text for item in ana.observations()] == ["One.", "I live in Oslo."]


def test_a_loop_over_tools_recalls_once(agent: Callable[..., Made], ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "salmon"})
    call = {"name": "weather", "args": {"place": "Oslo"}, "id": "c1"}
    built, model, _ = agent(AIMessage("", tool_calls=[call]), "Salmon, in the sun.")
    built.invoke(say("What does Bo eat in this weather?"))
    assert system(model, 0) == system(model, 1)
    assert "salmon" in system(model)
    assert [item.author for item in ana.observations()] == ["assistant", "user"]


def test_a_pronoun_stays_with_what_the_conversation_spoke_of(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "salmon"})
    built, model, _ = agent("He eats fish.")
    said = [HumanMessage("Who is Bo?"), AIMessage("A dog."), HumanMessage("And what does he eat?")]
    built.invoke({"messages": said})
    assert "salmon" in system(model)


def test_what_is_private_is_neither_kept_nor_recalled_for_a_model(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    ana.observe("I have diabetes.")
    ana.private.add("my health")
    built, model, _ = agent("I see, diabetes.")
    built.invoke(say("What about my diabetes?"))
    assert "I have diabetes" not in system(model)
    kept = [item.text for item in ana.observations()][:2]
    assert not any("diabetes" in text for text in kept)


def test_a_reply_is_forgotten_with_what_it_was_made_from(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    said = ana.observe("I live in Oslo.").id
    built, _, _ = agent("By the fjord.")
    built.invoke(say("Where do I live?"))
    assert any("fjord" in item.text for item in ana.observations())
    ana.forget(observations=[str(said)])
    assert not any("fjord" in item.text for item in ana.observations())


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [("remote model", "[phone number removed]"), ("local model", "+47 22 34 56 78")],
)
def test_a_model_far_away_sees_less(
    agent: Callable[..., Made], ana: UserMemory, recipient: str, shown: str
) -> None:
    ana.observe("My phone number is +47 22 34 56 78.")
    built, model, _ = agent("It is that.", recipient=recipient)
    built.invoke(say("What is my phone number?"))
    assert f"⟦My phone number is {shown}.⟧" in system(model)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("Forget that I live in Oslo.", [FORGOTTEN]),
        ("Forget my home, please.", [FORGOTTEN, "Forget my home, please."]),
    ],
    ids=["the request goes too", "the request stays"],
)
def test_a_reply_that_confirms_a_deletion_does_not_keep_it(
    ana: UserMemory, asked: str, kept: list[str]
) -> None:
    ana.observe("I live in Oslo.")
    ana.reflect()
    call = {"name": "forget", "args": {"query": "I live in Oslo"}, "id": "c1"}
    replies = [AIMessage("", tool_calls=[call]), AIMessage("Gone: you live in Oslo.")]
    memory = UserMemoryMiddleware(ana, reflect="manual")
    built = create_agent(Scripted(replies=replies), memory_tools(ana), middleware=[memory])
    result = built.invoke({"messages": [HumanMessage(asked)]})
    assert result["messages"][-1].text == "Gone: you live in Oslo."
    assert [item.text for item in ana.observations()] == kept


def test_a_tool_of_the_application_may_forget_the_very_message(ana: UserMemory) -> None:
    @tool
    def wipe() -> str:
        """Forget what was said."""
        ana.forget(observations=[item.id for item in ana.observations()])
        return "Done."

    call = {"name": "wipe", "args": {}, "id": "c1"}
    replies = [AIMessage("", tool_calls=[call]), AIMessage("Gone: you live in Oslo.")]
    memory = UserMemoryMiddleware(ana, reflect="manual")
    built = create_agent(Scripted(replies=replies), [wipe], middleware=[memory])
    built.invoke({"messages": [HumanMessage("I live in Oslo. Wipe that.")]})
    assert [item.text for item in ana.observations()] == [FORGOTTEN]


def test_what_a_tool_forgets_of_what_was_shown_is_not_kept_in_the_reply(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "smoked herring"})

    @tool
    def wipe() -> str:
        """Forget what Bo eats."""
        ana.concepts.forget("bo", attributes=["eats"])
        return "Done."

    call = {"name": "wipe", "args": {}, "id": "c1"}
    replies = [AIMessage("", tool_calls=[call]), AIMessage("He eats smoked herring.")]
    memory = UserMemoryMiddleware(ana, reflect="manual")
    built = create_agent(Scripted(replies=replies), [wipe], middleware=[memory])
    built.invoke({"messages": [HumanMessage("What does Bo eat?")]})
    assert [item.text for item in ana.observations()] == [FORGOTTEN, "What does Bo eat?"]


def test_a_forgotten_message_that_comes_again_leaves_nothing_in_a_reply(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    said = ana.observe("I live in Oslo.", external_id="m1").id
    ana.forget(observations=[str(said)])
    built, _, _ = agent("So you live in Oslo.")
    built.invoke(say("I live in Oslo.", "m1"))
    assert not any("Oslo" in item.text for item in ana.observations())


def test_a_message_without_text_is_answered_and_not_kept(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    ana.observe("I live in Oslo.")
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    built, model, _ = agent("A fjord.")
    built.invoke({"messages": [HumanMessage([picture])]})
    assert system(model) == "Be kind."
    assert [item.author for item in ana.observations()] == ["assistant", "user"]


def test_a_summary_of_the_conversation_does_not_part_reply_and_message(ana: UserMemory) -> None:
    calls = [{"name": "weather", "args": {"place": "Oslo"}, "id": f"c{n}"} for n in range(2)]
    replies = [*(AIMessage("", tool_calls=[call]) for call in calls), AIMessage("Sun.")]
    shortens = SummarizationMiddleware(
        Scripted(replies=[AIMessage("Summed up.")] * 5),
        trigger=("messages", 4),
        keep=("messages", 1),
    )
    both: list[Any] = [shortens, UserMemoryMiddleware(ana, reflect="manual")]
    built: Any = create_agent(Scripted(replies=replies), [weather], middleware=both)
    result = built.invoke(say("What is the weather like?", "m1"))
    assert "m1" not in [message.id for message in result["messages"]]
    assert [item.external_id for item in ana.observations()] == ["m1/reply", "m1"]


def test_what_people_wrote_cannot_leave_its_fence(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    ana.observe("I live in Oslo⟧ $user_name {now}")
    built, model, _ = agent("In Oslo.")
    built.invoke(say("Where do I live?"))
    assert "⟦I live in Oslo]] $user_name {now}⟧" in system(model)


def test_event_loops_are_served_too(agent: Callable[..., Made], ana: UserMemory) -> None:
    ana.observe("I live in Oslo.")
    built, model, _ = agent("In Oslo.")
    asyncio.run(built.ainvoke(say("Where do I live?")))
    assert "Oslo" in system(model)
    assert len(ana.observations()) == 3


def test_a_store_that_fails_is_not_passed_over(
    agent: Callable[..., Made], ana: UserMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreNotWritableError("The disk is full.")

    built, model, _ = agent("?")
    monkeypatch.setattr(UserMemory, "observe_many", full)
    with pytest.raises(StoreError):
        built.invoke(say("I live in Oslo."))
    assert model.shown == []


def test_agents_load_without_langchain_and_the_middleware_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['langchain'] = None; import usermind.agents as agents\n"
        "try: agents.UserMemoryMiddleware\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "pip install 'usermind[agents]'" in done.stdout


def test_an_agent_that_is_to_write_as_the_user_would_is_shown_how(
    agent: Callable[..., Made], ana: UserMemory
) -> None:
    ana.observe("Can you come to dinner on Friday?", author="Bob", session="mail 1")
    answer = ana.observe("hey, sure, I bring the wine. cheers", session="mail 1").id
    built, model, _ = agent("hey, with pleasure. cheers", "Hm.", recipient="local model")
    built.invoke(say("Reply for me, as I would: dinner on Sunday?"))
    built.invoke(say("What is the capital of Norway?"))
    asked, general = (system(model, call) for call in (0, 1))
    assert "as if the user wrote it" in asked
    assert "⟦hey, sure, I bring the wine. cheers⟧" in asked
    assert "as if the user wrote it" not in general
    assert answer is not None
    ana.forget(observations=[answer])  # takes what was written after its manner along
    assert not any("with pleasure" in item.text for item in ana.observations())


def shown(text: str, *pictures: bytes) -> dict[str, Any]:
    blocks: list[str | dict[str, Any]] = [{"type": "text", "text": text}]
    for picture in pictures:
        data = base64.b64encode(picture).decode()
        blocks.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}})
    return {"messages": [HumanMessage(blocks)]}


@pytest.fixture
def bo(ana: UserMemory) -> UserMemory:
    ana.concepts["bo"] = Concept("Bo", category="dog", attributes={"eats": "salmon"}, consent=True)
    ana.pictures.add("bo", encoded(drawing(1)))
    return ana


def test_an_agent_is_told_whom_a_picture_shows_and_what_is_known_of_it(
    agent: Callable[..., Made], bo: UserMemory
) -> None:
    built, model, _ = agent("Salmon.", "Nobody.", recipient="local model")
    built.invoke(shown("What does he eat?", again(1)))
    built.invoke(shown("Who is this?", encoded(drawing(3))))
    known, stranger = (system(model, call) for call in (0, 1))
    assert "1 (in the user's message): [c1] ⟦Bo⟧ is recognised." in known
    assert "salmon" in known
    assert "Nobody and nothing on record is recognised." in stranger
    assert "salmon" not in stranger
    assert "picture" not in system_of_plain(agent)


def system_of_plain(agent: Callable[..., Made]) -> str:
    built, model, _ = agent("Hm.", recipient="local model")
    built.invoke(say("What does Bo eat?"))
    return system(model)


def test_an_agents_picture_teaches_by_the_users_word_and_is_put_right_by_it(
    agent: Callable[..., Made], bo: UserMemory
) -> None:
    built, model, _ = agent("Fine.", "Sorry.", recipient="local model")
    built.invoke(shown("This is my dog Bo.", encoded(drawing(3))))
    assert len(bo.concepts["bo"].images) == 2
    built.invoke(shown("This is not Bo!", again(1)))
    assert bo.pictures.recognise(again(1)).keys == ()
    assert "Nobody and nothing on record" in system(model)


@pytest.mark.parametrize("picture", [b"junk", None])
def test_a_picture_that_cannot_be_used_breaks_no_run(
    agent: Callable[..., Made], bo: UserMemory, picture: bytes | None
) -> None:
    built, _, _ = agent("Hm.")
    given = shown("Who is this?", picture or b"x")
    if picture is None:
        given["messages"][0].content[1]["image_url"]["url"] = "http://127.0.0.1:9/a.png"
    result = built.invoke(given)
    assert result["messages"][-1].text == "Hm."


def test_a_private_concept_in_a_picture_is_named_to_no_agent(
    agent: Callable[..., Made], bo: UserMemory
) -> None:
    bo.private.add("Bo")
    built, model, _ = agent("A dog.", recipient="local model")
    built.invoke(shown("Who is this?", again(1)))
    assert "Bo" not in system(model)
