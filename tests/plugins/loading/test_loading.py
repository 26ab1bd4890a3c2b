from collective.mwsvm.plugins import InvalidPluginTypeException
from collective.mwsvm.plugins.loading import Library
from zipfile import ZipFile
import pytest
import sys


PLUGIN = """
from collective.mwsvm.plugins import AbstractPlugin

class {0}Plugin(AbstractPlugin):
    pass
"""
ONE = PLUGIN.format("LoadedOne")
TWO = PLUGIN.format("LoadedTwo")


def refusal(load, *arguments):
    with pytest.raises(InvalidPluginTypeException) as refused:
        load(*arguments)
    (sentence,) = refused.value.messages
    return sentence


@pytest.fixture
def refused(write):
    def sentence(text):
        folder = write({"loaded_one.py": text})
        return refusal(Library.module, folder / "loaded_one.py")

    return sentence


# -- files


def test_a_file_has_one_type(write):
    library = Library.module(write({"loaded_one.py": ONE}) / "loaded_one.py")
    (found,) = library.types.values()
    assert found.id == "LoadedOne"
    assert found.class_name == "loaded_one.LoadedOnePlugin"
    assert library.problems == []


@pytest.mark.parametrize("name", ["json.py", "requests.py", "no-identifier.py"])
def test_a_file_hides_no_other_module(write, name):
    known = sys.modules.get("json")
    library = Library.module(write({name: ONE}) / name)
    assert list(library.types) == ["LoadedOne"]
    assert sys.modules["json"] is known
    assert getattr(sys.modules.get("requests"), "LoadedOnePlugin", None) is None


def test_a_changed_file_is_loaded_anew(write):
    path = write({"loaded_one.py": ONE}) / "loaded_one.py"
    Library.module(path)
    path.write_text(TWO)
    assert list(Library.module(path).types) == ["LoadedTwo"]
    assert "loaded_one" in sys.modules


