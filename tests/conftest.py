"""What holds for every test: seeds that repeat, both event loops, and no test that is passed over."""

import asyncio
from collections.abc import Callable, Generator

import hypothesis
import pytest
import uvloop

for name, examples in (("full", 100), ("fast", 20)):
    hypothesis.settings.register_profile(
        name, max_examples=examples, deadline=None, derandomize=True, database=None, print_blob=True
    )
hypothesis.settings.load_profile("full")


def debugging_loop() -> asyncio.AbstractEventLoop:
    """Make asyncio's own loop in the mode that finds what is never awaited and what is called from another thread."""
    loop = asyncio.SelectorEventLoop()
    loop.set_debug(enabled=True)
    return loop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each asynchronous test twice: on the loop that the daemon prefers and on the one it falls back to."""
    return {"uvloop": uvloop.new_event_loop, "asyncio-debug": debugging_loop}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped or is expected to fail: what is not run proves nothing."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a file that asked to be skipped as a whole."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
    return report
