"""How much of each module of the pure layers and the simulator its own unit test file reaches, by lines and branches.

`python scripts/own_coverage.py [MODULE ...]` prints those that are below the floor, and ends with 1 if there are any.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
MIRRORED = ("p2pchain/chain/", "p2pchain/wire/", "p2pchain/node/", "p2pchain/sim/")
FLOOR_PERCENT = 95.0
# A test file that takes longer than this hangs.
TIMEOUT_S = 120
# Modules that declare one row of a table each: the test of their package goes through all rows.
TABLED = "p2pchain/wire/messages/"
# What holds a whole node together, or only declares what it is made of: a whole node is what tests it.
WHOLE_NODE = {
    f"p2pchain/node/{name}.py" for name in ("actions", "config", "limits", "messages", "parts", "ports")
}
WHOLE_NODE_TEST = "tests/unit/node/test_machine.py"


@dataclass(frozen=True, order=True)
class Reach:
    """What a test file reaches of a module: percent of its lines or of its branches, the lower; and what it misses."""

    percent: float
    module: str
    test: str
    missed: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.percent:5.1f} %  {self.module}  (by {self.test}): {self.missed}"


def own_test(module: str) -> str:
    """Name the test file of a module; a package's has the package's name, and lies beside its folder."""
    if module in WHOLE_NODE:
        return WHOLE_NODE_TEST
    path = module.removeprefix("p2pchain/").removesuffix("/__init__.py").removesuffix(".py")
    if module.startswith(TABLED):
        path = TABLED.removeprefix("p2pchain/").rstrip("/")
    folder, _, name = path.rpartition("/")
    return f"tests/unit/{folder}/test_{name}.py"


def modules(root: Path) -> Iterator[str]:
    """Name the modules of the layers; those of a layer itself hold a docstring only."""
    for folder in MIRRORED:
        for path in sorted((root / folder).rglob("*.py")):
            if path != root / folder / "__init__.py":
                yield path.relative_to(root).as_posix()


def measure(root: Path, test: str, wanted: Sequence[str]) -> list[Reach]:
    """Run one test file, and see what it reaches of some modules.

    Raises:
        RuntimeError: its tests do not pass.
        subprocess.TimeoutExpired: they hang.
    """
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        names = [
            module.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".") for module in wanted
        ]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", test]
        command += [f"--cov={name}" for name in names] + ["--cov-branch", f"--cov-report=json:{report}"]
        environment = {**os.environ, "COVERAGE_FILE": str(Path(place) / "data")}
        ran = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        if ran.returncode:
            raise RuntimeError(f"{test} does not pass:\n{ran.stdout[-2_000:]}{ran.stderr[-2_000:]}")
        files = json.loads(report.read_text("utf-8"))["files"]
    return [_reach(module, test, files[module]) for module in wanted]


def _reach(module: str, test: str, found: dict[str, Any]) -> Reach:
    summary = found["summary"]
    percent = min(summary["percent_statements_covered"], summary["percent_branches_covered"])
    steps = [f"{start}->{end}" if end > 0 else f"{start}->end" for start, end in found["missing_branches"]]
    return Reach(percent, module, test, " ".join([*map(str, found["missing_lines"]), *steps]))


def main(chosen: list[str]) -> int:
    """Measure all modules, or those given, on all cores."""
    by_test: dict[str, list[str]] = defaultdict(list)
    for module in chosen or modules(ROOT):
        by_test[own_test(module)].append(module)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        measured = pool.map(lambda item: measure(ROOT, *item), by_test.items())
        reaches = sorted(reach for each in measured for reach in each)
    low = [reach for reach in reaches if reach.percent < FLOOR_PERCENT]
    for reach in low:
        print(reach)
    print(
        f"{len(reaches) - len(low)} of {len(reaches)} modules at {FLOOR_PERCENT:g} % or better from their own tests"
    )
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
