"""How people say in English that they want no more messages.

Any reasonable wording counts, not only a list of words (47 CFR 64.1200(a)(10)).
"""

from __future__ import annotations

from outreach.rules.replies.patterns import words

_MAILS = (
    r"(?:e ?-?mails?|e-?mailings?|mails?|mailings?|messages?|msgs?|texts?|txts?|sms|phone calls?|calls?|contact"
    r"|contacts|communications?|correspondence|newsletters?|spam|junk|outreach|solicitations?|follow[- ]?ups?"
    r"|sales pitch(?:es)?)"
)
_WRITING = (
    r"(?:e ?-?mailing|mailing|messaging|msging|texting|txting|dm'?ing|calling|phoning|ringing|contacting|writing"
    r"|bothering|harassing|pestering|hassling|bugging|spamming|stalking|hounding|chasing|following up|reaching "
    r"out|pinging|annoying|soliciting|disturbing|badgering|trying to sell)"
)
_WRITE = (
    r"(?:e ?-?mail|mail|message|msg|text|txt|contact|call|phone|ring|write(?: to)?|reach out(?: to)?|bother"
    r"|disturb|harass|spam|pester|ping|solicit|approach|get in touch(?: with)?|follow[- ]?up(?: with)?|chase|bug"
    r"|hassle|come back to)"
)
_ME = (
    r"(?:me|us|this (?:number|address|e-?mail(?: address)?|account|phone|inbox|mailbox|person|contact)"
    r"|my (?:e-?mail|phone|number|inbox|address|cell|mobile|work|wife|husband|company|team|office|personal|private)\b"
    r"|our (?:office|company|number|address|inbox|team|staff|employees)|here)"
)
_STOP = r"(?:stop|quit|cease|halt|refrain from)"
_LOUD = (
    r"(?:(?:all|with|the|these|those|this|that|your|any|further|of|from|both|fucking|f\*+ing|bloody|damn|goddamn|stupid"
    r"|endless|constant|constantly|continually|ever|immediately|already|please|now|always|unwanted|unsolicited|daily"
    r"|marketing|sales|automated|silly|annoying) )"
)
_THEIRS = (
    r"(?! (?:it|them|him|her|(?:our|the|your|their) (?:customers?|clients?|members?|users?|guests?|patients?|leads?)))"
)
_DO_NOT = r"(?:do not|don't|dont|do nt|dnt|never|plz no|pls don't)"
# In front of "do not" these make it a complaint or an invitation: "why don't you call me", "you do not call me back".
_NOT_ASKING = r"(?<!why )(?<!you )(?<!they )(?<!he )(?<!she )(?<!we )(?<!people )(?<!it )"
_WHEN = (
    r"(?! (?:\w+ ){0,3}(?:before|until|till|untill|between|during|tomorrow|today|tonight|so early|so late|right now"
    r"|this (?:week|morning|afternoon|evening|month)|(?:on|next|this) (?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|after \d|at \d|for (?:the next|a few|a week|a month|two|three|\d)))"
)
_ENDING = r"(?:again|any ?more|any longer|ever|further|in (?:the )?future|going forward|from now on)"
_LISTS = (
    r"(?:lists?|mailing|database|records?|system|crm|books?|newsletter|campaigns?|e-?mails?|mails?|distribution"
    r"|subscribers?|contacts?|directory|files?|outreach|sequence|spam|this|these|it)"
)
_ELSEWHERE = (
    r"(?! (?:\w+ ){0,3}(?:meeting|session|class|course|invite|invitation|invoice|booking|appointment|calendar"
    r"|order|quote|plan|waiting list|waitlist|wait list|seat|schedule|rota|roster|event|webinar|demo|trial"
    r"|contract|agreement|project|group|team|room|workspace|channel|account|thread|monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday|hook)\b)"
)

