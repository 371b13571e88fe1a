"""Checkouts of this repository for tests to work in, as if just cloned."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENTRY_POINT = """#!{python}
from p2pchain.cli.main import main
main()
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what git knows or would add here, nothing else."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    copy = tmp_path / "p2pchain"
    for name in names.split("\0"):
        if name and (source := ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy / name)
    return copy


@pytest.fixture
def installed(checkout: Path) -> Path:
    """A checkout whose .venv is complete: its own p2pchain, and the packages that are installed here already."""
    home = checkout / ".venv"
    venv.create(home, with_pip=False, symlinks=True)
    packages = sysconfig.get_path("purelib")
    own = next(home.glob("lib/python*/site-packages"))
    (own / "checkout.pth").write_text(f"{checkout}\n{packages}\n")
    command = home / "bin" / "p2pchain"
    command.write_text(ENTRY_POINT.format(python=home / "bin" / "python"))
    command.chmod(0o755)
    for tool in ("ruff", "lint-imports", "mypy", "pytest"):
        (home / "bin" / tool).symlink_to(Path(sys.executable).parent / tool)
    (home / ".installed").touch()
    return checkout
