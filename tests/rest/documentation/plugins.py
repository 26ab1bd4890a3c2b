"""What the examples of plug-ins have in common."""

from pathlib import Path
from tests.rest.documentation.case import DocumentationTestCase
from tests.rest.documentation.case import HOST
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

    def text_example(self, name, method, path, shown=None, headers=None, **options):
        """Like `example`, for bodies that are no JSON; ``shown`` stands for the sent one.

        Gives the text of the reply.
        """
        self.response = self.call(method, path, headers=headers, **options)
        self.assertEqual(self.response.status_code, 200, self.response.text)
        lines = [f"{method} {HOST}/{path}"]
        lines += [f"{header}: {value}" for header, value in (headers or {}).items()]
        if shown is not None:
            lines += ["", shown]
        lines += ["", *self._reply_lines(()), ""]
        self.compare(f"{name}.http", "\n".join(lines))
        return self.response.text
