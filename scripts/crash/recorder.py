"""Records what SQLite does to the files of a directory, while it does it on the machine's own file system."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

# SQLite's own file layer. An empty name would mean the default one, which the recorder is while it records.
MACHINE = "unix"
KEPT_KINDS = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


@dataclass(frozen=True, slots=True)
class Create:
    """A file came to be under a name that was free."""

    name: str


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes were put into a file."""

    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file was cut short."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """All that had been done to a file was made to last."""

    name: str


@dataclass(frozen=True, slots=True)
class Delete:
    """A name was freed; `lasting` says whether that was made to last."""

    name: str
    lasting: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Not the disk's: from here on, the state of this number had been told to somebody as safe."""

    state: int


Operation = Create | Write | Truncate | Sync | Delete | Told


class File(apsw.VFSFile):
    """One open file, on the machine's file system."""

    def __init__(
        self, name: str | apsw.URIFilename | None, flags: list[int], record: list[Operation], short: str
    ) -> None:
        super().__init__(MACHINE, name, flags)
        self._record = record
        self._name = short

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # SQLite's name for it
        """Put bytes in, and note it."""
        self._record.append(Write(self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802  # SQLite's name for it
        """Cut it short, and note it."""
        self._record.append(Truncate(self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802  # SQLite's name for it
        """Make it last, and note it."""
        super().xSync(flags)
        self._record.append(Sync(self._name))


class Recorder(apsw.VFS):
    """The file system under every database that is opened while it is the default one."""

    def __init__(self) -> None:
        super().__init__("recorder", MACHINE, makedefault=True)
        self.record: list[Operation] = []

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # its name
        """Open a file, one that lasts under watch."""
        if name is None or not flags[0] & KEPT_KINDS:
            return apsw.VFSFile(MACHINE, name, flags)
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        if not path.exists() and flags[0] & apsw.SQLITE_OPEN_CREATE:
            self.record.append(Create(path.name))
        return File(name, flags, self.record, path.name)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802  # SQLite's name for it
        """Free a name, and note it."""
        super().xDelete(filename, syncdir)
        self.record.append(Delete(Path(filename).name, bool(syncdir)))


class Hasty(apsw.VFS):
    """A file system that makes nothing last: for images that are looked at once."""

    def __init__(self) -> None:
        super().__init__("hasty", MACHINE, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # its name
        """Open a file."""
        return HastyFile(MACHINE, name, flags)


class HastyFile(apsw.VFSFile):
    """A file that is not synced."""

    def xSync(self, flags: int) -> None:  # noqa: N802  # SQLite's name for it
        """Leave it to chance."""
        del flags


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record all that is done to databases inside."""
    recorder = Recorder()
    try:
        yield recorder
    finally:
        recorder.unregister()


@contextmanager
def hasty() -> Iterator[None]:
    """Have no sync take time inside."""
    layer = Hasty()
    try:
        yield
    finally:
        layer.unregister()


def read_all(directory: Path) -> dict[str, bytes]:
    """Read the files of a directory, as a disk would have them before anything is done to it."""
    return {each.name: each.read_bytes() for each in directory.iterdir() if each.is_file()}
