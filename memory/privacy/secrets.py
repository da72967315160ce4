"""Secrets: what opens something, by the form of the thing or by the words around it.

No library is used here. `detect-secrets` is made to say which line of a source file holds a
secret, not where it begins and ends (of a private key it finds the first line, of a JWT not the
signature), knows none of the ways in which people say a password, and has had no release since
2024. The forms below are those that the vendors publish.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from usermind.memory.privacy.findings import words

Span = tuple[str, int, int]
"""Kind, start, end."""

# Letters of other scripts touch a secret without a space, so that `\b` would not see its border.
_W = r"(?<![A-Za-z0-9_])"
_E = r"(?![A-Za-z0-9_])"

PRIVATE_KEY = re.compile(
    r"-----BEGIN (?P<what>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----"
    r"(?:[^\x00]{0,20000}?-----END (?P=what)-----|[A-Za-z0-9+/=\s]*)"
    r"|PuTTY-User-Key-File-\d[^\x00]*?(?:Private-MAC: *[0-9a-f]+|\Z)"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{50,}"
)
TOKEN = re.compile(
    _W
    + r"(?:"
    + "|".join(
        [
            r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",  # AWS
            r"gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{40,}",
            r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[A-Za-z0-9_.-]{20,}",
            r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{20,}",  # Slack
            r"sk-(?:ant-|proj-|svcacct-|admin-|or-)?[A-Za-z0-9_-]{20,}",  # Anthropic, OpenAI
            r"[srp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,}",  # Stripe
            r"AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}",
            r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
            r"npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}|hf_[A-Za-z0-9]{30,}",
            r"dop_v1_[a-f0-9]{60,}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
            r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}",  # Telegram
            r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",  # Discord
            r"(?:SK|AC)[0-9a-f]{32}|key-[0-9a-z]{32}|[0-9a-f]{32}-us[0-9]{1,2}",  # Twilio, Mail…
            r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|EAAA[A-Za-z0-9_-]{60}",  # Square
            r"hv[sb]\.[A-Za-z0-9_-]{20,}|dapi[a-f0-9]{32}|lin_api_[A-Za-z0-9]{30,}",
            r"(?:secret|ntn)_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{40,}",
            r"dckr_pat_[A-Za-z0-9_-]{20,}|glsa_[A-Za-z0-9_]{30,}|tskey-[A-Za-z0-9-]{20,}",
            r"eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}",  # JWT, JWE
        ]
    )
    + r")"
)
LOGIN_IN_URL = re.compile(r"://[^\s/:@\x00]{0,100}:(?P<value>[^\s/@\x00]{1,200})@")
IN_QUERY = re.compile(
    r"[?&](?:sig|signature|x-amz-signature|x-amz-security-token|[a-z_-]*token|api_?key|key|"
    r"password|passwd|pwd|secret|client_secret)=(?P<value>[^&#\s\x00]{6,})",
    re.IGNORECASE,
)
BEARER = re.compile(_W + r"(?:bearer|basic)\s+(?P<value>[A-Za-z0-9._~+/-]{16,}=*)", re.IGNORECASE)

_QUALIFIED = r"(?:\s+(?:for|to|of|on|at|für|para|pour|til|voor)\s+[^\n.,:;=?!\x00]{1,40}?)?"
_IS = (
    r"(?:\s*(?:[:=：]|->|→|=>|:=)\s*|\s+(?:is|was|are|will\s+be|ist|es|est|è|é|är|er|jest)\s*[:=]?\s+"
    r"|\s*(?:为|是|は|：|은|는|가|이)\s*|\s+—\s+|\s+-\s+)"
    r"(?:(?:now|still|just|currently|set\s+to|changed\s+to|called)\s+)?"
)
_VALUE = (
    r"(?:[\"“‘«「`'](?P<quoted>[^\"”’»」`\n\x00]{1,100}?)[\"”’»」`']"
    r"|(?P<value>[^\s\x00\"“”，。、；！？「」]+))"
)
_WORD_FOR_IT = (
    r"(?:pass(?:word|code|wort|wd)s?|pwd|pw|kennwort|contrase(?:ñ|n)a|mot\s+de\s+passe|senha|"
    r"parola(?:\s+d'ordine)?|has(?:ł|l)o|wachtwoord|l(?:ö|o)senord|passord|adgangskode|"
    r"пароль|şifre|密码|密碼|口令|パスワード|비밀번호)"
)
PASSWORD = re.compile(
    rf"(?<![A-Za-z]){_WORD_FOR_IT}(?:s?\s*\([^)\x00]{{1,30}}\))?{_QUALIFIED}[\"']?{_IS}{_VALUE}",
    re.IGNORECASE,
)
PASSWORD_TO = re.compile(
    rf"(?<![A-Za-z]){_WORD_FOR_IT}{_QUALIFIED}\s+(?:to|with)\s+{_VALUE}", re.IGNORECASE
)
PASSWORD_BARE = re.compile(
    rf"(?<![A-Za-z])(?:{_WORD_FOR_IT}|login|log\s?in\s+with)\s+{_VALUE}", re.IGNORECASE
)
IS_PASSWORD = re.compile(
    r"(?<![^\s\x00\"“])(?P<value>[^\s\x00\"“”，。、；！？「」]{3,64}?)[\"”'’]?"
    r"\s+is\s+(?:my|our|the|his|her|their)\s+"
    rf"(?:[a-z-]+\s+){{0,2}}{_WORD_FOR_IT}(?![a-z])",
    re.IGNORECASE,
)
CREDENTIALS = re.compile(
    r"(?<![A-Za-z])(?:credentials|log-?in|user(?:name)?(?:\s*/\s*|\s+and\s+)pass(?:word)?)"
    r"\s*(?:is|are|:|=)\s*[^\s\x00/:,]{1,200}\s*(?:[/:,]|\s)\s*(?P<value>[^\s\x00,;]+)",
    re.IGNORECASE,
)
PHRASE = re.compile(
    r"(?<![A-Za-z])(?:pass\s?phrase|(?:seed|recovery|backup|secret)\s+(?:phrase|words)|mnemonic"
    rf"(?:\s+phrase)?){_QUALIFIED}{_IS}[\"“‘'«]?(?P<value>[^.!?\n\x00\"”»]{{3,400}})",
    re.IGNORECASE,
)
KEY = re.compile(
    r"(?<![A-Za-z])(?:[A-Za-z0-9]{1,30}[_.-]){0,4}(?:(?:api|access|secret|auth|bearer|session|refresh|"
    r"client|private|encryption|signing|licen[cs]e|activation|webhook|deploy|bot|account)[\s_-]{0,4}){0,6}"
    r"(?:keys?|tokens?|secrets?)(?:[_-]?id)?(?![A-Za-z])"
    rf"{_QUALIFIED}[\"']?(?:{_IS}|\s+){_VALUE}",
    re.IGNORECASE,
)
CAMEL_KEY = re.compile(
    r"[a-z](?P<what>Key|Token|Secret|Password|Pwd)[\"']?\s*[:=]\s*[\"']?"
    r"(?P<value>[^\s\x00\"',;]{6,})"
)
PIN = re.compile(
    r"(?<![A-Za-z])(?:(?-i:PIN)|pin(?:\s*-?\s*(?:code|number|no\.?|nummer))|pin(?=\s*(?:is|was|:|=))"
    r"|パスコード|暗証番号)"
    rf"{_QUALIFIED}\s*(?:is|was|to|ist|er|:|=|は)?\s*(?P<value>[0-9](?:[ -]?[0-9]){{3,7}}){_E}",
    re.IGNORECASE,
)
IS_PIN = re.compile(
    rf"{_W}(?P<value>[0-9]{{4,8}})\s+is\s+(?:my|the|our)\s+(?:[a-z]+\s+){{0,2}}pin{_E}",
    re.IGNORECASE,
)
_LOCKED = (
    r"(?:(?:front\s+)?door|gate|alarm|entry|access|lock(?:er|box)?|safe|unlock|garage|building|"
    r"key\s?box|keypad|phone|screen|vault|bike\s+lock)"
)
CODE = re.compile(
    rf"(?<![A-Za-z])(?:{_LOCKED}(?:'s)?\s+(?:code|pin|combination|combo)"
    rf"|(?:code|combination|combo)\s+(?:of|for|to)\s+(?:my|the|our)\s+{_LOCKED})"
    rf"{_QUALIFIED}\s*(?:is|was|to|:|=)\s*(?P<value>[#*]?[0-9](?:[ -]?[0-9]){{2,9}}[#*]?){_E}",
    re.IGNORECASE,
)
ONE_TIME = re.compile(
    r"(?<![A-Za-z])(?:(?:one[- ]time|verification|security|authentication|log-?in|sms|2fa|otp|mfa)"
    r"\s+(?:code|password|passcode|pin)|otp)\s*(?:is|was|:|=)\s*"
    rf"(?P<value>[0-9](?:[ -]?[0-9]){{3,7}}){_E}|{_W}(?P<before>[0-9]{{4,8}})\s+is\s+your\s+"
    r"(?:[A-Za-z]+\s+){0,3}(?:code|otp|passcode)",
    re.IGNORECASE,
)
CARD_CODE = re.compile(
    r"(?<![A-Za-z])(?:cv[vc]2?|card\s+(?:security|verification)\s+code|security\s+code)"
    rf"(?:\s+(?:is|number|code))*\s*[:=]?\s*(?P<value>[0-9]{{3,4}}){_E}",
    re.IGNORECASE,
)
RANDOM = re.compile(r"(?<![A-Za-z0-9_/+.@#-])[A-Za-z0-9_+/-]{32,}={0,2}(?![A-Za-z0-9_/+@-])")

HINTS = (
    "pass", "pwd", "pw", "kennwort", "contrase", "senha", "parola", "hasł", "haslo",
    "wachtwoord", "senord", "adgangskode", "парол", "şifre", "密", "口令", "パス", "暗証", "비밀",
    "phrase", "mnemonic", "words", "key", "token", "secret", "credential", "login",
    "log in", "log-in", "pin", "code", "comb", "otp", "cvv", "cvc", "cv2", "bearer",
    "basic", "mfa", "2fa",
)  # fmt: skip
"""Any of these stands in a text whose words tell a secret."""
FORMED = re.compile(r"-----BEGIN|://|[A-Za-z0-9_.:+/-]{20,}|PuTTY")
"""A text that holds a secret by its form holds one of these."""

_CLAUSE_END = re.compile(
    r"\s*(?:$|[.,;:!?)\]\n。，\u2e80-\u9fff\uac00-\ud7af]|\s(?:and|but|so|for|please|don|just|if|in\s+case|thanks|ok|btw|\()\b)"
)
# What follows "the password is" when no password follows.
_ORDINARY = words(
    "a an the my your his her our their its it he she they this that these those not no never "
    "none always still too very so really quite just only also now already required needed "
    "necessary important mandatory optional wrong incorrect invalid correct valid right weak "
    "strong stronger safe secure insecure secret hidden private unknown missing lost forgotten "
    "known written kept set sent shown long short longer shorter simple easy hard complex "
    "difficult good bad better best fine ok okay same different new old fresh case case- "
    "sensitive blank empty there here somewhere elsewhere in on at under behind inside with "
    "without from by for of to up out what which where when how why who something anything "
    "nothing everything one two three first last due about as like either both all some any "
    "more less most ready awful terrible great silly stupid obvious unique random temporary "
    "permanent default standard public common available probably maybe perhaps usually often "
    "again gone down back over through only between per and or but if then than because since "
    "until while does do did has have had can could should would must may might will be been "
    "being is are was were i you we me us him them did n't please reset manager managers policy "
    "policies field prompt change hash hint rules requirements protection generator "
    "authentication sent gut sicher falsch wichtig nicht zu der die das ein eine tbd n/a none "
    "null true false yes no id expires expiry correct etc stuff things thing"
)


def find(text: str) -> Iterator[Span]:
    """Yield the secrets of a folded text, in no particular order; they may overlap."""
    if FORMED.search(text):
        yield from _formed(text)
    lower = text.lower()
    if any(hint in lower for hint in HINTS):
        yield from _told(text)


def _formed(text: str) -> Iterator[Span]:
    for kind, pattern in (("private key", PRIVATE_KEY), ("token", TOKEN)):
        for match in pattern.finditer(text):
            yield kind, *match.span()
    for kind, pattern in (
        ("password", LOGIN_IN_URL),
        ("token", IN_QUERY),
        ("token", BEARER),
    ):
        for match in pattern.finditer(text):
            yield kind, *match.span("value")
    for match in RANDOM.finditer(text):
        if _looks_random(match[0]) and "://" not in _run_before(text, match.start()):
            yield "token", *match.span()


def _told(text: str) -> Iterator[Span]:
    for match in PHRASE.finditer(text):
        if len(match["value"].split()) in {12, 15, 18, 21, 24}:  # a seed, whatever its words
            yield "passphrase", *match.span("value")
        elif span := _several(text, match.start("value"), least=2):
            yield "passphrase", *span
    for match in PASSWORD.finditer(text):
        if span := _value(text, match, weak=True):
            yield "password", *span
    for pattern in (PASSWORD_TO, PASSWORD_BARE, CREDENTIALS):
        for match in pattern.finditer(text):
            if span := _value(text, match, weak=False):
                yield "password", *span
    for match in IS_PASSWORD.finditer(text):
        value = match["value"].strip("'\"“”‘’")
        if value and value.lower() not in _ORDINARY:
            start = match.start("value") + match["value"].index(value)
            yield "password", start, start + len(value)
    for match in KEY.finditer(text):
        span = _value(text, match, weak=False)
        if span and _keyish(text[slice(*span)]):
            yield "key", *span
    for match in CAMEL_KEY.finditer(text):
        if _strong(match["value"]):
            yield (
                "password" if match["what"] in ("Password", "Pwd") else "key",
                *match.span("value"),
            )
    for kind, pattern in (
        ("PIN", PIN),
        ("PIN", IS_PIN),
        ("access code", CODE),
        ("one-time code", ONE_TIME),
        ("card code", CARD_CODE),
    ):
        for match in pattern.finditer(text):
            group = "value" if match["value"] else "before"
            yield kind, *match.span(group)


def _value(text: str, match: re.Match[str], *, weak: bool) -> tuple[int, int] | None:
    """Return where the secret of a match stands, or None when none is said.

    Args:
        text: All of it.
        match: Has a group `value`, and perhaps one `quoted`.
        weak: A plain word counts too, when the clause ends behind it, as do several words none of
            which is an ordinary one.
    """
    if "quoted" in match.re.groupindex and match["quoted"] is not None:
        quoted = match["quoted"]
        return match.span("quoted") if weak or _strong(quoted) else None
    value = match["value"]
    start = match.start("value")
    if value[0] < "\x80":  # a script without spaces goes on behind it
        value = re.split(r"[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]", value, maxsplit=1)[0]
    value = value.rstrip(".,;:?)]}>'’") or value
    if not re.search(r"[^\W_]|[^\w\s]{4}", value) or len(value) < 3:
        return None
    end = start + len(value)
    if _strong(value):
        return start, end
    if not weak:
        return None
    word = value.lower()
    word = value.lower()
    plain_word = word not in _ORDINARY and not word.endswith(
        ("ed", "ing", "able", "ible", "n't", "n’t")
    )
    if plain_word and (text[start - 1] == "=" or _CLAUSE_END.match(text, end)):
        return start, end
    return _several(text, start, least=3)


def _several(text: str, start: int, *, least: int) -> tuple[int, int] | None:
    """Return where the words that follow stand, up to an ordinary one; None for fewer than least.

    "correct horse battery staple" begins with an ordinary one, and is no sentence all the same.
    """
    end, number = start, 0
    for found in re.finditer(
        r"[^\s.,;!?\x00\"”]+(?=\s|[.,;!?\x00\"”]|$)", text[start : start + 400]
    ):
        word = found[0].lower()
        apart = text[end : start + found.start()].strip(" \t") if number else ""
        if apart or (word in _ORDINARY and (number or word != "correct")):
            break
        end, number = start + found.end(), number + 1
    return (start, end) if number >= least else None


def _strong(value: str) -> bool:
    """Say whether a string is no word: it has digits, signs inside, or capitals inside."""
    if len(value) < 4 or value.lower() in _ORDINARY:
        return False
    if re.fullmatch(r"[A-Za-z]+(?:['’][a-z]+|-[A-Za-z]+)*", value):
        return bool(re.search(r"[a-z][A-Z]", value)) and len(value) >= 6
    if value.startswith(("http://", "https://", "www.", "<", "[", "{", "$", "*")):
        return bool(re.fullmatch(r"\$[^\s{(]*[0-9][^\s]*", value)) and len(value) > 8
    return bool(re.search(r"[0-9]|[!#$%^&*_+=~|@?]", value))


def _keyish(value: str) -> bool:
    digits = sum(char in "0123456789" for char in value)
    letters = sum(char.isalpha() for char in value)
    if len(value) >= 20 and digits and value.lower() != value and " " not in value:
        return True
    return len(value) >= 8 and digits >= 2 and letters >= 2


def _looks_random(value: str) -> bool:
    if value.count("/") > 3 or value.count("-") > 5:
        return False
    kinds = [
        any(c.isupper() for c in value),
        any(c.islower() for c in value),
        sum(c in "0123456789" for c in value) >= 3,
    ]
    if not all(kinds):
        return False
    changes = len(re.findall(r"[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])", value))
    counts = Counter(value)
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return changes >= 4 and entropy >= 4.0


def _run_before(text: str, start: int) -> str:
    return re.split(r"\s", text[max(0, start - 200) : start])[-1]
