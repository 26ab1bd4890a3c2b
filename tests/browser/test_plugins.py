"""The pages of plug-ins, over HTTP, with real plug-ins."""

from lxml import html
from tests.browser.plugin_pages import ACTION
from tests.browser.plugin_pages import PluginsTestCase
from tests.browser.plugin_pages import UPLOAD
from tests.browser.plugin_types import EXAMPLE
from tests.browser.plugin_types import QUIET
from unittest import mock
import re


READ = (
    "@@mws-plugin-types",
    "@@mws-plugin-type?id=Quiet",
    "@@mws-plugins",
    "@@mws-plugin?id=quiet1",
    "@@mws-plugin-monitoring",
    "@@mws-plugin-monitoring-live",
)
FORMS = (
    "@@mws-plugin-add?type=Quiet",
    "@@mws-plugin-edit?id=quiet1",
    "@@mws-plugin-delete?id=quiet1",
)

REFUSED = (302, 401, 403)


class TestRefusals(PluginsTestCase):
    def setUp(self):
        super().setUp()
        self.load(QUIET)
        self.add("quiet1", "Quiet")
        self.add_person("member")
        self.add_person("keeper", "Site Administrator")

    def test_the_pages_are_for_those_who_manage_plugins(self):
        for who, codes in ((None, REFUSED), ("member", REFUSED), ("keeper", (200,))):
            for path in (*READ, *FORMS):
                reply = self.request("GET", path, who)
                self.assertIn(reply.status_code, codes, (path, who))
                if codes == REFUSED:
                    self.assertNotIn("quiet1", reply.text.replace(path, ""), path)

    def test_uploads_are_for_managers(self):
        for who in (None, "member", "keeper"):
            reply = self.request("GET", UPLOAD, who)
            self.assertIn(reply.status_code, REFUSED, who)
            _, fields = self.form(UPLOAD)
            fields["code"] = EXAMPLE
            reply = self.request("POST", UPLOAD, who, data=fields)
            self.assertIn(reply.status_code, REFUSED, who)
        self.assertNotIn("Example", [t.id for t in self.control.types.all()])
        links = self.get("@@mws-plugin-types", "keeper").cssselect("#content a")
        self.assertNotIn(UPLOAD, " ".join(a.get("href") for a in links))

    def test_nobody_else_changes_anything(self):
        for who in (None, "member"):
            for path in FORMS:
                action, fields = self.form(path)
                reply = self.request("POST", action, who, data=fields)
                self.assertIn(reply.status_code, REFUSED, (path, who))
            self.assertIn(self.act("start quiet1", who).status_code, REFUSED)
        self.assertEqual(self.ids(), ["quiet1"])
        self.assertEqual(self.plugin("quiet1")["state"], "STOPPED")

    def test_forms_of_other_sites_are_refused(self):
        fields = {
            "action": "start quiet1",
            "code": EXAMPLE,
            "autoStart": "1",
        }
        for path in (*FORMS, UPLOAD, ACTION):
            for token in ({}, {"_authenticator": "0" * 40}):
                reply = self.request("POST", path, data={**fields, **token})
                self.assertEqual(reply.status_code, 403, path)
        self.assertEqual(self.ids(), ["quiet1"])
        self.assertEqual(self.plugin("quiet1")["state"], "STOPPED")
        self.assertNotIn("Example", [t.id for t in self.control.types.all()])

    def test_the_target_of_the_buttons_is_no_page(self):
        self.assertEqual(self.request("GET", ACTION).status_code, 400)

    def test_what_is_not_there_has_no_pages(self):
        for path in (*READ[1:4:2], *FORMS):
            for name in ("nobody", "nobody&id=quiet1", "%00"):
                page = re.sub("=.*", "=", path)
                reply = self.request("GET", page + name)
                self.assertEqual(reply.status_code, 404, (page, name))


