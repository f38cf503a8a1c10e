"""How a question looks, with a question mark and without one."""

from __future__ import annotations

import re

from outreach.rules.replies.patterns import words

MARK = re.compile(r"[?？;](?=\s|$)|[?？؟]|か(?=[。\s]|$)|吗|嗎|呢[。\s]|까요|나요")
BEGINS = words(
    r"^[\s\W]*(?:(?:hi|hello|hey|thanks|thank you|ok|okay|great|sure|yes|and|but|so|also|just|sorry|oh|well|good|one question|quick question|question)\b[\s\W]*){0,4}"
    r"(?:who|what|what's|whats|when|where|why|how|how's|which|whose|can (?:you|u|we|i|it|they|the|my|our)|could (?:you|u|we|i|it|they|the)|would (?:you|u|it|that|the|this)|will (?:you|the|it|this|there|we|they)|do (?:you|u|we|i|they)"
    r"|does (?:it|the|this|that|your|a|anyone)|did (?:you|u|we|i|the|they)|is (?:it|there|this|that|the|your|your|anyone|delivery|vat)|are (?:you|u|there|the|we|they|these|your)|was (?:it|the|there)|were (?:you|there)|have (?:you|u|we)|has (?:the|it|anyone)|may (?:i|we)|shall (?:i|we)|should (?:i|we)"
    r"|wie|was|wann|wo|warum|wieso|welche\w*|wer|wieviel|konnen (?:sie|wir)|konnten (?:sie|wir)|kann (?:ich|man|mein\w*)|konnte (?:ich|man)|gibt es|haben sie|ist (?:es|das|der|die)|sind (?:die|das|sie)|wurden sie"
    r"|comment|quand|combien|pourquoi|quel\w*|qui|est-ce|pouvez-vous|pourriez-vous|puis-je|avez-vous|y a-t-il|peut-on|cuanto|cuando|como|donde|cual\w*|por que|quien|puede\w*|podria\w*|podemos|es posible|tienen"
    r"|quando|quanto|come|dove|perche|quale|chi|potete|puo|potrebbe|possiamo|avete|quanto|onde|qual|pode|poderia|podem|existe|wanneer|hoe|hoeveel|waar|waarom|wie|welke|kunt u|kun je|kunnen (?:we|wij|jullie)|kan (?:ik|het)"
    r"|kiedy|jak|ile|gdzie|dlaczego|czy|jaki\w*|nar|hur|vad|var|varfor|vem|vilk\w+|kan (?:ni|du|jag|vi|jeg|man|i)|hvornar|hvordan|hvad|hvor|hvorfor|hvem|hvilk\w*|nar kan|ne zaman|nasil|kac|nerede|neden|kim|milloin|miten|paljonko|kuinka|kdy|kolik|proc|muzete"
    r"|когда|сколько|как|где|почему|кто|можно ли|можете)\b",
)
ASKS = words(
    r"(?:i have|we have|got|had|just|one|another|a|quick|few|some) (?:\w+ )?questions?\b(?! answered)|(?:i'd like|i would like|we'd like|want|wanted|wondering|curious|wonder|need|love) (?:to (?:know|ask|understand|find out)|if|whether|how|when|what|why)|(?:please|pls|plz|kindly) (?:explain|clarify|confirm (?:if|whether|what|when|how|that)|let (?:me|us) know (?:if|when|what|how|whether|which|where|who|about)|tell (?:me|us) (?:if|when|what|how|whether|more|about|who|where))|(?:let (?:me|us) know|tell (?:me|us)) (?:if|when|what|how|whether|which|how much|who|where)(?! (?:you (?:need|want|have any|would like)|i can|we can|anything|there is anything))|(?:not sure|unclear|don't understand|do not understand|unsure|not clear) (?:\w+ )?(?:what|how|if|whether|when|why|which)",
    r"(?:habe|hatte|haben|hatten) (?:\w+ ){0,3}fragen?\b|(?:mochte|wurde|wollte) (?:\w+ ){0,4}(?:wissen|fragen)|(?:ai|aurais|avons) (?:\w+ )?questions?|(?:voudrais|aimerais|souhaite|souhaiterais) (?:savoir|connaitre)|(?:tengo|tenemos|tendria) (?:\w+ )?(?:preguntas?|dudas?)|(?:quisiera|quiero|me gustaria) saber|(?:ho|avrei|abbiamo) (?:\w+ )?domand[ae]|vorrei sapere|(?:tenho|temos) (?:\w+ )?(?:perguntas?|duvidas?)|gostaria de saber|(?:heb|hebben|had) (?:\w+ )?(?:vraag|vragen)|(?:mam|mamy) (?:\w+ )?pytani\w*|chcial\w+ (?:wiedziec|zapytac|sie dowiedziec)|(?:har|hade|havde) (?:\w+ )?(?:en fraga|fragor|et sporgsmal|sporgsmal|et sporsmal|sporsmal)|(?:undrar|lurer|undrer) (?:\w+ )?(?:om|hur|nar|pa|hvor|hvordan)",
)
#: Where did you get my address: a question, and often more than that.
WHOSE_ADDRESS = words(
    r"(?:how|where|who|why)[^.!?\n]{0,25} (?:get|got|gave|give|find|found|obtain|obtained|have|has|buy|bought|source|sold)(?: \w+){0,3} (?:my|this|our) (?:\w+ )?(?:e-?mail|number|address|details|contact|data|info\w*|name|phone)",
    r"(?:woher|wie) (?:haben|hast|habt|kommen|kommt) (?:sie|du|ihr) (?:\w+ )?(?:meine|an meine)|(?:ou|comment|qui)[^.!?\n]{0,30}(?:mon|mes|ma) (?:adresse|numero|coordonnees|mail|e-?mail|donnees)|(?:como|de donde|quien)[^.!?\n]{0,30}(?:mi|mis|meu|meus) (?:correo|numero|datos|e-?mail|telefono|contacto|dados|contato)|(?:come|dove|chi)[^.!?\n]{0,30}(?:mio|miei|mia) (?:numero|indirizzo|dati|mail|e-?mail|contatto)|(?:hoe|waar|wie)[^.!?\n]{0,30}mijn (?:nummer|adres|gegevens|mailadres|e-?mail\w*)|skad (?:\w+ )*moj\w*",
)
