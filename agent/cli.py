"""The command line: one function a command, each a few lines over ``agent.commands``."""

import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from agent.errors import BadInput, HandholdError
from agent.observability.logs import configure
from agent.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, which may hold what a person wrote
    help="Handhold: a self-hosted mental-health support agent.",
)
alerts = typer.Typer(no_args_is_help=True, help="How counsellors are reached.")
app.add_typer(alerts, name="alerts")
counsellors = typer.Typer(no_args_is_help=True, help="Accounts of counsellors.")
app.add_typer(counsellors, name="counsellors")

Source = Annotated[Path, typer.Argument(help="JSON Lines; '-' is standard input.")]
Sink = Annotated[Path, typer.Option("--out", "-o", help="Where the answers go; '-' is standard output.")]


@app.command()
def serve() -> None:
    """Start the product and print its address."""
    from agent.commands.serve import run  # noqa: PLC0415  (each command imports what it needs and no more)

    run(Settings())


@app.command()
def chat(
    locale: Annotated[str, typer.Option(help="Such as en-GB: whose help lines are shown.")] = "en",
    *,
    explain: Annotated[bool, typer.Option(help="Show what was read and why it answered so.")] = False,
) -> None:
    """Talk in the terminal."""
    from agent.commands.chat import run  # noqa: PLC0415

    run(Settings(), locale, explain=explain)


@app.command()
def screen(
    source: Source = Path("-"),
    out: Sink = Path("-"),
    *,
    explain: Annotated[bool, typer.Option(help="Readable text instead of JSON: what was read, and why.")] = False,
) -> None:
    """Read conversations and say emotion, intent and risk of every message of the person. Writes to no database."""
    from agent.commands.screen import run  # noqa: PLC0415

    run(source, out, explain=explain)


@app.command()
def replay(
    source: Source = Path("-"),
    out: Sink = Path("-"),
    generator: Annotated[str, typer.Option(help="embedded, openai, authored or scripted; default as configured.")] = "",
) -> None:
    """Drive the real graph over conversations, on a scratch database."""
    from agent.commands.replay import run  # noqa: PLC0415

    run(Settings(), source, out, generator)


@app.command()
def index() -> None:
    """Build the knowledge index from the corpus."""
    from knowledge.embedding import Embedder  # noqa: PLC0415
    from knowledge.index import Index  # noqa: PLC0415

    built = Index.build(Embedder())
    print(f"{built.manifest['passages']} passages indexed.")


@app.command()
def invite(
    supervisor: Annotated[
        bool, typer.Option(help="The account is a supervisor's: alerts go there when nobody answers.")
    ] = False,
) -> None:
    """Print a one-time link that makes a counsellor's account."""
    from agent.commands.invite import run  # noqa: PLC0415

    run(Settings(), supervisor=supervisor)


@app.command()
def doctor() -> None:
    """Say in words what is present, missing or wrong."""
    from agent.commands.doctor import run  # noqa: PLC0415

    raise typer.Exit(run(Settings()))


@alerts.command("test")
def try_alerts(
    to: Annotated[
        str, typer.Option(help="Where the test e-mail goes; default: the outside contact, else the sender itself.")
    ] = "",
) -> None:
    """Send a test notice through every channel that is set up, and say what each answered. 1 if one failed."""
    from agent.commands.alerts import run  # noqa: PLC0415

    raise typer.Exit(run(Settings(), to))


@counsellors.command("list")
def list_counsellors() -> None:
    """Print every account."""
    from agent.commands.counsellors import listed  # noqa: PLC0415

    listed(Settings())


@counsellors.command("end")
def end_counsellor(email: str) -> None:
    """End an account at once. Their cases go back to the top of the queue."""
    from agent.commands.counsellors import end  # noqa: PLC0415

    end(Settings(), email)


@counsellors.command("reset")
def reset_counsellor(email: str) -> None:
    """Print a one-time link for a new password, also for an account that was ended."""
    from agent.commands.counsellors import reset  # noqa: PLC0415

    reset(Settings(), email)


@app.command()
def lessons(target: Annotated[Path, typer.Argument(help="A new file, outside of the program.")]) -> None:
    """Write the messages of closed cases that supervisors approved, as JSON Lines like the authored corpora."""
    from agent.commands.lessons import run  # noqa: PLC0415

    run(Settings(), target)


@app.command()
def feedback(target: Sink = Path("-")) -> None:
    """Write what people said of their conversations and counsellors of alarms: counts alone, as JSON."""
    from agent.commands.opinions import run  # noqa: PLC0415

    run(Settings(), target)


@app.command()
def backup(target: Path) -> None:
    """Write the database to a file. The master key is not in it: keep a copy of that elsewhere."""
    from agent.commands.backup import backup as run  # noqa: PLC0415

    run(Settings(), target)


@app.command()
def restore(source: Path) -> None:
    """Fill an empty database from a backup."""
    from agent.commands.backup import restore as run  # noqa: PLC0415

    run(Settings(), source)


def _more_commands(asked: Sequence[str]) -> None:
    """Commands of other packages of this distribution, such as the evals, loaded when asked for: that takes seconds."""
    for found in entry_points(group="handhold.commands"):
        if asked[:1] != [found.name]:
            app.command(found.name, help=f"See: handhold {found.name} --help")(_nothing)
            continue
        try:
            app.add_typer(found.load(), name=found.name)
        except ModuleNotFoundError as error:
            extras = ",".join(found.extras)
            raise BadInput(f"This needs the package {error.name}: install handhold[{extras}].") from error


def _nothing() -> None:
    """A line in the help of all commands."""


def main() -> NoReturn:
    """Entry point: our own errors and wrong settings become a sentence, not a stack; logs go through the allow-list."""
    configure("WARNING")
    try:
        _more_commands(sys.argv[1:])
        app()
    except HandholdError as error:
        typer.echo(error.message, err=True)
    except ValidationError as error:
        if error.title != "Settings":
            raise
        for problem in error.errors():
            name = "HANDHOLD_" + "__".join(str(part).upper() for part in problem["loc"])
            typer.echo(f"{name}: {problem['msg']}", err=True)
    raise SystemExit(2)
