"""What is noticed of plans in plain words: heard, told as often as is of use, and not invented."""

from datetime import UTC, datetime, time, timedelta

import pytest

from usermind import MemoryStore
from usermind.agents import ProactiveAgent
from usermind.graphs.announced import announced
from usermind.graphs.coming import coming
from usermind.graphs.done_tasks import ToDo, ended
from usermind.graphs.imagining import scene
from usermind.memory import Observation, Patience, Suggestion, UserMemory
from usermind.testing import StoppedClock

TUESDAY = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
CALM = Patience(per_day=100, burst=100, every=timedelta(seconds=1), quiet=None, zone="UTC")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(TUESDAY)


def offers(store: MemoryStore, *at: datetime) -> list[Suggestion]:
    """Return what looks at these times came to, shown or waiting for the digest, each once."""
    clock = store.clock
    assert isinstance(clock, StoppedClock)
    found: dict[str, Suggestion] = {}
    with ProactiveAgent(store=store, patience=CALM) as agent:
        for each in at:
            clock.now = each
            for one in agent.look("ana").considered:
                if one.suggestion is not None and one.suggestion.state in ("open", "digest"):
                    found.setdefault(one.suggestion.id, one.suggestion)
    return list(found.values())


def december(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("I have lunch with Sue today at 9:35.", december(1, 9, 35)),
        ("Lunch with Sue today at 9:30", december(1, 9, 30)),
        ("Lunch with Sue today at half past nine", december(1, 9, 30)),
        ("Tea with Sue today at 9:30", december(1, 9, 30)),
        ("I have a picnic with Sue today at 9:30", december(1, 9, 30)),
        ("I am meeting Joe at 9:45 am for coffee on 1 Dec", december(1, 9, 45)),
        ("My train leaves at 9:40 today.", december(1, 9, 40)),
        ("Meeting with the team every Tuesday at 10", december(1, 10)),
        ("We have a call with Eva today from 10 to 11.", december(1, 10)),
    ],
)
def test_a_plan_in_plain_words_is_reminded_of_once(
    store: MemoryStore, ana: UserMemory, said: str, due: datetime
) -> None:
    ana.observe(said)
    found = offers(store, TUESDAY, TUESDAY + timedelta(minutes=10))
    assert [(each.kind, each.due) for each in found] == [("reminder", due)]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("The exam is the day after tomorrow at 10.", "Exam on Thursday 3 December 2026 at 10:00"),
        (
            "I have an exam the day after tomorrow at 10.",
            "Exam on Thursday 3 December 2026 at 10:00",
        ),
        (
            "I have a viewing at five to three tomorrow.",
            "Viewing on Wednesday 2 December 2026 at 14:55",
        ),
        (
            "I have a call with Tim on Friday at ten past nine.",
            "Call with Tim on Friday 4 December 2026 at 09:10",
        ),
        (
            "I have a call with Tim on Monday week at 11.",
            "Call with Tim on Monday 14 December 2026 at 11:00",
        ),
        (
            "I have an exam next week on Monday at 10.",
            "Exam on Monday 7 December 2026 at 10:00",
        ),
        ("On Friday week I'm moving to Bonn.", "Moving to Bonn on Friday 11 December 2026"),
        # Twelve thirty for some, half past eleven for others.
        (
            "I have a call with Tim tomorrow at half twelve.",
            "Call with Tim at half twelve on Wednesday 2 December 2026",
        ),
        ("I have a call with Tim on Friday after next at 11.", None),
        ("I have an exam on Friday in two weeks at 10.", None),
        ("I'm meeting Eva at 5 or 6 tomorrow.", None),
        ("Lunch with Sue on Friday at 12:30 next week.", None),
        ("I have dinner with Bo on Friday at 7 London time.", None),
    ],
)
def test_the_day_and_time_of_a_plan_are_read_as_a_whole_or_not(
    ana: UserMemory, said: str, told: str | None
) -> None:
    ana.observe(said)
    found = announced(ana, until=december(30), zone=UTC)
    assert [one.text for one in found] == ([] if told is None else [told])


def test_three_in_the_afternoon_is_meant_by_three(store: MemoryStore, ana: UserMemory) -> None:
    ana.observe("I have to pick up Leo from school at 3 today")
    (one,) = offers(store, december(1, 14, 10))
    assert (one.kind, one.due) == ("reminder", december(1, 15))


