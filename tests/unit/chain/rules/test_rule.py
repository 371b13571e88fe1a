"""A rule is named by its error's code."""

from p2pchain.chain.rules.rule import Rule, Stage
from p2pchain.errors import RuleError


class TooSmall(RuleError):
    """A number that is too small."""

    code = "too_small"


def check(number: int) -> None:
    if number < 0:
        raise TooSmall("0 or more", str(number))


def test_a_rule_is_named_by_its_error() -> None:
    rule = Rule(Stage.BLOCK_ALONE, TooSmall, check)
    assert rule.name == "too_small"
    assert rule.check is check
