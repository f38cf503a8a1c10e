"""How people say in other languages that they want no more messages. Without accents, as phrases are looked for."""

from __future__ import annotations

from outreach.rules.replies.patterns import words

_DE_MAILS = (
    r"(?:e-?mails?|mails?|nachrichten|nachricht|werbung|werbemails?|sms|anrufe|newsletter|post|angebote"
    r"|kontaktaufnahmen?|kontakt|spam|whatsapps?|schreiben)"
)
_FR_MAILS = (
    r"(?:e-?mails?|mails?|messages?|courriels?|sms|textos?|appels?|newsletters?|publicites?|pubs?"
    r"|sollicitations?|relances?|spams?)"
)
_ES_MAILS = (
    r"(?:correos?|e-?mails?|mails?|mensajes?|sms|llamadas?|publicidad|spam|whatsapps?|comunicaciones"
    r"|newsletters?|boletin(?:es)?)"
)
_IT_MAILS = r"(?:e-?mail|mail|messaggi|messaggio|sms|chiamate|telefonate|pubblicita|newsletter|comunicazioni|spam)"
_PT_MAILS = (
    r"(?:e-?mails?|mensagens|mensagem|sms|ligacoes|chamadas|publicidade|propagandas?|spam|newsletters?"
    r"|contactos?|contatos?)"
)
_NL_MAILS = (
    r"(?:e-?mails?|mails?|mailtjes|berichten|berichtjes|sms(?:jes)?|reclame|nieuwsbrief|nieuwsbrieven"
    r"|telefoontjes|appjes|spam|post)"
)
_PL_MAILS = (
    r"(?:maili|mail|maile|wiadomosci|sms-?(?:ow|y)|telefonow|reklam|ofert|newslettera?|newsletterow|spamu"
    r"|korespondencji|e-maili)"
)
_NO_MAILS = (
    r"(?:mejl|mail|mails|e-?post|e-?mails?|meddelanden|beskeder|meldinger|sms(?:er)?|utskick|reklam(?:e)?|samtal"
    r"|opkald|nyhetsbrev|nyhedsbreve|spam|henvendelser)"
)

