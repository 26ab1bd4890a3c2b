"""Tests of plug-ins without a site, a database or processes.

`PluginTester` makes plug-ins as a host process does: constraints, injection, messages,
life cycle and what crosses to the site behave as on the server. What the site would do is
done in memory, and can be looked at. With pytest, name the fixture's module in
``conftest.py``::

    pytest_plugins = ["collective.mwsvm.plugins.testing.pytest"]
"""

from collective.mwsvm.plugins.testing.datastore import MemoryDatastore
from collective.mwsvm.plugins.testing.rest import Answers
from collective.mwsvm.plugins.testing.rest import Request
from collective.mwsvm.plugins.testing.tester import PluginTester
from collective.mwsvm.plugins.testing.under_test import PluginUnderTest


__all__ = ["Answers", "MemoryDatastore", "PluginTester", "PluginUnderTest", "Request"]
