"""The rules of `instructions` for orders in everyday English, without the jargon of prompts.

They go by the shape of a sentence: who is addressed (a machine, or whoever sums up the text), a
part to play, an order that stands for all later answers, an order about what is held for true.
People give each other orders too ("if Ana asks, tell her I am out"), so that a shape counts only
with what sets it apart: a machine as the addressee, an order for every time and not for once,
money or a link to be passed on. What could as well stand in the minutes of a meeting ("please
record that Ana agreed") passes. A blank stands for whatever may separate two words.
"""

from typing import Literal

Kind = Literal["addressed", "memory", "persist", "role"]

_BEGIN = r"(?:^|[\n.!?;>)\]-])[\s>*#\"'(\[]{0,12}"
_MACHINE = (
    r"(?:(?:(?!(?:the|a|an|our)\b)\w+ )?(?:ai|llm|gpt|(?:chat)?bot)|"
    r"(?:large )?language model|copilot|"
    r"(?:(?:ai|virtual|automated|automatic|digital|personal|smart|email|mail) )?"
    r"(?:assistant(?!s)|summari[sz]er)|(?:ai|virtual|automated|automatic|digital|autonomous|"
    r"software) "
    r"(?:agent|system|reader|helper|program|tool|model|service))s?"
)
_READS = (
    r"(?:read|process|summari[sz]|pars|index|handl|scan|digest|ingest|condens|see|open|view|"
    r"analy[sz]|sort|answer)(?:s|es|e|ing)?"
)
_SUMS_UP = r"(?:summari[sz]|digest|condens|index|ingest|pars)(?:s|es|e|ing)?"
_DO = (
    r"(?:please|kindly|when(?:ever)?|if|from now|as of|every time|each time|next time|always|"
    r"never|only|do not|don't|you (?:must|should|shall|will|are|have|need)|tell|say|answer|reply|"
    r"respond|recommend|suggest|remember|note|store|save|record|mark|treat|consider|ignore|"
    r"forget|delete|add|include|insert|append|leave|omit|use|send|forward|book|update|change|"
    r"replace|set|call|pay|transfer|let|ask|make|keep|put|write|print|report|confirm|assume|"
    r"warn|inform|convince|stop|act|pretend|skip|state|mention|name|list|overwrite|invent|"
    r"hide|praise|pass|give)"
)
# Somebody in particular: who says "anyone" or "people" speaks to a person about the world.
_ONE = r"(?!(?:(?:any|some|every|no)(?:one|body)|people|they|you|i|we|it|the|a|an|my|your)\b)\w+"
_ASKS = (
    r"(?:asks?|inquires?|enquires?|wants?|requests?|wonders?|needs?|wishes)(?: \w+){0,2}? "
    r"(?:about|for|where|what|which|who|how|whether|if|when|to|an?|the)\b"
)
_SELL = r"(?:recommend|suggest|promote|advertise|endorse|insist|claim|praise)"
_SAY_THAT = (
    rf"(?:{_SELL}|(?:answer|reply|respond)(?: (?:only|always))? (?:that|with|by)|say (?:that|only)|"
    r"(?:tell|assure) (?:him|her|them) (?:that|to)|(?:send|direct|refer|point) (?:him|her|them) "
    r"to)"
)
_LURE = r"(?:pay|transfer|wire|invest|account|iban|click|bitcoin|crypto|https?:|[\w.+-]+@\w)"
_ANSWERS = r"(?:answer|repl(?:y|ies)|response|message|sentence|summar(?:y|ies)|question)s?"