CLEAR = words(
    # German
    r"(?<!warum )(?<!wieso )(?<!weshalb )(?<!wenn )(?:schreiben|kontaktieren|belastigen|mailen|kontaktiert"
    r"|schreibt|schreib|kontaktier|rufen|ruft|ruf|senden|schicken|sendet|schickt|schick|melden|nerven|nervt"
    r"|nerv) (?:sie |ihr )?(?:mich|mir|uns) (?:(?:bitte|ab sofort|in zukunft|kunftig|doch|endlich|einfach|jetzt"
    r"|per|mail|e-mail|sms) ){0,3}(?:nicht mehr|nie wieder|nie mehr|nichts mehr|nicht weiter|nicht wieder"
    r"|nicht)(?: an| mehr an| mehr)?(?=\s*(?:[.!,;)]|$))",
    r"(?:schreiben|kontaktieren|belastigen|mailen|anrufen|senden|schicken|schreib"
    r"|nerv)\b[^.!?\n]{0,40}(?:nicht mehr|nie wieder|nie mehr|nichts mehr)",
    r"(?:nicht mehr|nie wieder|nie mehr|nicht weiter|nicht langer|keinesfalls) (?:\w+ ){0,3}(?:kontaktieren"
    r"|kontaktiert|anschreiben|angeschrieben|anrufen|angerufen|belastigen|belastigt|schreiben|melden|mailen"
    r"|zuschicken|zusenden|anmailen|behelligen)",
    r"(?<!bekomme )(?<!bekommen )(?<!erhalte )(?<!habe )(?<!haben )(?<!erhielt )(?:keine|keinerlei|null|kein"
    r"|keinen) (?:(?:weiteren?|weiterer|neuen|solchen|mehr|derartigen|unaufgeforderten|euer|eure|ihre|dieser"
    rf"|diese|deine|von|ihren) ){{0,3}}{_DE_MAILS} (?:mehr|erhalten|bekommen|senden|schicken|zusenden|zuschicken"
    r"|empfangen|wunschen|erwunscht|haben|von (?:ihnen|euch|dir)|schreiben|an mich)",
    rf"keine (?:weiteren|neuen) {_DE_MAILS}",
    r"(?:bitte|mochte|will|wunsche|wollen|mochten) (?:\w+ ){0,2}(?:keine|keinerlei|kein|keinen)(?: \w+){0,2} "
    rf"{_DE_MAILS}(?: mehr)?",
    r"bitte (?:keine|nichts|kein|keinen)(?: \w+){0,2} mehr",
    r"(?:mochte|will|wunsche|wollen|mochten) (?:(?:ich|wir|von|ihnen|euch|das|dies|auch|wirklich|absolut|gar"
    r"|uberhaupt) ){0,4}(?:nicht mehr|nichts mehr|keinen kontakt|in ruhe|nicht kontaktiert|nicht "
    r"angeschrieben)(?! (?:warten|teilnehmen|dabei|mitmachen|wechseln|verlangern|weiter))",
    r"(?:mich|mir|uns|meine \w+|meinen \w+|diese (?:adresse|nummer|mail\w*)) (?:(?:bitte|umgehend|sofort|endlich"
    r"|ab|jetzt|wieder|doch|sie|aus|von|vom|der|dem|ihrer|ihrem|eurer|eurem|der|liste|verteiler|newsletter"
    r"|datenbank|mailingliste|system) ){0,7}(?:streichen|loschen|entfernen|austragen|abmelden|abbestellen"
    r"|herausnehmen|rausnehmen|nehmen|sperren|abzumelden|auszutragen|zu loschen|zu streichen|zu entfernen)(?! "
    r"(?:vom|von der|aus dem|fur) (?:kurs|termin|training|stunde))",
    r"(?:streichen|loschen|entfernen|nehmen|tragen|melden|losch|streich|nimm|entfern|trag|meld|loscht|streicht"
    r"|nehmt|entfernt|meldet|werfen) (?:sie |ihr )?(?:(?:bitte|umgehend|sofort|endlich|doch|alle|mal) "
    r"){0,2}(?:mich|uns|meine|meinen|diese|unsere) (?:(?:\w+ ){0,2}(?:daten|adresse|nummer|e-?mail-?adresse"
    r"|mailadresse|kontakt\w*|namen|telefonnummer|handynummer|mail|e-?mail)|(?:bitte |sofort )?(?:aus|von|ab"
    r"|raus|heraus)\b)(?! (?:dem|der) (?:kurs|termin|rechnung))",
    r"(?:aus|von|vom) (?:(?:dem|der|ihrem|ihrer|eurem|eurer|allen|diesem|dieser) )?(?:\w+ )?(?:verteiler"
    r"|mailingliste|verteilerliste|adressliste|newsletter|kontaktliste|mailverteiler|e-?mail-?liste) (?:\w+ "
    r")?(?:streichen|loschen|entfernen|nehmen|austragen|abmelden|raus)",
    r"(?:lassen|lass|lasst) (?:sie )?(?:mich|uns) (?:\w+ )?(?:in ruhe|in frieden)",
    r"(?:horen|hort|hor|horn) (?:sie |ihr )?(?:bitte |endlich |sofort |jetzt )?(?:damit |mit (?:dem|den|diesen"
    r"|dieser) \w+ )?(?:bitte |endlich |sofort )?auf\b(?! (?:den|die|das|mich|unseren))",
    r"(?:aufhoren|aufzuhoren) (?:mir|mich|zu|damit|mit)|(?:damit|bitte|sofort|endlich) (?:\w+ )?aufhoren",
    r"(?:unterlassen|stellen|stoppen|beenden) sie (?:\w+ ){0,4}(?:mails|e-?mails|nachrichten|zusendung\w*"
    r"|werbung|kontakt\w*|anrufe|belastigung|ein)",
    r"(?:widerrufe|widerruf|widerspreche|widerspruch|ziehe)\b[^.!?\n]{0,60}(?:einwilligung|zustimmung|nutzung"
    r"|verarbeitung|werbung|daten|zusendung|kontakt|art\w*\.? ?21)",
    r"(?:einwilligung|zustimmung)[^.!?\n]{0,30}(?:widerrufe|widerrufen|zuruck)",
    r"(?:loschung|loschen) (?:\w+ ){0,2}(?:meiner|meine|personenbezogenen|aller|alle) (?:\w+ )?daten",
    r"dsgvo[^.!?\n]{0,60}(?:losch|widerspr|auskunft|verstoss)|(?:losch|widerspr|verstoss)[^.!?\n]{0,60}dsgvo",
    r"(?:das|dies|hier|es) ist (?:\w+ )?(?:spam|belastigung|unerwunscht|unerwunschte werbung)",
    r"unerwunschte (?:mail|mails|werbung|e-?mails?|nachrichten)|belastigen sie mich",
    r"als spam (?:gemeldet|markiert|melden)",
    r"(?:nie|nicht|nirgends) (?:\w+ ){0,3}(?:angemeldet|zugestimmt|eingewilligt|darum gebeten|abonniert"
    r"|bestellt)(?! (?:fur|zum|zur))",
    r"wie (?:kann|konnte|bestelle|melde|werde) (?:ich|man|wir) (?:(?:mich|uns|das|dies|diese\w*|eure\w*|ihre\w*"
    r"|den|die|newsletter|mails|e-?mails|nachrichten|hier|wieder|davon|sie|euch) ){0,4}(?:abbestellen|abmelden"
    r"|los|austragen|ab)(?=\s*[?.!]|$)",
    r"verpiss\w*|zieh leine|nerv nicht|nervt nicht|nicht mehr nerven|schluss (?:mit|damit|jetzt)|es reicht",
    r"mir reicht es|reicht jetzt",
    r"(?:bitte|sofort|endlich|jetzt) (?:stoppen|stopp|stop|abbestellen|abmelden|austragen"
    r"|unterlassen)(?=\s*(?:[.!,;]|$))",
    r"(?:melden|meldet|meld) (?:sie |euch |dich )?(?:sich )?(?:bitte )?(?:nicht mehr|nie (?:wieder|mehr))",
    r"nie (?:wieder|mehr) (?:melden|schreiben|anrufen|kontaktieren)",
    r"newsletter (?:\w+ )?(?:abbestellen|abmelden|kundigen|stornieren)",
    r"(?:abmeldung|abbestellung) (?:vom|von|des|ihres|eures) newsletter\w*",
    r"(?:abmeldelink|abmelde-link|abmelden-link|link zum abmelden)[^.!?\n]{0,40}(?:nicht|kaputt|fehl|wo)",
    # French
    r"(?:desabonn|desinscri|de-?sabonn)\w*[- ](?:moi|nous)",
    r"(?:me|nous|m'|se faire) (?:desabonner|desinscrire|retirer|supprimer|enlever|rayer|effacer|desabonne"
    r"|desinscris|desabonnons)",
    r"(?:retirez|supprimez|enlevez|effacez|rayez|otez|retire|supprime|enleve|sortez|virez)[- ](?:moi|nous|mon"
    r"|mes|ma|cette|notre) ?(?:\w+ ){0,4}?(?:adresse|mail|numero|nom|donnees|coordonnees|e-?mail|contact"
    r"|telephone|liste|base|fichier|mailing|compte)",
    r"(?:retirer|supprimer|enlever|effacer|rayer) (?:mon|mes|ma|notre|nos) (?:adresse|e-?mail|mail|numero|nom"
    r"|donnees|coordonnees|telephone)",
    r"(?:retirez|supprimez|enlevez|effacez|rayez)[- ](?:moi|nous)(?! (?:de la (?:reunion|commande|facture)))",
    r"ne (?:me|nous|m') ?(?:contactez|ecrivez|envoyez|appelez|relancez|derangez|harcelez|sollicitez|telephonez"
    r"|contacter|ecris|envoie|appelle|contacte|relance|ennuyez|importunez|contactes|ecrire)(?: \w+){0,2} "
    r"(?:plus|pas|jamais|rien)(?! avant| encore| le (?:matin|lundi|mardi|mercredi|jeudi|vendredi))",
    r"(?:ne )?plus (?:jamais )?(?:(?:etre|me|nous|m') ?)?(?:contacter|contacte|contactee|contactes|ecrire"
    r"|envoyer|recevoir|solliciter|sollicite|sollicitee|relancer|relance|deranger|derange|appeler|appele"
    r"|demarcher|demarche)",
    rf"(?<!avez )(?<!recu )(?<!aurez )plus (?:de|d'|aucun|aucune) ?(?:vos |ces |autres )?{_FR_MAILS}(?: (?:de "
    r"votre part|svp|merci|s'il)|(?=\s*(?:[.!,]|$)))",
    r"(?:arretez|arrete|cessez|arreter|stoppez|stop) (?:(?:de|d'|avec|vos|ces|les|tous|tout|immediatement"
    r"|maintenant|s'il|vous|plait|svp|ca|me|m'|nous|a|aux|merci|toute|toutes|l'envoi|envoi|cet|cette) "
    rf"?){{0,5}}(?:{_FR_MAILS}|ecrire|envoyer|contacter|appeler|relancer|harceler|spammer|harcelement|deranger"
    r"|solliciter|emmerder|importuner|m'ecrire|m'envoyer|m'appeler|maintenant|tout|immediatement|svp|merci|ca"
    r"|envoi|envois|s'il vous plait)",
    r"(?:arretez|arrete|cessez)(?=\s*(?:[.!,]|$))",
    r"(?:merci|veuillez|priere|prie) (?:\w+ ){0,2}(?:d'arreter|de cesser|cesser|arreter|de me retirer|de nous "
    r"retirer|me retirer|de me desinscrire|me desinscrire|de me desabonner|me desabonner|de me supprimer|me "
    r"supprimer|de supprimer mes|ne plus|de ne plus)",
    r"(?:laissez|laisse|fichez|foutez|fous)[- ](?:moi|nous|la) (?:tranquilles?|la paix|en paix)|foutez le camp",
    r"cassez-vous|ca suffit",
    r"(?:ne )?(?:souhaite|souhaitons|veux|voulons|desire|desirons) (?:(?:plus|pas|absolument|surtout|vraiment) "
    r"){1,2}(?:(?:recevoir|etre|avoir|de|d'|vos|ces|que|vous|me) ?){1,4}(?:contact\w*|sollicit\w*|demarch\w*"
    rf"|{_FR_MAILS})",
    r"(?:ne )?(?:veux|veut|souhaite|souhaitons|voulons) plus (?:rien )?(?:recevoir|de vos|entendre|de nouvelles"
    r"|de mails|de messages|aucun)",
    r"c'est (?:du |de la )?(?:spam|harcelement|demarchage)|harcelement|signale(?:e|r|z)? comme (?:spam"
    r"|indesirable)",
    r"(?:retire|revoque|m'oppose|nous opposons)[^.!?\n]{0,40}(?:consentement|accord|autorisation|traitement"
    r"|utilisation|prospection|donnees)",
    r"droit (?:d'opposition|a l'oubli|a l'effacement)",
    r"(?:jamais|pas) (?:\w+ ){0,2}(?:inscrite?|abonnee?|donne mon (?:accord|consentement|numero)|consenti"
    r"|demande a (?:recevoir|etre))(?=\s*(?:[.!,;a]|$))",
    r"(?:lien|bouton) de (?:desabonnement|desinscription)",
    r"comment (?:me |puis-je me |faire pour me |on se |se )?(?:desabonner|desinscrire)(?! (?:un|une|des|les|nos"
    r"|plusieurs|ce|cet|deux|mon collegue))",
    r"desabonner svp|desinscription (?:svp|merci|immediate)",
    # Spanish
    r"(?:darme|dame|deme|denme|dadme|me (?:doy|da|dan|den|de|dais|quiero dar|puede dar|pueden dar|puedes dar)"
    r"|darnos|denos|dennos|darse|quiero dar|nos den|nos de) (?:\w+ )?(?:de )?baja(?! (?:d(?:el|e la) (?:clase"
    r"|curso|gimnasio|plan|sesion)))",
    r"(?:solicito|pido|quiero|deseo|exijo) (?:mi |la |que me den (?:de )?)?baja",
    r"dar de baja (?:mi|este|esta|nuestro|nuestra) (?:correo|e-?mail|numero|direccion|telefono|contacto)",
    r"baja (?:por favor|inmediata|ya|de la lista|del boletin|del newsletter)",
    r"(?:deje|dejen|deja|dejad|paren|para|pare|parad|cesen) (?:ya )?(?:de|con) (?:\w+ )?(?:enviar\w*|escribir\w*"
    r"|llamar\w*|contactar\w*|molestar\w*|mandar\w*|acosar\w*|insistir|spamear\w*|mensajear\w*|joder\w*|los "
    r"(?:mensajes|correos)|tantos)",
    r"no (?:me|nos) (?:vuelvan?|vuelvas|volvais)? ?(?:a )?(?:escriban?|escribas|escribais|envien?|envies|llamen?"
    r"|llames|contacten?|contactes|contacteis|manden?|mandes|molesten?|molestes|molesteis|escribir|llamar"
    r"|contactar|molestar|enviar|mandar)(?! (?:\w+ )?(?:hasta|antes|manana|hoy|el (?:lunes|martes|miercoles"
    r"|jueves|viernes)))(?: mas| nunca| nada)?",
    r"no (?:quiero|deseo|queremos|deseamos|deseo|me interesa) (?:(?:recibir|que|me|nos|mas|seguir|recibiendo"
    rf"|ningun|ninguna|sus|tus|estos|estas|este|tipo|de|volver|a|ser) ){{1,5}}(?:{_ES_MAILS}|escriban|contacten"
    r"|llamen|contactad[oa]|molesten|recibir|info\w*|nada)",
    r"no (?:quiero|deseo|queremos|deseamos) (?:recibir|que me (?:escrib|llam|contact|envi|mand|molest)\w+|seguir "
    r"recibiendo|volver a (?:recibir|saber))",
    r"(?:solicito|pido|exijo|quiero|ruego|solicitamos) (?:\w+ ){0,2}(?:eliminacion|supresion|borrado"
    r"|cancelacion|baja) (?:\w+ ){0,3}(?:datos|correo|lista|e-?mail|numero)",
    r"(?:demande|exige|souhaite|demandons) (?:\w+ ){0,2}(?:suppression|effacement|retrait|radiation) (?:\w+ "
    r"){0,3}(?:donnees|adresse|liste|mail|coordonnees)",
    r"(?:chiedo|richiedo|esigo) (?:\w+ ){0,2}(?:cancellazione|rimozione) (?:\w+ ){0,3}(?:dati|lista"
    r"|indirizzo|mail|nominativo)",
    r"(?:solicito|peco|exijo) (?:\w+ ){0,2}(?:exclusao|remocao|eliminacao) (?:\w+ ){0,3}(?:dados|lista"
    r"|e-?mail|contato)",
    r"(?:bitte|verlange|fordere|beantrage) (?:\w+ ){0,3}loschung (?:\w+ ){0,2}(?:daten|adresse|nummer)",
    r"verzoek (?:\w+ ){0,3}(?:verwijder\w+|uitschrijv\w+)",
    rf"(?<!hay )(?<!recibi )(?<!recibido )(?<!llegan )no mas (?:\w+ )?{_ES_MAILS}|ni un (?:correo|mensaje) mas",
    r"basta (?:de|ya|con)|ya basta",
    r"(?:elimin|borr|quit|sac|remuev|suprim|retir)(?:e|en|a|ad|ar|anme|enme|eme|ame|arme|arnos|enos|ennos|adme"
    r"|me)(?:me|nos)? (?:(?:por favor|ya|inmediatamente) )?(?:(?:de|a) )?(?:mi|mis|este|esta|nuestro|su|sus|la"
    r"|tu|tus|vuestra|esa|nuestra) (?:\w+ ){0,2}?(?:correo|e-?mail|numero|telefono|datos|direccion|contacto"
    r"|lista|base|listas|nombre|mailing|registros|cuenta de correo)",
    r"(?:saquenme|sacame|saqueme|quitenme|quitame|quiteme|borrenme|borrame|borreme|eliminenme|eliminame"
    r"|elimineme|bajenme|suprimanme|desuscrib\w+|desubscrib\w+|desapunt\w+me|desinscrib\w+)(?! (?:de la (?:clase"
    r"|reunion)))",
    r"(?:dejenme|dejeme|dejame|dejadme|dejennos) (?:en paz|tranquil[oa])|vayase a|vete a la|que pesad[oa]s",
    r"(?:esto|eso) es (?:\w+ )?(?:spam|acoso)",
    r"(?:reporto|reportado|marcado|denuncio|denunciar\w*)[^.!?\n]{0,30}(?:spam|acoso)|es spam",
    r"(?:retiro|revoco|anulo|me opongo)[^.!?\n]{0,40}(?:consentimiento|autorizacion|permiso|tratamiento|datos)",
    r"(?:nunca|jamas) (?:me )?(?:suscrib\w+|inscrib\w+|registr\w+|di mi (?:consentimiento|numero|correo)|pedi"
    r"|autoric\w+|solicite)",
    r"(?:cancelar|cancelen|cancele|anular|anulen|cancela) (?:la|mi) suscripcion(?! (?:premium|anual|mensual|del "
    r"gimnasio|de mi))",
    r"cancelar (?:los|estos) (?:correos|mensajes)",
    # Italian
    r"(?:cancella|rimuov|elimin|togli|disiscriv|depenn)(?:mi|temi|etemi|atemi|imi|etemi|telo|teci|ateci"
    r"|eteci)(?! (?:dalla (?:lezione|riunione)))",
    r"mi (?:cancelli|rimuova|tolga|elimini|disiscriva|cancellate|togliete|rimuovete|disiscrivo|cancello"
    r"|disiscrivete)(?! dalla (?:lezione|riunione))",
    r"(?:cancellare|rimuovere|eliminare|togliere|cancellate|rimuovete|eliminate|cancelli|rimuova|elimini) (?:il "
    r"|la |i |l')?(?:mio|mia|miei|questo|nostro|nostra|mie) (?:\w+ )?(?:indirizzo|e-?mail|mail|numero|nome|dati"
    r"|contatto|nominativo|telefono)",
    r"(?:smettete|smettila|smetta|smettetela|smettere|piantatela|finitela|piantala|la smetta) ?(?:di |con "
    r"|subito|per favore|ora)?(?:\w+)?",
    r"(?<!perche )non (?:mi|ci|voglio che mi) (?:\w+ )?(?:scriva|scrivete|scrivere|scrivermi|contatti|contattate"
    r"|contattare|inviate|inviare|mandate|mandare|chiamate|chiamare|chiami|disturbate|disturbi|disturbare"
    r"|contattatemi|inviatemi|scrivetemi|mandatemi|rompete|mandi|invii|cercate)(?! (?:\w+ )?(?:prima|fino|domani"
    r"|oggi))(?: piu)?",
    r"non (?:scrivetemi|contattatemi|chiamatemi|inviatemi|mandatemi|scrivermi|contattarmi|chiamarmi|disturbatemi"
    r"|scriveteci|contattateci)(?: piu)?",
    r"non (?:voglio|desidero|vogliamo|desideriamo|intendo|gradisco) (?:(?:piu|essere|ricevere|altre|altri|le|i"
    r"|vostre|vostri|ulteriori|sue|queste|questi|nessun|avere|che|mi|alcun|alcuna|nessuna) "
    rf"){{1,5}}(?:{_IT_MAILS}|contattat[oaie]|ricevere|niente|nulla|scriviate|disturbat[oa]|contattiate)",
    rf"(?:basta|niente piu|stop|mai piu) (?:(?:con|a|le|queste|questi|alle|ai|i) ){{0,2}}{_IT_MAILS}",
    r"non voglio piu (?:ricevere|sentire)|basta cosi",
    r"(?:lasciatemi|lasciami|mi lasci|lasciateci) (?:in pace|stare)|andate a quel paese|vaffanculo|fuori dalle",
    r"(?:revoco|ritiro|mi oppongo)[^.!?\n]{0,40}(?:consenso|autorizzazione|trattamento|dati)",
    r"(?:mai|non) (?:\w+ )?(?:iscritt[oa]|dato (?:il )?(?:mio )?(?:consenso|numero)|autorizzato|richiesto "
    r"queste)(?! (?:al corso|alla))",
    r"(?:questo|e) e (?:\w+ )?(?:spam|molestia)|segnalat\w+ come spam|e spam",
    r"(?:tolt|rimoss|cancellat|eliminat|esclus)[oaie] (?:dalla|dalle|dai|da) (?:\w+ )?(?:lista|mailing list"
    r"|newsletter|database|liste|contatti)",
    r"come (?:mi|posso|faccio a) (?:disiscriv\w+|cancell(?:o|armi))|annullare (?:l'|la mia )iscrizione(?! al)",
    # Portuguese
    r"(?:me |mim )?descadastr\w+(?: me| o meu| meu)?",
    r"me (?:tire|tirem|tira|remova|remove|removam|retire|retirem|exclua|excluam|apague|apaguem|descadastre)(?! "
    r"da (?:reuniao|aula))",
    r"(?:remova|removam|retire|retirem|tire|tirem|exclua|apague|apaguem|elimine|eliminem)[- ]me(?! da (?:reuniao"
    r"|aula))",
    r"(?:remov|retir|tir|exclu|apag|elimin|delet)\w* (?:por favor )?(?:o |a |os )?(?:meu|minha|meus|este|nosso) "
    r"(?:\w+ )?(?:e-?mail|numero|nome|dados|endereco|contacto|contato|telefone|telemovel|cadastro)",
    r"(?:par(?:e|em|a|ar)|deix(?:e|em|a)|cess(?:e|em)) (?:ja )?(?:de|com) (?:(?:me|nos|os|as|esses|essas|estas"
    r"|estes) )?(?:enviar\w*|mandar\w*|ligar\w*|escrever\w*|contactar\w*|contatar\w*|encher|incomodar\w*"
    rf"|perturbar\w*|chatear\w*|{_PT_MAILS})",
    r"nao (?:me|nos) (?:\w+ )?(?:envie|enviem|mande|mandem|ligue|liguem|contate|contatem|contacte|contactem"
    r"|escreva|escrevam|perturbe|perturbem|incomode|incomodem|chateie|envies|mandes|ligues|escrevas|procurem)(?! "
    r"(?:\w+ )?(?:ate|antes|amanha|hoje))(?: mais)?",
    r"nao (?:quero|desejo|queremos|pretendo|gostaria de|autorizo) (?:(?:mais|receber|ser|continuar|a|receber"
    rf"|nenhum|nenhuma|os|as|seus|suas|vossos|estes|estas|esse|tipo|de|que|me) ){{0,6}}(?:{_PT_MAILS}"
    r"|contatad[oa]|contactad[oa]|receber|incomodad[oa]|enviem|liguem|saber de voces)",
    rf"(?:sem|chega de|basta de|nao mandem) (?:mais )?{_PT_MAILS}|(?:me deixem?|deixem?-me|deixa-me) em paz",
    r"sair da (?:lista|mailing)|vao se (?:foder|lixar)|chega(?=\s*[.!]|\s*$)",
    r"cancel(?:ar|em|e|a) (?:a |o )?(?:minha |meu )?(?:inscricao|subscricao|cadastro|recebimento|envio)(?! (?:no"
    r"|na) (?:curso|aula))",
    r"(?:retiro|revogo|retirar|oponho)[^.!?\n]{0,40}(?:consentimento|autorizacao|dados)",
    r"(?:isso|isto) e (?:\w+ )?(?:spam|assedio)|nunca (?:me )?(?:inscrevi|cadastrei|subscrevi|autorizei|pedi|dei)",
    # Dutch
    r"(?:verwijder|gelieve|streep|schrap) (?:mij|me|ons|mijn \w+|ons \w+)",
    r"(?:schrijf|meld|haal|gooi) (?:mij|me|ons) (?:\w+ ){0,3}(?:uit|af|eraf|van (?:de|deze|jullie|uw) "
    r"\w*lijst)(?! (?:voor de|van de (?:les|training|cursus)))",
    r"(?:mij|me|ons|mijn (?:e-?mail\w*|nummer|gegevens|adres|mailadres)) (?:\w+ ){0,4}(?:uitschrijven|afmelden"
    r"|verwijderen|uit te schrijven|af te melden|te verwijderen)(?! voor de (?:les|training))",
    r"(?<!kreeg )(?<!krijg )(?<!heb )geen (?:(?:verdere|meer|enkele|andere|zulke|deze|jullie|van) "
    rf"){{0,2}}{_NL_MAILS} (?:meer|sturen|ontvangen|van (?:jullie|u))",
    rf"geen (?:{_NL_MAILS}) meer|geen (?:verdere|verder) (?:{_NL_MAILS}|contact)|geen contact meer",
    r"(?:stop|hou(?:d)?|kap) (?:\w+ )?(?:met|op met|op)(?: (?:mij|me|ons|het|dit|deze|die|al|al die|jullie))* "
    r"?(?:te )?(?:mailen|mails|bellen|berichten|sturen|appen|sms\w*|e-?mailen|schrijven|contacteren|benaderen"
    r"|lastigvallen|spammen|e-?mails|sturen van|spam)?(?=\s*(?:[.!,]|$|aub|alstu|mij|me|van|naar|te|met|ermee))",
    r"(?:niet|nooit) (?:meer|langer|weer) (?:\w+ ){0,2}(?:mailen|bellen|contacteren|benaderen|benaderd"
    r"|berichten|schrijven|gemaild|gebeld|lastigvallen|lastiggevallen|lastig te vallen|contact|sturen|ontvangen"
    r"|appen|sms'?en)",
    r"(?:mail|bel|stuur|app|sms|contacteer|benader|schrijf|val) (?:mij|me|ons) (?:\w+ )?(?:niet(?:s)?|nooit"
    r"|geen)(?: \w+)?(?: (?:meer|lastig))?(?! voor)",
    rf"(?:wil|wens|wensen|willen) (?:\w+ )?(?:geen|niets|niks|niet)(?: \w+){{0,3}} (?:{_NL_MAILS}|meer (?:horen"
    r"|ontvangen)|ontvangen|gecontacteerd|benaderd)",
    r"laat (?:mij|me|ons) (?:\w+ )?met rust|rot op|donder op|flikker op|sodemieter op",
    r"uit (?:jullie|uw|de|je) (?:\w+ )?(?:bestand|database|lijst|mailinglijst|mailinglist|systeem)",
    r"(?:hoe|waar) (?:kan|meld|schrijf) ik (?:me|mij|mijzelf|mezelf)? ?(?:uit\w*|af\w*)",
    r"trek (?:hierbij )?mijn toestemming in|nooit (?:toestemming|aangemeld|ingeschreven)",
    r"dit is (?:\w+ )?(?:spam|stalking|intimidatie)",
    # Polish
    r"(?:wypisz|wypiszcie|usun|usuncie|wykresl|wykreslcie|skresl|skreslcie|wyrejestruj\w*) (?:mnie|nas|moj|moje"
    r"|moich|ten (?:adres|numer)|prosze|moja)",
    r"(?:prosze|prosimy) (?:\w+ ){0,2}(?:wypisa\w+|wykresl\w+|wyrejestrow\w+|(?:usunie\w+|usunac) (?:\w+ "
    r"){0,2}(?:mnie|moj\w*|mail\w*|z (?:\w+ )?(?:list\w*|baz\w*)|danych|adres\w*|numer\w*|kontakt\w*)|nie "
    r"(?:pis\w+|wysyl\w+|dzwon\w+|kontakt\w+|przysyl\w+|niepoko\w+))",
    r"(?<!czemu )(?<!dlaczego )nie (?:piszcie|pisz|wysylajcie|wysylaj|dzwoncie|dzwon|kontaktujcie|kontaktuj"
    r"|przysylajcie|przysylaj|pisac|wysylac|dzwonic|kontaktowac|przysylac|spamuj|spamujcie|meczcie|zawracajcie"
    rf"|nekajcie|nekaj)(?: (?:sie|juz|wiecej|do|mnie|mi|nas|ze|mna|prosze|zadnych|tych|niczego|nic|{_PL_MAILS}))*",
    r"nie (?:chce|zycze sobie|zyczymy sobie|chcemy|wyrazam zgody|zgadzam sie|wyrazalem|wyrazalam)(?: (?:juz"
    r"|wiecej|sie|na|od|dalszych|zadnych|takich|byc|nic|waszych|panstwa))* (?:otrzymywac|dostawac|kontakt\w*"
    rf"|{_PL_MAILS}|nekan\w+|wiadomosc\w*|od was|zgody|przetwarzanie|korespondencj\w+)",
    r"nie wyrazam zgody",
    r"przestan(?:cie)?(?: (?:do|mi|mnie|mna|juz|pisac|wysylac|dzwonic|spamowac|nekac|prosze))*",
    r"(?:dajcie|daj) (?:mi|nam) (?:swiety )?spokoj|odczep\w* sie|odwal\w* sie|spadaj\w*|spieprzaj\w*",
    r"(?:wycofuje|cofam|odwoluje|wycofanie|cofniecie)[^.!?\n]{0,30}(?:zgode|zgody|zgoda)",
    rf"(?:zadnych|koniec|dosc|stop) (?:wiecej |z |tych |tym )*{_PL_MAILS}|to (?:jest )?(?:spam|nekanie)",
    r"(?:jak|chce) (?:sie |mam sie )?(?:wypisac|wyrejestrowac)(?: sie)?",
    r"rezygnuje z (?:otrzymywania|newslettera|wiadomosci|subskrypcji|maili)",
    # Swedish, Danish, Norwegian
    r"(?:sluta|slutt|stopp|stop|hold op|lad vaere|la vaere|kan ni sluta|upphor) (?:med |a |at |med at |med a "
    r"|att |genast |och )*(?:skicka\w*|mejla\w*|maila\w*|ringa|kontakta\w*|skriva|smsa|spamma\w*|skrive|sende"
    rf"|ringe|maile|kontakte|sms'?e|spamme|{_NO_MAILS}|stora|plage|forstyrre|disse|detta|dette)(?: (?:mig|meg"
    r"|till mig|til meg|til mig|oss|os))?",
    r"(?:avregistrera|avanmal|avmeld|afmeld|frameld|avprenumerera|ta bort|fjern|slet|slett|stryk|meld|radera) "
    r"(?:mig|meg|oss|os|mitt|min|mina|mit|mine|denne|denna|detta|vores|vart)(?: (?:av|fra|fran|ut|nummer\w*"
    r"|adress\w*|e-?post\w*|mejl\w*|mail\w*|uppgifter|oplysninger|data|opplysninger|telefonnummer))*(?! "
    r"(?:kurset|timen|modet|motet|passet))",
    rf"(?:inga|ingen|ikke|inte) (?:fler|flere|mer|mere|nya)(?: \w+)? ?(?:{_NO_MAILS})",
    r"(?:inga|ingen) (?:fler|flere|mer)(?=\s*(?:[.!,]|$)|\s+tack|\s+tak)",
    r"(?:kontakta|maila|mejla|ring|skicka|skriv|kontakt|send|mail|sms'?a?)(?: (?:mig|meg|oss|os|till mig|til mig"
    r"|til meg|dette nummer\w*|det har numret|aldrig|til os))* (?:inte|ikke|aldri|aldrig|ej)(?: (?:mer|mere|mig"
    r"|meg|fler|flere|langre|igen|igjen|til|till|till|oss|os|mer|noget|nogen|noen))*(?! for| innan| forran)",
    r"(?:vill|onskar|onsker|vil|orkar)(?: (?:jag|jeg|vi))? (?:inte|ikke|ej)(?: (?:langre|ha|fa|bli|blive|at"
    r"|modtage|have|mere|mer|fler|flere|motta|at blive|a|vaere|nagra|noen|nogen|jeres|era|dine|deres|more|disse"
    rf"|dessa|langer|laengere))* (?:{_NO_MAILS}|kontaktad|kontaktet|kontaktes|bli kontaktad|ha fler|modtage"
    r"|motta)",
    r"undanber (?:mig|oss)|(?:lamna|lat|lad|la) (?:mig|meg|oss|os) (?:i fred|vara|vaere|i ro)",
    r"(?:drar|trekker|traekker|aterkallar|tilbagekalder|trekk)[^.!?\n]{0,30}(?:samtycke|samtykke)",
    r"(?:det har|detta|dette|det) (?:ar|er) (?:\w+ )?(?:spam|trakasserier|chikane|trakassering)",
    r"(?:avsluta|opsig|avbestill|avbestall) (?:prenumeration\w*|nyhetsbrev\w*|nyhedsbrev\w*|abonnement\w* pa)",
    r"ta bort (?:mig|oss)|dra at helvete|drit og dra|skrid",
    # Finnish, Czech, Hungarian, Romanian
    r"(?:lopettakaa|lopeta|lopettaa)(?: \w+){0,3}",
    r"(?:poista|poistakaa|poistaa)(?: \w+)? (?:minut|tietoni|numeroni|sahkopostini|osoitteeni|listalta\w*|meidat)",
    r"(?:en|emme) (?:halua|toivo)(?: \w+){0,3} (?:viesteja|viestia|sahkoposteja|sahkopostia|yhteydenottoja"
    r"|mainoksia|postia)",
    r"(?:alkaa|ala) (?:enaa )?(?:lahett\w+|soitt\w+|ottako|ota|viestit\w+|hairit\w+)",
    r"peru(?:kaa)? (?:tilaus|uutiskirje)\w*|jata(?:kaa)? (?:minut )?rauhaan",
    r"(?:odhlaste|odhlasit|odhlas|vyradte|smazte|odstrante|vymazte|vyrad) (?:me|mne|nas|muj|moje|se|prosim)(?! z "
    r"(?:kurzu|lekce))",
    r"(?:neposilejte|neposilat|nepiste|nevolejte|nekontaktujte|neotravujte|prestante|neobtezujte)(?: \w+){0,3}",
    r"nechte (?:me|mne|nas) (?:byt|na pokoji)",
    r"(?:nechci|nepreju si|neprejeme si)(?: \w+){0,2} (?:dostavat|byt|zadne|dalsi|vase)",
    r"zadne dalsi (?:e-?maily|maily|zpravy)|chci se odhlasit",
    r"(?:leiratkoz\w*|iratkoz\w* le|toroljenek|toroljek|torolje|toroljetek)(?: \w+){0,2}",
    r"ne (?:irjanak|irjon|kuldjenek|kuldjon|keressenek|hivjanak|zaklassanak|zavarjanak)(?: \w+){0,2}",
    r"nem (?:kerek|szeretnek)(?: \w+){0,2} (?:levelet|uzenetet|e-?mailt|hirlevelet|tobb)|hagyjanak beken",
    r"(?:dezabon\w+|stergeti-?ma|scoateti-?ma|dezabonati-?ma)",
    r"nu(?:-mi| imi| ma| ne)? mai (?:trimite\w*|scrie\w*|suna\w*|contacta\w*|vreau|doresc)(?: \w+){0,3}",
    r"incetati (?:sa|cu)|lasati-?ma in pace|stergeti (?:datele|adresa|numarul)",
    r"nu (?:doresc|vreau) sa (?:mai )?(?:primesc|fiu)",
    # Turkish
    r"(?:bana |bize )?(?:bir daha |artik |lutfen )*(?:yazmayin|aramayin|gondermeyin|atmayin|yazma|arama|gonderme"
    r"|atma|rahatsiz etmeyin|mesaj atmayin|iletisime gecmeyin)(?: \w+)?",
    r"(?:listeden|listenizden|listesinden) (?:\w+ )?(?:cikar\w*|sil\w*)",
    r"abonelik\w* (?:\w+ )?(?:iptal|cik\w*|sonlandir\w*)|(?:mesaj|e-?posta|mail|sms|reklam)\w* (?:almak "
    r")?istemiyor\w*",
    r"numarami sil\w*|(?:beni|bizi) rahat birak\w*|bu(?: bir)? spam",
)

