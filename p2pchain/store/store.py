"""A data directory, opened: its lock, its one writer, and readers as they are wanted."""

from pathlib import Path

from p2pchain.chain.network import Network
from p2pchain.node.ports import Restored
from p2pchain.store.lock import DirectoryLock
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.writer import Writer


class Store:
    """What one process holds of a data directory."""

    def __init__(self, directory: Path, network: Network) -> None:
        """Lock the directory, and open or make the file in it.

        Raises:
            StoreError: it is in use, damaged, newer, of another network, or cannot be written.
        """
        self._lock = DirectoryLock(directory)
        self._path = directory / FILE_NAME
        self._network = network
        try:
            self.writer = Writer(self._path, network)
        except BaseException:
            self._lock.release()
            raise

    def reader(self) -> Reader:
        """Open a reader, for the thread that will use it.

        Raises:
            StoreError: the file cannot be opened.
        """
        return Reader(self._path, self._network)

    def restore(self, window: int) -> Restored:
        """Give what a node starts from: the newest `window` headers, and what is pending.

        Raises:
            StoreError: the file cannot be read, or contradicts itself.
        """
        reader = self.reader()
        try:
            return reader.restore(window)
        finally:
            reader.close()

    def close(self) -> None:
        """Close the file and unlock the directory."""
        self.writer.close()
        self._lock.release()