@pytest.mark.parametrize(
    "said",
    [
        "Tom has a meeting today at 9:30.",
        "If I have a meeting today at 9:30, I will cry.",
        "I don't have lunch with Sue today at 9:30.",
        "I might have lunch with Sue today at 9:30.",
        "“I have lunch with Sue today at 9:30”, it says in the novel.",
        "Do I have lunch with Sue today at 9:30?",
        "See you today at 9:30.",
        "Lunch with Sue was lovely today at 9:30.",
        "Sue wrote that lunch is today at 9:30.",
        "I wish I had lunch with Sue today at 9:30.",
        "He is due today.",
        "Tom's report is due today.",
    ],
)
def test_what_is_no_plan_of_the_users_is_not_offered(
    store: MemoryStore, ana: UserMemory, said: str
) -> None:
    ana.observe(said)
    assert offers(store, TUESDAY, TUESDAY + timedelta(minutes=10)) == []


def test_what_others_write_announces_nothing(store: MemoryStore, ana: UserMemory) -> None:
    ana.observe("I have lunch with Sue today at 9:30.", author="Bo", source="mail:inbox")
    assert [each for each in offers(store, TUESDAY) if each.kind == "reminder"] == []


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("I must hand in the report by 3 December.", 3),
        ("I must finish the quarterly report by Thursday noon.", 3),
        ("I have to hand in my thesis by Friday.", 4),
        ("The tax return is due on 4 December.", 4),
        ("My deadline for the grant is tomorrow", 2),
        ("I need to renew my passport before 5 December.", 4),
        ("- [ ] hand in the form by 3 Dec", 3),
    ],
)
def test_a_deadline_comes_once_before_and_once_on_its_day(
    store: MemoryStore, ana: UserMemory, said: str, day: int
) -> None:
    ana.observe(said, source="notes:todo.md" if said.startswith("-") else "chat")
    looks = [december(1, 9) + timedelta(hours=hours) for hours in range(0, 96, 6)]
    found = offers(store, *looks)
    assert [each.kind for each in found] == ["deadline", "due"]
    assert {each.due.date().day for each in found if each.due} == {day}
    assert found[0].created.day < found[1].created.day == day


def test_a_task_that_is_ticked_off_is_due_no_longer(store: MemoryStore, ana: UserMemory) -> None:
    ana.observe("- [ ] hand in the form by 3 December", source="notes:todo.md")
    ana.observe("- [x] hand in the form by 3 December", source="notes:todo.md")
    assert offers(store, TUESDAY, december(3)) == []


def task(ana: UserMemory, text: str, due: datetime) -> str:
    row = ana.observe(f"- [ ] {text}", source="notes:todo.md").id
    assert row is not None
    ana.agenda.add(row, due.replace(hour=0), kind="task", series=text, all_day=True)
    return row


def test_a_task_of_a_note_is_told_ahead_on_its_day_and_once_when_it_is_late(
    store: MemoryStore, ana: UserMemory
) -> None:
    task(ana, "pay the rent", december(2))
    task(ana, "mow the lawn", december(2) - timedelta(days=40))
    looks = [TUESDAY + timedelta(hours=hours) for hours in range(0, 120, 6)]
    found = offers(store, *looks)
    assert [(each.kind, each.state) for each in found if "rent" in each.title] == [
        ("deadline", "open"),
        ("due", "open"),
        ("overdue", "digest"),
    ]
    assert not any("lawn" in each.title for each in found)  # that is let be


def test_a_late_task_that_is_done_waits_for_no_digest(store: MemoryStore, ana: UserMemory) -> None:
    task(ana, "pay the rent", december(1) - timedelta(days=4))
    (late,) = offers(store, TUESDAY)
    assert (late.kind, late.state) == ("overdue", "digest")
    ana.agenda.cancel("pay the rent")
    offers(store, TUESDAY + timedelta(minutes=10))
    assert ana.suggestions.get(late.id).state == "withdrawn"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("The massage is off.", 0),
        ("My massage is off today!", 0),
        ("The massage fell through.", 0),
        ("Eva is off today.", 1),
        ("The light is off.", 1),
        ("If the massage is off, I go home.", 1),
        ("Is the massage off?", 1),
        ("The massage is off to a good start.", 1),
        ("Tom said the massage is off.", 1),
        ("The massage is not off.", 1),
    ],
)
def test_what_is_off_is_reminded_of_no_longer(
    store: MemoryStore, ana: UserMemory, said: str, left: int
) -> None:
    ana.observe("I have a massage with Eva today at 9:40.")
    ana.observe(said)
    assert len(offers(store, TUESDAY)) == left