CLEAR = words(
    # stop writing
    rf"{_STOP} {_LOUD}{{0,4}}{_WRITING}{_THEIRS}",
    rf"{_STOP} {_LOUD}{{0,3}}sending(?: (?:me|us|out|any|more|all|these|this|those|your|so many|e-?mails?"
    r"|messages?|texts?|sms|spam|stuff|shit|crap|junk|anything)\b|(?=\s*(?:[.!?,]|$)))",
    rf"{_STOP} {_LOUD}{{1,4}}{_MAILS}",
    rf"{_STOP} (?:these|those|your|the marketing) (?:reminders?|notifications?|marketing|nonsense|harassment|shit"
    r"|crap|bullshit|bs|things?|offers?|ads|adverts?|alerts?)",
    rf"{_STOP} {_MAILS}",
    rf"{_STOP} (?:(?:receiving|getting|hearing) )(?:\w+ ){{0,3}}(?:{_MAILS}|these|this|from you|your \w+|stuff"
    r"|anything)",
    rf"{_STOP} (?:this|the|that|your) (?:nonsense|harassment|shit|crap|bullshit|madness|rubbish|spamming"
    r"|stalking)",
    r"cease(?: and |/| & )?desist|kindly desist|please desist|please cease|kindly cease|cease(?=\s*(?:[.!]|$))",
    r"(?:switch|turn|shut) (?:these|those|this|your|them) (?:[\w-]+ ){0,2}off",
    r"(?:want|need|like|asked|asking|ask|told|telling|tell|begging|beg|warned|warning) (?:you|u|ya|y'all|you "
    r"guys|you people|them)(?: \w+)?(?: times)?(?: to)? stop(?! (?:the|by|at|in|our|over|work\w*))",
    r"(?:said|say|saying|replied|reply|texted|sent|wrote|typed|answered|told you|telling you) [\"'(]?stop\b(?! "
    r"(?:by|at|in|over|to))",
    r"make (?:it|this|them|these|the \w+) stop",
    rf"why (?:do|are|is|would|must|won't|can't|don't) (?:you|u|ya|your \w+)(?: \w+){{0,3}} (?:{_WRITING}|stop|e "
    r"?-?mailing|text me|email me|message me|leave)(?: (?:me|us|this)|(?=\s*[?!.]|$))",
    # do not write
    rf"{_NOT_ASKING}{_DO_NOT} (?:ever |you |dare |even |try to |keep |please |bother to |use this \w+ to "
    rf"){{0,2}}(?:{_WRITE}(?: |, | ?/ ?)(?:or |and |nor )?){{0,3}}{_WRITE} (?:{_ME}){_WHEN}",
    rf"(?<!why )(?:not|don't|dont|never) (?:\w+ )?{_WRITE}(?:,? (?:or|and) {_WRITE})? (?:{_ME} )?(?:\w+ "
    rf"){{0,3}}{_ENDING}(?! in\b)",
    rf"(?:please|pls|kindly|to|should|must|may|shall|will|rather|prefer|you) not (?:to )?(?:be )?{_WRITE}(?:ed)? "
    rf"{_ME}{_WHEN}",
    rf"{_NOT_ASKING}{_DO_NOT} (?:ever |you )?send (?:(?:me|us|it) )?(?:any|anything|more|these|this|those|your"
    r"|e-?mails?|messages?|texts?|spam|stuff|sms|further|again|out|such)\b(?! (?:\w+ )?(?:until|before|yet"
    r"|contract|invoice|form|document))",
    rf"{_NOT_ASKING}{_DO_NOT} send (?:me|us)(?=\s*(?:[.!?]|$))",
    rf"{_NOT_ASKING}{_DO_NOT} (?:ever )?(?:contact|disturb|harass|spam|solicit|e-?mail|text|message"
    r"|call)(?=\s*(?:[.!?]|$))",
    r"(?:do not|don't) (?:share|sell|use|store|keep|process) my (?:data|information|info|details|e-?mail|number"
    r"|address)",
    r"(?:do not|don't) disturb",
    r"(?:not|never|don't|do not) (?:to )?be contacted",
    # no more
    r"(?<!get )(?<!got )(?<!received )(?<!receive )(?<!seen )(?<!see )(?<!getting )(?<!are )(?<!were )(?<!is "
    rf")(?<!was )(?<!be )no (?:more|further|additional|other|new) (?:of )?(?:\w+ )?{_MAILS}",
    r"no more (?:of )?(?:this|these|that|please|pls|plz|thanks|thank you|from you)",
    r"no spam|(?:^|(?<=[.!?,\n] )|(?<=[.!?,\n]))no more(?=\s*(?:[.!,]|$|please|pls|thank|thx))",
    r"(?:delete|erase|remove|destroy|forget) (?:it|them|everything|all of (?:it|this|that))(?=\s*(?:[.!,]|$| now"
    r"| immediately| please| at once))(?<!question )",
    # do not want
    r"(?:do not|don't|dont|does not|doesn't|no longer|never|not|nor do i) (?:\w+ )?(?:want|wanna|wish|care|need"
    r"|like|desire|agree)(?:ed|ing)?(?: to)? (?:(?:keep|be|being|receive|receiving|get|getting|have|see|seeing"
    r"|hear|hearing|any|more|your|these|this|those|such|further|from|of|with|to|so many|all|kind|sort"
    r"|unsolicited|sales|marketing|other|on|about|for|in|again|the|by|via|my|cold|automated|constant|daily"
    rf"|weekly|kinds|types|type) ){{0,6}}(?:{_MAILS}|contacted|e-?mailed|messaged|texted|called|bothered"
    r"|disturbed|spammed|hear(?:ing)? from (?:you|u|your)|from (?:you|your \w+)|marketing|promotions)",
    r"(?:rather|prefer)(?: it if)? (?:you )?(?:not|to not|you didn't|didn't|don't|you don't|if you didn't)(?: "
    r"to)? (?:receive|get|hear|be (?:contacted|e-?mailed|called|on)|contact|e-?mail|write|text|call|send"
    r"|message)",
    r"(?:want|wish|like|prefer|ask|need|have|happy) (?:\w+ )?(?:to )?(?:be )?(?:left alone|left in peace)",
    # take me off
    r"(?:remove|delete|erase|take|drop|scrub|strike|purge|get|wipe|clear|exclude|pull|kick|cut) (?:(?:me|us"
    r"|myself)|(?:my|our|this|the) (?:\w+ ){0,3}(?:name|e-?mail|address|number|details|contact|data|info"
    rf"|information|company|account|inbox|phone|mail)s?) (?:off|from|out of|out)\b{_ELSEWHERE}",
    r"(?:remove|delete|erase|unlist|scrub|deregister|de-?list|drop|unsub) (?:me|us|myself)(?! (?:from|off|as|in"
    r"|on|a|an|the|some|at)\b)",
    r"(?:remove|delete|erase|lose|forget|destroy|purge|burn|bin|scrap|loose) (?:(?:all|any|of) ){0,2}(?:my|our"
    r"|this) (?!old|wrong|former|previous|account|booking|order|plan)(?:\w+ ){0,2}?(?:e-?mail|number|phone"
    r"|cell|mobile|address|contact|details|data|info|information|record|records|name)s?",
    r"take (?:me|us|my \w+|this \w+|our \w+) off(?! (?:the|this) (?:call|meeting|invite|waiting|rota|schedule"
    r"|thread))",
    r"(?:want|like|asked|asking|ask|wish|request|requested|requesting|need|prefer|demand|love|how|where|way"
    r"|please|pls) (?:\w+ )?(?:to be|be|being) (?:removed|taken off|deleted|unsubscribed|erased|excluded|opted "
    rf"out|dropped){_ELSEWHERE}",
    rf"(?:want|wish|need|like|get) (?:\w+ )?(?:off|out of) (?:\w+ )?{_LISTS}",
    r"(?:remove|removal|removing|unlist) (?:from|off) (?:\w+ ){0,3}(?:lists?|database|mailing|newsletter|crm"
    r"|records)",
    r"(?:request|demand|ask(?:ing)? for) (?:\w+ ){0,2}(?:removal|erasure|deletion)(?: (?:from|of my|of our|of "
    r"all)|(?=\s*[.!,]|$))",
    r"(?:remove|delete|erase) (?:this|my|our) (?:e-?mail(?: address)?|address|number)",
    # go away
    r"leave (?:me|us|my \w+)(?: (?:the \w+|tf))? (?:alone|be|in peace|out of (?:it|this))",
    r"go away|get lost|get out of my (?:inbox|phone|face)|get off my (?:back|case|phone)|jog on|give it a rest",
    r"knock it off|cut it out|(?:f+u+c+k+|f\W{1,4}k?|fck|fk|feck|piss|bugger|sod|buzz|naff|eff|bog) (?:right "
    r")?off",
    r"enough (?:already|is enough|of (?:this|these|your)|with (?:the|these|your))",
    r"had enough(?: of (?:this|these|your|you)|(?=\s*[.!,]|$))",
    r"shut (?:the \w+ )?up",
    r"lose (?:my|this) (?:number|e-?mail|contact|address)",
    # spam, harassment, complaints
    r"(?:this|it|that|which|these|here)(?:'s| is| are| was| feels like| looks like| constitutes| borders on|s)? "
    r"(?:\w+ ){0,3}(?:spam(?!my| filter| folder| box)|harass(?:ment|ing)|spamming|abuse|stalking)",
    r"(?:you are|you're|ur|youre|you guys are|you people are) (?:\w+ ){0,2}(?:spam\w*|harass\w*|stalk\w*|scam\w*)",
    r"(?:bloody |damn |fucking |you |stupid )?spammers?",
    r"(?:report(?:ed|ing)?)(?: (?:this|you|it|your|these|them|all|e-?mails?|messages?|company|number|domain"
    r"|sender|again|next|the)){0,4} (?:(?:as|for|to|with) )?(?:(?:the|my|our|google|gmail|your) )?(?:spam|junk"
    r"|abuse|phishing|spamming|harassment|ico|ftc|fcc|cnil|carrier|isp|authorities|police|7726|provider"
    r"|regulator|data protection)",
    r"(?<!was )(?<!got )(?<!were )(?<!been )(?<!is )(?<!gets )(?<!automatically )(?<!wrongly )(?:mark(?:ed|ing)?"
    r"|flag(?:ged|ging)?)(?: (?:this|you|it|your|these|them|all|e-?mails?|messages?|domain|sender)){1,3} as "
    r"(?:spam|junk)",
    r"(?:marked|flagged|marking|flagging) as (?:spam|junk)(?=\s*[.!]|\s*$)",
    r"(?:i|i'm|i'll|im|we|will|am|going to|gonna|have|been|just|now) (?:\w+ )?(?:block|blocked|blocking|report"
    r"|reporting) (?:you|this (?:number|sender|address|e-?mail)|your (?:number|domain|address|e-?mails?|company)"
    r"|the sender|u)(?! (?:back|on|in|up|for|about)\b)",
    r"(?:you are|you're|ur|you have been|number is|you will be) (?:now )?blocked",
    r"blocked(?: and reported)?(?=\s*[.!]*\s*$)|reported(?=\s*[.!]*\s*$)",
    r"(?:unsolicited|unwanted|uninvited) (?:\w+ )?(?:e-?mails?|messages?|texts?|contact|mails?|communications?"
    r"|sms|calls?|marketing|advert\w*)",
    r"harassment|harassing (?:me|us)|you harass|spamming (?:me|us)|stalking (?:me|us)",
    r"(?:sue you|legal action|take you to court|my (?:lawyer|attorney|solicitor) will)",
    r"(?:file|filing|lodge|make|making|filed) (?:a |an )?(?:formal )?complaint (?:with|to|at|about (?:you|this"
    r"|these))",
    # never asked for it
    r"(?:never|didn't|did not|don't recall|don't remember|do not recall|do not remember|not) (?:\w+ "
    r")?(?:sign(?:ed|ing)? up|subscrib(?:e|ed|ing)|opt(?:ed|ing)? in|register(?:ed|ing)?|enrol+ed)(?: (?:for|to"
    r"|with|on|here))?(?: (?:this|these|it|that|your|any|anything|you|e-?mails?|messages?|a newsletter|the "
    r"newsletter|texts?|spam|such|receive|get|be|here)\b|(?=\s*(?:[.!,;]|$|and\b|so\b)))",
    r"(?:never|didn't|did not|nobody|no one|not) (?:\w+ )?ask(?:ed|ing)? (?:for (?:this|these|it|your|any"
    r"|e-?mails?|messages?|texts?|that)|to (?:be (?:contacted|on|e-?mailed|added|texted|called)|receive|get)|you "
    r"to (?:contact|e-?mail|text|write|call|message))",
    r"(?:never|didn't|did not|do not|don't|have not|haven't|not) (?:\w+ )?(?:agree(?:d)?|consent(?:ed)?"
    r"|g[ai]ven?|give) (?:(?:you|my|to|any|for) ){0,3}(?:permission|consent|this|these|be|being|receiv\w+"
    r"|contact\w*|e-?mails?|messages|authori[sz]ation|you (?:contacting|writing|e-?mailing|using))",
    r"(?:do|did) not consent|don't consent|didn't consent|without my (?:consent|permission)|no consent",
    r"(?:withdraw|revoke|retract|rescind|cancel)(?:ing|n|ed|s)? (?:(?:my|our|any|all|the|hereby|previous|prior) "
    r"){0,3}(?:consent|permission|authori[sz]ation|opt-?in|data processing)",
    r"object(?:ing|ion)? to (?:(?:the|any|your|further|all) ){0,2}(?:processing|use of my|you (?:using"
    r"|processing|contacting|storing)|direct marketing|storage)",
    r"(?:do not call|dnc|don't call) (?:list|registry|register)|(?:right to (?:be forgotten|erasure|object))",
    r"(?:gdpr|ccpa|data protection|tcpa|can-?spam|pecr)[^.!?\n]{0,60}(?:delet|eras|remov|violat|breach|illegal"
    r"|complain|object|fine\b|request)",
    r"(?:violat|breach|illegal|complain|against)[^.!?\n]{0,40}(?:gdpr|ccpa|tcpa|can-?spam|pecr|data protection "
    r"(?:law|act|rules))",
    # ways out that were looked for
    r"(?:how|where|is there (?:a|any) way|what do i (?:have|need) to do|way|trying|tried|want|like|help me|can i"
    r"|could i|can't|cannot|unable)(?: \w+){0,4} (?:stop|end|block|get rid of|get off|turn off|disable|switch "
    r"off|cancel|leave|quit) (?:(?:receiving|getting|all|the|these|this|those|your|from|of|annoying|bloody|damn) "
    r"){0,4}(?:these(?=\s*[?.!]|$)|this list|mailing list|(?:these|your) (?:\w+ )?(?:e-?mails?|messages?"
    r"|texts?|sms|newsletters?|notifications?|spam|mails?|reminders)|newsletter|spam|getting (?:this|these))",
    r"(?:unsubscribe|opt[- ]?out|stop) (?:link|button|option|page|url)[^.?!\n]{0,40}(?:doesn't|does not|didn't"
    r"|not|isn't|broken|dead|404|fail\w*|missing|error|nowhere)",
    r"(?:where|no|find|see|missing|without|is there|need|give|send|want)[^.?!\n]{0,30}(?:unsubscribe|opt[- "
    r"]?out) (?:link|button|option|url)",
    r"(?:click|clicked|clicking|hit|pressed|press|tried|used|using)[^.?!\n]{0,20} unsubscribe",
    r"(?:don't|do not|never) (?:e-?mail|text|call|contact|message)(?: \w+){0,2} (?:again|any ?more|ever)",
    r"(?:take|get) (?:your|this|these) (?:\w+ )?(?:e-?mails?|spam|messages?|texts?) (?:elsewhere|somewhere else"
    r"|away|out of)",
    r"(?:make (?:very |absolutely )?(?:sure|certain)|ensure|see to it|guarantee|promise)[^.!?\n]{0,40}(?:not"
    r"|don't|never|no|no longer|nobody)[^.!?\n]{0,40}(?:contact\w*|receive|messages?|e-?mails?|texts?|hear"
    r"|calls?|written)",
    r"(?:get|getting|got|have|make) (?:you|u|this|it|these|them|you guys|you people|your company) (?:to "
    r")?(?:stop|quit)(?! (?:by|at|in|the|on|over))",
    r"what part of (?:no|stop|unsubscribe)",
    r"how (?:i|we|my \w+) (?:got|ended up|came to be|was put|landed) on (?:this|your|the|a) (?:\w+ )?list",
    r"(?:i|we|just) want (?:off|out)(?=\s*(?:[.!,]|$))",
    rf"(?:keep|leave|strike|get) (?:me|us|my \w+) off (?:\w+ )?{_LISTS}",
    r"(?:be|to be) forgotten",
    r"(?:do not|don't|dont|didn't|did not) want (?:these|those|any of (?:this|these|it)|anything from (?:you"
    r"|u))(?=\s*(?:[.!,]|$))",
    r"(?:^|(?<=[.!?,;\n] )|(?<=[.!?,;\n])|(?<=please ))no (?:e-?mails?|contact|calls?|texts?|messages?|sms|spam"
    r"|newsletters?|mailings?)(?=\s*(?:[.!,]|$|please|pls|plz|thank|thx|ever|at all|any ?more|from you|again))",
    r"cancel (?:these|those|all|your|the|any|my) (?:\w+ )?(?:messages|e-?mails|texts|newsletters?|mailings?"
    r"|notifications|spam|e-?mail subscription)",
    r"unlist (?:this|my|our|the)|spare (?:me|us) (?:the|your|these|from|all|any|this|that|further)",
    r"(?:please )?(?:end|terminate) (?:all |any |this |these |our |your )*(?:communications?|contact"
    r"|correspondence|e-?mails|messages|conversation)",
    r"stop (?:already|now|pls|please|plz|thanks|immediately|at once|asap|today|right now|right away|it|this|that"
    r"|all|everything|ok|okay|thx|ffs|man|dude|bro|or (?:else|i)|stop|i said|means stop"
    r"|contact)(?=\s*(?:[.!?,;:)\"']|$|\n))",
    r"(?:please|pls|plz|plse|kindly|just|now|omg|ffs|jesus|seriously|for god's sake|for the love of god) "
    r"stop(?=\s*(?:[.!,;:)\"']|$|\n))",
)

