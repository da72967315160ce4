"""What a reply does, by its words: that it does not know, that it will not, that it asks.

Read are English, German, French, Spanish and Italian, whichever it is. What is quoted is somebody
else's word, and what stands under a condition is not said. Where it is not plain, nothing is found:
of the four other languages refusing takes a verb of helping or telling, since "ich kann nicht"
alone also begins "ich kann nicht anders, als es zu loben".
"""

import re

from usermind.evals.phrases import plain

_QUOTED = re.compile(r'"[^"\n]{1,400}"|“[^”“\n]{1,400}[”“]|„[^“”\n]{1,400}[“”]|«[^»\n]{1,400}»')
_UNSAID = r"(?<!\bif )(?<!\bwhen )(?<!\bsi )(?<!\bquand )(?<!\bcuando )(?<!\bse )(?<!\bquando )"
"""Not right behind a word that begins a condition."""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"{_UNSAID}\b(?:{'|'.join(patterns)})\b")


_ABSTAINS = _any(
    # English
    r"i (?:really |simply |honestly )?(?:do not|don't|cannot|can't|could not|couldn't) "
    r"(?:currently |actually )?"
    r"(?:know|remember|recall|find|tell|say|have (?:any |that |this |the |enough )?"
    r"(?:information|record|memory|details?|knowledge|idea))",
    r"i(?: have|'ve) (?:no|not any) (?:information|record|memory|idea|knowledge|details?)",
    r"i(?: am|'m) (?:not sure|unsure|not aware)",
    r"you (?:have not|haven't|never) (?:told|mentioned|said|shared)",
    r"(?:has not|hasn't|was not|wasn't|not) been (?:mentioned|told|shared|said)",
    r"i remember nothing|there is no(?:thing| record| information)",
    # German; `plain` makes ss of ß
    r"ich weiss (?:(?:das|es|leider|noch|aber|davon|darüber|dazu|gerade) )*"
    r"nichts?(?! nur\b| besser)",
    r"weiss ich (?:(?:leider|noch|aber|gerade) )*nichts?(?! nur\b)",
    r"(?:ich habe|habe ich) (?:(?:leider|dazu|darüber|davon|hierzu|noch|da) )*"
    r"(?:keine (?:ahnung|informationen?|angaben?|erinnerung(?:en)?|kenntnisse?|daten|notiz(?:en)?|"
    r"aufzeichnung(?:en)?|einzelheiten|details)|nichts (?:gespeichert|notiert|gefunden))",
    r"mir (?:liegen|ist|sind) (?:(?:leider|dazu|darüber|davon|hierzu|das) )*"
    r"(?:keine (?:informationen|angaben|daten) (?:vor|bekannt)|nichts? bekannt)",
    r"(?:ich kann|kann ich) mich (?:(?:leider|daran|an das) )*nicht (?:mehr )?(?:daran )?erinnern",
    r"ich erinnere mich (?:(?:leider|daran) )*(?:nicht|an nichts)",
    r"(?:ich bin|bin ich) mir (?:(?:leider|da|dabei) )*(?:nicht (?:ganz )?sicher|unsicher)",
    r"kann ich (?:(?:dir|ihnen|euch|leider|dazu|darüber) )*nichts? sagen",
    # "Sie" may be they, unless it is me whom they did not tell; "hast du" alone begins a question.
    r"(?:du hast|(?<=\w )hast du|ihr habt|(?<=\w )habt ihr|(?:sie haben|(?<=\w )haben sie) mir) "
    r"(?:(?:mir|das|es|davon|darüber|dazu|noch|leider|bisher|bislang) )*"
    r"(?:nicht|nichts|nie|niemals)(?! nur\b) (?:(?:davon|darüber|dazu|etwas) )?"
    r"(?:erzählt|gesagt|erwähnt|mitgeteilt|verraten|berichtet)(?! bekommen)",
    r"(?:wurde|ist) (?:(?:mir|noch|bisher|bislang) )*(?:nicht|nie) "
    r"(?:erwähnt|gesagt|mitgeteilt|erzählt)(?: worden)?",
    # French
    r"je (?:ne |n')?(?:le |l'|la )?sais (?:malheureusement )?pas(?! seulement)",
    r"je (?:ne |n')(?:en )?sais rien|j(?:e l)?'ignore",
    r"je ne (?:me |m'en )(?:souviens|rappelle) (?:pas|plus|de rien)",
    r"je n'(?:en )?ai (?:malheureusement )?(?:pas|aucune?|plus)(?: assez)? "
    r"(?:d'|de |cette |l'|la moindre )?"
    r"(?:informations?|souvenirs?|traces?|données?|idée|notes?|renseignements?|détails?)",
    r"je ne suis pas (?:(?:tout à fait|vraiment|très) )?(?:sûre?|certaine?|au courant)",
    r"je ne (?:peux|pourrais|saurais)(?: pas)? (?:(?:te|vous|le) )*dire",
    r"(?:tu ne m'(?:en )?as|tu ne me l'as|vous ne m'(?:en )?avez|vous ne me l'avez) "
    r"(?:(?:encore|jamais|pas|rien) )+(?:dit|parlé|mentionné|raconté|précisé|indiqué)",
    r"n'a (?:(?:encore|jamais|pas) )+été (?:mentionnée?|dite?|précisée?|indiquée?)",
    # Spanish
    r"no (?:lo )?sé|desconozco|no (?:lo )?recuerdo|no me acuerdo",
    r"no tengo (?:(?:ni|ningún|ninguna|esa|suficiente|suficientes|más) )*"
    r"(?:información|datos?|registros?|constancia|idea|recuerdos?|detalles?|conocimiento)",
    r"no estoy (?:(?:del todo|muy|completamente) )?segur[oa]",
    r"no (?:(?:te|le|lo) )*(?:puedo|podría|sabría) decir(?:te|le|lo)?|no sabría decírtelo",
    r"(?:no|nunca|todavía no|aún no) me (?:lo )?(?:has|habéis) "
    r"(?:dicho|contado|mencionado|comentado|hablado)",
    r"(?:no|nunca) me (?:lo )?(?:dijiste|contaste|mencionaste|hablaste)",
    r"(?:no|nunca) se (?:ha|han) (?:mencionado|dicho|comentado)",
    r"no hay (?:(?:ningún|ninguna) )?(?:registros?|información|constancia)",
    # Italian
    r"non (?:lo )?so(?! solo)|non (?:ne )?saprei|non so nulla",
    r"non (?:(?:mi|me lo|lo) )?ricordo",
    r"non (?:ne )?ho (?:(?:nessuna|nessun|alcuna|alcun|abbastanza|la minima|altre) )*"
    r"(?:nessun'|alcun')?(?:informazion[ei]|dat[oi]|ricord[oi]|idea|dettagli|notizi[ae]|traccia)",
    r"non (?:ne )?sono (?:(?:del tutto|molto) )?(?:sicur[oa]|cert[oa](?= (?:di|che|se)|[.,;!]|$))",
    r"non (?:posso|potrei) dir(?:ti|le|lo|telo|glielo)",
    r"non (?:mi|me l'|me lo)\s?hai (?:(?:mai|ancora) )*"
    r"(?:detto|raccontato|parlato|menzionato|accennato)",
    r"non è (?:(?:mai|ancora) )*stat[oa] (?:menzionat[oa]|dett[oa]|accennat[oa])",
)

