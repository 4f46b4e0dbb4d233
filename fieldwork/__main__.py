"""The command line: `fieldwork`, or `python -m fieldwork`."""

import sys

import asyncpg
import click

from fieldwork.base import logs
from fieldwork.commands import demo, questionnaires, reporting, serving, spreadsheets, study
from fieldwork.web import problems


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Fieldwork: studies that follow families over time."""


for command in (
    demo.demo,
    demo.code,
    serving.serve,
    serving.work,
    serving.migrate,
    serving.routes,
    study.study,
    study.referrals,
    spreadsheets.permissions,
    spreadsheets.visits,
    spreadsheets.answers,
    spreadsheets.link,
    study.window,
    study.staff,
    study.trail_commands,
    questionnaires.questionnaire,
    reporting.report,
    reporting.export,
):
    cli.add_command(command)


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
            sys.exit(_said(f"{problems.sentence(error)}\n{error}" if str(error) else problems.sentence(error)))
        raise


def _said(text: str) -> int:
    print(text.strip(), file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
