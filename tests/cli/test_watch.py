"""`usermind watch`, `suggestions` and `actions` from a terminal."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer

from usermind import MemoryStore
from usermind.cli.clock import next_time
from usermind.cli.offers import offered
from usermind.memory import Candidate, Patience

Cli = Callable[..., Any]


@pytest.fixture
def soon(cli: Cli) -> Cli:
    """The same, with something that begins in half an hour."""
    at = datetime.now().astimezone() + timedelta(minutes=30)
    line = {"text": f"I have a dentist appointment on {at.day} {at:%B} {at.year} at {at:%H:%M}."}
    assert cli("ingest", "-", said=json.dumps(line)).exit_code == 0
    return cli


def shown(cli: Cli) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cli("suggestions", "list", "--json").stdout)
    return found


def test_it_offers_once_and_the_answer_is_kept(soon: Cli) -> None:
    first = soon("watch", "--once", "--quiet", "never")
    assert first.exit_code == 0, first.stderr
    assert "minutes: You have a dentist appointment" in first.stdout
    again = soon("watch", "--once", "--quiet", "never")
    assert again.stdout == ""
    assert "Nothing to offer now." in again.stderr
    (one,) = shown(soon)
    assert (one["state"], one["kind"]) == ("open", "reminder")
    done = soon("suggestions", "accept", one["id"])
    assert (done.exit_code, done.stdout.split(":")[0]) == (0, f"{one['id']} is accepted")


def test_the_arithmetic_is_shown(soon: Cli) -> None:
    soon("watch", "--once", "--quiet", "never")
    told = soon("suggestions", "explain", "s1").stdout
    assert "→ suggest" in told
    assert "o1: I have a dentist appointment" in told
    assert "Wanted with probability 0.75" in told
    assert "Of 6 interruptions a day 6 were left; one of them was worth" in told
    data = json.loads(soon("suggestions", "explain", "s1", "--json").stdout)
    assert data["suggestion"]["decision"]["situation"]["reserve"]["left"] == 6
    worths = data["suggestion"]["decision"]["worths"]
    assert max(worths, key=worths.get) == data["suggestion"]["way"]


def test_what_answers_make_of_benefit_and_cost_is_shown(soon: Cli) -> None:
    soon("watch", "--once", "--quiet", "never", "--device", "phone")
    told = soon("suggestions", "explain", "s1").stdout
    assert "(free, phone)" in told
    assert "Answers to such offers" not in told
    soon("suggestions", "rate", "s1", "--down")
    told = soon("suggestions", "explain", "s1").stdout
    each = "reminder: {0}; reminder, free: {0}; reminder, free, phone: {0}"
    praise, blame = each.format("0 praised, 1 not"), each.format("1 unwelcome, 0 welcome")
    assert f"Answers to such offers make their benefit × 0.81 today ({praise})." in told
    assert f"Answers to such offers make interrupting × 1.23 today ({blame})." in told
    soon("suggestions", "rate", "s1", "--up")
    data = json.loads(soon("suggestions", "explain", "s1", "--json").stdout)
    assert [level["yes"] for level in data["appraisal"]["benefit"]] == [1.0, 1.0, 1.0]
    assert data["appraisal"]["benefit"][-1]["factor"] > 1.0


def test_what_is_asked_is_one_question_for_terminal_and_program(cli: Cli, folder: Path) -> None:
    with MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        row = ana.observe("Something happened.").id
        for matter, kind, useful, text in (
            ("tea", "idea", 0.5, "Tea helps"),
            ("call", "clash", 0.5, "These overlap: a call and a lesson."),
            ("home", "question", 0.55, "Do you live in Oslo?"),
        ):
            ana.suggestions.consider(
                Candidate(
                    *(kind, text, text, (str(row),), matter, useful),
                    datetime.now(UTC) + timedelta(minutes=50),
                ),
                patience=Patience(quiet=None, burst=9, urgent=0),
            )
    texts = [each["text"] for each in shown(cli)]
    assert texts == [
        "Do you live in Oslo?",
        "These overlap: a call and a lesson. Is that right?",
        "Tea helps. Is this of use?",
    ]
    with MemoryStore(folder, embedder="lexical") as store:
        one = store.user("ana").suggestions.list()[-1]
        assert (one.way, one.title) == ("ask", "Tea helps")
        lines = offered(one, datetime.now(UTC))
    assert lines == ["s1  Tea helps. Is this of use?"]


def test_a_budget_of_nothing_is_silence(soon: Cli) -> None:
    done = soon("watch", "--once", "--quiet", "never", "--per-day", "0")
    assert done.stdout == ""
    assert "no interruption is allowed" in soon("suggestions", "explain", "s1").stdout


def test_never_again_mutes_and_unmute_lifts_it(soon: Cli) -> None:
    soon("watch", "--once", "--quiet", "never")
    told = soon("suggestions", "never", "s1", "--kind")
    assert told.stdout.startswith("s1 is dismissed, with its kind: ")
    assert "usermind suggestions unmute reminder" in told.stderr
    assert "reminder  " in soon("suggestions", "muted").stdout
    assert "may come again" in soon("suggestions", "unmute", "reminder").stdout
    assert "Nothing is muted" in soon("suggestions", "muted").stderr
    assert "was not muted" in soon("suggestions", "unmute", "reminder").stdout


def test_a_single_mute_is_listed_by_its_offer_and_lifted_by_its_name(soon: Cli) -> None:
    soon("watch", "--once", "--quiet", "never")
    assert soon("suggestions", "never", "s1").exit_code == 0
    (mute,) = json.loads(soon("suggestions", "muted", "--json").stdout)
    assert (mute["kind"], mute["offer"]["id"]) == ("reminder", "s1")
    listed = soon("suggestions", "muted").stdout
    assert mute["key"] in listed
    assert "dentist" in listed
    assert "was not muted" in soon("suggestions", "unmute", "reminder").stdout
    assert "may come again" in soon("suggestions", "unmute", mute["key"]).stdout
    assert "may come again" not in soon("suggestions", "unmute", "s1").stdout


def test_a_snooze_says_so_and_a_bad_id_is_told(soon: Cli) -> None:
    soon("watch", "--once", "--quiet", "never")
    told = soon("suggestions", "snooze", "s1", "--hours", "0.2").stdout
    assert re.match(r"s1 is snoozed until \d\d:\d\d", told)
    wrong = soon("suggestions", "dismiss", "s99")
    assert wrong.exit_code == 1
    assert "s99" in wrong.stderr


def test_the_digest_is_empty_once_it_was_read(cli: Cli, folder: Path) -> None:
    with MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        row = ana.observe("My rent is due.").id
        ana.suggestions.consider(
            Candidate(
                "idea",
                "Pay the rent?",
                "It is due.",
                (str(row),),
                "rent",
                0.45,
                datetime.now(UTC) + timedelta(days=3),
            ),
            patience=Patience(quiet=None),
        )
    assert "Pay the rent?" in cli("suggestions", "digest").stdout
    empty = cli("suggestions", "digest")
    assert (empty.stdout, empty.exit_code) == ("", 0)


@pytest.mark.parametrize(
    "flags",
    [
        ["--quiet", "late"],
        ["--quiet", "25:00-08:00"],
        ["--digest", "teatime"],
        ["--zone", "Mars/Olympus"],
    ],
    ids=" ".join,
)
def test_flags_that_make_no_sense_are_told_and_nothing_is_shown(
    soon: Cli, flags: list[str]
) -> None:
    done = soon("watch", "--once", *flags)
    assert done.exit_code != 0
    assert done.stderr
    assert shown(soon) == []


def test_an_unknown_user_has_nothing_to_be_offered(cli: Cli) -> None:
    done = cli("suggestions", "list")
    assert done.exit_code == 1
    assert "There is no store" in done.stderr


def test_actions_can_be_stopped_and_go_on(known: Cli) -> None:
    assert "Nothing was to be done yet." in known("actions", "list").stderr
    assert known("actions", "stop").exit_code == 0
    assert "Stopped since" in known("actions", "list").stderr
    assert "may be done again" in known("actions", "resume").stdout
    assert "Nothing was stopped." in known("actions", "resume").stdout


def test_tasks_are_told_in_words_wherever_they_are_shown(cli: Cli, tmp_path: Path) -> None:
    note = tmp_path / "notes" / "todo.md"
    note.parent.mkdir()
    day = datetime.now().astimezone().date() + timedelta(days=3)
    note.write_text(
        f"# Home\n\n* [ ] ⏫ renew the **passport** 📅 {day} 🔁 every year\n    - [ ] two photos\n"
        f"- [/] pay the rent [due:: {day}]\n",
        encoding="utf-8",
    )
    cli("watch", f"notes:{note.parent}", "--once", "--quiet", "never", "--focus")
    shown = cli("suggestions", "explain", "s1").stdout + cli("suggestions", "explain", "s2").stdout
    shown += cli("suggestions", "list").stdout
    shown += cli("suggestions", "digest").stdout
    assert "renew the passport (Home)" in shown
    assert "pay the rent (Home)" in shown
    assert not {"[ ]", "[/]", "📅", "⏫", "🔁", "**", "due::", str(day)} & set(shown.split())
    assert "[ ]" not in shown


def test_days_and_times_are_those_of_the_zone_that_is_named(cli: Cli, tmp_path: Path) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")  # no machine that runs this is there
    day = datetime.now(zone).date() + timedelta(days=1)
    note = tmp_path / "notes" / "todo.md"
    note.parent.mkdir()
    note.write_text(f"- [ ] renew the passport @{day} 9:00\n", encoding="utf-8")
    flags = ("--once", "--quiet", "never", "--zone", zone.key)
    told = cli("watch", f"notes:{note.parent}", *flags)
    assert told.exit_code == 0, told.stderr
    assert "at 09:00: renew the passport" in told.stdout
    (one,) = shown(cli)
    assert datetime.fromisoformat(one["due"]) == datetime(
        day.year, day.month, day.day, 9, tzinfo=zone
    )


@pytest.fixture
def errand(cli: Cli, folder: Path) -> Cli:
    """The same, with something to do in three days."""
    with MemoryStore(folder, embedder="lexical") as store:
        row = store.user("ana").observe("- [ ] renew the passport", source="notes:todo.md").id
        assert row is not None
        at = datetime.now(UTC) + timedelta(hours=70)
        store.user("ana").agenda.add(row, at, kind="task")
    return cli


def test_who_is_busy_is_left_alone_until_they_are_free(errand: Cli) -> None:
    told = errand("suggestions", "busy", "--hours", "2", "--meeting")
    assert "You are in a meeting until" in told.stdout
    data = json.loads(errand("suggestions", "busy", "--hours", "1", "--json").stdout)
    assert data["focus"] < data["meeting"]
    assert errand("watch", "--once", "--quiet", "never").stdout == ""
    assert "(meeting" in errand("suggestions", "explain", "s1").stdout
    assert errand("suggestions", "free").stdout == "You are free.\n"
    assert json.loads(errand("suggestions", "free", "--json").stdout) == {
        "focus": None,
        "meeting": None,
    }


def test_focus_and_device_can_be_given_while_watching(errand: Cli) -> None:
    done = errand("watch", "--once", "--quiet", "never", "--focus", "--device", "watch")
    assert done.stdout == ""
    told = errand("suggestions", "explain", "s1").stdout
    assert "Attention was worth 6.00 (focus" in told


@pytest.mark.parametrize(
    "flags", [["--until", "noon"], ["--until", "15:00", "--hours", "2"], ["--hours", "0"]]
)
def test_a_busy_time_that_makes_no_sense_is_told(known: Cli, flags: list[str]) -> None:
    assert known("suggestions", "busy", *flags).exit_code == 2


def test_what_is_to_be_reminded_of_is_listed(cli: Cli) -> None:
    line = {"text": "Remind me to call Eva on 3 March 2120 at 9 am, and at 10 am to feed Bo."}
    assert cli("ingest", "-", said=json.dumps(line)).exit_code == 0
    told = cli("suggestions", "reminders").stdout.splitlines()
    assert told == [
        "on Sunday 3 March 2120 at 09:00: call Eva  (o1)",
        "on Sunday 3 March 2120 at 10:00: feed Bo  (o1)",
    ]
    listed = json.loads(cli("suggestions", "reminders", "--json").stdout)
    assert [one["what"] for one in listed] == ["call Eva", "feed Bo"]
    cli("ingest", "-", said=json.dumps({"text": "Cancel the reminder to feed Bo."}))
    assert cli("suggestions", "reminders").stdout.splitlines() == told[:1]
    cli("ingest", "-", said=json.dumps({"text": "Cancel the reminder."}))
    empty = cli("suggestions", "reminders")
    assert (empty.stdout, "No reminder is to come." in empty.stderr) == ("", True)


def test_a_time_that_is_gone_by_is_no_time_of_tomorrow() -> None:
    now = datetime(2026, 3, 4, 9, 33).astimezone()
    with pytest.raises(typer.BadParameter, match="2026-03-05T09:00"):
        next_time("09:00", now, flag="--until")
    assert next_time("2026-03-05T09:00", now, flag="--until").day == 5


@pytest.mark.parametrize("text", ["2026-03-04T09:00", "2026-02-30T09:00", "2026-03-05T25:00"])
def test_a_day_that_is_gone_by_or_is_none_is_told(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        next_time(text, datetime(2026, 3, 4, 9, 33).astimezone(), flag="--until")


def test_an_end_on_another_day_is_told_with_it(known: Cli) -> None:
    at = (datetime.now() + timedelta(days=1)).astimezone()
    told = known("suggestions", "busy", "--until", f"{at:%Y-%m-%dT%H:%M}")
    assert told.stdout.startswith(f"You are busy until {at:%H:%M} tomorrow.")


@pytest.mark.parametrize(
    ("text", "day", "hour"), [("07:00", 5, 7), ("23:30", 4, 23), ("11:00", 5, 11)]
)
def test_at_night_a_time_is_the_next_one_by_the_clock(text: str, day: int, hour: int) -> None:
    now = datetime(2026, 3, 4, 23).astimezone()
    at = next_time(text, now, flag="--until")
    assert (at.day, at.hour) == (day, hour)


def test_the_list_says_when_each_was_decided_and_when_it_is(soon: Cli) -> None:
    soon("watch", "--once", "--quiet", "never")
    told = soon("suggestions", "list").stdout
    assert re.search(r"\d{4} \d\d:\d\d", told)
    assert "in 30 minutes" in told or "in 29 minutes" in told


def test_a_second_answer_says_what_the_first_was(soon: Cli) -> None:
    soon("watch", "--once", "--quiet", "never")
    soon("suggestions", "dismiss", "s1")
    told = soon("suggestions", "accept", "s1").stdout
    assert told.startswith("s1 is accepted, after it was dismissed: ")
    never = soon("suggestions", "never", "s1").stdout
    assert never.startswith("s1 is dismissed, and never comes again: ")


def test_flags_may_stand_before_the_last_word(soon: Cli, folder: Path) -> None:
    soon("watch", "--once", "--quiet", "never")
    told = soon("suggestions", "-s", str(folder), "--user=ana", "--json", "list")
    assert told.exit_code == 0, told.stderr
    assert [one["id"] for one in json.loads(told.stdout)] == ["s1"]
    assert soon("suggestions", "--nonsense", "list").exit_code == 2
    assert soon("suggestions", "-s").exit_code == 2


def test_lines_that_are_wrong_alike_are_told_once(known: Cli, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text("BEGIN:VCALENDAR\n" * 40)
    told = known("watch", f"events:{events}", "--once").stderr
    assert told.count("not JSON") == 1
    assert "line 1 (and 39 others like it)" in told