class TestList(PluginsTestCase):
    def test_none(self):
        for path in ("@@mws-plugins", "@@mws-plugin-monitoring"):
            self.assertIn("There are no plugins yet.", self.text(self.get(path)))

    def test_all_with_their_states(self):
        self.load(EXAMPLE, QUIET)
        self.add("b", precedence=2, pollInterval=90, config={"note": "no start"})
        self.add("a", "Quiet", precedence=7, autoStart=True)
        self.request("GET", "@@mws-plugins")
        self.act("start b")
        page = self.get("@@mws-plugins")
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.cssselect("td")]
            for row in page.cssselect("#content tbody tr")
        ]
        self.assertEqual(
            rows,
            [
                ["b", "Example", "Errored The note says no", "2", "90 s"],
                ["a", "Quiet", "Started", "7", "\N{EN DASH}"],
            ],
        )

    def test_a_plugin_whose_type_is_gone(self):
        self.load(EXAMPLE)
        self.add(config={"secret": "geheim", "note": "seen"})
        with (
            mock.patch(
                "collective.mwsvm.plugin_control.catalogue.Catalogue._sources",
                return_value=[],
            ),
            mock.patch(
                "collective.mwsvm.plugin_control.catalogue.Catalogue._version",
                return_value=None,
            ),
        ):
            self.assertIn("(no longer there)", self.text(self.get("@@mws-plugins")))
            page = self.text(self.get("@@mws-plugin?id=example1"))
            self.assertIn("The plugin type is no longer there.", page)
            # Nobody knows which of the values are passwords.
            for secret in ("geheim", "seen"):
                self.assertNotIn(secret, page)
            page = self.text(self.get("@@mws-plugin-edit?id=example1"))
            self.assertIn("Example is no longer there", page)
            self.assertIn("example1", self.text(self.get("@@mws-plugin-monitoring")))
            reply = self.act("start example1")
            self.assertIn("is not installed any more", self.message(reply)[1])


