"""The `p2pchain` command: finds the subcommand, and turns errors into one line and an exit code."""

import os
import sys
from importlib import import_module

import click

from p2pchain import __version__
from p2pchain.errors import LocalError, NodeError, P2PChainError

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_INTERRUPTED = 130

# Subcommand, in the order of the help text: the module that holds it, and what it does. Modules load when needed.
COMMANDS = {
    "run": ("p2pchain.cli.run", "Run a node."),
    "status": ("p2pchain.cli.status", "Show how a node is."),
    "send": ("p2pchain.cli.send", "Sign records and hand them to a node."),
    "log": ("p2pchain.cli.log", "Print the records of the chain, in order."),
    "chain": ("p2pchain.cli.chain", "List blocks."),
    "block": ("p2pchain.cli.block", "Show a block and its records."),
    "tx": ("p2pchain.cli.tx", "Show where a record stands, and prove it."),
    "pending": ("p2pchain.cli.pending", "List the records that wait for a block."),
    "watch": ("p2pchain.cli.watch", "Follow what happens at a node."),
    "mine": ("p2pchain.cli.mine", "Have one block mined."),
    "forget": ("p2pchain.cli.forget", "Erase the contents of records at a node."),
    "peers": ("p2pchain.cli.peers", "List, add and cut off peers."),
    "network": ("p2pchain.cli.network", "Make and show the rules of a network."),
    "check": ("p2pchain.cli.check", "Read everything on disk again by all rules."),
    "simulate": ("p2pchain.cli.simulate", "Try many nodes in one process, with faults drawn by a seed."),
    "key": ("p2pchain.cli.key", "Make and show the keys that sign records."),
}


class Lazy(click.Group):
    """A group whose subcommands are imported when they are called: start-up is felt in a shell."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand, or one that is written alike."""
        from difflib import get_close_matches

        close = get_close_matches(args[0], COMMANDS, 1)
        if close and args[0] not in COMMANDS:
            raise click.UsageError(f"No such command {args[0]!r}. Did you mean {close[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="p2pchain")
@click.option(
    "--node", metavar="NODE", help="A number of the local cluster, a data directory, or a control socket."
)
@click.pass_context
def group(ctx: click.Context, node: str | None) -> None:
    """Keep one tamper-evident record on machines that need not trust each other.

    NODE is by default $P2PCHAIN_NODE, or else this user's data directory. Exit codes: 1 refused, or nothing there;
    2 a wrong option, file or address; 3 no node answers.
    """
    ctx.obj = node


def main() -> None:
    """Run the command line, and end the process."""
    _open_streams()
    try:
        group.main(prog_name="p2pchain", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except click.ClickException as error:
        _fail(error.format_message() + _hint(error), EXIT_USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except NodeError as error:
        _fail(str(error), EXIT_UNREACHABLE if error.reason == NodeError.code else EXIT_REFUSED)
    except LocalError as error:
        _fail(str(error), EXIT_USAGE)
    except P2PChainError as error:
        _fail(str(error), EXIT_REFUSED)
    except BrokenPipeError:
        # Whoever read us has gone: nobody is left to tell.
        _drop_output()
        sys.exit(EXIT_REFUSED)
    except UnicodeEncodeError as error:
        _fail(f"expected text in UTF-8 ({error}); check the arguments, and set LC_ALL=C.UTF-8", EXIT_USAGE)
    except OSError as error:
        _drop_output()
        place = error.filename or "the output"
        _fail(f"{place}: {error.strerror or error}; check its place, owner, mode and space", EXIT_REFUSED)


def _hint(error: click.ClickException) -> str:
    """Say where it stands what there is to choose from, for who wrote what a command does not know."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f" See `{context.command_path} --help`." if context is not None else ""


def _open_streams() -> None:
    """Let streams that the caller closed lead nowhere: in their place Python has none, and files get their numbers."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            file = os.open(os.devnull, os.O_RDWR)
            if file != number:
                os.dup2(file, number)
                os.close(file)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _drop_output() -> None:
    """Let what is still buffered go nowhere: at the end of the process it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(text: str, code: int) -> None:
    click.echo(f"p2pchain: {' '.join(text.split())}", err=True)
    sys.exit(code)
