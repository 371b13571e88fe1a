"""`p2pchain status`: what it says of a node that is level, and of one that is catching up."""

import json

import pytest
from click.testing import CliRunner

from p2pchain.cli import status as module
from p2pchain.wire.messages.status import Status


def answer(goal: int, time_left: int | None, peers_time: int = 1_000, lacking: int = 0) -> Status:
    return Status(
        agent="x",
        protocol=1,
        network=bytes(32),
        name="local",
        node=bytes(16),
        listen="127.0.0.1:4343",
        height=12_400,
        tip=bytes(32),
        work=bytes(32),
        best_header=13_000,
        goal=goal,
        blocks_per_minute=318_000,
        time_left=time_left,
        peers=2,
        pending=0,
        pending_on_disk=0,
        pending_bytes=0,
        mining="auto",
        hash_rate=0,
        last_event=1,
        store="ok",
        started=0,
        time=1_000,
        peers_time=peers_time,
        lacking=lacking,
    )


def said(monkeypatch: pytest.MonkeyPatch, status: Status, *arguments: str) -> str:
    """Run the command against a node that answers so."""
    monkeypatch.setattr(module, "ask", lambda _ctx, _talk: status)
    result = CliRunner().invoke(module.command, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_one_that_catches_up_says_how_far_how_fast_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = said(monkeypatch, answer(100_000, 16_500)).splitlines()
    assert "height   12,400" in lines
    assert "syncing  12,400 of 100,000 blocks, 5,300/s, 17 s left" in lines
    assert "clock    agrees with the peers'" in lines


def test_one_that_is_level_says_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = said(monkeypatch, answer(12_400, None, peers_time=41_000))
    assert "syncing" not in text
    assert "waiting" not in text
    assert "40 s behind the median of the peers'" in text


def test_one_that_waits_for_contents_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = said(monkeypatch, answer(12_401, None, lacking=2)).splitlines()
    shown = "nobody has shown them, see the log"
    assert f"waiting  for contents of 2 blocks in a better chain: {shown}" in lines


def test_programs_get_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = json.loads(said(monkeypatch, answer(100_000, 16_500), "--json"))
    assert (fields["goal"], fields["blocks_per_minute"], fields["time_left"]) == (100_000, 318_000, 16_500)
