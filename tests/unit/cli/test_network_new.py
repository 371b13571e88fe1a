"""A new network: what is proposed, and what is never overwritten."""

import json
from pathlib import Path
from typing import TextIO

import pytest
from click.testing import CliRunner

from p2pchain.chain.network import YEAR_MS, Network
from p2pchain.cli import network_new as module
from p2pchain.cli.network_new import _write_new, new, propose
from p2pchain.errors import UsageError


@pytest.mark.parametrize("rate", [1, 100, 12_345, 50_000_000, 10**15])
@pytest.mark.parametrize("spacing_s", [1, 10, 3_600, YEAR_MS // 1_000])
def test_a_block_takes_its_spacing_at_the_rate(rate: int, spacing_s: int) -> None:
    network = propose("yard", rate, spacing_s, "none", 0)
    assert network.genesis.work == pytest.approx(max(2, rate * spacing_s), rel=1e-4)
    assert network.spacing == spacing_s * 1_000


def test_only_a_network_that_retargets_has_a_clock() -> None:
    assert {propose("a", 1, 10, "none", 0).half_life, propose("a", 1, 10, "none", 0).clamp} == {0}
    asert = propose("a", 1, 10, "asert", 0)
    assert (asert.half_life, asert.clamp) == (600_000, 600_000)


def test_rules_out_of_range_are_said() -> None:
    with pytest.raises(UsageError, match="name: 1 to 64 bytes"):
        propose("a" * 65, 1, 10, "none", 0)
    assert propose("a", 1, 527_040, "asert", 0).half_life == YEAR_MS
    with pytest.raises(UsageError, match=r"--spacing of at most 527040s .* found 527041s; choose a shorter"):
        propose("a", 1, 527_041, "asert", 0)


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(new, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def test_the_measured_rate_counts_for_each_miner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "measure_rate", lambda *_: 1_000)
    told = json.loads(run("yard", "--miners", "5", "--json"))
    assert (told["measured"], told["rate"]) == (1_000, 5_000)
    network = Network.parse(Path("yard.toml").read_text())
    assert network.genesis.work == pytest.approx(50_000, rel=1e-4)
    people = run("hall", "--spacing", "2m")
    for words in (
        "1,000 hashes/s, one thread",
        "one in 120 s",
        "none: the bits never change",
        "--network hall.toml\n",
    ):
        assert words in people


def test_a_rate_that_is_given_is_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "measure_rate", None)
    assert json.loads(run("yard", "--rate", "7", "--json"))["rate"] == 7
    assert "nothing: --rate was given" in run("hall", "--rate", "7", "--retarget", "asert")


def test_a_file_that_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("yard.toml").write_text("mine")
    for make in (
        lambda: new.main(["yard", "--rate", "1"], standalone_mode=False),
        lambda: _write_new(Path("yard.toml"), "x"),
    ):
        with pytest.raises(UsageError, match=r"no file yard\.toml yet"):
            make()
    assert Path("yard.toml").read_text() == "mine"


def test_no_file_is_left_where_there_is_no_room_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_full_disk(path: Path, *_: str, **__: str) -> TextIO:
        path.touch()
        return open("/dev/full", "w", encoding="utf-8")  # noqa: PTH123  # in place of the method of a path

    monkeypatch.setattr(Path, "open", on_a_full_disk)
    with pytest.raises(OSError, match=r"No space left on device: '.*yard\.toml'"):
        _write_new(tmp_path / "yard.toml", "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a/b", "../a", ".a", "", "a/"])
def test_a_name_that_is_none_for_a_file_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="name"):
        new.main([name, "--rate", "1"], standalone_mode=False)
    assert list(tmp_path.iterdir()) == []
