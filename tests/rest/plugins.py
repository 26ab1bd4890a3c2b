"""What tests of plug-ins over HTTP have in common."""

from collective.mwsvm.configuration import NAME
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.rest.case import RestTestCase
from textwrap import dedent
from unittest import mock
import os


SAMPLE = """
    from collective.mwsvm.plugins import AbstractPlugin
    from collective.mwsvm.plugins import NodeReport
    from collective.mwsvm.plugins import NodeReportState


    class {name}Plugin(AbstractPlugin):
        author = "Adaptive Computing"
        description = "A sample plugin class"

        def poll(self):
            node = NodeReport("node1")
            node.state = NodeReportState.IDLE
            node.resources.processors.total = 4
            self.nodeRMService.save([node])
"""


class PluginTestCase(RestTestCase):
    """A site whose configuration allows uploads, in a home of its own."""

    configuration = "plugins.uploads = true\n"

    def setUp(self):
        super().setUp()
        home = TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = Path(home.name)
        self.configure(self.configuration)
        patcher = mock.patch.dict(os.environ, {"MWS_HOME": home.name})
        patcher.start()
        self.addCleanup(patcher.stop)

    def configure(self, text):
        """Write the configuration of the server."""
        path = self.home / NAME
        path.write_text(text)
        # A file that is written twice within a tick of the clock has changed, too.
        moment = path.stat().st_mtime_ns + len(text)
        os.utime(path, ns=(moment, moment))

    def upload(self, name, code=SAMPLE, **parameters):
        """Upload a module with this type."""
        response = self.call(
            "PUT",
            "plugin-types",
            data=dedent(code).replace("{name}", name),
            headers={"Content-Type": "text/plain"},
            params=parameters,
        )
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()
