"""Times as people write them."""

import click
import pytest

from p2pchain.cli.duration import Duration


@pytest.mark.parametrize(("text", "seconds"), [("1s", 1), ("15m", 900), ("1h", 3_600), ("366d", 31_622_400)])
def test_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "10", "0s", "367d", "1.5h", "-1s", "1 h", "1w", "1" * 10 + "s"])
def test_anything_else_is_said(text: str) -> None:
    with pytest.raises(click.BadParameter, match="from 1s to 366d"):
        Duration().convert(text, None, None)
