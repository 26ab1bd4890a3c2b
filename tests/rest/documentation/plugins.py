"""What the examples of plug-ins have in common."""

from pathlib import Path
from tests.rest.documentation.case import DocumentationTestCase
from tests.rest.documentation.case import ROOT


SAMPLES = ROOT / "docs" / "reference" / "plugin-samples"


class PluginDocumentationTestCase(DocumentationTestCase):
    """A site whose configuration allows uploads."""

    settings = "plugins.uploads = true\n"

    def setUp(self):
        super().setUp()
        self.home = self.configure(self.settings)

    def upload(self, code):
        """Upload a sample by its name, or a module."""
        if "\n" not in code:
            code = Path(SAMPLES, f"{code}.py").read_text()
        headers = {"Content-Type": "text/plain"}
        response = self.call("PUT", "plugin-types", data=code, headers=headers)
        self.assertEqual(response.status_code, 200, response.text)
