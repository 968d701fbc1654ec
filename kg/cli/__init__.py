"""The command line: each command is a thin shell over a public function of the same name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from kg import __version__
from kg.errors import KgError
from kg.registry import Registry

#: Command name -> where it is; the order is the order of `kg --help`.
COMMANDS: Registry[click.Command] = Registry(
    "command",
    {
        "build": "kg.cli.build:build",
        "stats": "kg.cli.look:stats",
        "show": "kg.cli.look:show",
        "query": "kg.cli.ask:query",
        "ask": "kg.cli.ask:ask",
        "search": "kg.cli.ask:search",
        "leaderboard": "kg.cli.ask:leaderboard",
        "export": "kg.cli.export:export",
        "explore": "kg.cli.explore:explore",
        "serve": "kg.cli.serve:serve",
        "extract": "kg.cli.extract:extract",
        "evaluate": "kg.cli.extract:evaluate",
        "train": "kg.cli.train:train",
        "verify": "kg.cli.look:verify",
        "validate": "kg.cli.validate:validate",
        "merges": "kg.cli.merges:merges",
        "why": "kg.cli.merges:why",
    },
    group="kg.commands",
)


class _Commands(click.Group):
    """Imports a command when it is first used, and turns a KgError into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return COMMANDS[name] if name in COMMANDS else None  # noqa: SIM401 a registry's get raises

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from kg.errors import UnknownName

            raise click.UsageError(str(UnknownName("command", args[0], COMMANDS)), ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KgError as error:
            click.secho(f"kg: {error}", fg="red", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            # The reader of our output (head, less) is gone; that is no fault of ours.
            sys.stderr.close()
            ctx.exit(1)
        except OSError as error:
            click.secho(f"kg: {_os_error(error)}", fg="red", err=True)
            ctx.exit(1)


def _os_error(error: OSError) -> str:
    """Say in one line what the operating system refused."""
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="kg")
def cli() -> None:
    """Turn papers into a knowledge graph of methods, tasks, datasets, hardware and numbers.

    Every edge carries the exact words that say so. Nothing leaves this machine.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; Ctrl-C ends it with one line and exit code 130."""
    try:
        cli(args=argv, prog_name="kg", standalone_mode=True)
    except KeyboardInterrupt:
        click.secho("kg: stopped; what was finished is kept", err=True)
        sys.exit(130)
