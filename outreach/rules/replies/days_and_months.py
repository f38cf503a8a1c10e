"""What days and months are called, in small letters without accents."""

from __future__ import annotations

_MONTHS = (
    "january jan januar januari janvier janv enero ene gennaio gen janeiro stycznia styczen tammikuuta "
    "ledna ocak января",
    "february feb februar februari fevrier fevr febrero febbraio fevereiro fev lutego luty helmikuuta "
    "unora subat февраля",
    "march mar marz maerz maart mrt mars marzo marco marca marzec marts maaliskuuta brezna mart марта",
    "april apr avril avr abril abr aprile kwietnia kwiecien huhtikuuta dubna nisan апреля",
    "may mai mei mayo maggio mag maio maja maj toukokuuta kvetna mayis мая",
    "june jun juni juin junio giugno giu junho czerwca czerwiec kesakuuta cervna haziran июня",
    "july jul juli juillet juil julio luglio lug julho lipca lipiec heinakuuta cervence temmuz июля",
    "august aug aout agosto ago augustus augusti sierpnia sierpien elokuuta srpna agustos августа",
    "september sep sept septembre septiembre settembre set setembro wrzesnia wrzesien syyskuuta zari eylul сентября",
    "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernika lokakuuta rijna ekim октября",
    "november nov novembre noviembre novembro listopada listopad marraskuuta listopadu kasim ноября",
    "december dec dezember dez decembre diciembre dic dicembre dezembro grudnia grudzien desember des "
    "joulukuuta prosince aralik декабря",
)
_DAYS = (
    "monday mon montag lundi lunes lunedi segunda segunda-feira maandag poniedzialek mandag mandagen "
    "pondeli maanantaina pazartesi понедельник",
    "tuesday tue tues dienstag mardi martes martedi terca terca-feira dinsdag wtorek tisdag tirsdag "
    "tiistaina utery sali вторник",
    "wednesday wed mittwoch mercredi miercoles mercoledi quarta quarta-feira woensdag srode sroda onsdag "
    "streda keskiviikkona carsamba среду",
    "thursday thu thurs donnerstag jeudi jueves giovedi quinta quinta-feira donderdag czwartek torsdag "
    "ctvrtek torstaina persembe четверг",
    "friday fri freitag vendredi viernes venerdi sexta sexta-feira vrijdag piatek fredag patek "
    "perjantaina cuma пятницу",
    "saturday sat samstag samedi sabado sabato zaterdag sobote lordag",
    "sunday sun sonntag dimanche domingo domenica zondag niedziele sondag",
)

#: The number of a month by its name, from 1 on.
MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
#: The number of a day by its name; Monday is 0.
DAY = {name: number for number, names in enumerate(_DAYS) for name in names.split()}
