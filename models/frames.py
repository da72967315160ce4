"""Frames: whether what a sentence says of a taste is a plain fact about who speaks. English.

    "I have to say I ｜loved｜ Heat."         fact
    "I think I ｜loved｜ Heat."               hedged: it counts, and does not insist
    "I can't say I ｜loved｜ Heat."           unreal: denied, doubted, wished, pretended, reported
    "The poster of ｜Heat｜ is great."        unreal: said of a part of it

What an unreal frame says instead would be a guess: it is heard as nothing.
"""

import re
from typing import Final, Literal

from usermind.models.unsure import PERHAPS

Frame = Literal["fact", "hedged", "unreal"]

_SPEAKER: Final = re.compile(r"(?:i'm|i|we're|we)\b")
_BREAK: Final = re.compile(
    r"[,;:()]| [–—-]+ |\b(?:but|so|although|though|while|whereas|(?<!not )because|since)\b|"
    r"\band\b(?= (?:\w+ly |then |also |now |still )?(?:i|we)\b)"
)
"""Where a clause ends, as far as what stands before it governs what comes behind."""
_ASIDE: Final = re.compile(
    r",? ?(?:\b(?:honestly|frankly|personally|actually|really|sadly|obviously|of course|"
    r"to be (?:honest|fair|clear|frank)|if i(?:'m| am) (?:being )?(?:honest|fair)|i mean)),"
)
_HEDGES: Final = re.compile(
    r"\b(?:i|we) (?:(?:do|really|kind of|still) )*(?:think|guess|believe|suppose|reckon|"
    r"feel(?: like)?|"
    r"would say|imagine)(?: that)?\s*$|"
    r"\b(?:i'd say|(?:i'm|i am) (?:pretty|fairly|quite|almost) (?:sure|certain|positive))(?: that)?"
    r"\s*$"
)
_OWN_VIEW: Final = re.compile(
    r"\b(?:i|we)(?: (?:\w+ly|do|did|must|have|just|still|always|also))* "
    r"(?:think|thought|find|found|feel|felt|consider(?:ed)?|believe|reckon|guess|say)(?: that)?\s*$"
)
"""Before a name it tells how its speaker finds it: "I thought Heat was great"."""
_NEGATIVE: Final = (
    r"(?:not|never|no|nobody|no one|none|nor|neither|hardly|barely|scarcely)\b|\b\w+n't\b"
)
_STATES: Final = re.compile(
    r"\b(?:(?:i|we)(?: (?:must|have to|gotta|have got to|need to|should|will|can|can only|do|"
    r"did))?(?: \w+ly| just)* (?:admit|confess|swear|promise|know|knew|realis(?:e|ed)|"
    r"realiz(?:e|ed)|remember(?:ed)?|recall(?:ed)?|discover(?:ed)?|notic(?:e|ed)|agree|"
    r"mean|find|found|admitted|confessed|told you|already said)|"
    r"(?:i|we) (?:must|have to|gotta|have got to|can|can only|need to)(?: \w+ly| just)* say|"
    r"(?:i|we)(?:'ve| have) (?:to|got to) (?:say|admit|confess)|i'll (?:admit|confess)|"
    r"(?:hate|like|love|happy|proud|glad|pleased|sorry|ashamed|embarrassed|afraid|relieved|"
    r"not ashamed) to (?:say|admit|confess|report|tell you)|"
    r"(?:i'm|i am|i was|we're|we are|we were) (?:(?:so|very|really|quite|absolutely|100%) )*"
    r"(?:glad|happy|sure|certain|positive|afraid|surprised|sorry|sad|proud|ashamed|embarrassed|"
    r"amazed|convinced)|"
    r"(?:can't|cannot|can not|couldn't|won't|will not) (?:deny|help (?:it|saying|admitting))|"
    r"(?:can't|cannot|couldn't|won't|wouldn't|will not) (?:believe|tell you|imagine|"
    r"describe|express|"
    r"explain|overstate)(?: how (?:much|deeply|hard|strongly))|can't believe|"
    r"no idea how (?:much|hard)|"
    r"(?:as )?you (?:(?:may|might|probably|already|all) )*know|believe (?:me|it or not)|trust me|"
    r"let me (?:tell you|say)|(?:no|without a|without|beyond) (?:doubt|question|wonder|lie)|"
    r"it(?:'s| is) (?:true|a fact|no secret|clear|obvious|certain)|the truth is|the fact is|"
    r"the thing is|turns out|it turned out|(?:i|we) don't (?:mind|care) (?:saying|admitting|"
    r"who knows))(?: that| how much)?\s*$"
)
"""Ends in what presents what follows as a fact."""
_EMBEDS: Final = re.compile(
    r"\b(?:say|says|said|saying|tell|tells|told|telling|think|thinks|thinking|thought|claim\w*|"
    r"pretend\w*|wish\w*|hope[sd]?|hoping|doubt\w*|believ\w*|suppos\w*|assum\w*|suspect\w*|"
    r"expect\w*|imagin\w*|guess\w*|reckon\w*|fear\w*|worr(?:y|ied)|dream\w*|lie[sd]?|lying|know\w*|"
    r"knew|den(?:y|ies|ied)|wonder\w*|ask(?:s|ed|ing)?|decid\w*|forg[eo]t\w*|remember\w*|swear|swore|"
    r"insist\w*|suggest\w*|admit\w*|confess\w*|realis\w*|realiz\w*|mean|means|meant|feel|feels|"
    r"felt|seem\w*|appear\w*|sounds?|looks?|hear|heard|write|writes|wrote|predict\w*|bet|bets|"
    r"convince[ds]?|persuade[ds]?|accus\w+|sure|certain|unsure|uncertain|true|untrue|false|likely|"
    r"unlikely|possible|impossible|conceivable|positive|clear|obvious|wrong|right|idea|claim|rumou?r|"
    r"notion|joke|myth|assumption|impression|feeling|chance|odds|danger|according to|no way|"
    r"as (?:if|though)|if|whether|unless|lest|in case|until|before|"
    r"not (?:that|because)|there (?:was|were|used to be)|another (?:life|world)|wouldn't it|"
    r"what makes|rather|sooner)\b"
)
_RELATIVE: Final = re.compile(
    r"\b(?:films?|movies?|books?|novels?|series|shows?|games?|songs?|albums?|ones?|things?|something|"
    r"anything|everything|all|those|titles?|classics?|only|first|last) that\s*$"
)
"""Before "I loved" it tells which one, and embeds nothing."""
_UNLIKELY: Final = re.compile(
    rf"\b(?:{PERHAPS}|presumably|supposedly|apparently|allegedly|likely)\b"
)
_MILD: Final = re.compile(r"\b(?:kind of|sort of|kinda|sorta|somewhat|a bit|a little|mostly)\b")
_MODAL: Final = re.compile(
    r"\b(?:would|could|might|may|should|will|shall|must|can|cannot|ought to|gonna|going to|"
    r"about to)\b|"
    r"'ll\b|\b(?:wo|would|could|should|ca|must|might)n't\b"
)
_HAD: Final = re.compile(r"(?:seen|watched|read|saw|\w+ed)\b")
_DENIES: Final = re.compile(
    rf"{_NEGATIVE}|\b(?:no longer|rarely|seldom|almost|nearly|formerly|initially|originally|"
    r"previously|without|fail(?:ed)?|refus\w+|used to)\b|\bonce\s*$"
)
_HELPLESS: Final = re.compile(
    r"\b(?:can't|cannot|can not|couldn't|could not) help but\b|\bnot (?:only|just|merely)\b|"
    r"\bno doubt\b"
)
_INFINITIVE: Final = re.compile(r"\bto(?: (?:really|actually|truly|also|even))*\s*$")
_BECOMES: Final = re.compile(
    r"\b(?:come|came|grow|grew|grown|learn|learned|learnt|begin|began|begun|start|started|"
    r"happen|happened|tend|tended|continue|continued)\b[\w' ]*\bto\b"
)
_AT_FIRST: Final = re.compile(r"\b(?:at first|in the beginning|back then|once upon a time)\b")
_ASKS: Final = re.compile(
    r"\W*(?:(?:so|but|and|ok|okay|well|then|now|oh|hm+|wow)\W+)*(?:(?:why|how come|when|where|who|"
    r"what|which(?: \w+)?|how(?: \w+)?) )?(?:do|does|did|would|should|could|can|will|have|had|am|"
    r"was|were|is|are|has|shall)(?:n't| not)? (?:i|we|you|he|she|they|it|the|my|your|that|this|"
    r"there|any\w+|every\w+|ꙮ+)(?![\w'])"
)
"""The order of words of a question, or of a condition: "why did I", "had I"."""

