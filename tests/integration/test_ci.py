"""`.ci/run` passes when lint and every test pass, and ends in the tests' summary."""

import os
import re
import subprocess
from pathlib import Path

import pytest

SUMMARY = "===== 12 passed in 3.45s ====="


def run(checkout: Path, lint: str, test: str) -> subprocess.CompletedProcess[str]:
    """Run it with a `make` that answers `lint` and `test` with these shell commands."""
    tools = checkout / "tools"
    tools.mkdir()
    make = tools / "make"
    make.write_text(f'#!/bin/bash\ncase "$1" in lint) {lint} ;; test) {test} ;; *) exit 9 ;; esac\n')
    make.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    command = [checkout / ".ci" / "run"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_it_ends_in_the_summary(checkout: Path) -> None:
    done = run(checkout, "echo clean", f"echo '{SUMMARY}'")
    assert (done.returncode, done.stdout.splitlines()) == (0, ["clean", SUMMARY])


def test_lint_comes_first(checkout: Path) -> None:
    done = run(checkout, "exit 1", f"echo '{SUMMARY}'")
    assert (done.returncode, done.stdout) == (1, "")


def test_a_test_that_fails_fails_it(checkout: Path) -> None:
    assert run(checkout, "true", f"echo '{SUMMARY}'; exit 2").returncode != 0


@pytest.mark.parametrize(
    "summary",
    [
        "11 passed, 1 skipped in 3s",
        "11 passed, 1 xfailed in 3s",
        "no tests ran in 0.01s",
        "12 passed, 1 error in 3s",
    ],
)
def test_a_test_that_was_passed_over_fails_it(checkout: Path, summary: str) -> None:
    done = run(checkout, "true", f"echo '===== {summary} ====='")
    assert done.returncode == 1
    assert summary in done.stderr


@pytest.mark.parametrize(
    "lines",
    ["def test_it() -> None:\n    pytest.skip('later')", "pytest.importorskip('no_such_module')"],
)
def test_a_skipped_test_fails(installed: Path, lines: str) -> None:
    (installed / "tests" / "unit" / "test_sample.py").write_text(f"import pytest\n\n\n{lines}\n")
    command = [str(installed / ".venv" / "bin" / "python"), "-m", "pytest", "-q", "tests/unit/test_sample.py"]
    done = subprocess.run(command, cwd=installed, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert re.search(r"^1 (failed|error) in ", done.stdout, re.MULTILINE), done.stdout
