"""`p2pchain send`: sign records and hand them to a node."""

import os
import sys
import time
from collections.abc import Iterator

import click

from p2pchain.chain.keys import SEED_SIZE, SigningKey
from p2pchain.chain.transaction import KIND_LETTERS, KIND_SIZE_MAX, SALT_SIZE
from p2pchain.cli.network import get_network
from p2pchain.cli.output import json_option, print_json
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.client.keyring import DEFAULT_NAME, Keyring
from p2pchain.client.records import Author, send
from p2pchain.errors import UsageError


@click.command("send", short_help="Sign records and hand them to a node.")
@click.argument("text", required=False)
@click.option("--lines", is_flag=True, help="Read standard input: each line is a record, blank ones too.")
@click.option(
    "--kind", default="board.post", show_default=True, help="The application that the records are for."
)
@click.option("--key", "key_name", default=DEFAULT_NAME, show_default=True, help="The key that signs.")
@node_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, text: str | None, lines: bool, kind: str, key_name: str, as_json: bool
) -> None:
    """Sign TEXT, or each line of standard input, and hand it to a node; done when the node has it on disk."""
    if (text is None) != lines:
        raise UsageError("either TEXT or --lines", "both" if lines else "neither", "see p2pchain send --help")
    if not 1 <= len(kind) <= KIND_SIZE_MAX or not KIND_LETTERS.issuperset(kind.encode()):
        raise UsageError(f"--kind of 1 to {KIND_SIZE_MAX} letters a-z 0-9 . _ -", repr(kind))
    texts = _lines() if text is None else [_checked(text)]
    keyring = Keyring.default()
    key = _key(keyring, key_name)
    if not texts:
        return
    first = keyring.reserve_timestamps(key_name, len(texts), time.time_ns() // 1_000_000)

    async def talk(client: Client) -> None:
        network = await get_network(client)
        author = Author(key, network.id, kind, network.min_stamp_work)
        author.check_sizes(texts, network.max_transaction_bytes)
        async for txid in send(client, author.sign_texts(texts, first, _salts())):
            if as_json:
                print_json({"txid": txid, "author": key.public})
            else:
                click.echo(txid.hex())

    ask(ctx, talk)


def _checked(text: str) -> str:
    """See that what the shell gave is text: bytes that are none arrive as halves of letters."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError("TEXT in UTF-8", "other bytes", "convert it with iconv, and check LC_ALL") from error
    return text


def _lines() -> list[str]:
    """Split standard input at line feeds alone: the text of a record is exactly what stood on its line."""
    data = sys.stdin.buffer.read()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError("UTF-8 on standard input", str(error), "convert it with iconv") from error
    return text.removesuffix("\n").split("\n") if text else []


def _key(keyring: Keyring, name: str) -> SigningKey:
    """Read the key; the default one is made when it is first needed."""
    if name == DEFAULT_NAME and not keyring.has(name):
        try:
            key = keyring.create(name, os.urandom(SEED_SIZE))
        except UsageError:
            if not keyring.has(name):
                raise
            return keyring.load(name)  # another program made it just now
        click.echo(f"p2pchain: made a key in {keyring.directory}: {key.public.hex()}", err=True)
        return key
    return keyring.load(name)


def _salts() -> Iterator[bytes]:
    while True:
        yield os.urandom(SALT_SIZE)
