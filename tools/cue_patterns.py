"""What messages say of the things of a catalogue, cue by cue. English.

"I couldn't finish ▢"  → dislike      "▢ is a masterpiece" → like
"▢: 2/5"               → dislike      "no ▢ please"        → refuse
"""

from usermind.tools.cues import Cues, Pattern
from usermind.tools.ratings import RATING

_MORE = r"(?:(?:really|absolutely|also|just|still|always|all|both|so|very|totally|already) )*"
_NOT = r"(?:do not|don't|dont|did not|didn't|didnt|does not|doesn't|would not|wouldn't|never)"
_ARTICLE = r"(?: (?:an?|any|another|the|more|some|too many)\b)*"
_SHOW = (
    r"(?:show|give|recommend|suggest|offer|propose|bring|send|want|need|feel like|fancy|watch|see)"
)
_KEEN = r"(?:an? (?:\w+ )?fan of|into|fond of|keen on|crazy about|in the mood for)"
_A_THING = (
    r"(?:something|anything|one|ones|more|another one|films?|movies?|books?|stuff|things|others)"
)

_WORK = r"(?:films?|movies?|books?|novels?|series|shows?|games?|songs?|albums?|things?|ones?)"
_I = r"(?:\b(?:i|we)(?:'ve|'d| have| had)? (?:\w+ly |even |just |also |actually |both )*|^\W*)"
"""The speaker, or nobody: "Walked out of ▢"."""
NO_PLACE = r"(?! (?:the|in|at|on|here|there|by|a)\b)"
"""Behind "over": who is "over the moon" is not tired of it."""
_A_NAME = rf"(?=(?: the| that)?(?: {_WORK})? ?[\"“'(]?▢)"
"""A name follows at once: "couldn't finish ▢", and not "couldn't finish my homework"."""
_NAMES_ALONE = (
    r"(?=[ \"“”'’(),\d▢]*▢(?:[ \"“”'’(),\d▢]|\band\b)*(?:[.;!]|$|\b(?:already|before|too|but)\b))"
)
"""Names follow and nothing else: who has "heard ▢ is good" does not know it."""
_OF_ALL = (
    r"(?: (?:ever|of all times?|made|by far|so far|lately|for me|this year|of the year|of \d{4}|"
    r"(?:that )?(?:i|we)(?:'ve| have)?(?: ever)? (?:seen|saw|watched|read)))*"
    r"(?: (?:is|was|are|were|has to be|must be)\b|:| [–—-] )"
)
"""What stands between "the best film" and its name."""
_NO_EXCUSE = (
    r"(?![^.!?]*\b(?:tonight|today|yet|too late|too tired|time|interrupted|had to|phone|internet|"
    r"power|stream(?:ing)?|kids)\b)"
)
"""Nothing is said to have come between."""
A_FAN = r"(?=▢+(?: (?:films?|movies?))? (?:fan|person|lover|buff|guy|girl)\b)"
"""What is named stands before it: "not a ▢ fan"."""
ON_OCCASION = (
    r"(?=(?: an?| any| the)? (?:▢+ ?)+(?:(?:films?|movies?|books?|ones?|shows?) )?"
    r"(?:alone|by myself|with|without|before|after|during|when|while|unless|until|on|in|late|"
    r"twice)\b)"
)
"""It is said of some occasions only: "I never watch ▢ alone"."""

