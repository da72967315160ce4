"""What stands around a predicate: openings, hedges, times said first, asides."""

import re
from collections.abc import Iterator

from usermind.models.offline import lexicon
from usermind.models.offline.grammar import is_past
from usermind.models.unsure import PERHAPS

HEDGES = re.compile(
    r"^(?:I (?:think|guess|believe|suppose|reckon|feel like|am pretty sure|am not sure but)|"
    rf"{PERHAPS}|apparently)(?: that)?,? (?=I |we |my |our |he |she |[A-Z])",
    re.IGNORECASE,
)
MARKERS = re.compile(
    r"^(?:(?:well|oh|ooh|so|and|but|also|btw|by the way|anyway|anyways|actually|yeah|yes|yep|"
    r"yup|no|nope|nah|ok|okay|honestly|haha|hah|ha|lol|ah|aw|aww|um|uh|hmm|hey|hi|hello|because|"
    r"cause|as you know|fun fact|fyi|just so you know|for the record|turns out|"
    r"it turns out(?: that)?|you know|you see|i mean|to be honest|tbh|sadly|unfortunately|"
    r"luckily|thankfully|fortunately|guess what|good news|bad news|big news|update|first|second|"
    r"third|secondly|finally|plus|news|speaking of which|true|right|exactly|sure|thanks|"
    r"thank you|wow|omg|ugh|sorry|wait|listen|look|remember that|remember,? (?=i |my |we )|"
    r"(?:please )?note that|please remember(?: that)?|keep in mind(?: that)?|(?:don't|"
    r"do not) forget(?: that)?|confession|reminder|ps|p\.s|apparently|of course|though|still|"
    r"then|now that|to (?:clarify|be clear|be precise)|correction|(?:please )?correct (?:that|"
    r"this|it)|to correct (?:that|this|myself)|in fact|as for me|me|"
    r"one thing though|one thing|morning|good morning|i (?:have to|must|should) (?:say|admit|"
    r"confess)(?: that)?|the thing is|even though|although|while|since(?= (?:i|we|my)\b)|"
    r"which means|that said|i (?:just )?(?:wanted|want|have) to (?:let (?:you|ya) know|"
    r"tell (?:you|ya)|share|say)(?: that)?(?= (?:i|we|my)\b)|just wanted to (?:let you know|"
    r"tell you|say|share)(?: that)?|personally|same here|same|absolutely|definitely|totally|yay|"
    r"as always|in case you forgot|did i (?:mention|tell you)(?: that)?)(?:[,:!.\s…-]+|$))+",
    re.IGNORECASE,
)
FRONTED = re.compile(
    r"^(?P<when>(?i:(?:every|each|on|in|at|last|next|this|these|since|after|before|during|for|"
    r"over|as of|from|until|by|within|around)\b[^,]{1,45}?|tomorrow(?: \w+)?|yesterday(?: \w+)?|"
    r"today|tonight|recently|lately|currently|nowadays|right now|now|usually|sometimes|normally|"
    r"most (?:days|mornings|evenings|weekends)|(?:two|three|four|five|six|ten|a few|a couple of|"
    r"\d+|a) (?:days|weeks|months|years|week|month|year) ago|once (?:a|every)[^,]{1,20}|"
    r"(?:twice|three times) a \w+|years ago|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|"
    r"as (?:a|an|the) [^,]{3,40}|growing up|back (?:in|home|then)[^,]{0,20}|"
    r"when i was [^,]{2,30}|(?:as|when) a (?:kid|child)|outside of work|besides work|"
    r"apart from (?:that|work)),? )(?=(?:I|i|we|We|my|My|our|Our)\b)"
)
SKIP = re.compile(
    r"^(?:if|unless|imagine|suppose|pretend|what if|should|let us|let's|lets|could you|can you|"
    r"would you|please|tell|remind|help|show|give|make|write|explain|find|translate|suggest|"
    r"recommend|add|book|set|call|send|search|wish me|congrats|happy|good|great|glad|sounds|"
    r"looks|that|this|there|it|you|your|they|who|what|where|when|why|how|which|do|does|did|is|"
    r"are|was|were|will|would|can|could|shall|have you|has|had)\b(?! (?:was|is) my birthday)",
    re.IGNORECASE,
)
UNREAL = re.compile(
    r"\b(?:if (?:I|we|only)|I wish|I would have|I could have|I should have|as if|imagine|"
    r"in another life|what if|suppose(?:dly)?|pretend|in my dreams?|I dreamt|I dreamed|"
    r"had a dream|unless)\b",
    re.IGNORECASE,
)
TEXT_WORK = re.compile(
    r"(?:please )?(?:translate|write|say|rephrase|proofread|correct|summari[sz]e|spell|draft|"
    r"rewrite|fix|edit|answer|reply|check)\b.*:",
    re.IGNORECASE,
)
DROPPED = re.compile(
    r"^(?:[Jj]ust |[Ff]inally |[Aa]lso |[Rr]ecently |[Aa]lready |[Oo]nly )*(?i:moved|adopted|"
    r"bought|started|quit|joined|signed|got (?:a|the|married|engaged|promoted)|finished|passed|"
    r"failed|booked|cancelled|switched|sold|allergic to|went to|visited|ran|been (?!there|busy|"
    r"thinking|a while|so|really|great|good|too)|working (?:at|as|for|on)|living in|learning|"
    r"training for|volunteering|met|got (?:some|a few|my|the|new|to)|checked out|picked up|"
    r"graduated|enrolled|planning (?:to|a)|going to (?!be|bed|sleep)|reading|made|took|tried|"
    r"had my|lost|won|saw)\b"
)
MEANT = re.compile(
    r"^(?:(?:sorry|oops|no|wait|actually|i mean|correction|ah|my mistake)[,.!:…]* )*"
    r"i (?:meant|mean)(?: to say| to write)?:? (?P<right>(?!that\b|it\b|what\b|to\b|I\b|you\b)"
    r"[\wÀ-ÿ' -]{1,40})(?:, not [^,]+)?$",
    re.IGNORECASE,
)
"""A correction of the value said last: "Sorry, I meant 31"."""
ASKS = (
    r"(?:do|does|did|is|are|was|were|will|would|can|could|shall|should|have|has|who|what|where|"
    r"when|why|how|which|am)\b"
)


