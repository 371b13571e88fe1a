"""Tells systemd how the service is: one datagram each, to the socket that it names (sd_notify(3))."""

import os
import socket
from contextlib import suppress


class Notifier:
    """Says nothing where no systemd listens."""

    def __init__(self) -> None:
        """Find the socket, and how often a sign of life is expected."""
        self._path = os.environ.get("NOTIFY_SOCKET", "")
        watchdog_us = os.environ.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(watchdog_us) / 2_000_000 if watchdog_us.isdigit() and self._path else None

    def ready(self, status: str) -> None:
        """The service is up."""
        self._tell(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """How it is, in a few words."""
        self._tell(f"STATUS={status}")

    def alive(self) -> None:
        """A sign of life."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is on its way down."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        if not self._path:
            return
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        # What cannot be said now may be at the next occasion; who fell silent for ever would be taken for dead.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.connect(address)
            out.send(text.encode())
