"""Identifiers: numbers by which a person is known to banks, states and telephones, and addresses.

Check digits and number plans are those of `python-stdnum` and `phonenumberslite`, which are loaded
when a text first holds a candidate. Numbers that have no check of their own count only beside a
word that says what they are.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import cast

from usermind.memory.privacy.findings import words
from usermind.memory.privacy.secrets import Span

_W = r"(?<![A-Za-z0-9_])"
_E = r"(?![A-Za-z0-9_])"

_DIGITS = re.compile(r"(?<![A-Za-z0-9_.,+#/-])[0-9](?:[ .-]?[0-9]){12,24}(?![A-Za-z0-9_])")
# Issuers of cards: first digits → lengths.
_ISSUERS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2(?:2[2-9]|[3-6][0-9]|7[01])[0-9]{13}|"
    r"2720[0-9]{12}|3[47][0-9]{13}|6(?:011|22[0-9]|4[4-9][0-9]|5[0-9]{2})[0-9]{12}(?:[0-9]{3})?|"
    r"3(?:0[0-59]|[689][0-9])[0-9]{11,13}|35(?:2[89]|[3-8][0-9])[0-9]{12}|"
    r"(?:50|5[6-9]|6[37])[0-9]{14}|62[0-9]{14,17}"
)
_IBAN = re.compile(
    _W + r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{1,4}){3,9}(?![A-Za-z0-9])", re.IGNORECASE
)

_SHAPED: tuple[tuple[str, str], ...] = (
    ("us.ssn", r"[0-9]{3}-[0-9]{2}-[0-9]{4}"),
    ("it.codicefiscale", r"[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z]"),
    ("es.dni", r"[0-9]{8}-?[A-Za-z]"),
    ("es.nie", r"[XYZxyz]-?[0-9]{7}-?[A-Za-z]"),
    ("se.personnummer", r"(?:[0-9]{2})?[0-9]{6}[-+][0-9]{4}"),
    ("fi.hetu", r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Ya-y]"),
    ("br.cpf", r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"),
    ("ch.ssn", r"756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}"),
    ("no.fodselsnummer", r"[0-9]{6} ?[0-9]{5}"),
    ("fr.nir", r"[12] ?[0-9]{2} ?[0-9]{2} ?[0-9][0-9AB] ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}"),
    ("in_.aadhaar", r"[2-9][0-9]{3} [0-9]{4} [0-9]{4}"),
    ("in_.pan", r"[A-Z]{5}[0-9]{4}[A-Z]"),
    ("kr.rrn", r"[0-9]{6}-[1-8][0-9]{6}"),
    ("dk.cpr", r"[0-3][0-9][01][0-9]{3}-[0-9]{4}"),
    ("be.nn", r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}"),
    ("cn.ric", r"[1-9][0-9]{16}[0-9Xx]"),
    ("mx.curp", r"[A-Z]{4}[0-9]{6}[HM][A-Z]{5}[0-9A-Z][0-9]"),
)  # fmt: skip
_SHAPES = tuple(
    (name, re.compile(rf"(?<![A-Za-z0-9_.+#/-]){shape}(?![A-Za-z0-9_]|[.-][0-9])"))
    for name, shape in _SHAPED
)
_NINO = re.compile(
    _W + r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]" + _E
)

_SAYS = (
    r"(?:[\s_-]*(?:number|numbers|no\.?|nr\.?|num|nummer|#|id))?"
    r"(?:\s+(?:is|was|are|ist|er|es|:|=)|\s*[:=#]|\s*(?:是|は))?\s*"
)
_NUMBER = r"(?P<value>[A-Z0-9](?:[ ./-]?[A-Z0-9]){4,24})"
_NAMED: tuple[tuple[str, str], ...] = (
    ("passport number", r"passport|reisepass|pasaporte|passeport|护照号码?|パスポート"),
    ("licence number", r"driv(?:er'?s?|ing)\s+licen[cs]e|driver\s+licen[cs]e|führerschein"),
    (
        "bank account",
        r"bank\s+account|checking\s+account|savings\s+account|account(?=\s*(?:number|no|nr|#))|"
        r"kontonummer|kontonr|sort\s+code|routing|aba|bsb|iban|clabe|银行卡号|口座番号",
    ),
    ("card number", r"(?:credit|debit|bank)\s*card|card(?=\s+(?:number|no))"),
    (
        "national id",
        r"social\s+security|ssn|social\s+insurance|sin(?=\s+(?:is|number|no)|:)|national\s+id|"
        r"national\s+insurance|nino|identity\s+card|id\s+card|identity(?=\s+number)|"
        r"personnummer|fødselsnummer|fodselsnummer|cpr|pesel|bsn|aadhaar|nhs|medicare|"
        r"tax(?:payer)?\s+(?:id|identification)|steuer-?id|itin|tfn|dni|nie|cpf|curp|"
        r"身份证号?码?|マイナンバー|주민등록번호",
    ),
)  # fmt: skip
_TOLD = tuple(
    (kind, re.compile(rf"(?<![A-Za-z])(?:{words}){_SAYS}{_NUMBER}", re.IGNORECASE))
    for kind, words in _NAMED
)
_NAMES = words(
    "passport pasaporte passeport pass licen führerschein account konto sort routing aba bsb "
    "iban clabe card security ssn insurance sin nino national identity personnummer fødsels "
    "fodsels cpr pesel bsn aadhaar nhs medicare tax steuer itin tfn dni nie cpf curp "
    "护照 パスポ 身份证 マイナ 주민 银行 口座"
)

EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+'@/:-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}"
    r"(?![A-Za-z0-9])"
)
_PLUS = re.compile(r"(?<![A-Za-z0-9+])(?:\+|00 ?)[1-9][0-9 ().\-/]{6,20}[0-9]")
_DOUBLE_ZERO = re.compile(r"(?<![A-Za-z0-9+])00(?=[1-9][0-9 ().\-/]{6,20}[0-9])")
"""What stands for a plus; with a space in its place all else keeps its own."""
_NANP = re.compile(
    r"(?<![A-Za-z0-9_.+/-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])"
    r"[2-9][0-9]{2}[ .-][0-9]{4}(?![A-Za-z0-9_]|[.-][0-9])"
)
_CALLED = re.compile(
    r"(?:(?<![A-Za-z])(?:phone|mobile|mob|cell(?:phone)?|telephone|tel|telefon|telefono|teléfono|"
    r"téléphone|handy(?:nummer)?|whatsapp|signal|fax|call|text|ring|sms|dial|reach|"
    r"(?:my|his|her|their|our|contact)\s+number)|電話(?:番号)?|电话|手机号?|전화)"
    r"(?:[\s:.=,]+(?:me|us|him|her|them|at|on|is|the|number|no\.?|nr\.?|my|his|new|back|mum|mom|dad|"
    r"office|home|work)(?![A-Za-z]))*[\s:.=是は]*"
    r"(?P<value>\(?[0-9](?:[ ().\-/]{0,2}[0-9]){6,14})(?![A-Za-z0-9_])",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![A-Za-z0-9._-])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![A-Za-z0-9_]|\.[0-9])")
_IPV6 = re.compile(
    r"(?<![A-Za-z0-9:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![A-Za-z0-9:]|\.[0-9])"
)
_VERSION = re.compile(r"(?:version|release|v|build|firmware|section|§)\s*$", re.IGNORECASE)

_HAS_DIGIT = re.compile(r"[0-9]")
_MANY_DIGITS = re.compile(r"(?:[0-9][^0-9\n]{0,3}){5}")


def find(text: str) -> Iterator[Span]:
    """Yield the identifiers of a folded text; they may overlap."""
    if "@" in text:
        for match in EMAIL.finditer(text):
            yield "email", *match.span()
    if _HAS_DIGIT.search(text) is None:
        return
    if _MANY_DIGITS.search(text):
        yield from _cards(text)
        yield from _accounts(text)
        yield from _nationals(text)
        yield from _named(text)
        yield from _phones(text)
    yield from _addresses(text)


def _cards(text: str) -> Iterator[Span]:
    for match in _DIGITS.finditer(text):
        places = [place for place in range(*match.span()) if text[place] in "0123456789"]
        used = -1
        for first, begin in enumerate(places):
            starts_group = first == 0 or places[first - 1] != begin - 1
            if begin <= used or not starts_group:
                continue
            for size in (16, 15, 14, 13, 19, 18, 17):
                taken = places[first : first + size]
                if len(taken) < size:
                    continue
                ends_group = first + size == len(places) or places[first + size] != taken[-1] + 1
                if ends_group and _is_card(text[begin : taken[-1] + 1]):
                    yield "card number", begin, taken[-1] + 1
                    used = taken[-1]
                    break


def _is_card(written: str) -> bool:
    groups = re.findall(r"[0-9]+", written)
    digits = "".join(groups)
    # Cards are written in threes and more, or spelt out; "5 6 7 10 11" counts something.
    sizes = {len(group) for group in groups}
    return (
        (min(sizes) >= 3 or sizes == {1})
        and _ISSUERS.fullmatch(digits) is not None
        and len(set(digits)) > 1
        and _valid("luhn")(digits)
        and not (len(digits) == 13 and digits[:3] in ("978", "979"))
    )


def _accounts(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        end = match.end()
        while end - match.start() >= 15:
            if _valid("iban")(text[match.start() : end]):
                yield "bank account", match.start(), end
                break
            # The words that follow are no part of it.
            end = max(text.rfind(" ", match.start(), end), text.rfind("-", match.start(), end))


def _nationals(text: str) -> Iterator[Span]:
    for name, pattern in _SHAPES:
        for match in pattern.finditer(text):
            if _valid(name)(match[0]):
                yield "national id", *match.span()
    for match in _NINO.finditer(text):
        yield "national id", *match.span()


def _named(text: str) -> Iterator[Span]:
    lower = text.lower()
    if not any(name in lower for name in _NAMES):
        return
    for kind, pattern in _TOLD:
        for match in pattern.finditer(text):
            value = _numeric(match["value"])
            if sum(char in "0123456789" for char in value) >= (4 if kind == "bank account" else 5):
                start = match.start("value")
                yield kind, start, start + len(value)


def _numeric(value: str) -> str:
    """Return the beginning of a value without the words behind it."""
    end = 0
    for group in re.finditer(r"[A-Za-z0-9]+", value):
        has_digit = _HAS_DIGIT.search(group[0]) is not None
        if not has_digit and (len(group[0]) > 3 or (group.start() and group[0].islower())):
            break
        if has_digit:
            end = group.end()
    rest = re.match(r" [A-Z]{1,2}$", value[end:])
    return value[: end + (rest.end() if rest else 0)]


def _phones(text: str) -> Iterator[Span]:
    if _PLUS.search(text):
        yield from _matched(re.sub(_DOUBLE_ZERO, " +", text), region=None)
    if _NANP.search(text):
        yield from _matched(text, region="US")
    for match in _CALLED.finditer(text):
        digits = re.sub(r"[^0-9]", "", match["value"])
        if 7 <= len(digits) <= 15 and not _is_date(match["value"]):
            yield "phone number", *match.span("value")


def _matched(text: str, *, region: str | None) -> Iterator[Span]:
    from phonenumbers import PhoneNumberMatcher

    for found in PhoneNumberMatcher(text, region):
        yield "phone number", found.start, found.end


def _is_date(value: str) -> bool:
    return re.match(r"(?:19|20)[0-9]{2}[-./ ][0-9]{1,2}[-./ ][0-9]{1,2}", value) is not None


def _addresses(text: str) -> Iterator[Span]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _is_public(match[0]) and not _VERSION.search(text[: match.start()][-12:]):
                yield "IP address", *match.span()


def _is_public(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


@cache
def _valid(name: str) -> Callable[[str], bool]:
    return cast("Callable[[str], bool]", import_module(f"stdnum.{name}").is_valid)