_THAT: Final = re.compile(
    r"\W*(?:(?:so much|it|the (?:fact|way|idea|thought))\W+)*(?:how|when(?:ever)?|why|what|where|"
    r"because|if|whether|as if|that(?! *(?:film|movie|book|novel|one|series|show|game|song|album|"
    r"old|same|\W*ꙮ|$)))\b"
)
"""Behind "I love": "… that you recommended", "… how", "… it when"."""
_THAT_IS: Final = re.compile(r"\W*that\W*$")
_GOES_ON: Final = re.compile(
    r"['\"”)]* (?:is|was|has|had|exists?|came|comes|won|got|gets|does|did|isn't|wasn't|will|can|"
    r"ends|ended)\b"
)
_BY_OTHERS: Final = re.compile(
    r"\b(?:you|he|she|they|it|people|we|i|everyone|someone) (?:'\w+ )?\w+"
)
_WHOLE: Final = (
    r"(?:(?:all|both|everything|bit|minute|second|moment|frame|scene|whole|likes|part|watching|thinks?|"
    r"thought|fond|hell|heck|out|lot|lots|fan|fans|lover|tired|sick|bored|instead|because|best)\b)"
)
_LISTED: Final = r"[\"“'(]*(?:ꙮ+['\"”)]*(?: \(\d{4}\))?(?:\W+|,? (?:and|or|&) (?:the )?))*$"
_PART: Final = re.compile(
    rf"(?:^|[\s(]|ꙮ)(?!{_WHOLE})[\w'ꙮ-]+ (?:of|in|from|to|about|behind|for|on|at|by|than|"
    rf"with|versus|"
    r"vs\.?)(?: (?:the|this|that|both|all))?(?: (?:\w+ )?(?:films?|movies?|book|series|show))? ?"
    + _LISTED
)
"""Before a name: "the poster of", "the music in", "better than", "arguing about"."""
_SAID_OF_PART: Final = re.compile(
    rf"(?:^|\s)(?!{_WHOLE})[\w'-]+ (?:of|in|from|to|about|behind|by|than)"
    r"(?: (?:the|this))?(?: (?:film|movie|book|series|show))? ?" + _LISTED
)
_OF_WHOLE: Final = re.compile(r"\bevery (?:single )?part of\b|\bevery\w* \w+ of\b|\ball of\b")
_PARTS: Final = re.compile(
    r"['\"”)]*(?:'s (?!(?:been|got|an?|so|just|really|very|not|all|great|good)\b)\w+|"
    r" (?:soundtrack|score|music|posters?|trailers?|teaser|ending|beginning|opening|remakes?|"
    r"sequels?|prequels?|reboots?|references?|memes?|jokes?|scenes?|script|screenplay|book|novel|"
    r"game|cast|acting|actors?|actress|director|effects|plot|story|storyline|theme|songs?|"
    r"reviews?|dvd|blu-?ray|t-?shirt|merch\w*|fans|fandom|costumes?|characters?)\b)"
)
"""Behind a name: "▢'s soundtrack", "▢ fans"."""
_FORMERLY: Final = re.compile(
    r"\b(?:as an? (?:\w+ )?(?:kid|child|boy|girl|teen\w*|student)|when (?:i|we) (?:was|were)|"
    r"back then|at first|at the time|in my (?:youth|teens|childhood|twenties)|years ago|"
    r"the first time|in the beginning|initially|originally|once)\b"
)
_TURNS: Final = re.compile(r"\b(?:but|though|although|yet|until|and|then|now|,)")
_CHANGED: Final = re.compile(
    r"\b(?:any ?more|any longer|no longer|"
    r"changed my mind|mind has changed|(?:came|come) (?:a)?round|gr[eo]wn? (?:out|on|tired)|"
    r"outgr[eo]wn?|nowadays|these days|not (?:so|that) (?:much|sure)|now|later|since|"
    r"the opposite|was wrong|(?:re-?watch|second|next|last) (?:\w+ )?(?:time|viewing)|rewatch\w*)\b"
)
_TAKES_BACK: Final = re.compile(
    r"\b(?:or (?:not|do i|did i|am i)|or so (?:i|they|he|she|everyone)|(?:not sure|don't know|"
    r"can't tell|cannot tell|no idea)\W*$|(?:just |only )?(?:kidding|joking)|jk|"
    r"i lied|(?:that|which|this) (?:is|was|would be) (?:a )?(?:lie|lying|joke)|"
    r"(?:says?|said|wrote|thinks?|claims?|according to) (?!so\b|i\b)\w+)|"
    rf"\b(?:{PERHAPS}|apparently|supposedly|allegedly)\W*$"
)
_SOFTENS: Final = re.compile(
    r"\b(?:i (?:think|guess|suppose|believe|reckon)|if i (?:remember|recall)\b[^,]*|kind of|"
    r"sort of|a (?:little )?bit|more or less|at times|in parts|partly|mostly|up to a point)\W*$|"
    r"\b(?:until|up to|except(?: for)?|apart from|if|unless)\b"
)


