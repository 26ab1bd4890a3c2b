"""Plug-in types are uploaded (guide 4.16.2, 6.4.3)."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.plugin_control import packages
from collective.mwsvm.plugin_control.uploads import unversioned
from concurrent.futures import ThreadPoolExecutor
from tests.plugin_control.site import ADMIN
from tests.plugin_control.site import appears
from tests.plugin_control.site import Site
from tests.plugin_control.site import zipped
import pytest
import re
import shutil


def module(name="Up", version=1, constraints=None, body=""):
    """A type that tells its version in a web service and in its poll."""
    return f"""
from collective.mwsvm.plugins import AbstractPlugin
import time


class {name}Plugin(AbstractPlugin):
    constraints = {constraints or {}}

    def version(self, params):
        return [{version}]

    def poll(self):
        self.pluginDatastoreService.addData("told", {{"event": {version}, "state": ""}})
{body}
"""


@pytest.fixture
def site(tmp_path, hosts):
    """A site that has its uploads for itself."""
    found = Site(tmp_path, hosts)
    yield found
    found.database.close()


#: Versions are the project's to say.
PROJECT = "class UpProject:\n    {}Version = '{}'\n"


def uploaded_of(site):
    """The uploaded types, with what they are in."""
    return {t.id: t.package.name for t in site.control.types.all() if t.package}


@pytest.fixture
def refused(site):
    """Raises what an upload is refused with, after which all must be as before."""

    def state():
        with site.database.reading() as connection:
            store = packages.PackageStore(connection)
            current = [(p.name, p.digest) for p in store.current()]
        folder = site.settings.folder
        plugins = site.control.instances.all()
        return current, sorted(folder.glob("*")), sorted(folder.glob(".*")), plugins

    def refused(take, *arguments, error=Invalid, **options):
        before, events = state(), len(site.logged)
        with pytest.raises(error) as caught:
            take(*arguments, **options)
        assert state() == before
        assert len(site.logged) == events
        return caught.value.messages

    return refused


class TestOff:
    def test_it_says_what_would_allow_it(self, site, refused):
        site.with_settings(uploads=False)
        assert site.control.uploads.allowed is False
        for take in (
            lambda: site.upload(module()),
            lambda: site.archive({"a.py": module()}),
            site.control.uploads.check_allowed,
        ):
            messages = refused(take, error=Forbidden)
            assert "plugins.uploads = true" in messages[1]
            assert "mws-config.toml" in messages[1]

    def test_what_was_uploaded_before_goes_on(self, site):
        site.upload(module())
        site.create("a", "Up")
        site.with_settings(uploads=False)
        assert site.poll_due() == ["a"]


class TestModules:
    def test_a_new_type(self, site):
        assert site.upload(module()) == "Up"
        found = site.control.types.get("Up")
        assert found.package.name == "Up"
        assert found.package.kind == "module"
        assert found.package.uploaded == site.clock.now
        assert found.package.uploaded_by == "admin"
        assert found.polls
        assert site.events() == [("plugintypeupdate", "Up")]

    @pytest.mark.parametrize(
        "text, message",
        [
            ("def (", "does not compile: plugin.py, line 1"),
            ("", "defines no class whose name ends in Plugin"),
            ("class Thing: pass", "defines no class whose name ends in Plugin"),
            (
                module("One") + module("Two"),
                "must define one class .* OnePlugin, TwoPlugin",
            ),
            ("1/0", "cannot be loaded: plugin.py, line 1: ZeroDivisionError"),
            ("import nowhere_at_all", "No module named 'nowhere_at_all'"),
            ("raise SystemExit(3)", "cannot be loaded: .*SystemExit: 3"),
            (
                "import os; os._exit(3)",
                "The plug-in's process ended with exit status 3",
            ),
            ("while True: pass", "did not answer within 1 second and was ended"),
            ("class OddPlugin: pass", "must extend AbstractPlugin or have an id"),
            (module(constraints={"x": {"size": "y"}}), "constraints"),
            (
                module(body=PROJECT.format("mws", "8.0 > *")),
                "but the version of Moab Web",
            ),
            (module(body=PROJECT.format("commons", "* > 0.8")), "commonsVersion is '"),
            (module(body=PROJECT.format("mws", "new")), "mwsVersion is 'new'; it must"),
        ],
    )
    def test_that_are_wrong(self, site, refused, text, message):
        site.with_settings(call_deadline=1 if "while" in text else 20)
        (said,) = refused(site.upload, text)
        assert re.search(message, said), said

    def test_that_are_no_text(self, site, refused):
        take = site.control.uploads.module
        (said,) = refused(take, b"# \xff\xfe", ADMIN)
        assert "The module is not UTF-8" in said

    def test_a_type_that_is_installed(self, site, refused):
        said = refused(site.upload, module("Native"), error=Conflict)
        assert said[0] == (
            "There is a plugin type 'Native' already: it belongs to an installed "
            "distribution"
        )

    def test_a_type_of_another_upload(self, site, refused):
        site.archive({"up.py": module()}, "up.zip")
        said = refused(site.upload, module(version=2), error=Conflict)
        assert said[0].endswith("it belongs to the upload 'up.zip'")
        site.upload(module("Other"))
        files = {"other.py": module("Other", 2)}
        said = refused(site.archive, files, error=Conflict)
        assert said[0].endswith("it belongs to the upload 'Other'")

    def test_twice_the_same(self, site):
        site.upload(module())
        site.create("a", "Up")
        before = site.control.types.get("Up")
        assert site.upload(module()) == "Up"
        assert site.control.types.get("Up") == before
        assert site.get("a")["state"] == "STARTED"
        assert site.call("a", "version") == [1]
        assert len(list(site.settings.folder.iterdir())) == 1

    def test_an_older_version_may_come_again(self, site):
        for version in (1, 2, 1):
            site.upload(module(version=version))
            site.ids() or site.create("a", "Up")
            assert site.call("a", "version") == [version]


class TestArchives:
    @pytest.mark.parametrize(
        "name",
        ["a.txt", "zip", ".zip", "a b.zip", "", "../", "x" * 130 + ".zip", "ä.zip"],
    )
    def test_names_that_are_none(self, site, refused, name):
        (said,) = refused(site.archive, {"up.py": module()}, name)
        assert "can't be one of an archive: it ends in .jar, .zip, .whl" in said

    @pytest.mark.parametrize(
        "given, name",
        [
            ("up.zip", "up.zip"),
            ("up-1.0.JAR", "up.JAR"),
            ("/tmp/up.jar", "up.jar"),
            ("C:\\uploads\\up.zip", "up.zip"),
        ],
    )
    def test_names(self, site, given, name):
        assert site.archive({"up.py": module()}, given) == ["Up"]
        assert uploaded_of(site) == {"Up": name}

    @pytest.mark.parametrize(
        "data",
        [b"", b"PK", b"hello", zipped({"a": "b"})[:-30]],
        ids=["empty", "short", "text", "cut off"],
    )
    def test_what_is_no_archive(self, site, refused, data):
        take = site.control.uploads.archive
        (said,) = refused(take, "up.zip", data, ADMIN)
        assert said == "up.zip is not a zip archive, wheel or JAR file"

    @pytest.mark.parametrize(
        "path", ["../out.py", "a/../../out.py", "/tmp/out.py", "..\\out.py", "a/.."]
    )
    def test_what_leads_outside(self, site, refused, path, tmp_path):
        (said,) = refused(site.archive, {"up.py": module(), path: "x"})
        assert "leads out of the archive" in said
        assert not (tmp_path / "out.py").exists()
        assert not (site.settings.folder / "out.py").exists()

    def test_what_is_too_large(self, site, refused, monkeypatch):
        monkeypatch.setattr(packages, "UNPACKED_LIMIT", 1024 * 1024)
        bomb = {"up.py": module(), "zeros": b"\0" * (2 * 1024 * 1024)}
        (said,) = refused(site.archive, bomb)
        assert said == "example.zip has over 1 MB in it"

    def test_what_says_it_is_small(self, site, refused, monkeypatch):
        monkeypatch.setattr(packages, "UNPACKED_LIMIT", 1024 * 1024)
        size = 2 * 1024 * 1024
        data = zipped({"zeros": b"\0" * size})
        data = data.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
        refused(site.control.uploads.archive, "up.zip", data, ADMIN)

    def test_too_many_files(self, site, refused, monkeypatch):
        monkeypatch.setattr(packages, "FILES_LIMIT", 3)
        (said,) = refused(site.archive, {f"f{n}": "" for n in range(4)})
        assert said == "example.zip has over 3 files"

    def test_a_path_that_is_a_file_and_a_folder(self, site, refused):
        for paths in (("a", "a/b"), ("a/b", "a"), ("a", "a/b/c"), (".", "b")):
            files = {"up.py": module(), **dict.fromkeys(paths, "x")}
            (said,) = refused(site.archive, files)
            assert said.endswith("is a file and a folder")

    def test_a_name_that_is_too_long(self, site, refused):
        (said,) = refused(site.archive, {"up.py": module(), "ä" * 200: "x"})
        assert said.endswith("is too long a name")

    def test_damaged_content(self, site, refused):
        data = zipped({"up.py": module() * 5})
        for start in range(40, 200, 10):
            damaged = data[:start] + b"0123456789" + data[start + 10 :]
            take = site.control.uploads.archive
            (said,) = refused(take, "up.zip", damaged, ADMIN)
            assert "'up.py' can't be unpacked: " in said

    def test_nothing_in_it(self, site, refused):
        for files in ({}, {"readme.txt": "x"}, {"a.py": "x = 1"}):
            (said,) = refused(site.archive, files)
            assert "defines no class whose name ends in Plugin" in said

    def test_one_of_its_modules_is_broken(self, site, refused):
        files = {"ex/__init__.py": "", "ex/up.py": module(), "ex/bad.py": "def ("}
        (said,) = refused(site.archive, files)
        assert "does not compile" in said

    def test_all_that_a_project_has(self, site):
        files = {
            "ex/__init__.py": "",
            "ex/plugins.py": """
                from collective.mwsvm.plugins import AbstractPlugin
                from ex.helpers import HelpTranslator

                class FirstPlugin(AbstractPlugin):
                    helpTranslator = None
                    calculator = None
                    constraints = {"size": {"type": int, "required": True}}

                    def ask(self, params):
                        return {
                            "help": self.helpTranslator.help(),
                            "sum": self.calculator.add(1, 2),
                            "message": self.message(code="greeting", args=["you"]),
                        }

                class SecondPlugin(AbstractPlugin):
                    def poll(self):
                        pass
            """,
            "ex/helpers.py": """
                from collective.mwsvm.plugins import component

                class HelpTranslator:
                    def help(self):
                        return "helped"

                @component
                class Calculator:
                    def add(self, a, b):
                        return a + b
            """,
            "ex/project.py": """
                class ExampleProject:
                    author = "The Author"
                    version = "1.2"
                    mwsVersion = "7.1 > *"
                    initialPlugins = {
                        "one": {"pluginType": "First", "config": {"size": "5"}},
                        "two": {"pluginType": "Second", "autoStart": False},
                        "three": {"pluginType": "First"},
                    }
            """,
            "messages.properties": "greeting=Hello {0}\nfirstPlugin.size.label=The size\n",
        }
        assert site.archive(files) == ["First", "Second"]
        described = site.control.types.get("First").description
        assert described["author"] == "The Author"
        assert described["parameters"][0]["label"] == "The size"
        # The third one lacks what is required.
        assert site.ids() == ["one", "two"]
        assert site.get("one")["config"] == {"size": 5}
        assert site.state("two") == ("STOPPED", None)
        assert site.call("one", "ask") == {
            "help": "helped",
            "sum": 3,
            "message": "Hello you",
        }

    def test_a_wheel(self, site):
        info = "ex-1.5.dist-info"
        files = {
            "ex/__init__.py": "",
            "ex/mine.py": module("Mine"),
            "ex/hidden.py": "raise ValueError('nobody imports me')",
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: ex\nVersion: 1.5\n",
            f"{info}/entry_points.txt": "[collective.mwsvm.plugins]\nmine = ex.mine\n",
        }
        assert site.archive(files, "ex-1.5-py3-none-any.whl") == ["Mine"]
        assert site.control.types.get("Mine").description["version"] == "1.5"
        assert site.create("a", "Mine")["state"] == "STARTED"

    def test_a_bundled_wheel(self, site):
        wheel = zipped({"lent/__init__.py": "ANSWER = 42"})
        body = "    def lent(self, params):\n        return [lent.ANSWER]"
        files = {
            "up.py": "import lent\n" + module(body=body),
            "lent-1-py3-none-any.whl": wheel,
        }
        site.archive(files)
        site.create("a", "Up")
        assert site.call("a", "lent") == [42]

    @pytest.mark.parametrize(
        "name, bounds", [("mwsVersion", "7.3 > *"), ("commonsVersion", "1.0 > *")]
    )
    def test_other_versions_are_needed(self, site, refused, name, bounds):
        project = f"class ExProject:\n    {name} = {bounds!r}\n"
        files = {"ex/__init__.py": "", "ex/up.py": module(), "ex/project.py": project}
        (said,) = refused(site.archive, files)
        assert said.startswith(f"{name} is '{bounds}', but the version of")


class TestUpdates:
    def test_with_reload(self, site):
        site.upload(module())
        site.create("a", "Up")
        site.create("b", "Up", autoStart=False)
        site.poll_due()
        site.upload(module(version=2))
        assert site.get("a")["state"] == "STARTED"
        assert site.get("b")["state"] == "STOPPED"
        site.clock.now += 30
        site.poll_due()
        assert [event for event, _ in site.told("a")] == [1, 2]
        assert site.call("b", "version") == [2]

    def test_while_one_is_polled(self, site, tmp_path):
        began, go = tmp_path / "began", tmp_path / "go"
        wait = f"""
        open({str(began)!r}, "w").close()
        import os
        until = time.monotonic() + 20
        while not os.path.exists({str(go)!r}) and time.monotonic() < until:
            time.sleep(0.005)
        self.pluginDatastoreService.addData("told", {{"event": "over", "state": ""}})
        raise ValueError("of the old version")
