"""All kinds of hostile nodes come to the hostile worlds."""

import importlib
import pkgutil

from p2pchain.sim import hostile
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.scenarios.hostile import KINDS


def test_every_kind_that_there_is_is_invited() -> None:
    found = set()
    for module in pkgutil.iter_modules(hostile.__path__):
        names = vars(importlib.import_module(f"p2pchain.sim.hostile.{module.name}"))
        found |= {each for each in names.values() if isinstance(each, type) and issubclass(each, Hostile)}
    assert found - {Hostile} == set(KINDS)
