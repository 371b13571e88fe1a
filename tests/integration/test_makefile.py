"""`make` lists its targets, and keeps .venv complete at hardly any cost."""

import os
import subprocess
from pathlib import Path

import pytest

TARGETS = (
    "install",
    "cluster",
    "test",
    "test-fast",
    "trial",
    "coverage",
    "lint",
    "bench",
    "bench-quick",
    "clean",
)


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell: one that runs these tests would have it say more."""
    outside = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    command = ["make", *arguments]
    return subprocess.run(command, cwd=checkout, env=outside, capture_output=True, text=True, check=False)


def is_up_to_date(checkout: Path) -> bool:
    return make(checkout, "--question", "install").returncode == 0


def test_make_alone_lists_the_targets(checkout: Path) -> None:
    done = make(checkout)
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["help", *TARGETS]


def test_a_complete_venv_is_reused(installed: Path) -> None:
    assert is_up_to_date(installed)


def test_a_fresh_checkout_has_to_be_installed(checkout: Path) -> None:
    assert not is_up_to_date(checkout)


@pytest.mark.parametrize("name", ["setup.cfg", "pyproject.toml", "setup.py"])
def test_what_the_venv_is_made_from_is_newer(installed: Path, name: str) -> None:
    stamp = installed / ".venv" / ".installed"
    (installed / name).touch()
    later = stamp.stat().st_mtime + 1
    os.utime(installed / name, (later, later))
    assert not is_up_to_date(installed)


def test_a_venv_that_was_never_finished_is_made_anew(installed: Path) -> None:
    (installed / ".venv" / ".installed").unlink()
    assert not is_up_to_date(installed)


def test_a_venv_whose_python_is_gone_is_made_anew(installed: Path) -> None:
    (installed / ".venv" / "bin" / "python").unlink()
    assert not is_up_to_date(installed)


def test_a_venv_that_was_moved_is_made_anew(installed: Path) -> None:
    moved = installed.rename(installed.parent / "elsewhere")
    assert not is_up_to_date(moved)


def test_an_old_python_is_refused_in_one_line(checkout: Path) -> None:
    old = checkout / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit\nexit 1\n')
    old.chmod(0o755)
    done = make(checkout, "install", f"PYTHON={old}")
    assert done.returncode != 0
    assert [line for line in done.stderr.splitlines() if not line.startswith("make")] == [
        "p2pchain needs Python 3.11 or newer, found Python 3.9.2; say where one is: make PYTHON=/path/to/python3.11"
    ]
    assert not (checkout / ".venv").exists()


def test_clean_keeps_the_chain_of_the_cluster(installed: Path) -> None:
    (installed / ".cluster" / "1").mkdir(parents=True)
    assert make(installed, "clean").returncode == 0
    assert not (installed / ".venv").exists()
    assert (installed / ".cluster" / "1").exists()