def frame_of(before: str, said: str, between: str = "", after: str = "") -> Frame:
    """Return how a view stands whose words come before what it is of: "I can't say I ｜loved｜ ▢".

    Args:
        before: The sentence before those words; names in it are letters `ꙮ`.
        said: The words: `"loved"`, `"I like"`, `"don't like"`.
        between: What stands between them and the name.
        after: What stands behind the name, up to the next one or the end of the sentence.

    >>> frame_of("I can't say I ", "like", "", " much."), frame_of("I must say I ", "like")
    ('unreal', 'fact')
    """
    before, said = _plain(before), said.lower().replace("’", "'")
    clause = _BREAK.split(before)[-1]
    matrix, inner = _parted(clause, said)
    if _ASKS.match(f"{clause}{said}") or _is_unreal(matrix) or _AT_FIRST.search(clause):
        return "unreal"
    if _is_not_so(inner, said):
        return "unreal"
    between = between.lower().replace("’", "'")
    if _says_something_else(between, after):
        return "unreal"
    hedged = _HEDGES.search(matrix) or _MILD.search(inner) or _UNLIKELY.search(clause)
    if _UNLIKELY.search(clause):
        return "unreal"
    return _left(after.lower().replace("’", "'"), "hedged" if hedged else "fact")


def frame_of_name(before: str, after: str = "") -> Frame:
    """Return how a view stands whose words come behind what it is of: "I doubt ｜▢｜ is great".

    Args:
        before: The sentence before the name; names in it are letters `ꙮ`.
        after: What stands behind the view, up to the next name or the end of the sentence.
    """
    clause = _BREAK.split(_plain(before))[-1]
    own = _OWN_VIEW.search(clause)
    denied = own and re.search(_NEGATIVE, clause)
    if denied or (not own and _is_unreal(clause)) or _ASKS.match(f"{clause}ꙮ"):
        return "unreal"
    if _UNLIKELY.search(clause) or _AT_FIRST.search(clause):
        return "unreal"
    return _left(after.lower().replace("’", "'"), "fact")


