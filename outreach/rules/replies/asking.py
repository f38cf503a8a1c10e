"""How a question looks, with a question mark and without one."""

from __future__ import annotations

import re

from outreach.rules.replies.patterns import words

MARK = re.compile(r"[?？;](?=\s|$)|[?？؟]|か(?=[。\s]|$)|吗|嗎|呢[。\s]|까요|나요")
BEGINS = words(
    r"^[\s\W]*(?:(?:hi|hello|hey|thanks|thank you|ok|okay|great|sure|yes|and|but|so|also|just|sorry|oh|well|good"
    r"|one question|quick question|question)\b[\s\W]*){0,4}(?:who|what|what's|whats|when|where|why|how|how's"
    r"|which|whose|can (?:you|u|we|i|it|they|the|my|our)|could (?:you|u|we|i|it|they|the)|would (?:you|u|it|that"
    r"|the|this)|will (?:you|the|it|this|there|we|they)|do (?:you|u|we|i|they)|does (?:it|the|this|that|your|a"
    r"|anyone)|did (?:you|u|we|i|the|they)|is (?:it|there|this|that|the|your|your|anyone|delivery|vat)|are "
    r"(?:you|u|there|the|we|they|these|your)|was (?:it|the|there)|were (?:you|there)|have (?:you|u|we)|has "
    r"(?:the|it|anyone)|may (?:i|we)|shall (?:i|we)|should (?:i|we)|wie|was|wann|wo|warum|wieso|welche\w*|wer"
    r"|wieviel|konnen (?:sie|wir)|konnten (?:sie|wir)|kann (?:ich|man|mein\w*)|konnte (?:ich|man)|gibt es|haben "
    r"sie|ist (?:es|das|der|die)|sind (?:die|das|sie)|wurden sie|comment|quand|combien|pourquoi|quel\w*|qui"
    r"|est-ce|pouvez-vous|pourriez-vous|puis-je|avez-vous|y a-t-il|peut-on|cuanto|cuando|como|donde|cual\w*|por "
    r"que|quien|puede\w*|podria\w*|podemos|es posible|tienen|quando|quanto|come|dove|perche|quale|chi|potete|puo"
    r"|potrebbe|possiamo|avete|quanto|onde|qual|pode|poderia|podem|existe|wanneer|hoe|hoeveel|waar|waarom|wie"
    r"|welke|kunt u|kun je|kunnen (?:we|wij|jullie)|kan (?:ik|het)|kiedy|jak|ile|gdzie|dlaczego|czy|jaki\w*|nar"
    r"|hur|vad|var|varfor|vem|vilk\w+|kan (?:ni|du|jag|vi|jeg|man|i)|hvornar|hvordan|hvad|hvor|hvorfor|hvem"
    r"|hvilk\w*|nar kan|ne zaman|nasil|kac|nerede|neden|kim|milloin|miten|paljonko|kuinka|kdy|kolik|proc|muzete"
    r"|когда|сколько|как|где|почему|кто|можно ли|можете)\b",
)
ASKS = words(
    r"(?:i have|we have|got|had|just|one|another|a|quick|few|some) (?:\w+ )?questions?\b(?! answered)",
    r"(?:i'd like|i would like|we'd like|want|wanted|wondering|curious|wonder|need|love) (?:to (?:know|ask"
    r"|understand|find out)|if|whether|how|when|what|why)",
    r"(?:please|pls|plz|kindly) (?:explain|clarify|confirm (?:if|whether|what|when|how|that)|let (?:me|us) know "
    r"(?:if|when|what|how|whether|which|where|who|about)|tell (?:me|us) (?:if|when|what|how|whether|more|about"
    r"|who|where))",
    r"(?:let (?:me|us) know|tell (?:me|us)) (?:if|when|what|how|whether|which|how much|who|where)(?! (?:you "
    r"(?:need|want|have any|would like)|i can|we can|anything|there is anything))",
    r"(?:not sure|unclear|don't understand|do not understand|unsure|not clear) (?:\w+ )?(?:what|how|if|whether"
    r"|when|why|which)",
    r"(?:habe|hatte|haben|hatten) (?:\w+ ){0,3}fragen?\b|(?:mochte|wurde|wollte) (?:\w+ ){0,4}(?:wissen|fragen)",
    r"(?:ai|aurais|avons) (?:\w+ )?questions?|(?:voudrais|aimerais|souhaite|souhaiterais) (?:savoir|connaitre)",
    r"(?:tengo|tenemos|tendria) (?:\w+ )?(?:preguntas?|dudas?)|(?:quisiera|quiero|me gustaria) saber",
    r"(?:ho|avrei|abbiamo) (?:\w+ )?domand[ae]|vorrei sapere|(?:tenho|temos) (?:\w+ )?(?:perguntas?|duvidas?)",
    r"gostaria de saber|(?:heb|hebben|had) (?:\w+ )?(?:vraag|vragen)|(?:mam|mamy) (?:\w+ )?pytani\w*",
    r"chcial\w+ (?:wiedziec|zapytac|sie dowiedziec)",
    r"(?:har|hade|havde) (?:\w+ )?(?:en fraga|fragor|et sporgsmal|sporgsmal|et sporsmal|sporsmal)",
    r"(?:undrar|lurer|undrer) (?:\w+ )?(?:om|hur|nar|pa|hvor|hvordan)",
)
#: A courtesy is no question.
COURTESY = re.compile(
    r"\W*(?:how are you|how do you do|hope you|how's it going|alles gut|wie geht|ca va)\b.{0,20}$", re.DOTALL
)
#: Where did you get my address: a question, and often more than that.
WHOSE_ADDRESS = words(
    r"(?:how|where|who|why)[^.!?\n]{0,25} (?:get|got|gave|give|find|found|obtain|obtained|have|has|buy|bought"
    r"|source|sold)(?: \w+){0,3} (?:my|this|our) (?:\w+ )?(?:e-?mail|number|address|details|contact|data"
    r"|info\w*|name|phone)",
    r"(?:woher|wie) (?:haben|hast|habt|kommen|kommt) (?:sie|du|ihr) (?:\w+ )?(?:meine|an meine)",
    r"(?:ou|comment|qui)[^.!?\n]{0,30}(?:mon|mes|ma) (?:adresse|numero|coordonnees|mail|e-?mail|donnees)",
    r"(?:como|de donde|quien)[^.!?\n]{0,30}(?:mi|mis|meu|meus) (?:correo|numero|datos|e-?mail|telefono"
    r"|contacto|dados|contato)",
    r"(?:come|dove|chi)[^.!?\n]{0,30}(?:mio|miei|mia) (?:numero|indirizzo|dati|mail|e-?mail|contatto)",
    r"(?:hoe|waar|wie)[^.!?\n]{0,30}mijn (?:nummer|adres|gegevens|mailadres|e-?mail\w*)|skad (?:\w+ )*moj\w*",
)
