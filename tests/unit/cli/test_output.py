"""What commands print."""

import pytest

from p2pchain.cli.output import (
    CALENDAR_END_MS,
    clean,
    counted,
    print_json,
    print_pairs,
    print_table,
    time_text,
)


def test_bytes_are_hex_in_json_and_text_is_itself(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"hash": b"\xab", "text": "ä"})
    assert capsys.readouterr().out == '{"hash": "ab", "text": "ä"}\n'
    with pytest.raises(TypeError, match="set"):
        print_json({"a": {1}})


def test_pairs_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    print_pairs([("a", 1), ("long", "x")])
    assert capsys.readouterr().out == "a     1\nlong  x\n"


def test_a_table_in_a_pipe_is_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["one", "two"], [["1", "2"], ["3", "4"]])
    assert capsys.readouterr().out == "1\t2\n3\t4\n"


def test_a_table_on_a_terminal_is_drawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    print_table(["one", "two"], [["1", "[red]2"]])
    head, row = (line.split() for line in capsys.readouterr().out.splitlines())
    assert (head, row) == (["one", "two"], ["1", "[red]2"])


def test_a_narrow_terminal_cuts_nothing_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "40")
    print_table(["hash"], [["0123456789abcdef" * 4]])
    assert "0123456789abcdef" * 4 in "".join(capsys.readouterr().out.split())


def test_a_noun_is_in_the_plural_but_for_one() -> None:
    assert [counted(count, "block") for count in (0, 1, 2_000)] == ["0 blocks", "1 block", "2,000 blocks"]


def test_times_are_utc() -> None:
    assert time_text(1_700_000_000_999) == "2023-11-14 22:13:20"
    assert time_text(CALENDAR_END_MS - 1) == "9999-12-31 23:59:59"
    assert time_text(2**63) == "9,223,372,036,854,775,808 ms"


def test_a_stranger_s_text_cannot_move_the_cursor() -> None:
    assert clean("a\x1b[2Jb\rc") == "a\ufffd[2Jb\ufffdc"
