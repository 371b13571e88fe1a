"""`p2pchain key`: the keys that sign records."""

import os

import click

from p2pchain.chain.keys import SEED_SIZE
from p2pchain.cli.output import json_option, print_json
from p2pchain.client.keyring import DEFAULT_NAME, Keyring


@click.group("key", short_help="Make and show the keys that sign records.")
def command() -> None:
    """Make and show the keys that sign records. Whoever has a key's file can sign in its name: keep it."""


@command.command("new")
@click.argument("name", default=DEFAULT_NAME)
@json_option
def new(name: str, as_json: bool) -> None:
    """Make a key, and print its public half."""
    _print(name, Keyring.default().create(name, os.urandom(SEED_SIZE)).public, as_json)


@command.command("show")
@click.argument("name", default=DEFAULT_NAME)
@json_option
def show(name: str, as_json: bool) -> None:
    """Print a key's public half, by which others know its author."""
    _print(name, Keyring.default().load(name).public, as_json)


@command.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """List the keys, with their public halves."""
    keyring = Keyring.default()
    for name in keyring.names():
        public = keyring.load(name).public
        if as_json:
            print_json({"name": name, "public": public})
        else:
            click.echo(f"{name}\t{public.hex()}")


def _print(name: str, public: bytes, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "public": public})
    else:
        click.echo(public.hex())
