"""What the operator reads: one line each on standard error, and no more of them than a disk can bear."""

import logging
import os
import sys

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

# Peers cause most lines: full disks of other nodes (CVE-2025-54604, -54605) taught that there must be a bound.
LINES_PER_WINDOW = 600
WINDOW_MS = 60_000


class Reports:
    """Prints lines of a level and above, at most so many a minute; then how many were held back."""

    def __init__(self, level: str) -> None:
        """Set the level: debug, info, warning or error."""
        self._logger = logging.getLogger("p2pchain")
        self._logger.setLevel(LEVELS[level])
        self._logger.propagate = False
        handler = logging.StreamHandler(sys.stderr)
        timed = "" if os.environ.get("JOURNAL_STREAM") else "%(asctime)s "
        handler.setFormatter(logging.Formatter(f"{timed}%(levelname)s %(message)s"))
        self._logger.handlers[:] = [handler]
        self._window = 0
        self._lines = 0
        self._held_back = 0

    def report(self, level: str, text: str, ticks_ms: int) -> None:
        """Print a line, unless this minute has had its share; errors are always printed."""
        window = ticks_ms // WINDOW_MS
        if window != self._window:
            if self._held_back:
                self._logger.warning("%s lines were held back in the last minute", f"{self._held_back:,}")
            self._window, self._lines, self._held_back = window, 0, 0
        if not self._logger.isEnabledFor(LEVELS[level]):
            return
        if self._lines >= LINES_PER_WINDOW and level != "error":
            self._held_back += 1
            return
        self._lines += 1
        self._logger.log(LEVELS[level], "%s", one_line(text))


def one_line(text: str) -> str:
    """Make text of any origin fit for a log: no line breaks, no control characters, not endless."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:500])
