"""The register of clients as a list, and the three pages of a client's form. They decide and save nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.domain.client import FRAMEWORKS, LAST_WEEK, Cadence, Series, SideOf
from bot.domain.register import LONGEST_CLIENT_NAME, MOST_REASON, ClientDraft, Field, SeriesDraft
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Safe,
    actions,
    button,
    channel_mention,
    channel_select,
    checkboxes,
    context,
    date_input,
    day_token,
    header,
    input_block,
    lines,
    mention,
    message,
    modal,
    multi_user_select,
    number_input,
    option,
    radio,
    say,
    section,
    select,
    text_input,
    time_input,
    user_select,
)
from bot.slack.cards.parts import bullets, paragraphs
from bot.slack.client_form import DAYS_SHOWN, NO_DAYS, Known, Page1, days_text, known_text
from bot.use_cases.clients import Entry, Listing, Reviews, Saved

VALUE: Final = "value"  # the action id of every field: its block says which field it is
LINES: Final = 20  # clients on one page of the list
NAMES_MOST: Final = 800
PEOPLE_MOST: Final = 2_000
DAYS_OF_WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CADENCES: Final = {
    Cadence.WEEKLY: "Every week",
    Cadence.FORTNIGHTLY: "Every two weeks",
    Cadence.MONTHLY: "Every month",
    Cadence.QUARTERLY: "Every quarter",
}
WEEKS: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", LAST_WEEK: "last"}


# --- the list ---------------------------------------------------------------------------------------------------------


def clients_message(page: Listing, *, words: str = "") -> dict[str, Any]:
    """One page of the register; `words` is what was looked for."""
    add = button("Add a Client", ids.CLIENT_ADD)
    if not page.known:
        return message(
            say("No client is in the register yet. Add the first with /preflight client add."),
            [
                header("Clients"),
                *paragraphs(
                    [
                        say("No client is in the register yet."),
                        say(
                            "Once one is, teams pick it when they describe a tool, and its weekly security review runs"
                        ),
                        say("by itself: the pack the day before, the reminders, the minutes."),
                    ]
                ),
                *paragraphs(
                    bullets(
                        [
                            say("Add one here: `/preflight client add Acme Bank`"),
                            say("Add many from a file: `preflight clients import FILE`, where Preflight is installed"),
                        ]
                    )
                ),
                actions("client|list", add),
            ],
        )
    if not page.entries:
        return message(
            say("No client is called like “{words}”.", words=words),
            [section(say("No client is called like “{words}”. `/preflight clients` lists all of them.", words=words))],
        )
    blocks: list[Block] = [header("Clients"), *(_line(each) for each in page.entries)]
    pages, start, after = [], page.start, page.start + len(page.entries)
    if start:
        pages.append(button("Previous Page", ids.CLIENT_PAGE, value=f"{start - LINES}|{words}"))
    if after < page.found:
        pages.append(button("Next Page", f"{ids.CLIENT_PAGE}|next", value=f"{after}|{words}"))
    where = say("{first} to {last} of {all}", first=start + 1, last=after, all=page.found)
    if words:
        where = say("{where} that are called like “{words}”", where=where, words=words)
    blocks += [context(say("{where}. Find one: `/preflight clients` and a part of its name.", where=where))]
    blocks.append(actions("client|list", *pages, add))
    return message(say("Clients: {n}", n=page.found), blocks)


def _line(entry: Entry) -> Block:
    client, series = entry.client, entry.series
    name = say("*{name}*", name=client.name)
    if client.aliases:
        name = say("{name}, also {aliases}", name=name, aliases=", ".join(client.aliases))
    parts = [name]
    if client.left_on is not None:
        parts.append(say("Left on {day}.", day=day_token(client.left_on)))
    elif series is None:
        parts.append(say("No review is set up. Its account owner is {owner}.", owner=mention(client.account_owner)))
    else:
        parts.append(
            say(
                "{when}, with {host}; {other} stands in.",
                when=rhythm_words(series),
                host=mention(series.host),
                other=mention(series.stand_in),
            )
        )
    if client.channel and client.left_on is None:
        parts.append(say("Packs go to {channel}.", channel=channel_mention(client.channel)))
    look = button("Open", ids.CLIENT_SHOW, value=client.id, accessible=f"Open {client.name}")
    return section(lines(*parts), accessory=look)


def rhythm_words(series: Series) -> Safe:
    """When the reviews of a series are: "Every Tuesday and Thursday at 09:30 (America/New_York), 30 minutes"."""
    rhythm = series.rhythm
    days = [DAYS_OF_WEEK[day] for day in rhythm.weekdays]
    on = f"{', '.join(days[:-1])} and {days[-1]}" if len(days) > 1 else "".join(days)
    match rhythm.cadence:
        case Cadence.WEEKLY:
            often = f"Every {on}"
        case Cadence.FORTNIGHTLY:
            often = f"Every second {on}"
        case Cadence.MONTHLY:
            often = f"Every {WEEKS[rhythm.week_of_month]} {on} of the month"
        case Cadence.QUARTERLY:
            often = f"Every quarter on the {WEEKS[rhythm.week_of_month]} {on} of the month"
    return say(
        "{often} at {at} ({zone}), {minutes} minutes",
        often=often,
        at=rhythm.at.isoformat("minutes"),
        zone=series.zone,
        minutes=series.minutes,
    )


# --- what was saved ---------------------------------------------------------------------------------------------------


def saved_lines(saved: Saved) -> Safe:
    """What is in the register now, for whoever saved it."""
    client, series = saved.client, saved.series
    if client.left_on is not None:
        return say("*{name}* has left: it has no reviews any more, and what is on record stays.", name=client.name)
    first = say("*{name}* is in the register.", name=client.name)
    if series is None:
        return say("{first} It has no reviews for now. Set them up with /preflight client edit.", first=first)
    parts = [
        first,
        say(
            "{when}, with {host}; {other} stands in.",
            when=rhythm_words(series),
            host=mention(series.host),
            other=mention(series.stand_in),
        ),
    ]
    if saved.coming:
        slot = saved.coming[0]
        parts.append(say("The next one is on {day}.", day=day_token(slot.held_on)))
        if slot.moved_because:
            parts.append(say("{because}", because=slot.moved_because))
    if saved.jumped:
        zone = ZoneInfo(series.zone)
        slot = saved.jumped[0]
        parts.append(
            say(
                "On {day} the clocks there are put forward over {at}; that day it starts at {then}.",
                day=day_token(slot.held_on),
                at=series.rhythm.at.isoformat("minutes"),
                then=slot.start_at.astimezone(zone).strftime("%H:%M"),
            )
        )
    return reduce(lambda said, more: say("{said} {more}", said=said, more=more), parts)


# --- the form ---------------------------------------------------------------------------------------------------------


def client_page_1(
    k: Knowledge, known: Known, draft: ClientDraft, *, series: Series | None = None, left: bool = False
) -> dict[str, Any]:
    """The client itself, and whether it has reviews."""
    new = known.id is None
    choices = [
        option("Set up its reviews" if series is None else "It has reviews: look at them", Reviews.SERIES.value),
        option("No reviews for now" if series is None else "End its reviews for now", Reviews.NONE.value),
    ]
    if not new:
        choices.append(option("It has left: no client any more", Reviews.LEFT.value))
    chosen = Reviews.LEFT if left else Reviews.SERIES if new or series is not None else Reviews.NONE
    frameworks = [option(k.register.frameworks[code], code) for code in FRAMEWORKS]
    blocks: list[Block] = [
        context(say("Nothing counts until you save.")),
        input_block(
            "What is the client called?",
            text_input(VALUE, initial=draft.name, most=LONGEST_CLIENT_NAME),
            block_id=_block(Field.NAME),
        ),
        input_block(
            "Other names people use for it",
            text_input(VALUE, initial="\n".join(draft.aliases), multiline=True, most=NAMES_MOST),
            block_id=_block(Field.ALIASES),
            hint="One per line or separated by commas. None of them may be another client's.",
            optional=True,
        ),
        input_block(
            "Who answers for it on our side?",
            user_select(VALUE, initial=draft.account_owner or None),
            block_id=_block(Field.ACCOUNT_OWNER),
        ),
        input_block(
            "In which time zone is it?",
            text_input(VALUE, initial=draft.zone, placeholder="America/New_York", most=64),
            block_id=_block(Field.ZONE),
            hint="Its reviews keep to this clock. Write it like Europe/Berlin or Asia/Manila.",
        ),
        input_block(
            "Our internal channel about it",
            channel_select(VALUE, initial=draft.channel),
            block_id=_block(Field.CHANNEL),
            hint="Packs and minutes go there. Invite me first. Without one, they go to the host.",
            optional=True,
        ),
        input_block(
            "What does it hold us to?",
            checkboxes(VALUE, frameworks, initial=draft.frameworks),
            block_id=_block(Field.FRAMEWORKS),
            optional=True,
        ),
        input_block(
            "Its security reviews",
            radio(VALUE, choices, initial=chosen.value),
            block_id=ids.client_block("reviews"),
        ),
    ]
    title = "Add a client" if new else "Change a client"
    return modal(ids.CLIENT_1, title, blocks, submit="Next", metadata=known_text(known))


def client_page_2(k: Knowledge, page: Page1, draft: SeriesDraft | None, *, today: date) -> dict[str, Any]:
    """The rhythm: how often, when, how long, and who holds it."""
    rhythm = draft.rhythm if draft is not None else None
    policy = k.register
    cadence = rhythm.cadence if rhythm is not None else Cadence.WEEKLY
    weekdays = [option(name, str(day)) for day, name in enumerate(DAYS_OF_WEEK)]
    weeks = [option(f"The {name} one of the month", str(week)) for week, name in WEEKS.items()]
    blocks: list[Block] = [
        context(say("2 of 3. The reviews of {name}.", name=page.client.name)),
        input_block(
            "How often?",
            select(VALUE, [option(words, each.value) for each, words in CADENCES.items()], initial=cadence.value),
            block_id=_block(Field.CADENCE),
            hint="Less often than weekly takes a security lead, a reason and an end.",
        ),
        input_block(
            "On which days?",
            checkboxes(VALUE, weekdays, initial=[str(day) for day in rhythm.weekdays] if rhythm else ()),
            block_id=_block(Field.WEEKDAYS),
            hint="Only a weekly review takes several.",
        ),
        input_block(
            "Which one of the month?",
            select(VALUE, weeks, initial=str(rhythm.week_of_month if rhythm else 1)),
            block_id=_block(Field.WEEK_OF_MONTH),
            hint="Counts for monthly and quarterly reviews.",
            optional=True,
        ),
        input_block(
            "At what time?",
            time_input(VALUE, initial=rhythm.at if rhythm else None),
            block_id=_block(Field.TIME),
            hint=f"On the client's clock: {page.client.zone}.",
        ),
        input_block(
            "From which day on?",
            date_input(VALUE, initial=rhythm.starts_on if rhythm else today + timedelta(days=1)),
            block_id=_block(Field.FIRST_DATE),
        ),
        input_block(
            "How long?",
            select(
                VALUE,
                [option(f"{length} minutes", str(length)) for length in policy.lengths],
                initial=str(draft.minutes if draft is not None else policy.minutes),
            ),
            block_id=_block(Field.MINUTES),
        ),
        input_block(
            "Who holds them?",
            user_select(VALUE, initial=draft.host if draft is not None else None),
            block_id=_block(Field.HOST),
        ),
        input_block(
            "Who stands in when the host can't?",
            user_select(VALUE, initial=draft.stand_in if draft is not None else None),
            block_id=_block(Field.STAND_IN),
            hint="Somebody else than the host.",
        ),
        input_block(
            "If less often than weekly: why is that enough?",
            text_input(VALUE, initial=draft.slower_because if draft is not None else "", most=MOST_REASON),
            block_id=_block(Field.SLOWER_BECAUSE),
            optional=True,
        ),
        input_block(
            "And until when?",
            date_input(VALUE, initial=draft.slower_until if draft is not None else None),
            block_id=_block(Field.SLOWER_UNTIL),
            hint="After that day they are weekly again.",
            optional=True,
        ),
        input_block(
            "Do they end at some time?",
            date_input(VALUE, initial=rhythm.ends_on if rhythm else None),
            block_id=_block(Field.LAST_DATE),
            optional=True,
        ),
    ]
    return modal(ids.CLIENT_2, "When and with whom", blocks, submit="Next", metadata=page.kept())


def client_page_3(
    k: Knowledge, metadata: str, draft: SeriesDraft, *, new: bool, clash: tuple[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Who comes, days off, reminders. `clash` is what has to be confirmed: its code, and the lines that say it."""
    policy = k.register
    pack_hours = policy.pack_hours if new else draft.pack_hours
    host_minutes = policy.host_minutes if new else draft.host_minutes
    holidays, quiet = draft.holidays, draft.quiet
    blocks: list[Block] = [*to_confirm(clash), context(say("3 of 3. Anything here can stay as it is."))]
    blocks += [
        input_block(
            "Who else comes from our side?",
            multi_user_select(VALUE, initial=draft.our_side),
            block_id=_block(Field.OUR_SIDE),
            optional=True,
        ),
        input_block(
            "Who comes from the client's side?",
            text_input(VALUE, initial="\n".join(draft.client_side), multiline=True, most=PEOPLE_MOST),
            block_id=_block(Field.CLIENT_SIDE),
            hint="One name per line.",
            optional=True,
        ),
    ]
    from_side = (
        ("Our country", "Our other days off", Field.OUR_COUNTRY, Field.OUR_DAYS_OFF),
        ("The client's country", "The client's other days off", Field.CLIENT_COUNTRY, Field.CLIENT_DAYS_OFF),
    )
    for side, (country, days, country_field, days_field) in zip(_SIDES, from_side, strict=True):
        listed = days_text(holidays.days.get(side, ()))
        shown = listed if len(listed) <= DAYS_SHOWN else ""
        hint = "One a line, such as 2026-12-24 Christmas Eve. Reviews move away from these days."
        if listed and not shown:
            hint = f"More than fit here are kept. Write a new list to replace them, or “{NO_DAYS}”."
        blocks += [
            input_block(
                country,
                text_input(VALUE, initial=holidays.countries.get(side, ""), placeholder="US, DE-BY", most=40),
                block_id=_block(country_field),
                hint="Its public holidays are days off. A code such as US, PH or DE-BY.",
                optional=True,
            ),
            input_block(
                days,
                text_input(VALUE, initial=shown, multiline=True),
                block_id=_block(days_field),
                hint=hint,
                optional=True,
            ),
        ]
    blocks += [
        input_block(
            "How many hours before does the pack come?",
            number_input(VALUE, initial=pack_hours, at_least=1, at_most=168),
            block_id=_block(Field.PACK_HOURS),
        ),
        input_block(
            "How many minutes before is the host reminded?",
            number_input(VALUE, initial=host_minutes, at_least=5, at_most=1_440),
            block_id=_block(Field.HOST_MINUTES),
        ),
        input_block(
            "Quiet from",
            time_input(VALUE, initial=quiet.start if quiet else None),
            block_id=_block(Field.QUIET_FROM),
            hint="No reminder then, on each person's own clock. May run over midnight.",
            optional=True,
        ),
        input_block(
            "Quiet until",
            time_input(VALUE, initial=quiet.end if quiet else None),
            block_id=_block(Field.QUIET_UNTIL),
            optional=True,
        ),
    ]
    return modal(ids.CLIENT_3, "People, days off, more", blocks, submit="Save", metadata=metadata)


def to_confirm(clash: tuple[str, Sequence[str]] | None) -> list[Block]:
    """What a host would have too much of, and the tick that keeps it so; nothing where nothing clashes."""
    if clash is None:
        return []
    code, told = clash
    tick = checkboxes(VALUE, [option("Keep it so all the same", code)])
    return [
        section(say("*This is a lot for the host. Nothing is saved yet.*")),
        *paragraphs(bullets([say("{line}", line=line) for line in told])),
        input_block(
            "Tick to keep it so, or close this and choose another time or host.",
            tick,
            block_id=ids.CLIENT_CONFIRM,
            optional=True,
        ),
    ]


_SIDES: Final = (SideOf.OURS, SideOf.CLIENTS)


def _block(field: Field) -> str:
    return ids.client_block(field.value)