BEFORE = (
    # left open
    Pattern("none", r"\bnot necessarily\b|\b(?:does|do)(?:n't| not) (?:have|need) to(?: be|"
        r" have)?\b|"
            r"\bneed(?:n't| not) be\b"),
    # neither the one nor the other
    Pattern("none", rf"\b{_NOT} {_MORE}(?:hate|dislike|detest|loathe|mind|tire of|think)\b|"
            r"\bnot that (?:i|we) \w+|\bif (?:i|we)(?:'d| had| were to) \w+|\bused to \w+|"
            r"\b(?:not|isn't|aren't|"
            r"wasn't) (?:\w+ )?(?:tired|sick|bored)\b|"
            rf"\b(?:never|don't|do not) (?:watch|see|read|play){ON_OCCASION}"),
    # liked, though it sounds otherwise
    Pattern("like", r"\b(?:can't|cannot|can never|could never) get enough(?: of)?\b|"
            r"\bnever (?:get |gets |got )?(?:tired?|sick|bored) (?:of|with)\b"),
    # given up
    Pattern("dislike", rf"{_I}(?:couldn't|could not|could barely)(?: even)? (?:finish|get through|"
            rf"make it through|stay awake (?:during|in)){_A_NAME}{_NO_EXCUSE}|"
            rf"{_I}(?:couldn't|could not|can't|cannot) sit through{_A_NAME}|"
            rf"{_I}(?:walked out (?:of|on|during)|(?:fell asleep|dozed off|nodded off) "
            rf"(?:during|in|watching)|gave up on|regret(?:ted)? (?:watching|seeing|reading)|"
            rf"turned off|"
            rf"switched off){_A_NAME}"),
    Pattern("dislike", rf"{_I}(?:almost|nearly) (?:walked out (?:of|on|during)|fell asleep "
            rf"(?:during|in|watching)|gave up on){_A_NAME}", mild=True),
    Pattern("refuse", r"^\W*(?:please )?never(?: ever)?(?: again)?(?: an?)?(?= ▢)"),
    # rated
    Pattern("like", rf"{RATING} (?:for|to|goes to){_A_NAME}", rates=True),
    Pattern("dislike", rf"\b(?:worst|dullest|most (?:boring|overrated|disappointing)|"
            rf"least favou?rite) (?:[\w▢-]+ )?{_WORK}{_OF_ALL}", bare=True),
    Pattern("like", rf"\b(?:best|greatest|finest) (?:[\w▢-]+ )?{_WORK}{_OF_ALL}", bare=True),
    Pattern("like", r"(?:^|[,;]|\b(?:but|and))\W*yes to\b", mild=True),
    Pattern("refuse", r"(?:^|[,;]|\b(?:but|and))\W*no to\b"),
    # refused, without insisting
    Pattern("refuse", r"\bnot in the mood for\b(?: an?)?"),
    Pattern("refuse", r"\b(?:not|nothing|no) (?:too|so|that|very)\b|\bless\b", mild=True),
    Pattern("dislike", rf"\bnot (?:really|so much|that|too|particularly) (?:{_KEEN}|"
            rf"(?:an? )?(?:\w+ )?{A_FAN})|"
            rf"\b{_NOT} (?:really|particularly) (?:like|love|enjoy|care for)", mild=True),
    # refused
    Pattern("refuse", rf"\b(?:anything|everything|all) (?:but|except){_ARTICLE}|"
            r"\bother than\b|\bexcept\b|\bbesides\b|\bwithout\b|"
            r"(?<!don't )(?<!not )(?<!never )\bforget(?: about)?\b(?= (?:the |all )?▢)|"
            r"\b(?:spare me|"
            r"refuse to (?:watch|see|read|play)|to hell with|"
            r"down with|steer clear of|stay away from|keep away from)\b|"
            r"\bexclud(?:e|ing)\b|\bleav(?:e|ing) out\b|\bskip\b|"
            r"\bno more\b|\benough (?:of|with)\b|\bhad (?:more than )?enough\b|"
            r"^\W*enough\b(?![^.!?▢]*▢[^.!?]* to\b)|\brather not\b(?: (?:watch|see))?"),
    Pattern("refuse", rf"\bnothing(?: (?:with|like|about|from|of|in))?\b|\bno kind of\b|"
            rf"\bneither\b|\b(?:please )?(?:do not|don't|dont|never|stop)"
            rf"(?: want(?: to)?)?(?: {_SHOW}(?:ing)?\b)+(?: me)?{_ARTICLE}"),
    Pattern("dislike", rf"\b{_NOT} {_MORE}(?:like|liked|love|loved|enjoy|enjoyed|care for)\b|"
            rf"\b(?:not|never|isn't|wasn't) (?:been )?{_MORE}{_KEEN}|\b(?:no|not much of an?) "
            rf"(?:\w+ )?(?:fan|lover|friend) of\b|\b(?:not|"
            rf"no) {_MORE}(?:much of )?(?:an? )?(?:\w+ )?"
            rf"{A_FAN}|\b(?:don't|do not) do(?= ▢)|\b(?:hate|hated|detest|detested|"
            rf"loathe|loathed|dislike|disliked|despise|avoid)\b|\b(?:can't|cannot|can not|cant|"
            rf"couldn't) (?:stand|bear)\b|"
            rf"\b(?:bored|annoyed|put off|scared|tired|sick|weary|fed up) (?:by|of|with)|"
            rf"\b(?:i'm|i am|we're|we are) {_MORE}(?:(?:done|through) with|over)\b{NO_PLACE}|"
            rf"\b(?:can't|cannot|couldn't|could not|can never|could never|never) {_MORE}"
            rf"(?:get|got|warm(?:ed)?) (?:in)?to\b"),
    Pattern("refuse", rf"(?:(?<=[,;:(–—-] )|(?<=but )|(?<=and )|(?<=please )|(?<=with )|"
            rf"(?<=want )|(?<=\. )|(?<=! )|(?<=\? ))no\b{_ARTICLE}|^\W*no\b(?!,)"),
    Pattern("refuse", rf"\b(?:but|and|or|just|please),? (?:not|no|nothing|never){_ARTICLE}\b|"
            rf"(?:(?<=[,;(–—-] )|^\W*)not\b{_ARTICLE}|(?<!why )\bnot (?:an?|any|another|the|"
            rf"in|by|from|with|"
            r"starring|directed by)\b"),
    # known
    Pattern("none", r"\b(?:have not|haven't|never|did not|didn't) (?:yet )?"
            r"(?:seen?|watch(?:ed)?|read)\b"),
    Pattern("seen", rf"\b(?:i|we)(?:'ve| have|'d)? {_MORE}(?:seen|watched|saw|rewatched|finished|"
            rf"read|played)\b|^\W*(?:ok(?:ay)?\W+|yes\W+|just |finally |already )*(?:re)?(?:saw|"
            rf"seen|watched|finished){_A_NAME}|^\W*(?:already )?heard{_NAMES_ALONE}|"
            rf"\b(?:i|we)(?:'ve| have)? {_MORE}(?:heard|listened to){_NAMES_ALONE}|"
            rf"\balready (?:seen|saw|watched|know|read|own|have)\b|"
            rf"\b(?:just|recently) (?:seen|saw|watched)\b|\b(?:i|we) {_MORE}know\b"),
    # examples
    Pattern("example", rf"\b{_A_THING}(?: (?:a bit|more|much|kind of|sort of|just|exactly|that is|"
            rf"that's|i've seen))* (?:like|similar to|along the lines of|as good as)\b|"
            rf"\b(?:similar to|reminds? me of|in the (?:style|spirit|vein|mood|manner) of|"
            rf"along the lines of|comparable to|as good as|fans of|such as)|^\W*like\b"),
    Pattern("want", rf"\b(?:i'm|i am|we're|we are) {_MORE}in the mood for\b"),
    Pattern("want", rf"\b(?:i|we) {_MORE}prefer (?=(?:something|anything)\b)"),
    # liked
    Pattern("like", rf"\b(?:i|we) {_MORE}(?:like|enjoy|prefer)\b|"
            rf"\bmy favou?rites?\b[^.!?]{{0,40}}?\b(?:is|are|was|were)\b|"
            rf"\b(?:love|loved|liked|adore|adored|enjoyed)\b|"
            rf"\b(?:i'm|i am|we're|we are|(?:i've|i have)(?: always)? been) {_MORE}(?:{_KEEN}|"
            rf"all about\b|"
            rf"(?:more of )?(?:an? )?(?:\w+ )?{A_FAN})|"
            rf"\bgrew up with\b|\bobsessed with\b"),
    # asked for
    Pattern("dislike", r"\b(?:to|than|over|rather than)\b", mild=True, after=r"\bprefer|\brather"),
    Pattern("want", r"\b(?:i|we)(?:'d| would)(?! (?:rather )?(?:not|never)) "
            r"(?:rather |just |really )*(?:like|love|fancy)?(?: to)?(?: watch| see)?\b|"
            r"\b(?:i|we) (?:just |really )*(?:want|need|fancy|feel like|crave)\b"
            r"(?: to (?:watch|see))?|"
            r"\b(?:i'm|i am) (?:after|craving)\b|"
            r"\blooking for\b|\bin the mood for\b|\bfeel(?:ing)? like\b|\bfancy\b|\bhow about\b|"
            r"\bwhat about\b|\bmaybe\b|\binstead\b|\blet's\b|\bonly\b|"
            r"\b(?:show|give|find|recommend|suggest|bring|get)(?: me| us)?\b"),
    Pattern("want", r"(?:(?<=[,:(–—-] )|(?<=but )|(?<=and )|(?<=just )|(?<=please )|(?<=then ))"
            r"(?:an?|some|something|anything|any|more|another|rather)\b"),
    Pattern("refuse", r"\b(?:is not|isn't|are not|aren't|not) (?:made |meant )?for\b"),
    # "like Heat, but funnier", "a western, but made after 2000"
    Pattern("want", r"\bbut\b(?= (?:(?:a (?:bit|little)|more|much|also|made|set|"
            r"(?:from|in)(?: the)?|it's|with|by) )*▢)"),
    Pattern("none", r"\bbut\b|\bhowever\b|\bthough\b|"
            r"\b(?:hates|loves|likes|enjoys|prefers|dislikes|adores|wants)\b"),
)  # fmt: skip
_SAID = r"(?:is|was|were|are|am|i|i'm|he|she|it|they|we|had|has|did|does|do|how)"
WEAK = (
    # A sentence that says nothing but what is named is a request: "For once horror!"
    Pattern("want", rf"^(?:(?!\b{_SAID}\b)[^▢])*(?=▢)"
            r"(?!.*(?:\bnot|n't|\bnothing|\bnever)\b.*\b(?:me|my)\b)"),
    Pattern("want", r"\b(?:it|they|that|this) (?:should|must|may|might|has to|have to|needs? to|"
            r"ought to|can|could)(?:n't| not)?\b"),
    Pattern("want", r"\b(?:any|some|something|anything|which|what|best|good|great|nice|more|with|"
            r"an?|have|watch|see|another|only|new|old|films?|movies?|books?|songs?|games?|"
            r"shows?)\b"),
)  # fmt: skip
_SO = (
    r"(?:(?:really|just|so|a bit|very|absolutely|always|totally|quite|all|simply|such|truly|pretty|"
    r"kind of|rather) )*"
)
_FAVOURITE = r"(?:my|among my|one of my)(?: \w+-time| absolute| two| three)? favou?rites?"
_GOOD = (
    rf"(?:great|good|brilliant|amazing|awesome|incredible|excellent|wonderful|fantastic|perfect|"
    rf"fun|lovely|superb|gripping|{_FAVOURITE}|(?:one of )?the (?:best|greatest)|underrated|"
    rf"outstanding|classics|masterpieces|my (?:thing|jam|cup of tea)|right up my (?:alley|street))"
)
_BAD = (
    r"(?:boring|awful|terrible|bad|dull|tedious|rubbish|trash|garbage|overrated|too \w+|not for me|"
    r"not my (?:thing|taste)|(?:one of )?the worst|disappointing|unwatchable|out|not good|no good|"
    r"dreadful|horrible)"
)
_A_GOOD_ONE = (
    r"an? (?:\w+ )?(?:masterpiece|classic|gem|must[- ]see|triumph|delight)|an? (?:\w+ )?"
    rf"(?:great|good|brilliant|amazing|wonderful|lovely|fantastic|superb|fun|perfect) {_WORK}"
)
_A_BAD_ONE = (
    r"an? (?:\w+ )?(?:waste of (?:my )?time|snooze(?:-?fest)?|bore|letdown|let-down|"
    r"disappointment)|"
    rf"an? (?:\w+ )?(?:bad|terrible|awful|boring|dull|horrible) {_WORK}"
)
_IT = r"(?:it|that|this|them)\b(?! (?:when|if|that|how|because|would|could)\b)"
_THEN = r"['\")”]*(?: (?:films?|movies?|books?|ones?|\(\d{4}\)))?['\")”]*"
_IS = r"(?:is|was|are|were|'s)"
_SEEMS = r"(?:would be|will be|must be|sounds?|looks?|seems?)"
"""What is said so of something is no verdict: it may not be known yet."""
_IS_NOT = (
    r"(?:(?:just|simply|really) )?(?:is|was|are|were|have|has)(?: just| simply)?(?: not| never|n't)"
    r"(?: been| just| simply)?"
)
_MINE = (
    r"(?:for me|my (?:cup of tea|thing|taste|style|bag|jam|favou?rites?)|to my taste|"
    r"up my (?:alley|"
    r"street))"
)
_FOUND = (
    r"\b(?:i|we)(?:'ve| have)? (?:\w+ly |just |still )*(?:find|found|thought|consider(?:ed)?)\b"
)
_BY_ME = r"\b(?:i|we|i've|i'd|i'm)\b|^\W*(?:re)?(?:watched|saw|read|played)\b"
_LAST = r"(?=\s*(?:[.,;!)]|$|\bbut\b|\band\b))"
_ENDS_THERE = r"(?=\s*(?:$|[.,;!?)]|\b(?:already|before|too|and|but|as well)\b))"
BEHIND = (
    # "▢ I liked, ▢ I know already"
    Pattern("dislike", rf"{_THEN} (?:i|we) {_MORE}(?:hated|disliked|couldn't stand|"
            rf"(?:didn't|did not) {_MORE}(?:like|enjoy|care for)){_ENDS_THERE}"),
    Pattern("like", rf"{_THEN} (?:i|we) {_MORE}(?:loved?|liked?|enjoyed){_ENDS_THERE}"),
    Pattern("seen", rf"{_THEN} (?:i|we)(?:'ve| have)? {_MORE}(?:know|saw|seen|watched|read)"
            rf"{_ENDS_THERE}"),
    Pattern("like", rf"[^.!?;▢]{{0,40}}?(?:,? (?:and|which|but)|,) i {_MORE}(?:now )?"
            rf"(?:loved?|liked?|enjoy(?:ed)?|adored?) {_IT}"),
    Pattern("dislike", rf"[^.!?;▢]{{0,40}}?(?:,? (?:and|which|but)|,) i {_MORE}(?:now )?"
            rf"(?:hated?|disliked?|did not (?:like|enjoy)|didn't (?:like|enjoy)) {_IT}"),
    Pattern("like", rf"[^.!?;▢]{{0,40}}?,? but (?:now )?{_MORE}(?:love|like|enjoy|adore) {_IT}",
            after=_BY_ME),
    Pattern("dislike", rf"[^.!?;▢]{{0,40}}?,? but (?:now )?{_MORE}(?:hate|dislike) {_IT}",
            after=_BY_ME),
    Pattern("like", rf"{_THEN}(?: (?:yesterday|last night|today|again|tonight))?\s?[,:=–—-]?\s?"
            rf"(?:(?:{_IS}|gets|deserves|earns|scores) )?(?:an? )?(?:solid |strong |weak |"
            rf"perfect )?"
            rf"{RATING}(?!\w)(?! (?:on|by|from|at|according)\b(?! me\b))", rates=True),
    Pattern("refuse", rf"{_THEN} (?:is|are) (?:\w+ly |just )?(?:(?:the (?:last|opposite)\b)|"
            r"(?:not )?(?:out of the question|off the table|unwelcome))|"
            rf"{_THEN} (?:is|are)(?:n't| not) (?:\w+ly |just )?(?:what|something|anything|"
            rf"an option|"
            r"wanted|welcome|allowed|the (?:kind|sort|thing))\b"),
    Pattern("want", rf"{_THEN} {_SEEMS} {_SO}(?:{_GOOD}|{_A_GOOD_ONE})\b"),
    Pattern("refuse", rf"{_THEN} {_SEEMS} {_SO}(?:{_BAD}|{_A_BAD_ONE})\b"),
    Pattern("like", rf"{_THEN} {_IS_NOT} (?:that |so |too |half )?bad\b", mild=True, bare=True),
    Pattern("dislike", rf"{_THEN} {_IS} {_SO}(?:meh|mediocre|so-so|forgettable|underwhelming|"
            r"nothing special)\b", mild=True, bare=True),
    Pattern("dislike", rf"{_THEN} (?:{_IS_NOT} (?:really|exactly|quite|particularly) {_MINE}|"
            r"(?:do|does|did)(?: not|n't) really (?:do (?:it|much) for|appeal to|interest|"
            r"grab) me)\b",
            mild=True, bare=True),
    Pattern("dislike", rf"{_THEN} (?:{_IS} {_SO}(?:{_BAD}|{_A_BAD_ONE})\b|"
            rf"{_SO}(?:bored?|bores|annoy(?:s|ed)?|"
            r"disappoint(?:s|ed)?|scare[sd]?|depress(?:es|ed)?) me\b|"
            r"(?:leaves?|left) me cold\b|makes? me (?:\w+ to )?(?:vomit|puke|throw up|gag|"
            r"cringe|sick|"
            r"ill|nauseous|angry|sad|miserable|yawn|anxious|uncomfortable|want to \w+)\b|"
            r"(?:freaks?|creeps?|weirds?|grosses|gross|turns?|stress|stresses) me (?:out|off)\b|"
            r"gives? me (?:nightmares|headaches?|a headache|the creeps|the ick|anxiety|a rash)\b|"
            r"drives? me (?:crazy|mad|nuts|up the wall|insane|away)\b|(?:sucks?|stinks?)\b|"
            r"gets? on my nerves\b|puts? me (?:to sleep|off)\b|lost me\b|"
            r"(?:do|does|did)(?: not|n't) (?:do (?:it|much|anything) for|work for|appeal to|"
            r"interest|"
            r"grab) me\b|(?:do|does|did) nothing for me\b|"
            rf"{_IS_NOT} (?:{_MINE}|good|great|fun))", bare=True),
    Pattern("like", rf"{_THEN} (?:{_IS} {_SO}(?:{_GOOD}|{_A_GOOD_ONE})\b|blew me away\b|"
            r"made me (?:cry|laugh)\b)", bare=True),
    Pattern("dislike", rf"{_THEN} (?:to be )?{_SO}(?:{_BAD}|{_A_BAD_ONE})\b",
            after=_FOUND + "[^.!?▢]*$"),
    Pattern("like", rf"{_THEN} (?:to be )?{_SO}(?:{_GOOD}|{_A_GOOD_ONE})\b",
            after=_FOUND + "[^.!?▢]*$"),
    # said of it, and neither asked for nor refused: "musicals remind me of school"
    Pattern("none", rf"{_THEN} (?!(?:for|with|to|that|which|like|about|from|by|and|or|of|in|"
        rf"on|at|as|"
            r"please|i|we|you|would|could|can|might|may|will|suits?|suiting|than|without|but|so|"
            r"then|recommend|give|show|suggest|find|tell|bring|get|lets?|send|pick|near|around)\b)"
            r"\w+ (?:me|us)\b"),
    Pattern("none", rf"{_THEN} (?:is|are|was|were)(?: not|n't)? (?:\w+ly )?(?:for )?(?:her|his|him|"
            r"their|them|your|you)\b"),
    Pattern("like", rf"{_THEN}[,:]? (?:yes|yeah|yep)\b{_LAST}", mild=True, bare=True),
    Pattern("refuse", rf"{_THEN}[,:]? (?:no|nope|nah)\b{_LAST}", bare=True),
    Pattern("like", r"[^.!?;▢]{0,40}?,? (?:and|which|but) (?:i )?(?:really |absolutely )?"
            r"(?:loved|liked|enjoyed|adored) (?:it|that|them)\b", after=_BY_ME),
    Pattern("dislike", r"[^.!?;▢]{0,40}?,? (?:and|which|but) (?:i )?(?:really )?"
            r"(?:hated|disliked|did not (?:like|enjoy)|didn't (?:like|enjoy)) (?:it|that|them)\b",
            after=_BY_ME),
    Pattern("seen", r",? (?:which )?(?:i've|i have|we've|we have) (?:already )?(?:seen|watched)\b"),
)  # fmt: skip
SAID = Cues(BEFORE, BEHIND, WEAK)
"""The cues of messages."""
