"""One process a data directory: a lock that the kernel lets go of when its holder is gone, however it ended."""

import fcntl
import os
from pathlib import Path

from p2pchain.store.faults import StoreLocked, named

FILE_NAME = "lock"
_PID_SIZE_MAX = 20


class DirectoryLock:
    """Held from its making to `release`."""

    def __init__(self, directory: Path) -> None:
        """Take the lock, and write the process's number into it; the directory is made where it is missing.

        Raises:
            StoreLocked: another process holds it.
            StoreError: the directory cannot be made or written.
        """
        with named(directory):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / FILE_NAME
        with named(path):
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._take(directory)
            except BaseException:
                os.close(self._file)
                raise

    def release(self) -> None:
        """Let another process have the directory."""
        os.close(self._file)

    def _take(self, directory: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._file, _PID_SIZE_MAX).decode(errors="replace").strip() or "unknown"
            remedy = "stop that process, or choose another directory with --data"
            raise StoreLocked(
                f"{directory} for this node alone", f"it in use by process {holder}", remedy
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
