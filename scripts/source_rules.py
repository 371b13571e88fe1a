"""The source's own measures and bans. Each rule takes one file and yields what is wrong in it, with the line.

`python scripts/source_rules.py` prints them for the whole tree; `make lint` runs them as a test.
"""

import ast
import re
import statistics
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
DOCSTRING_LINES_MAX = 5
NAP_SECONDS = 0.1  # a sleep from here on waits for luck instead of for a condition
REASON_WORDS_MIN = 2
PURE = ("p2pchain/chain/", "p2pchain/wire/", "p2pchain/node/")
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
DRAWN = {"p2pchain/errors.py"}  # whose docstring is a drawing
LOOSE_END = re.compile(r"\b([T]ODO|[F]IXME|[X]XX)\b")
SWITCH = re.compile(r"#\s*(?:type: ignore(\[[^]]*\])?|noqa(: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*)?)(.*)")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the syntax tree, the module first."""
        return list(ast.walk(ast.parse(self.text)))

    @property
    def lines(self) -> list[str]:
        """The file's lines."""
        return self.text.splitlines()

    @property
    def functions(self) -> Iterator[Function]:
        """All functions and methods, nested ones too."""
        return (node for node in self.nodes if isinstance(node, Function))

    @property
    def names(self) -> Iterator[tuple[int, str]]:
        """Each dotted name that is used, with its line."""
        for node in self.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                yield node.lineno, ast.unparse(node)

    @property
    def comments(self) -> Iterator[tuple[int, str]]:
        """Each comment, with its line."""
        for token in tokenize.generate_tokens(StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    @property
    def calls(self) -> Iterator[tuple[int, str, list[ast.expr]]]:
        """Each call: its line, the dotted name that is called, what is passed by position."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node.lineno, ast.unparse(node.func), node.args


def tracked(root: Path = ROOT) -> list[Source]:
    """Read every Python file of p2pchain/, scripts/ and tests/."""
    paths = [
        path for folder in ("p2pchain", "scripts", "tests") for path in sorted((root / folder).rglob("*.py"))
    ]
    return [Source(path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in paths]


def function_lines(function: Function) -> int:
    """Lines of a function, without its decorators and its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return lines


def file_is_short(source: Source) -> Iterator[str]:
    """A file holds one idea: 300 lines at most."""
    if len(source.lines) > FILE_LINES_MAX:
        yield f"{source.path}: {len(source.lines)} lines, {FILE_LINES_MAX} at most: split it by what it is about"


def functions_are_short(source: Source) -> Iterator[str]:
    """No function above 50 lines."""
    for function in source.functions:
        if (lines := function_lines(function)) > FUNCTION_LINES_MAX:
            yield f"{source.path}:{function.lineno}: {function.name} has {lines} lines, {FUNCTION_LINES_MAX} at most"


def names_say_what(source: Source) -> Iterator[str]:
    """No file, folder or class is named for being useful."""
    classes = [node.name for node in source.nodes if isinstance(node, ast.ClassDef)]
    words = [
        *re.split(r"[/._]", source.path),
        *(word for name in classes for word in re.findall("[A-Z][a-z]+", name)),
    ]
    for word in words:
        if word.lower() in VAGUE:
            yield f"{source.path}: {word!r} says nothing: name what it does"


def docstring_is_there(source: Source) -> Iterator[str]:
    """Each module says in one to five lines what it is."""
    module = source.nodes[0]
    text = ast.get_docstring(module) if isinstance(module, ast.Module) else None
    if text is None and source.text:
        yield f"{source.path}:1: no docstring"
    elif text and len(text.splitlines()) > DOCSTRING_LINES_MAX and source.path not in DRAWN:
        yield f"{source.path}:1: a docstring of {len(text.splitlines())} lines, {DOCSTRING_LINES_MAX} at most"


def nothing_is_left_over(source: Source) -> Iterator[str]:
    """What is left to do stands in the tracker, not in the source."""
    for number, line in enumerate(source.lines, 1):
        if LOOSE_END.search(line):
            yield f"{source.path}:{number}: a loose end: finish it, or take it out"


def print_is_for_people(source: Source) -> Iterator[str]:
    """Only the command line and the scripts print; the rest reports to its driver or logs."""
    if source.path.startswith(("p2pchain/cli/", "scripts/")):
        return
    for line, name, _ in source.calls:
        if name == "print":
            yield f"{source.path}:{line}: print: log it, or return it to the command line"


def clock_and_chance_are_given(source: Source) -> Iterator[str]:
    """The pure layers are told the time and are given their generator."""
    if source.path.startswith(PURE):
        for line, name in source.names:
            module, _, attribute = name.partition(".")
            if module in {"time", "datetime", "secrets"} or (module == "random" and attribute != "Random"):
                yield f"{source.path}:{line}: {name}: take the time and the random.Random as parameters"


def chance_is_seeded(source: Source) -> Iterator[str]:
    """A run that cannot be repeated cannot be explained."""
    for line, name, arguments in source.calls:
        if name in {"random.Random", "Random"} and not arguments:
            yield f"{source.path}:{line}: a generator without a seed"


def tests_wait_for_something(source: Source) -> Iterator[str]:
    """A test waits for a condition, never for luck."""
    for line, name, arguments in source.calls if source.path.startswith("tests/") else ():
        seconds = arguments[0].value if arguments and isinstance(arguments[0], ast.Constant) else None
        if name.endswith("sleep") and isinstance(seconds, int | float) and seconds >= NAP_SECONDS:
            yield f"{source.path}:{line}: sleeps {seconds} s: wait for the condition"


def tests_are_run(source: Source) -> Iterator[str]:
    """No test is switched off, or expected to fail."""
    for line, name in source.names:
        if re.fullmatch(r"(pytest|pytest\.mark|unittest|mark)\.(skip\w*|xfail|importorskip)", name):
            yield f"{source.path}:{line}: {name}: mend it or take it out"


def switches_have_reasons(source: Source) -> Iterator[str]:
    """A check that is switched off names the check, and says why."""
    for number, comment in source.comments:
        if match := SWITCH.search(comment):
            which, reason = match[1] or match[2], match[3].strip(" #:-")
            if not which or len(reason.split()) < REASON_WORDS_MIN:
                yield f"{source.path}:{number}: name the check that is switched off, and give the reason behind it"


def types_are_known(source: Source) -> Iterator[str]:
    """`Any` switches the types off; only the decoder of fields meets values of which nothing is known."""
    if source.path.startswith("p2pchain/") and source.path != "p2pchain/wire/fields.py":
        for node in source.nodes:
            if (
                isinstance(node, ast.ImportFrom)
                and node.module == "typing"
                and any(n.name == "Any" for n in node.names)
            ):
                yield f"{source.path}:{node.lineno}: Any: say the type, or object"


Rule = Callable[[Source], Iterator[str]]
RULES: tuple[Rule, ...] = (
    file_is_short,
    functions_are_short,
    names_say_what,
    docstring_is_there,
    nothing_is_left_over,
    print_is_for_people,
    clock_and_chance_are_given,
    chance_is_seeded,
    tests_wait_for_something,
    tests_are_run,
    switches_have_reasons,
    types_are_known,
)


@dataclass(frozen=True)
class Measures:
    """What the tree looks like: lengths in lines."""

    files: int
    file_median: float
    file_longest: int
    functions: int
    function_median: float
    function_tenth: int  # nine in ten functions are no longer than this

    @classmethod
    def of(cls, sources: Iterable[Source], file_lines_min: int = 20) -> "Measures":
        """Measure files of more than `file_lines_min` lines (shorter ones only name things), and all functions."""
        sources = list(sources)
        files = sorted(n for source in sources if (n := len(source.lines)) > file_lines_min)
        functions = sorted(function_lines(f) for source in sources for f in source.functions)
        return cls(
            files=len(files),
            file_median=statistics.median(files or [0]),
            file_longest=max(files, default=0),
            functions=len(functions),
            function_median=statistics.median(functions or [0]),
            function_tenth=functions[len(functions) * 9 // 10] if functions else 0,
        )


def main() -> int:
    """Print what is wrong, then the measures of each folder; 1 where anything is wrong."""
    sources = tracked()
    wrong = [complaint for rule in RULES for source in sources for complaint in rule(source)]
    for complaint in wrong:
        print(complaint)
    for folder in ("p2pchain/", "scripts/", "tests/"):
        print(folder, Measures.of(source for source in sources if source.path.startswith(folder)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
