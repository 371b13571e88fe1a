"""The source keeps to its own measures, and each measure is able to fail."""

import configparser
import re

import pytest

import p2pchain
import source_rules as rules
from own_coverage import MIRRORED, WHOLE_NODE, own_test
from source_rules import ROOT, RULES, Measures, Rule, Source, tracked

SOURCES = tracked()
# What is held against the code beside it.
DOCUMENT_TESTS = {"tests/unit/wire/test_protocol_document.py"}
DEPENDENCIES_MAX = 9

SAMPLES: tuple[tuple[Rule, str, str], ...] = (
    (rules.file_is_short, "p2pchain/a.py", "x = 1\n" * 301),
    (rules.functions_are_short, "p2pchain/a.py", "def f():\n" + "    x = 1\n" * 50),
    (rules.names_say_what, "p2pchain/net/utils.py", ""),
    (rules.names_say_what, "p2pchain/net/peer_manager.py", ""),
    (rules.names_say_what, "p2pchain/a.py", "class PeerManager: ..."),
    (rules.docstring_is_there, "p2pchain/a.py", "x = 1"),
    (rules.docstring_is_there, "p2pchain/a.py", '"""1\n2\n3\n4\n5\n6"""'),
    (rules.nothing_is_left_over, "p2pchain/a.py", "x = 1  # " + "todo".upper() + ": more"),
    (rules.print_is_for_people, "p2pchain/node/a.py", "print(1)"),
    (rules.clock_and_chance_are_given, "p2pchain/node/a.py", "import time\nx = time.monotonic()"),
    (rules.clock_and_chance_are_given, "p2pchain/wire/a.py", "import random\nx = random.choice([1])"),
    (rules.chance_is_seeded, "p2pchain/sim/a.py", "import random\nx = random.Random()"),
    (rules.tests_wait_for_something, "tests/unit/a.py", "import time\ntime.sleep(0.1)"),
    (
        rules.tests_wait_for_something,
        "tests/unit/a.py",
        "import asyncio\nasync def f(): await asyncio.sleep(2)",
    ),
    (rules.tests_are_run, "tests/unit/a.py", "import pytest\n@pytest.mark.skipif(True)\ndef f(): ..."),
    (rules.tests_are_run, "tests/unit/a.py", "import pytest\nx = pytest.importorskip('x')"),
    (rules.tests_are_run, "tests/unit/a.py", "import pytest\n@pytest.mark.xfail\ndef f(): ..."),
    (rules.switches_have_reasons, "p2pchain/a.py", "x = 1  # type: ignore"),
    (rules.switches_have_reasons, "p2pchain/a.py", "x = 1  # type: ignore[attr-defined]"),
    (rules.switches_have_reasons, "p2pchain/a.py", "x = 1  # noqa: S311"),
    (rules.switches_have_reasons, "p2pchain/a.py", "x = 1  # noqa because it hurts"),
    (rules.types_are_known, "p2pchain/a.py", "from typing import Any"),
)
ALLOWED: tuple[tuple[Rule, str, str], ...] = (
    (
        rules.functions_are_short,
        "p2pchain/a.py",
        "def f():\n" + '    """' + "1\n" * 60 + '"""\n' + "    x = 1\n" * 48,
    ),
    (rules.docstring_is_there, "p2pchain/a.py", '"""One."""'),
    (rules.print_is_for_people, "p2pchain/cli/a.py", "print(1)"),
    (
        rules.clock_and_chance_are_given,
        "p2pchain/node/a.py",
        "import random\ndef f(rng: random.Random): rng.random()",
    ),
    (rules.chance_is_seeded, "p2pchain/sim/a.py", "import random\nx = random.Random(7)"),
    (
        rules.tests_wait_for_something,
        "tests/unit/a.py",
        "import asyncio\nasync def f(): await asyncio.sleep(0)",
    ),
    (
        rules.switches_have_reasons,
        "p2pchain/a.py",
        "x = 1  # type: ignore[misc]  # apsw has no stubs for this",
    ),
    (rules.switches_have_reasons, "p2pchain/a.py", "x = 1  # noqa: S311, S101  not a secret"),
    (rules.types_are_known, "p2pchain/wire/fields.py", "from typing import Any"),
)


def identify(value: object) -> str | None:
    return getattr(value, "__name__", None)


@pytest.mark.slow  # `make lint` runs it too
@pytest.mark.parametrize("rule", RULES, ids=identify)
def test_the_source_keeps_the_rule(rule: Rule) -> None:
    assert [complaint for source in SOURCES for complaint in rule(source)] == []


@pytest.mark.parametrize(("rule", "path", "text"), SAMPLES, ids=identify)
def test_a_rule_finds_what_breaks_it(rule: Rule, path: str, text: str) -> None:
    assert len(list(rule(Source(path, text)))) == 1


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED, ids=identify)
def test_a_rule_lets_pass_what_keeps_it(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_every_rule_has_a_sample_that_breaks_it() -> None:
    assert {rule for rule, _, _ in SAMPLES} == set(RULES)


def test_files_and_functions_are_of_a_size_that_reads_well() -> None:
    measures = Measures.of(source for source in SOURCES if source.path.startswith("p2pchain/"))
    assert 60 <= measures.file_median <= 150, measures
    assert measures.function_median <= 7, measures
    assert measures.function_tenth < 25, measures


def test_measures_count_lines_without_docstrings() -> None:
    long = Source("p2pchain/a.py", "def f():\n    '''1\n    2'''\n" + "    x = 1\n" * 30)
    short = Source("p2pchain/b.py", "def g(): ...\n")
    assert Measures.of([long, short]) == Measures(
        files=1, file_median=33, file_longest=33, functions=2, function_median=16, function_tenth=31
    )


def missing_tests(modules: set[str], tests: set[str]) -> set[str]:
    """Name the modules of the mirrored layers that have no test file where it belongs."""
    wanted = {path for path in modules if path.startswith(MIRRORED) and not path.endswith("__init__.py")}
    return {path for path in wanted if own_test(path) not in tests}


def test_each_module_of_the_pure_layers_and_the_simulator_has_its_own_test_file() -> None:
    paths = {source.path for source in SOURCES}
    assert missing_tests(paths, paths) == set()
    assert paths >= WHOLE_NODE


def test_each_unit_test_file_belongs_to_a_module() -> None:
    paths = {source.path for source in SOURCES}
    belonging = {own_test(path) for path in paths if path.startswith(("p2pchain/", "scripts/"))}
    found = {path for path in paths if re.match(r"tests/unit/\w+/(\w+/)*test_\w+\.py", path)}
    assert found - belonging - DOCUMENT_TESTS == set()


def test_a_module_without_a_test_file_is_found() -> None:
    modules = {"p2pchain/chain/merkle.py", "p2pchain/wire/messages/hello.py", "p2pchain/node/__init__.py"}
    tests = {"tests/unit/chain/test_merkle.py", "tests/unit/wire/test_messages.py"}
    assert missing_tests(modules, tests) == set()
    assert missing_tests(modules, set()) == modules - {"p2pchain/node/__init__.py"}


def test_the_changelog_knows_the_version() -> None:
    versions = re.findall(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == p2pchain.__version__


def test_direct_dependencies_are_few() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    assert setup["metadata"]["version"] == "attr: p2pchain.__version__"
    assert len(setup["options"]["install_requires"].split("\n")) - 1 <= DEPENDENCIES_MAX