class TestAdd(PluginsTestCase):
    def setUp(self):
        super().setUp()
        self.load(EXAMPLE, QUIET)

    ADD = "@@mws-plugin-add?type=Example"
    URL = {"config-endpoint": "https://example.org"}

    def test_first_the_type(self):
        page = self.get("@@mws-plugin-add")
        texts = [option.text for option in page.cssselect("select[name=type] option")]
        self.assertIn("Quiet", texts)
        self.assertIn("Example \N{EN DASH} Example <title>", texts)

    def test_what_the_form_has_first(self):
        _, fields = self.form(self.ADD)
        fields.pop("_authenticator")
        self.assertEqual(
            fields,
            {
                "id": ["example1"],
                "pollInterval": ["60"],
                "autoStart": ["1"],
                "precedence": [""],
                "added": ["endpoint", "count", "verify"],
                "config-endpoint": [""],
                "config-count": ["5"],
                "config-verify": ["1"],
                "config-secret": [""],
                "config-mode": [""],
                "config-names": [""],
                "config-note": [""],
                "extra-name-0": [""],
                "extra-value-0": [""],
                "extra-name-1": [""],
                "extra-value-1": [""],
            },
        )
        page = self.get(self.ADD)
        optional = page.cssselect("details[data-mws-optional] [data-mws-parameter]")
        names = [field.get("data-mws-parameter") for field in optional]
        self.assertEqual(names, ["secret", "mode", "names", "note"])
        self.assertIn("Allowed: \N{GREATER-THAN OR EQUAL TO} 20", self.text(page))

    def test_every_control_has_a_name_for_people_who_do_not_see(self):
        page = self.get(self.ADD)
        for control in page.cssselect(
            "#content input:not([type=hidden]), #content select, #content textarea"
        ):
            label = page.cssselect(f"label[for='{control.get('id')}']")
            self.assertTrue(label or control.get("aria-label"), control.attrib)
            for id in (control.get("aria-describedby") or "").split():
                self.assertEqual(len(page.cssselect(f"[id='{id}']")), 1, id)

    def test_the_defaults_of_the_server(self):
        self.configure(
            "uploads = true",
            "autoStart = false",
            "[plugins.pluginType.Example]",
            "pollInterval = 45",
            "[plugins.pluginType.Example.config]",
            'note = "from the file"',
            'secret = "geheim"',
            "verify = false",
            "more = 7",
        )
        _, fields = self.form(self.ADD)
        self.assertEqual(fields["pollInterval"], ["45"])
        self.assertNotIn("autoStart", fields)
        self.assertEqual(fields["config-note"], ["from the file"])
        self.assertNotIn("config-verify", fields)
        self.assertEqual(fields["extra-name-0"], ["more"])
        self.assertEqual(fields["config-secret"], [""])
        self.message(self.send(self.ADD, self.URL))
        plugin = self.plugin()
        self.assertEqual(plugin["pollInterval"], 45)
        self.assertEqual(plugin["state"], "STOPPED")
        self.assertEqual(
            plugin["config"],
            {
                "endpoint": "https://example.org",
                "note": "from the file",
                "secret": "geheim",
                "verify": False,
                "count": 5,
                "more": 7,
            },
        )

    def test_a_free_id_is_suggested(self):
        self.add("example1")
        self.add("Example2")
        self.assertEqual(self.form(self.ADD)[1]["id"], ["example3"])

    def test_no_poll_interval_without_a_poll(self):
        _, fields = self.form("@@mws-plugin-add?type=Quiet")
        self.assertNotIn("pollInterval", fields)

    def test_a_plugin_with_everything(self):
        reply = self.send(
            self.ADD,
            {
                **self.URL,
                "id": "mine",
                "pollInterval": " 25 ",
                "precedence": "9",
                "config-secret": "geheim",
                "config-mode": "val2",
                "config-count": "7",
                "config-verify": None,
                "config-names": '["a", "b"]',
                "extra-name-1": "other",
                "extra-value-1": '{"x": [1]}',
            },
        )
        self.assertEqual(
            self.message(reply), ("mws-plugin?id=mine", "Info: Plugin mine was added.")
        )
        plugin = self.plugin("mine")
        self.assertEqual(plugin["state"], "STARTED")
        self.assertEqual(plugin["pollInterval"], 25)
        self.assertEqual(plugin["precedence"], 9)
        self.assertEqual(
            plugin["config"],
            {
                "endpoint": "https://example.org",
                "secret": "geheim",
                "mode": "val2",
                "count": 7,
                "verify": False,
                "names": ["a", "b"],
                "other": {"x": [1]},
            },
        )

    def test_no_auto_start(self):
        self.message(self.send(self.ADD, {**self.URL, "autoStart": None}))
        self.assertEqual(self.plugin()["state"], "STOPPED")
        self.assertFalse(self.plugin()["autoStart"])

    def test_one_that_does_not_start_says_why(self):
        reply = self.send(self.ADD, {**self.URL, "config-note": "no start"})
        where, said = self.message(reply)
        self.assertEqual(where, "mws-plugin?id=example1")
        self.assertIn(
            "Error: Plugin example1 was added, but could not be started", said
        )
        self.assertIn("The note says no", said)

    def test_all_that_is_wrong_is_said_and_what_was_typed_stays(self):
        self.add("taken", precedence=3)
        reply = self.send(
            self.ADD,
            {
                "config-endpoint": "nonsense",
                "pollInterval": "5",
                "config-count": "11",
                "config-secret": "geheim",
                "config-note": "kept",
            },
        )
        errors = self.errors(reply)
        self.assertEqual(len(errors), 3, errors)
        for name in ("endpoint", "pollInterval", "count"):
            self.assertTrue(any(f"'{name}'" in error for error in errors), name)
        page = html.fromstring(reply.text)
        for id, text in (
            ("config-endpoint", "nonsense"),
            ("mws-pollInterval", "5"),
            ("config-count", "11"),
        ):
            (control,) = page.cssselect(f"#{id}")
            self.assertEqual(control.get("value"), text)
            self.assertEqual(control.get("aria-invalid"), "true")
            self.assertIn(f"{id}-error", control.get("aria-describedby"))
            self.assertEqual(len(page.cssselect(f"#{id}-error")), 1)
        (note,) = page.cssselect("[data-mws-shown] #config-note")
        self.assertEqual(note.get("value"), "kept")
        self.assertNotIn("geheim", reply.text)
        for changes, words in (
            ({"id": "1st"}, "The field 'id' can't be '1st'"),
            ({"id": "all"}, "reserved"),
            ({"id": ""}, "The field 'id'"),
            ({"id": "taken"}, "There is a plugin 'taken' already"),
            ({"precedence": "3"}, "The precedence 3 is taken by the plugin 'taken'"),
            ({"precedence": "x"}, "The field 'precedence' can't be 'x'"),
            ({"pollInterval": "often"}, "The field 'pollInterval' can't be 'often'"),
            ({"config-names": "[1"}, "'names' configuration parameter must be a list"),
            ({"config-endpoint": ""}, "'endpoint' configuration parameter is required"),
            ({"extra-value-0": "x"}, "needs the name of a parameter"),
        ):
            reply = self.send(self.ADD, {**self.URL, **changes})
            self.assertIn(words, " ".join(self.errors(reply)), changes)
        self.assertEqual(self.ids(), ["taken"])


