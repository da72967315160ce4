"""A conversation about films: what is offered, why, and what the user makes of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from langchain_core.messages import AIMessageChunk, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from tests.films import filled

from usermind import Assistant, MemoryStore, Reply, UserMemory
from usermind.errors import InvalidInputError, ModelUnavailableError
from usermind.graphs.offering import offer_of, recommended_in
from usermind.models.offline.offering import told_of_offer
from usermind.prompts import RankItemsAnswer
from usermind.prompts.fencing import label
from usermind.testing import ScriptedReasoner, StoppedClock
from usermind.tools import Advisor, Catalogue, Item
from usermind.tools.advice import Advice
from usermind.tools.fitting import fit, place_of
from usermind.tools.interactions import Interaction
from usermind.tools.recommenders import Reason, Recommendation

HORROR = {"Cellar Door", "Grey Nursery", "Marrow Lane", "Pale Tenant", "Sallow Hill"}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with filled(tmp_path_factory.mktemp("films")) as made:
        yield made


@pytest.fixture
def assistant(store: MemoryStore, catalogue: Catalogue) -> Iterator[Assistant]:
    with Assistant(store=store, catalogue=catalogue, reflect="manual") as made:
        yield made


def say(assistant: Assistant, *messages: str, thread: str = "main") -> Reply:
    """Say one message after the other, learn from each, and return the last reply."""
    for message in messages:
        reply = assistant.turn("ana", message, thread_id=thread)
        assistant.reflect("ana")
    return reply


def titles(reply: Reply) -> list[str]:
    return [each.item.title[:-7] for each in reply.recommended]


def genres(reply: Reply) -> set[str]:
    return {word for each in reply.recommended for word in each.item.words("genre")}


def test_what_was_liked_is_recommended_with_a_reason_that_cites_it(assistant: Assistant) -> None:
    reply = say(assistant, "My favourite film is Hollow Moon.", "Recommend me a film.")

    best = reply.recommended[0]
    assert best.item.words("genre") == ("Sci-Fi",)
    [reason] = [each for each in best.reasons if each.item_id == "s0"]
    assert reason.text == "you liked Hollow Moon (1980)"
    assert reason.memory in {hit.id for hit in reply.used}
    assert "Hollow Moon (1980)" in reply.text  # in the reason
    assert "Hollow Moon" not in titles(reply)  # it is known


def test_what_the_user_cannot_stand_does_not_come_however_popular(assistant: Assistant) -> None:
    control = say(assistant, "Recommend me ten films.", thread="before")
    reply = say(assistant, "I can't stand horror films.", "Recommend me a film.", thread="after")

    assert "Horror" in genres(control)
    assert genres(reply)
    assert "Horror" not in genres(reply)
    assert "Left out: Horror" in reply.text


def test_who_asks_for_it_gets_it_all_the_same(assistant: Assistant) -> None:
    reply = say(assistant, "I can't stand horror films.", "Any good horror films for a friend?")

    assert genres(reply) == {"Horror"}


@pytest.mark.parametrize(
    "message",
    ["Horror is not my thing.", "I'm tired of horror films.", "enough horror for a lifetime",
     "I never watch horror.", "I'm not a fan of horror.", "Horror films bore me."],
)  # fmt: skip
def test_a_distaste_in_general_holds_in_another_conversation_and_process(
    open_store: Callable[..., MemoryStore], catalogue: Catalogue, message: str
) -> None:
    with open_store() as store, Assistant(store=store, catalogue=catalogue) as assistant:
        assistant.turn("ana", message, thread_id="one")
        assistant.wait()

    with open_store() as store, Assistant(store=store, catalogue=catalogue) as assistant:
        reply = assistant.turn("ana", "Recommend me ten films.", thread_id="two")

    assert genres(reply)
    assert "Horror" not in genres(reply)


def test_no_horror_please_is_a_wish_for_one_conversation(assistant: Assistant) -> None:
    tonight = say(assistant, "No horror please", "Recommend me ten films.", thread="tonight")
    later = say(assistant, "Recommend me ten films.", thread="later")

    assert genres(tonight)
    assert "Horror" not in genres(tonight)
    assert "Horror" in genres(later)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("I couldn't finish Pale Tenant.", {"h3": -1.0}),
        ("Hollow Moon: 9/10, Llama Drama: 2/10", {"s0": 0.8, "c2": -0.6}),
        ("I'd give Slow Waltz 3 out of 5.", {"r4": 0.0}),
        ("Hollow Moon, Orbit Nine and Lisbon Again are my favourites.",
         {"s0": 1.0, "s2": 1.0, "r2": 1.0}),
        ("I love Hollow Moon but not Llama Drama.", {"s0": 1.0, "c2": -0.5}),
        ("I love Hollow Moon, not.", {}),
        ("Everybody says Hollow Moon is a masterpiece.", {}),
    ],
)  # fmt: skip
def test_a_verdict_is_kept_by_what_it_weighs(
    assistant: Assistant, ana: UserMemory, message: str, kept: dict[str, float]
) -> None:
    say(assistant, message)

    assert {event.item_id: event.weight for event in ana.feedback.events()} == kept


def test_words_about_a_film_are_kept_and_move_the_next_list(
    assistant: Assistant, ana: UserMemory
) -> None:
    said = say(assistant, "I loved Lisbon Again but I hated Custard Court.")
    reply = say(assistant, "What should I watch tonight? Recommend me a film.")

    assert {event.item_id: event.weight for event in ana.feedback.events()} == {"r2": 1, "c0": -1}
    assert "liked Lisbon Again (2000)" in said.text
    assert "did not like Custard Court (1980)" in said.text
    assert reply.recommended[0].item.words("genre") == ("Romance",)
    assert "Custard Court" not in titles(reply)


def test_what_was_shown_does_not_come_again_in_the_conversation(assistant: Assistant) -> None:
    first = say(assistant, "Recommend me a comedy film.")
    second = say(assistant, "Not these, something else.")
    elsewhere = say(assistant, "Recommend me a comedy film.", thread="another")

    assert titles(first)
    assert set(titles(first)).isdisjoint(titles(second))
    assert set(titles(elsewhere)) & set(titles(first))


@pytest.mark.parametrize(
    "message",
    ["Which films did I like?", "Who made Hollow Moon?", "Thanks!", "I moved to Oslo.",
     "Recommend me a restaurant."],
)  # fmt: skip
def test_what_asks_for_no_film_gets_none(assistant: Assistant, message: str) -> None:
    reply = say(assistant, message)

    assert reply.recommended == ()
    assert "catalogue" not in reply.sources


def test_a_forgotten_verdict_no_longer_counts_nor_does_its_list(
    assistant: Assistant, ana: UserMemory
) -> None:
    say(assistant, "I loved Lisbon Again.")
    before = say(assistant, "Recommend me a film.")
    ana.feedback.forget("r2")
    ana.forget(observations=[item.id for item in ana.observations() if "Lisbon" in item.text])
    after = say(assistant, "Recommend me a film.", thread="another")

    assert any(reason.item_id == "r2" for each in before.recommended for reason in each.reasons)
    assert not any(reason.item_id == "r2" for each in after.recommended for reason in each.reasons)


def test_sensitive_facts_move_no_ranking(store: MemoryStore, catalogue: Catalogue) -> None:
    with Assistant(store=store, catalogue=catalogue, reflect="manual") as assistant:
        lists = []
        for user, more in (
            ("ana", ()),
            ("bo", ("I am gay.", "I have diabetes.", "I am a Catholic.")),
        ):
            for message in ("I like romance films.", *more):
                assistant.turn(user, message)
            assistant.reflect(user)
            lists.append(assistant.turn(user, "Recommend me a film.").recommended)

    assert lists[0]
    assert [(e.item.id, e.score) for e in lists[0]] == [(e.item.id, e.score) for e in lists[1]]


def test_without_a_catalogue_nothing_is_offered_and_no_tool_is(store: MemoryStore) -> None:
    model = ScriptedReasoner(replies=["No idea."])
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        reply = assistant.turn("ana", "Recommend me a film.")

    assert reply.recommended == ()
    assert {tool.name for tool in model.requests[0].tools} == {
        "remember", "search_memory", "forget",
    }  # fmt: skip


def test_an_empty_catalogue_is_answered_politely(store: MemoryStore, tmp_path: Path) -> None:
    empty = Catalogue(tmp_path / "empty", embedder="lexical")
    with empty, Assistant(store=store, catalogue=empty, reflect="manual") as assistant:
        reply = assistant.turn("ana", "Recommend me a film.")

    assert reply.error is None
    assert reply.recommended == ()


@pytest.mark.parametrize(
    ("messages", "only"),
    [
        (("Forget horror, recommend a comedy",), "Comedy"),
        (("I loved Orbit Nine.", "What do you recommend?"), None),
        (("Recommend a film my mother would like",), None),
        (("Recommend me a film.", "I prefer something from before 1990"), None),
    ],
)
def test_it_is_understood_as_a_request(
    assistant: Assistant, messages: tuple[str, ...], only: str | None
) -> None:
    reply = say(assistant, *messages)

    assert reply.recommended
    assert only is None or genres(reply) == {only}


@pytest.mark.parametrize(
    "message", ["I need a new Ford for work", "What do you recommend?", "Forget horror."]
)
def test_it_is_understood_as_none(assistant: Assistant, message: str) -> None:
    assert say(assistant, message).recommended == ()


def test_what_is_to_be_forgotten_is_where_a_request_follows(assistant: Assistant) -> None:
    say(assistant, "I live in Oslo.")

    reply = say(assistant, "Forget where I live, and recommend a film")

    assert "forgot" in reply.text.lower()
    assert reply.recommended == ()


def test_after_a_list_more_like_it_or_others_are_suggested_and_understood(
    assistant: Assistant,
) -> None:
    first = say(assistant, "Recommend me a comedy film.")
    assert [each.text for each in first.suggestions] == [
        "Something like Custard Court, please",
        "Not these, something else",
    ]
    for suggestion in first.suggestions:
        followed = say(assistant, suggestion.text)
        assert set(titles(followed)).isdisjoint(titles(first))
        assert titles(followed)


@pytest.mark.parametrize("when", ["from the start", "in the middle"])
def test_a_catalogue_that_cannot_be_read_costs_its_list_and_not_the_turn(
    store: MemoryStore, ana: UserMemory, tmp_path: Path, when: str
) -> None:
    with filled(tmp_path / "films") as films:
        fit(films)
        if when == "from the start":
            (place_of(films) / "model.json").write_text("{")
        with Assistant(store=store, catalogue=films, reflect="manual") as assistant:
            if when == "in the middle":
                assert assistant.turn("ana", "Recommend me a film.").recommended
                (place_of(films) / "model.json").write_text("{")
            reply = assistant.turn("ana", "Recommend me a film.", thread_id="again")

    assert reply.error is None
    assert reply.text
    assert reply.recommended == ()
    assert reply.unoffered is not None
    assert "usermind catalogue fit" in reply.unoffered
    assert next(item.text for item in ana.observations() if item.author == "user") == (
        "Recommend me a film."
    )


@pytest.mark.parametrize(
    "message",
    [
        'My friend wrote: "I hated Hollow Moon."',
        "> I hated Hollow Moon.",
        "If I had hated Hollow Moon, I would say so.",
        "Would I like Hollow Moon?",
        "I never said I hated Hollow Moon.",
    ],
)
def test_no_verdict_is_put_into_the_users_mouth(
    assistant: Assistant, ana: UserMemory, message: str
) -> None:
    say(assistant, message)

    assert ana.feedback.events() == ()


def test_the_second_one_is_that_of_the_last_list(assistant: Assistant, ana: UserMemory) -> None:
    listed = say(assistant, "Recommend me three comedy films.")
    say(assistant, "I've seen number 1, and I hated the second one.")

    assert len(listed.recommended) == 3
    kept = {event.item_id: event.weight for event in ana.feedback.events()}
    assert kept == {listed.recommended[0].item.id: 0.25, listed.recommended[1].item.id: -1.0}


def test_what_was_shown_may_come_again_after_half_a_day(
    assistant: Assistant, clock: StoppedClock
) -> None:
    first = say(assistant, "Recommend me a comedy film.")
    clock.advance(timedelta(hours=11))
    soon = say(assistant, "Recommend me a comedy film.")
    clock.advance(timedelta(hours=13))
    later = say(assistant, "Recommend me a comedy film.")

    assert titles(first)
    # Nothing else is left: it comes again, and the list says so.
    assert titles(soon) == titles(first)
    assert "Nothing else fits: you were shown this before" in soon.text
    assert titles(later) == titles(first)
    assert "you were shown this before" not in later.text


def test_what_was_shown_makes_room_for_what_is_left_for_half_a_day(
    assistant: Assistant, clock: StoppedClock
) -> None:
    first = say(assistant, "Recommend me three comedy films.")
    clock.advance(timedelta(hours=11))
    soon = say(assistant, "Recommend me three comedy films.")
    clock.advance(timedelta(hours=13))
    later = say(assistant, "Recommend me three comedy films.", thread="main")

    assert len(first.recommended) == 3
    assert titles(soon)
    assert not set(titles(soon)) & set(titles(first))
    assert set(titles(later)) & set(titles(first))


def test_of_a_private_message_neither_verdict_nor_list_is_kept(
    assistant: Assistant, ana: UserMemory
) -> None:
    ana.observe("I live in Oslo.")
    ana.private.add("my divorce")
    say(assistant, "Since my divorce I love Lisbon Again.")
    reply = say(assistant, "Recommend me a film about my divorce.")

    assert reply.text
    assert ana.feedback.events() == ()
    assert ana.feedback.exposures() == ()


def test_a_reply_goes_with_the_verdict_that_its_reasons_rest_on(
    store: MemoryStore, ana: UserMemory, catalogue: Catalogue
) -> None:
    assistant, _ = with_model(store, catalogue, "Noted.", "You loved Lisbon Again: Paper Boats!")
    with assistant:
        assistant.turn("ana", "I loved Lisbon Again.")
        reply = assistant.turn("ana", "Recommend me a film.", thread_id="another")
        assert reply.text in {item.text for item in ana.observations()}
        ana.feedback.forget("r2")
        ana.forget(observations=[o.id for o in ana.observations() if o.text.endswith("Again.")])

    assert not any("Lisbon" in item.text for item in ana.observations())


def test_what_was_shown_does_not_come_again_when_its_reasons_are_forgotten(
    store: MemoryStore, ana: UserMemory, catalogue: Catalogue
) -> None:
    told = "As you love comedies: Custard Court, Dizzy Dukes."
    forget = call("forget", query="comedy films")
    assistant, model = with_model(
        store, catalogue, "Noted.", told, forget, "Done.", "Hm.", "Sorry."
    )
    with assistant:
        assistant.turn("ana", "I love comedy films.")
        assistant.turn("ana", "Recommend me two comedy films.")
        assistant.turn("ana", "Forget what I said about comedy films.")
        assistant.turn("ana", "Recommend me a comedy film.")
        assistant.turn("ana", "I hated the second one.")

    texts = "".join(item.text for item in ana.observations())
    assert "As you love" not in texts
    offered = model.requests[-2].turn.render()
    assert "Llama Drama" in offered
    assert "Custard Court" not in offered
    assert [each.item_id for each in ana.feedback.exposures()] == ["c1", "c0"]
    assert [event.item_id for event in ana.feedback.events()] == ["c1"]


def test_of_two_that_one_message_judged_the_other_stays(
    assistant: Assistant, ana: UserMemory
) -> None:
    say(assistant, "I loved Lisbon Again and hated Custard Court.")
    told = say(assistant, "Forget what I said about Lisbon Again.")
    after = say(assistant, "Recommend me ten films.", thread="another")

    assert told.text.startswith("Forgotten for good")
    assert "What was said of other items stays: v2." in told.text
    assert {event.item_id: event.weight for event in ana.feedback.events()} == {"c0": -1}
    assert not any("Lisbon" in item.text for item in ana.observations() if item.author == "user")
    assert "Custard Court" not in titles(after)
    assert not any(reason.item_id == "r2" for each in after.recommended for reason in each.reasons)


def test_of_a_message_about_something_else_the_verdicts_go_only_when_the_user_insists(
    assistant: Assistant, ana: UserMemory
) -> None:
    said = assistant.turn("ana", "My sister Lena came by and I loved Lisbon Again.", thread_id="a")
    assert "Lisbon Again" in said.text
    told = assistant.turn("ana", "Forget what I said about my sister Lena.", thread_id="b")
    assert told.text.startswith("Nothing was forgotten yet")
    assert "I liked ‘Lisbon Again (2000)’" in told.text.replace("“", "‘").replace("”", "’")
    assert [event.item_id for event in ana.feedback.events()] == ["r2"]
    gone = assistant.turn("ana", "Forget what I said about my sister Lena anyway.", thread_id="b")
    assert gone.text.startswith("Forgotten for good")
    assert ana.feedback.events() == ()


def test_what_else_the_message_says_is_asked_about_before_it_goes(
    assistant: Assistant, ana: UserMemory
) -> None:
    say(assistant, "I loved Lisbon Again and I live in Oslo.")
    told = say(assistant, "Forget what I said about Lisbon Again.")

    assert told.text.startswith("Nothing was forgotten yet")
    assert "Oslo" in told.text
    assert [event.item_id for event in ana.feedback.events()] == ["r2"]


# -- what the catalogue cannot tell, what is compared, and why nothing is left --------------


def years(reply: Reply) -> list[float]:
    return [float(each.item.attributes["year"]) for each in reply.recommended]  # type: ignore[arg-type]  # a number


def test_what_the_catalogue_cannot_tell_is_said_with_the_list(assistant: Assistant) -> None:
    reply = say(assistant, "Recommend me something by Tarantino.")

    assert titles(reply)
    assert "(“by Tarantino” did not count: nothing here tells who made it.)" in reply.text


@pytest.mark.parametrize(
    ("message", "newer"),
    [("anything older?", False), ("No, older!", False), ("too recent", False),
     ("more recent ones", True), ("not that old", True), ("something newer than that", True)],
)  # fmt: skip
def test_older_and_newer_are_so_than_the_middle_of_the_last_list(
    assistant: Assistant, message: str, newer: bool
) -> None:
    first = say(assistant, "Recommend me films from between 1990 and 2010.")
    middle = sorted(years(first))[2]
    reply = say(assistant, message)

    assert len(titles(first)) == 5
    assert years(reply)
    assert all(year > middle if newer else year < middle for year in years(reply))


def test_what_was_compared_goes_on_and_is_not_compared_anew(assistant: Assistant) -> None:
    first = say(assistant, "Recommend me films from between 1990 and 2010.")
    middle = sorted(years(first))[2]
    second = say(assistant, "anything older?")
    third = say(assistant, "Not these, others.")

    assert years(second)
    assert years(third)
    assert all(year < middle for year in [*years(second), *years(third)])


def test_a_kind_goes_on_when_only_the_age_is_changed(assistant: Assistant) -> None:
    say(assistant, "Recommend me a comedy film from after 1995.")
    reply = say(assistant, "Show me something older.")

    assert genres(reply) == {"Comedy"}


@pytest.mark.parametrize(
    "message", ["I am older than that.", "My older sister likes it.", "Maybe later.", "Too bad."]
)
def test_what_compares_nothing_gets_no_list(assistant: Assistant, message: str) -> None:
    say(assistant, "Recommend me a film.")
    reply = say(assistant, message)

    assert reply.recommended == ()


def test_the_newest_come_first_when_that_is_asked_after_a_list(assistant: Assistant) -> None:
    say(assistant, "Recommend me a film.")
    reply = say(assistant, "newest first, please")

    assert years(reply) == sorted(years(reply), reverse=True)
    assert years(reply)[0] == 2020
    assert "(Newest first.)" in reply.text


def test_a_catalogue_that_is_used_up_says_what_used_it_up(assistant: Assistant) -> None:
    say(assistant, "I can't stand horror films.", "Recommend me a comedy film.")
    reply = say(assistant, "Another comedy, please.")

    assert titles(reply) == []
    assert "I find nothing in the catalogue that fits." in reply.text
    assert "(15 of 20 are not Comedy; without that, 10 would fit.)" in reply.text
    assert (
        "(5 of 20 were shown in this conversation already; in a new conversation, 5 would fit.)"
        in reply.text
    )
    anew = say(assistant, "Recommend me a comedy film.", thread="new")
    assert len(titles(anew)) == 5


def test_a_list_that_ends_says_that_the_rest_was_shown(assistant: Assistant) -> None:
    say(assistant, "Recommend me three comedy films.")
    reply = say(assistant, "Others, please.")

    assert len(titles(reply)) == 2
    assert "(3 of 20 were shown in this conversation already" in reply.text


def test_a_model_that_did_not_put_a_list_in_order_is_told_on_the_reply(
    store: MemoryStore, ana: UserMemory, catalogue: Catalogue
) -> None:
    ana.observe("I love romance films.")
    ana.reflect()
    ranker = ScriptedReasoner(
        [ModelUnavailableError("It is down."), RankItemsAnswer(order=list(range(1, 21)))]
    )
    advisor = Advisor(catalogue, rerank=ranker)
    with Assistant(store=store, catalogue=advisor, reflect="manual") as assistant:
        failed = assistant.turn("ana", "Recommend me a film.", thread_id="one")
        ranked = assistant.turn("ana", "Recommend me a film.", thread_id="two")
        plain = assistant.turn("ana", "Thanks!", thread_id="two")

    assert failed.recommended
    assert failed.unranked == "It is down."
    assert ranked.recommended
    assert ranked.unranked is None
    assert plain.unranked is None


# -- with a model ---------------------------------------------------------------------------


def call(name: str, **args: object) -> AIMessageChunk:
    import json

    chunk = tool_call_chunk(name=name, args=json.dumps(args), id="call", index=0)
    return AIMessageChunk(content="", tool_call_chunks=[chunk], chunk_position="last")


def with_model(
    store: MemoryStore, catalogue: Catalogue, *replies: str | AIMessageChunk
) -> tuple[Assistant, ScriptedReasoner]:
    model = ScriptedReasoner(replies=list(replies))
    return Assistant(store=store, model=model, catalogue=catalogue, reflect="manual"), model


def answer_of(model: ScriptedReasoner) -> ToolMessage:
    [message] = [step for step in model.requests[-1].steps if isinstance(step, ToolMessage)]
    return message


def test_a_model_is_shown_the_list_with_reasons_and_names_of_it_what_it_likes(
    store: MemoryStore, ana: UserMemory, catalogue: Catalogue
) -> None:
    ana.observe("My favourite film is Hollow Moon.")
    ana.reflect()
    assistant, model = with_model(store, catalogue, "Try Orbit Nine, as you liked Hollow Moon.")
    with assistant:
        reply = assistant.turn("ana", "Recommend me a film.")

    asked = model.requests[0].turn.render()
    assert "Note:" not in asked
    assert "⟦Orbit Nine (2000)⟧" in asked
    assert "because ⟦you liked Hollow Moon (1980)⟧ [p1]" in asked
    assert titles(reply) == ["Orbit Nine"]
    assert [each.item_id for each in ana.feedback.exposures()] == ["s2"]


def test_a_model_is_told_what_did_not_count_and_why_nothing_is_left(
    store: MemoryStore, catalogue: Catalogue
) -> None:
    assistant, model = with_model(
        store, catalogue, "I cannot tell.", "There is none.",
        call("recommend_items", request="a comedy from before 1970"), "There is none.",
    )  # fmt: skip
    with assistant:
        assistant.turn("ana", "Recommend me a film under two hours.")
        assistant.turn("ana", "Recommend me a comedy film from before 1970.")
        assistant.turn("ana", "I am bored.")

    untold, nothing = (request.turn.render() for request in model.requests[:2])
    assert "Note: ⟦“under two hours” did not count: nothing here tells how long it is⟧" in untold
    assert "Note: ⟦20 of 20 are not from 1969 or before; without that, 5 would fit⟧" in nothing
    assert answer_of(model).text.startswith("Nothing in the catalogue fits.\nNote: ⟦20 of 20")


def test_a_model_can_recommend_by_its_tool_under_conditions(
    store: MemoryStore, catalogue: Catalogue
) -> None:
    assistant, model = with_model(
        store,
        catalogue,
        call("recommend_items", request="funny", conditions=["genre=comedy", "year>=2000"], k=3),
        "Watch Waffle Heist!",
    )
    with assistant:
        reply = assistant.turn("ana", "I am bored.")

    shown = answer_of(model).text
    assert shown.count("⟧: ⟦") == 3
    assert all(title in shown for title in ("Llama Drama", "Pigeon Season", "Waffle Heist"))
    assert titles(reply) == ["Waffle Heist"]
    assert reply.tools == ("recommend_items",)


@pytest.mark.parametrize(
    "before", ["I don't want any horror films.", "Nothing scary, please."], ids=["films", "scary"]
)
def test_a_list_that_a_model_asks_for_heeds_what_the_user_said_before(
    store: MemoryStore, catalogue: Catalogue, before: str
) -> None:
    ask = call("recommend_items", request="a film for tonight", k=20)
    assistant, model = with_model(store, catalogue, "All right.", "Which ones?", ask, "Here.")
    with assistant:
        for message in (before, "I had a long day.", "What do you have?"):
            assistant.turn("ana", message)
    assert not any(title in answer_of(model).text for title in HORROR)

    assistant, model = with_model(store, catalogue, ask, "Here.")
    with assistant:
        assistant.turn("bo", "What do you have?")
    assert any(title in answer_of(model).text for title in HORROR)


def test_a_list_that_a_model_asks_for_heeds_the_message_that_it_answers(
    store: MemoryStore, catalogue: Catalogue
) -> None:
    ask = call("recommend_items", request="a film", k=20)
    assistant, model = with_model(store, catalogue, ask, "Here.")
    with assistant:
        assistant.turn("ana", "I am bored, but I don't want any horror films.")

    listed = answer_of(model).text
    assert "Hollow Moon" in listed
    assert not any(title in listed for title in HORROR)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"conditions": ["colour=red"]}, "No item has an attribute"),
        ({"conditions": ["genre=Opera"]}, "No item has the ⟦genre⟧ ⟦Opera⟧"),
        ({"conditions": ["year>=soon"]}, "no number"),
        ({"conditions": ["; DROP TABLE"]}, "cannot be read"),
        ({"k": 0}, "greater than or equal to 1"),
    ],
)
def test_a_model_that_asks_wrongly_is_told_how(
    store: MemoryStore, catalogue: Catalogue, args: dict[str, object], told: str
) -> None:
    assistant, model = with_model(store, catalogue, call("recommend_items", **args), "Sorry.")
    with assistant:
        assistant.turn("ana", "I am bored.")

    assert answer_of(model).status == "error"
    assert told in answer_of(model).text


def test_a_model_finds_what_is_like_a_film_but_not_of_a_title_that_is_none(
    store: MemoryStore, catalogue: Catalogue
) -> None:
    assistant, model = with_model(
        store, catalogue, call("similar_items", title="orbit nine"), "Quiet Engines.",
        call("similar_items", title="Citizen Kane"), "Sorry.",
    )  # fmt: skip
    with assistant:
        assistant.turn("ana", "I am bored.")
        found = answer_of(model).text
        assistant.turn("ana", "I am still bored.")

    assert "Quiet Engines (2010)" in found
    assert "Horror" not in found
    assert "no item of that title" in answer_of(model).text


def test_a_model_that_gets_a_title_wrong_is_told_which_are_near(
    store: MemoryStore, ana: UserMemory, catalogue: Catalogue
) -> None:
    wrong = call("record_feedback", title="Hollow Moo Noon", verdict="loved")
    assistant, model = with_model(store, catalogue, wrong, "Sorry.")
    with assistant:
        assistant.turn("ana", "I loved that one about the moon.")

    assert "Spelt most like it are: ⟦s0⟧: ⟦Hollow Moon (1980)⟧" in answer_of(model).text
    assert ana.feedback.events() == ()


def test_a_model_keeps_feedback_only_on_what_the_user_spoke_of(
    store: MemoryStore, ana: UserMemory, catalogue: Catalogue
) -> None:
    assistant, model = with_model(
        store, catalogue,
        call("record_feedback", title="Slow Waltz", verdict="loved"), "Noted.",
        call("record_feedback", title="Sallow Hill", verdict="hated"), "Hm.",
    )  # fmt: skip
    with assistant:
        assistant.turn("ana", "Slow Waltz made me cry.")
        kept = answer_of(model).text
        assistant.turn("ana", "Good evening to you.")

    assert "loved ⟦Slow Waltz (2020)⟧" in kept
    assert "Not kept" in answer_of(model).text
    assert [event.item_id for event in ana.feedback.events()] == ["r4"]


def test_a_reason_that_is_not_for_a_remote_model_is_left_out_and_the_film_stays(
    store: MemoryStore, ana: UserMemory, catalogue: Catalogue
) -> None:
    ana.observe("My favourite film is Hollow Moon.")
    ana.reflect()
    ana.private.add("Hollow Moon")
    remote = ScriptedReasoner(replies=["Orbit Nine."], recipient="remote model")
    with Assistant(store=store, model=remote, catalogue=catalogue, reflect="manual") as assistant:
        assistant.turn("ana", "Recommend me a film.")

    assert "Orbit Nine" in remote.requests[0].turn.render()
    assert "Hollow Moon" not in remote.requests[0].turn.render()


def test_one_advisor_serves_many_users_who_know_nothing_of_each_other(
    store: MemoryStore, catalogue: Catalogue
) -> None:
    advisor = Advisor(catalogue)
    with Assistant(store=store, catalogue=advisor, reflect="manual") as assistant:
        assistant.turn("ana", "I loved Lisbon Again.")
        assistant.turn("bo", "I loved Orbit Nine.")
        ana = assistant.turn("ana", "Recommend me a film.").recommended
        bo = assistant.turn("bo", "Recommend me a film.").recommended

    assert ana[0].item.words("genre") == ("Romance",)
    assert bo[0].item.words("genre") == ("Sci-Fi",)


ODD = "\u202eWaffle\u200b Heist\u2028of \u2066the \x80Year\u2069 (2020)"


def test_a_title_with_marks_that_turn_the_writing_is_written_plainly(
    store: MemoryStore, tmp_path: Path
) -> None:
    # A control character is refused at the door; the others are kept as they came.
    odd = ODD.replace("\x80", "")
    with (
        Catalogue(tmp_path / "odd", embedder="lexical") as catalogue,
        Assistant(store=store, catalogue=catalogue, reflect="manual") as assistant,
    ):
        with pytest.raises(InvalidInputError, match="control characters"):
            catalogue.add([Item("x", ODD)])
        catalogue.things = ("film",)
        catalogue.add([
            Item("odd", odd, attributes={"genre": ("Comedy",)}),
            Item("plain", "Slow Waltz (2020)", attributes={"genre": ("Comedy",)}),
        ])  # fmt: skip
        listed = say(assistant, "Recommend me a comedy film.")
        assert "Waffle Heist of the Year (2020)" in listed.text
        assert {each.item.id for each in listed.recommended} == {"odd", "plain"}
        assert {each.item.title for each in listed.recommended} >= {odd}
        heard = say(assistant, "I loved Waffle Heist of the Year.")
        assert "liked Waffle Heist of the Year (2020)" in heard.text
        told = [listed.text, heard.text, *(each.text for each in listed.suggestions)]
    because = Reason("event", f"you liked {odd}", 1.0)
    offer = offer_of(Advice((Recommendation(Item("y", odd), 1.0, 1, "test", (because,)),)))
    said, _ = told_of_offer(offer)
    assert "Year (2020): you liked Waffle Heist of the Year (2020)." in said
    assert not (set(odd) - set("Waffle Heist of the Year (2020)")) & set("".join([*told, said]))


def test_a_long_title_that_a_model_saw_cut_is_named_by_its_beginning() -> None:
    title = "The very long and winding history of " + "everything " * 9 + "(1999)"
    item = Recommendation(Item("long", title), 1.0, 1, "test")
    shown = label(title)
    assert recommended_in(f"Read {shown}!", Advice((item,))) == (item,)
    assert recommended_in(f"Read {title}!", Advice((item,))) == (item,)
    assert recommended_in("Read something else!", Advice((item,))) == ()


@pytest.mark.parametrize(
    ("reply", "named"),
    [
        ("It is a fine evening for a film.", set()),
        ("It was hot, and the heat of the night was on.", set()),
        ("Try It (1990): a clown in a drain.", {"it"}),
        ("1. **It**\n2. Heat", {"it", "heat"}),
        ("1. It\n2. Nothing else", {"it"}),
        ("What about Heat?", {"heat"}),
        ("“It”, I would say.", {"it"}),
        ("The Matrix is a classic.", {"matrix"}),
        ("Matrix, The (1999) is a classic.", {"matrix"}),
        ("Have you seen Alien?", {"alien"}),
    ],
)  # fmt: skip
def test_a_reply_recommends_what_it_surely_names(reply: str, named: set[str]) -> None:
    titles = {
        "it": "It (1990)", "heat": "Heat (1995)", "matrix": "Matrix, The (1999)",
        "alien": "Alien (1979)", "covenant": "Alien: Covenant (2017)",
    }  # fmt: skip
    advice = Advice(
        tuple(Recommendation(Item(id_, title), 1.0, 1, "test") for id_, title in titles.items())
    )

    assert {each.item.id for each in recommended_in(reply, advice)} == named


@pytest.mark.parametrize("message", ["I loved Orbit Nine.", "I couldn't stand Orbit Nine."])
def test_a_verdict_on_a_title_of_two_films_is_asked_back_and_not_kept(
    store: MemoryStore, tmp_path: Path, message: str
) -> None:
    with filled(tmp_path / "own") as own:
        own.add([Item("s2b", "Orbit Nine (2021)", "A remake.", {"genre": ("Sci-Fi",)})])
        own.add_interactions([Interaction(f"late {n}", "s2b", 1.0, 1.0) for n in range(12)])
        with Assistant(store=store, catalogue=own, reflect="manual") as assistant:
            reply = say(assistant, message)
            kept = list(store.user("ana").feedback.list())
            again = say(assistant, "I loved Orbit Nine (2021).")

    assert "Which do you mean, Orbit Nine (20" in reply.text
    assert "Orbit Nine (2021)" in reply.text
    assert "Orbit Nine (2000)" in reply.text
    assert kept == []
    assert "Which" not in again.text
    assert [each.item_id for each in store.user("ana").feedback.list()] == ["s2b"]


def test_a_question_about_a_title_of_two_films_is_asked_nothing_back(
    store: MemoryStore, tmp_path: Path
) -> None:
    with filled(tmp_path / "own") as own:
        own.add([Item("s2b", "Orbit Nine (2021)", "A remake.", {"genre": ("Sci-Fi",)})])
        own.add_interactions([Interaction(f"late {n}", "s2b", 1.0, 1.0) for n in range(12)])
        with Assistant(store=store, catalogue=own, reflect="manual") as assistant:
            reply = say(assistant, "Would I love Orbit Nine?")

    assert "Which do you mean" not in reply.text


@pytest.mark.parametrize(
    ("messages", "count"),
    [
        (["Give me 4 comedies"], 4),
        (["Recommend me three horror films."], 3),
        (["Recommend me a film.", "only 2 please"], 2),
        (["Recommend me a film.", "one more"], 1),
        (["Recommend me a film.", "show me three more, please"], 3),
    ],
)
def test_as_many_come_as_are_asked_for(
    assistant: Assistant, messages: list[str], count: int
) -> None:
    assert len(say(assistant, *messages).recommended) == count


def test_a_number_alone_asks_for_nothing_where_no_list_was_shown(assistant: Assistant) -> None:
    assert say(assistant, "one more").recommended == ()


def test_more_than_five_are_all_told(assistant: Assistant) -> None:
    reply = say(assistant, "Recommend me eight films.")

    assert len(reply.recommended) == 8
    assert "\n8. " in reply.text