@pytest.mark.parametrize(
    "said",
    [
        ["My neighbour's birthday was on 1 December."],
        ["My birthday is on 2 December."],
        ["My dog Rex's birthday is on 2 December, he died last year."],
        ["Grandpa's birthday is on 2 December.", "Grandpa passed away in May."],
        ["My late aunt's birthday is on 2 December."],
    ],
    ids=["over", "the user's own", "dead", "told of later", "late"],
)
def test_no_birthday_that_is_nobodys_to_keep_is_offered(
    store: MemoryStore, ana: UserMemory, said: list[str]
) -> None:
    for each in said:
        ana.observe(each)
    ana.reflect()
    assert offers(store, TUESDAY) == []


def test_who_did_not_die_has_a_birthday(store: MemoryStore, ana: UserMemory) -> None:
    ana.observe("My aunt Lea's birthday is on 2 December.")
    ana.observe("My aunt Lea almost died of laughter. Grandpa died in May. Tom's aunt died.")
    ana.observe("The phone died, and Lea's cat died.")
    assert [each.kind for each in offers(store, TUESDAY)] == ["occasion"]


def test_a_birthday_that_is_told_in_two_ways_is_one_matter(
    store: MemoryStore, ana: UserMemory
) -> None:
    ana.observe("My sister Lisa's birthday is on 3 December.")
    ana.observe("Lisa turns 30 on Thursday.")
    ana.reflect()
    assert [each.kind for each in offers(store, TUESDAY, december(2, 18))] == ["occasion"]


def entered(ana: UserMemory, text: str, at: datetime) -> None:
    words = f"{text}\n{at:%d %B, %H:%M}"
    row = ana.observe(words, source="calendar:work", tier="observed").id
    assert row is not None
    ana.agenda.add(row, at, ends=at + timedelta(minutes=30))


def test_a_daily_standup_is_told_of_shortly_before_and_never_the_evening_before(
    store: MemoryStore, ana: UserMemory
) -> None:
    for day in range(1, 6):
        entered(ana, "Standup", december(day, 10))
    entered(ana, "Review", december(2, 10, 45))
    before = offers(store, december(1, 9, 5), december(1, 9, 30))
    assert [each.title for each in before] == ["Review"]
    after = offers(store, december(1, 9, 46))
    assert [(each.kind, each.title) for each in after] == [("reminder", "Standup")]


def test_appointments_at_one_time_are_reminded_of_together(
    store: MemoryStore, ana: UserMemory
) -> None:
    entered(ana, "Call with Bob", december(1, 11))
    entered(ana, "Dentist", december(1, 11))
    entered(ana, "Choir", december(1, 11, 15))
    found = offers(store, TUESDAY, december(1, 10, 20))
    assert [each.kind for each in found] == ["clash", "reminder", "reminder"]
    joint, other = sorted(found[1:], key=lambda each: -len(each.text))
    assert "Call with Bob" in joint.text
    assert "Dentist" in joint.text
    assert other.title.startswith("Choir")


REPORT = "I have to hand in the report by Friday."


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (REPORT, "I handed in the report."),
        (REPORT, "Phew, I've just submitted the report this morning!"),
        (REPORT, "The report has been handed in."),
        ("I have to write the report by Friday.", "The report is done."),
        ("I must finish the report by Friday.", "I'm finally done with the report"),
        ("I have to finish and send the report by Friday.", "I sent the report."),
        ("The tax return is due on 4 December.", "I filed the tax return by mail."),
        ("I need to renew my passport by Friday.", "My passport has been renewed."),
        ("- [ ] pay the rent by Friday", "I already paid the rent"),
        ("I must read the long report by Friday.", "I finished reading the report."),
    ],
)
def test_what_the_user_says_they_have_done_is_due_no_longer(
    store: MemoryStore, ana: UserMemory, task: str, said: str
) -> None:
    ana.observe(task, source="notes:todo.md" if task.startswith("-") else "chat")
    (deadline,) = offers(store, TUESDAY)
    assert deadline.kind == "deadline"
    ana.observe(said)
    assert offers(store, december(2), december(3), december(4)) == []
    assert ana.suggestions.get(deadline.id).state == "withdrawn"
    ana.observe(task.replace("by Friday", "by Sunday").replace("4 December", "6 December"))
    assert offers(store, december(5)) != []  # that is said anew


