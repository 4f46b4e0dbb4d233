"""Commands: each one that is named is there to be loaded."""

import click

from fieldwork.__main__ import COMMANDS, cli


def test_every_command_that_is_named_can_be_loaded():
    loaded = {name: cli.get_command(click.Context(cli), name) for name in COMMANDS}

    assert [name for name, command in loaded.items() if command is None or command.name != name] == []
    assert list(loaded) == sorted(loaded)