@pytest.mark.parametrize(
    "text, expected",
    [
        ("x = 1\ndef f(:\n", ["does not compile", "line 2", "'def f(:'"]),
        ("x = '\0'", ["does not compile", "null bytes"]),
        ("# coding: nonsense\n", ["does not compile", "encoding"]),
        (
            "x = 1\n1 / 0",
            ["loaded_one.py, line 2", "ZeroDivisionError: division by zero"],
        ),
        ("import sys\nsys.exit(3)", ["line 2", "SystemExit: 3"]),
        ("raise KeyboardInterrupt", ["line 1", "KeyboardInterrupt"]),
        ("import nothing_such", ["ModuleNotFoundError", "nothing_such"]),
        ("import json\njson.loads('x')", ["loaded_one.py, line 2", "JSONDecodeError"]),
        ("x = 1", ["defines no class whose name ends in Plugin"]),
        ("class Plugin:\n    id = ''", ["defines no class"]),
        (
            "from collective.mwsvm.plugins import AbstractPlugin",
            ["defines no class whose name ends in Plugin"],
        ),
        ("class _HiddenPlugin:\n    id = ''", ["defines no class"]),
        (ONE + TWO, ["must define one class", "LoadedOnePlugin, LoadedTwoPlugin"]),
        ("class LoadedPlugin: pass", ["loaded_one.LoadedPlugin", "id that can be set"]),
        (
            "class LoadedPlugin:\n    @property\n    def id(self): pass",
            ["id that can be set"],
        ),
        ("class LoadedPlugin:\n    def id(self): pass", ["id that can be set"]),
        ("class LoadedPlugin:\n    def getId(self): pass", ["id that can be set"]),
        (ONE + "    constraints = {'a': {'x': 1}}", ["LoadedOnePlugin", "'a'", "'x'"]),
        (ONE + "    title = []", ["title", "must be text"]),
        (
            "from collective.mwsvm.plugins import web_service\n"
            "class LoadedPlugin:\n    id = None\n"
            "    @web_service\n    def ping(self): pass",
            ["web service ping", "exactly one argument"],
        ),
        (
            ONE + "class OneProject:\n    mwsVersion = '7'",
            ["mwsVersion is '7'", "FIRST > LAST"],
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(refused, tmp_path, text, expected):
    sentence = refused(text)
    assert all(part in sentence for part in expected), sentence
    assert str(tmp_path) not in sentence


def test_a_file_that_cannot_be_read(tmp_path):
    sentence = refusal(Library.module, tmp_path / "loaded_one.py")
    assert sentence == "loaded_one.py cannot be read: No such file or directory"


@pytest.mark.parametrize(
    "body",
    [
        "    id = None",
        "    id: str",
        "    def getId(self): pass\n    def setId(self, id): pass",
        "    def get_id(self): pass\n    def set_id(self, id): pass",
        "    @property\n    def id(self): pass\n    @id.setter\n    def id(self, id): pass",
    ],
)
def test_an_id_that_can_be_set_is_enough(write, body):
    folder = write({"loaded_one.py": f"class LoadedPlugin:\n{body}"})
    assert list(Library.module(folder / "loaded_one.py").types) == ["Loaded"]


def test_versions_are_checked(write):
    path = write({"loaded_one.py": ONE + "class AProject:\n    mwsVersion = '7.3 > *'"})
    load = Library.module
    assert load(path / "loaded_one.py").types
    sentence = refusal(load, path / "loaded_one.py", {"mws": "7.2.6"})
    assert sentence == (
        "mwsVersion is '7.3 > *', but the version of Moab Web Services is 7.2.6"
    )


# -- packages


def test_a_package_is_searched_everywhere(write):
    library = Library.package(
        write(
            {
                "loaded_top.py": ONE,
                "loaded_pkg/__init__.py": "",
                "loaded_pkg/deep/__init__.py": "",
                "loaded_pkg/deep/two.py": TWO,
                "loaded_space/three.py": PLUGIN.format("LoadedThree"),
                "loaded_pkg/project.py": "class SampleProject:\n    author = 'We'",
                "loaded_pkg/translator.py": "class SampleTranslator: pass",
                "messages.properties": "a=from the root",
                "loaded_pkg/messages.properties": "b=not from the root",
                "tests/test_loaded.py": "raise Exception",
                "setup.py": "raise Exception",
                "conftest.py": "raise Exception",
            }
        )
    )
    assert sorted(library.types) == ["LoadedOne", "LoadedThree", "LoadedTwo"]
    found = library.types["LoadedTwo"]
    assert found.class_name == "loaded_pkg.deep.two.LoadedTwoPlugin"
    assert found.metadata["author"] == "We"
    assert [helper.cls.__name__ for helper in found.helpers] == ["SampleTranslator"]
    assert found.messages(code="a") == "from the root"
    assert found.messages(code="b") == "b"


def test_an_imported_type_counts_once(write):
    library = Library.package(
        write(
            {
                "loaded_pkg/__init__.py": "from loaded_pkg.one import LoadedOnePlugin",
                "loaded_pkg/one.py": ONE,
            }
        )
    )
    assert list(library.types) == ["LoadedOne"]


@pytest.mark.parametrize(
    "files, expected",
    [
        ({"loaded_one.py": "x = 1"}, ["The package defines no class"]),
        ({"README.txt": ""}, ["The package defines no class"]),
        ({"loaded_one.py": "def f(:"}, ["loaded_one", "does not compile", "line 1"]),
        ({"loaded_one.py": ONE, "loaded_two.py": ONE}, ["LoadedOne is defined twice"]),
        (
            {"loaded_one.py": ONE + "class AProject: pass\nclass BProject: pass"},
            ["one project", "AProject and loaded_one.BProject"],
        ),
        ({"json.py": ONE}, ["The module json has the name of another module"]),
        (
            {"loaded_one.py": ONE, "x-messages.properties": "a=\\u1"},
            ["x-messages.properties", "line 1"],
        ),
        (
            {"loaded_one.py": ONE, "META-INF/MANIFEST.MF": "Class-Path: lost.zip\n"},
            ["Class-Path", "'lost.zip'"],
        ),
        (
            {"loaded_one.py": ONE, "META-INF/MANIFEST.MF": "Class-Path: ../..\n"},
            ["Class-Path", "not in the package"],
        ),
        (
            {
                "loaded_one.py": ONE
                + "class ATranslator:\n    bTranslator = None\n"
                + "class BTranslator:\n    aTranslator = None\n"
            },
            ["loaded_one.ATranslator needs loaded_one.BTranslator needs"],
        ),
    ],
)
def test_what_is_wrong_with_a_package_is_said(write, tmp_path, files, expected):
    sentence = refusal(Library.package, write(files))
    assert all(part in sentence for part in expected), sentence
    assert str(tmp_path) not in sentence


def test_bundled_dependencies_can_be_imported(write):
    root = write(
        {
            "loaded_one.py": "import bundled_a, bundled_b, bundled_c\n" + ONE,
            "folder/bundled_b.py": "",
            "META-INF/MANIFEST.MF": "Manifest-Version: 1.0\nClass-Path: fol\n der c.jar\n",
        }
    )
    for archive, module in (("a-1.0.whl", "bundled_a"), ("c.jar", "bundled_c")):
        with ZipFile(root / archive, "w") as file:
            file.writestr(f"{module}.py", "")
    assert list(Library.package(root).types) == ["LoadedOne"]


METADATA = """\
Metadata-Version: 2.1
Name: sample
Version: 3.1
Summary: From the wheel
Author-email: Jane Doe <jane@example.com>
License: GPLv2
Project-URL: Homepage, http://example.com
Project-URL: Bug Tracker, http://example.com/bugs
"""


def wheel(root, value, files):
    """A wheel with an entry point, made as a zip and unpacked."""
    root.mkdir()
    with ZipFile(root.parent / "sample-3.1-py3-none-any.whl", "w") as file:
        file.writestr("sample-3.1.dist-info/METADATA", METADATA)
        points = f"[collective.mwsvm.plugins]\nLoaded = {value}\n"
        file.writestr("sample-3.1.dist-info/entry_points.txt", points)
        for name, text in files.items():
            file.writestr(name, text)
    with ZipFile(root.parent / "sample-3.1-py3-none-any.whl") as file:
        file.extractall(root)
    return root


@pytest.mark.parametrize(
    "value, expected",
    [
        ("loaded_pkg.one", ["LoadedOne"]),
        ("loaded_pkg.both:LoadedTwoPlugin", ["LoadedTwo"]),
        ("loaded_pkg:LoadedOnePlugin", ["LoadedOne"]),
    ],
)
def test_the_entry_points_of_a_wheel_say_what_is_loaded(tmp_path, value, expected):
    files = {
        "loaded_pkg/__init__.py": "from loaded_pkg.one import LoadedOnePlugin",
        "loaded_pkg/one.py": ONE,
        "loaded_pkg/both.py": TWO + PLUGIN.format("LoadedThree"),
        "loaded_pkg/broken.py": "1 / 0",
    }
    library = Library.package(wheel(tmp_path / "wheel", value, files))
    assert list(library.types) == expected
    metadata = library.types[expected[0]].metadata
    assert metadata["version"] == "3.1"
    assert metadata["description"] == "From the wheel"
    assert (metadata["author"], metadata["email"]) == ("Jane Doe", "jane@example.com")
    assert metadata["license"] == "GPLv2"
    assert metadata["website"] == "http://example.com"
    assert metadata["issueManagementLink"] == "http://example.com/bugs"


@pytest.mark.parametrize(
    "value, expected",
    [
        ("loaded_one:NothingPlugin", "has no class NothingPlugin"),
        ("loaded_one:number", "has no class number"),
        ("loaded_lost", "ModuleNotFoundError"),
        ("loaded_one:Loaded", "must end in Plugin"),
        ("no module", "must name a module or a class"),
    ],
)
def test_a_wrong_entry_point_of_a_wheel(tmp_path, value, expected):
    files = {"loaded_one.py": ONE + "number = 5\nclass Loaded: pass"}
    root = wheel(tmp_path / "wheel", value, files)
    assert expected in refusal(Library.package, root)


# -- metadata


def test_a_type_overrides_its_project_which_overrides_the_distribution(tmp_path):
    files = {
        "loaded_one.py": ONE
        + "    title = 'The type'\n    version = 0.2\n    mwsVersion = '9.9 > *'\n"
        + "class SampleProject:\n    title = 'The project'\n    author = 'Project'\n"
        + "    mws_version = '7.1 > *'\n    def email(self): pass\n"
    }
    library = Library.package(wheel(tmp_path / "wheel", "loaded_one", files))
    metadata = library.types["LoadedOne"].metadata
    assert metadata["title"] == "The type"
    assert metadata["version"] == "0.2"
    assert metadata["author"] == "Project"
    assert metadata["email"] == "jane@example.com"
    assert metadata["mwsVersion"] == "7.1 > *"
    assert metadata["commonsVersion"] == "* > *"
    assert metadata["scmLink"] == ""


# -- installed


@pytest.fixture
def install(write):
    def installed(points, files):
        lines = "\n".join(f"{name} = {value}" for name, value in points)
        root = write(
            {
                **files,
                "loaded-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: loaded\n"
                "Version: 1.5\n",
                "loaded-1.dist-info/entry_points.txt": "[collective.mwsvm.plugins]\n"
                + lines,
            }
        )
        sys.path[:] = [str(root), *sys.path]
        return Library.installed()

    return installed


def test_a_broken_entry_point_is_a_problem_and_the_others_load(install):
    library = install(
        [
            ("A", "loaded_a"),
            ("B", "loaded_b"),
            ("C", "loaded_lost"),
            ("D", "loaded_d"),
            ("E", "loaded_a:LoadedOnePlugin"),
        ],
        {"loaded_a.py": ONE, "loaded_b.py": "1 / 0", "loaded_d.py": ONE},
    )
    assert library.types["LoadedOne"].class_name == "loaded_a.LoadedOnePlugin"
    assert library.types["LoadedOne"].metadata["version"] == "1.5"
    assert len(library.problems) == 3
    assert "B = loaded_b" in library.problems[0]
    assert "ZeroDivisionError" in library.problems[0]
    assert "ModuleNotFoundError" in library.problems[1]
    assert "LoadedOne is defined twice: by loaded_a" in library.problems[2]


def test_messages_lie_beside_the_module_or_in_its_top_package(install):
    library = install(
        [("A", "loaded_pkg.sub.one"), ("B", "loaded_pkg.sub.two")],
        {
            "loaded_pkg/__init__.py": "",
            "loaded_pkg/messages.properties": "a=top\nb=top",
            "loaded_pkg/sub/__init__.py": "class SubProject:\n    author = 'We'",
            "loaded_pkg/sub/messages.properties": "a=beside",
            "loaded_pkg/sub/one.py": "from loaded_pkg.sub import SubProject\n" + ONE,
            "loaded_pkg/sub/two.py": TWO,
        },
    )
    assert library.problems == []
    found = library.types["LoadedOne"]
    assert [found.messages(code=code) for code in "ab"] == ["beside", "top"]
    assert found.metadata["author"] == "We"
    assert library.types["LoadedTwo"].metadata["author"] == ""


def test_a_package_is_searched_with_its_modules(install):
    library = install(
        [("A", "loaded_pkg")],
        {"loaded_pkg/__init__.py": "", "loaded_pkg/sub/one.py": ONE},
    )
    assert "LoadedOne" in library.types


def test_the_bundled_types_load():
    library = Library.installed({"mws": "7.2.6", "commons": "0.9.4"})
    assert library.problems == []
    assert "Native" in library.types
