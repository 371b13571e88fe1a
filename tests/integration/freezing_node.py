"""`p2pchain`, whose disk stands still for ever in the middle of the first deep reorganisation.

P2PCHAIN_TEST_FREEZE_AT: `write` (part of the log is written) or `sync` (all of it is, but nobody has been told yet).
P2PCHAIN_TEST_FROZEN names a file that is made when it has come to that.
"""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import apsw

from p2pchain.cli.main import main
from p2pchain.node.actions import StagedBlock
from p2pchain.node.ports import Returned
from p2pchain.store.writer import Writer

MACHINE = "unix"
DEEP = 1_000
WRITES_BEFORE = 50


class Freezer:
    """Decides when time stops."""

    def __init__(self, at: str, sign: Path) -> None:
        self.deep = False
        self._at = at
        self._sign = sign
        self._writes = 0

    def pass_(self, what: str) -> None:
        """Come by on the way to the log; in the deep reorganisation, not past the chosen place."""
        if self.deep:
            self._writes += what == "write"
            if what == self._at and self._writes > WRITES_BEFORE:
                self._sign.touch()
                threading.Event().wait()


class LogFile(apsw.VFSFile):
    """SQLite's log, on the machine's file system."""

    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int], freezer: Freezer) -> None:
        super().__init__(MACHINE, name, flags)
        self._freezer = freezer

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # SQLite's name for it
        self._freezer.pass_("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802  # SQLite's name for it
        self._freezer.pass_("sync")
        super().xSync(flags)


class FileSystem(apsw.VFS):
    """The machine's file system, but for the log."""

    def __init__(self, freezer: Freezer) -> None:
        super().__init__("freezing", MACHINE, makedefault=True)
        self._freezer = freezer

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # its name
        if flags[0] & apsw.SQLITE_OPEN_WAL:
            return LogFile(name, flags, self._freezer)
        return apsw.VFSFile(MACHINE, name, flags)


def watch(freezer: Freezer) -> None:
    """Tell the freezer of the first deep reorganisation."""
    commit_chain = Writer.commit_chain

    def commit(
        writer: Writer,
        stage: Sequence[StagedBlock],
        revert: Sequence[bytes],
        connect: Sequence[bytes],
        wall_ms: int,
    ) -> tuple[tuple[bytes, ...], Returned]:
        freezer.deep = len(revert) > DEEP
        return commit_chain(writer, stage, revert, connect, wall_ms)

    Writer.commit_chain = commit  # type: ignore[method-assign, assignment]  # here only


if __name__ == "__main__":
    told = Freezer(os.environ["P2PCHAIN_TEST_FREEZE_AT"], Path(os.environ["P2PCHAIN_TEST_FROZEN"]))
    watch(told)
    kept = FileSystem(told)
    main()
