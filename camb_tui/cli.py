"""The command line: commands and their options. What each does stands in a module of its own, imported when it runs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from camb_tui import __version__
from camb_tui.domain.errors import CambError, UsageError
from camb_tui.exits import exit_of
from camb_tui.wiring import Options

Command = Callable[..., Any]  # click passes options by name, of any type

_SHARED = (
    click.option("--session", metavar="NAME|PATH", help="Session to use; without it, the one called default."),
    click.option("--base-url", metavar="URL", help="Address of the service."),
    click.option("--theme", metavar="NAME", help="Colour theme."),
    click.option("--config", metavar="FILE", help="Config file to read in place of the usual one."),
    click.option(
        "--routes",
        type=click.Choice(["auto", "both", "reference", "guide"]),
        help="Which documented paths to use; both is for simulate.",
    ),
    click.option("--read-only", is_flag=True, default=None, help="Send and change nothing."),
    click.option("--ascii/--no-ascii", default=None, help="Signs and borders in ASCII only."),
)
_NAMES = ("session", "base_url", "theme", "config", "routes", "read_only", "ascii")


def shared(command: Command) -> Command:
    """Give a command the options that stand before or after its name; it gets them all as `options`.

    Its errors become a sentence and an exit code, and what it returns is the exit code.
    """

    @functools.wraps(command)
    def wrapper(**arguments: Any) -> None:
        own = Options(**{name: arguments.pop(name) for name in _NAMES})
        context = click.get_current_context()
        before = context.find_object(Options)
        context.obj = own.over(before) if isinstance(before, Options) else own
        if context.invoked_subcommand is not None:
            return
        try:
            code = command(options=context.obj, **arguments)
        except CambError as error:
            click.echo(f"camb-tui: {error}", err=True)
            code = exit_of(error)
        context.exit(int(code))

    wrapped: Command = wrapper
    for option in reversed(_SHARED):
        wrapped = option(wrapped)
    return wrapped


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="camb-tui")
@shared
def camb_tui(options: Options) -> int:
    """Submit, watch and retrieve CAMB.AI tasks. Without a command: the monitor.

    Exit codes: 0 all asked for is SUCCESS, 1 some task failed, 2 usage, 3 no key or key refused, 4 service not
    reachable, 5 session locked or unreadable, 6 waited as long as asked, 7 some submission unconfirmed.
    """
    from camb_tui.monitoring import monitor

    return monitor(options)


@camb_tui.command()
@shared
def demo(options: Options) -> int:
    """The monitor on sample tasks and a built-in simulator: no key, no network."""
    from camb_tui.monitoring import demo as show_demo

    return show_demo(options)


@camb_tui.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes any free port.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="Divides how long tasks take.")
@click.option("--seed", type=int, help="The same seed gives the same ids and durations.")
@click.option("--api-key", metavar="KEY", help="The only key to take; without it any that is not empty.")
@shared
def simulate(options: Options, port: int, speed: float, seed: int | None, api_key: str | None) -> int:
    """A simulator of the service on 127.0.0.1; prints its base URL and serves until stopped.

    --routes says which of the documented paths it serves; both, unless it is told otherwise.
    """
    from camb_tui.simulator import SimulatorOptions, serve

    if speed <= 0:
        raise UsageError("--speed must be above 0")
    routes = options.routes if options.routes in ("reference", "guide") else "both"
    try:
        serve(
            SimulatorOptions(port=port, speed=speed, seed=seed, routes=routes, api_key=api_key),
            announce=click.echo,
        )
    except OSError as error:
        raise UsageError(f"port {port} cannot be served: {error.strerror or error}") from error
    return 0


@camb_tui.command()
@click.argument("kind", required=False)
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--from", "source", metavar="FILE", help="Rows to submit (CSV, TSV, JSONL, TOML); - is standard input.")
@click.option("--kind", "row_kind", metavar="KIND", help="Kind of the rows that name none.")
@click.option("--format", "form", type=click.Choice(["csv", "tsv", "jsonl", "toml"]), help="Format of --from.")
@click.option("--label", metavar="TEXT", help="What to call the task.")
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="A tag; may be repeated.")
@click.option("--again", is_flag=True, help="Send also what the session holds already.")
@click.option("--wait", is_flag=True, help="Wait until every task is settled.")
@click.option("--stream", is_flag=True, help="Use the streaming route (tts, translation) and wait for its end.")
@click.option("--to", "folder", metavar="FOLDER", help="With --stream: where its file is saved.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait at most so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as each task gets there.")
@shared
def submit(options: Options, **arguments: Any) -> int:
    """Submit one task, or the rows of a file.

    A field is repeated for a list (target_languages=54 target_languages=76), FIELD=@FILE takes the text of a file,
    and a file field takes a path. Nothing is sent that the session holds already, unless it failed: so the same
    command can be run again after a crash. --again sends it all the same.

    --stream takes what comes as it is made: speech into a file, a translation into a text (kept beside the session, and
    with --to into a file too). A stream has no task id; it is sent once, and its row keeps what came of it.
    """
    from camb_tui.submitting import submit as run

    return run(options, **arguments)


@camb_tui.command(name="list")
@click.argument("query", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.option("--all", "everything", is_flag=True, help="Archived tasks and replaced tries as well.")
@shared
def list_tasks(options: Options, **arguments: Any) -> int:
    """The session's tasks: those a filter matches, or those with the keys or task ids given. Asks no network."""
    from camb_tui.waiting import list_tasks as run

    return run(options, **arguments)


