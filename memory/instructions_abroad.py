"""The rules of `instructions` for other languages than English.

The same kinds of sentence: revoke earlier instructions, dictate what to remember, set rules for
later answers, keep something from the user. Written without accents where the script is Latin,
since that is how a text is read; a blank stands for whatever may separate two words.
"""

from typing import Literal

Kind = Literal["memory", "override", "persist", "secrecy"]

ABROAD: tuple[tuple[Kind, str, str], ...] = (
    # -- Spanish
    (
        "override",
        "instruccion indicacion regla orden",
        r"\b(?:ignor[ae]|olvid[ae]|descart[ae]|desobedece|omite|haz caso omiso)n?(?: (?:de|todas?|"
        r"todos?|las?|los|tus|sus|cualquier|por|completo))* (?:(?:anteriores|"
        r"previas) (?:instruccion"
        r"\w*|indicacion\w*|reglas|ordenes)|(?:instruccion\w*|indicacion\w*|reglas|ordenes) "
        r"(?:anteriores|previas|dadas|recibidas|del sistema|de arriba))\b",
    ),
    (
        "memory",
        "usuari memoria",
        r"\b(?:recuerd[ae]|memoriz[ae]|anot[ae]|registr[ae])n? (?:siempre )?que (?:el|la|este|"
        r"esta) "
        r"usuari[oa]\b|\b(?:guard[ae]|anad[ae]|agreg[ae]|almacen[ae]|registr[ae])[^.\n]{0,60}? en "
        r"(?:tu|su|la) memoria\b",
    ),
    (
        "persist",
        "ahora adelante usuari",
        r"\b(?:a partir de ahora|de ahora en adelante|desde ahora) (?:siempre |nunca )?(?:responde|"
        r"contesta|di|recomienda|debes|deberas|actua|ignora|trata|eres un)\b|\b(?:cuando|si) el "
        r"usuario (?:pregunt[ea]|quier[ae])[^.\n]{0,100}?\b(?:responde|di|recomienda|contesta)\b",
    ),
    (
        "secrecy",
        "usuari",
        r"\b(?:no|nunca)(?: (?:se lo|le|lo))? (?:digas|menciones|reveles|informes|cuentes|muestres)"
        r"[^.\n]{0,40}? al? (?:la )?usuari[oa]\b",
    ),
    # -- French
    (
        "override",
        "instruction consigne regle directive",
        r"\b(?:ignore[rz]?|oublie[rz]?|ne tiens? pas compte|ne tenez pas compte)(?: (?:de|toutes?|"
        r"les|des|tes|vos|ces))* (?:(?:precedentes|anterieures) (?:instructions|consignes|regles|"
        r"directives)|(?:instructions|consignes|regles|directives) (?:precedentes|anterieures|"
        r"ci dessus|donnees|recues|du systeme))\b",
    ),
    (
        "memory",
        "utilisat memoire",
        r"\b(?:souviens toi|souvenez vous|retien[st]|retenez|rappelle toi|rappelez vous|"
        r"memorise[rz]?|"
        r"note[rz]?)(?: bien)? que (?:l|cet|cette) utilisat\w+|\b(?:ajoute|enregistre|sauvegarde|"
        r"stocke|inscri[st])[rz]?[^.\n]{0,60}? (?:dans|a|en) (?:ta|votre|la) memoire\b",
    ),
    (
        "persist",
        "maintenant desormais dorenavant utilisat",
        r"\b(?:a partir de maintenant|desormais|dorenavant) (?:tu (?:dois|es un|reponds|"
        r"recommandes|"
        r"ignores)|vous (?:devez toujours|etes un|repondrez)|reponds|repondez|recommande[rz]?|"
        r"(?:toujours|jamais) (?:repondre|recommander)|ignore[rz]?)\b|\b(?:quand|lorsque|si) l "
        r"utilisat\w+ (?:demande|veut)[^.\n]{0,100}?\b(?:reponds|repondez|dis|dites|recommande)\b",
    ),
    (
        "secrecy",
        "utilisat",
        r"\bne (?:le |la |lui )?(?:dis|dites|mentionne[rz]?|revele[rz]?|parle[rz]?|montre[rz]?)"
        r"[^.\n]{0,40}?\bl utilisat\w+",
    ),
    # -- German
    (
        "override",
        "anweisung instruktion regeln befehl vorgabe prompt anordnung",
        r"\b(?:ignorier\w*|vergiss|vergesse\w*|missachte\w*|uberschreib\w*|verwirf)(?: (?:alle|"
        r"allen|die|deine|ihre|samtliche|bitte|sie|jetzt))* (?:vorherig\w*|bisherig\w*|"
        r"vorangehend\w*|vorangegangen\w*|fruher\w*|obig\w*|vorig\w*)(?: \w+)? (?:anweisung\w*|"
        r"instruktion\w*|regeln|befehl\w*|vorgaben|prompts?|anordnung\w*)\b",
    ),
    (
        "memory",
        "nutzer anwender gedachtnis speicher erinnerung user",
        r"\b(?:merke? dir|merken sie sich|erinnere dich(?: daran)?|denk daran|speichere|notiere|"
        r"behalte)(?: bitte)? (?:dass )?(?:der|die|dieser|diese) (?:be)?(?:nutzer|user|anwender)"
        r"\w*|\b(?:speicher[en]|fuge|schreibe|lege|nimm|trage|ubernimm)[^.\n]{0,80}? (?:in|im|zu|"
        r"ins) (?:dein|ihr)(?:e|em|en|er)? (?:\w+ )?(?:gedachtnis|speicher|erinnerung\w*)\b",
    ),
    (
        "persist",
        "jetzt sofort nun nutzer",
        r"\b(?:ab jetzt|ab sofort|von nun an|von jetzt an) (?:immer |nur |stets )?(?:antworte|"
        r"empfiehl|sage|behandle|ignoriere|(?:musst|sollst|antwortest|empfiehlst|behandelst) du|du "
        r"(?:musst|sollst|antwortest|empfiehlst))\b|\b(?:wenn|falls|sobald) (?:der|die) (?:be)?"
        r"nutzer(?:in)? (?:fragt|wissen will|nach)[^.\n]{0,100}?\b(?:antworte|sage?|empfiehl|"
        r"behaupte)\b",
    ),
    (
        "secrecy",
        "nutzer anwender",
        r"\b(?:sage?|verrate|erzahle?|erwahne|teile?|zeige?)[^.\n]{0,40}?(?:dem|"
        r"der) (?:be)?(?:nutzer|"
        r"anwender)(?:in)?[^.\n]{0,30}?\b(?:nichts|nicht)\b|\bohne (?:dem|den|die) (?:be)?nutzer"
        r"(?:in)?[^.\n]{0,20}? zu (?:informieren|fragen|sagen)\b",
    ),
    # -- Portuguese
    (
        "override",
        "instruc regras ordens orientac comandos",
        r"\b(?:ignor[ea]|esquec[ae]|desconsider[ea])m?(?: (?:todas?|todos?|as|os|suas?|seus?|"
        r"quaisquer))* (?:instruc\w*|regras|ordens|orientac\w*|comandos) (?:anteriores|previas|"
        r"acima|recebidas|do sistema)\b",
    ),
    (
        "memory",
        "usuari utilizador memoria",
        r"\b(?:lembr[ea](?: se| te)?|memoriz[ea]|guard[ea]|anot[ea]|regist[re]\w*)(?: de)? que "
        r"(?:o|a|este|esta) (?:usuari[oa]|utilizador\w*)\b|\b(?:adicion[ea]|guard[ea]|salv[ea]|"
        r"grav[ea]|armazen[ea]|acrescent[ea])[^.\n]{0,60}? (?:na|a|em|a sua|na sua|"
        r"na tua) memoria\b",
    ),
    (
        "persist",
        "agora diante usuari",
        r"\b(?:a partir de agora|de agora em diante) (?:sempre |nunca )?(?:responda|responde|"
        r"recomend[ea]|voce (?:deve|e um)|dig[ao]|ignor[ea]|aja|tens de)\b|\b(?:quando|se) o "
        r"(?:usuario|utilizador) pergunt\w+[^.\n]{0,100}?\b(?:responda|responde|diga|diz|"
        r"recomend[ea])\b",
    ),
    (
        "secrecy",
        "usuari utilizador",
        r"\bnao(?: (?:o|lhe))? (?:conte|contes|diga|digas|revele|reveles|mencione|informe)s?"
        r"[^.\n]{0,40}? (?:ao|a) (?:usuari[oa]|utilizador\w*)\b",
    ),
    # -- Italian
    (
        "override",
        "istruzioni regole indicazioni direttive",
        r"\b(?:ignora|dimentica|trascura)(?:te)?(?: (?:tutte|le|tue|vostre|"
        r"ogni))* (?:(?:precedenti|"
        r"anteriori) (?:istruzioni|regole|indicazioni|direttive)|(?:istruzioni|regole|indicazioni|"
        r"direttive) (?:precedenti|anteriori|di sistema|ricevute))\b",
    ),
    (
        "memory",
        "utente memoria",
        r"\b(?:ricorda(?:ti)?|memorizza|annota|tieni a mente)(?: bene)? che l utente\b|"
        r"\b(?:aggiungi|"
        r"salva|memorizza|registra)[^.\n]{0,60}? (?:nella|alla|in)(?: tua)? memoria\b",
    ),
    (
        "persist",
        "poi utente",
        r"\bd(?:a)? ?(?:ora|adesso) in poi (?:sempre |non )?(?:rispondi|consiglia|devi|ignora|"
        r"tratta|"
        r"raccomanda)\b|\b(?:quando|se) l utente (?:chiede|domanda|"
        r"vuole)[^.\n]{0,100}?\b(?:rispondi|"
        r"consiglia|di che)\b",
    ),
    (
        "secrecy",
        "utente",
        r"\bnon (?:dire|dirlo|rivelare|menzionare|informare|mostrare)[^.\n]{0,40}?\b(?:all|l) "
        r"utente\b",
    ),
    # -- Dutch
    (
        "override",
        "instructies opdrachten regels aanwijzingen",
        r"\b(?:negeer|vergeet)(?: (?:alle|de|je|uw))* (?:eerdere|vorige|voorgaande|bovenstaande) "
        r"(?:instructies|opdrachten|regels|aanwijzingen)\b",
    ),
    (
        "memory",
        "gebruiker",
        r"\b(?:onthoud|noteer|bewaar)(?: goed)? dat de gebruiker\b|"
        r"\bvertel[^.\n]{0,30}? de gebruiker "
        r"(?:niets|niet)\b",
    ),
    (
        "persist",
        "vanaf",
        r"\bvanaf nu (?:altijd |alleen )?(?:antwoord|moet je (?:altijd|antwoorden)|beveel|zeg|"
        r"negeer)\b",
    ),
    # -- Polish
    (
        "override",
        "instrukcj polece zasad",
        r"\b(?:z?ignoruj|zapomnij(?: o)?)(?: (?:wszystkie|wszelkie|wszystkich))* (?:poprzedni\w*|"
        r"wczesniejsz\w*|powyzsz\w*) (?:instrukcj\w*|polece\w*|zasad\w*)\b",
    ),
    (
        "memory",
        "uzytkowni pamie",
        r"\bzapamietaj ze uzytkowni\w+|\b(?:zapisz|dodaj)[^.\n]{0,60}? (?:w|"
        r"do) (?:swojej )?pamieci\b|"
        r"\bnie mow[^.\n]{0,30}? uzytkowni\w+",
    ),
    (
        "persist",
        "teraz",
        r"\bod teraz (?:zawsze )?(?:odpowiadaj|polecaj|ignoruj|musisz)\b",
    ),
    # -- Turkish
    (
        "override",
        "talimat yonerge kural",
        r"\b(?:onceki|yukaridaki)(?: tum)? (?:talimat\w*|yonerge\w*|"
        r"kural\w*)[^.\n]{0,30}? (?:yok say|"
        r"unut|gormezden gel|dikkate alma)\w*",
    ),
    (
        "memory",
        "kullanici",
        r"\bkullanici\w*[^.\n]{0,60}? (?:hatirla|unutma|hafizana kaydet|bellegine kaydet)\b|"
        r"\bkullaniciya[^.\n]{0,20}? (?:soyleme|bildirme)\b",
    ),
    # -- Russian, Ukrainian
    (
        "override",
        "инструкц указан команд правил вказівк",
        r"(?:игнорир\w*|проигнорир\w*|забудь\w*|ігнор\w*)(?: \w+){0,2}? (?:предыдущ\w*|прежн\w*|"
        r"вышеуказан\w*|все|всі|попередн\w*)(?: \w+)? (?:инструкц\w*|указан\w*|команд\w*|правил\w*|"
        r"інструкц\w*|вказівк\w*)",
    ),
    (
        "memory",
        "пользовател памят користувач",
        r"(?:запомн\w*|помни|запам'ятай\w*|запиши\w*) (?:что|що)(?: этот)? (?:пользовател|"
        r"користувач)"
        r"\w*|(?:сохрани|добавь|запиши|занеси)\w*[^.\n]{0,60}? (?:в|во)(?: (?:свою|твою|"
        r"долговременную))* память",
    ),
    (
        "persist",
        "отныне момента пользовател",
        r"(?:отныне|с этого момента|с этой минуты) (?:всегда |ты )?(?:отвечай|рекомендуй|говори|"
        r"должен|игнорируй|веди себя)\w*|(?:когда|если) пользователь (?:спро|спраш|попро)\w*"
        r"[^.\n]{0,100}?(?:отвечай|ответь|скажи|рекомендуй|говори)\w*",
    ),
    (
        "secrecy",
        "пользовател",
        r"не (?:говори|сообщай|рассказывай|показывай)\w*[^.\n]{0,40}? пользовател\w*",
    ),
    # -- Chinese
    (
        "override",
        "指令 指示 提示 规则 規則 命令",
        r"(?:忽略|无视|無視|忘记|忘掉|忘記|不要理会|不理会|覆盖).{0,12}?(?:之前|以前|先前|上面|以上|"
        r"前面|所有|全部|此前).{0,8}?(?:指令|指示|提示|规则|規則|命令)",
    ),
    (
        "memory",
        "用户 用戶 使用者 记忆 記憶",
        r"(?:记住|記住|牢记|记得|記得|记下|記下).{0,4}?(?:用户|用戶|使用者)|(?:保存|添加|写入|存入|"
        r"加入|存储|儲存|寫入).{0,10}?(?:你的|长期|長期)(?:记忆|記憶)",
    ),
    (
        "persist",
        "现在 現在 今后 今後 用户 用戶",
        r"(?:从现在开始|从现在起|從現在開始|從現在起|今后|今後).{0,10}?(?:总是|始终|一律|你必须|"
        r"你必須|總是).{0,12}?(?:回答|推荐|推薦|回复|回覆|说|說)|(?:当|如果|每当|當).{0,4}?(?:用户|"
        r"用戶).{0,4}?(?:问|询问|問|詢問).{0,24}?(?:回答|推荐|推薦|告诉|说)",
    ),
    (
        "secrecy",
        "用户 用戶 使用者",
        r"(?:不要|别|勿|不得).{0,4}?(?:告诉|告訴|告知|透露|让).{0,6}?(?:用户|用戶|使用者)",
    ),
    # -- Japanese
    (
        "override",
        "指示 命令 ルール プロンプト 指令",
        r"(?:以前|これまで|上記|前|すべて|全て|先)の?.{0,8}?(?:指示|命令|ルール|プロンプト|指令)"
        r".{0,6}?(?:無視|忘れ|従わない)",
    ),
    (
        "memory",
        "ユーザ メモリ 利用者",
        r"(?:ユーザー?|利用者)(?:は|が|の).{0,40}?(?:と|を|こと)(?:覚えて|記憶して|記録して|"
        r"メモリに|保存して)|メモリ.{0,4}?(?:に|へ).{0,10}?(?:追加|保存|書き込)",
    ),
    (
        "persist",
        "今後 これから 今から 以後",
        r"(?:今後|これから|今から|以後).{0,8}?(?:必ず|常に|いつも|絶対に).{0,30}?(?:と答え|と回答|"
        r"と返答|を勧め|を推薦)",
    ),
    (
        "secrecy",
        "ユーザ 利用者",
        r"(?:ユーザー?|利用者)に.{0,10}?(?:言わない|言うな|伝えない|知らせない|教えない|話さない)",
    ),
    # -- Korean
    (
        "override",
        "지시 명령 규칙 프롬프트 지침",
        r"(?:이전|위의|앞의|모든).{0,8}?(?:지시|명령|규칙|프롬프트|지침).{0,6}?(?:무시|잊)",
    ),
    (
        "memory",
        "사용자",
        r"사용자(?:가|는|의).{0,40}?(?:기억해|기억하|저장해)|사용자에게.{0,12}?(?:말하지|알리지)",
    ),
    (
        "persist",
        "지금부터 앞으로 이제부터",
        r"(?:지금부터|앞으로|이제부터).{0,10}?(?:항상|반드시|무조건).{0,30}?(?:대답|답변|추천)",
    ),
    # -- Arabic
    (
        "override",
        "التعليمات الأوامر القواعد الاوامر التوجيهات",
        r"(?:تجاهل|انس|انسى|اهمل|أهمل).{0,14}?(?:التعليمات|الأوامر|الاوامر|القواعد|التوجيهات)",
    ),
    (
        "memory",
        "المستخدم ذاكر",
        r"تذكري? (?:أن|ان|بأن) (?:هذا )?المستخدم|(?:أضف|احفظ|خزن).{0,30}?ذاكرتك|"
        r"لا تخبر.{0,6}?المستخدم",
    ),
    # -- Hindi
    (
        "override",
        "निर्देश आदेश नियम",
        r"(?:पिछले|पहले के|सभी|ऊपर के).{0,12}?(?:निर्देश|आदेश|नियम).{0,14}?(?:अनदेखा|नज़रअंदाज़|"
        r"नजरअंदाज|भूल)",
    ),
    (
        "memory",
        "उपयोगकर्ता यूज़र यूजर",
        r"याद रख.{0,10}?(?:यूज़र|यूजर|उपयोगकर्ता)|उपयोगकर्ता को.{0,10}?(?:मत|न) बता",
    ),
)
