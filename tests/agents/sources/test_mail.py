"""Mail: what is told of awkward ones, and a mailbox that grows, is locked, is rewritten."""

import base64
import quopri
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from usermind.agents.sources import Mailbox
from usermind.agents.sources import mailbox as mailbox_module
from usermind.agents.sources.quoting import own_words
from usermind.errors import SourceError
from usermind.testing import StoppedClock

Fixture = Any
ME = "ana@example.com"
BEGIN = "From bo@example.com Mon May  4 10:00:00 2026\n"
RECEIVED = "Received: from x by y; Mon, 4 May 2026 10:00:05 +0000\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Inbox.mbox"


@pytest.fixture
def source(path: Path, clock: StoppedClock) -> Mailbox:
    return Mailbox(path, me=[ME.title()], clock=clock)


def head(number: int = 1, **headers: str) -> str:
    given = {
        "From": "Bo Ek <bo@example.com>",
        "To": ME,
        "Subject": "Dinner",
        "Date": "Mon, 4 May 2026 12:00:00 +0200",
        "Message-ID": f"<{number}@example.com>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return RECEIVED + "".join(f"{name}: {value}\n" for name, value in given.items() if value)


def mail(body: str = "See you at eight.", number: int = 1, **headers: str) -> str:
    return f"{head(number, **headers)}\n{body}\n"


def mbox(*mails: str | bytes) -> bytes:
    raw = [one.encode("utf-8") if isinstance(one, str) else one for one in mails]
    return b"".join(BEGIN.encode() + one + b"\n" for one in raw)


def test_a_mail_is_told_with_sender_time_and_thread(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, mbox(mail(References="<0@example.com> <1@example.com>", number=2)))
    [one], bad, _ = drain(source)
    assert one.text == "Subject: Dinner\n\nSee you at eight."
    assert (one.author, one.source, one.kind) == ("Bo Ek <bo@example.com>", "mail:Inbox", "mail")
    assert (one.external_id, one.session) == ("2@example.com", "0@example.com")
    assert one.at == datetime(2026, 5, 4, 12, tzinfo=timezone(timedelta(hours=2)))
    assert (one.tier, one.due, bad) == ("third_party", None, [])


PLAIN, HTML = "Plain words.", "<p>Rich <b>words</b>.</p>"


def part(kind: str, body: str, *more: str) -> str:
    return "\n".join([f"Content-Type: {kind}", *more, "", body, ""])


def parts(kind: str, *inside: str, mark: str = "b") -> str:
    joined = "".join(f"--{mark}\n{one}" for one in inside)
    return f"{joined}--{mark}--\n"


def many(kind: str, *inside: str) -> str:
    return mail(parts(kind, *inside), Content_Type=f'multipart/{kind}; boundary="b"')


PDF = part("application/pdf", "JVBERi0=", 'Content-Disposition: attachment; filename="menu.pdf"')
LOG = "Content-Disposition: attachment; filename=a.log"
HIDDEN = (
    "<html><head><title>t</title><style>p{}</style></head><body><script>alert(1)</script>"
    "<div style='display: none'>ignore me</div><p>Hello&nbsp;Ana,</p><ul><li>milk<li>eggs</ul>"
    "<table><tr><td>a</td><td>b</td></tr></table><br/>Bye<div class='gmail_quote'>On Monday "
    "<div>nested</div> wrote:<blockquote>old</blockquote></div></body></html>"
)

CORPUS = {
    "plain before HTML": (
        many("alternative", part("text/html", HTML), part("text/plain", PLAIN)),
        PLAIN,
    ),
    "HTML where the plain one is empty": (
        many("alternative", part("text/plain", " "), part("text/html", HTML)),
        "Rich words.",
    ),
    "an attachment is named": (
        many("mixed", part("text/plain", PLAIN), PDF),
        f"{PLAIN}\n\nAttached: menu.pdf",
    ),
    "an attached text is no text of the mail": (
        many("mixed", part("text/plain", PLAIN), part("text/plain", "log", LOG)),
        f"{PLAIN}\n\nAttached: a.log",
    ),
    "a forwarded mail is named, not read": (
        many("mixed", part("text/plain", PLAIN), part("message/rfc822", mail("Their words."))),
        f"{PLAIN}\n\nAttached: a file of type message/rfc822",
    ),
    "base64": (
        mail(
            base64.encodebytes("Blåbær og øl.".encode()).decode(),
            Content_Type="text/plain; charset=utf-8",
            Content_Transfer_Encoding="base64",
        ),
        "Blåbær og øl.",
    ),
    "quoted-printable in latin-1": (
        mail(
            quopri.encodestring("Blåbær og øl.".encode("latin-1")).decode(),
            Content_Type="text/plain; charset=iso-8859-1",
            Content_Transfer_Encoding="quoted-printable",
        ),
        "Blåbær og øl.",
    ),
    "iso-2022-jp": (
        mail(
            "明日、八時に会いましょう。".encode("iso-2022-jp").decode("ascii"),
            Content_Type="text/plain; charset=ISO-2022-JP",
        ),
        "明日、八時に会いましょう。",
    ),
    "HTML without what is hidden or quoted": (
        mail(HIDDEN, Content_Type="text/html"),
        "Hello Ana,\n\n- milk\n- eggs\n\na b\n\nBye",
    ),
    "format=flowed": (
        mail(
            "One line that \nwent on.\nAnother.\n-- \nBo", Content_Type="text/plain; format=flowed"
        ),
        "One line that went on.\nAnother.",
    ),
    "a line that mbox escaped": (mail(">From here on it rains."), "From here on it rains."),
    "a line like a beginning that is none": (
        mail("Hi,\n\nFrom my side it is fine at 10:00 in 2026 or so, said he"),
        "Hi,\n\nFrom my side it is fine at 10:00 in 2026 or so, said he",
    ),
}


@pytest.mark.parametrize("name", CORPUS)
def test_what_is_told_of_a_body(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture, stored: Fixture, name: str
) -> None:
    raw, body = CORPUS[name]
    write(path, mbox(raw))
    happenings, bad, _ = drain(source)
    assert [one.text for one in happenings] == [f"Subject: Dinner\n\n{body}"]
    assert bad == []
    assert stored(happenings) == ["stored"]


@pytest.mark.parametrize(
    ("header", "value", "author"),
    [
        ("From", "=?utf-8?B?QsO4IEVr?= <bo@example.com>", "Bø Ek <bo@example.com>"),
        ("From", '"Ek, Bo" <bo@example.com>', "Ek, Bo <bo@example.com>"),
        ("From", "bo@example.com", "bo@example.com"),
        ("From", "=?iso-2022-jp?B?GyRCO0QbKEI=?= <j@example.jp>", "残 <j@example.jp>"),
        ("From", "=?bogus?B?QsO4?= <bo@example.com>", None),
        ("From", '"unclosed <bo@example.com', None),
        ("From", "Bo <bo@example.com>, , <", None),
        ("From", "user", "mail of <user>"),
        ("From", '"User" <>', "mail of <User>"),
        ("From", "ａｓｓｉｓｔａｎｔ", "mail of <ａｓｓｉｓｔａｎｔ>"),
        ("From", "x" * 500 + "@example.com", None),
        ("From", "", "unknown sender"),
        ("Subject", "=?utf-8?Q?broken", "Bo Ek <bo@example.com>"),
        ("Content-Type", "text/plain; charset=none-such", "Bo Ek <bo@example.com>"),
        ("Content-Type", 'multipart/mixed; boundary=""', "Bo Ek <bo@example.com>"),
        ("Content-Transfer-Encoding", "base64", "Bo Ek <bo@example.com>"),
        ("Message-ID", "no brackets", "Bo Ek <bo@example.com>"),
        ("Date", "yesterday", "Bo Ek <bo@example.com>"),
    ],
)
def test_a_broken_header_loses_no_mail(
    source: Mailbox,
    path: Path,
    write: Fixture,
    drain: Fixture,
    stored: Fixture,
    header: str,
    value: str,
    author: str | None,
) -> None:
    write(path, mbox(mail("Words.", 1, **{header.replace("-", "_"): value})))
    [one], *_ = drain(source)
    assert one.author not in ("user", "assistant")
    assert author is None or one.author == author
    assert stored([one]) == ["stored"]


def test_eight_bit_headers_and_bodies_are_read(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    utf8 = mail("Blåbær.", 1, Subject="Øl", From="Bø <b@example.com>").encode("utf-8")
    latin = mail("Blåbær.", 2, Subject="Øl", From="Bø <b@example.com>").encode("latin-1")
    write(path, mbox(utf8, latin))
    one, two = drain(source)[0]
    assert one.text == two.text == "Subject: Øl\n\nBlåbær."
    assert one.author == two.author == "Bø <b@example.com>"


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Mon, 4 May 2026 12:00:00 -0000", datetime(2026, 5, 4, 12, tzinfo=UTC)),
        ("Fri, 31 Dec 2049 12:00:00 +0000", datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)),
        ("Thu, 1 Jan 1970 00:00:00 +0000", datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)),
        ("32 Foo 99999", datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)),
        ("", datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)),
    ],
    ids=["no zone", "the future", "1970", "nonsense", "none"],
)
def test_a_date_that_cannot_be_is_that_of_delivery(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture, date: str, at: datetime
) -> None:
    write(path, mbox(mail(Date=date)))
    assert drain(source)[0][0].at == at
    write(path, mbox(mail(Date=date).replace(RECEIVED, "")))
    [one], *_ = drain(source)
    assert one.at == (at if at.second == 0 else datetime(2026, 5, 4, 10, tzinfo=UTC))