@camb_tui.command()
@click.argument("query", nargs=-1)
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait at most so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as each task settles.")
@shared
def wait(options: Options, **arguments: Any) -> int:
    """Wait until tasks are settled: those a filter matches, those with the keys or task ids given, or all of them.

    The exit code speaks of all that were asked for, also of those that were settled before.
    """
    from camb_tui.waiting import wait as run

    return run(options, **arguments)


@camb_tui.command()
@click.argument("query", nargs=-1)
@click.option("--to", "folder", metavar="FOLDER", help="Where to; without it the setting's folder, else this one.")
@click.option(
    "--format", "formats", metavar="LIST", help="What transcripts are saved as: srt,vtt,txt,json; else the setting's."
)
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Take at most so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as each is saved.")
@shared
def fetch(options: Options, **arguments: Any) -> int:
    """Save results: of the tasks a filter matches, of those named, or of every SUCCESS not saved yet.

    A file that broke off goes on where it stopped when the same command is given again. Nothing is overwritten.
    """
    from camb_tui.waiting import fetch as run

    return run(options, **arguments)


@camb_tui.command()
@click.argument("query", nargs=-1)
@click.option("--yes-pay-twice", is_flag=True, help="Send also what may exist already, or has succeeded.")
@click.option(
    "--insist", is_flag=True, help="Send also what would or may fail again, and at once what had better wait."
)
@click.option("--new-files", is_flag=True, help="Send files that changed since as they are now.")
@click.option("--check-sources", is_flag=True, help="Ask the addresses of sources first; only what answers is sent.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent and what left out.")
@click.option("--wait", is_flag=True, help="Wait until every task is settled.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait at most so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as each task gets there.")
@shared
def retry(options: Options, **arguments: Any) -> int:
    """Send tasks again, each as a new task: those a filter matches, those named, or all that failed.

    What would fail again, failed for a reason nobody knows, was tried three times, or may be paid for twice is left
    out and told, and the exit code is then 1, or 7 where an unconfirmed one is among them.
    """
    from camb_tui.deciding import retry as run

    return run(options, **arguments)


@camb_tui.command()
@click.argument("query", nargs=-1)
@click.option("--wait", is_flag=True, help="Wait until every task is settled.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait at most so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as each task gets there.")
@shared
def release(options: Options, **arguments: Any) -> int:
    """Send what is held: what a filter matches, what is named, or all of it.

    After a payment hold the cheapest goes first, and the others once the service took it.
    """
    from camb_tui.deciding import release as run

    return run(options, **arguments)


@camb_tui.command()
@click.argument("kind")
@click.argument("task_id")
@click.option("--for", "key", metavar="KEY", help="The unconfirmed task whose id this is.")
@click.option("--label", metavar="TEXT", help="What to call the task.")
@click.option("--wait", is_flag=True, help="Wait until it is settled.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait at most so long.")
@click.option("--json", "as_json", is_flag=True, help="The task as a JSON object.")
@shared
def adopt(options: Options, **arguments: Any) -> int:
    """Take in the id of a task made elsewhere, as a new row or, with --for, for an unconfirmed one. Sends nothing."""
    from camb_tui.deciding import adopt as run

    return run(options, **arguments)


@camb_tui.command()
@click.argument("query", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@shared
def dismiss(options: Options, **arguments: Any) -> int:
    """Archive tasks that are not under way, such as unconfirmed ones that do not exist. Here only; sends nothing."""
    from camb_tui.deciding import dismiss as run

    return run(options, **arguments)


@camb_tui.group(name="session")
def session_group() -> None:
    """Look after a session file."""


@session_group.command(name="check")
@click.argument("file", required=False)
@shared
def session_check(options: Options, file: str | None) -> int:
    """Say what a session file holds and whether all of it can be read; exit code 5 where not. Writes nothing."""
    from camb_tui.tending import check

    return check(options, file=file)


@session_group.command(name="tidy")
@click.argument("file", required=False)
@shared
def session_tidy(options: Options, file: str | None) -> int:
    """Write each task of a session file once; the file that was stays as .bak."""
    from camb_tui.tending import tidy

    return tidy(options, file=file)


@camb_tui.command()
@shared
def doctor(options: Options) -> int:
    """What terminal, settings, key source, session, server and clock look like from here; no secrets."""
    import asyncio

    from camb_tui.doctor import examine, verdict

    findings = asyncio.run(examine(options))
    for finding in findings:
        click.echo(f"{'!' if finding.exit else ' '} {finding.name:<9} {finding.text}")
    return verdict(findings)