def frame_of_claim(before: str) -> Frame:
    """Return how a view stands in a claim about somebody: "Ana hardly ｜likes｜ horror".

    Claims are facts by themselves; what a view in them is denied, tried or pretended is not.

    Args:
        before: The claim before the words of the view.
    """
    clause = _BREAK.split(_plain(before))[-1]
    return "unreal" if _is_not_so(clause, "") or _FEIGNS.search(clause) else "fact"


_FEIGNS: Final = re.compile(
    r"\b(?:pretend\w*|doubt\w*|wish\w*|hope[sd]?|den(?:y|ies|ied)|lie[sd]|wonder\w*|unsure|"
    r"(?:not|n't) (?:sure|certain)|tr(?:y|ies|ied)|supposed|might|may|whether|if)\b"
)


def is_feigned(clause: str) -> bool:
    """Say whether a clause denies, doubts, wishes or pretends that its speaker likes something.

    >>> is_feigned("I pretended I loved horror"), is_feigned("I know I love horror")
    (True, False)
    """
    plain = _plain(clause)
    view = _VIEW.search(plain)
    if view is None:
        return False
    matrix, inner = _parted(plain[: view.start()], view[0])
    tried = _INFINITIVE.search(inner) and _FEIGNS.search(inner)
    return bool(tried) or (matrix != inner and _is_unreal(matrix))