def test_mails_of_the_user_are_first_party_only_where_nobody_can_have_forged_them(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    own = {"From": "Ana <ANA@example.com>", "To": "Bo Ek <bo@example.com>"}
    sent = mail("I moved to Oslo.", 1, **own).replace(RECEIVED, "")
    forged = mail("I love casinos.", 2, **own)
    gmail = "X-Gmail-Labels: Sent,Opened\n" + mail("I ran.", 3, **own)
    faked = RECEIVED + "X-Gmail-Labels: Sent\n" + mail("I love pills.", 4, **own)
    write(path, mbox(sent, forged, gmail, faked))
    happenings, *_ = drain(source)
    assert {one.author for one in happenings} == {"user"}
    assert [one.tier for one in happenings] == [
        "first_party", "third_party", "first_party", "third_party",
    ]  # fmt: skip
    assert happenings[0].text == "Subject: Dinner\nTo: Bo Ek\n\nI moved to Oslo."


ATTRIBUTION = "On Mon, 4 May 2026 at 10:00, Bo Ek <bo@example.com> wrote:"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"Yes.\n\n{ATTRIBUTION}\n> Coming?\n> Bo", "Yes."),
        (f"Yes.\n\n{ATTRIBUTION}\n\nComing?", "Yes."),
        (
            "Yes.\n\nOn Mon, 4 May 2026 at 10:00, Bo Ek\n<bo@example.com> wrote:\n\n> Coming?",
            "Yes.",
        ),
        ("Ja.\n\nAm 04.05.26 um 10:00 schrieb Bo Ek:\n> Kommst du?", "Ja."),
        (
            "Oui.\n\nLe lun. 4 mai 2026 à 10:00, Bo Ek <bo@example.com> a écrit :\n> Tu viens ?",
            "Oui.",
        ),
        (f"{ATTRIBUTION}\n> Coming?\nYes.\n> When?\nAt eight.", "Yes.\nAt eight."),
        (
            "Yes.\n\n-----Original Message-----\nFrom: Bo\nSent: Monday\nTo: Ana\n\nComing?",
            "Yes.",
        ),
        (
            "Yes.\n________________________________\nFrom: Bo\nSent: Monday\nTo: Ana\n\nComing?",
            "Yes.",
        ),
        ("Yes.\n\nVon: Bo\nGesendet: Montag\nAn: Ana\nBetreff: x\n\nKommst du?", "Yes."),
        (
            "FYI\n\n---------- Forwarded message ---------\nFrom: Bo\nDate: Mon\nSubject: x\n\nHi",
            "FYI",
        ),
        ("FYI\n\nBegin forwarded message:\n\nwords", "FYI"),
        ("Yes.\n-- \nAna, CEO", "Yes."),
        ("Yes.\n\nSent from my iPhone", "Yes."),
        ("Bo wrote:\nthat he comes. I am glad.", "Bo wrote:\nthat he comes. I am glad."),
        ("From: now on I run.\nTo: all's surprise.", "From: now on I run.\nTo: all's surprise."),
        ("--- Agenda ---\n1. Cake", "--- Agenda ---\n1. Cake"),
        ("Price -- as ever -- is 3 > 2.", "Price -- as ever -- is 3 > 2."),
    ],
)
def test_words_of_others_are_no_words_of_the_sender(text: str, own: str) -> None:
    assert own_words(text) == own


