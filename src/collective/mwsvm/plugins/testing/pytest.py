"""The fixture ``plugin_tester``; named in ``pytest_plugins`` of a ``conftest.py``."""

from collections.abc import Iterator
from collective.mwsvm.plugins.testing.tester import PluginTester
import pytest


@pytest.fixture
def plugin_tester() -> Iterator[PluginTester]:
    """A tester of its own for each test."""
    with PluginTester() as tester:
        yield tester