@pytest.mark.parametrize(
    "said",
    [
        "I didn't hand in the report.",
        "I will hand in the report.",
        "I'll be glad when the report is done.",
        "The report is almost done.",
        "The report is not done.",
        "Is the report done?",
        "Bob handed in the report.",
        "Bob's report is done.",
        "Her report is done.",
        "I handed in the expense report.",
        "I handed in the first part of the report.",
        "I saw the report.",
        "I finished the report.",  # and has still to hand it in
        "I think the report is done.",
        "Eva says I handed in the report.",
        "“I handed in the report”, it says in the novel.",
        "I wish I had handed in the report.",
        "If I handed in the report today, I could rest.",
        "I handed in the report last week.",
        "I handed in the report yesterday.",  # before they spoke of this one
        "I submitted the form.",
    ],
)
def test_what_is_not_clearly_done_is_still_due(
    store: MemoryStore, ana: UserMemory, said: str
) -> None:
    ana.observe(REPORT)
    ana.observe(said)
    assert [each.kind for each in offers(store, TUESDAY)] == ["deadline"]


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("- [ ] Hand in the tax return by Friday", "The tax return is done."),
        (REPORT, "The report is finished."),
        (REPORT, "I'm finally done with the report."),
        ("The tax return is due on 4 December.", "The tax return is done."),
        ("The tax return is due on 4 December.", "I finished the tax return."),
        ("I have to finish and send the report by Friday.", "The report is done."),
        ("I have to write and send the report by Friday.", "I wrote the report."),
        ("I have to return the books by Friday.", "I'm done with the books."),
        ("I must pay the taxes by Friday.", "The taxes are done."),
    ],
)
def test_what_is_made_has_still_to_be_handed_over(
    store: MemoryStore, ana: UserMemory, task: str, said: str
) -> None:
    ana.observe(task, source="notes:todo.md" if task.startswith("-") else "chat")
    ana.observe(said)
    assert [each.kind for each in offers(store, TUESDAY)] == ["deadline"]


def test_a_task_that_is_forgotten_meanwhile_asks_for_nothing_more(ana: UserMemory) -> None:
    said = str(ana.observe(REPORT).id)
    ana.observe("I handed in the report.")
    tasks = {"report": ToDo("Hand in the report", int(said[1:]), december(4))}
    assert ended(ana, tasks, zone=UTC) == {"report"}
    ana.forget(observations=[said])
    assert ended(ana, tasks, zone=UTC) == {"report"}


def test_what_is_forgotten_during_a_look_does_not_end_it(
    store: MemoryStore, ana: UserMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.observe(
        "Ana has a call with Eva on 1 December 2026 at 9:30.", author="Eva", source="mail:x"
    )
    ana.remember("Ana has lunch with Bo on 1 December 2026 at 9:40.")
    ana.reflect()
    read = UserMemory.observation

    def late(memory: UserMemory, observation_id: str) -> Observation:
        memory.forget(observations=[observation_id])
        return read(memory, observation_id)

    assert coming(ana, until=timedelta(days=1), zone=UTC) != []
    monkeypatch.setattr(UserMemory, "observation", late)
    assert [one for one in coming(ana, until=timedelta(days=1), zone=UTC) if one.usual] == []


def test_an_offer_that_is_forgotten_meanwhile_is_not_shown_to_a_model(
    store: MemoryStore, ana: UserMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.observe("Lunch with Sue today at 9:30")
    assert len(offers(store, TUESDAY)) == 1
    assert len(scene(ana, "http://model.example").earlier) == 1
    read = UserMemory.observation

    def late(memory: UserMemory, observation_id: str) -> Observation:
        memory.forget(observations=[observation_id])
        return read(memory, observation_id)

    monkeypatch.setattr(UserMemory, "observation", late)
    assert scene(ana, "http://model.example").earlier == ()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Ana has a call with Eva on 1 December 2026 at 3.", december(1, 15)),
        ("Ana has a call with Eva on 1 December 2026 at half past three.", december(1, 15, 30)),
        ("Ana has a call with Eva on 1 December 2026 at 03:00.", None),
    ],
)
def test_a_claim_means_the_same_hours_as_its_user(
    ana: UserMemory, text: str, at: datetime | None
) -> None:
    ana.remember(text)
    found = [one.starts for one in coming(ana, until=timedelta(days=1), zone=UTC)]
    assert found == ([] if at is None else [at])


