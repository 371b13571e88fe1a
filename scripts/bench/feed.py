"""A client that does as little as it can: frames made beforehand go out in one stream, and answers are counted."""

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from p2pchain.chain.transaction import Transaction
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.decoding import Incoming
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_tx import NewTx

READ_BYTES = 256 * 1024
PATIENCE_S = 120.0
LENGTH_BYTES = 4
ANSWER = b"\x92\xa6got_tx"


@dataclass(frozen=True)
class Fed:
    """When it began and ended, in seconds of the machine's clock that never goes back."""

    started: float
    ended: float


def frames_of(transactions: Sequence[Transaction], per_frame: int) -> list[bytes]:
    """Put transactions into frames that ask to be acknowledged."""
    encoded = [transaction.encode() for transaction in transactions]
    starts = range(0, len(encoded), per_frame)
    return [encode(NewTx(transactions=tuple(encoded[at : at + per_frame]), ack=True)) for at in starts]


def feed(host: str, port: int, frames: Sequence[bytes], expected: int) -> Fed:
    """Send all frames over one connection, and wait for as many answers; every transaction has to be accepted."""
    with socket.create_connection((host, port), timeout=PATIENCE_S) as connection:
        wire = Connection(Role.PEER)
        _greet(connection, wire)
        stream = b"".join(frames)
        sender = threading.Thread(target=connection.sendall, args=(stream,))
        started = time.monotonic()
        sender.start()
        answers = _read_answers(connection, len(frames))
        ended = time.monotonic()
        sender.join()
    codes = [code for each in wire.receive(answers) for code in _codes(each)]
    if codes != ["accepted"] * expected:
        raise RuntimeError(f"{codes.count('accepted')} of {expected} accepted, {sorted(set(codes))}")
    return Fed(started, ended)


def _codes(incoming: Incoming) -> Sequence[str]:
    return incoming.message.codes if isinstance(incoming.message, GotTx) else ()


def _greet(connection: socket.socket, wire: Connection) -> None:
    """Say hello as one who listens nowhere."""
    theirs: Hello | None = None
    while theirs is None:
        for incoming in wire.receive(connection.recv(READ_BYTES)):
            theirs = incoming.message if isinstance(incoming.message, Hello) else theirs
    connection.sendall(
        encode(
            Hello(
                protocol=1,
                network=theirs.network,
                agent="p2pchain bench",
                node=bytes(16),
                listen=0,
                height=0,
                tip=bytes(32),
                work=bytes(32),
                time=theirs.time,
            )
        )
    )


def _read_answers(connection: socket.socket, count: int) -> bytes:
    """Read until so many answers are there; what they say is looked at later."""
    held = bytearray()
    at = 0
    while count:
        data = connection.recv(READ_BYTES)
        if not data:
            raise RuntimeError("the node closed the connection")
        held += data
        while count and len(held) - at >= LENGTH_BYTES:
            end = at + LENGTH_BYTES + int.from_bytes(held[at : at + LENGTH_BYTES], "big")
            if end > len(held):
                break
            count -= held.startswith(ANSWER, at + LENGTH_BYTES)
            at = end
    return bytes(held)
