"""What machines answer by themselves: told by the headers of the mail (RFC 3834), by its subject, and by its words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from outreach.rules.replies.patterns import anywhere, words

AWAY_SUBJECT = re.compile(
    r"\b(?:out[- ]of[- ](?:the[- ])?office|ooo\b|away from|on (?:annual |parental |maternity |paternity |sick |medical )?leave|on (?:vacation|holiday)"
    r"|abwesen\w*|nicht im (?:buro|hause?)|im urlaub|urlaub\w*|ausser haus"
    r"|absen(?:ce|t|te)\b|conges?\b|message d'absence|absence du bureau|hors du bureau"
    r"|fuera de (?:la )?(?:la )?oficina|ausencia|vacaciones|ausente"
    r"|fuori (?:sede|ufficio)|assen(?:te|za)|in ferie"
    r"|fora do escritorio|ausencia temporaria|de ferias"
    r"|afwezig\w*|niet aanwezig|met vakantie|op vakantie"
    r"|nieobecn\w*|poza biurem|urlop\w*"
    r"|franvaro\w*|franvarande|semester|ikke (?:til stede|pa kontoret)|fravaer\w*|ferie\w*|ikke pa kontoret|pa ferie|frånvar\w*|lomalla|poissa\w*"
    r"|v nepritomnosti|nepritomn\w*|mimo kancelar|ofis disi\w*|izinde\w*|вне офиса|отсутств\w*|в отпуске|不在|休暇|外出|休假|부재)",
    re.IGNORECASE,
)
AUTO_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer|responder)|automatische? (?:antwort|antwoord)|automatiskt? sva\w+|autosvar|autorespon\w+"
    r"|reponse automatique|respuesta automatica|risposta automatica|resposta automatica|odpowiedz automatyczna|automaattinen vastaus|otomatik yanit"
    r"|automaticka odpoved|автоответ|автоматический ответ|自動(?:応答|返信)|自动(?:回复|答复)|自動回覆|자동\s?(?:응답|회신)|auto:|\[auto)"
    r"|(?:ticket|case|request|anfrage|vorgang) ?(?:#|no\.?|nr\.?|id)? ?:? ?[\w-]*\d{3,}|\[(?:ticket|case|request|#)[^\]]*\]|(?:we|wir) (?:have )?(?:received|haben ihre)",
    re.IGNORECASE,
)
RETURNED_SUBJECT = re.compile(
    r"(?:undeliver(?:able|ed)|delivery (?:status notification|failure|has failed|incomplete|delayed)|mail delivery|returned mail|failure notice|unzustellbar|nicht zustellbar|non remis|no se pudo entregar"
    r"|mail system error|message not delivered|onbestelbaar|mancata consegna|nao entregue|nie dostarczono|read: |gelesen: |lu ?: )",
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
    r"(?:this is|this was) an? (?:auto\w*|computer)[- ](?:generated )?(?:\w+ )?(?:message|response|reply|e-?mail|notification|mail|answer|acknowledge?ment)|auto(?:matic|mated|matically)?[- ](?:generated |sent )?(?:reply|response|responder|acknowledge?ment)|(?:sent|generated) automatically|automatically generated",
    r"(?:please )?(?:do not|don't) (?:reply|respond|answer) (?:to|directly to) (?:this|that)|no-?reply (?:address|mailbox)|(?:mailbox|inbox|address|account|e-?mail) (?:is|was|are) (?:not|no longer|un) ?(?:being )?(?:monitored|attended|read|checked|in use|active)|unmonitored|unattended (?:mailbox|inbox)",
    r"(?:your|a|new|this) (?:\w+ )?(?:ticket|case|request|enquiry|inquiry|query|support request) (?:\w+ )?(?:\W?\w*\d+\w* )?(?:has been|was|is|have been) (?:\w+ )?(?:received|created|opened|logged|registered|assigned|updated|submitted|recorded|queued|raised|closed|resolved)|(?:ticket|case|reference|request) (?:number|id|no|#)\b ?(?:is )?:? ?[\w#-]*\d+|ticket ?#? ?\d{3,}",
    r"(?:we|we've|we have) (?:have )?(?:successfully )?(?:received|got) your (?:\w+ )?(?:message|e-?mail|request|enquiry|inquiry|query|mail|submission|correspondence)(?: and (?:will|we|our|someone|a member|are)|[.,]? ?(?:we|our team|someone|a member|one of)|[.!]|$)|thank(?:s| you) for (?:contacting|reaching out to|getting in touch with|writing to|your (?:e-?mail|message|enquiry|inquiry|request)(?: to)?)(?: \w+){0,4}[.!,]? ?(?:we|our|someone|a member|one of|this)(?:'ll| will| aim| have| usually| team| of| is| try| endeavou?r)",
    r"(?:will|aim to|try to|strive to) (?:respond|reply|answer|get back|be in touch)(?: to (?:you|your \w+))?(?: \w+)? (?:within|in|as soon as possible)(?: (?:the next )?(?:\d+|one|two|three|24|48))?(?: \w+)? ?(?:hours?|days?|working|business)",
    r"(?:typically|usually|normally|generally) (?:reply|respond|answer|get back)(?: to (?:you|\w+ \w+))? (?:with)?in",
    r"(?:message|mail|e-?mail|delivery|letter) (?:could not|couldn't|can't|cannot|has not|was not|wasn't|failed to) (?:be )?deliver\w*|undeliverable|delivery (?:status notification|to the following|has failed|failure)|mail(?:er)?[- ]daemon|recipient(?:'s)? (?:address )?(?:rejected|mailbox is full|not found|unknown)|(?:mailbox|inbox|quota) (?:is )?(?:full|exceeded|unavailable)|(?:address|user|recipient|mailbox) (?:not found|unknown|does(?:n't| not) exist)|permanent (?:fatal )?error|550[- ]5|your message (?:was read|has been read)|to (?:confirm|prove) (?:that )?you(?:'re| are) (?:a )?(?:human|not a robot)|(?:verify|confirm) (?:your|the) (?:sender|identity) (?:by|to)",
    r"(?:office|opening|business) hours are (?:mon|from|\d)",
    r"(?:melden|antworten|kummern|bearbeiten) (?:\w+ ){0,4}(?:innerhalb|binnen|so schnell wie moglich|schnellstmoglich)|(?:innerhalb|binnen) (?:von )?(?:\d+|zwei|drei|weniger) (?:stunden|tagen|werktagen|arbeitstagen)|(?:repondrons|repondre|reviendrons|reponse)[^.!?\n]{0,30}(?:sous|dans les?|dans un delai|plus brefs)|(?:responderemos|contestaremos|respuesta)[^.!?\n]{0,30}(?:plazo|en \d+|brevedad|horas)|(?:risponderemo|ricontatteremo)[^.!?\n]{0,30}(?:entro|presto|prima possibile)|(?:responderemos|retornaremos)[^.!?\n]{0,30}(?:ate|horas|breve)|(?:binnen|zo snel mogelijk)[^.!?\n]{0,30}(?:uur|werkdagen|contact|antwoord|reactie)|(?:odpowiemy|skontaktujemy)[^.!?\n]{0,30}(?:ciagu|wkrotce|najszybciej)",
    # German, French, Spanish
    r"automatisch (?:\w+ )?(?:generierte|erstellte|erzeugte|versandte|versendete|generiert|erstellt|erzeugt|versendet)|automatische (?:antwort|nachricht|e-?mail|eingangsbestatigung|mail)|(?:bitte )?(?:antworten sie )?nicht (?:\w+ )?auf diese (?:e-?mail|mail|nachricht)|(?:ihre|deine) (?:anfrage|nachricht|e-?mail|mail) (?:\w+ )?(?:ist|wurde|haben wir|erhalten|bei uns) ?(?:\w+ ){0,4}(?:eingegangen|erhalten|registriert|aufgenommen)|(?:vorgangs|ticket|fall|bearbeitungs)-?(?:nummer|nr)|dieses postfach wird nicht|nicht zugestellt werden|eingangsbestatigung",
    r"(?:reponse|message|courriel|e-?mail|accuse) (?:\w+ )?automatique|(?:ne (?:pas )?(?:repondre|repondez)|merci de ne pas repondre)|(?:avons|a) (?:bien )?(?:ete )?(?:recu|enregistre) votre (?:demande|message|courriel|e-?mail|mail)|votre (?:demande|message|courriel|mail) (?:\w+ )?(?:a (?:bien )?ete|est) (?:\w+ )?(?:recu\w*|enregistre\w*|prise? en compte|transmis\w*)|numero de (?:ticket|dossier)|boite (?:\w+ )?n'est pas (?:consultee|surveillee|relevee)|accuse de reception",
    r"(?:respuesta|mensaje|correo) (?:\w+ )?(?:automatic[oa]|generado automaticamente)|(?:no responda|no conteste|por favor no responder?) (?:a )?(?:este|ese)|hemos recibido su (?:mensaje|correo|solicitud|consulta)|su (?:solicitud|mensaje|consulta|ticket) (?:\w+ )?(?:ha sido|fue) (?:recibid|registrad|cread)\w+|numero de (?:ticket|caso)|buzon no (?:esta|es) (?:monitor|atend|supervis)\w+|acuse de recibo",
    # Italian, Portuguese, Dutch, Polish, Nordic
    r"(?:risposta|messaggio|e-?mail) (?:\w+ )?(?:automatic[oa]|generat\w+ automaticamente)|(?:non rispondere|si prega di non rispondere) a|abbiamo ricevuto (?:la )?(?:sua|vostra|tua) (?:richiesta|e-?mail|mail|messaggio)|(?:la )?sua richiesta e stata (?:ricevuta|registrata|presa)|casella non (?:e )?(?:monitorata|presidiata)",
    r"(?:resposta|mensagem|e-?mail) (?:\w+ )?(?:automatic[oa]|gerad[oa] automaticamente)|(?:nao responda|favor nao responder|por favor nao responda) (?:a |esta|este)?|recebemos (?:a )?(?:sua|seu|o seu) (?:mensagem|e-?mail|solicitacao|pedido|contato|contacto)|(?:seu|o seu) (?:chamado|ticket|pedido) (?:\w+ )?(?:foi|n)",
    r"(?:automatisch(?:e)? (?:antwoord|bericht|gegenereerd\w*|verzonden|bevestiging|reactie|mail)|(?:niet|gelieve niet) (?:\w+ )?(?:op deze|te antwoorden|te beantwoorden)|(?:hebben|we|wij) (?:\w+ )?(?:uw|je|jouw) (?:bericht|e-?mail|mail|vraag|verzoek|aanvraag) (?:\w+ )?(?:ontvangen|in goede orde))|ontvangstbevestiging|(?:wordt|worden) niet (?:gelezen|gemonitord|beheerd)|(?:wiadomosc|odpowiedz|mail) (?:\w+ )?(?:automatyczn\w+|wygenerowan\w+ automatycznie)|(?:nie odpowiadaj|prosimy nie odpowiadac|prosze nie odpowiadac)|otrzymalismy (?:panstwa|twoja|pana|pani) (?:wiadomosc|zgloszenie|zapytanie)|(?:zgloszenie|wiadomosc) (?:\w+ )?zostal\w+ (?:zarejestrowan|przyjet|otrzyman)\w+|numer zgloszenia",
    r"(?:automatiskt|automatisk) (?:\w+ )?(?:svar|meddelande|genererat|besked|melding|generert|genereret|mail|mejl|bekraftelse)|autosvar|(?:svara|svar) (?:inte|ikke) (?:pa|paa)|(?:vi har|har vi|vi) (?:\w+ )?(?:mottagit|modtaget|mottatt) (?:ditt|din|dit) (?:arende|meddelande|henvendelse|besked|melding|mejl|mail|e-?post)|arendenummer|sagsnummer|saksnummer|automaattinen (?:vastaus|viesti)|olemme vastaanottaneet|automaticka (?:odpoved|zprava)|otomatik (?:yanit|mesaj|cevap)\w*",
)
AUTO_ANYWHERE = anywhere(
    r"自動(?:返信|応答|送信|配信)|(?:この|本)メール(?:に|へ)(?:は)?(?:返信|ご返信)(?:し|でき|いただ)|お問い合わせ(?:を|いただき)[^。]{0,20}(?:受け付け|ありがとう)|受付(?:番号|いたしました)|自动(?:回复|答复|发送)|自動(?:回覆|發送)|请勿(?:直接)?回复|請勿(?:直接)?回覆|(?:已|我们已)(?:经)?收到您的|工单|자동\s?(?:응답|발송|회신)|회신하지\s?마|автоматическ\w+ (?:ответ|сообщени|уведомлени|письмо)\w*|не отвечайте на это|ваше (?:обращение|письмо|сообщение|заявка) (?:получено|принято|зарегистрирован\w+)|номер (?:заявки|обращения)"
)
AWAY = words(
    r"out of (?:the )?(?:office|country|town)|out[- ]of[- ](?:the-)?office|(?:i'm|i am|am|be|currently|is|will be|we're|we are|he is|she is|been) (?:currently |now |away |also |still )*(?:on|taking) (?:\w+ )?(?:annual leave|leave|vacation|holidays?|parental leave|maternity leave|paternity leave|sick leave|pto|a break|sabbatical|honeymoon|a business trip|business trip|jury duty)|on (?:annual|parental|maternity|paternity|sick|medical|extended|compassionate) leave|(?:ooo|pto)(?= )|away (?:from (?:the |my )?(?:office|desk|e-?mail|work|keyboard)|until|till|from \d|through|on (?:business|holiday|vacation|leave)|this week|next week|for (?:the|a|two|three))|(?:office|we|store|shop|studio|we'll be|school|company) (?:is|are|will be|be) (?:currently )?closed (?:from|until|for|between|through|over|on)|(?:limited|no|without|intermittent|little|sporadic|restricted) (?:\w+ )?access to (?:my )?(?:e-?mails?|phone|internet)|(?:will|won't) be (?:back|available|returning|reachable|unavailable) (?:\w+ )?(?:on|until|from|in|again|at|next|monday|tuesday|wednesday|thursday|friday|before)|(?:return|returning|back|be back) (?:(?:in|to|at) )?(?:the |my )?(?:office|work|desk)? ?(?:on (?:the )?(?:\d|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|in (?:the office|a week|a few|two|three|\d|january|february|march|april|may|june|july|august|september|october|november|december)|after|monday|tuesday|wednesday|thursday|friday|\d|next|tomorrow|january|february|march|april|may|june|july|august|september|october|november|december)|back (?:on (?!track|board|schedule|course|budget|it\b|my feet)|in the office|at work|from (?:vacation|holiday|leave))|(?:currently|temporarily) (?:unavailable|away|travel\w+|out)|(?:i'm|i am|we're|we are|be) (?:travel\w+|unavailable|off|off work|off sick|at a conference|on the road) (?:\w+ )?(?:until|till|from|through|and|with|this|next|on|for)|not (?:be )?(?:in the office|at my desk|available|reachable|reading (?:my )?e-?mails?) (?:\w+ )?(?:until|till|from|this|next|on|and|between|today|for|before)",
    # German, French, Spanish
    r"nicht (?:\w+ )?(?:im buro|im haus|im hause|am arbeitsplatz|erreichbar|da\b|anwesend)|ausser haus|(?:abwesend|abwesenheit\w*)|(?:im|in|auf) (?:\w+ )?(?:urlaub|elternzeit|mutterschutz|dienstreise|geschaftsreise|ferien|betriebsurlaub|krankenstand)|(?:bin|sind|werde|ist) (?:ich |wir )?(?:\w+ ){0,5}(?:wieder|zuruck|erst) (?:\w+ ){0,5}?(?:erreichbar|da|zuruck|im (?:buro|hause?|dienst)|fur sie da|anwesend|ab)|wieder (?:im (?:buro|hause?)|da|erreichbar|zuruck|fur sie da)|ab (?:dem )?\d+\.? ?\w* (?:\w+ )?wieder|krankgeschrieben|geschlossen (?:vom|von|bis)",
    r"absent\w* (?:du|jusqu|de|ce|cette|pour|actuellement|le|a)|(?:actuellement|suis|serai|sommes|est|je) (?:\w+ )?(?:absent\w*|en (?:conges?|vacances|deplacement|arret|formation|conge \w+)|hors du bureau|indisponible)|de retour (?:le|au|a|lundi|mardi|mercredi|jeudi|vendredi|dans|debut|en)|en conges?|(?:je )?(?:reviens|rentre|reviendrai|rentrerai|serai de retour) (?:le|lundi|mardi|mercredi|jeudi|vendredi|dans|demain|au)|conge (?:maternite|parental|paternite|maladie)|(?:fermes?|fermee?s?) (?:du|jusqu|pour)",
    r"fuera de (?:la |mi )?(?:oficina|pais)|(?:estoy|estare|estamos|me encuentro|estaremos) (?:\w+ )?(?:de (?:vacaciones|viaje|baja|permiso|licencia)|ausente|fuera|en (?:un viaje|licencia))|de vacaciones (?:hasta|del|desde)|(?:regreso|regresare|vuelvo|volvere|regresamos|estare de vuelta|retorno|me reincorporo|me reincorporare|de vuelta) (?:\w+ )?(?:el|a|al|la|lunes|martes|miercoles|jueves|viernes|manana|en)|ausente (?:hasta|del|de)|(?:sin|con) acceso (?:limitado )?a(?:l| mi)? correo",
    # Italian, Portuguese, Dutch
    r"fuori (?:ufficio|sede|citta)|(?:sono|saro|siamo|saremo) (?:\w+ )?(?:in (?:ferie|vacanza|maternita|trasferta|viaggio|malattia|congedo)|assente|assenti|fuori|chiusi)|in ferie|assente (?:fino|dal|da|per)|(?:rientro|rientrero|torno|tornero|di ritorno|ritornero|saro di nuovo|di nuovo in ufficio|rientreremo|riapriremo) (?:\w+ )?(?:il|in|lunedi|martedi|mercoledi|giovedi|venerdi|domani|dal|dall|l'|a)",
    r"fora do (?:escritorio|pais)|(?:estou|estarei|estamos|encontro-me|me encontro) (?:\w+ )?(?:de (?:ferias|licenca|folga|baixa)|ausente|fora|em (?:ferias|viagem|licenca))|de ferias (?:ate|de|entre|a partir)|(?:regresso|retorno|volto|voltarei|retornarei|regressarei|estarei de volta|de volta) (?:\w+ )?(?:no|a|em|ao|na|dia|segunda|terca|quarta|quinta|sexta|amanha)|ausente (?:ate|de|do)",
    r"(?:niet|afwezig|met|op|buiten) (?:\w+ )?(?:aanwezig|op kantoor|bereikbaar|kantoor|vakantie|verlof|zwangerschapsverlof|reis|zakenreis) ?(?:tot|van|t/m|en|met|in)?|afwezig|(?:ben|weer|vanaf|terug) (?:\w+ ){0,4}(?:terug|weer (?:aanwezig|bereikbaar|op kantoor|terug)|op kantoor)|terug (?:op|vanaf|in)|gesloten (?:van|tot|t/m)",
    # Polish, Nordic
    r"(?:poza (?:biurem|biuro|firma)|na (?:urlopie|zwolnieniu|macierzynskim|l4|delegacji)|urlop\w* (?:do|od)|nieobecn\w*|(?:wracam|wroce|wracamy|bede (?:\w+ )?(?:z powrotem|dostepn\w+|ponownie)|ponownie (?:w biurze|dostepn\w+)) ?(?:do|w|od|\d|pracy)?|przebywam na)",
    r"(?:pa|har|i|ikke pa) (?:semester|ferie|foraldraledig\w*|barsel\w*|permisjon|resa|reise|rejse|kontoret|foreldrepermisjon|sjukskriven) ?(?:till|til|fram|frem|fra|fran|t\.?o\.?m|och|og|igen|igjen)?|(?:inte|ikke) (?:\w+ )?(?:pa (?:kontoret|plats|jobb|arbejde)|til stede|tillganglig|tilgjengelig|nabar|tilgaengelig)|franvaran\w+|fravaerende|foraldraledig|(?:ater|tilbake|tilbage|tillbaka|igen) (?:\w+ )?(?:pa|i|den|mandag|mandagen|tirsdag|onsdag|torsdag|fredag|\d|fra|fran)|tjanstledig|lomalla|poissa(?:olo)?|palaan|(?:mimo|na) (?:kancelar|dovolen)\w*|(?:jsem|budu) (?:na dovolene|mimo|zpet)|(?:izinde|ofis disinda|tatilde|seyahatte)\w*|donecegim|szabadsagon|concediu",
)
AWAY_ANYWHERE = anywhere(
    r"(?:休暇|お休み|休み|出張|不在|外出|休業)(?:中|を|に|の|と|です|し|いた|で|期間)|席を外して|戻り(?:ます|次第)|出社(?:予定|し)|休假|外出中|出差|不在(?:办公室|辦公室)|年假|产假|產假|返回(?:办公室|辦公室)|(?:휴가|출장|부재|육아휴직|외근)|(?:в отпуске|отсутствую|отсутствует|вне офиса|в командировке|на больничном|в декрете|вернусь|буду на месте|не в офисе|у відпустці)|אני בחופשה|خارج المكتب|في إجازة|εκτος γραφειου|σε αδεια",
)
