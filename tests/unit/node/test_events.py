"""Addresses, as people write them."""

import pytest

from p2pchain.errors import UsageError
from p2pchain.node.events import Address


@pytest.mark.parametrize("text", ["192.0.2.1:4343", "[2001:db8::1]:1", "example.org:65535"])
def test_an_address_is_read_as_it_is_written(text: str) -> None:
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "192.0.2.1", ":4343", "host:", "host:x", "host:65536", "host:-1", "host:\u0661"]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"HOST:PORT.*for example"):
        Address.parse(text)