def test_a_mail_that_is_only_a_forward_keeps_its_subject(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, mbox(mail("Begin forwarded message:\n\nTheir words."), mail("> x", 2, Subject="")))
    assert [one.text for one in drain(source)[0]] == ["Subject: Dinner", "(a mail without words)"]


# -- an mbox that changes -----------------------------------------------------------------


def test_an_mbox_is_read_on_and_its_last_mail_waits_while_it_is_written(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    one, two, three = (mail(f"Mail {n}.", n) for n in (1, 2, 3))
    write(path, mbox(one, two)[:-12], age=timedelta(0))
    first, bad, cursor = drain(source)
    assert ([h.external_id for h in first], bad) == (["1@example.com"], [])
    write(path, mbox(one, two), age=timedelta(seconds=1))
    assert drain(source, cursor)[0] == []
    write(path, mbox(one, two, three), age=timedelta(seconds=1))
    second, _, cursor = drain(source, cursor)
    assert [h.external_id for h in second] == ["2@example.com"]
    write(path, mbox(one, two, three), age=timedelta(seconds=20))
    third, _, cursor = drain(source, cursor)
    assert [h.external_id for h in third] == ["3@example.com"]
    assert len(cursor) < 200


def test_a_mark_that_a_mail_was_read_makes_it_no_other_mailbox(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    mails = [f"X-Mozilla-Status: 000{{}}\n{mail(f'Mail {n}.', n)}" for n in (1, 2, 3)]
    write(path, mbox(*(one.format(0) for one in mails[:2])))
    *_, cursor = drain(source)
    write(path, mbox(*(one.format(1) for one in mails)))
    assert [h.external_id for h in drain(source, cursor)[0]] == ["3@example.com"]


def test_an_mbox_that_was_rewritten_is_read_anew_and_stored_once(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture, stored: Fixture
) -> None:
    mails = [mail(f"Mail {n}.", n) for n in range(1, 5)]
    write(path, mbox(*mails[:3]))
    first, _, cursor = drain(source)
    assert stored(first) == ["stored"] * 3
    write(path, mbox(*mails[1:]))
    second, _, cursor = drain(source, cursor)
    assert stored(second) == ["known", "known", "stored"]
    write(path, b"")
    assert drain(source, cursor)[:2] == ([], [])


def test_nothing_is_read_of_a_locked_mbox(
    source: Mailbox,
    path: Path,
    write: Fixture,
    drain: Fixture,
    python: Callable[..., Any],
) -> None:
    write(path, mbox(mail()))
    lock = path.with_name("Inbox.mbox.lock")
    lock.touch()
    happenings, [bad], cursor = drain(source)
    assert happenings == []
    assert "delete Inbox.mbox.lock" in bad.why
    lock.unlink()
    script = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b'); fcntl.lockf(file, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    process = python(script, path)
    assert process.stdout.readline() == "held\n"
    assert drain(source, cursor)[0] == []
    process.kill()
    process.wait()
    assert len(drain(source, cursor)[0]) == 1


def test_what_belongs_to_no_mail_is_told(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, b"garbage\n\n" + mbox("no headers at all", mail()))
    [one], [stray, bare], cursor = drain(source)
    assert one.external_id == "1@example.com"
    assert "9 bytes that belong to no mail" in stray.why
    assert bare.where == "mail:Inbox, byte 9"
    assert drain(source, cursor)[:2] == ([], [])


def test_a_mail_is_told_once_where_it_came_twice(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, mbox(mail(), mail("See you at eight.\n____________________\nA list")))
    assert len(drain(source)[0]) == 1


def test_an_mbox_of_20_mb_is_read_in_bounded_memory(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    attachment = base64.b64encode(bytes(140_000)).decode()
    with path.open("wb") as file:
        for number in range(120):
            inside = (part("text/plain", f"Mail {number}."), part("application/pdf", attachment))
            raw = parts("mixed", *inside)
            file.write(mbox(mail(raw, number, Content_Type='multipart/mixed; boundary="b"')))
    write(path, path.read_bytes())
    assert path.stat().st_size > 20 * 1024 * 1024
    told: list[str] = []
    cursor, more = None, True
    tracemalloc.start()
    while more:
        poll = source.poll(cursor)
        told += [one.external_id for one in poll.happenings]
        cursor, more = poll.cursor, poll.more
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told == [f"{number}@example.com" for number in range(120)]
    assert peak < 5 * 1024 * 1024


def test_a_huge_mail_is_read_in_part(
    source: Mailbox,
    path: Path,
    write: Fixture,
    drain: Fixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("letter", "mbox", "mailbox"):
        monkeypatch.setattr(f"usermind.agents.sources.{module}.LARGEST", 10_000)
    write(path, mbox(mail("Word. " * 5_000), mail("Next.", 2)))
    [one, two], [bad], _ = drain(source)
    assert "the first 10,000 were read" in bad.why
    assert 9_000 < len(one.text) < 10_100
    assert two.text.endswith("Next.")


MIXED = "multipart/mixed; boundary=b"


@pytest.mark.parametrize(
    ("raw", "doubt"),
    [
        (mail("--b\n\nWords.\n" + "--b\n\n" * 100_000, Content_Type=MIXED), "5,000 parts"),
        (
            mail("--b\n\nWords.\n--b\n" + "Content-Type: x; boundary=c\n\n--c\n" * 1_000,
                 Content_Type=MIXED),
            "50 parts that have parts",
        ),
        (mail("--b\n\nWords.\n" + "\n" * 600_000 + "--b--", Content_Type=MIXED), "500,000 lines"),
        (mail("Words.", Content_Type="text/plain" + "; a=b" * 100_000), "too long"),
        (mail("Words.\n\n" + "On a wrote\n" * 200_000), "1,000,000 were looked at"),
        (mail("Words.<p>" + "<!--" * 75_000, Content_Type="text/html"), None),
        (mail("Words.<p>" + "</a" * 90_000, Content_Type="text/html"), None),
    ],
    ids=["parts", "parts in parts", "lines", "header", "body", "comments", "tags"],
)  # fmt: skip
def test_a_mail_that_is_made_to_keep_a_reader_busy_is_read_in_part(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture, raw: str, doubt: str | None
) -> None:
    write(path, mbox(raw, mail("Next.", 2)))
    [one, two], bad, _ = drain(source)
    assert one.text.startswith("Subject: Dinner\n\nWords.")
    assert two.text.endswith("Next.")
    assert bool(bad) is (doubt is not None)
    assert not bad or any((doubt or "") in part.why for part in bad)


def test_a_mail_that_speaks_of_boundaries_is_read_whole(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    body = "The boundary of the parish.\n-- A list\n" * 60
    write(path, mbox(mail(f"Words.\n{body}")))
    _, bad, _ = drain(source)
    assert bad == []


# -- Maildir ------------------------------------------------------------------------------


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    return tmp_path / "Maildir"


def test_a_maildir_tells_each_mail_once_in_order_of_delivery(
    maildir: Path, clock: StoppedClock, write: Fixture, drain: Fixture
) -> None:
    source = Mailbox(maildir, clock=clock)
    write(maildir / "cur" / "1777000002.M2P1.host,S=10:2,S", mail("Two.", 2))
    write(maildir / "cur" / "1777000001.M1P1.host:2,", mail("One.", 1, Date=""))
    write(maildir / "new" / "1777000003.M3P1.host", mail("Three.", 3))
    write(maildir / "cur" / "1777000004.M4P1.host:2,DS", mail("A draft.", 4))
    write(maildir / "cur" / "1777000005.M5P1.host:2,ST", mail("Deleted.", 5))
    write(maildir / "tmp" / "1777000006.M6P1.host", mail("Half", 6))
    happenings, bad, cursor = drain(source)
    assert [one.external_id[0] for one in happenings] == ["1", "2", "3"]
    assert bad == []

    moved = maildir / "cur" / "1777000003.M3P1.host,U=3:2,S"  # read, and marked so
    (maildir / "new" / "1777000003.M3P1.host").rename(moved)
    (maildir / "cur" / "1777000001.M1P1.host:2,").unlink()
    write(maildir / "cur" / "1500000000.M1P1.old:2,S", mail("Copied here later.", 7))
    write(maildir / "new" / "1777000008.M1P1.host", mail("Eight.", 8))
    later, _, cursor = drain(source, cursor)
    assert [one.external_id[0] for one in later] == ["7", "8"]
    assert drain(source, cursor)[0] == []


def test_the_cursor_of_a_maildir_is_bounded(
    maildir: Path,
    clock: StoppedClock,
    write: Fixture,
    drain: Fixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailbox_module, "MOST_MAILS", 300)
    for number in range(400):
        write(maildir / "new" / f"{1777000000 + number}.M1P1.host", mail("Mail.", number))
    happenings, [bad], cursor = drain(Mailbox(maildir, clock=clock))
    assert [one.external_id for one in happenings] == [f"{n}@example.com" for n in range(100, 400)]
    assert "more than 300 mails" in bad.why
    assert len(cursor) < 300 * 8 + 200


def test_what_is_no_mailbox_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        Mailbox(tmp_path / "gone").poll(None)
    with pytest.raises(SourceError, match="no Maildir"):
        Mailbox(tmp_path).poll(None)


def test_mails_made_by_the_standard_library_are_read(
    source: Mailbox, path: Path, write: Fixture, drain: Fixture
) -> None:
    import mailbox

    box = mailbox.mbox(path)
    message = EmailMessage()
    message["From"], message["Subject"] = "Bo <bo@example.com>", "Grüße aus Århus"
    message.set_content("Hei\n\nFrom the sea.\n")
    message.add_alternative("<p>Hei</p>", subtype="html")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="hav.png")
    box.add(message)
    box.close()
    write(path, path.read_bytes())
    [one], bad, _ = drain(source)
    assert one.text == "Subject: Grüße aus Århus\n\nHei\n\nFrom the sea.\n\nAttached: hav.png"
    assert bad == []
