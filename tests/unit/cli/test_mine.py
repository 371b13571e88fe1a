"""`p2pchain mine`: what it says of a block that is not found in time."""

from typing import NoReturn

import pytest
from click.testing import CliRunner

from p2pchain.cli import mine as module
from p2pchain.client.client import NoAnswer
from p2pchain.errors import NodeError


def test_a_block_that_is_not_found_in_time_is_not_a_node_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ask(*_: object) -> NoReturn:
        raise NoAnswer("mined within 1 s", "no answer", "is the node overloaded?")

    monkeypatch.setattr(module, "ask", ask)
    with pytest.raises(NodeError, match=r"a block within 1 s, found none yet; .* --timeout") as caught:
        CliRunner().invoke(module.command, ["--timeout", "1"], catch_exceptions=False)
    assert caught.value.reason == "not_yet"
