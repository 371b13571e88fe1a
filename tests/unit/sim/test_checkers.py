"""All checkers watch every world."""

import importlib
import pkgutil

from p2pchain.sim import checkers
from p2pchain.sim.checkers import CHECKERS, Checker


def test_every_checker_that_there_is_watches() -> None:
    found = set()
    for module in pkgutil.iter_modules(checkers.__path__):
        names = vars(importlib.import_module(f"p2pchain.sim.checkers.{module.name}"))
        found |= {each for each in names.values() if isinstance(each, type) and issubclass(each, Checker)}
    assert found - {Checker} == set(CHECKERS)
    assert len(CHECKERS) == len(set(CHECKERS))