class TestPlugin(PluginsTestCase):
    def setUp(self):
        super().setUp()
        self.load(EXAMPLE)

    def test_all_that_is_known(self):
        self.add(
            autoStart=True,
            config={"secret": "geheim", "names": ["a"], "free": "x"},
        )
        self.act("poll example1")
        text = self.text(self.get("@@mws-plugin?id=example1"))
        for words in (
            "Plugin of the type Example",
            "Started",
            "Poll interval 60 s",
            "Last poll 2027-01-15 08:00:00 UTC",
            "Next poll 2027-01-15 08:01:00 UTC",
            "Starts with the server Yes",
            "Precedence 1",
            "Created 2027-01-15 08:00:00 UTC",
            "endpoint https://example.org",
            "secret \N{BULLET}\N{BULLET}",
            'names [ "a" ]',
            "free x",
            f"{self.url}/mws/rest/plugins/example1/services/status Open to everybody.",
        ):
            self.assertIn(words, text)
        self.assertNotIn("geheim", text)

    def test_the_buttons_lead_back_to_it(self):
        self.add()
        action, fields = self.form("@@mws-plugin?id=example1")
        reply = self.request(
            "POST", action, data={**fields, "action": "start example1"}
        )
        self.assertEqual(
            self.message(reply),
            ("mws-plugin?id=example1", "Info: Plugin example1 was started."),
        )

    def test_it_is_modified(self):
        self.add(config={"secret": "geheim", "names": [1, 2], "note": "x", "free": 7})
        path = "@@mws-plugin-edit?id=example1"
        self.assertNotIn("geheim", html.tostring(self.get(path)).decode())
        self.assertNotIn("id", self.form(path)[1])
        before = self.plugin()
        where, said = self.message(self.send(path))
        self.assertEqual(where, "mws-plugin?id=example1")
        self.assertIn("The changes were saved.", said)
        for name in ("config", "precedence", "pollInterval", "autoStart", "state"):
            self.assertEqual(self.plugin()[name], before[name])
        self.message(
            self.send(
                path,
                {
                    "pollInterval": "30",
                    "autoStart": "1",
                    "precedence": "4",
                    "config-note": "",
                    "config-verify": None,
                    "forget": "secret",
                    "extra-name-0": "",
                    "extra-value-0": "",
                },
            )
        )
        plugin = self.plugin()
        self.assertEqual(
            (plugin["pollInterval"], plugin["autoStart"], plugin["precedence"]),
            (30, True, 4),
        )
        self.assertEqual(
            plugin["config"],
            {
                "endpoint": "https://example.org",
                "names": [1, 2],
                "count": 5,
                "verify": False,
            },
        )

    def test_a_change_that_is_wrong(self):
        self.add(config={"secret": "geheim"})
        before = self.plugin()
        path = "@@mws-plugin-edit?id=example1"
        reply = self.send(path, {"config-endpoint": "bad", "config-secret": "neu-1"})
        self.assertIn("'endpoint'", " ".join(self.errors(reply)))
        self.assertNotIn("neu-1", reply.text)
        self.assertEqual(self.plugin(), before)

    def test_it_is_deleted_when_it_was_asked_for_twice(self):
        self.add(autoStart=True)
        text = self.text(self.get("@@mws-plugin-delete?id=example1"))
        self.assertIn("example1 (Example)", text)
        self.assertEqual(self.ids(), ["example1"])
        where, said = self.message(self.send("@@mws-plugin-delete?id=example1"))
        self.assertEqual(where, "mws-plugins")
        self.assertIn("Plugin example1 was deleted.", said)
        self.assertEqual(self.ids(), [])

    def test_one_that_will_not_stop_is_not_deleted(self):
        self.add(autoStart=True, config={"note": "no stop"})
        errors = self.errors(self.send("@@mws-plugin-delete?id=example1"))
        self.assertIn("The note says stay", " ".join(errors))
        self.assertEqual(self.ids(), ["example1"])