#: Words that mean it only where they themselves, and not somebody else, are to be struck off.
BARE = words(
    r"un-? ?sub(?:s?c?r?i?b?e?(?:d|r|s|ing)?|scription|scribing)?",
    r"u?nsub?scri?be?",
    r"opt(?:ing|ed|s)?[ -]?(?:me |us |my \w+ |this \w+ )?out",
    r"optout",
)
#: They may mean it. A person decides.
MAYBE = words(
    r"(?:cancel|end|terminate|delete|close|deactivate|stop) (?:my|our|the|this) (?:subscription|subscriptions"
    r"|membership|account|profile)",
    r"too many (?:e-?mails?|messages?|texts?|reminders|notifications|calls)",
    r"(?:fewer|less) (?:e-?mails?|messages?|texts?|mails?)",
    r"(?:e-?mail|write|text|message|contact|call|send)(?:ing)? (?:me |us )?(?:too (?:much|often|many)|so "
    r"(?:often|much|many)|every (?:single )?day|all the time|constantly)",
    r"keep (?:e ?-?mailing|texting|messaging|calling|contacting|writing|sending|bothering)",
    r"fuck you|f u|screw you|take a hint|get a life|bite me|drop dead|go to hell|up yours|stfu|gtfo",
    r"spam\?|scam\?|is this (?:a )?(?:spam|scam|phishing)",
    r"(?:fed up|sick|tired|annoyed|irritated) (?:of|with|by) (?:\w+ ){0,2}(?:you|your|this|these|e-?mails?"
    r"|messages?|texts?)",
    r"annoying (?:e-?mails?|messages?|texts?)|(?:very|so|really|getting|this is|you are|you're) annoying",
    r"give (?:it )?up|let it go|drop it|move on",
    r"(?:don't|do not) (?:reply|respond|answer|write|call|text|bother)(?=\s*(?:[.!]|$))",
    r"^\W*(?:please |pls )?remove(?=\s*[.!]*\s*$)",
    r"stop (?:that|this|it|them|those)",
    r"(?:^|(?<=[.!?,\n] )|(?<=[.!?,\n]))(?:please |just )?(?:enough|end (?:this|it)|desist|drop it|that's enough"
    r"|no means no)(?=\s*[.!]*\s*(?:$|\n))",
    # A refusal and a message close together.
    r"(?:no|not|don't|dont|do not|never|stop|stopping|end|ending|cease|cancel|halt|quit|block|without|no longer"
    r"|away with|done with|sick of|tired of|fed up with|hate|refuse|reject|forbid|prohibit|unwilling|must not"
    r"|leave|opposed to|against) (?!(?:get|got|see|saw|read|find|have|had|receive|received)\b)(?:(?!get|got"
    r"|seen?|saw|received?|find|found|read|had|have|attach|arriv|reach|open|sure|know|yet|until|before|only"
    r"|hesitate|forget|problem|worr)[\w'-]+ ){0,4}(?:e-?mails|e-?mailing|e-?mailed|messages|messaging|texts"
    r"|texting|contacting|contacted|mailings?|newsletters?|solicitations?|from you|your (?:mailing )?list|this "
    r"(?:mailing )?list|my (?:number|inbox|details|personal data|mailbox)|hear from|bothered|spam|follow-?ups)",
    r"(?:remove|removed|removal|delete|deleted|erase|erased|off|out of|leave|exclude|excluded)(?: "
    r"[\w'-]+){0,4} (?:mailings?|newsletters?|(?:your|this|the|any|all) (?:mailing |contact |e-?mail "
    r"|distribution )?lists?|(?:your|the) (?:database|crm|system|records)|my (?:number|inbox|details|personal "
    r"data|data))",
)