"""
        site.upload(module(body=wait))
        site.create("a", "Up")
        with ThreadPoolExecutor(1) as threads:
            polling = threads.submit(site.control.polls.poll_due, "a")
            appears(began)
            site.upload(module(version=2))
            assert site.call("a", "version") == [2]
            go.touch()
            polling.result()
        # What the old version did wrong is not the new one's fault.
        assert site.state("a") == ("STARTED", None)
        site.clock.now += 30
        site.poll_due()
        assert [event for event, _ in site.told("a")] == [1, "over", 2]

    def test_without_reload(self, site):
        site.upload(module())
        site.create("a", "Up")
        site.upload(module(version=2), reload=False)
        site.create("b", "Up")
        site.poll_due()
        assert site.call("a", "version") == [1]
        assert site.call("b", "version") == [2]
        # Also after it was stopped and started, and in other processes.
        site.stop("a")
        site.start("a")
        site.modify("a", pollInterval=60)
        assert site.call("a", "version") == [1]
        site.upload(module(version=3))
        assert site.call("a", "version") == site.call("b", "version") == [3]

    def test_old_versions_are_forgotten_when_nobody_has_them(self, site):
        def count():
            with site.database.reading() as connection:
                found = connection.exec_driver_sql(
                    "SELECT count(*) FROM plugin_packages"
                )
                return found.scalar()

        site.upload(module())
        site.create("a", "Up")
        site.upload(module(version=2), reload=False)
        assert count() == 2
        site.upload(module(version=3), reload=False)
        assert count() == 2
        site.upload(module(version=4))
        assert count() == 1

    def test_a_configuration_that_is_not_valid_any_more(self, site):
        site.upload(module())
        for id, config in (("a", {}), ("b", {"size": 5}), ("c", {})):
            site.create(id, "Up", config=config)
        site.modify("c", state="STOPPED")
        site.upload(module(version=2, constraints={"size": {"required": True}}))
        state, substate = site.state("a")
        assert state == "ERRORED"
        assert "'size' configuration parameter is required" in substate
        assert site.events()[-1] == ("pluginerror", "a")
        assert site.get("a")["nextPoll"] is None
        assert site.state("b") == ("STARTED", None)
        assert site.state("c") == ("STOPPED", None)

    def test_a_configure_that_refuses(self, site):
        site.upload(module())
        site.create("a", "Up")
        body = "    def configure(self):\n        raise ValueError('not me')"
        site.upload(module(version=2, body=body))
        assert site.state("a") == ("ERRORED", "not me")

    def test_a_poll_that_comes_and_goes(self, site):
        without = module().replace("def poll", "def _poll")
        site.upload(without)
        site.create("a", "Up")
        site.create("b", "Up", autoStart=False)
        assert site.control.polls.due() == []
        site.upload(module())
        assert site.poll_due() == ["a"]
        site.upload(without)
        site.clock.now += 60
        assert site.poll_due() == []
        assert site.state("a") == ("STARTED", None)

    def test_a_type_that_is_missing_and_has_plugins(self, site, refused):
        both = {"one.py": module("One"), "two.py": module("Two")}
        site.archive(both)
        site.create("a", "Two")
        site.create("b", "Two")
        said = refused(site.archive, {"one.py": module("One", 2)}, error=Conflict)
        assert said[0] == (
            "The plugin type 'Two' is missing in the new version of 'example.zip', but "
            "there are plugins of it: a, b"
        )
        site.delete("a")
        site.delete("b")
        assert site.archive({"one.py": module("One", 2)}) == ["One"]
        assert uploaded_of(site) == {"One": "example.zip"}

    @pytest.mark.parametrize("text", ["def (", "1/0", "", module("Native")])
    def test_a_broken_one_changes_nothing(self, site, refused, text):
        files = {"up.py": module()}
        site.archive(files)
        site.create("a", "Up")
        before = site.control.types.all()
        refused(site.archive, {"up.py": text}, error=(Invalid, Conflict))
        assert site.control.types.all() == before
        assert site.poll_due() == ["a"]
        assert site.call("a", "version") == [1]

    def test_initial_plugins_that_are_there_stay(self, site):
        initial = 'class UpProject:\n    initialPlugins = {"i": {"pluginType": "Up"}}\n'
        site.archive({"up.py": module(), "project.py": initial})
        site.modify("i", pollInterval=77)
        site.archive({"up.py": module(version=2), "project.py": initial})
        assert site.get("i")["pollInterval"] == 77
        assert site.call("i", "version") == [2]


class TestSeveralProcesses:
    def test_all_have_it(self, either_site, tmp_path, hosts):
        site = either_site
        url = str(site.database.url)
        other = Site(tmp_path, hosts, url, folder=tmp_path / "other")
        try:
            site.upload(module())
            assert uploaded_of(other) == {"Up": "Up"}
            other.create("a", "Up")
            assert other.poll_due() == ["a"]
            site.upload(module(version=2))
            assert other.call("a", "version") == [2]
            other.upload(module(version=3), reload=False)
            assert site.call("a", "version") == other.call("a", "version") == [2]
        finally:
            other.database.close()

    def test_a_folder_that_was_lost(self, site):
        site.upload(module())
        site.create("a", "Up")
        shutil.rmtree(site.settings.folder)
        site.modify("a", pollInterval=99)
        other = Site(site.settings.folder.parent, site.hosts)
        assert other.call("a", "version") == [1]
        other.database.close()

    def test_the_same_at_once(self, site):
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda _: site.upload(module()), range(4)))
        assert found == ["Up"] * 4
        assert len(list(site.settings.folder.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ex-1.0-py3-none-any.whl", "ex.whl"),
        ("ex-v2.zip", "ex.zip"),
        ("my-plugins-0.9.3.jar", "my-plugins.jar"),
        ("my-plugins.jar", "my-plugins.jar"),
        ("ex2.zip", "ex2.zip"),
    ],
)
def test_versions_of_an_archive_have_one_name(name, expected):
    assert unversioned(name) == expected