def asserted(text: str) -> bool:
    """Tell whether a sentence with a question mark states something ("I got the job, ok??")."""
    return bool(
        re.search(r",? (?:right|ok|okay|you know|remember|huh|isn't it|lol)\s*\?+$", text, re.I)
    )


_TRAILING = re.compile(
    r"(?:,? (?:lol|haha|tbh|btw|by the way|though|honestly|too|as well|ok|okay|right|actually|"
    r"anyway|to be honest|i think|i guess|you know|of course|obviously|sadly|unfortunately|"
    r"and yes))+$",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r",? (?:and|but|so|because|then) (?:it|that|this|they|he|she|you|there|everyone|everybody|"
    r"nobody|today|now|then)\b|,? which (?:is|was)\b|,? (?:myself|ourselves)\b(?=$|,)|,? (?:\(|"
    r":\)|:D|<3)"
)
_KEEPS_COMMA = (
    r", (?:at|in|on|from|with|near|by|to|not|just|about|after|before|every|for|of|\d|[A-Z]|"
    r"called|named)"
)


def trimmed(part: str) -> str:
    """Return the predicate without what the speaker added in passing."""
    part = _ASIDE.split(part)[0]
    pieces = re.split(r"(?=, )", part)
    kept = pieces[0]
    listed = len(pieces) > 1 and re.search(r",? (?:and|or|&) [\w'’ -]+$", part)
    for piece in pieces[1:]:
        if (
            not (listed or re.match(_KEEPS_COMMA, piece))
            or len(piece.split()) > 7
            or re.search(
                r"\b(?:is|are|was|were|has|have|had|do|does|did|will|would|can|eat|means|['’]s|"
                r"['’]re)\b",
                piece,
            )
        ):
            break
        kept += piece
    return _TRAILING.sub("", kept).strip(" ,")


