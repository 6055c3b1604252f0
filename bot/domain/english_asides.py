"""Everyday words that show what is only told: the past, an "if", somebody else's, and what is done with data or people.

Grammar like its neighbour `english.py`, and no fact of use either.
"""

from __future__ import annotations

from typing import Final

from bot.domain.english import listed

PRONOUNS: Final = listed(
    """
    anyone he i it people she somebody someone that they this we wir you
    """
)
# What tells of the past by itself.
PAST: Final = listed(
    """
    ago ayer damals eran formerly früher fueron gestern grabábamos hatten teníamos usábamos waren yesterday
    éramos
    """
)
PERIODS: Final = listed(
    """
    autumn friday monday month quarter saturday spring summer sunday thursday time tuesday wednesday week winter
    year
    """
)
# Behind "we" or "they", what they did and no longer do.
DID: Final = listed(
    """
    did had handled held hired interviewed kept leaked left lost met recorded said saw sold stored used went
    """
)
# What is wanted, after a word of the past: "had 20 people in a demo and would like it for 50".
WILL: Final = listed(
    """
    looking möchten need needs planning please pls propose queremos quiero want wants will would
    """
)
IFS: Final = listed(
    """
    falls if si sofern wenn
    """
)
SUPPOSING: Final = listed(
    """
    angenommen imagine imaginemos supongamos suppose supposing
    """
)
SOME_DAY: Final = listed(
    """
    algún ever jemals mal some someday
    """
)
ASKS_IF: Final = listed(
    """
    are can could está has have is ist kann may puede
    """
)
# What is over, or went wrong elsewhere: nobody asks for it in the same sentence.
DONE_WITH: Final = listed(
    """
    banned breach breached compromised discontinued hackeado hacked leak leaked leaks retired
    """
)
# Up to the next comma, what stands behind is not what is asked about.
SETS_APART: Final = listed(
    """
    actualmente aktuell anders better currently derzeit diferencia drop dropping ersetzt reemplaza replace
    replaces replacing sustituye unlike worse
    """
)
# What is done with data by that which sees or holds it.
HANDLING: Final = listed(
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
SAYS_SO: Final = listed(
    """
    aufgezeichnet graban grabar record recorded records scan transcribe transcribed transcribing
    """
)
# What is done with passwords by that which holds them; whoever only signs in with one does none of it.
STORING: Final = listed(
    """
    ablegen contain contains guarda guardan guardar guardaría hold holding holds keep keeping keeps liegen
    manage manager manages managing paste pasted pastes rein save saved saves share shared sharing speichern
    speichert store stored stores storing vault
    """
)
SIGNING_IN: Final = listed(
    """
    anmelden anmeldung authenticate einloggen entran entrar expired forgot forgotten ingresan locked log login
    olvidé protected reset sign signin signing-in unlock vergessen
    """
)
BY_MEANS_OF: Final = listed(
    """
    by con mit per por via with
    """
)
MINE: Final = listed(
    """
    mein meine meinen mi mis my
    """
)
# A sentence with one of these says something; one without is a list: "no customer data, only public pictures".
FINITE: Final = listed(
    """
    am are came did does está están found gibt got had has hat have is ist leave left must müssen said says
    shared sind verlangt was werden were wird wrote
    """
)
# A short question with one of these asks for something.
REQUESTS: Final = listed(
    """
    allowed approved can could darf dürfen for für kann may ok okay para podemos puede safe should use using
    """
)
FOR: Final = frozenset({"for", "für", "para"})
BEING: Final = listed(
    """
    are is sind son was were
    """
)
AWAY: Final = listed(
    """
    absent away down gone idle ill late off offline sick stuck unable waiting without zufrieden
    """
)
# "200 agents are working from home" are those who will use it.
USING: Final = listed(
    """
    accessing calling getting going handling logging moving needing sharing signing sitting starting switching
    taking using working
    """
)
# Behind people they tell which people, and not what they did: "200 agents based in Manila".
DESCRIBING: Final = listed(
    """
    affected allocated assigned authorised authorized based concerned contracted dedicated distributed employed
    engaged hired included involved licensed located named need needed outsourced planned seated speed split
    spread stationed supervised trained
    """
)
# Between one of these and people, "2" and "4" are numbers; elsewhere they may stand for "to" and "for".
BEFORE_COUNTS: Final = listed(
    """
    a about all and another approx are around at be by for from für has have is it just like maybe mit need
    needs only or our para plus roughly sind son start team that the their these to unas und unos want wants
    with y
    """
)
# They stand for a tool that is named elsewhere, or not yet.
STANDS_FOR_A_TOOL: Final = listed(
    """
    alternative app application assistant bot cambiar chatbot damit darin darüber drin erweiterung extension
    herramienta it library looking lösung nutzen platform plugin portal product program programa programm rein
    service sistema site software solution something system that there this tool vendor website werkzeug
    """
)
# Behind a word for data they make it a matter or a group of people: "the payroll people", "password policy".
NO_DATA: Final = listed(
    """
    abteilung audit breach campaign colleague course department guy incident law lead leak people policy
    question rule staff team topic training
    """
)
# A whole kind of thing, where they stand in the plural: "a list of all browser extensions".
KINDS_OF_THINGS: Final = listed(
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
DAYS: Final = listed(
    """
    christmas easter friday monday saturday sunday thursday today tomorrow tonight tuesday wednesday weekend
    """
)
# Whoever has so many people has not said that all of them will use it.
HAVING: Final = listed(
    """
    beschäftigen employ employs got haben has hat have tenemos tiene
    """
)
EVERYBODY: Final = listed(
    """
    all alle each every everybody everyone todas todos whole
    """
)
# Behind a word for data they make it a thing that holds the data.
HOLDERS: Final = listed(
    """
    manager safe tresor vault
    """
)
# Somebody tells or asks somebody something.
ADDRESSED: Final = listed(
    """
    he his i ihr ihre me sein seine she su sus their they us we you
    """
)
# At the head of a sentence they tell what is there already: "Today on our own servers."
NOWADAYS: Final = listed(
    """
    bisher currently heute hoy today
    """
)
