"""Each module is measured by the test file that is its own, and by that alone."""

from pathlib import Path

import pytest

from own_coverage import ROOT, Reach, measure, modules, own_test

HALF = """def half(number):
    if number % 2:
        return None
    return number // 2
"""
TEST = "tests/unit/chain/test_half.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with one module, half of which its test reaches."""
    for name, text in {
        "p2pchain/__init__.py": "",
        "p2pchain/chain/__init__.py": "",
        "p2pchain/chain/half.py": HALF,
        TEST: "from p2pchain.chain.half import half\n\n\ndef test():\n    assert half(4) == 2\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "test"),
    [
        ("p2pchain/chain/rules/block.py", "tests/unit/chain/rules/test_block.py"),
        ("p2pchain/chain/rules/__init__.py", "tests/unit/chain/test_rules.py"),
        ("p2pchain/wire/messages/hello.py", "tests/unit/wire/test_messages.py"),
        ("p2pchain/wire/messages/__init__.py", "tests/unit/wire/test_messages.py"),
        ("p2pchain/node/parts.py", "tests/unit/node/test_machine.py"),
        ("scripts/bench/table.py", "tests/unit/scripts/bench/test_table.py"),
    ],
)
def test_a_module_s_own_test_lies_at_the_same_place(module: str, test: str) -> None:
    assert own_test(module) == test


def test_every_module_of_the_mirrored_layers_is_measured() -> None:
    found = set(modules(ROOT))
    assert {"p2pchain/chain/merkle.py", "p2pchain/wire/frame.py", "p2pchain/node/machine.py"} <= found
    assert {"p2pchain/sim/world.py", "p2pchain/sim/checkers/__init__.py"} <= found
    assert not {path for path in found if not (ROOT / own_test(path)).exists()}
    assert not {path for path in found if path.startswith("p2pchain/store")}


@pytest.mark.slow
def test_what_is_not_reached_is_named(tree: Path) -> None:
    assert list(modules(tree)) == ["p2pchain/chain/half.py"]
    (reach,) = measure(tree, TEST, list(modules(tree)))
    assert reach == Reach(50.0, "p2pchain/chain/half.py", TEST, "3 2->3")
    assert str(reach) == f" 50.0 %  p2pchain/chain/half.py  (by {TEST}): 3 2->3"


@pytest.mark.slow
def test_a_test_that_fails_measures_nothing(tree: Path) -> None:
    (tree / TEST).write_text("def test():\n    assert 1 == 2\n")
    with pytest.raises(RuntimeError, match="assert 1 == 2"):
        measure(tree, TEST, list(modules(tree)))
