"""``handhold eval``: list the suites and gates, run them, write a report, set two runs beside each other."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from agent.commands.store import opened
from agent.domain.offer import Offer
from agent.graph.learned import MOST_ANSWERS
from agent.settings import Settings
from evals.catalogue import SUITES, load, messages
from evals.choosing import of_answers
from evals.compare import compare as compared
from evals.feedback import opinions
from evals.figures import Share
from evals.gates import Gate, Judged, gates, judge
from evals.report import summed_up, write
from evals.results import ALL, Results, save
from evals.results import load as read_run
from evals.running import WORKERS, Order
from evals.running import run as play
from evals.world.chosen import TARGETS

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Evals: play the suites on the real graph, and say what holds.",
)
console = Console()
#: Cases of each suite in the short run.
SHORT = 20
Folder = Annotated[Path, typer.Option("--out", "-o", help="Where logs, results.json and report.html go.")]
RunFile = Annotated[Path, typer.Argument(help="A results.json.", exists=True, dir_okay=False)]


@app.command("list")
def list_suites() -> None:
    """Print the suites with their cases, and the gates."""
    suites = Table("suite", "cases", "of several messages", "messages", box=None)
    for suite in SUITES:
        cases = load(suite)
        several = sum(messages(case) > 1 for case in cases)
        suites.add_row(suite, str(len(cases)), str(several), str(sum(map(messages, cases))))
    console.print(suites)
    bounds = Table("gate", "on", "suites", "bound", "why", box=None)
    for gate in gates():
        bound = f"wrong <= {gate.wrong}" if gate.wrong is not None else f">= {gate.at_least}"
        bound = f"<= {gate.at_most}" if gate.at_most is not None else bound
        bounds.add_row(gate.name, gate.code or gate.measure, " ".join(gate.suites) or "all", bound, gate.why)
    console.print(bounds)


@app.command()
def run(
    suites: Annotated[list[str] | None, typer.Argument(help="All of them by default.")] = None,
    target: Annotated[str, typer.Option(help=TARGETS)] = "handhold",
    model: Annotated[str | None, typer.Option(help="The name of the model at an openai: address.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many cases of each suite.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes side by side, each with a product.")] = WORKERS,
    spoken: Annotated[str, typer.Option(help="An OpenAI-compatible address that finds simulated people's words.")] = "",
    out: Folder = Path("evals-logs"),
    *,
    short: Annotated[bool, typer.Option(help=f"{SHORT} cases of each suite, for a quick look.")] = False,
    resume: Annotated[bool, typer.Option(help="Keep suites that an earlier run of this commit has finished.")] = False,
) -> None:
    """Play suites on the real graph and say of each gate whether it holds. 1 if one does not."""
    wanted = tuple(suites or SUITES)
    if unknown := sorted(set(wanted) - set(SUITES)):
        raise typer.BadParameter(f"no such suite: {', '.join(unknown)}; there are {', '.join(SUITES)}")
    bounds = gates()
    order = Order(
        wanted, target, out / "logs", SHORT if short and limit is None else limit, workers, model, spoken=spoken
    )
    total = sum(len(load(suite)[: order.limit]) for suite in wanted)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("cases", total=total)
        try:
            results = asyncio.run(play(order, lambda _: progress.advance(bar), resume=resume))
        except RuntimeError as error:
            console.print(f"[red]{error}[/red]")
            raise typer.Exit(2) from error
    if order.limit is not None or wanted != SUITES:
        bounds = _of_a_part(bounds, results)
        console.print("Not a whole run: only what must never happen is judged.")
    save(results, out / "results.json")
    write([results], bounds, out / "report.html")
    show(results)
    judged = [judge(gate, results) for gate in bounds]
    show_gates(judged)
    raise typer.Exit(int(bool(results.errors) or not all(one.open for one in judged)))


def _of_a_part(bounds: tuple[Gate, ...], results: Results) -> tuple[Gate, ...]:
    """Gates that hold for any number of cases: those that allow no case to be wrong, where one was looked at."""
    absolute = (gate for gate in bounds if gate.wrong == 0 and results.share(gate.code, gate.suites).of)
    return tuple(gate.model_copy(update={"cases": 1}) for gate in absolute)


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(help="One results.json, or several for the trend.", exists=True)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The page.")] = Path("report.html"),
    feedback: Annotated[Path | None, typer.Option(help="Counts of `handhold feedback`: what people said.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Also its gates, as JSON for the safety case.")] = None,
) -> None:
    """Write a page of runs, with gates, intervals, trend and the transcript of every failure."""
    read = sorted((read_run(path) for path in runs), key=lambda one: one.at)
    if feedback is not None:
        read[-1] = replace(read[-1], measures=(*read[-1].measures, *opinions(feedback)))
    write(read, gates(), out)
    if summary is not None:
        summary.write_text(json.dumps(summed_up(read[-1], gates()), indent=1) + "\n", "utf-8")
    console.print(f"{out} is written.")


@app.command()
def compare(before: RunFile, after: RunFile) -> None:
    """Set two runs beside each other, with exact paired tests. 1 if something is worse by more than chance."""
    changes = compared(read_run(before), read_run(after))
    table = Table("suite", "looked at", "of", "before", "after", "better", "worse", "p", box=None)
    for change in changes:
        if change.better or change.worse:
            table.add_row(
                change.suite or "all", change.code, str(change.of), str(change.before), str(change.after),
                str(len(change.better)), str(len(change.worse)), f"{change.p:.3f}" + (" *" if change.real else ""),
            )  # fmt: skip
    console.print(table)
    console.print("p: exact test of McNemar, false discovery rate held at 5 % over all rows; * below it.")
    raise typer.Exit(int(any(change.real and change.after < change.before for change in changes)))


@app.command()
def choices() -> None:
    """Say what people's own answers say of the choice among offers, by off-policy evaluation."""
    for line in of_answers(asyncio.run(_answers())):
        console.print(line)


async def _answers() -> list[Offer]:
    async with opened(Settings()) as store, store.unit_of_work() as work:
        return await work.offers.answered(MOST_ANSWERS)


def show(results: Results) -> None:
    """Print the shares of a run."""
    console.print(_table("suite: cases in which all was right", _suites(results)))
    by_code = sorted((results.share(code) for code in results.codes), key=lambda s: s.right / s.of)
    console.print(_table("what was looked at: cases in which it was right", by_code))
    for case in results.errors:
        console.print(f"[red]{case.id}: {case.error}[/red]")


def show_gates(judged: list[Judged]) -> None:
    """Print which gates hold."""
    for one in judged:
        mark = "[green]holds[/green]" if one.open else "[red]RED  [/red]"
        console.print(f"{mark} {one.gate.name}: {one.found}")


def _suites(results: Results) -> list[Share]:
    found = []
    for suite in results.suites:
        share = results.share(ALL, [suite])
        found.append(Share(suite, share.right, share.of))
    return found


def _table(title: str, shares: list[Share]) -> Table:
    made = Table(title, "right", "of", "share", "95 % interval", box=None)
    for share in shares:
        if share.of:
            low, high = share.interval
            of = f"{share.right / share.of:.3f}"
            made.add_row(share.what, str(share.right), str(share.of), of, f"{low:.3f}-{high:.3f}")
    return made


if __name__ == "__main__":
    app()
