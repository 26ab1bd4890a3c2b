"""The unittest classes of this directory as one suite, for buildout's bin/test.

zope.testrunner takes a module without unittest classes for a failure, but some of
these modules hold plain functions for pytest. Here such a module adds nothing.
"""

from importlib import import_module
from pathlib import Path
import unittest


def test_suite() -> unittest.TestSuite:
    here = Path(__file__).resolve().parent
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    suite = unittest.TestSuite()
    for path in sorted(here.rglob("test_*.py")):
        name = ".".join(path.relative_to(here.parent).with_suffix("").parts)
        for value in vars(import_module(name)).values():
            # A class that a module only imports is counted where it is defined.
            if (
                isinstance(value, type)
                and issubclass(value, unittest.TestCase)
                and value.__module__ == name
            ):
                suite.addTest(load(value))
    return suite
