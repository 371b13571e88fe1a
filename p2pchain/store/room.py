"""Whether a disk has room: seen by taking some. What a file system says of itself leaves out quotas and reserves."""

import apsw

# A block of the largest usual size takes little more; what is larger is tried when it comes.
ROOM_BYTES = 1024 * 1024


def take(connection: apsw.Connection) -> None:
    """Enter a row of this size; in a commit, it has to find its place on disk."""
    query = "INSERT OR REPLACE INTO meta (key, value) VALUES ('room', zeroblob(?))"
    connection.execute(query, (ROOM_BYTES,))


def give_back(connection: apsw.Connection) -> None:
    """Take the row out again: its pages stay with the file, for what comes next."""
    connection.execute("DELETE FROM meta WHERE key = 'room'")
