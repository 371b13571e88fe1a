"""What the operator reads."""

import pytest

from p2pchain.daemon.report import LINES_PER_WINDOW, WINDOW_MS, Reports, one_line


def test_lines_below_the_level_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    reports = Reports("warning")
    reports.report("info", "quiet", 0)
    reports.report("warning", "loud", 0)
    assert capsys.readouterr().err.endswith("WARNING loud\n")


def test_the_journal_stamps_its_own_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    Reports("info").report("info", "here", 0)
    assert capsys.readouterr().err == "INFO here\n"


def test_a_flood_is_held_back_and_counted_but_errors_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    reports = Reports("info")
    for number in range(LINES_PER_WINDOW + 1_234):
        reports.report("info", f"line {number}", 5)
    reports.report("error", "the disk is full", 5)
    reports.report("info", "the next minute", WINDOW_MS)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == LINES_PER_WINDOW + 3
    assert lines[-3].endswith("the disk is full")
    assert lines[-2].endswith("1,234 lines were held back in the last minute")


def test_what_would_not_be_printed_is_not_counted_as_held_back(capsys: pytest.CaptureFixture[str]) -> None:
    reports = Reports("info")
    for number in range(LINES_PER_WINDOW):
        reports.report("info", f"line {number}", 5)
    reports.report("debug", "quiet", 5)
    reports.report("info", "the next minute", WINDOW_MS)
    assert "held back" not in capsys.readouterr().err


def test_a_stranger_s_text_stays_on_its_line() -> None:
    assert one_line("a\nb\x1b[2J\u202e") == "a?b?[2J?"
    assert len(one_line("x" * 10_000)) == 500
