"""``handhold chat``: a conversation in the terminal, on the real product in this process."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from pydantic import ValidationError
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.api.schemas import NewConversation, clean_text, require_text
from agent.bootstrap import Application
from agent.commands.replay import final_reply
from agent.domain.help import Card
from agent.domain.turn import Reply
from agent.errors import BadInput
from agent.escalation.hands import hands_of
from agent.escalation.hands_words import HANDS_WORDS, off_duty, said
from agent.observability.logs import configure
from agent.settings import Settings
from agent.storage import embedded
from agent.storage.repositories.lines import FOR_PERSON
from classifiers.evidence import SHOWN

WIDTH = 88


def run(settings: Settings, locale: str, *, explain: bool) -> None:
    """Talk until the input ends; ``locale`` (``en-GB``) decides whose help lines are shown."""
    try:
        NewConversation(locale=locale)
    except ValidationError as error:
        raise BadInput(
            f"{locale!r} is no locale. Write a language, or a language and a country: en or en-GB."
        ) from error
    configure("ERROR")
    logging.disable(logging.WARNING)
    asyncio.run(_talk(settings, locale, explain=explain))


async def _talk(settings: Settings, locale: str, *, explain: bool) -> None:
    console = Console(width=min(WIDTH, Console().width), highlight=False)
    application = Application(settings)
    with console.status("Starting …"):
        await application.start()
        await application.warm()
    try:
        await _conversation(application, console, locale, explain=explain)
    finally:
        await application.stop()
        if settings.database.url is None:
            await asyncio.to_thread(embedded.stop, settings.data_dir)


async def _conversation(application: Application, console: Console, locale: str, *, explain: bool) -> None:
    services = application.services
    country = services.helplines.country_of(locale)
    async with services.database.unit_of_work() as work:
        person, _ = await work.people.create()
        started = await work.conversations.start(person, locale, country)
        await work.commit()
    console.print("You are talking to a computer program, not a person. Not an emergency service.", style="bold")
    console.print("Write and press Enter. /help shows who you can call. Ctrl+D ends.\n", style="dim")
    company = Company(application, started.id, person)
    while True:
        await company.tell(console, services.helplines.card(country))
        try:
            line = await asyncio.to_thread(console.input, "[bold cyan]you[/] ")
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if line.strip() == "/help":
            console.print(card_panel(services.helplines.card(country)))
            continue
        if company.told and not line.strip():
            continue  # only to look whether something is new
        try:
            text = require_text(str(clean_text(line)))
        except BadInput as error:
            console.print(error.message, style="dim")
            continue
        turn_id = await application.running().receive(started.id, person, uuid4(), text)
        reply = await final_reply(application, turn_id)
        if reply.origin == "relay":
            console.print("Delivered. Press Enter to look for an answer.\n", style="dim")
        else:
            console.print("[bold green]handhold[/]", Text(f"{reply.text}\n"))
        if reply.card:
            console.print(card_panel(services.helplines.card(country)))
        if explain:
            console.print(await _explained(application, turn_id, reply))


@dataclass(slots=True)
class Company:
    """What others said to the person, and who is with them: told once, and again when it changes."""

    application: Application
    conversation: UUID
    person: UUID
    seen: int = 0
    told: str = ""

    async def tell(self, console: Console, card: Card) -> None:
        """Print what is new."""
        async with self.application.services.database.unit_of_work() as work:
            lines = await work.lines.of(self.conversation, FOR_PERSON, self.seen)
            hands = await hands_of(work, self.person, self.application.services.ladder.policy.grace)
        for line in lines:
            if line.author is not None:
                console.print(Text(f"{line.author}, counsellor", style="bold magenta"), Text(f"{line.text}\n"))
            else:
                console.print(Text(f"{line.text}\n", style="italic"))
            self.seen = line.seq
        words = said(hands, clock)
        if words != self.told:
            console.print(Text(words or "Nobody else is with you now. The program answers.", style="dim"))
            if off_duty(hands):
                console.print(HANDS_WORDS["ways"], card_panel(card))
            self.told = words


def clock(at: datetime) -> str:
    """A time on the clock of this machine: "21:04", "08:00 tomorrow", "08:00 on Tuesday 24 November"."""
    here, today = at.astimezone(), datetime.now().astimezone().date()
    day = {0: "", 1: " tomorrow", -1: " yesterday"}.get((here.date() - today) // timedelta(days=1))
    return f"{here:%H:%M}{day}" if day is not None else f"{here:%H:%M on %A} {here.day} {here:%B}"


def card_panel(card: Card) -> Panel:
    """The help card."""
    rows = [f"Emergency: [bold]{', '.join(card.emergency)}[/]"]
    for line in card.lines:
        ways = " · ".join(way for way in (line.phone, line.text, line.web, line.hours) if way)
        rows.append(f"{line.name}: {ways}")
    return Panel(
        "\n".join(rows), title=f"Help now ({card.country_name}, checked {card.updated})", border_style="yellow"
    )


async def _explained(application: Application, turn_id: UUID, reply: Reply) -> Table:
    async with application.services.database.unit_of_work() as work:
        turn = await work.turns.get(turn_id)
    table = Table(show_header=False, box=None, style="dim")
    reading = turn.reading if turn else None
    if reading is not None:
        table.add_row("felt", ", ".join(f"{e.label} {e.score:.2f}" for e in reading.emotions[:4]))
        table.add_row("intent", f"{reading.intent.label} {reading.intent.score:.2f}")
        table.add_row("not sure of", ", ".join(reading.doubts) or "nothing it knows of")
        table.add_row("signs", ", ".join(s.label for s in reading.signs if s.score >= SHOWN) or "none")
        table.add_row("at least low/moderate/high/imminent", " ".join(f"{p:.3f}" for p in reading.at_least))
        if reading.in_context is not None:
            table.add_row("after what came before", " ".join(f"{p:.3f}" for p in reading.in_context))
    table.add_row("risk of this message", turn.tier.label if turn and turn.tier is not None else "unknown")
    table.add_row("risk that stands", reply.tier.label)
    table.add_row("strategy", f"{reply.strategy} {reply.technique or ''}")
    table.add_row("words by", f"{reply.origin} {reply.model} {' '.join(reply.reasons)}")
    table.add_row("passages", ", ".join(reply.passages) or "none")
    return table
