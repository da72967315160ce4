"""How the user writes is counted from their own messages."""

from usermind import UserMemory
from usermind.memory.style import card


def test_a_card_has_greetings_sign_offs_length_and_habits() -> None:
    found = card(["hey Bo, running late 🙂\ncheers", "hey there, all good! cheers, ana", "ok"])
    assert found.greetings == ("hey", "hey there")
    assert found.sign_offs[0] == "cheers"
    assert found.emoji == ("🙂",)
    assert (found.messages, found.words, found.lowercase) == (3, 6, 1.0)
    assert "Begins with a small letter." in found.render()


def test_a_sign_off_stands_last_with_or_without_a_name() -> None:
    assert card(["See you\nCheers"]).sign_offs == ("cheers",)
    assert card(["It is done.\nKind regards,\nAna"]).sign_offs == ("kind regards",)
    assert card(["They bring the best wine"]).sign_offs == ()


def test_words_that_others_use_as_much_are_not_characteristic() -> None:
    own = ["splendid meeting today", "a splendid meeting", "splendid, next meeting"]
    found = card(own, ["the meeting", "meeting again", "that meeting"])
    assert found.vocabulary == ("splendid",)


def test_without_messages_the_card_is_empty() -> None:
    assert card([]).render() == ""


def test_only_the_users_own_messages_count(ana: UserMemory) -> None:
    ana.observe("Dear all, we meet at nine.", author="Bob")
    ana.observe("What can I do for you?", author="assistant")
    ana.remember("Ana likes tea.")
    ana.observe("moin, bis gleich")
    found = ana.profiles.style()
    assert (found.messages, found.greetings) == (1, ("moin",))


def test_replies_are_found_by_the_message_they_answer(ana: UserMemory) -> None:
    ana.observe("Can you come to dinner on Friday?", author="Bob", session="a")
    ana.observe("What a game!", author="Bob", session="a")
    ana.observe("sure, I bring the wine", session="a")
    ana.observe("Did the printer arrive?", author="Eve", session="b")
    ana.observe("nope, still waiting", session="b")
    ana.observe("Dinner on Sunday?", author="Bob", session="c")  # never answered

    found = ana.profiles.replies_like("Are you free for dinner on Saturday?", k=1)

    assert [each.reply.text for each in found] == ["sure, I bring the wine"]
    assert found[0].message.text.startswith("Can you come to dinner")
    everything = ana.profiles.replies_like("printer")
    assert everything[0].reply.text == "nope, still waiting"
    assert len({each.reply.id for each in everything}) == len(everything)


def test_a_message_to_the_assistant_is_no_reply_to_somebody(ana: UserMemory) -> None:
    ana.observe("How was dinner?", author="assistant", session="a")
    ana.observe("great", session="a")
    assert ana.profiles.replies_like("How was dinner?") == []


def test_where_enough_was_written_to_people_orders_to_the_assistant_do_not_count(
    ana: UserMemory,
) -> None:
    for number in range(10):
        ana.observe(f"Question number {number}?", author="Bob", session=f"b{number}")
        ana.observe(f"moin, number {number}", session=f"b{number}")
        ana.observe(f"Write an email, number {number}, please!", session="assistant")
    found = ana.profiles.style()
    assert (found.messages, found.greetings, found.exclaiming) == (10, ("moin",), 0.0)
