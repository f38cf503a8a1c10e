"""What machines answer by themselves: told by the headers of the mail (RFC 3834), by its subject, and by its words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from outreach.rules.replies.patterns import anywhere, words

AWAY_SUBJECT = re.compile(
    (
        r"\b(?:out[- ]of[- ](?:the[- ])?office|ooo\b|away from|on (?:annual |parental |maternity |paternity |sick "
        r"|medical )?leave|on (?:vacation|holiday)|abwesen\w*|nicht im (?:buro|hause?)|im urlaub|urlaub\w*|ausser "
        r"haus|absen(?:ce|t|te)\b|conges?\b|message d'absence|absence du bureau|hors du bureau|fuera de (?:la "
        r")?(?:la )?oficina|ausencia|vacaciones|ausente|fuori (?:sede|ufficio)|assen(?:te|za)|in ferie|fora do "
        r"escritorio|ausencia temporaria|de ferias|afwezig\w*|niet aanwezig|met vakantie|op vakantie|nieobecn\w*"
        r"|poza biurem|urlop\w*|franvaro\w*|franvarande|semester|ikke (?:til stede|pa kontoret)|fravaer\w*|ferie\w*"
        r"|ikke pa kontoret|pa ferie|frånvar\w*|lomalla|poissa\w*|v nepritomnosti|nepritomn\w*|mimo kancelar|ofis "
        r"disi\w*|izinde\w*|вне офиса|отсутств\w*|в отпуске|不在|休暇|外出|休假|부재)"
    ),
    re.IGNORECASE,
)
AUTO_SUBJECT = re.compile(
    (
        r"^\W*(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer|responder)|automatische? (?:antwort|antwoord)"
        r"|automatiskt? sva\w+|autosvar|autorespon\w+|reponse automatique|respuesta automatica|risposta automatica"
        r"|resposta automatica|odpowiedz automatyczna|automaattinen vastaus|otomatik yanit|automaticka odpoved"
        r"|автоответ|автоматический ответ|自動(?:応答|返信)|自动(?:回复|答复)|自動回覆"
        r"|자동\s?(?:응답|회신)|auto:|\[auto)"
        r"|(?:ticket|case"
        r"|request|anfrage|vorgang) ?(?:#|no\.?|nr\.?|id)? ?:? ?[\w-]*\d{3,}|\[(?:ticket|case|request|#)[^\]]*\]"
        r"|(?:we|wir) (?:have )?(?:received|haben ihre)"
    ),
    re.IGNORECASE,
)
RETURNED_SUBJECT = re.compile(
    (
        r"(?:undeliver(?:able|ed)|delivery (?:status notification|failure|has failed|incomplete|delayed)|mail "
        r"delivery|returned mail|failure notice|unzustellbar|nicht zustellbar|non remis|no se pudo entregar|mail "
        r"system error|message not delivered|onbestelbaar|mancata consegna|nao entregue|nie dostarczono|read: "
        r"|gelesen: |lu ?: )"
    ),
    re.IGNORECASE,
)
_ANSWERED_BY_RULE = {"auto-replied", "auto-generated", "auto-notified"}
_BULK = {"auto_reply", "auto-reply", "autoreply"}


def says_so(headers: Mapping[str, str]) -> str:
    """Which header says that a machine answered by itself, in words; empty when none does.

    ``Auto-Submitted: no`` is what a person's program may write, and then it is a person. A suppression of automatic
    answers (X-Auto-Response-Suppress) stands in mail of people too, and says nothing by itself. ``Precedence: bulk`` or
    ``list`` alone is a list, where people write.
    """
    lower = {str(name).lower().strip(): str(value).lower().strip() for name, value in headers.items()}
    submitted = lower.get("auto-submitted", "").partition(";")[0].partition(" ")[0]
    if submitted == "no":
        return ""
    if submitted in _ANSWERED_BY_RULE or submitted.startswith("auto-"):
        return f"its header says Auto-Submitted: {submitted}"
    for name in (
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-auto-reply",
        "x-mail-autoreply",
        "x-ms-exchange-inbox-rules-loop",
    ):
        if lower.get(name, "no") not in ("no", "", "false", "0"):
            return f"its header {name.title()} is set"
    if lower.get("precedence", "") in _BULK:
        return f"its header says Precedence: {lower['precedence']}"
    if lower.get("x-auto-response-suppress", "") and lower.get("precedence", "") in {"bulk", "junk"}:
        return "its headers name an automatic response"
    if lower.get("return-path", "") == "<>" or "multipart/report" in lower.get("content-type", ""):
        return "it is a report of a mail server"
    if lower.get("x-failed-recipients"):
        return "it is a report of a mail server"
    return ""


AUTO = words(
    r"(?:this is|this was) an? (?:auto\w*|computer)[- ](?:generated )?(?:\w+ )?(?:message|response|reply|e-?mail"
    r"|notification|mail|answer|acknowledge?ment)",
    r"auto(?:matic|mated|matically)?[- ](?:generated |sent )?(?:reply|response|responder|acknowledge?ment)",
    r"(?:sent|generated) automatically|automatically generated",
    r"(?:please )?(?:do not|don't) (?:reply|respond|answer) (?:to|directly to) (?:this|that)",
    r"no-?reply (?:address|mailbox)",
    r"(?:mailbox|inbox|address|account|e-?mail) (?:is|was|are) (?:not|no longer|un) ?(?:being )?(?:monitored"
    r"|attended|read|checked|in use|active)",
    r"unmonitored|unattended (?:mailbox|inbox)",
    r"(?:your|a|new|this) (?:\w+ )?(?:ticket|case|request|enquiry|inquiry|query|support request) (?:\w+ "
    r")?(?:\W?\w*\d+\w* )?(?:has been|was|is|have been) (?:\w+ )?(?:received|created|opened|logged|registered"
    r"|assigned|updated|submitted|recorded|queued|raised|closed|resolved)",
    r"(?:ticket|case|reference|request) (?:number|id|no|#)\b ?(?:is )?:? ?[\w#-]*\d+|ticket ?#? ?\d{3,}",
    r"(?:we|we've|we have) (?:have )?(?:successfully )?(?:received|got) your (?:\w+ )?(?:message|e-?mail|request"
    r"|enquiry|inquiry|query|mail|submission|correspondence)(?: and (?:will|we|our|someone|a member|are)|[.,]? "
    r"?(?:we|our team|someone|a member|one of)|[.!]|$)",
    r"thank(?:s| you) for (?:contacting|reaching out to|getting in touch with|writing to|your (?:e-?mail|message"
    r"|enquiry|inquiry|request)(?: to)?)(?: \w+){0,4}[.!,]? ?(?:we|our|someone|a member|one of|this)(?:'ll| "
    r"will| aim| have| usually| team| of| is| try| endeavou?r)",
    r"(?:will|aim to|try to|strive to) (?:respond|reply|answer|get back|be in touch)(?: to (?:you|your \w+))?(?: "
    r"\w+)? (?:within|in|as soon as possible)(?: (?:the next )?(?:\d+|one|two|three|24|48))?(?: \w+)? ?(?:hours?"
    r"|days?|working|business)",
    r"(?:typically|usually|normally|generally) (?:reply|respond|answer|get back)(?: to (?:you|\w+ \w+))? "
    r"(?:with)?in",
    r"(?:message|mail|e-?mail|delivery|letter) (?:could not|couldn't|can't|cannot|has not|was not|wasn't|failed "
    r"to) (?:be )?deliver\w*",
    r"undeliverable|delivery (?:status notification|to the following|has failed|failure)|mail(?:er)?[- ]daemon",
    r"recipient(?:'s)? (?:address )?(?:rejected|mailbox is full|not found|unknown)",
    r"(?:mailbox|inbox|quota) (?:is )?(?:full|exceeded|unavailable)",
    r"(?:address|user|recipient|mailbox) (?:not found|unknown|does(?:n't| not) exist)|permanent (?:fatal )?error",
    r"550[- ]5|your message (?:was read|has been read)",
    r"to (?:confirm|prove) (?:that )?you(?:'re| are) (?:a )?(?:human|not a robot)",
    r"(?:verify|confirm) (?:your|the) (?:sender|identity) (?:by|to)",
    r"(?:office|opening|business) hours are (?:mon|from|\d)",
    r"(?:melden|antworten|kummern|bearbeiten) (?:\w+ ){0,4}(?:innerhalb|binnen|so schnell wie moglich"
    r"|schnellstmoglich)",
    r"(?:innerhalb|binnen) (?:von )?(?:\d+|zwei|drei|weniger) (?:stunden|tagen|werktagen|arbeitstagen)",
    r"(?:repondrons|repondre|reviendrons|reponse)[^.!?\n]{0,30}(?:sous|dans les?|dans un delai|plus brefs)",
    r"(?:responderemos|contestaremos|respuesta)[^.!?\n]{0,30}(?:plazo|en \d+|brevedad|horas)",
    r"(?:risponderemo|ricontatteremo)[^.!?\n]{0,30}(?:entro|presto|prima possibile)",
    r"(?:responderemos|retornaremos)[^.!?\n]{0,30}(?:ate|horas|breve)",
    r"(?:binnen|zo snel mogelijk)[^.!?\n]{0,30}(?:uur|werkdagen|contact|antwoord|reactie)",
    r"(?:odpowiemy|skontaktujemy)[^.!?\n]{0,30}(?:ciagu|wkrotce|najszybciej)",
    # German, French, Spanish
    r"automatisch (?:\w+ )?(?:generierte|erstellte|erzeugte|versandte|versendete|generiert|erstellt|erzeugt"
    r"|versendet)",
    r"automatische (?:antwort|nachricht|e-?mail|eingangsbestatigung|mail)",
    r"(?:bitte )?(?:antworten sie )?nicht (?:\w+ )?auf diese (?:e-?mail|mail|nachricht)",
    r"(?:ihre|deine) (?:anfrage|nachricht|e-?mail|mail) (?:\w+ )?(?:ist|wurde|haben wir|erhalten|bei uns) "
    r"?(?:\w+ ){0,4}(?:eingegangen|erhalten|registriert|aufgenommen)",
    r"(?:vorgangs|ticket|fall|bearbeitungs)-?(?:nummer|nr)|dieses postfach wird nicht|nicht zugestellt werden",
    r"eingangsbestatigung",
    r"(?:reponse|message|courriel|e-?mail|accuse) (?:\w+ )?automatique",
    r"(?:ne (?:pas )?(?:repondre|repondez)|merci de ne pas repondre)",
    r"(?:avons|a) (?:bien )?(?:ete )?(?:recu|enregistre) votre (?:demande|message|courriel|e-?mail|mail)",
    r"votre (?:demande|message|courriel|mail) (?:\w+ )?(?:a (?:bien )?ete|est) (?:\w+ )?(?:recu\w*|enregistre\w*"
    r"|prise? en compte|transmis\w*)",
    r"numero de (?:ticket|dossier)|boite (?:\w+ )?n'est pas (?:consultee|surveillee|relevee)|accuse de reception",
    r"(?:respuesta|mensaje|correo) (?:\w+ )?(?:automatic[oa]|generado automaticamente)",
    r"(?:no responda|no conteste|por favor no responder?) (?:a )?(?:este|ese)",
    r"hemos recibido su (?:mensaje|correo|solicitud|consulta)",
    r"su (?:solicitud|mensaje|consulta|ticket) (?:\w+ )?(?:ha sido|fue) (?:recibid|registrad|cread)\w+",
    r"numero de (?:ticket|caso)|buzon no (?:esta|es) (?:monitor|atend|supervis)\w+|acuse de recibo",
    # Italian, Portuguese, Dutch, Polish, Nordic
    r"(?:risposta|messaggio|e-?mail) (?:\w+ )?(?:automatic[oa]|generat\w+ automaticamente)",
    r"(?:non rispondere|si prega di non rispondere) a",
    r"abbiamo ricevuto (?:la )?(?:sua|vostra|tua) (?:richiesta|e-?mail|mail|messaggio)",
    r"(?:la )?sua richiesta e stata (?:ricevuta|registrata|presa)|casella non (?:e )?(?:monitorata|presidiata)",
    r"(?:resposta|mensagem|e-?mail) (?:\w+ )?(?:automatic[oa]|gerad[oa] automaticamente)",
    r"(?:nao responda|favor nao responder|por favor nao responda) (?:a |esta|este)?",
    r"recebemos (?:a )?(?:sua|seu|o seu) (?:mensagem|e-?mail|solicitacao|pedido|contato|contacto)",
    r"(?:seu|o seu) (?:chamado|ticket|pedido) (?:\w+ )?(?:foi|n)",
    r"(?:automatisch(?:e)? (?:antwoord|bericht|gegenereerd\w*|verzonden|bevestiging|reactie|mail)|(?:niet"
    r"|gelieve niet) (?:\w+ )?(?:op deze|te antwoorden|te beantwoorden)|(?:hebben|we|wij) (?:\w+ )?(?:uw|je"
    r"|jouw) (?:bericht|e-?mail|mail|vraag|verzoek|aanvraag) (?:\w+ )?(?:ontvangen|in goede orde))",
    r"ontvangstbevestiging|(?:wordt|worden) niet (?:gelezen|gemonitord|beheerd)",
    r"(?:wiadomosc|odpowiedz|mail) (?:\w+ )?(?:automatyczn\w+|wygenerowan\w+ automatycznie)",
    r"(?:nie odpowiadaj|prosimy nie odpowiadac|prosze nie odpowiadac)",
    r"otrzymalismy (?:panstwa|twoja|pana|pani) (?:wiadomosc|zgloszenie|zapytanie)",
    r"(?:zgloszenie|wiadomosc) (?:\w+ )?zostal\w+ (?:zarejestrowan|przyjet|otrzyman)\w+|numer zgloszenia",
    r"(?:automatiskt|automatisk) (?:\w+ )?(?:svar|meddelande|genererat|besked|melding|generert|genereret|mail"
    r"|mejl|bekraftelse)",
    r"autosvar|(?:svara|svar) (?:inte|ikke) (?:pa|paa)",
    r"(?:vi har|har vi|vi) (?:\w+ )?(?:mottagit|modtaget|mottatt) (?:ditt|din|dit) (?:arende|meddelande"
    r"|henvendelse|besked|melding|mejl|mail|e-?post)",
    r"arendenummer|sagsnummer|saksnummer|automaattinen (?:vastaus|viesti)|olemme vastaanottaneet",
    r"automaticka (?:odpoved|zprava)|otomatik (?:yanit|mesaj|cevap)\w*",
)
AUTO_ANYWHERE = anywhere(
    r"自動(?:返信|応答|送信|配信)|(?:この|本)メール(?:に|へ)(?:は)?(?:返信|ご返信)(?:し|でき|いただ)|お問い合わせ(?:を|いただき)[^。]{0,20}(?:受け付け|ありがとう)",
    r"受付(?:番号|いたしました)|自动(?:回复|答复|发送)|自動(?:回覆|發送)|请勿(?:直接)?回复|請勿(?:直接)?回覆|(?:已|我们已)(?:经)?收到您的|工单|자동\s?(?:응답|발송|회신)",
    r"회신하지\s?마|автоматическ\w+ (?:ответ|сообщени|уведомлени|письмо)\w*|не отвечайте на это",
    r"ваше (?:обращение|письмо|сообщение|заявка) (?:получено|принято|зарегистрирован\w+)|номер (?:заявки"
    r"|обращения)",
)
AWAY = words(
    r"out of (?:the )?(?:office|country|town)|out[- ]of[- ](?:the-)?office",
    r"(?:i'm|i am|am|be|currently|is|will be|we're|we are|he is|she is|been) (?:currently |now |away |also "
    r"|still )*(?:on|taking) (?:\w+ )?(?:annual leave|leave|vacation|holidays?|parental leave|maternity leave"
    r"|paternity leave|sick leave|pto|a break|sabbatical|honeymoon|a business trip|business trip|jury duty)",
    r"on (?:annual|parental|maternity|paternity|sick|medical|extended|compassionate) leave|(?:ooo|pto)(?= )",
    r"away (?:from (?:the |my )?(?:office|desk|e-?mail|work|keyboard)|until|till|from \d|through|on (?:business"
    r"|holiday|vacation|leave)|this week|next week|for (?:the|a|two|three))",
    r"(?:office|we|store|shop|studio|we'll be|school|company) (?:is|are|will be|be) (?:currently )?closed "
    r"(?:from|until|for|between|through|over|on)",
    r"(?:limited|no|without|intermittent|little|sporadic|restricted) (?:\w+ )?access to (?:my )?(?:e-?mails?"
    r"|phone|internet)",
    r"(?:will|won't) be (?:back|available|returning|reachable|unavailable) (?:\w+ )?(?:on|until|from|in|again|at"
    r"|next|monday|tuesday|wednesday|thursday|friday|before)",
    r"(?:return|returning|back|be back) (?:(?:in|to|at) )?(?:the |my )?(?:office|work|desk)? ?(?:on (?:the "
    r")?(?:\d|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|in (?:the office|a "
    r"week|a few|two|three|\d|january|february|march|april|may|june|july|august|september|october|november"
    r"|december)|after|monday|tuesday|wednesday|thursday|friday|\d|next|tomorrow|january|february|march|april"
    r"|may|june|july|august|september|october|november|december)",
    r"back (?:on (?!track|board|schedule|course|budget|it\b|my feet)|in the office|at work|from (?:vacation"
    r"|holiday|leave))",
    r"(?:currently|temporarily) (?:unavailable|away|travel\w+|out)",
    r"(?:i'm|i am|we're|we are|be) (?:travel\w+|unavailable|off|off work|off sick|at a conference|on the road) "
    r"(?:\w+ )?(?:until|till|from|through|and|with|this|next|on|for)",
    r"not (?:be )?(?:in the office|at my desk|available|reachable|reading (?:my )?e-?mails?) (?:\w+ )?(?:until"
    r"|till|from|this|next|on|and|between|today|for|before)",
    # German, French, Spanish
    r"nicht (?:\w+ )?(?:im buro|im haus|im hause|am arbeitsplatz|erreichbar|da\b|anwesend)|ausser haus",
    r"(?:abwesend|abwesenheit\w*)",
    r"(?:im|in|auf) (?:\w+ )?(?:urlaub|elternzeit|mutterschutz|dienstreise|geschaftsreise|ferien|betriebsurlaub"
    r"|krankenstand)",
    r"(?:bin|sind|werde|ist) (?:ich |wir )?(?:\w+ ){0,5}(?:wieder|zuruck|erst) (?:\w+ ){0,5}?(?:erreichbar"
    r"|da|zuruck|im (?:buro|hause?|dienst)|fur sie da|anwesend|ab)",
    r"wieder (?:im (?:buro|hause?)|da|erreichbar|zuruck|fur sie da)|ab (?:dem )?\d+\.? ?\w* (?:\w+ )?wieder",
    r"krankgeschrieben|geschlossen (?:vom|von|bis)",
    r"absent\w* (?:du|jusqu|de|ce|cette|pour|actuellement|le|a)",
    r"(?:actuellement|suis|serai|sommes|est|je) (?:\w+ )?(?:absent\w*|en (?:conges?|vacances|deplacement|arret"
    r"|formation|conge \w+)|hors du bureau|indisponible)",
    r"de retour (?:le|au|a|lundi|mardi|mercredi|jeudi|vendredi|dans|debut|en)|en conges?",
    r"(?:je )?(?:reviens|rentre|reviendrai|rentrerai|serai de retour) (?:le|lundi|mardi|mercredi|jeudi|vendredi"
    r"|dans|demain|au)",
    r"conge (?:maternite|parental|paternite|maladie)|(?:fermes?|fermee?s?) (?:du|jusqu|pour)",
    r"fuera de (?:la |mi )?(?:oficina|pais)",
    r"(?:estoy|estare|estamos|me encuentro|estaremos) (?:\w+ )?(?:de (?:vacaciones|viaje|baja|permiso|licencia)"
    r"|ausente|fuera|en (?:un viaje|licencia))",
    r"de vacaciones (?:hasta|del|desde)",
    r"(?:regreso|regresare|vuelvo|volvere|regresamos|estare de vuelta|retorno|me reincorporo|me reincorporare|de "
    r"vuelta) (?:\w+ )?(?:el|a|al|la|lunes|martes|miercoles|jueves|viernes|manana|en)",
    r"ausente (?:hasta|del|de)|(?:sin|con) acceso (?:limitado )?a(?:l| mi)? correo",
    # Italian, Portuguese, Dutch
    r"fuori (?:ufficio|sede|citta)",
    r"(?:sono|saro|siamo|saremo) (?:\w+ )?(?:in (?:ferie|vacanza|maternita|trasferta|viaggio|malattia|congedo)"
    r"|assente|assenti|fuori|chiusi)",
    r"in ferie|assente (?:fino|dal|da|per)",
    r"(?:rientro|rientrero|torno|tornero|di ritorno|ritornero|saro di nuovo|di nuovo in ufficio|rientreremo"
    r"|riapriremo) (?:\w+ )?(?:il|in|lunedi|martedi|mercoledi|giovedi|venerdi|domani|dal|dall|l'|a)",
    r"fora do (?:escritorio|pais)",
    r"(?:estou|estarei|estamos|encontro-me|me encontro) (?:\w+ )?(?:de (?:ferias|licenca|folga|baixa)|ausente"
    r"|fora|em (?:ferias|viagem|licenca))",
    r"de ferias (?:ate|de|entre|a partir)",
    r"(?:regresso|retorno|volto|voltarei|retornarei|regressarei|estarei de volta|de volta) (?:\w+ )?(?:no|a|em"
    r"|ao|na|dia|segunda|terca|quarta|quinta|sexta|amanha)",
    r"ausente (?:ate|de|do)",
    r"(?:niet|afwezig|met|op|buiten) (?:\w+ )?(?:aanwezig|op kantoor|bereikbaar|kantoor|vakantie|verlof"
    r"|zwangerschapsverlof|reis|zakenreis) ?(?:tot|van|t/m|en|met|in)?",
    r"afwezig|(?:ben|weer|vanaf|terug) (?:\w+ ){0,4}(?:terug|weer (?:aanwezig|bereikbaar|op kantoor|terug)|op "
    r"kantoor)",
    r"terug (?:op|vanaf|in)|gesloten (?:van|tot|t/m)",
    # Polish, Nordic
    r"(?:poza (?:biurem|biuro|firma)|na (?:urlopie|zwolnieniu|macierzynskim|l4|delegacji)|urlop\w* (?:do|od)"
    r"|nieobecn\w*|(?:wracam|wroce|wracamy|bede (?:\w+ )?(?:z powrotem|dostepn\w+|ponownie)|ponownie (?:w biurze"
    r"|dostepn\w+)) ?(?:do|w|od|\d|pracy)?|przebywam na)",
    r"(?:pa|har|i|ikke pa) (?:semester|ferie|foraldraledig\w*|barsel\w*|permisjon|resa|reise|rejse|kontoret"
    r"|foreldrepermisjon|sjukskriven) ?(?:till|til|fram|frem|fra|fran|t\.?o\.?m|och|og|igen|igjen)?",
    r"(?:inte|ikke) (?:\w+ )?(?:pa (?:kontoret|plats|jobb|arbejde)|til stede|tillganglig|tilgjengelig|nabar"
    r"|tilgaengelig)",
    r"franvaran\w+|fravaerende|foraldraledig",
    r"(?:ater|tilbake|tilbage|tillbaka|igen) (?:\w+ )?(?:pa|i|den|mandag|mandagen|tirsdag|onsdag|torsdag|fredag"
    r"|\d|fra|fran)",
    r"tjanstledig|lomalla|poissa(?:olo)?|palaan|(?:mimo|na) (?:kancelar|dovolen)\w*",
    r"(?:jsem|budu) (?:na dovolene|mimo|zpet)|(?:izinde|ofis disinda|tatilde|seyahatte)\w*|donecegim|szabadsagon",
    r"concediu",
)
AWAY_ANYWHERE = anywhere(
    r"(?:休暇|お休み|休み|出張|不在|外出|休業)(?:中|を|に|の|と|です|し|いた|で|期間)|席を外して|戻り(?:ます|次第)|出社(?:予定|し)|休假|外出中|出差|不在(?:办公室|辦公室)"
    r"|年假|产假",
    r"產假|返回(?:办公室|辦公室)|(?:휴가|출장|부재|육아휴직|외근)",
    r"(?:в отпуске|отсутствую|отсутствует|вне офиса|в командировке|на больничном|в декрете|вернусь|буду на месте"
    r"|не в офисе|у відпустці)",
    r"אני בחופשה|خارج المكتب|في إجازة|εκτος γραφειου|σε αδεια",
)
