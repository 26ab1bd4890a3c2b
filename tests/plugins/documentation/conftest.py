from collective.mwsvm.plugins.loading import Library
from collective.mwsvm.plugins.testing import PluginTester
from pathlib import Path
import pytest
import sys


SAMPLES = Path(__file__).parents[3] / "docs" / "reference" / "plugin-samples"


@pytest.fixture
def samples(monkeypatch):
    """Makes a tester with the types of a sample: a file, or a folder as an archive is."""
    # The modules of samples have names like "example": each test begins without them.
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)
    testers = []

    def made(name, *arguments, **options):
        tester = PluginTester(*arguments, **options)
        testers.append(tester)
        path = SAMPLES / name
        tester.load(
            Library.package(path) if path.is_dir() else Library.module(f"{path}.py")
        )
        return tester

    yield made
    for tester in testers:
        tester.close()
    for name in set(sys.modules) - known:
        del sys.modules[name]
