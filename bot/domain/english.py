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


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split()) | frozenset(stem(word) for word in listed.split())


# No tool is called so, even where a name is expected, in small letters or at the beginning of a sentence.
COMMON: Final = _words(
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
CALENDAR: Final = _words(
    """
    april august christmas december easter february friday h1 h2 january july june march may monday november october
    q1 q2 q3 q4 saturday september sunday thursday tuesday wednesday
    """
)
GREETINGS: Final = _words(
    """
    afternoon all dear everyone folks good hello hey hi morning please question quick team there
    """
)
# What may stand between a verb and the name of a tool: "use the new tool called …".
ARTICLES: Final = _words(
    """
    a an app application called named new our platform product service software the this tool using vendor
    """
)
# What people put behind a name that is no part of it.
GENERIC: Final = _words(
    """
    addon app application extension licence license platform plugin software subscription tool
    """
)
# Behind a maker's name these make it a thing and not a tool: "a Dell laptop".
THINGS: Final = _words(
    """
    bug certificate certification computer conference consultant contract course error expert headset invoice laptop
    monitor office outage people phishing phone scam server spreadsheet tablet team training update webcam
    """
)
# "Is … safe": what is asked of a tool.
JUDGED: Final = _words(
    """
    acceptable allowed allowlisted approved banned blocked cleared compliant dangerous fine good ok okay permitted
    reviewed risky safe secure supported trustworthy usable vetted whitelisted
    """
)
# "Has … been approved": what may have happened to it.
SETTLED: Final = _words(
    """
    allowed approve approved assessed checked clear cleared decided decision review reviewed vetted
    """
)
ABOUT: Final = _words(
    """
    about at for of on regarding
    """
)
# "An opinion on …", "anything about …".
BEFORE_ABOUT: Final = _words(
    """
    anything approval approve asking assessment case check checking decision go-ahead guidance heard how info
    information know look looked looking news opinion position question request review say sign-off signoff
    something stance status tell thoughts verdict what
    """
)
# What is done with a tool; behind these, in a request, a name may have small letters.
VERBS_OF_USE: Final = _words(
    """
    adopt adopting buy buying deploy deploying enable enabling implement implementing install installing instalar
    introduce introducing roll rolling try trying usar use using utilizar
    """
)
OTHER_VERBS: Final = _words(
    """
    add adding approve assess bring check evaluate evaluating get host hosting launch launching migrate migrating
    move moving onboard pilot piloting purchase purchasing replace replacing review reviewing start swap switch
    switching test testing trial trialling vet
    """
)
WANTING: Final = _words(
    """
    need needs offers require requires want wanted wants
    """
)
REPLACING: Final = _words(
    """
    migrate migrating move moving replace replacing swap switch switching
    """
)
# Before a verb they make it a request or a plan: "can we use", not "we use".
ASKING: Final = _words(
    """
    about allowed can consider considering cool could d fine going hoping i'd i'll intend intends let let's lets
    like ll may might need needs ok okay plan planning plans please pls plz podemos propose puede queremos quiero safe
    shall should they'd they'll they're think thinking to wanna want wanted wants we'd we'll we're will wish wishes
    would
    """
)
# Behind one of these with "would" before it, or by itself, stands what somebody wants.
LIKING: Final = _words(
    """
    like
    """
)
PREFERRING: Final = _words(
    """
    necesitamos necesito prefer preferimos prefiero queremos quiero
    """
)
# Not the tool, but somebody or something else is called so, or somebody makes a call.
CALLED_ELSE: Final = _words(
    """
    agent alguien customer client colleague company he i just lady man nobody people person she somebody someone team
    they we who woman you
    """
)
# Behind a name they say that it is no longer, or not yet, what is asked about.
DISMISSED: Final = _words(
    """
    banned breached dead discontinued gone hacked off out retired
    """
)
# A tool behind one of these is only compared with.
COMPARING: Final = _words(
    """
    against als alternative alternatives anstatt como compared diferencia from instead into like lugar mean
    replace replacing similar statt than unlike versus vez wie
    """
)
# What may follow a name in small letters without being a part of it.
AFTER_A_NAME: Final = _words(
    """
    across again allowed already and approved as at because before but by compliant during fine for from good here
    if in instead is now ok okay on please rather safe secure so to via when with yet
    """
)
NEVER_IN_A_NAME: Final = _words(
    """
    a about agent all an and any are be been can contractor could do does hello hi how i it like may my need no not
    or our people please should team thanks that the they this thx use used user using via want was we what where
    which who why will would you your
    """
)
# Capitals inside, but no names.
MIXED: Final = _words(
    """
    ais apis gmbh hqs iaas ids ios ipad ipados ipads iphone iphones kyc macos nda paas pcs pdfs phd saas wifi
    """
)
# "No" in the languages that requests are most often written in; what it denies is not proposed in any of them.
NO: Final = _words(
    """
    arent aucun aucune cannot cant didnt doesnt dont isnt jamais kein keine keinen keiner keinerlei nein neither
    never nicht nie ningun ninguna no nobody none nope nor not nunca pas shouldnt wont wouldnt
    """
)
WITHOUT: Final = _words(
    """
    avoid avoiding exclude excluded excluding instead lack ohne remove removing sans sin stop stopped without zero
    """
)
# "All except …" denies, "no … except …" does not.
EXCEPT: Final = _words(
    """
    except unless
    """
)
# They end the reach of a "no".
TURNS: Final = _words(
    """
    aber although but however just mais only pero rather sondern though whereas while yet
    """
)
# Behind a comma they begin a new clause.
SUBJECTS: Final = _words(
    """
    he i it our she that the there they this we you
    """
)
# Behind a fact they deny it: "recordings are off".
TAKEN_OUT: Final = _words(
    """
    anonymised anonymized blocked disabled excluded forbidden hidden masked off prohibited redacted removed
    scrubbed stripped
    """
)
# A number behind one of these is a name or an order, no count: "tier 2", "Windows 11".
COUNTED_FROM: Final = _words(
    """
    article build case chapter floor group iso item level line no nr number office option page pci phase plan region
    release room rule section shift site soc stage step ticket tier top version wave window
    """
)
BEFORE_YEARS: Final = _words(
    """
    after apr april aug august autumn before by dec december during early end feb february from in jan january jul
    july jun june late mar march may mid nov november oct october of q1 q2 q3 q4 sep sept september since spring
    summer till until winter year
    """
)
# What may stand between a number and the people it counts.
DESCRIBES_PEOPLE: Final = _words(
    """
    active additional at back based call center centre concurrent contact customer external finance from front
    frontline full home hq hr human inbound internal it legal line marketing more named new of office one our
    outbound paid part remote sale seasonal service support team temporary the tier time two wah wfh work working
    """
)
# What shows that a number counts something else.
NO_PEOPLE: Final = _words(
    """
    a ai an and are between bot by call can chat client computer contract country day device document dollar each
    edr email endpoint eur euro every file for gb gbp hour in is kb laptop mb message minute minutes monitoring
    month on or other over pc pct per percent phone pound question record second server since site software star tb
    than ticket times to under until usd virtual virus was week were who will with would x year
    """
)
AFTER_A_GROUP: Final = _words(
    """
    and at for in need on people person to want who will with would
    """
)
# What a tool is for: "to transcribe …".
DEEDS: Final = _words(
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
NO_DEEDS: Final = _words(
    """
    anything building evening everything marketing meeting morning nothing onboarding something training
    """
)
# They take part in what happened, and are not those who will use something: "20 people said they'd come".
HAPPENED: Final = _words(
    """
    absent asked attended came complained have haven't joined locked missing on-shift out said sick signed still
    voted waiting was were
    """
)
# "The records of 30 people" are no 30 users.
RECORDS: Final = _words(
    """
    account address call data detail email file information mail name number profile record recording ticket
    """
)
# "Start with 20 agents and grow to 300".
GROWING: Final = _words(
    """
    expand expanding go going grow growing ramp ramping rise rising scale scaling up
    """
)
STARTING: Final = _words(
    """
    begin beginning first pilot start starting trial
    """
)
# They connect one tool with others, which are not what the request is about.
CONNECTING: Final = _words(
    """
    anbindung conecta conectar connect connected connecting connector connects export exports import imports
    integrate integrated integrates integration link linked links plug plugs pull pulls push pushes
    schnittstelle sits sync synced syncs talk talks top verbinden verbindet work works
    """
)
# German and Spanish words of every day. A text of nothing but these, in whatever language, names no tool.
FOREIGN: Final = _words(
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

# --- asides: the past, an "if", somebody else's -----------------------------------------------------------------------

PRONOUNS: Final = _words(
    """
    anyone he i it people she somebody someone that they this we wir you
    """
)
# What tells of the past by itself.
PAST: Final = _words(
    """
    ago ayer damals eran formerly früher fueron gestern grabábamos hatten teníamos usábamos waren yesterday
    éramos
    """
)
PERIODS: Final = _words(
    """
    autumn friday monday month quarter saturday spring summer sunday thursday time tuesday wednesday week winter
    year
    """
)
# Behind "we" or "they", what they did and no longer do.
DID: Final = _words(
    """
    did had handled held hired interviewed kept leaked left lost met recorded said saw sold stored used went
    """
)
# What is wanted, after a word of the past: "had 20 people in a demo and would like it for 50".
WILL: Final = _words(
    """
    looking möchten need needs planning please pls propose queremos quiero want wants will would
    """
)
IFS: Final = _words(
    """
    falls if si sofern wenn
    """
)
SUPPOSING: Final = _words(
    """
    angenommen imagine imaginemos supongamos suppose supposing
    """
)
SOME_DAY: Final = _words(
    """
    algún ever jemals mal some someday
    """
)
ASKS_IF: Final = _words(
    """
    are can could está has have is ist kann may puede
    """
)
# What is over, or went wrong elsewhere: nobody asks for it in the same sentence.
DONE_WITH: Final = _words(
    """
    banned breach breached compromised discontinued hackeado hacked leak leaked leaks retired
    """
)
# Up to the next comma, what stands behind is not what is asked about.
SETS_APART: Final = _words(
    """
    actualmente aktuell anders better currently derzeit diferencia drop dropping ersetzt reemplaza replace
    replaces replacing sustituye unlike worse
    """
)
# What is done with data by that which sees or holds it.
HANDLING: Final = _words(
    """
    ablegen ablegt access accessing analyse analyses analyze analyzes aufgezeichnet belong capture captures
    capturing collect collecting collects contain contains copies copy cover covers display displays enter
    entered enters export exports extract extracts feed feeds gather gathers generate generates get gets getting
    give given go goes grab graba graban grabar guarda guardan guardar guardaría handle handles handling hear
    heard hears hold holding holds import imports include included includes including index input keep keeping
    keeps liegen liegt listen listens load loaded loads log logs manage manages managing maneja monitor move
    moves offer pass passes paste pasted pastes pasting process processed processes processing produce produces
    pull pulls push put puts read reading reads receive receives record recorded records redact rein review
    reviews save saved saves saving scan scans see seeing sees sehen send sending sends share shares sharing
    show shown shows sieht speichern speichert stay stays store stored stores storing summarise summarises
    summarize summarizes sync syncs take takes touch touches track tracks transcribe transcribes transfer
    transfers translate translates trata tratar type typed types upload uploaded uploading uploads ve ver
    verarbeiten verarbeitet view views watch write writes
    """
)
# In the name of a fact they say that it is so: "calls are recorded".
SAYS_SO: Final = _words(
    """
    aufgezeichnet graban grabar record recorded records scan transcribe transcribed transcribing
    """
)
# What is done with passwords by that which holds them; whoever only signs in with one does none of it.
STORING: Final = _words(
    """
    ablegen contain contains guarda guardan guardar guardaría hold holding holds keep keeping keeps liegen
    manage manager manages managing paste pasted pastes rein save saved saves share shared sharing speichern
    speichert store stored stores storing vault
    """
)
SIGNING_IN: Final = _words(
    """
    anmelden anmeldung authenticate einloggen entran entrar expired forgot forgotten ingresan locked log login
    olvidé protected reset sign signin signing-in unlock vergessen
    """
)
BY_MEANS_OF: Final = _words(
    """
    by con mit per por via with
    """
)
MINE: Final = _words(
    """
    mein meine meinen mi mis my
    """
)
# A sentence with one of these says something; one without is a list: "no customer data, only public pictures".
FINITE: Final = _words(
    """
    am are came did does está están found gibt got had has hat have is ist leave left must müssen said says
    shared sind verlangt was werden were wird wrote
    """
)
# A short question with one of these asks for something.
REQUESTS: Final = _words(
    """
    allowed approved can could darf dürfen for für kann may ok okay para podemos puede safe should use using
    """
)
FOR: Final = frozenset({"for", "für", "para"})
BEING: Final = _words(
    """
    are is sind son was were
    """
)
AWAY: Final = _words(
    """
    absent away down gone idle ill late off offline sick stuck unable waiting without zufrieden
    """
)
# "200 agents are working from home" are those who will use it.
USING: Final = _words(
    """
    accessing calling getting going handling logging moving needing sharing signing sitting starting switching
    taking using working
    """
)
# Behind people they tell which people, and not what they did: "200 agents based in Manila".
DESCRIBING: Final = _words(
    """
    affected allocated assigned authorised authorized based concerned contracted dedicated distributed employed
    engaged hired included involved licensed located named need needed outsourced planned seated speed split
    spread stationed supervised trained
    """
)
# Between one of these and people, "2" and "4" are numbers; elsewhere they may stand for "to" and "for".
BEFORE_COUNTS: Final = _words(
    """
    a about all and another approx are around at be by for from für has have is it just like maybe mit need
    needs only or our para plus roughly sind son start team that the their these to unas und unos want wants
    with y
    """
)
# They stand for a tool that is named elsewhere, or not yet.
STANDS_FOR_A_TOOL: Final = _words(
    """
    alternative app application assistant bot cambiar chatbot damit darin darüber drin erweiterung extension
    herramienta it library looking lösung nutzen platform plugin portal product program programa programm rein
    service sistema site software solution something system that there this tool vendor website werkzeug
    """
)
# Behind a word for data they make it a matter or a group of people: "the payroll people", "password policy".
NO_DATA: Final = _words(
    """
    abteilung audit breach campaign colleague course department guy incident law lead leak people policy
    question rule staff team topic training
    """
)
# A whole kind of thing, where they stand in the plural: "a list of all browser extensions".
KINDS_OF_THINGS: Final = _words(
    """
    addon app application extension library package plugin tool
    """
)
# People gather for these; they are not those who will use something.
EVENTS: Final = frozenset(
    {
        "almuerzo",
        "demo",
        "dinner",
        "interview",
        "lunch",
        "meeting",
        "party",
        "reunión",
        "sommerfest",
        "termin",
        "workshop",
    }
)
# Where people, and no tools, are added or needed: "need Anna in the call".
GATHERINGS: Final = frozenset({"call", "channel", "loop", "meeting", "rota", "shift", "thread"})
DAYS: Final = _words(
    """
    christmas easter friday monday saturday sunday thursday today tomorrow tonight tuesday wednesday weekend
    """
)
# Whoever has so many people has not said that all of them will use it.
HAVING: Final = _words(
    """
    beschäftigen employ employs got haben has hat have tenemos tiene
    """
)
EVERYBODY: Final = _words(
    """
    all alle each every everybody everyone todas todos whole
    """
)
# Behind a word for data they make it a thing that holds the data.
HOLDERS: Final = _words(
    """
    manager safe tresor vault
    """
)
# Somebody tells or asks somebody something.
ADDRESSED: Final = _words(
    """
    he his i ihr ihre me sein seine she su sus their they us we you
    """
)
# At the head of a sentence they tell what is there already: "Today on our own servers."
NOWADAYS: Final = _words(
    """
    bisher currently heute hoy today
    """
)
