"""What the sender of a mail wrote: without quoted replies, forwarded mails and signatures."""

import re
from collections.abc import Sequence
from typing import Final

_SIGNATURE: Final = re.compile(
    r"--\s*$"
    r"|_{20,}\s*$"  # the footer of a mailing list; Outlook puts it above what it quotes
    r"|\s*(sent from my |get outlook for |envoyé de mon |von meinem \S+( \S+)? gesendet"
    r"|enviado desde mi |enviado do meu |inviato da(l mio)? |sendt fra min |skickat från min "
    r"|verstuurd vanaf mijn |lähetetty )",
    re.IGNORECASE,
)
_FORWARDED: Final = re.compile(
    r"\s*(begin forwarded message|anfang der weitergeleiteten (nachricht|e-mail)"
    r"|début du message (réexpédié|transféré)|inizio messaggio inoltrato"
    r"|inicio del mensaje reenviado)\s*:\s*$",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"\s*-{3,}\s*\w[^-]{2,60}-{3,}\s*$")
"""Like "-----Original Message-----", in any language; headers must follow."""
_FROM: Final = re.compile(
    r"\s*\*?(from|von|de|da|van|fra|från|lähettäjä|od|от|отправитель"
    r"|发件人|寄件者|差出人|보낸 사람)"
    r"\s*[:：]\*?\s*\S",
    re.IGNORECASE,
)
_OTHER_HEADER: Final = re.compile(
    r"\s*\*?(sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|envoyé|à|objet|enviado"
    r"|enviada em|fecha|data|para|asunto|assunto|inviato|a|oggetto|verzonden|aan|onderwerp|sendt"
    r"|dato|til|emne|skickat|till|ämne|lähetetty|vastaanottaja|aihe|wysłano|do|temat|дата|кому|тема"
    r"|发送时间|日期|收件人|主题|寄件日期|收件者|主旨|送信日時|日付|宛先|件名"
    r"|보낸 날짜|받는 사람|제목)"
    r"\s*[:：]\*?(\s|$)",
    re.IGNORECASE,
)
_SAID: Final = re.compile(
    r"(\b(wrote|writes|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev|kirjoitti"
    r"|napisał(\(a\)|a)?|написал(\(а\)|а)?|пишет)\b[^:：]{0,80}|写道|寫道|のメッセージ|작성)\s*[:：]\s*$",
    re.IGNORECASE,
)
_DATED: Final = re.compile(r"@|\d{1,2}[:.h]\d{2}|\b\d{4}\b")
_LONGEST_SAYING: Final = 3
"""Lines over which "On Monday, Bo wrote:" is broken."""


def own_words(text: str) -> str:
    """Return what is left of a mail's text; it may be nothing."""
    lines = text.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _ends(lines, at):
            break
        saying = _saying(lines, at)
        if saying:
            after = _next(lines, at + saying)
            if after is not None and lines[after].startswith(">"):
                at = after
                continue
            if _DATED.search(" ".join(lines[at : at + saying])):
                break  # what it quotes is marked by nothing
        if not lines[at].startswith(">"):
            kept.append(lines[at].rstrip())
        at += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def unflowed(text: str) -> str:
    """Return text of `format=flowed` (RFC 3676) with its soft line breaks taken out."""
    return re.sub(r"(?m)^(?!-- $)(.*) \n(?![> ])", r"\1 ", text)


def _ends(lines: Sequence[str], at: int) -> bool:
    """Say whether nothing of the sender's own follows."""
    line = lines[at]
    if _SIGNATURE.match(line) or _FORWARDED.match(line):
        return True
    if _RULE.match(line):
        below = _next(lines, at + 1)
        return below is not None and _headers(lines, below)
    return _headers(lines, at)


def _headers(lines: Sequence[str], at: int) -> bool:
    """Say whether the headers of another mail stand here: From, and two of the others below."""
    if not _FROM.match(lines[at]):
        return False
    return sum(_OTHER_HEADER.match(line) is not None for line in lines[at + 1 : at + 6]) >= 2


def _saying(lines: Sequence[str], at: int) -> int:
    """Return over how many lines it is said from here who wrote what follows; 0: it is not."""
    if not lines[at].strip() or lines[at].startswith(">"):
        return 0
    for count in range(1, _LONGEST_SAYING + 1):
        part = lines[at : at + count]
        if len(part) < count or not part[-1].strip() or part[-1].startswith(">"):
            return 0
        joined = " ".join(part)
        if len(joined) <= 400 and _SAID.search(joined):
            # "Bo wrote:" may begin anything; over several lines it must look like a client's.
            return count if count == 1 or _DATED.search(joined) else 0
    return 0


def _next(lines: Sequence[str], at: int) -> int | None:
    """Return where the next line stands that is not blank."""
    return next((i for i in range(at, len(lines)) if lines[i].strip()), None)