def test_what_was_done_yesterday_was_known_before(store: MemoryStore, ana: UserMemory) -> None:
    ana.observe(REPORT)
    offers(store, december(2, 9))
    ana.observe("I handed in the report yesterday.")
    assert offers(store, december(4, 9)) == []


def test_of_two_that_could_be_done_none_is(store: MemoryStore, ana: UserMemory) -> None:
    ana.observe("I have to hand in the expense report by Friday.")
    ana.observe("I have to hand in the travel report by Thursday.")
    ana.observe("I handed in the report.")
    assert len(offers(store, TUESDAY)) == 2
    ana.observe("I handed in the travel report.")
    kept = offers(store, december(3), december(4))
    assert [each.kind for each in kept] == ["due"]
    assert "expense" in kept[0].title


def test_nobody_else_says_what_is_done(store: MemoryStore, ana: UserMemory) -> None:
    ana.observe(REPORT)
    ana.observe("I handed in the report.", author="Bo", source="mail:inbox")
    assert len(offers(store, TUESDAY)) == 1


def test_a_late_task_that_is_said_to_be_done_is_told_no_more(
    store: MemoryStore, ana: UserMemory
) -> None:
    task(ana, "pay the rent", december(1) - timedelta(days=4))
    (late,) = offers(store, TUESDAY)
    ana.observe("I paid the rent.")
    offers(store, TUESDAY + timedelta(minutes=10))
    assert ana.suggestions.get(late.id).state == "withdrawn"


@pytest.mark.parametrize(
    "said",
    [
        "On Friday I'm moving.",
        "We're flying to Rome on Friday.",
        "I have an exam on Friday.",
        "My driving lesson is on Friday.",
    ],
)
@pytest.mark.parametrize("hour", [18, 8], ids=["the evening before", "its morning"])
def test_a_plan_of_a_day_comes_once_in_the_digest_before_it(
    store: MemoryStore, ana: UserMemory, said: str, hour: int
) -> None:
    ana.observe(said)
    clock, told = store.clock, []
    assert isinstance(clock, StoppedClock)
    patience = Patience(digest=time(hour), quiet=None, zone="UTC")
    with ProactiveAgent(store=store, patience=patience) as agent:
        for ahead in range(96):
            clock.now = TUESDAY + timedelta(hours=ahead)
            look = agent.look("ana")
            assert look.shown == ()
            told += [(clock.now, each.kind, each.due) for each in look.digest]
    at = december(3, 18) if hour == 18 else december(4, 8)
    assert told == [(at, "preview", december(4, 0))]


@pytest.mark.parametrize(
    "said",
    [
        "On Friday Eva is moving.",
        "Are we moving on Friday?",
        "I might be moving on Friday.",
        "I'm not moving on Friday.",
        "I was moving on Friday.",
        "I have a bad feeling about Friday.",
        "I'm leaving the door open until Friday.",
        "I'm seeing things today.",
        "I have had an exam since Friday.",
        "If I pass, I'm moving on Friday.",
    ],
)
def test_what_is_no_plan_of_a_day_is_not_offered(
    store: MemoryStore, ana: UserMemory, said: str
) -> None:
    ana.observe(said)
    assert offers(store, TUESDAY, december(3), december(3, 18), december(4, 8)) == []


def test_a_day_that_is_said_first_leaves_its_time(store: MemoryStore, ana: UserMemory) -> None:
    ana.observe("Tomorrow at 3 I'm meeting Eva.")
    (one,) = [each for each in offers(store, december(2, 14, 10)) if each.kind == "reminder"]
    assert one.due == december(2, 15)
