"""`p2pchain check`: read everything on disk again by all rules."""

import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from p2pchain.cli.output import counted, json_option, print_json
from p2pchain.cli.target import socket_path
from p2pchain.daemon.files import load_network
from p2pchain.errors import UsageError
from p2pchain.store.audit import Checked, audit
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME

PROGRESS_BLOCKS = 1_000


@click.command("check", short_help="Read everything on disk again by all rules.")
@click.option("--data", type=click.Path(path_type=Path), help="The data directory.")
@json_option
@click.pass_context
def command(ctx: click.Context, data: Path | None, as_json: bool) -> None:
    """Read everything on disk again by all rules, also beside a running node; 2 if anything is wrong.

    That is the chain, side branches, what is pending, the events, the index, and the pages of the file. Contents that
    were forgotten here, or withheld from all, are no fault; they are counted.
    """
    directory = data or socket_path(ctx.find_root().obj).parent
    if not (directory / FILE_NAME).exists():
        raise UsageError(f"a node's data in {directory}", f"no {FILE_NAME}", "name its directory with --data")
    network = load_network(directory, None)
    reader = Reader(directory / FILE_NAME, network)
    checked = Checked(0, 0)
    try:
        with closing(audit(reader, network)) as steps:
            for checked in steps:
                if checked.height % PROGRESS_BLOCKS == 0 and sys.stderr.isatty():
                    click.echo(f"{checked.height:,} of {reader.tip_height():,} blocks", err=True)
    finally:
        reader.close()
    if as_json:
        print_json(asdict(checked))
    else:
        click.echo(
            f"sound: {checked.height:,} blocks, {checked.transactions:,} transactions{_absent(checked)}"
        )


def _absent(checked: Checked) -> str:
    """Say how many contents are not there, if any."""
    counts = ((checked.forgotten, "forgotten"), (checked.withheld, "withheld"))
    return "".join(f", {counted(count, 'content')} {why}" for count, why in counts if count)
