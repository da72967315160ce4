"""What was recommended before and what the user made of it, as they ask about it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.films import filled

from usermind import Assistant, MemoryStore, Reply, UserMemory
from usermind.testing import ScriptedReasoner, StoppedClock
from usermind.tools import Catalogue


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with filled(tmp_path_factory.mktemp("films")) as made:
        yield made


@pytest.fixture
def clock() -> StoppedClock:
    """Monday 1 June 2026, at noon."""
    return StoppedClock()


@pytest.fixture
def told(
    tmp_path_factory: pytest.TempPathFactory, clock: StoppedClock, catalogue: Catalogue
) -> Iterator[Assistant]:
    """An assistant that was told of three films on 1 June and recommended comedies on the 9th."""
    folder = tmp_path_factory.mktemp("memory")
    with (
        MemoryStore(folder, embedder="lexical", clock=clock) as store,
        Assistant(store=store, catalogue=catalogue, reflect="manual") as assistant,
    ):
        say(assistant, "I loved Lisbon Again but I hated Custard Court.", "I liked Hollow Moon.")
        clock.advance(timedelta(days=8))
        say(assistant, "Recommend me a comedy film.")
        clock.advance(timedelta(days=7))  # Tuesday 16 June
        yield assistant


def say(assistant: Assistant, *messages: str) -> Reply:
    for message in messages:
        reply = assistant.turn("ana", message)
        assistant.reflect("ana")
    return reply


def ids(reply: Reply) -> set[str]:
    return {hit.id[0] for hit in reply.used}


@pytest.mark.parametrize(
    "message",
    [
        "What have you recommended to me?",
        "what did you suggest last week?",
        "Which films did you suggest on 9 June?",
        "Can you remind me which movies you recommended?",
        "What were your last recommendations?",
        "Which comedies have you already recommended to me?",
        "Have you recommended any films yet?",
        "List the films you suggested, please.",
        "I forgot which movies you told me to watch.",
        "What movie suggestions did you give me?",
    ],
)
def test_what_was_recommended_is_listed_with_its_day(told: Assistant, message: str) -> None:
    shown = [each.title for each in told.store.user("ana").feedback.exposures()]
    reply = say(told, message)

    assert reply.text.startswith("I recommended to you:\n- ")
    assert all(f"- {title}, 9 June" in reply.text for title in shown)
    assert ids(reply) == {"x"}
    assert reply.sources[0] == "feedback"
    assert reply.recommended == ()
    assert len(told.store.user("ana").feedback.exposures()) == len(shown)  # nothing shown anew


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("Which films did I say I liked?",
         "You liked Hollow Moon (1980), as you said on 1 June. "
         "You liked Lisbon Again (2000), as you said on 1 June."),
        ("Which ones did I hate?", "You did not like Custard Court (1980), as you said on 1 June."),
        ("Which films didn't I like?",
         "You did not like Custard Court (1980), as you said on 1 June."),
        ("which romance films have I liked so far?",
         "You liked Lisbon Again (2000), as you said on 1 June."),
        ("What's the last film I hated?",
         "You did not like Custard Court (1980), as you said on 1 June."),
        ("Did I like Hollow Moon?",
         "Yes, you liked Hollow Moon (1980), as you said on 1 June."),
        ("did i like lisbon again?",
         "Yes, you liked Lisbon Again (2000), as you said on 1 June."),
        ("Did I like Custard Court?",
         "No, you did not like Custard Court (1980), as you said on 1 June."),
        ("What did I think of the film Custard Court?",
         "You did not like Custard Court (1980), as you said on 1 June."),
        ("Did I tell you that I liked Hollow Moon (1980)?",
         "Yes, you liked Hollow Moon (1980), as you said on 1 June."),
    ],
)  # fmt: skip
def test_what_the_user_made_of_films_is_told_with_its_day(
    told: Assistant, message: str, answer: str
) -> None:
    reply = say(told, message)

    assert reply.text == answer
    assert ids(reply) == {"v"}


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("What did you suggest yesterday?", "I have not recommended anything to you in that time."),
        ("Which horror films did you recommend?",
         "I have not recommended anything of that kind to you yet."),
        ("Have you recommended Pale Tenant to me?",
         "I have not recommended Pale Tenant (2010) to you yet."),
        ("Did I like Pale Tenant?",
         "You have not told me what you think of Pale Tenant (2010) yet."),
    ],
)  # fmt: skip
def test_what_there_is_nothing_of_is_said(told: Assistant, message: str, answer: str) -> None:
    assert say(told, message).text == answer


def test_of_what_was_only_recommended_nothing_more_is_claimed(told: Assistant) -> None:
    shown = told.store.user("ana").feedback.exposures()[0].title
    reply = say(told, f"Did I like {shown[:-7]}?")

    assert reply.text == (
        f"You have not told me what you think of {shown} yet. I recommended {shown} on 9 June."
    )
    assert ids(reply) == {"x"}


def test_a_question_about_one_film_is_not_answered_by_what_was_said_of_others(
    told: Assistant,
) -> None:
    reply = say(told, "I love Slow Waltz and Quiet Engines.", "Did I like Pale Tenant?")

    assert reply.text == "You have not told me what you think of Pale Tenant (2010) yet."


def test_whether_a_film_is_any_good_no_count_of_searches_tells(told: Assistant) -> None:
    told.store.user("ana").entities.record("Pale Tenant")
    assert "looked for" not in say(told, "Is Pale Tenant any good?").text
    assert "Pale Tenant" in say(told, "Have I searched for Pale Tenant?").text


def test_nothing_was_recommended_yet(store: MemoryStore, catalogue: Catalogue) -> None:
    with Assistant(store=store, catalogue=catalogue, reflect="manual") as assistant:
        reply = say(assistant, "What have you recommended to me?")

    assert reply.text == "I have not recommended anything to you yet."


@pytest.mark.parametrize(
    "message",
    [
        "Which films did Bob like?",
        "What did I like about Oslo?",
        "Did I like hiking?",
        "Did I like it?",
        "What do I love?",
        "Which restaurants did I like?",
        "What did you suggest for dinner?",
        "Which of them did Bob say I liked?",
        "Which films have I not seen?",
        "The films you recommended were boring.",
        "If I had liked Hollow Moon, would you have recommended it?",
        "My friend asked: > What have you recommended to me?",
        "What do you recommend?",
        "Did I watch Pale Tenant yesterday?",
        "What did you give me?",
        "Did you like Hollow Moon?",
        "Did Bob say that I liked Hollow Moon?",
        "Remind me " * 19,
    ],
)
def test_what_asks_something_else_draws_on_no_verdict(told: Assistant, message: str) -> None:
    assert "feedback" not in say(told, message).sources


def test_the_last_word_on_a_film_counts(told: Assistant) -> None:
    reply = say(told, "I hated Hollow Moon.", "Did I like Hollow Moon?")

    assert reply.text == "No, you did not like Hollow Moon (1980), as you said on 16 June."


def test_a_question_and_a_request_are_both_answered(told: Assistant) -> None:
    reply = say(told, "What did you suggest last week? Recommend me a horror film instead.")

    assert reply.text.startswith("I recommended to you:\n- ")
    assert "\nYou may like:\n1. " in reply.text
    assert {word for each in reply.recommended for word in each.item.words("genre")} == {"Horror"}


def test_a_model_is_shown_the_lines_and_may_cite_them(
    told: Assistant, catalogue: Catalogue
) -> None:
    model = ScriptedReasoner(replies=["You hated Custard Court [v2]."])
    with Assistant(
        store=told.store, model=model, catalogue=catalogue, reflect="manual"
    ) as assistant:
        reply = assistant.turn("ana", "Which films did I hate?")

    asked = model.requests[0].turn.render()
    assert "[v2] 2026-06-01 (what the user made of an item) ⟦did not like Custard Court" in asked
    assert "All that is known of that:\nthe memories [v2]." in asked
    assert "Hollow Moon (1980)⟧" not in asked
    assert "v2" in {hit.id for hit in reply.used}
    assert reply.doubts == ()


def test_a_model_is_told_that_nothing_was_recommended(
    store: MemoryStore, catalogue: Catalogue
) -> None:
    model = ScriptedReasoner(replies=["Nothing yet."])
    with Assistant(store=store, model=model, catalogue=catalogue, reflect="manual") as assistant:
        assistant.turn("ana", "What have you recommended to me?")

    assert "⟦I have not recommended anything to you yet.⟧" in model.requests[0].turn.render()


def test_verdicts_of_what_became_private_are_shown_to_no_model(
    told: Assistant, catalogue: Catalogue
) -> None:
    model = ScriptedReasoner(replies=["Hm."] * 2)
    with Assistant(
        store=told.store, model=model, catalogue=catalogue, reflect="manual"
    ) as assistant:
        assistant.turn("ana", "Which films did I hate?")
        told.store.user("ana").private.add("Custard Court")
        assistant.turn("ana", "Which films did I hate?", thread_id="private")

    assert ["Custard" in each.turn.render() for each in model.requests] == [True, False]


def test_a_forgotten_verdict_is_not_told_and_takes_the_reply_that_told_it(told: Assistant) -> None:
    ana = told.store.user("ana")
    say(told, "Which ones did I hate?")
    [said] = [item.id for item in ana.observations() if "I hated Custard" in item.text]
    receipt = ana.forget(observations=[said])
    reply = say(told, "Which ones did I hate?")

    assert "v2" in receipt.feedback
    assert receipt.residue == 0
    assert "Custard" not in reply.text
    assert not any("Custard" in item.text for item in ana.observations())


def test_what_was_shown_takes_a_later_reply_that_tells_of_it(told: Assistant) -> None:
    ana = told.store.user("ana")
    say(told, "What have you recommended to me?", "I moved to Oslo.")
    receipt = ana.forget(exposures=["x1"])
    title = "I recommended to you"

    assert "x1" in receipt.exposures
    assert not any(item.text.startswith(title) for item in ana.observations())
    assert any("Oslo" in item.text for item in ana.observations())


def test_without_a_catalogue_what_is_on_record_is_told(store: MemoryStore, ana: UserMemory) -> None:
    ana.feedback.record("7", "Heat (1995)", 1.0)
    with Assistant(store=store, reflect="manual") as assistant:
        one = assistant.turn("ana", "Did I like Heat?")
        ones = assistant.turn("ana", "Which ones did I like?")
        other = assistant.turn("ana", "What have you recommended to me?", thread_id="other")

    assert one.text.startswith("Yes, you liked Heat (1995), as you said on ")
    assert ones.text.startswith("You liked Heat (1995), as you said on ")
    assert other.text == "I have not recommended anything to you yet."


def test_a_planner_that_wants_them_unasked_gets_the_newest(
    told: Assistant, catalogue: Catalogue
) -> None:
    model = ScriptedReasoner(replies=["Comedies."])
    with Assistant(
        store=told.store,
        model=model,
        catalogue=catalogue,
        reflect="manual",
        planner=lambda asked: ("feedback",),
    ) as assistant:
        reply = assistant.turn("ana", "What is my taste?")

    assert {hit.id[0] for hit in reply.used} == {"v", "x"}
    assert "All that is known of that" not in model.requests[0].turn.render()


def test_recall_finds_verdicts_and_what_was_shown_by_title(told: Assistant) -> None:
    ana = told.store.user("ana")
    title = ana.feedback.exposures()[0].title[:-7]

    assert [hit.text for hit in ana.recall("Is Hollow Moon any good?", kinds=["feedback"])] == [
        "liked Hollow Moon (1980)"
    ]
    [shown] = ana.recall(f"Tell me of {title}.", kinds=["exposure"])
    assert shown.text.startswith(f"was recommended {title} (")
    assert ana.recall("hollow", kinds=["feedback", "exposure"]) == []


def test_recall_of_no_kind_leaves_out_what_was_judged_and_shown(ana: UserMemory) -> None:
    ana.observe("I live in Oslo.")
    ana.observe("It rained all day.")
    ana.feedback.shown([("1", "Oslo (2021)"), ("2", "It (1990)")])
    ana.feedback.record("1", "Oslo (2021)", 1.0)

    for query in ("Where is Oslo?", "It rained", "Oslo (2021)", ""):
        found = ana.recall(query)
        assert {hit.kind for hit in found} == {"observation"}
    assert ana.recall("Where is Oslo?")[0].text == "I live in Oslo."


@pytest.mark.parametrize(
    ("query", "score"),
    [
        ("What did I make of Hollow Moon?", 0.95),
        ("hollow moon", 0.95),
        ("and “Oslo”?", 0.95),
        ("Oslo (2021)", 0.95),
        ("oslo", 0.95),
        ("Where is Oslo?", 0.3),
        ("the streets of oslo", None),
        ("It rained in Bergen", None),
        ("Did I like It?", 0.3),
        ("“It”?", 0.95),
        ("Was The Matrix any good?", 0.95),
        ("Was the Matrix any good?", 0.3),
        ("the winter matrices", None),
        ("東京物語はどうだった？", 0.3),
        ("東京の天気は？", None),
    ],
)  # fmt: skip
def test_the_score_of_a_title_says_how_surely_it_is_named(
    ana: UserMemory, query: str, score: float | None
) -> None:
    titles = ["Hollow Moon (1980)", "Oslo (2021)", "It (1990)", "Matrix, The (1999)", "東京物語"]
    items = [(str(place), title) for place, title in enumerate(titles)]
    ana.feedback.shown(items)
    for item, title in items:
        ana.feedback.record(item, title, 1.0)

    for kind in ("feedback", "exposure"):
        found = ana.recall(query, kinds=[kind])
        assert [hit.score for hit in found] == ([] if score is None else [score])


def test_recall_follows_titles_that_come_change_and_go(ana: UserMemory) -> None:
    def found(query: str) -> list[str]:
        return [hit.text for hit in ana.recall(query, kinds=["feedback", "exposure"])]

    said = ana.observe("I loved that one.").id
    assert said is not None
    ana.feedback.record("1", "Hollow Moon (1980)", 1.0, observation=said)
    ana.feedback.shown([("2", "Quiet Engines (1999)")], thread="t")
    ana.feedback.shown([("2", "Quiet Engines (1999)")], thread="u")
    assert found("Hollow Moon") == ["liked Hollow Moon (1980)"]
    assert found("Quiet Engines") == ["was recommended Quiet Engines (1999)"]

    ana.feedback.record("1", "Second Dawn (1980)", -1.0, observation=said)
    assert found("Hollow Moon") == []
    assert found("Second Dawn") == ["did not like Second Dawn (1980)"]

    ana.feedback.forget("2")
    assert found("Quiet Engines") == []
    assert found("Second Dawn") == ["did not like Second Dawn (1980)"]
