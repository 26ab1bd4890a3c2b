"""Every example is performed by a test, and shown on a page."""

from pathlib import Path
from tests.rest.documentation.case import EXAMPLES
from tests.rest.documentation.case import PAGES
from tests.rest.documentation.case import ROOT
import ast
import re


SNIPPET = re.compile(r'^ *--8<-- "rest/examples/([^"]+)"$', re.MULTILINE)


def names_in_tests():
    """All texts in the tests of this folder: the names of examples are among them."""
    return {
        node.value
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def shown():
    """The file of each example that a page shows, with the page."""
    return [
        (name, page.name)
        for page in sorted(PAGES.glob("*.md"))
        for name in SNIPPET.findall(page.read_text())
    ]


def test_every_stored_example_is_performed_by_a_test():
    stored = {path.name for path in EXAMPLES.iterdir()}
    names = names_in_tests()
    written = {name for name in stored if {name, Path(name).stem} & names}
    assert stored - written == set(), "no test writes these any more: delete them"


def test_every_stored_example_is_shown_on_a_page():
    stored = {path.name for path in EXAMPLES.iterdir()}
    assert stored == {name for name, _ in shown()}


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()
    pages = {f"rest/{page.name}" for page in PAGES.glob("*.md")}
    assert {page for page in pages if page not in navigation} == set()
