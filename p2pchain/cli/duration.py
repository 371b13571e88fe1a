"""Times as people write them."""

import re

import click

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
SECONDS_MAX = 366 * SECONDS["d"]


class Duration(click.ParamType[int]):
    """A time as people write it: 90s, 15m, 1h, 7d."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give seconds."""
        found = re.fullmatch(r"([0-9]{1,9})([smhd])", str(value))
        seconds = int(found[1]) * SECONDS[found[2]] if found else 0
        if not 1 <= seconds <= SECONDS_MAX:
            self.fail(f"expected a time from 1s to 366d, found {value!r}; give for example 1h", param, ctx)
        return seconds
