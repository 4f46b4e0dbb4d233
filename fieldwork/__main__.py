"""The command line: `fieldwork`, or `python -m fieldwork`."""

import sys
from importlib import import_module

import asyncpg
import click

from fieldwork.base import logs

# Where each command lives. It is loaded when it is asked for: nobody waits for a web server to hear of a window.
COMMANDS = {
    "answers": "spreadsheets",
    "code": "demo",
    "demo": "demo",
    "export": "reporting",
    "link": "spreadsheets",
    "migrate": "serving",
    "permissions": "spreadsheets",
    "questionnaire": "questionnaires",
    "referrals": "study",
    "report": "reporting",
    "routes": "serving",
    "serve": "serving",
    "staff": "study",
    "study": "study",
    "trail": "study",
    "visits": "spreadsheets",
    "window": "study",
    "work": "serving",
}


class Commands(click.Group):
    """The commands, in the order of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click asks
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click asks
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"fieldwork.commands.{COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Fieldwork: studies that follow families over time."""


def main() -> None:
    """Faults are sentences on standard error: 1 for a refused input, 2 for wrong usage."""
    logs.configure()
    try:
        ended = cli.main(standalone_mode=False)
        sys.exit(ended if isinstance(ended, int) else 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except UnicodeDecodeError:
        sys.exit(_said("This file is not UTF-8 text."))
    except (
        asyncpg.InvalidCatalogNameError,
        asyncpg.UndefinedTableError,
        asyncpg.InvalidAuthorizationSpecificationError,
    ):
        sys.exit(_said("There is no Fieldwork database at this address, or it was not migrated: `fieldwork migrate`."))
    except asyncpg.InsufficientPrivilegeError:
        sys.exit(_said("This database role may not do that."))
    except Exception as error:
        if type(error).__module__.endswith(".errors") and type(error).__doc__:
            from fieldwork.web import problems  # noqa: PLC0415 - only a fault waits for the web

            sys.exit(_said(f"{problems.sentence(error)}\n{error}" if str(error) else problems.sentence(error)))
        raise


def _said(text: str) -> int:
    print(text.strip(), file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
