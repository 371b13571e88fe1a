"""Strangers for hostile nodes to meet."""

import pytest

from .den import Den


@pytest.fixture
def den() -> Den:
    return Den()