#: Somebody else is to be struck off, or the thing itself is talked about.
_PEOPLE = (
    r"(?:seats?|users?|customers?|clients?|members?|colleagues?|employees?|staff|team(?:mates?| members?)?"
    r"|people|persons?|guests?|patients?|contacts?|subscribers?|recipients?|students?|leads?|attendees|visitors?"
    r"|readers?|participants?|licen[cs]es?|locations?|devices?|reminders?|parents|tenants|residents|donors"
    r"|sites?|branch(?:es)?)"
)
OTHERS = words(
    r"(?:un-? ?subscribe|opt[- ]?out|remove|delete|opt)(?: (?:one|some|any|all|two|three|four|five|\d+|a|an|of"
    r"|our|my|his|her|their|the|your|for|out|former|old|single|individual|more|these|those|inactive|from"
    rf"|by)){{1,5}} (?:\w+ )?{_PEOPLE}",
    rf"{_PEOPLE} (?:(?:can|could|may|will|who|that|to|should|have|has|be|are|is|also|still|easily|want|wants|get"
    r"|how|do|would|need|must|themselves) ){0,5}(?:un-? ?subscrib\w*|opt(?:ing|ed|s)?[- ]?out)",
    r"(?:they|he|she|someone|somebody|anyone|everybody|everyone) (?:\w+ ){0,3}(?:un-? ?subscrib\w*|opt(?:ing"
    r"|ed|s)?[- ]?out)",
    r"(?:un-? ?subscrib\w*|opt[- ]?outs?) (?:rates?|handling|process(?:es)?|features?|flows?|numbers|headers?"
    r"|support|statistics|stats|reasons?|requests?|figures|options? for|management|compliance|pages? for|clause"
    r"|rules)",
    r"(?:add|adds|have|has|include|includes|support|supports|offer|provide|put|generate|handle|handles|require"
    r"|show|contain)(?: (?:an?|the|one-?click|own|automatic|automatically|your|our|any)){1,3} (?:un-? "
    r"?subscribe|opt[- ]?out)",
    r"opt[- ]?out of (?:the|our|your|a|an|this) (?!e-?mails?|mail|messages?|lists?|newsletter|marketing|sms"
    r"|texts?|communication|campaign|contact|sequence)\w+",
    r"un-? ?subscrib\w* from (?:the|our|your) (?:plan|trial|service|premium|pro|basic|package|course|class"
    r"|programme|program|tool|app|add-?on)",
)

