"""The sample distribution is built, installed, found, and does what it says."""

from pathlib import Path
import json
import os
import pytest
import shutil
import subprocess
import sys


ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "docs" / "examples" / "sample-plugin"

INVENTORY = {
    "machines": [
        {"name": "N1", "cores": 4, "memory": 8191, "on": True, "tags": ["ssd"]},
        {"name": "n2", "cores": 8, "on": False},
    ]
}

#: What a site does with it; the plug-in's code runs in a host process of its own.
USE = """
from collective.mwsvm.inventory import cluster_query
from collective.mwsvm.plugin_control.hosts import Hosts
from pathlib import Path
from tests.plugin_control.site import ADMIN
from tests.plugin_control.site import Site
import json
import sys

hosts = Hosts()
try:
    site = Site(Path(sys.argv[1]), hosts)
    config = {"inventory": sys.argv[2]}
    site.create("acme", "AcmeNodes", config=config)
    site.control.polls.poll("acme", ADMIN)
    services = site.control.web_services
    summary = services.call(services.find("acme", "summary"), {}, "GET")
    with site.database.reading() as connection:
        lines = list(cluster_query(site.control.context.inventory(connection)))
    print(json.dumps({
        "type": site.control.types.get("AcmeNodes").description,
        "lines": lines,
        "summary": summary,
    }))
finally:
    hosts.close()
"""


def run(*command, cwd, path=()):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    found = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without a network by what is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(SAMPLE, source)
    build = (
        f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    )
    run("-c", build, cwd=source)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder where the wheel is installed, to be put on the path."""
    target = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--no-index", "--no-deps", "--target", target)
    run("-m", "pip", "install", *options, wheel, cwd=target)
    return target


@pytest.fixture(scope="module")
def used(installed, tmp_path_factory):
    """What a site says of the type and its plug-in."""
    folder = tmp_path_factory.mktemp("site")
    inventory = folder / "nodes.json"
    inventory.write_text(json.dumps(INVENTORY))
    output = run(
        *("-c", USE, folder, inventory.as_uri()), cwd=folder, path=(installed, ROOT)
    )
    return json.loads(output)


def test_the_type_is_found_by_its_entry_point(used):
    found = used["type"]
    assert found["className"] == "acme_nodes.plugin.AcmeNodesPlugin"
    assert found["pollInterval"] == {"default": 60, "min": 10, "max": None}
    assert [service["name"] for service in found["webServices"]] == ["summary"]
    labels = {
        parameter["name"]: parameter["label"] for parameter in found["parameters"]
    }
    assert labels == {"inventory": "Inventory", "partition": "Partition"}


def test_its_metadata_are_those_of_the_distribution(used):
    expected = {
        "title": "Acme's nodes",
        "description": "Nodes of an inventory in JSON, as a plug-in type of "
        "collective.mwsvm",
        "author": "Acme",
        "email": "it@acme.example",
        "version": "1.0.0",
        "license": "MIT",
        "website": "https://acme.example",
        "documentationLink": "https://acme.example/docs/acme-nodes",
        "scmLink": "https://acme.example/git/acme-nodes",
        "issueManagementLink": "https://acme.example/issues/acme-nodes",
        "mwsVersion": "7.2 > *",
        "commonsVersion": "0.9 > *",
    }
    assert {name: used["type"][name] for name in expected} == expected


def test_its_nodes_come_out_of_the_cluster_query(used):
    head, *nodes = used["lines"]
    assert head == "SC=0 RESPONSE=Success"
    said = {}
    for line in nodes:
        name, _, attributes = line.partition(" ")
        said[name] = dict(pair.split("=", 1) for pair in attributes.split(";"))
    assert list(said) == ["n1", "n2"]
    assert said["n1"]["STATE"] == "Up"
    assert said["n1"]["CPROC"] == "4"
    assert said["n1"]["FEATURE"] == "ssd"
    assert said["n1"]["PARTITION"] == "acme"
    assert said["n2"]["POWER"] == "Off"


def test_its_web_service_answers(used):
    assert used["summary"] == {"nodes": 2, "on": 1}


def test_the_wheel_can_be_uploaded(wheel, tmp_path):
    """Where code may be uploaded, as an archive without an installation."""
    code = (
        "from collective.mwsvm.plugins.loading import Library\n"
        "import sys, zipfile\n"
        "zipfile.ZipFile(sys.argv[1]).extractall('unpacked')\n"
        "print(sorted(Library.package('unpacked').types))"
    )
    assert run("-c", code, wheel, cwd=tmp_path) == "['AcmeNodes']\n"


def test_its_own_tests_succeed(installed, tmp_path):
    shutil.copytree(SAMPLE / "tests", tmp_path / "tests")
    options = ("-q", "-p", "no:cacheprovider")
    output = run("-m", "pytest", *options, "tests", cwd=tmp_path, path=(installed,))
    assert " passed" in output
