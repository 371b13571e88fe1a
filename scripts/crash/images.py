"""What a disk may hold after a crash: of all that was not synced, everything, nothing, or any part, writes torn."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from crash.recorder import Create, Delete, Operation, Sync, Told, Truncate, Write

# What a disk writes at once: a write that is cut off ends at a multiple of it.
SECTOR = 512

# With the first sync of a new log SQLite syncs the folder, and so makes last whatever names there are, and are not.
LOGS = ("-journal", "-wal")

Files = dict[str, bytes]


@dataclass(eq=False)
class Inode:
    """A file: what of it lasts, and what was done to it since."""

    synced: bytes = b""
    is_new: bool = False
    queue: list[Write | Truncate] = field(default_factory=list)

    def content(self, done: Iterable[Write | Truncate]) -> bytes:
        """Give what lasts, with some more done to it."""
        data = bytearray(self.synced)
        for operation in done:
            if isinstance(operation, Truncate):
                del data[operation.size :]
                continue
            data.extend(bytes(max(0, operation.offset - len(data))))
            data[operation.offset : operation.offset + len(operation.data)] = operation.data
        return bytes(data)


class Disk:
    """The state of a disk between two operations. Names are files' too: a new or a freed one may not last yet."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._names = {name: Inode(data) for name, data in files.items()}
        self._lasting = dict(self._names)

    def apply(self, operation: Operation) -> None:
        """Do one thing."""
        match operation:
            case Create(name):
                self._names[name] = Inode(is_new=True)
            case Write(name) | Truncate(name):
                self._names[name].queue.append(operation)
            case Sync(name):
                inode = self._names[name]
                inode.synced, inode.queue = inode.content(inode.queue), []
                if inode.is_new and name.endswith(LOGS):
                    self._lasting = dict(self._names)
                inode.is_new = False
            case Delete(name, lasting):
                self._names.pop(name)
                if lasting:
                    self._lasting.pop(name, None)
            case Told():
                pass

    def kept(self, rng: random.Random) -> Files:
        """Give what is there if all that was done has lasted, as after a crash of the program alone."""
        del rng
        return {name: inode.content(inode.queue) for name, inode in self._names.items()}

    def lost(self, rng: random.Random) -> Files:
        """Give what is there if nothing has lasted but what was synced."""
        del rng
        return {name: inode.synced for name, inode in self._lasting.items()}

    def torn(self, rng: random.Random) -> Files:
        """Give what is there if any part of what was not synced has lasted, in any order."""
        found: Files = {}
        for name in sorted(self._names.keys() | self._lasting.keys()):
            inode = rng.choice([self._names.get(name), self._lasting.get(name)])
            if inode is not None:
                share = rng.random()
                done = [_tear(each, rng) for each in inode.queue if rng.random() < share]
                found[name] = inode.content(done)
        return found


@dataclass(frozen=True, slots=True)
class Image:
    """What was found on a disk after a crash at an operation; `told` is the newest state that somebody relied on."""

    place: int
    manner: str
    told: int
    files: Files


MANNERS: tuple[Callable[[Disk, random.Random], Files], ...] = (Disk.kept, Disk.lost, Disk.torn)


def images(
    before: Mapping[str, bytes], record: list[Operation], rng: random.Random, stride: int, share: int
) -> Iterator[Image]:
    """Give the images of crashes right before the operations of one share in `stride`, in each manner.

    One that is the same as an earlier one, and has to hold the same, is left out.
    """
    disk = Disk(before)
    told = -1
    seen: set[tuple[int, bytes]] = set()
    for place, operation in enumerate([*record, Told(-1)]):
        if isinstance(operation, Told):
            told = max(told, operation.state)
        if place % stride == share:
            for manner in MANNERS:
                files = manner(disk, rng)
                key = told, _digest(files)
                if key not in seen:
                    seen.add(key)
                    yield Image(place, manner.__name__, told, files)
        disk.apply(operation)


def _digest(files: Files) -> bytes:
    digest = sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name} {len(data)} ".encode())
        digest.update(data)
    return digest.digest()


def _tear(operation: Write | Truncate, rng: random.Random) -> Write | Truncate:
    """Cut one write in four short, at the end of a sector."""
    if isinstance(operation, Truncate) or rng.random() < 0.75:
        return operation
    sectors = rng.randint(0, len(operation.data) // SECTOR)
    return Write(operation.name, operation.offset, operation.data[: sectors * SECTOR])
