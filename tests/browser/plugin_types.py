"""Plug-in types that the tests of the pages upload."""

#: With a parameter of every kind.
EXAMPLE = """\
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import PluginStartException
from collective.mwsvm.plugins import PluginStopException
from collective.mwsvm.plugins import Unsecured


class ExamplePlugin(AbstractPlugin):
    title = "Example <title>"
    description = "Shows everything"
    author = "Ada"
    email = "ada@example.org"
    website = "https://example.org/plugin"
    scmLink = "javascript:alert(1)"
    version = "2.0"
    constraints = {
        "pollInterval": {"defaultValue": 60, "min": 20},
        "endpoint": {"url": True},
        "secret": {"required": False, "password": True},
        "mode": {"required": False, "inList": ["val1", "val2"]},
        "count": {"required": False, "range": (1, 10), "defaultValue": 5},
        "verify": {"required": False, "type": bool, "defaultValue": True},
        "names": {"required": False, "maxSize": 3},
        "note": {"required": False},
    }

    def beforeStart(self):
        if self.config.get("note") == "no start":
            raise PluginStartException("The note says no")

    def beforeStop(self):
        if self.config.get("note") == "no stop":
            raise PluginStopException("The note says stay")

    def poll(self):
        if self.config.get("note") == "no poll":
            raise ValueError("nothing to poll")

    def notifyEvent(self, params):
        return {}

    @Unsecured
    def status(self, params):
        return {}
"""

#: Without constraints and without a poll.
QUIET = """\
from collective.mwsvm.plugins import AbstractPlugin


class QuietPlugin(AbstractPlugin):
    def jobStart(self, name):
        return True
"""
