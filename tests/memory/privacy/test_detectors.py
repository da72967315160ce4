"""What is taken for a secret or an identifier, and what is not."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind.errors import PrivacyError
from usermind.memory.privacy.detectors import find
from usermind.memory.privacy.findings import KINDS, Finding, quote_pattern, redacted

# Text, and the words in it that may not be left.
TELLING = [
    ("My password is hunter2.", "hunter2"),
    ("my netflix password is correct horse battery staple", "battery staple"),
    ('The wifi password is "blue moon rising", ok?', "blue moon"),
    ("My password is swordfish", "swordfish"),
    ("pw: Tr0ub4dor&3", "Tr0ub4dor"),
    ("Das Passwort ist Geheim123!", "Geheim123"),
    ("我的密码是hunter2请记住", "hunter2"),
    ("パスワードはabc123XYZです", "abc123XYZ"),
    ("mi contraseña es gatito99", "gatito99"),
    ("mon mot de passe est Bl3uCiel", "Bl3uCiel"),
    ("I changed my password to Winter2024!", "Winter2024"),
    ("hunter2 is my password", "hunter2"),
    ("you can log in with bob-s3cret99", "bob-s3cret99"),
    ("credentials: admin / s3cret!pw", "s3cret!pw"),
    ("the password for my laptop is Xk9-qq2", "Xk9-qq2"),
    ("My PIN is 4821.", "4821"),
    ("4821 is my PIN", "4821"),
    ("the front door code is 4711#", "4711"),
    ("The safe combination is 12-34-56", "12-34-56"),
    ("the code of my alarm is 9876", "9876"),
    ("Your verification code is 123456", "123456"),
    ("CVV 123", "123"),
    (
        "my seed phrase is witch collapse practice feed shame open despair creek road again ice "
        "least",
        "despair creek",
    ),
    ('api_key = "abcd1234efgh5678"', "abcd1234"),
    ("my api key is 9f8e7d6c5b4a3f2e", "9f8e7d6c"),
    ("export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtn"),
    ("DB_PASSWORD=letmein", "letmein"),
    ('{"clientSecret": "a1b2c3d4e5f6"}', "a1b2c3d4"),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSF"),
    ("密钥AKIAIOSFODNN7EXAMPLE泄露了", "AKIAIOSF"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"),
    ("glpat-abcdefghij0123456789", "glpat-abc"),
    ("sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789", "sk-ant"),
    ("xoxb-123456789012-abcdefghijkl", "xoxb-123"),
    ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIzaSy"),
    ("hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", "hf_abc"),
    ("bot 123456789:AAabcdefghijklmnopqrstuvwxyz0123456", "AAabc"),
    ("postgres://bob:s3cr3t@db.example.com:5432/app", "s3cr3t"),
    ("https://x.com/cb?access_token=abcdef123456", "abcdef123456"),
    ("Authorization: Bearer abcdefghijklmnopqrstuvwx", "abcdefgh"),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THs",
        "dozjgNry",
    ),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabcd\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\nAAAA", "b3BlbnNza"),
    ("card 4111 1111 1111 1111 exp 12/27", "4111 1111 1111"),
    ("4111\u200b1111\u200b1111\u200b1111", "1111\u200b1111"),
    ("４１１１１１１１１１１１１１１１", "１１１１"),
    ("My card: 4111-1111-1111-1111, cvv 737", "737"),
    ("卡号4111111111111111谢谢", "41111111"),
    ("amex 378282246310005", "378282246310005"),
    ("My mastercard is 5555.5555.5555.4444", "5555"),
    ("NO93 8601 1117 947 is my iban", "8601 1117"),
    ("DE89 3704 0044 0532 0130 00", "3704 0044"),
    ("my bank account number is 12345678", "12345678"),
    ("SSN 219-09-9999", "219-09-9999"),
    ("passport X1234567", "X1234567"),
    ("My passport number is 533380006 and I fly", "533380006"),
    ("personnummer 811228-9874", "811228-9874"),
    ("my id is 15108695088", "15108695088"),
    ("NINO AB123456C", "AB123456C"),
    ("codice fiscale RCCMNL83S18D969H", "RCCMNL83S18D969H"),
    ("DNI 54362315K", "54362315K"),
    ("CPF 390.533.447-05", "390.533.447-05"),
    ("my driver's license D1234567", "D1234567"),
    ("write to bob@example.com", "bob@example.com"),
    ("写信给bob@example.com吧", "bob@example.com"),
    ("+47 22 12 34 56", "22 12 34"),
    ("call me at 22 12 34 56", "22 12 34"),
    ("(415) 555-2671", "555-2671"),
    ("电话+4722123456", "22123456"),
    ("my number is 0171 1234567", "1234567"),
    ("8.8.8.8 is the server", "8.8.8.8"),
    ("2001:4860:4860::8888", "4860"),
]
INNOCENT = [
    "My password is too weak.",
    "The password is required.",
    "Password reset instructions were sent.",
    "My password is not working.",
    "I forgot my password again.",
    "The password must have at least 8 characters.",
    "What is my password?",
    "This is my password manager.",
    "I pinned 4 photos to the board.",
    "She wore a pin from 1998.",
    "The key is under the mat.",
    "The key to success is 10000 hours of practice.",
    "The secret: practise every day for 20 minutes.",
    "The secret of the soup is saffron.",
    "Monkey: bananas",
    "I lost my token at the laundry in 2019.",
    "We have access to the code in room 12.",
    "The dress code is smart casual.",
    "My postal code is 0150.",
    "Use the code SUMMER25 for a discount.",
    "Meet me in Room 4111.",
    "We live at 221B Baker Street, London NW1 6XE.",
    "Her address is 1600 Pennsylvania Avenue NW, Washington, DC 20500.",
    "Order number 4500123456789 arrives on 2024-05-12.",
    "Order 112-3456789-1234567 has shipped.",
    "Invoice INV-2024-00123 is due on 15.06.2024.",
    "Tracking number 1Z999AA10123456784.",
    "ISBN 978-3-16-148410-0",
    "The ISBN is 9780306406157.",
    "I ran 10 km in 52:30 on 12.05.2024.",
    "It costs 1,299.00 or 1299 EUR.",
    "We paid $1,234,567.89 for the house.",
    "The population is 5 488 984.",
    "There are 100000000000000 stars in it.",
    "Version 1.2.3.4 was released.",
    "192.168.1.1 is my router.",
    "The server runs on 127.0.0.1:8000.",
    "See section 10.2.3.1 of the manual.",
    "commit 148fcf3a9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "Flight SK4711 leaves at 10:30 on 2026-05-04.",
    "Train 4821 is late.",
    "My account is at DNB since 2015.",
    "My account manager is Tom.",
    "Call 911.",
    "Text me 3 times.",
    "Call me at 10:30 on 2024-05-12.",
    "I was born on 1990-01-01 and moved in 2015 2016 2017 2018.",
    "The coordinates are 59.9139, 10.7522.",
    "pi is 3.14159265358979",
    "1 2 3 4 5 6 7 8 9 10 11 12 13",
    "for i in range(10): print(i ** 2)",
    "def add(a: int, b: int) -> int: return a + b",
    "SELECT id, name FROM users WHERE age > 30 LIMIT 100;",
    "My bus is the 31 and it comes at 08:15 and 08:45.",
    "I weigh 72.5 kg and I am 183 cm tall.",
    "The recipe needs 250 g flour, 3 eggs and 180 ml milk.",
    "I scored 2,345,678 points.",
    "Season 3 episode 12 was the best.",
    "My lucky numbers are 7, 13, 21, 34 and 42.",
    "The phone has 128 GB and costs 799.",
    "I bought an iPhone 15 and a Galaxy S24.",
    "My favourite band is blink-182 and I follow @nasa.",
    "https://example.com/articles/2024/05/12/how-to-bake-bread?page=2",
    "The dose is 500 mg twice a day.",
    "E = mc^2, and c is 299792458 m/s.",
    "我今年30岁，住在3号楼502室。",
    "The class meets on Tuesdays, 18:00-19:30, in B-204.",
]


@pytest.mark.parametrize(("text", "secret"), TELLING, ids=[text[:40] for text, _ in TELLING])
def test_nothing_is_left_of_a_secret_or_an_identifier(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redacted(text, find(text))


def test_there_are_enough_examples() -> None:
    assert len(TELLING) >= 60
    assert len(INNOCENT) >= 60


def test_innocent_sentences_are_left_alone() -> None:
    taken = [text for text in INNOCENT if find(text)]
    print(f"redacted of {len(INNOCENT)} innocent sentences: {len(taken)} {taken}")
    assert len(taken) <= 1


@pytest.mark.parametrize("text", [text for text, _ in TELLING], ids=[t[:40] for t, _ in TELLING])
@pytest.mark.parametrize("around", [("谢谢", "你好"), ("\u200b", "\u200d"), ("こちらは", "です")])
def test_no_neighbour_hides_a_secret(text: str, around: tuple[str, str]) -> None:
    kinds = {finding.kind for finding in find(text)}
    assert kinds <= {finding.kind for finding in find(f"{around[0]}{text}{around[1]}")}


@pytest.mark.parametrize(("text", "secret"), TELLING, ids=[text[:40] for text, _ in TELLING])
def test_an_invisible_character_hides_no_secret(text: str, secret: str) -> None:
    middle = text.index(secret) + len(secret) // 2
    hidden = f"{text[:middle]}\u200b{text[middle:]}"
    assert [f.kind for f in find(hidden)] == [f.kind for f in find(text)]


PIECES = st.sampled_from(
    [text for text, _ in TELLING]
    + INNOCENT
    + ["", " ", "\n", "。", "-", "is", "my password", "1", "@"]
)
MIXED = st.lists(PIECES | st.text(max_size=12), max_size=6).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(MIXED)
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redacted(text, find(text))
    assert redacted(once, find(once)) == once


@settings(deadline=None, max_examples=150)
@given(MIXED)
def test_what_is_kept_is_untouched_and_spans_are_right(text: str) -> None:
    found = find(text)
    rest, at = [], 0
    for finding in found:
        assert at <= finding.start < finding.end <= len(text)
        assert finding.kind in KINDS
        rest.append(text[at : finding.start])
        at = finding.end
    rest.append(text[at:])
    made = redacted(text, found)
    for piece in rest:
        assert made.startswith(piece)
        made = made[len(piece) :]
        if made:
            assert made.startswith("[")
            made = made.partition("]")[2]
    assert not made


def test_overlapping_findings_become_one() -> None:
    found = [Finding("email", 2, 6), Finding("phone number", 4, 9)]
    assert redacted("0123456789", found) == "01[email removed]9"


def test_a_detector_that_breaks_lets_nothing_pass() -> None:
    def broken(text: str) -> list[tuple[str, int, int]]:
        raise RuntimeError(text)

    with pytest.raises(PrivacyError, match="neither stored nor sent") as caught:
        find("the words", [broken])
    assert "the words" not in str(caught.value)


@pytest.mark.parametrize(
    "unit", ["a", "a1", "password ", "0", "1 ", "x@", "://a:", "A1b2/", "my key is ", "\n\n", "。"]
)
def test_long_texts_take_no_more_than_their_length(unit: str) -> None:
    # A pattern that goes back and forth would not come to an end here.
    assert find("-----BEGIN PRIVATE KEY-----" + unit * (200_000 // len(unit))) is not None


def test_a_quote_is_found_where_a_placeholder_stands() -> None:
    pattern = quote_pattern("write to [email removed] about it")
    assert re.search(pattern, "please write  to bob@example.com about it")
    assert not re.search(pattern, "please write to them")
