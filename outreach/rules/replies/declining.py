"""How people say no to what we offer, and that we have the wrong person."""

from __future__ import annotations

from outreach.rules.replies.patterns import anywhere, words

NO = words(
    r"(?:not|no longer|isn't|aren't|never|not at all|not really|definitely not|am not|are not|neither of us is"
    r"|nobody is|no one is) (?:\w+ )?interested(?! in (?:the|that|this|your) (?:\w+ )?(?:but|only))",
    r"no (?:longer )?interest(?: in| from| at|(?=\s*(?:[.!,]|$)))|have no interest|lost interest|uninterested",
    r"(?:no|nah|nope|naw) ?,? ?(?:thanks|thank you|thank u|thx|ty|tks|cheers|ta)|thanks,? but no(?: thanks)?",
    r"thank you,? but no|no ,?but thanks|i'm good,? thanks|we're good,? thanks|i'm good thanks|all good thanks",
    r"(?:went|gone|going|go|decided to go|chosen to go|opted to go|signed|moving|moved|proceed(?:ing|ed)?"
    r"|working|work|stay(?:ing|ed)?|stick(?:ing)?|sticking|proceeding) (?:ahead )?(?:for |with |to |on with "
    r")(?:some(?:one|body) else|another|a different|other|a competitor|the competition|your competitor|our "
    r"(?:current|existing|present)|their|the other|an alternative|somebody|someone|an? \w+ (?:vendor|supplier"
    r"|provider|company|solution)|what we have)",
    r"(?:chose|chosen|picked|selected|hired|found|bought|purchased|opted for|using|use|have|signed with"
    r"|contracted) (?:already )?(?:some(?:one|body) else|another (?:\w+ )?(?:provider|vendor|supplier|company"
    r"|solution|offer|product|tool|option|firm|agency|partner)|a different (?:\w+ )?(?:provider|vendor|supplier"
    r"|company|solution|offer|product|tool|option)|a competitor|an alternative)",
    r"(?:we|i|i'll|we'll|i will|we will|going to|gonna|decided to|have to|must|we'd|i'd|rather) (?:have to |'ll "
    r")?(?:take a )?pass(?: on (?:this|it|that|your|the)|(?=\s*(?:[.!,]|$))| for now| this time)",
    r"hard pass|pass(?=\s*[.!]*\s*$)|count (?:me|us) out",
    r"(?:not|isn't|won't be|wasn't|aren't|is no|no) (?:\w+ )?(?:a )?(?:good |great |right |the right )?(?:fit"
    r"|match)(?: for| with|(?=\s*(?:[.!,]|$)))",
    r"not (?:really |quite )?for (?:me|us)\b|not (?:our|my) (?:thing|cup of tea)",
    r"not what (?:we|i)(?:'re| are|'m| am)? (?:need|looking|want|after)\w*",
    r"(?:no longer|don't|do not|dont|doesn't|won't|not|never) (?:\w+ )?(?:need|require|want|wanted|looking for"
    r"|in need of|in the market for)(?:ing|ed)? (?:(?:this|it|your|the|any|a|these|that|such|anything|to buy|to "
    r"proceed|to continue|to go) ?)(?:\w+ ){0,2}?(?:service|services|product|products|offer|offers|quote"
    r"|proposal|help|assistance|solution|tool|software|plan|anything|any ?more|right now|at (?:this|the)|anymore"
    r"|proceed|continue|ahead)?(?=\s*(?:[.!,;]|$|and|at|any|thank|thx|right))",
    r"(?:decided|chosen|agreed|elected|voted) (?:against|not to)",
    r"(?:won't|will not|not going to|wouldn't|can't|cannot|not be|not|isn't|aren't|no plans to|not planning to"
    r"|don't plan to|do not plan to|don't want to|do not want to|don't wish to|do not wish to|not wish to) "
    r"(?:\w+ ){0,2}?(?:moving forward|move forward|moving ahead|move ahead|going ahead|go ahead|going forward"
    r"|go forward|proceed|proceeding|pursue|pursuing|continue (?:with|this)|continuing (?:with|this)|buy|buying"
    r"|purchase|purchasing|sign(?:ing)?|take (?:this|it) (?:any )?further|taking (?:this|it) (?:any )?further"
    r"|take (?:you )?up|renew|renewing)(?! (?:until|before|without|till|yet))",
    r"(?:the answer is|it's|that's|it is|that is|we say|i say|have to say|afraid it's|afraid) (?:a )?(?:\w+ "
    r")?no\b(?! problem| longer| doubt| one| issue)",
    r"(?:a )?(?:hard|firm|clear|definite|definitive|polite) no\b|no way|no chance|absolutely not|not a chance",
    r"certainly not",
    r"(?:decline|declining|declined|turn down|turning down|reject|rejecting)(?: (?:your|the|this|it|with thanks"
    r"|for now)|(?=\s*(?:[.!,]|$)))",
    r"(?:please )?(?:don't|do not|no need to|needn't|there is no need to|stop) (?:to )?(?:follow[- ]?up|chase"
    r"|keep chasing|pursue|push)(?:ing)?(?: (?:on|about|with|this|it|the|that|your|regarding)|(?=\s*(?:[.!,]"
    r"|$)))",
    r"(?:cancel|withdraw|drop|scrap|bin|tear up|discard|disregard|forget) (?:the|your|this|our) (?:quote|offer"
    r"|proposal|enquiry|inquiry|request for|quotation)",
    r"forget about (?:it|this)",
    r"(?:close|closing|archive) (?:the|this|our|my|your) (?:\w+ )?(?:file|case|enquiry|inquiry|opportunity|lead)",
    r"consider (?:this|the matter|it) closed",
    r"(?:have|found|got|using|happy with|satisfied with|already have|already use|already using|under contract "
    r"with) (?:\w+ )?(?:a |an |our |another )?(?:current |existing |in-?house |own )(?:\w+ )?(?:provider"
    r"|supplier|vendor|solution|system|partner|tool|team|agency|setup)",
    r"(?:the |this )?project (?:has been |was |is |got )(?:cancel+ed|scrapped|dropped|killed|stopped|abandoned"
    r"|shelved)",
    r"too expensive,? (?:so )?(?:no|we)|sorry,? (?:but )?no\b(?! one| longer| problem)|no,? sorry",
    r"no ?,? not interested|not going (?:to happen|ahead)",
    r"^\W*(?:no|nope|nah|never)(?=[\s.!]*$)|no (?:from|for) (?:us|me|our side)|not for now,? thanks",
    r"(?:not|isn't|is not|wasn't) (?:really )?(?:something|anything) (?:that )?(?:we|i)(?:'d| would)? (?:need"
    r"|want|use|require|pursue|are looking)",
    r"ended up (?:buying|going|choosing|signing|using|with|picking)",
    r"(?:bought|buying|purchased|got it) from (?:a competitor|someone else|somebody else|another)",
    # German
    r"(?:kein|keinen|keinerlei|leider kein|null|keines) (?:\w+ )?(?:interesse|bedarf|verwendung)(?! mehr an \w+ "
    r"mails)",
    r"nicht (?:\w+ )?(?:interessiert|gewunscht)|nein,? (?:danke|vielen dank|besten dank)|danke,? (?:aber )?nein",
    r"(?:haben|habe) (?:uns|mich) (?:\w+ ){0,3}(?:anders|dagegen|fur (?:einen|eine|ein) (?:anderen|andere"
    r"|anderes|mitbewerber|wettbewerber)\w*|gegen (?:ihr|ihre|das|den|sie|euch|euer)) ?(?:\w+ "
    r"){0,3}?(?:entschieden)?",
    r"anderen? (?:\w+ )?(?:anbieter|dienstleister|lieferanten|losung|partner)\w* (?:\w+ )?(?:entschieden|gewahlt"
    r"|gefunden|beauftragt)",
    r"(?:lehnen|lehne) (?:\w+ ){0,4}ab\b|(?:sehen|nehmen) (?:\w+ ){0,3}(?:davon |abstand )(?:ab|davon)?",
    r"(?:brauchen|brauche|benotigen|benotige) (?:\w+ ){0,3}(?:nicht(?: mehr)?|nichts|kein\w*)(?=\s*(?:[.!,]|$))",
    r"(?:passt|ist) (?:\w+ )?(?:nicht|nichts) fur (?:uns|mich)|absage\b|sagen (?:\w+ ){0,2}ab\b",
    r"kommt (?:\w+ ){0,3}nicht in frage",
    # French
    r"(?:pas|plus|aucunement|nullement) (?:\w+ )?(?:interesse\w*|interet)|(?:ne )?(?:m'|nous )interesse (?:pas"
    r"|plus)",
    r"non,? merci|merci,? (?:mais )?non",
    r"(?:avons|ai) (?:\w+ )?(?:choisi|opte|retenu|pris|signe|prefere) (?:\w+ ){0,3}(?:autre|concurrent"
    r"|quelqu'un d'autre)",
    r"parti\w* (?:avec|sur|chez) (?:un|une|quelqu'un) (?:autre|d'autre|concurrent)",
    r"(?:ne )?(?:donn\w+|donnerai|donnerons|donnons) pas suite|sans suite",
    r"(?:n'avons|n'ai|avons|ai) (?:pas|plus|aucun) ?(?:de )?besoin",
    r"(?:declin|refus)(?:ons|e|er)(?: votre| l'offre| cette|(?=\s*[.!,]))|(?:pas|plus) d'actualite|aucun interet",
    # Spanish
    r"no (?:\w+ )?(?:me|nos|estoy|estamos|estaria|me encuentro) (?:\w+ )?interesa\w*|no,? (?:muchas )?gracias",
    r"gracias,? (?:pero )?no\b",
    r"(?:hemos|he) (?:\w+ )?(?:elegido|optado|decidido|contratado|escogido) (?:\w+ ){0,4}(?:otr[oa]"
    r"|competencia|no (?:seguir|continuar|avanzar|contratar))",
    r"(?:no vamos a|no voy a|decidimos no|decidi no) (?:seguir|continuar|avanzar|contratar|comprar|renovar)",
    r"(?:ya )?no (?:lo )?(?:necesit\w+|requerim\w+|requiero)(?=\s*(?:[.!,]|$|nada|sus|tus|el|la|mas|este))",
    r"fuimos con otr\w+|nos quedamos con otr\w+|rechaz(?:o|amos) (?:su|la|tu)|sin interes|elegimos (?:a )?otr\w+",
    # Italian
    r"non (?:\w+ )?(?:interess\w+|sono interessat\w+|siamo interessat\w+|ci interessa|mi interessa|fa per (?:me"
    r"|noi)|ne ho bisogno|abbiamo bisogno|ho bisogno|serve piu|ci serve|mi serve)",
    r"no,? grazie|grazie,? (?:ma )?no\b",
    r"(?:abbiamo|ho) (?:\w+ )?(?:scelto|optato|deciso|preferito|firmato) (?:\w+ ){0,4}(?:altr[oaie]"
    r"|concorren\w+|qualcun|di non)",
    r"nessun interesse|decliniamo|rifiut(?:o|iamo) (?:la|l'|il)",
    # Portuguese
    r"nao (?:\w+ )?(?:interess\w+|estou interessad\w+|estamos interessad\w+|tenho interesse|temos interesse|ha "
    r"interesse|preciso|precisamos|vamos (?:avancar|prosseguir|continuar|seguir|fechar)|vou (?:querer|avancar"
    r"|prosseguir))",
    r"sem interesse|nao,? (?:muito )?obrigad\w+|obrigad[oa],? (?:mas )?nao",
    r"(?:escolhemos|optamos|fechamos|fomos|decidimos|contratamos|escolhi|fechei|optei) (?:\w+ "
    r"){0,3}(?:outr[oa]|concorren\w+|nao (?:avancar|seguir|prosseguir|continuar))",
    r"recus(?:o|amos) (?:a|o)",
    # Dutch
    r"(?:geen|niet|nul) (?:\w+ )?(?:interesse|geinteresseerd|belangstelling|behoefte|nodig)",
    r"nee,? (?:bedankt|dank\w*|hoor|dankjewel)|bedankt,? (?:maar )?nee",
    r"(?:hebben|heb|zijn|gekozen|kozen|gaan) (?:\w+ ){0,4}(?:voor|met) (?:een|iemand) ?(?:andere?|anders"
    r"|concurrent)",
    r"zien (?:er )?(?:\w+ )?van af|(?:gaan|ga) (?:hier |er )?niet (?:op in|verder|mee door|door)",
    r"niets voor (?:ons|mij)",
    # Polish
    r"(?:nie|juz nie) (?:\w+ )?(?:jestem |jestesmy )?(?:zainteresowan\w+|potrzebuj\w+|skorzystam\w*|skorzystamy"
    r"|interesuje\w*)",
    r"nie,? (?:dziekuj\w+|dzieki)|dziekuj\w+,? (?:ale )?nie\b",
    r"(?:wybralismy|wybralem|wybralam|zdecydowalismy|zdecydowalem|zdecydowalam) (?:\w+ ){0,4}(?:inn\w+"
    r"|konkurenc\w+|kogos|nie)",
    r"rezygnuj\w+|brak zainteresowania|odmawiam|nie (?:jest to )?dla (?:nas|mnie)",
    # Swedish, Danish, Norwegian
    r"(?:inte|ikke|ej|ikkje) (?:\w+ )?(?:intresserad\w*|interesseret|interessert\w*|interesserede|aktuellt"
    r"|aktuelt|aktuell|nagot for|noget for|noe for|behov|brug)",
    r"(?:inget|ingen|intet) (?:\w+ )?(?:intresse|interesse|behov)|(?:nej|nei|ne),? (?:tack|tak|takk)",
    r"(?:tack|tak|takk),? (?:men )?(?:nej|nei)",
    r"(?:valt|valgt|valde|valgte|gatt|gaet|gatt|bestamt|besluttet|bestemt) (?:\w+ ){0,4}(?:annan|anden|annen"
    r"|andre|andra|konkurrent\w*|nagon annan|en anden|inte|ikke)",
    r"(?:tackar|takker) nej|avstar|avslar|takker nei",
    # Finnish, Czech, Turkish, Romanian, Hungarian
    r"(?:en|emme|ei) (?:ole |olemme )?(?:\w+ )?(?:kiinnosta\w*|kiinnostun\w+|tarvitse)|ei kiitos|kiitos ei",
    r"(?:nemam|nemame|bez) (?:\w+ )?zajem\w*|ne,? dekuj\w*|nemame o to zajem",
    r"(?:ilgilenmiyor\w*|istemiyor\w*|hayir,? tesekkur\w*|gerek yok|ihtiyac\w* yok|dusunmuyor\w*)",
    r"(?:nu (?:ma|ne|sunt|suntem) (?:\w+ )?interes\w+|nu,? multumesc)|(?:nem erdekel\w*|nem,? koszon\w*)",
)
NO_ANYWHERE = anywhere(
    r"興味(?:が|は)?(?:ありません|ない|ございません)|必要(?:ありません|ございません|ない)|不要です|結構です|お断り(?:し|いた)|見送(?:り|ら)|辞退|他社(?:に|を|で)(?:決|選"
    r"|お願い)",
    r"遠慮(?:し|させ)",
    r"(?:没|沒)(?:有)?(?:兴趣|興趣)|不感(?:兴趣|興趣)|不需要|不用了|不考虑|不考慮|谢谢,?不|已经(?:选|定)了(?:别|其他|另)|选择了(?:别|其他|另)|婉拒|暂不考虑",
    r"관심\s?(?:이\s?)?없|필요\s?없|괜찮습니다|사양(?:하|할)|거절|다른 (?:업체|회사)",
    r"не (?:интересно|интересует|интересуют|заинтересован\w*|нужно|надо|актуально|требуется|цікав\w*|потрібно)",
    r"нет,? спасибо|спасибо,? (?:но )?(?:нет|не надо|не нужно)|(?:выбрали|выбрал|выбрала) (?:друг\w+|иного)",
    r"(?:откажемся|отказываемся|отказываюсь|откажусь)|не будем|лא מעוניי\w+|لا,? شكر|غير مهتم|لست مهتم",
    r"δεν (?:μας |με )?ενδιαφερ\w+|οχι ευχαριστω",
)
#: Not no for ever, or no no at all.
NOT_NO = words(
    r"(?:it's |it is |that's )?not (?:that|because|saying|as if) (?:i'm|we're|i am|we are|it's|it is"
    r"|no)\b[^.!?\n]{0,40}",
    r"(?:not|isn't|aren't) (?:\w+ )?(?:un|not )interested|why (?:would|wouldn't|do you "
    r"think)[^.!?\n]{0,60}interested",
    r"if (?:you're|you are|we're|we are|they're|i'm|i am) (?:no longer |not )interested",
    r"no (?:thanks|thank you) (?:needed|necessary|required)|no (?:problem|worries|rush|hurry)",
)
LATER = words(
    r"(?:next|in|until|after|from|early|later|by|around|this|mid|end of|start of|beginning of) (?:the )?(?:new "
    r"year|next year|year|quarter|q[1-4]|january|february|march|april|may|june|july|august|september|october"
    r"|november|december|spring|summer|autumn|fall|winter|month|weeks?|months?|\d+ (?:weeks|months))",
    r"maybe later|not (?:right )?now|not yet|at (?:the|this) (?:moment|time|stage)",
    r"for (?:now|the moment|the time being)|check back|circle back|try (?:me|us|again)|get back to (?:me|us)",
    r"come back to (?:me|us)|reach out (?:again|in|next)|touch base",
    r"(?:ask|contact|ping|write|call) (?:me|us) (?:again )?(?:in|next|after|later)|revisit",
    r"(?:im|nachsten|nachstes|spater|momentan|derzeit|aktuell|vorerst|l'annee|plus tard|pour l'instant|pour le "
    r"moment|mas adelante|por ahora|de momento|por el momento|piu avanti|per ora|per il momento|mais tarde|por "
    r"agora|de momento|voorlopig|op dit moment|later|na razie|obecnie|pozniej|just nu|lige nu|akkurat na|senare"
    r"|senere)",
)

