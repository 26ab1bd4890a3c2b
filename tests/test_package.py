"""What is delivered: the wheel, the pins, the pages that the code writes."""

from collective.mwsvm.resources.registry import RESOURCES
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile
import pytest
import re
import subprocess
import sys
import tomllib


ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "collective" / "mwsvm"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as it would be uploaded, built from what git would deliver."""
    target = tmp_path_factory.mktemp("wheel")
    source = target / "source"
    source.mkdir()
    for name in (
        "src",
        "docs",
        "setup.py",
        "pyproject.toml",
        "MANIFEST.in",
        "README.md",
    ):
        (source / name).symlink_to(ROOT / name)
    subprocess.run(
        [sys.executable, "setup.py", "-q", "bdist_wheel", "-d", str(target)]
        + ["-b", str(target / "build"), "egg_info", "-e", str(target)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (file,) = target.glob("*.whl")
    with ZipFile(file) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_the_package(wheel):
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    outside = {
        str(path.relative_to(PACKAGE.parent.parent))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == outside


def test_the_namespace_is_native(wheel):
    assert "collective/__init__.py" not in wheel.namelist()
    assert not [name for name in wheel.namelist() if "namespace_packages" in name]


def test_the_wheel_has_the_entry_points(wheel):
    (name,) = [n for n in wheel.namelist() if n.endswith("entry_points.txt")]
    text = wheel.read(name).decode()
    assert "mwsvm = collective.mwsvm.cli:main" in text
    assert re.search(r"\[z3c.autoinclude.plugin\]\s+target = plone", text)


def test_the_wheel_declares_the_tested_python_and_no_other(wheel):
    (name,) = [n for n in wheel.namelist() if n.endswith("/METADATA")]
    metadata = Parser().parsestr(wheel.read(name).decode())
    pythons = [
        c.rpartition(" ")[2]
        for c in metadata.get_all("Classifier")
        if re.search(r"Python :: 3\.\d+", c)
    ]
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert pythons == [running]
    assert metadata["Requires-Python"] == ">=3.11,<3.12"


def test_profiles_at_the_top_are_those_of_the_package():
    assert (ROOT / "profiles").resolve() == PACKAGE / "profiles"


def test_every_pin_is_exact_and_none_is_a_pre_release():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.lstrip().startswith("#"):
            _, version = line.split("==")
            assert re.fullmatch(r"[0-9]+(\.[0-9]+)*(\.post[0-9]+)?", version), line


def test_versions_cfg_has_the_same_pins():
    subprocess.run(
        [sys.executable, "scripts/versions.py", "--check"], cwd=ROOT, check=True
    )


def test_the_reference_pages_are_what_the_code_says():
    command = [sys.executable, "scripts/reference.py", "--check"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_reference_shows_every_resource_method_and_version():
    text = (ROOT / "docs" / "reference" / "rest-resources.md").read_text()
    head, *rows = (
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    )
    found = {
        (column, row[0]): cell
        for row in rows
        for column, cell in zip(head, row, strict=True)
    }
    for made in RESOURCES.operations():
        versions = ", ".join(map(str, made.versions))
        cell, _, status = found[made.method, made.path].partition(": ")
        assert cell == f"{made.kind} {versions}"
        usual = (201,) if made.kind == "Save" else (200,)
        said = " or ".join(map(str, made.statuses))
        assert status == ("" if made.statuses == usual else said)
        expected = "open to everybody" if made.public else made.resource
        if made.service:
            expected = "the web service"
        assert found["permission", made.path] == expected
    assert {row[0] for row in rows} == {made.path for made in RESOURCES.operations()}
    assert found["hooks", "reports/{key}/samples"] == "reports.samples.py"
    assert found["guide", "service-templates/{key}"] == "4.25"


def test_links_between_the_pages_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if not re.match(r"[a-z]+:", target):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_news_fragments_have_a_type_that_towncrier_knows():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    types = {item["directory"] for item in config["tool"]["towncrier"]["type"]}
    for path in (ROOT / "news").iterdir():
        if path.name != ".gitkeep":
            assert path.suffix.removeprefix(".") in types, path.name
