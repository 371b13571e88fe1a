"""`p2pchain`, on a file system that takes nothing more while a file named by P2PCHAIN_TEST_FULL exists.

For machines on which a test may not mount a small file system of its own.
"""

import os
from pathlib import Path

import apsw

from p2pchain.cli.main import main

MACHINE = "unix"  # SQLite's own file layer; an empty name would mean this one, once it is the default


class File(apsw.VFSFile):
    """A file of the machine's, but for writes while the disk is full."""

    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int], sign: Path) -> None:
        super().__init__(MACHINE, name, flags)
        self._sign = sign

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # SQLite's name
        if self._sign.exists():
            raise apsw.FullError("no room left")
        super().xWrite(data, offset)


class FullFileSystem(apsw.VFS):
    """The machine's file system, which is full while a sign says so."""

    def __init__(self, sign: Path) -> None:
        super().__init__("full", MACHINE, makedefault=True)
        self._sign = sign

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> File:  # noqa: N802  # SQLite's name
        return File(name, flags, self._sign)


if __name__ == "__main__":
    kept = FullFileSystem(Path(os.environ["P2PCHAIN_TEST_FULL"]))
    main()
