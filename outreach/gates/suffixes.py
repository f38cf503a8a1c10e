"""Endings by which programs take words for a host: all countries, and the general ones in wide use."""

_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf
cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh
gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr
kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf
ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl
sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vu wf
ws ye yt za zm zw
"""
_GENERAL = """
com org net edu gov mil int info biz name pro mobi app dev page site online website web store shop blog cloud tech link
click live life world today email support help services solutions agency company business consulting digital media
studio design group team network systems software tools academy education training events finance money cash loan loans
bank credit insurance legal law health care clinic fitness travel hotel restaurant cafe food fashion art photo photos
video music news press review reviews social chat club community fun game games play bet casino win bid trade market
sale deals discount promo buy gift gifts download stream zip mov xyz top vip icu cyou sbs cfd buzz rest monster quest
space host hosting domains wiki zone work works jobs career careers expert guru ninja rocks lol wtf party date dating
adult sex porn review science faith men loan racing accountant cricket stock wang ren kim red blue pink black green gold
city town land earth global international london paris berlin wien koeln hamburg nyc tokyo amsterdam brussels swiss
asia africa lat cat eus gal scot wales bzh gmbh ltd llc inc limited onion local localhost example test invalid lan
internal home arpa
"""

SUFFIXES = frozenset(_COUNTRIES.split()) | frozenset(_GENERAL.split())
