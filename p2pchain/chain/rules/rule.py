"""What a rule is: one function, with one error of its own, at one stage of the checks."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, ParamSpec

from p2pchain.errors import RuleError

P = ParamSpec("P")


class Stage(Enum):
    """When a rule is checked: the stages rise in cost, and in what must be known."""

    ENCODING = "bytes alone"
    HEADER_ALONE = "a header alone"
    HEADER_WITH_PARENT = "a header with its parent"
    HEADER_NOW = "a header and the clock"
    TRANSACTION = "a transaction alone"
    SIGNATURE = "a transaction's signature"
    BLOCK_ALONE = "a block alone"
    BLOCK_WITH_ANCESTORS = "a block with the headers below it"
    BLOCK_WITH_CHAIN = "a block with the contents of the chain below it"


@dataclass(frozen=True, slots=True)
class Rule(Generic[P]):
    """A rule. `check` raises `error`, and no other, where what it is given breaks the rule."""

    stage: Stage
    error: type[RuleError]
    check: Callable[P, object]

    @property
    def name(self) -> str:
        """The code of its error, which goes into `bye` and the documents."""
        return self.error.code