#: Words that mean it only where they themselves are meant.
BARE = words(
    r"abmelden|abbestellen|austragen|abmeldung|desabonn(?:er|ez|ement|e)|desinscri(?:re|vez|ption|s)",
    r"desuscribir(?:me)?|dar de baja|disiscri(?:vere|zione|vermi|vetemi)|descadastrar|afmelden|uitschrijven",
    r"uitschrijving|wypisac|wypisanie|avregistrera|avanmala|afmelding|avmelding|frameld|opzeggen",
)
OTHERS = words(
    r"(?:einen?|eine|den|die|das|unsere[nr]?|zwei|drei|\d+|mehrere|vom (?:kurs|termin|training)|von der "
    r"(?:stunde|veranstaltung)|zum (?:kurs|termin)) (?:\w+ ){0,3}(?:abmelden|abbestellen|austragen)",
    r"(?:desabonner|desinscrire|supprimer) (?:un|une|des|les|nos|plusieurs|deux|\d+|ce|cet) \w+",
    r"dar de baja (?:a )?(?:un|una|unos|unas|al|el|la|los|las|uno|dos|\d+|nuestro|nuestros|algun) (?!correo"
    r"|e-?mail|numero|direccion|telefono)\w+",
    r"(?:disiscrivere|cancellare|eliminare) (?:un|una|uno|gli|i|le|alcuni|due|\d+) \w+",
    r"(?:descadastrar|remover) (?:um|uma|os|as|dois|\d+) \w+",
    r"(?:een|de|het|onze|twee|\d+|collega\w*|leden|medewerker\w*|voor de) (?:\w+ ){0,3}(?:afmelden"
    r"|uitschrijven|opzeggen)",
    r"wypisac (?:\w+ )?(?:uzytkownik\w*|pracownik\w*|klient\w*|osob\w*|jedn\w+|kurs\w*)",
)
NOT_MEANT = words(
    r"(?:nicht|keinesfalls|bitte nicht|auf keinen fall) (?:abmelden|abbestellen|austragen|aufhoren|streichen"
    r"|loschen)(?! (?:konnen|kann|konnte|moglich|funktioniert))",
    r"(?:horen|hort|hor) (?:sie |ihr )?(?:bitte )?nicht auf",
    r"n(?:e|') ?(?:veux|souhaite|voulons|desire) pas (?:me |nous )?(?:desabonner|desinscrire)|n'arretez pas",
    r"no (?:quiero|deseo|queremos) (?:darme|darnos) de baja|no me (?:den|des|de) de baja",
    r"non voglio (?:disiscrivermi|cancellarmi)|nao quero (?:sair|me descadastrar)",
    r"(?:wil|willen) (?:me|mij|ons) niet (?:afmelden|uitschrijven)|nie chce sie wypis\w+",
)

#: They may mean it.
MAYBE = words(
    r"(?:zu viele|zuviele|trop de|demasiados|troppe|muitos|te veel|za duzo|for mange|for manga|alltfor manga) \w+",
    r"abo(?:nnement)? (?:\w+ )?kundigen|resilier (?:mon|notre) abonnement|cancelar (?:mi|la) (?:cuenta"
    r"|suscripcion)",
    r"abonnement opzeggen",
    r"(?:lass|lasst|lassen sie) (?:das|es)|nerv\w*",
    r"(?:genug|basta|assez|genoeg|dosyc|dosc|nog|nok|yeter|dur|arret|alto|detener|halt|parar|pare|parem|sluta"
    r"|slutt|stopp|schluss|ruhe)(?=\s*[.!]*\s*$)",
)