#: They do not want to be struck off.
NOT_MEANT = words(
    r"(?<!you )(?<!why )(?<!they )(?<!it )(?<!ur )(?:do not|don't|dont|did not|didn't|never|no need to|no reason "
    r"to|would not|wouldn't|won't|will not|not going to|not asking you to|rather not|not to|without) (?:(?:i|you"
    r"|we|ever|really|actually|currently|want|wanted|wish|mean|meant|intend|plan|like|ask|asked|have|had|need|to"
    r"|please|just|even|be|yet|us|me|accidentally) ){0,5}(?:stop(?:ping|ped)?|un-? ?subscrib\w*|opt(?:ing"
    r"|ed)?[- ]?out|remove(?:d)? (?:me|us)|take (?:me|us|my \w+) off|removed|unsubscribed|taken off|delete (?:me"
    r"|us|my))",
    r"(?:un-? ?subscrib\w*|opted out|removed)[^.!?\n]{0,40}(?:by (?:mistake|accident|error)|accidentally"
    r"|mistakenly|unintentionally|inadvertently|in error)",
    r"(?:by (?:mistake|accident|error)|accidentally|mistakenly|unintentionally"
    r"|inadvertently)[^.!?\n]{0,40}(?:un-? ?subscrib\w*|opted out|clicked[^.!?\n]{0,20}stop)",
    r"(?:re-?subscribe|subscribe me again|sign me (?:back )?up|keep (?:me|us) on|put me back)[^.!?\n]{0,60}",
    r"non-?stop|one-?stop|full stop|pit stop|bus stop|stopover|stop ?watch|stop gap|door ?stop",
)