_BUT_NOT = re.compile(
    r"(?P<head>am (?:very |really |also |badly |highly )?(?:allergic|intolerant|sensitive) to|"
    r"am (?:afraid|scared|fond|terrified) of|am (?:interested|good|bad) (?:in|at)|"
    r"(?:also |really )?(?:like|love|enjoy|hate|eat|drink|speak|play|own|have|wear|use))"
    r" (?P<what>(?!not\b)[^,;]+?),? (?:but |and |though )?(?:am )?not "
    r"(?:allergic |intolerant |sensitive |afraid )?(?:to |of |at |in )?"
    r"(?P<denied>(?!only\b|just\b|really\b|very\b|too\b|so\b|much\b|often\b|always\b|yet\b|"
    r"any)[^,;]+)$"
)


def _denying(head: str) -> str:
    """Return `am not allergic to` of `am allergic to`, `do not like` of `really like`."""
    plain = re.sub(r"\b(?:very|really|also|badly|highly) ", "", head)
    return f"am not {plain[3:]}" if plain.startswith("am ") else f"do not {plain}"


_LISTING = re.compile(
    r"(?P<head>(?:(?:also|really|do|still|both) )*(?:like|love|enjoy|adore|hate|dislike|speak|"
    r"collect|play(?! with)|am (?:also |very |badly )?(?:allergic to|afraid of|interested in|into|"
    r"scared of))) (?P<items>[^,;:()\d]+(?:, [^,;:()\d]+)*,? (?:and|&) [^,;:()\d]+)$"
)
_ITEM = re.compile(
    r"(?!(?:my|our|the|a|an|it|that|this|to|both|when|how|what|you|your|him|her|them|hate|love|"
    r"like|also|then|so|but|not|i|we|yes|no)\b)[\wÀ-ÿ'’-]+"
    r"(?: (?!(?:is|are|was|were|have|has|do|does|with|"
    r"in|on|at|of|for|to|because|since|when|that|which|who|but|not|every|together|too|very)\b)"
    r"[\wÀ-ÿ'’-]+){0,2}",
    re.IGNORECASE,
)
_PAIRS = re.compile(
    r"\b(?:rock (?:and|&|n) roll|fish and chips|mac and cheese|salt and pepper|bread and butter|"
    r"drum and bass|drums and bass|arts and crafts|track and field|ham and eggs|black and white|"
    r"gin and tonic|cat and mouse|dungeons and dragons|milk and sugar|hide and seek|"
    r"r and b|toast and jam|rhythm and blues|country and western)\b",
    re.IGNORECASE,
)
"""What has an "and" of its own."""


def listed_apart(part: str) -> list[str]:
    """Return one predicate an item: "like tea and jazz" as "like tea", "like jazz".

    Only where every item is a plain noun of at most three words; the rest stays whole.
    """
    found = _LISTING.match(part)
    if found is None or _PAIRS.search(part):
        return [part]
    items = [item.strip() for item in re.split(r",? (?:and|&) |, ", found["items"])]
    if not all(_ITEM.fullmatch(item) for item in items):
        return [part]
    return [f"{found['head']} {item}" for item in items]


def conjuncts(predicate: str) -> Iterator[str]:
    """Yield the predicates of "work at Orelle and sing in a choir", "like tea but not coffee"."""
    if found := _BUT_NOT.match(predicate):
        kept = predicate[: found.end("head")]
        yield from conjuncts(f"{kept} {found['what']}")
        yield f"{_denying(kept)} {found['denied']}"
        return
    first = predicate.partition(" ")[0].lower()
    start = 0
    if first not in lexicon.LIKING and first not in (
        "want",
        "would",
        "can",
        "cannot",
        "used",
        "need",
        "hope",
    ):
        past = is_past(first)
        for found in re.finditer(
            r",? (?:and|but) (?:then |also |now |just )?([a-z]+)\b", predicate
        ):
            word = found[1]
            same = (
                is_past(word)
                if past
                else word in lexicon.HABITS or word in lexicon.LIKING or word in ("am", "have")
            )
            if (same and first not in ("have", "am", "will")) or (
                word in ("am", "have") and not past
            ):
                yield predicate[start : found.start()]
                start = found.start(1)
    yield predicate[start:]