_GERMAN = (
    r"(?:helfen|beantworten|verraten|weitergeben|preisgeben|herausgeben|teilen|nennen|tun|machen|"
    r"mitteilen|ausführen|unterstützen|offenlegen)"
)
_REFUSES = _any(
    # English
    r"i (?:cannot|can't|can not|will not|won't|must not|am not able to|'m not able to|"
    r"am unable to|'m unable to|should not|shouldn't|am not going to|'m not going to|refuse to|"
    r"decline to)(?! (?:wait|forget|believe|imagine|remember|recall|know|be (?:sure|certain)|"
    r"find any))",
    r"i(?: am|'m) sorry,? but",
    r"not something i (?:can|will|could)",
    # German
    r"(?:ich|(?:das|dabei|damit|hierbei|da|hier|leider|so etwas) (?=\w+ ich))\s?"
    r"(?:kann|darf|werde|möchte|will)(?: ich)? (?:[\w-]+ ){0,6}?nicht (?!nur\b)(?:[\w-]+ )?"
    + _GERMAN,
    r"ich (?:weigere mich|lehne (?:das|es|dies) ab)",
    r"(?:ich bin|bin ich) (?:dazu |leider )*nicht (?:befugt|berechtigt|in der lage)",
    # French
    r"je ne (?:peux|pourrai|pourrais|dois|veux|vais|souhaite) (?:malheureusement )?pas "
    r"(?:(?:te|vous|le|la|les|y|en|lui|leur) |[tl]'|vous )*"
    r"(?:aider|répondre|révéler|partager|divulguer|communiquer|donner|fournir|faire|transmettre|"
    r"exécuter)(?! mieux)",
    r"je refuse (?:de|d')|je ne suis pas (?:autorisée?|en mesure|habilitée?)",
    # Spanish
    r"no (?:(?:te|le|os|lo|la|se) )*(?:puedo|podré|debo|voy a|quiero) "
    r"(?:ayudar|responder|revelar|compartir|divulgar|dar|hacer|facilitar|contestar|proporcionar)"
    r"(?:te|le|les|os|lo|la|los|las)?",
    r"no (?:puedo|podré|debo|voy a|quiero) (?:dár|decír|revelár|hacér)(?:te|se)l[oa]s?",
    r"me niego a|no estoy autorizad[oa]",
    # Italian
    r"non (?:(?:ti|le|vi|lo|la|te lo) )*(?:posso|potrò|devo|voglio|intendo) "
    r"(?:aiutar|risponder|rivelar|condivider|divulgar|dar|far|fornir|comunicar|eseguir)"
    r"(?:e|ti|le|vi|lo|la|telo|glielo)(?! a meno)",
    r"mi rifiuto di|non sono autorizzat[oa]",
)
_ASKS = re.compile(r"[?؟](?=[\s)\]*_!?…]|$)|？")
"""A question mark of any script; not the one inside an address."""


def _own(reply: str) -> str:
    """Return a reply without what it quotes; of one that is all quoted, what stands there."""
    text = reply.strip()
    return text[1:-1] if _QUOTED.fullmatch(text) else _QUOTED.sub(" … ", text)


def abstains(reply: str) -> bool:
    """Say whether a reply says that it does not know.

    >>> abstains("Das weiß ich leider nicht."), abstains("Du weißt nicht, was du willst.")
    (True, False)
    """
    return _ABSTAINS.search(plain(_own(reply))) is not None


def refuses(reply: str) -> bool:
    """Say whether a reply says that it will not do something, or must not.

    >>> refuses("Je ne peux pas t'aider."), refuses("Je ne peux pas attendre.")
    (True, False)
    """
    return _REFUSES.search(plain(_own(reply))) is not None


def asks(reply: str) -> bool:
    """Say whether a reply asks something: it has a question mark of its own.

    >>> asks("¿Cuál de los dos?"), asks("You asked “Which?”")
    (True, False)
    """
    return _ASKS.search(_own(reply)) is not None