#: The small print of their own mails.
SMALL_PRINT = words(
    r"if you (?:(?:no longer|do not|don't|would|rather|wish|want|prefer|like|ever|not|to|longer|received|are) "
    r")[^.\n]{0,120}(?:click|link|reply|here|visit|http|let us know|contact us|please (?:delete|notify|inform"
    r"|destroy)|delete this|preferences|www)[^.\n]{0,120}",
    r"(?:^|(?<=[.|:\n] ))to (?:unsubscribe|opt[- ]?out|stop receiving|be removed|update "
    r"your)[^.\n]{0,100}(?:click|visit|reply|http|go to|here|follow|www|send)[^.\n]{0,120}",
    r"(?:click|tap) (?:here|below|on|the)(?: \w+){0,4} to (?:unsubscribe|opt[- ]?out|be removed)",
    r"you can (?:unsubscribe|opt[- ]?out)[^.\n]{0,80}(?:at any time|any time|anytime|here|http|link"
    r"|preferences)[^.\n]{0,80}",
    r"unsubscribe ?(?:\||<|:? ?http|here (?:\||<|http))[^\n]{0,120}",
    r"(?:manage|update|change) (?:your )?(?:e-?mail )?(?:preferences|subscriptions?|settings)[^\n]{0,80}",
    r"(?:intended (?:only |solely )?for|if you are not the intended|this (?:e-?mail|message) (?:and any|is "
    r"confidential|may contain))[^\n]{0,600}",
    r"(?:reply|text|send|type|respond with|answer) [\"'(]?stop[\"')]? (?:to|if|for|in order)[^.\n]{0,80}",
)
