"""Everyday words that show what a sentence is: a request, a "no", a name, a count. Grammar: it names no fact of use.

Words that an organisation adds stand in `knowledge/policy/words.toml`. A word here also stands for its plural.
"""

from __future__ import annotations

from typing import Final


def stem(word: str) -> str:
    """A word as it is compared: without case, possessive and plural."""
    folded = word.casefold().replace("\u2019", "'")
    folded = folded.removesuffix("'s").removesuffix("s'") if "'" in folded else folded
    if len(folded) > 3:
        if folded.endswith("ies"):
            return folded[:-3] + "y"
        if folded.endswith(("sses", "xes", "ches", "shes")):
            return folded[:-2]
        if folded.endswith("s") and not folded.endswith(("ss", "us", "is")):
            return folded[:-1]
    return folded


def listed(words: str) -> frozenset[str]:
    """Words in a row as a set, each also as it is compared."""
    return frozenset(words.split()) | frozenset(stem(word) for word in words.split())


# No tool is called so, even where a name is expected, in small letters or at the beginning of a sentence.
COMMON: Final = listed(
    """
    a able about above access account accountants accounts across act action actually add address advice after
    afternoon again against agent agents all allow allowed almost already also alternative always am an and
    another answer antivirus any anybody anyone anything anyway app application approach approval approve
    approved apps are around as ask asked asking assess assessment at attachment automation available away ayuda
    back backup backups bad banned based be because been beer before being believe below best better between big
    birthday bitte bluetooth bonjour bot both bots breakfast bring browser browsers build but buy by bye cake
    call called calls can cancel cannot case cash certain change chat chatbots chats check cheers clear cleared
    client clients cloud code coffee colleague colleagues come coming common company compliant computer
    computers confirm connect considering contractor contractors cookies cool could customer customers danke
    data date day days deal dear decide decided decision decisions demo department deploy desktop desktops
    developers device devices dictation dictionary did different dinner do document documents does doing done
    down due during dürfen each early either else email emails employee employees encryption end engineers
    enough es even evening ever every everybody everyone everything everywhere example extension extensions
    external fax faxing feedback few file files finance find fine firewall first folks following for free
    freeware friend from ftp full further gaming gdpr general get getting gibt give given glossary go going gone
    good got gracias great group guess guest guests guten had haha hallo handle happen happy hard has have
    having he headset headsets hello help her here hey hi hilfe his hmm hola holiday holidays home hope hosting
    hotspot hotspots hours how however hr ich idea if important in info information inside install installed
    installing instead internal internet into is isn't issue ist it item its itself just kann keep key keyboard
    keyboards keys know known können laptop laptops last late later leave legal less let letting library licence
    license licenses like link links list little live local log login logins lol long look looking lot lunch mac
    macros made mail make makes manager many marketing maybe me mean meeting meetings merci message messages
    might mine mobile money monitoring monitors month months more morgen morning most mouse move much must my
    name need needed needs network never new news next nice night no nobody none nope normal not note notes
    nothing now number of off office offline offshore often oh ok okay old on once one online only open
    open-source opinion option or order other others our out outside outsourcing over overseas overtime own
    package page paper parking part partner partners party password passwords pay payment pc people per perhaps
    permission permitted person personal personally phone phones pilot ping pizza place plan platform please
    plugin plugins podemos point policy possible previous printer printers private privately probably problem
    process product production program project proxies proxy public put question questions quick quite rather
    reach read ready really reason record recording recordings regarding remote remotely remove reply report
    request requests review reviewing right risk risky roll rolling room router routers rule rules run running
    safe safely sales salut same sandbox say says scanning screen screens script scripts search secure security
    see seem seems send server servers service services set setup share shareware sharing she shopping should
    show sign similar simple since site sites small smoke sms so social software some somebody someone something
    sometimes soon sorry source spreadsheet ssh staff start started starting state status still stop storage
    store streaming submit subscription such supplier sure system systems tablet tablets tag take taking talk
    tea team tell telnet test testing text texting than thank thanks that the their them themselves then there
    these they thing things think thinking this those thought through thx time to today together tomorrow
    tonight too tool tools torrents total toward training transcription transcripts translation translations
    trial true try trying turn two type under understand unknown until up update upgrade urgent us usar usb use
    used useful user users using usual usually vacation vendor vendors version very via video voice wait waiting
    want wanted wants was watch way we weather web webcam webcams website websites week weeks welcome well went
    were what whatever when where whether which while who whole why wi-fi wifi will wir wireless wish with
    withdraw within without won't word work worker workers working world worse would write wrong yeah year years
    yep yes yesterday yet you your yours
    """
)
# Days, months, feasts: capitals, but no names of anything.
CALENDAR: Final = listed(
    """
    april august christmas december easter february friday h1 h2 january july june march may monday november october
    q1 q2 q3 q4 saturday september sunday thursday tuesday wednesday
    """
)
GREETINGS: Final = listed(
    """
    afternoon all dear everyone folks good hello hey hi morning please question quick team there
    """
)
# What may stand between a verb and the name of a tool: "use the new tool called …".
ARTICLES: Final = listed(
    """
    a an app application called named new our platform product service software the this tool using vendor
    """
)
# What people put behind a name that is no part of it.
GENERIC: Final = listed(
    """
    addon app application extension licence license platform plugin software subscription tool
    """
)
# Behind a maker's name these make it a thing and not a tool: "a Dell laptop".
THINGS: Final = listed(
    """
    bug certificate certification computer conference consultant contract course error expert headset invoice laptop
    monitor office outage people phishing phone scam server spreadsheet tablet team training update webcam
    """
)
# "Is … safe": what is asked of a tool.
JUDGED: Final = listed(
    """
    acceptable allowed allowlisted approved banned blocked cleared compliant dangerous fine good ok okay permitted
    reviewed risky safe secure supported trustworthy usable vetted whitelisted
    """
)
# "Has … been approved": what may have happened to it.
SETTLED: Final = listed(
    """
    allowed approve approved assessed checked clear cleared decided decision review reviewed vetted
    """
)
ABOUT: Final = listed(
    """
    about at for of on regarding
    """
)
# "An opinion on …", "anything about …".
BEFORE_ABOUT: Final = listed(
    """
    anything approval approve asking assessment case check checking decision go-ahead guidance heard how info
    information know look looked looking news opinion position question request review say sign-off signoff
    something stance status tell thoughts verdict what
    """
)
# What is done with a tool; behind these, in a request, a name may have small letters.
VERBS_OF_USE: Final = listed(
    """
    adopt adopting buy buying deploy deploying enable enabling implement implementing install installing instalar
    introduce introducing roll rolling try trying usar use using utilizar
    """
)
OTHER_VERBS: Final = listed(
    """
    add adding approve assess bring check evaluate evaluating get host hosting launch launching migrate migrating
    move moving onboard pilot piloting purchase purchasing replace replacing review reviewing start swap switch
    switching test testing trial trialling vet
    """
)
WANTING: Final = listed(
    """
    need needs offers require requires want wanted wants
    """
)
REPLACING: Final = listed(
    """
    migrate migrating move moving replace replacing swap switch switching
    """
)
# Before a verb they make it a request or a plan: "can we use", not "we use".
ASKING: Final = listed(
    """
    about allowed can consider considering cool could d fine going hoping i'd i'll intend intends let let's lets
    like ll may might need needs ok okay plan planning plans please pls plz podemos propose puede queremos quiero safe
    shall should they'd they'll they're think thinking to wanna want wanted wants we'd we'll we're will wish wishes
    would
    """
)
# Behind one of these with "would" before it, or by itself, stands what somebody wants.
LIKING: Final = listed(
    """
    like
    """
)
PREFERRING: Final = listed(
    """
    necesitamos necesito prefer preferimos prefiero queremos quiero
    """
)
# Not the tool, but somebody or something else is called so, or somebody makes a call.
CALLED_ELSE: Final = listed(
    """
    agent alguien customer client colleague company he i just lady man nobody people person she somebody someone team
    they we who woman you
    """
)
# Behind a name they say that it is no longer, or not yet, what is asked about.
DISMISSED: Final = listed(
    """
    banned breached dead discontinued gone hacked off out retired
    """
)
# A tool behind one of these is only compared with.
COMPARING: Final = listed(
    """
    against als alternative alternatives anstatt como compared diferencia from instead into like lugar mean
    replace replacing similar statt than unlike versus vez wie
    """
)
# What may follow a name in small letters without being a part of it.
AFTER_A_NAME: Final = listed(
    """
    across again allowed already and approved as at because before but by compliant during fine for from good here
    if in instead is now ok okay on please rather safe secure so to via when with yet
    """
)
NEVER_IN_A_NAME: Final = listed(
    """
    a about agent all an and any are be been can contractor could do does hello hi how i it like may my need no not
    or our people please should team thanks that the they this thx use used user using via want was we what where
    which who why will would you your
    """
)
# Capitals inside, but no names.
MIXED: Final = listed(
    """
    ais apis gmbh hqs iaas ids ios ipad ipados ipads iphone iphones kyc macos nda paas pcs pdfs phd saas wifi
    """
)
# "No" in the languages that requests are most often written in; what it denies is not proposed in any of them.
NO: Final = listed(
    """
    arent aucun aucune cannot cant didnt doesnt dont isnt jamais kein keine keinen keiner keinerlei nein neither
    never nicht nie ningun ninguna no nobody none nope nor not nunca pas shouldnt wont wouldnt
    """
)
WITHOUT: Final = listed(
    """
    avoid avoiding exclude excluded excluding instead lack ohne remove removing sans sin stop stopped without zero
    """
)
# "All except …" denies, "no … except …" does not.
EXCEPT: Final = listed(
    """
    except unless
    """
)
# They end the reach of a "no".
TURNS: Final = listed(
    """
    aber although but however just mais only pero rather sondern though whereas while yet
    """
)
# Behind a comma they begin a new clause.
SUBJECTS: Final = listed(
    """
    he i it our she that the there they this we you
    """
)
# Behind a fact they deny it: "recordings are off".
TAKEN_OUT: Final = listed(
    """
    anonymised anonymized blocked disabled excluded forbidden hidden masked off prohibited redacted removed
    scrubbed stripped
    """
)
# A number behind one of these is a name or an order, no count: "tier 2", "Windows 11".
COUNTED_FROM: Final = listed(
    """
    article build case chapter floor group iso item level line no nr number office option page pci phase plan region
    release room rule section shift site soc stage step ticket tier top version wave window
    """
)
BEFORE_YEARS: Final = listed(
    """
    after apr april aug august autumn before by dec december during early end feb february from in jan january jul
    july jun june late mar march may mid nov november oct october of q1 q2 q3 q4 sep sept september since spring
    summer till until winter year
    """
)
# What may stand between a number and the people it counts.
DESCRIBES_PEOPLE: Final = listed(
    """
    active additional at back based call center centre concurrent contact customer external finance from front
    frontline full home hq hr human inbound internal it legal line marketing more named new of office one our
    outbound paid part remote sale seasonal service support team temporary the tier time two wah wfh work working
    """
)
# What shows that a number counts something else.
NO_PEOPLE: Final = listed(
    """
    a ai an and are between bot by call can chat client computer contract country day device document dollar each
    edr email endpoint eur euro every file for gb gbp hour in is kb laptop mb message minute minutes monitoring
    month on or other over pc pct per percent phone pound question record second server since site software star tb
    than ticket times to under until usd virtual virus was week were who will with would x year
    """
)
AFTER_A_GROUP: Final = listed(
    """
    and at for in need on people person to want who will with would
    """
)
# What a tool is for: "to transcribe …".
DEEDS: Final = listed(
    """
    analyse analyze answer assist automate back block book build call capture chat check coach collaborate collect
    communicate compare convert correct count create design detect dictate document draft draw edit fill find fix
    forecast generate guide handle help hire hold host improve keep learn let log look make manage map measure
    monitor onboard organise organize pay plan prepare process proofread protect record recruit reduce report reset
    review route scan schedule score search see send share show sign speed store summarise summarize support survey
    take teach track train transcribe translate troubleshoot unlock verify visualise visualize write
    """
)
# They end like a deed, and are none.
NO_DEEDS: Final = listed(
    """
    anything building evening everything marketing meeting morning nothing onboarding something training
    """
)
# They take part in what happened, and are not those who will use something: "20 people said they'd come".
HAPPENED: Final = listed(
    """
    absent asked attended came complained have haven't joined locked missing on-shift out said sick signed still
    voted waiting was were
    """
)
# "The records of 30 people" are no 30 users.
RECORDS: Final = listed(
    """
    account address call data detail email file information mail name number profile record recording ticket
    """
)
# "Start with 20 agents and grow to 300".
GROWING: Final = listed(
    """
    expand expanding go going grow growing ramp ramping rise rising scale scaling up
    """
)
STARTING: Final = listed(
    """
    begin beginning first pilot start starting trial
    """
)
# They connect one tool with others, which are not what the request is about.
CONNECTING: Final = listed(
    """
    anbindung conecta conectar connect connected connecting connector connects export exports import imports
    integrate integrated integrates integration link linked links plug plugs pull pulls push pushes
    schnittstelle sits sync synced syncs talk talks top verbinden verbindet work works
    """
)
# German and Spanish words of every day. A text of nothing but these, in whatever language, names no tool.
FOREIGN: Final = listed(
    """
    aber algo alguien alle alles auch auf aufgezeichnet aus bei bin bis con cuando cuándo cuántos da das de del
    dem den der des desde die diese dieser doch du ein eine einen einer el ella ellos en er erst está están für
    gespräche hat hay heute hier ihr ihre ja jetzt kein la las lieber lo los machen man mein mejor mit muss más
    nach nein nicht noch nosotros nuestra nuestro nur o oder para pero por porque puede que quien quién qué
    schon se sehr será si sie sin sind solo somos son statt su sus sí también tenemos tiene todo todos um un una
    und uns unser unsere usted vom von vor wann war warum was welche wenn wer werden wie wieso wir wird wo y ya
    yo zu zum zur zwei über
    """
)
NUMBERS: Final = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