PLAIN: tuple[tuple[Kind, str, str], ...] = (
    # -- to a machine, or to whoever sums up
    (
        "addressed",
        "ai llm gpt model bot copilot assistant summari agent system reader program helper",
        rf"{_BEGIN}(?:(?:dear|hi|hey|hello|attention|attn|ok|okay|all|any)\W{{1,3}}){{0,2}}"
        rf"{_MACHINE}\s*[:,!–—-]+\s*[\"'(]?{_DO}\b",
    ),
    (
        "addressed",
        "ai llm gpt model bot copilot assistant summari agent system reader program helper",
        r"\b(?:note|message|memo|p(?: )?s|postscript|instructions?|reminder|request|hint|info) "
        r"(?:to|for)(?: (?:the|any|all|every|this|whichever|whatever|your|her|his))* "
        rf"{_MACHINE}(?:\s*[:,!–—-]| (?:that|which|who|reading|processing|summari[sz]ing)\b)|"
        rf"{_BEGIN}(?:to|for)(?: (?:the|any|all|every|this|whichever|whatever|your|her|his))* "
        rf"{_MACHINE}(?: (?:(?:that|which|who) )?(?:(?:is|are|will|may|might) )?{_READS} "
        r"(?:this|these|it|her|his|your|\w+'s|the (?:above|e?mails?|inbox|messages?|page|text|"
        r"thread|document|file))\b|"
        rf"\s*:\s*{_DO}\b)",
    ),
    (
        "addressed",
        "whoever whatever whichever anyone anything",
        r"\b(?:to|for) (?:whoever|whatever|whichever \w+|any(?:one|body|thing) (?:who|that))"
        rf"(?: (?:is|will|may|might|later|then))* (?:{_SUMS_UP} (?:this|these|it|my|the)\b|"
        r"process(?:es|ing)? (?:this|these|it)(?: (?:e?mail|message|text|page|note|document))?"
        r"\s*[:,]|(?:read|handle|answer|process)(?:s|es|ing)? [\w ]{0,24}?\b(?:on behalf of \w+|"
        r"for \w+)\s*[:,])",
    ),
    (
        "addressed",
        "if you as ",
        rf"\bif you(?:'re| are) (?:(?:an?|the|\w+'s) )?{_MACHINE}(?:\s*[,:]| (?:that|who|"
        rf"{_READS})\b)|\bas (?:her|his|their|\w+'s) {_MACHINE}\W{{1,3}}"
        r"(?:you (?:must|should|shall|will|have to|need to|are)|always|never|please)\b",
    ),
    (
        "addressed",
        "summar",
        r"\b(?:when|while|if) (?:you )?(?:are )?summari[sz](?:e|ing) (?:this|these|it|the above|"
        r"my)\b[^.\n]{0,50}?\b(?:include|add|insert|say|state|mention|omit|leave out|always|"
        r"never|write|skip)\b",
    ),
    # -- a part to play
    (
        "role",
        "you are now you're now",
        r"\byou(?:'re| are) now (?:(?:called|named|known as|an?|the|my|our) )?"
        r"(?:(?:\w+ )?(?:\w+bot|bot|\w*gpt\w*|ai|language model)\b|\w+'s (?:\w+ )?(?:assistant|"
        r"advis[eo]r|lawyer|bank|broker|agent|helper|accountant|therapist|doctor)\W{1,3}(?:and |"
        rf"you )?(?:must |will |only |always |never )?(?:tell|advise|say|answer|reply|{_SELL})\b)",
    ),
    (
        "role",
        "you are now you're now",
        r"\byou(?:'re| are) now (?!(?:\w+ed|\w+ing|in|on|at|ready|able|free|part|one|up|out|due)\b)"
        r"[^.\n]{1,40}?\b(?:and|who|that|which)(?: (?:you|must|will|shall|should))*(?:(?: (?:only|"
        r"always|never|just))+ (?:answer|reply|respond|speak|talk|write|say|tell)| (?:obey|"
        rf"{_SELL}|answer (?:only|in|with)|respond (?:only|in|with)))\b",
    ),
    (
        "role",
        "act role pretend part impersonate pose",
        rf"{_BEGIN}(?:please )?(?:act as|pretend (?:to be|that you are|you are)|role(?: )?play as|"
        rf"play "
        r"the (?:role|part) of|impersonate|pose as) (?:\w+'s (?:\w+ ){1,2}?(?:and|then) (?:you )?"
        r"(?:tell|ask|convince|advise|persuade|answer|reply|say|only|insist)|(?:an? |the )?"
        rf"(?:\w+ )?(?:unrestricted|unfiltered|{_MACHINE})|(?:an? |the )?[\w ]{{1,30}}?\b(?:from "
        rf"now on|in (?:all|every|each) (?:of )?(?:your )?{_ANSWERS}))\b",
    ),
    ("role", "your new", r"\byour new (?:name|identity|persona|personality) is \w+"),
    # -- orders that stand for all later answers
    (
        "persist",
        "now henceforth",
        r"\b(?:from now on(?:wards?)?|henceforth|from here on)(?: (?:please|you|must|will|should|"
        rf"shall))*(?: (?:only|always|never|just))?(?: (?:begin|start|end|finish|close|sign|prefix)"
        rf" (?:all|each|every|any)(?: of)?(?: (?:your|the))? {_ANSWERS}| reply (?:to )?(?:each|"
        rf"every|all|any)(?: \w+)? {_ANSWERS}| reply (?:only )?with| (?:speak|talk|write)(?: (?:"
        r"only|like|as))+ )\b|\b(?:answer|respond|reply|speak|talk) (?:(?:to )?(?:me|her|him|them|"
        r"everything|everyone) )?(?:only )?(?:in|with|like|as) (?:\w+ ){1,4}from now on\b",
    ),
    (
        "persist",
        "answer reply respond",
        r"\b(?:answer|reply|respond)(?: only)?(?: to)? (?:(?:each|every|all|any)(?: \w+)? "
        rf"{_ANSWERS}|everything|anything)(?: only)? (?:with (?:only|the (?:word|phrase|sentence))|"
        r"by (?:say|recommend|tell|mention)ing)\b|\b(?:answer|reply|respond)(?: only)? (?:to )?"
        rf"(?:each|every|all|any) (?:\w+ )?{_ANSWERS}\s+with\s+[\"'“”«]|"
        r"\b(?:reply|respond|answer) to everything (?:in|as|like)\b",
    ),
    (
        "persist",
        "only",
        r"\b(?:(?:answer|reply|respond)(?: \w+)? only|only (?:ever )?(?:answer|reply|"
        r"respond)) (?:(?:in|with) (?:rhym\w+|verses?|riddles?|haikus?|poems?|emojis?|binary|"
        r"base64|"
        r"(?:all )?capitals?|capital letters|upper ?case|questions)|with the (?:word|phrase|"
        r"sentence))\b(?![^.\n]{0,30}\bto (?:unsubscribe|confirm|opt|cancel|stop|enter|win|"
        r"receive|join|get)\b)",
    ),
    (
        "persist",
        "whenever time ever",
        rf"\b(?:(?:whenever|every time|each time|any ?time) {_ONE}|if {_ONE} ever) {_ASKS}"
        rf"[^.\n]{{0,80}}?[,:]\s*(?:please |just |only |always )*{_SAY_THAT}\b",
    ),
    (
        "persist",
        "when if once",
        rf"\b(?:when|if|once|as soon as) {_ONE} {_ASKS}[^.\n]{{0,80}}?(?:,\s*(?:please |then |just "
        rf"|only |always )*(?:{_SELL}|(?:answer|reply|respond)(?: only)? (?:that|with|by))\b|"
        rf"\b(?:tell|say|answer|reply|ask|send|direct)\b[^.\n]{{0,50}}?(?<![\w]){_LURE})",
    ),
    (
        "persist",
        "always only never tell",
        rf"{_BEGIN}(?:please )?(?:always|only|never) (?:{_SELL}|answer|reply|say|mention)\b"
        rf"[^.\n]{{1,60}}?\b(?:when(?:ever)?|if|every time) (?:asked (?:about|for|where|what|"
        rf"which|who)\b|{_ONE} (?:{_ASKS}|asks\b))|"
        rf"\btell {_ONE} to\b[^.\n]{{0,40}}?(?<![\w]){_LURE}[^.\n]{{0,40}}?\b(?:when(?:ever)?|if|"
        rf"every time) {_ONE} {_ASKS}",
    ),
    (
        "persist",
        "when",
        r"\bwhen(?:ever)? (?:you (?:answer|advise|assist|reply to|respond to|counsel)|(?:answering|"
        rf"advising|assisting)) {_ONE}\W{{1,3}}(?:please )?(?:(?:always|only|never) (?:{_SELL}|"
        r"mention|say|include|add|tell|use|answer|speak)|recommend|promote|advertise)\b",
    ),
    (
        "persist",
        "in your",
        r"\bin your (?:next|first|following|coming) (?:answer|reply|response|message|summary)\b"
        r"[^.\n]{0,30}?\b(?:include|insert|add|put|append|embed) (?:this|the following|these) "
        r"(?:link|url|word|sentence|phrase|line|text|image|address|claim)s?\b",
    ),
    # -- what is known, and what is held for true
    (
        "memory",
        "forget",
        r"(?:\bplease\W{1,3}|\b(?:must|should|now) )forget (?:everything|all|anything|whatever|"
        r"what)(?: that)? you (?:know|knew|remember|learned|(?:have )?(?:learned|stored|saved|"
        r"noted|"
        r"heard)) (?:about|of|on) \w+|\bforget (?:everything|all|anything|whatever|what)"
        r"(?: that)? you (?:know|knew|remember|(?:have |ve )?(?:learned|learnt|stored|saved|noted))"
        r" (?:about|of|on) (?:(?:him|her|me|us)\b|\w+'s\b|\w+(?: and| then)? (?:start|begin|"
        r"replace|instead|remember|learn|store)\b)",
    ),
    (
        "memory",
        "delete erase wipe purge drop remove clear",
        r"\b(?:delete|erase|wipe|purge|drop|remove|clear) (?:everything|all|anything|whatever|what)"
        r"(?: that)? you (?:know|remember|(?:have |ve )?(?:learned|learnt|stored|saved|noted|"
        r"remembered)) (?:about|of|on)\b",
    ),
    (
        "memory",
        "mark treat regard consider count file flag label store record accept",
        r"\b(?:mark|treat|regard|consider|count|file|flag|label|store|record|accept) (?:(?:"
        r"everything|anything|all|the above|the following|what)\b[^.\n]{0,40}?|(?:this|that|it|"
        r"these|the|my)(?: (?:statement|claim|sentence|information|fact|text|mail|email|message|"
        r"note)s?)?(?: (?:above|below))?) as (?:(?:\w+ and |already |fully )?(?:confirmed|"
        r"verified|stated|approved|said|authori[sz]ed) by (?!me\b|us\b)\w+|(?:true|a fact|facts|"
        r"proven|established|the truth|(?:\w+'s|her|his) own words?)\b(?! or (?:false|"
        r"untrue)\b))|\b(?:mark|treat|regard|"
        r"count|flag|label|store|accept) (?:everything|anything|the above|the following|(?:this|"
        r"the|these) (?:statement|claim|sentence|information)s?)(?: (?:above|below|here))? as "
        r"(?:confirmed|verified|trusted|authoritative)\b",
    ),
    (
        "memory",
        "store save record memori remember add write keep",
        r"\b(?:store|save|record|memori[sz]e|remember) the following"
        r"(?: (?:facts?|information|claims?|details?|notes?))? (?:about|on|regarding) \w+\s*:|"
        r"\b(?:store|save|write|add|put|keep)(?: (?:it|this|that))? (?:to|in|into) your (?:notes|"
        r"memory|knowledge|profile)(?: (?:of|on|about) \w+)?(?: that|\s*:) ?\w+",
    ),
)
