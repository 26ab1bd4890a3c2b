from textwrap import dedent
import pytest
import sys


@pytest.fixture(autouse=True)
def fresh_imports(monkeypatch):
    """What a test imports and puts on the path is gone after it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.fixture
def write(tmp_path):
    """Writes files below a new folder and gives the folder."""

    def written(files, folder="unpacked"):
        root = tmp_path / folder
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        return root

    return written