class TestMonitoring(PluginsTestCase):
    def setUp(self):
        super().setUp()
        self.load(EXAMPLE, QUIET)

    def row(self, id="example1", path="@@mws-plugin-monitoring"):
        (row,) = self.get(path).cssselect(f"[data-mws-plugin='{id}']")
        return row

    def buttons(self, id="example1"):
        return [b.get("value").split()[0] for b in self.row(id).cssselect("button")]

    def cells(self, id="example1"):
        cells = self.row(id).cssselect("td")
        return [" ".join(cell.text_content().split()) for cell in cells[:4]]

    def test_the_buttons_are_those_of_its_state(self):
        self.add()
        for action, state, buttons in (
            ("", "Stopped", ["start"]),
            ("start", "Started", ["stop", "pause", "poll"]),
            ("pause", "Paused", ["stop", "resume", "poll"]),
            ("poll", "Paused", ["stop", "resume", "poll"]),
            ("resume", "Started", ["stop", "pause", "poll"]),
            ("poll", "Started", ["stop", "pause", "poll"]),
            ("stop", "Stopped", ["start"]),
        ):
            if action:
                where, said = self.message(self.act(f"{action} example1"))
                self.assertEqual(where, "mws-plugin-monitoring")
                self.assertIn("Info: Plugin example1 was", said)
            self.assertEqual(self.cells()[1], state, action)
            self.assertEqual(self.buttons(), buttons, action)
        labels = [b.get("aria-label") for b in self.row().cssselect("button")]
        self.assertEqual(labels, ["Start example1"])

    def test_the_buttons_belong_to_a_form(self):
        self.add()
        page = self.get("@@mws-plugin-monitoring")
        (button,) = page.cssselect("[data-mws-plugin] button")
        (form,) = page.cssselect(f"form#{button.get('form')}")
        self.assertEqual(form.get("method"), "post")
        self.assertEqual(form.get("action"), f"{self.url}/{ACTION}")

    def test_a_failed_start_shows_the_message(self):
        self.add(config={"note": "no start"})
        _, said = self.message(self.act("start example1"))
        self.assertIn(
            "Error: Plugin 'example1' could not be started. The note says no.", said
        )
        self.assertEqual(self.cells()[1], "Errored The note says no")
        self.assertEqual(self.buttons(), ["clear", "start"])
        _, said = self.message(self.act("clear example1"))
        self.assertIn("The error of plugin example1 is cleared.", said)
        self.assertEqual(self.cells()[1], "Stopped")

    def test_a_failed_poll_and_a_refused_stop_show_the_message(self):
        self.add(autoStart=True, config={"note": "no stop"})
        _, said = self.message(self.act("stop example1"))
        self.assertIn("could not be stopped. The note says stay.", said)
        self.assertEqual(self.cells()[1], "Started")
        self.add("other", autoStart=True, config={"note": "no poll"})
        _, said = self.message(self.act("poll other"))
        self.assertIn("nothing to poll", said)
        self.assertEqual(self.buttons("other"), ["clear", "start"])

    def test_when_it_was_polled_and_will_be(self):
        self.add()
        self.assertEqual(self.cells()[2:], ["never", "\N{EN DASH}"])
        self.act("start example1")
        self.act("poll example1")
        self.clock.forward(10)
        row = self.row(path="@@mws-plugin-monitoring-live")
        times = [time.attrib for time in row.cssselect("time")]
        self.assertEqual(
            [(time["datetime"], time["data-mws-tick"]) for time in times],
            [
                ("2027-01-15T08:00:00+00:00", "relative"),
                ("2027-01-15T08:01:00+00:00", "countdown"),
            ],
        )
        (part,) = self.get("@@mws-plugin-monitoring-live").xpath("//*[@data-mws-now]")
        self.assertEqual(part.get("data-mws-now"), "2027-01-15T08:00:10+00:00")
        self.act("pause example1")
        self.assertEqual(len(self.row().cssselect("time")), 1)

    def test_a_type_without_a_poll(self):
        self.add("quiet1", "Quiet", autoStart=True)
        dash = "\N{EN DASH}"
        self.assertEqual(self.cells("quiet1"), ["quiet1 Quiet", "Started", dash, dash])
        self.assertEqual(self.buttons("quiet1"), ["stop", "pause"])
        _, said = self.message(self.act("poll quiet1"))
        self.assertIn("has no event poll", said)

    def test_what_can_not_be_done_is_said(self):
        self.add()
        for action, words in (
            ("pause example1", "is STOPPED and can't be"),
            ("poll example1", "Please start it first."),
            ("poll nobody", "There is no plugin 'nobody' any more."),
            ("explode example1", "There is no action 'explode'"),
            ("", "There is no action ''"),
        ):
            # As from the plug-in's own page, which may be gone.
            plugin = "nobody" if "nobody" in action else ""
            _, said = self.message(self.act(action, plugin=plugin))
            self.assertIn(words, said, action)
        self.assertEqual(self.plugin()["state"], "STOPPED")