WRONG = words(
    r"(?:wrong|incorrect|mistaken) (?:number|person|guy|man|woman|lady|girl|dude|contact|address|e-?mail(?: "
    r"address)?|mail|department|company|recipient|individual|marta|name|one|place)",
    r"not (?:the |your )?(?:right|correct|appropriate|proper|best|relevant) (?:person|contact|one|department|guy"
    r"|address|team|recipient|man|woman)",
    r"not (?:the )?(?:person|one|guy|woman|man) (?:you|who|to|for|that|in charge|responsible|handling)",
    r"(?:this|that|it|number|phone|e-?mail|address) (?:is|isn't|'s|does|doesn't|no longer|is no longer|has "
    r"never) ?(?:not|no longer|belong\w*)? ?(?:belong\w* to )?(?:not )?(?!interest|spam|true|good|right|possible"
    r"|clear|what|a |an |the |our |my |urgent|ideal|correct|working|bad|fair|my)(?:(?<=not )|(?<=to )|(?<=longer "
    r"))(?:a |the )?(?:\w+'s |\w+ s )?(?:number|phone|e-?mail|address|mailbox)",
    r"(?:you have|you've|you got|u got|u have|ya got|reached|texted|e-?mailed|called|contacted|messaging|texting"
    r"|e-?mailing|sent (?:this|it) to|got|reaching|sending (?:this|it) to) (?:\w+ ){0,3}(?:wrong|incorrect)",
    r"(?:no|nobody|no one|not anyone|there is no|there's no|isn't|never heard of|don't know|do not know|who is"
    r"|who the hell is) (?:\w+ )?(?:by that name|of that name|with that name|called that|named that|here "
    r"(?:called|named|by))",
    r"no one (?:here )?(?:by|with|of|called|named)|nobody (?:here )?(?:by|with|called|named)",
    r"there is no \w+ (?:here|at this)|no \w+ (?:lives|works) here|no such person|who is \w+\?+ (?:wrong|this|i)",
    r"doesn't live here|does not live here|never heard of (?:him|her|them|that person|this person)",
    r"no longer (?:\w+ )?(?:work(?:ing|s)?|employed|with (?:the|this|that|our|\w+$)|at (?:the|this|that"
    r"|\w+(?=\s*[.,!]|\s*$))|part of|in charge|responsible|handl\w+|manag\w+|deal\w*|look\w* after|overse\w+"
    r"|involved|in (?:that|this|the) (?:role|position|job|department|team)|affiliated|associated|the (?:owner"
    r"|manager|contact|right)|here|there|my (?:area|job|role))",
    r"(?:don't|do not|doesn't|does not|stopped|didn't|did not) (?:\w+ )?work(?:ing|ed)? (?:for (?:them|this|that"
    r"|the|\w+(?=\s*[.,!]|\s*$))|at (?:this|that|the (?:company|school|firm|gym)|[\w-]+(?=\s*[.,!]|\s*$))|with "
    r"(?:them|this|that) |here|there|in (?:this|that) (?:company|field|department|area))",
    r"(?:not|isn't|aren't) (?:\w+ )?(?:in charge of|responsible for|involved in|involved with|the owner of|the "
    r"decision[- ]maker|handling|dealing with|employed (?:by|at|with))",
    r"(?:don't|do not|doesn't|does not) (?:\w+ )?(?:handle|manage|deal with|look after|oversee|decide (?:on"
    r"|about)|make) (?:this|that|these|those|purchas\w*|contracts|it\b|any|such|procurement|decisions|the|our)",
    r"(?:has|have|'ve|'s|i|he|she|they|just|since|recently|already) (?:(?:since|already|now|recently|just|also"
    r"|unfortunately|sadly) )?(?:left|quit|resigned|departed|moved on)(?=\s*(?:[.!,;]|$|and\b|since\b|last\b|in "
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|\d)))",
    r"(?:retired|resigned|departed|moved on) (?:from|in|last|at the)|(?:has|have|is|'s) (?:now )?retired",
    r"changed (?:jobs|roles|positions|companies|employers)|been (?:laid off|let go)",
    r"moved to (?:a|another) (?:different |new )?(?:company|role|position|team|department|job)",
    r"switched (?:jobs|companies|roles)",
    r"left (?:the|our|this|that|my) (?:company|firm|team|business|organi[sz]ation|agency|school|job|group|studio"
    r"|practice|club|gym)",
    r"last day (?:at|with|was)|passed away|deceased",
    r"(?:has|have|is|was) (?:sadly |unfortunately |recently )?(?:died|retired)",
    r"(?:i'm|i am|am|he's|she's) (?:now )?retired",
    r"(?:please |kindly |better |should |you (?:may|can|should|need to|want to|might want to|must|have to|ought "
    r"to) |best to |try |instead )(?:contact|write to|talk to|speak to|speak with|talk with|e-?mail|reach out to"
    r"|ask|address|direct (?:this|your \w+|it|these|any \w+) to|forward (?:this|it) to|get in touch with|turn to"
    r"|reach|call|try|approach|refer to|send (?:this|it|these|your \w+|such \w+) to) (?!me\b|us\b|you|the (?:new"
    r"|other) address|my (?!colleague|boss|manager|successor|partner|husband|wife|assistant)|our (?!colleague"
    r"|team|department|head|office|purchas|procure|finance|manager|ceo|director|admin))[^.!?\n]{1,60}?(?: "
    r"instead| for (?:this|that|these|such|all|any)| about (?:this|that|these)| in (?:the )?future| as (?:he|she"
    r"|they)| from now on|, (?:he|she|they)(?:'s|'re| is| are| handles?)| who (?:is|handles|now)| on (?:this"
    r"|that|these|such)| with (?:this|that|these|such)| regarding| going forward)",
    r"(?:my |our )?(?:colleague|successor|replacement|boss|manager|coworker|co-worker|partner) (?:\w+ "
    r"){0,3}(?:(?:is|are) (?:now |the |in charge|responsible|handling|taking)|handles|took over|takes over|has "
    r"taken over|will take over|deals with|looks after|is in charge|is responsible|would be the (?:right|best"
    r"|better))",
    r"(?:isn't|is not|not) (?:my|our) (?:department|area|responsibility|job|field|role|remit|decision|call|call "
    r"to make)",
    r"(?:i'm|i am) only (?:the|an) (?:intern|assistant|receptionist|temp)|not my (?:job|department|decision)",
    r"(?:changed|got a new|new owner of this|just got this|this is now|recently got this) (?:my )?(?:number"
    r"|phone number|phone)",
    r"this (?:number|phone|e-?mail) (?:has been |was |is )?(?:reassigned|changed (?:hands|owners?)|belongs to)",
    r"i am (?:her|his|their) (?:mother|father|mum|mom|dad|son|daughter|husband|wife|brother|sister|parent)",
    # German
    r"falsche[rn]? (?:nummer|person|ansprechpartner\w*|adressat\w*|adresse|empfanger\w*|kontakt)",
    r"(?:sie haben sich )?verwahlt",
    r"nicht (?:\w+ )?(?:der|die) richtige\w* (?:ansprechpartner\w*|person|kontakt\w*|stelle|empfanger\w*)",
    r"nicht (?:\w+ )?(?:zustandig|verantwortlich)",
    r"(?:arbeite|arbeitet|bin|ist|tatig)(?: \w+){0,5} (?:nicht mehr|nicht langer)(?: \w+){0,4}(?:(?:hier"
    r"|dort|bei|fur|im|in der|beschaftigt|tatig|angestellt)(?: \w+){0,3})",
    r"nicht mehr (?:\w+ ){0,3}(?:bei|fur|im unternehmen|in der firma|beschaftigt|tatig)",
    r"(?:unternehmen|firma|haus|schule|verein|team) (?:\w+ )?(?:verlassen|ausgeschieden)|ausgeschieden|im "
    r"ruhestand",
    r"in rente|(?:wenden|richten|schreiben) sie (?:sich |ihre \w+ )?(?:bitte |kunftig |stattdessen )*an (?!mich"
    r"|uns)",
    r"(?:ich (?:bin|heisse)) (?:aber )?nicht (?:frau|herr)? ?\w+$",
    r"kein(?:e|en)? (?:frau|herr|herrn|person) (?:\w+ )?(?:hier|bei uns|bekannt)|verstorben",
    # French
    r"(?:mauvais|faux|mauvaise) (?:numero|interlocuteur|destinataire|personne|adresse|contact)",
    r"erreur de (?:numero|destinataire|personne)",
    r"trompe\w* (?:de|d') ?(?:numero|personne|destinataire|interlocuteur|adresse)",
    r"(?:pas|plus) (?:\w+ )?(?:la bonne personne|le bon (?:interlocuteur|contact|numero|destinataire)"
    r"|responsable de|en charge|le bon service)",
    r"(?:ne )?(?:travaille|travaillons|fait|fais|suis|est) plus (?:\w+ ){0,3}(?:chez|dans|pour|partie|ici|la"
    r"|en poste|salarie\w*|a la|avec|en charge)",
    r"(?:quitte|ai quitte|a quitte|avons quitte|quittee) (?:l'|la |le |cette |notre |mon |mes )?(?:entreprise"
    r"|societe|groupe|poste|ecole|fonctions|equipe|club)",
    r"(?:adress|contact|ecriv|tourn)(?:ez|er)(?:-vous)? (?:plutot |desormais |svp )*(?:a |vers )?(?:mon|ma|notre"
    r"|votre|monsieur|madame|m\.|mme) ?(?:\w+ )?(?:collegue|successeur|remplac\w+|responsable|confrere|\w+) "
    r"?(?:plutot|desormais|qui)",
    r"(?:ne )?m'occupe (?:plus|pas) (?:de|des|du)",
    r"(?:voyez|voir|parlez|adressez-vous) (?:plutot )?(?:avec|a) (?:mon|ma|m\.|mme|monsieur|madame|notre)",
    r"je ne suis pas (?!interesse|disponible|sur|certain|encore|contre|oppose|en|au|a |la|satisf|d'accord|pret"
    r"|libre|convaincu)\w+",
    r"(?:decede|a la retraite|en retraite)",
    # Spanish
    r"(?:numero|persona|contacto|destinatario|direccion|correo) (?:equivocad[oa]|incorrect[oa]|errone[oa])",
    r"(?:se )?(?:equivoc\w+|ha equivocado) (?:de|el) (?:numero|persona|contacto)",
    r"no soy (?:la persona|el (?:responsable|contacto|encargado|indicado)|la (?:indicada|responsable|encargada)"
    r"|(?!de |un |una |cliente|muy|capaz|quien para)\w+(?=\s*(?:[.,!]|$)))",
    r"ya no (?:trabaj\w+|labor\w+|forma parte|estoy|esta|pertenezco|es empleado|llevo|colabor\w+) ?(?:en|aqui"
    r"|con|para|de|la|alli|a cargo)?",
    r"(?:deje|dejo|he dejado|ha dejado) (?:la|el|esta|mi) (?:empresa|compania|puesto|trabajo|organizacion|cargo)",
    r"(?:contacte|escriba|escribale|dirijase|hable|pongase en contacto|comuniquese|contacten|escriban)n? (?:por "
    r"favor )?(?:con|a) (?!mi correo|este|nosotros|mi numero)\w+[^.!?\n]{0,40}",
    r"jubilad[oa]|fallecio|aqui no (?:vive|trabaja|hay ning\w+)",
    # Italian
    r"(?:numero|persona|indirizzo|contatto|destinatario|interlocutore) (?:sbagliat[oa]|errat[oa])",
    r"(?:ha|avete|hai) sbagliato (?:numero|persona|indirizzo)",
    r"non sono (?:io )?(?:la persona|il (?:referente|responsabile|contatto)|piu (?:in|il|la|a)|la referente"
    r"|responsabile|(?!interessat|sicur|disponib|ancora|riuscit|convint|d'accord|in |un |una |molto"
    r"|piu)\w+(?=\s*(?:[.,!]|$)))",
    r"non (?:lavoro|lavora|faccio parte|fa parte|mi occupo|si occupa|collaboro) (?:piu )?(?:per|in|qui|con"
    r"|presso|da|di|dell\w+|a)",
    r"(?:lasciato|lasciata) (?:l'|la |il |questa )?(?:azienda|societa|posto|lavoro|incarico|ditta)",
    r"(?:si rivolga|rivolgetevi|contatti|contattate|scriva a|scrivete a|rivolgersi) (?:per favore |invece |a |al "
    r"|alla )*(?:il |la |al |alla )?(?:mio|mia|nostro|nostra|sig\w*|dott\w*|collega)?[^.!?\n]{0,40}",
    r"in pensione|deceduto",
    # Portuguese
    r"(?:numero|pessoa|contato|contacto|endereco|destinatario) (?:errad[oa]|incorret[oa])",
    r"(?:ligou|mandou|enviou|enganou|engano|se enganou|enganou-se)[^.!?\n]{0,25}(?:errad[oa]|numero|pessoa)"
    r"|foi engano",
    r"nao sou (?:eu )?(?:a pessoa|o responsavel|a responsavel|mais|(?!contra|de |um |uma |muito"
    r"|cliente)\w+(?=\s*(?:[.,!]|$)))",
    r"(?:ja )?nao (?:trabalh\w+|faco parte|faz parte|estou|esta) mais",
    r"nao (?:trabalho|trabalha) (?:mais )?(?:na|no|aqui|com|para|nesta)|ja nao (?:trabalh\w+|estou|faco parte)",
    r"(?:sai|deixei|saiu|deixou) (?:da|a|do|desta) (?:empresa|companhia|cargo|equipe|equipa)",
    r"(?:fale|contate|contacte|procure|entre em contat?o|escreva|dirija-se) (?:por favor )?(?:com|a|ao|para) "
    r"(?!migo|mim|o meu)\w+[^.!?\n]{0,40}",
    r"aposentad[oa]|reformad[oa]|faleceu",
    # Dutch
    r"(?:verkeerde|verkeerd|foute) (?:nummer|persoon|contactpersoon|adres|afdeling|e-?mail\w*)|verkeerd verbonden",
    r"niet (?:\w+ )?(?:de juiste|het juiste|de goede) (?:persoon|contactpersoon|adres|afdeling)",
    r"(?:werk|werkt|werkzaam|ben|is|in dienst)(?: \w+){0,4} (?:niet meer|niet langer)(?: (?:hier|bij|voor|in "
    r"dienst|werkzaam|verantwoordelijk))",
    r"niet (?:meer|langer) (?:werkzaam|in dienst|bij|verantwoordelijk|hier)|ga(?:a|at)? (?:\w+ )?niet over",
    r"(?:bedrijf|organisatie|school|team|firma) (?:\w+ )?verlaten|uit dienst|met pensioen",
    r"(?:neem|kunt u|kun je|gelieve|contact) (?:\w+ ){0,4}(?:contact op(?: te nemen)?|opnemen) met (?!mij|ons)\w+",
    r"(?:ik ben|dit is) niet (?:de |mevrouw |meneer )?(?!geinteresseerd|zeker|beschikbaar|blij|thuis|meer|op|in"
    r"|de |het |akkoord|goed|mogelijk|nodig|wat|duidelijk|waar)\w+(?=\s*(?:[.,!]|$))",
    r"overleden",
    # Polish
    r"(?:zly|bledny|niewlasciw\w+|pomylka|nieprawidlow\w+) ?(?:numer\w*|osob\w+|adres\w*|adresat\w*)?",
    r"pomylil\w* (?:numer|osob\w+|sie)?|to pomylka",
    r"nie (?:jestem|to) (?:\w+ )?(?:wlasciw\w+|odpowiedni\w+|osoba|pani|pan)\b",
    r"nie (?:jestem|ja) (?:juz )?(?:odpowiedzialn\w+|zajmuj\w+|osoba)|nie zajmuj\w+ sie",
    r"(?:juz )?nie (?:pracuj\w+|jestem zatrudnion\w+)(?: juz)?|(?:odszedl\w*|odeszl\w*|odszedlem|odeszlam) (?:z"
    r"|od)",
    r"(?:prosze|prosimy) (?:\w+ )?(?:kontakt\w*|skontaktowac|pisac|zwrocic) (?:\w+ )?(?:z|do|sie z|sie do) "
    r"(?!mna|nami)\w+",
    r"na emeryturze|zmarl\w*|nie pracuje tu",
    # Swedish, Danish, Norwegian
    r"(?:fel|forkert|feil|galt) (?:nummer|person|adress|adresse|kontakt|avdelning|afdeling|avdeling)",
    r"(?:inte|ikke) (?:\w+ )?(?:ratt|rette|den rette|riktig|den riktige|ratte) (?:person\w*|kontakt\w*|avdelning"
    r"|afdeling|avdeling)",
    r"(?:jobbar|arbetar|arbejder|jobber|arbeider|ansatt|ansat|anstalld)(?: \w+){0,4} (?:inte|ikke) (?:langre"
    r"|laengere|lenger)",
    r"(?:inte|ikke) (?:langre|laengere|lenger)(?: \w+){0,3} (?:ansat\w*|anstalld|jobber|arbejder|arbetar|kvar"
    r"|hos|pa|i firma\w*)",
    r"(?:slutat|sluttet|stoppet|lamnat|forladt|fratradt)(?: \w+){0,2} (?:foretaget|firmaet|virksomheden"
    r"|bedriften|firman|selskapet|hos|jobbet|pa)",
    r"(?:kontakta|kontakt|skriv till|skriv til|vand dig til|henvend deg til|hor av dig till|snakk med|prata med) "
    r"(?!mig|meg|oss|os)(?:istallet |i stedet |i stedet for |gerne |venligst )?[^.!?\n]{1,40}(?:istallet|i "
    r"stedet|i stedet for)",
    r"gatt i pension|gaet pa pension|(?:inte|ikke) (?:mitt|min|mit) (?:ansvar|omrade|bord|ansvarsomrade)",
    # Turkish, Finnish, Czech
    r"yanlis (?:numara|kisi|adres)\w*|(?:artik|burada) (?:\w+ )?calismiyor\w*|ben \w+ degilim",
    r"(?:vaara|vaaraan) (?:numero\w*|henkilo\w*)|en ole oikea henkilo|en tyoskentele enaa\w*",
    r"(?:spatne|spatny|nespravn\w+) (?:cislo|osob\w*|adres\w*)",
    r"(?:uz|jiz) (?:tam |zde )?ne(?:pracuj\w+|jsem zamestnan\w*)|to je omyl|(?:numar|persoana) gresit\w*|rossz "
    r"szam\w*",
    r"teves (?:szam|cim)\w*",
)
WRONG_ANYWHERE = anywhere(
    r"(?:人違い|番号(?:が)?(?:違|間違)|間違い(?:電話|メール|です)|宛先(?:が)?(?:違|間違)|担当(?:では(?:ありません|ございません|ない)|者では|外)|退職(?:し|いた|致|済)"
    r"|異動(?:し|いた|致))",
    r"(?:打错|打錯|发错|發錯|找错|找錯|搞错|認錯|认错|弄错)(?:了|人)?|(?:号码|號碼)(?:不对|错)|我不是[^。\n]{0,8}(?:。|$)|(?:已(?:经)?)?(?:离职|離職|辞职)",
    r"不在(?:这里|这家|本)(?:公司)?(?:工作|上班)|不(?:负责|負責)",
    r"잘못\s?(?:보내|거|걸|된|연락)|번호가\s?(?:틀|잘못)|퇴사|담당자가\s?아닙|제가\s?담당이\s?아",
    r"(?:ошиблись|вы ошиблись|не туда|ошибка) ?(?:номером|адресом)?|не тот (?:номер|человек|адрес)",
    r"(?:больше|уже) (?:здесь |там |тут )?не работа\w+|(?:уволил\w+|ушел|ушла) (?:из|с)|не занимаюсь|не являюсь",
    r"(?:обратитесь|обращайтесь|свяжитесь) (?:к|с) (?!о мной|нам)|помилились",
)
#: "I am not Marta": a name that the folded text does not show. Looked for in the text as it was written.
NOT_THIS_NAME = (
    r"\b(?:[Ii]['’]?m|[Ii] am|[Tt]his is|[Tt]his isn['’]t|[Tt]hat['’]?s|[Yy]ou want|[Ll]ooking for) (?:not |NOT "
    r")?(?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? )?(?<=not )(?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? )?[A-Z][a-zà-ÿ]{2,}(?:'s "
    r"number)?(?=\s*(?:[.,!;]|$|and|but|any|\n| [A-Z]))|\b[Tt]his (?:isn['’]t|is not) [A-Z][a-zà-ÿ]{2,}"
    r"|\b[Nn]ot [A-Z][a-zà-ÿ]{2,}['’]s (?:number|phone|email|e-mail)|\b[Nn]icht (?:Frau|Herr) [A-Z]|\b[Ii]ch "
    r"bin nicht [A-Z][a-zà-ÿ]{2,}\b(?=\s*(?:[.,!]|$))|\b[Nn]o [A-Z][a-zà-ÿ]{2,} (?:here|works here|at this)"
    r"|\b[Tt]here(?:['’]s| is) no [A-Z][a-zà-ÿ]{2,}"
)