_VIEW: Final = re.compile(
    r"\b(?:like|love|enjoy|adore|hate|dislike|detest|loathe|despise|liked|loved|enjoyed|adored|hated|"
    r"disliked|detested|loathed|despised|am into|am (?:an? )?(?:\w+ )?fan of)\b"
)


def is_of_part(between: str, after: str = "") -> bool:
    """Say whether a view of a work is of a part of it: "I loved ｜the poster of ｜▢".

    Args:
        between: What stands between its words and the name.
        after: What stands behind the name.
    """
    between = between.lower().replace("’", "'")
    of_part = _PART.search(between) and not _OF_WHOLE.search(between)
    return bool(of_part or _PARTS.match(after.lower().replace("’", "'")))


def names_part(before: str) -> bool:
    """Say whether what stands before a name makes it a part of the work: "the poster of ▢"."""
    before = _plain(before)
    return bool(_SAID_OF_PART.search(before) and not _OF_WHOLE.search(before))


def _plain(text: str) -> str:
    return _ASIDE.sub(" ", text.lower().replace("’", "'"))


def _parted(clause: str, said: str) -> tuple[str, str]:
    """Return what stands before the subject of a view, and what between subject and view."""
    if _SPEAKER.match(said.lstrip()):
        return clause, ""
    found = list(_SPEAKER.finditer(clause))
    subject = next((each for each in reversed(found) if _is_subject(clause, each)), None)
    if subject is None:
        return clause, clause
    return clause[: subject.start()], clause[subject.end() :]


def _is_subject(clause: str, found: re.Match[str]) -> bool:
    before = clause[: found.start()]
    return not before or not (before[-1].isalnum() or before[-1] == "'")


def _is_unreal(matrix: str) -> bool:
    """Say whether what governs a clause makes no fact of it."""
    if _HEDGES.search(matrix):
        return bool(re.search(_NEGATIVE, matrix))
    if (states := _STATES.search(matrix)) is not None:
        ahead = matrix[: states.start()]
        return bool(re.search(rf"{_NEGATIVE}|\b(?:if|whether|unless|wish)\b", ahead)) or (
            bool(_EMBEDS.search(ahead)) and bool(re.search(r"\b(?:that|says?|thinks?)\b", ahead))
        )
    if _EMBEDS.search(matrix):
        return True
    return bool(re.search(r"\bthat\s*$", matrix)) and _RELATIVE.search(matrix) is None


def _is_not_so(inner: str, said: str) -> bool:
    """Say whether what stands between "I" and a verb denies it, or puts it off."""
    inner = _HELPLESS.sub(" ", inner)
    if _DENIES.search(inner) or _MODAL.search(inner):
        return True
    if re.match(r"'d\b", inner) and not _HAD.match(said):
        return True
    return bool(_INFINITIVE.search(inner)) and not _BECOMES.search(inner)


def _says_something_else(between: str, after: str) -> bool:
    """Say whether a view is of what a clause tells, and not of what that clause names."""
    if _THAT.match(between) or (_THAT_IS.match(between) and _GOES_ON.match(after.lower())):
        return True
    if re.search(_NEGATIVE, between):
        return True  # "my favourite is not ▢"
    return bool(_BY_OTHERS.search(between)) and not re.search(r"[,:ꙮ]\s*[\"“]?$", between)


def _changes(after: str) -> bool:
    """Say whether a sentence turns to how a view has changed since."""
    for part in re.split(r"[.!?]", after):
        # Behind the first turn is all that is behind the others.
        turn = _TURNS.search(part)
        if turn is not None and _CHANGED.search(part, turn.end()):
            return True
    return False


def _left(after: str, frame: Frame) -> Frame:
    """Return what is left of a frame by what is said behind it."""
    if _changes(after) and (_FORMERLY.search(after) or re.search(
        r"\b(?:but|though|although|yet|until)\b", after)):  # fmt: skip
        return "unreal"
    if _TAKES_BACK.search(after):
        return "unreal"
    return "hedged" if _SOFTENS.search(after) or _FORMERLY.search(after) else frame
