"""The vectors that are checked in are those that the descriptions give; every rule has cases for and against."""

import json

import pytest

import make_vectors
from p2pchain.chain.rules import RULES

MADE = make_vectors.vectors()
CASES = [case for text in MADE.values() for case in json.loads(text)["cases"]]


def test_the_files_are_those_that_the_descriptions_give() -> None:
    assert {path.name for path in make_vectors.FOLDER.iterdir()} == set(MADE)
    for name, text in MADE.items():
        assert (make_vectors.FOLDER / name).read_text("utf-8") == text, f"run scripts/make_vectors.py: {name}"
    assert make_vectors.VALUES.read_text("utf-8") == make_vectors.values_text()


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_a_rule_has_a_case_for_and_one_against(rule: str) -> None:
    errors = {case["error"] for case in CASES if case["rule"] == rule}
    assert errors == {None, rule}


def test_the_networks_differ_so_that_no_two_chains_compete() -> None:
    names = [json.loads(text)["network"]["name"] for text in MADE.values()]
    assert len(set(names)) == len(names)


def test_a_case_says_in_its_own_words_what_it_tries() -> None:
    told = [(case["rule"], case["about"], case["below"]) for case in CASES]
    assert len(set(told)) == len(told)
    assert all(case["about"] for case in CASES)
