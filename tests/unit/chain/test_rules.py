"""The table of rules names every rule of consensus once, in the order of the stages."""

import inspect

import p2pchain.chain.rules as package
from p2pchain.chain import block, header, rules, target, transaction
from p2pchain.chain.rules import RULES, Stage
from p2pchain.errors import RuleError

MODULES = (header, transaction, block, target, rules.header, rules.transaction, rules.block)


def errors_of(*modules: object) -> set[type[RuleError]]:
    found = (value for module in modules for value in vars(module).values())
    return {value for value in found if inspect.isclass(value) and issubclass(value, RuleError)} - {RuleError}


def test_every_error_of_consensus_belongs_to_one_rule() -> None:
    assert {rule.error for rule in RULES} == errors_of(*MODULES)
    assert len({rule.error for rule in RULES}) == len(RULES)


def test_names_and_functions_are_of_one_rule_each() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert len({rule.check for rule in RULES}) == len(RULES)
    assert all(rule.name.isidentifier() and rule.name.islower() for rule in RULES)


def test_every_rule_says_what_it_is() -> None:
    for rule in RULES:
        assert rule.error.__doc__
        assert rule.check.__doc__


def test_the_stages_come_in_their_order() -> None:
    order = list(Stage)
    assert {rule.stage for rule in RULES} == set(Stage)
    heads, bodies = (
        [order.index(rule.stage) for rule in RULES if rule.stage.value.startswith(start)]
        for start in ("a header", "a block")
    )
    assert heads == sorted(heads)
    assert bodies == sorted(bodies)


def test_the_package_gives_every_error_of_its_modules() -> None:
    own = {error.__name__ for error in errors_of(*MODULES[4:])} - {"MalformedBits"}
    assert own <= set(package.__all__)


def test_only_what_the_header_commits_to_condemns_it() -> None:
    forgiven = {rule.name for rule in RULES if not rule.error.condemns}
    assert forgiven == {
        "malformed_header",
        "malformed_transaction",
        "malformed_block",
        "future_header",
        "wrong_merkle_root",
        "content_mismatch",
    }


def test_only_a_clock_forgives() -> None:
    assert [rule.name for rule in RULES if rule.error.transient] == ["future_header"]
    assert [rule.name for rule in RULES if not rule.error.ban_seconds] == ["future_header"]
