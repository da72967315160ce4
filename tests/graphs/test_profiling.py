"""A model's profile is believed only where its cites bear it out."""

from usermind import UserMemory
from usermind.errors import ModelUnavailableError
from usermind.graphs.profiling import Profiler, make_profile
from usermind.models import Offline
from usermind.prompts import ProfileAnswer, ProfilePrompt, SaidClaim
from usermind.testing import Answer, ScriptedReasoner


def saying(*claims: tuple[str, list[int]]) -> ProfileAnswer:
    return ProfileAnswer(
        claims=[SaidClaim(text=text, kind="preference", cites=cites) for text, cites in claims]
    )


def asked(ana: UserMemory, answer: Answer) -> tuple[str, str]:
    profile = make_profile(ana, ScriptedReasoner([answer]), "tea time")
    return profile.text, profile.made_by


def test_one_call_makes_a_cited_profile_and_the_cache_serves_it(ana: UserMemory) -> None:
    ana.remember("Ana likes green tea.")
    model = ScriptedReasoner([saying(("Ana likes green tea most.", [1]))])
    profile = make_profile(ana, model, "tea time")
    assert profile.made_by == "scripted"
    assert [claim.cites for claim in profile.claims] == [("o1",)]
    assert make_profile(ana, model, "tea time") == profile
    assert ana.profile(task="tea time", reasoner=Profiler(model)) == profile
    (prompt,) = model.prompts
    assert isinstance(prompt, ProfilePrompt)
    assert [line.note for line in prompt.history] == [True, False]


def test_invented_cites_and_uncited_words_are_dropped(ana: UserMemory) -> None:
    ana.remember("Ana likes green tea.")
    text, maker = asked(
        ana,
        saying(
            ("Ana likes green tea.", [1]),
            ("Ana loves green tea.", [99]),
            ("Ana hates green tea.", [1]),
            ("Ana collects stamps from Peru.", [1]),
            ("Ana is introverted and likes tea.", [1]),
        ),
    )
    assert (text, maker) == ("Ana likes green tea.", "scripted")


def test_where_nothing_is_left_the_rules_answer(ana: UserMemory) -> None:
    ana.remember("Ana hates rain.")
    assert asked(ana, saying(("Ana sails.", [7]))) == ("Ana hates rain.", "rules")


def test_where_the_model_is_down_the_rules_answer(ana: UserMemory) -> None:
    ana.remember("Ana hates rain.")
    assert asked(ana, ModelUnavailableError("down")) == ("Ana hates rain.", "rules")


def test_the_offline_engine_is_never_asked(ana: UserMemory) -> None:
    ana.remember("Ana hates rain.")
    assert make_profile(ana, Offline()).made_by == "rules"


def test_what_others_wrote_and_private_topics_are_not_shown(ana: UserMemory) -> None:
    ana.remember("Ana hates rain.")
    ana.observe("My therapy is on Monday.")
    ana.observe("Ana owns a boat.", author="Bob")
    ana.private.add("therapy")
    model = ScriptedReasoner([saying(("Ana hates rain.", [1]))])
    make_profile(ana, model)
    rendered = model.prompts[0].render()
    assert "rain" in rendered
    assert "therapy" not in rendered
    assert "boat" not in rendered


def test_forgetting_anything_that_was_shown_deletes_the_profile(ana: UserMemory) -> None:
    ana.remember("Ana hates rain.")
    shown = ana.observe("Dentist on Monday.").id
    make_profile(ana, ScriptedReasoner([saying(("Ana hates rain.", [1]))]))
    assert len(ana.profiles.list()) == 1
    assert shown is not None
    ana.forget(observations=[shown])
    assert ana.profiles.list() == []
