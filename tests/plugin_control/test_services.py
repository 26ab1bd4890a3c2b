"""The services that plug-ins are injected with, from their code to the database."""

from tests.plugin_control.site import ADMIN
from tests.plugin_control.site import SCRIPT
import logging
import pytest


@pytest.fixture
def run(site):
    """Runs code in a plug-in ``a``; ``b`` is there, too."""
    site.script("a")
    site.script("b", color="blue")
    return lambda code, id="a": site.run(id, code)


def caught(call, names="type(error).__name__, error.messages"):
    """Code that gives what a call raises."""
    return f"""
try:
    {call}
except PluginException as error:
    return [{names}]
"""


class TestReports:
    def test_nodes(self, site, run):
        run("""
            report = NodeReport("N1")
            report.resources.processors.total = 4
            report.resources.processors.available = 3
            report.metrics["cpuLoad"] = 0.5
            report.state = "Up"
            report.power = NodeReportPower.ON
            report.features.append("fast")
            report.partition = "p"
            self.nodeRMService.save([report])
        """)
        node = site.documents("nodes")["n1"]
        assert node["states"]["state"] == "Up"
        assert node["states"]["powerState"] == "On"
        assert node["partition"] == "p"
        assert node["featuresReported"] == ["fast"]

    def test_virtual_machines(self, site, run):
        run("""
            report = VirtualMachineReport("VM1")
            report.host = "n1"
            report.state = NodeReportState.BUSY
            self.virtual_machine_rm_service.save([report])
            self.node_rm_service.save([NodeReport("n1")])
        """)
        assert site.documents("vms")["vm1"]["host"]["name"] == "n1"
        assert site.documents("nodes")["n1"]["virtualMachines"] == [{"name": "vm1"}]

    def test_jobs(self, site, run):
        run("""
            report = JobReport("Job.1")
            report.user = "amy"
            report.state = JobReportState.RUNNING
            self.jobRMService.save([report])
        """)
        assert site.reports("a", "job") == ["job.1"]

    @pytest.mark.parametrize(
        "service, report, kind",
        [
            ("nodeRMService", "NodeReport", "node"),
            ("virtualMachineRMService", "VirtualMachineReport", "vm"),
            ("jobRMService", "JobReport", "job"),
        ],
    )
    def test_save_update_and_list(self, site, run, service, report, kind):
        made = f'[{report}("x"), {report}("y")]'
        assert run(f"self.{service}.save({made})") is None
        run(f'self.{service}.update([{report}("z")])')
        assert site.reports("a", kind) == ["x", "y", "z"]
        listed = f"return [r.name for r in self.{service}.list()]"
        assert run(listed) == ["x", "y", "z"]
        assert run(listed, "b") == []
        run(f'self.{service}.save([{report}("y")])')
        assert site.reports("a", kind) == ["y"]
        run(f"self.{service}.save([])")
        assert site.reports("a", kind) == []

    def test_they_are_dated(self, site, run):
        run('self.nodeRMService.save([NodeReport("n1")])')
        assert run("return self.nodeRMService.list()[0].timestamp is not None")

    def test_plugins_report_the_same_node(self, site, run):
        for id, image in (("a", "centos"), ("b", "suse")):
            code = f"""
                report = NodeReport("n1")
                report.image = "{image}"
                report.messages.append("by {id}")
                self.nodeRMService.save([report])
            """
            run(code, id)
        run("self.nodeRMService.save([])")
        assert list(site.documents("nodes")) == ["n1"]
        run("self.nodeRMService.save([])", "b")
        assert site.documents("nodes") == {}


class TestDatastore:
    def test_every_method(self, run):
        assert run("""
            store = self.pluginDatastoreService
            found = [store.exists("c"), store.getCollection("c")]
            found += [store.addData("c", {"name": "x", "n": 1})]
            found += [store.add_data("c", [{"name": "y"}, {"name": "z"}])]
            found += [store.exists("c"), store.getData("c", "name", "x")]
            found += [store.updateData("c", "name", "x", {"name": "w"})]
            found += [store.removeData("c", "name", "y")]
            found += [store.get_collection("c"), store.clearCollection("c")]
            return found + [store.exists("c"), store.clearCollection("c")]
        """) == [
            False,
            None,
            True,
            True,
            True,
            {"name": "x", "n": 1},
            True,
            True,
            [{"name": "w"}, {"name": "z"}],
            [{"name": "w"}, {"name": "z"}],
            False,
            None,
        ]

    def test_the_guides_data(self, run):
        run("""
            data = [{"boolVal": True}, {"stringVal": "String"}, {"intVal": 1}]
            self.pluginDatastoreService.addData("c", [*data, {"nullVal": None}])
        """)
        assert run('return self.pluginDatastoreService.getCollection("c")') == [
            {"boolVal": True},
            {"stringVal": "String"},
            {"intVal": 1},
            {"nullVal": None},
        ]

    def test_collections_of_other_plugins_are_others(self, site, run):
        site.upload(SCRIPT.replace("ScriptPlugin", "OtherPlugin"))
        site.create("c", "Other")
        for id in ("a", "b", "c"):
            code = f'self.pluginDatastoreService.addData("same", {{"of": "{id}"}})'
            run(code, id)
        for id in ("a", "b", "c"):
            code = 'return self.pluginDatastoreService.getCollection("same")'
            assert run(code, id) == [{"of": id}]
        run('self.pluginDatastoreService.clearCollection("same")')
        assert site.datastore("b", "same") == [{"of": "b"}]

    def test_it_outlives_processes(self, site, run):
        run('self.pluginDatastoreService.addData("c", {"x": 1})')
        site.modify("a", config={})
        assert run('return self.pluginDatastoreService.getCollection("c")') == [
            {"x": 1}
        ]

    @pytest.mark.parametrize(
        "call, message",
        [
            (
                'addData("c", "text")',
                "An entry of a collection must be a map, not 'text'",
            ),
            ('addData("c", [{}, 5])', "An entry of a collection must be a map, not 5"),
            ('addData("", {})', "The name of a collection or key can't be ''"),
            ("exists(None)", "The name of a collection or key can't be None"),
            ('getData("c", 5, 1)', "The name of a collection or key can't be 5"),
            ('updateData("c", "k", 1, [])', "An entry of a collection must be a map"),
        ],
    )
    def test_bad_arguments(self, run, call, message):
        name, (said,) = run(caught(f"self.pluginDatastoreService.{call}"))
        assert name == "PluginException"
        assert message in said


class TestControl:
    def test_get_plugin_by_id(self, run):
        assert run("""
            found = self.pluginControlService.getPluginById("b")
            return [found.id, found.plugin_type, found.state, found.config.color,
                    found.pollInterval, found.autoStart, found.substate,
                    self.pluginControlService.get_plugin_by_id("nobody")]
        """) == ["b", "Script", "STARTED", "blue", 30, True, None, None]

    @pytest.mark.parametrize(
        "arguments, found",
        [
            ('"Script"', ["a", "b"]),
            ("ScriptPlugin", ["a", "b"]),
            ('"Script", {}', ["a", "b"]),
            ('"Script", {"color": "blue"}', ["b"]),
            ('"Script", {"color": "red"}', []),
            ('"Script", {"color": None}', []),
            ('"Script", {"color": "blue", "more": 1}', []),
            ('"Other"', []),
        ],
    )
    def test_get_plugins(self, run, arguments, found):
        code = (
            f"return [p.id for p in self.pluginControlService.getPlugins({arguments})]"
        )
        assert run(code) == found

    @pytest.mark.parametrize(
        "arguments, found",
        [('"Script", {}', "a"), ('"Script", {"color": "blue"}', "b")],
    )
    def test_get_plugin(self, run, arguments, found):
        assert (
            run(f"return self.pluginControlService.getPlugin({arguments}).id") == found
        )

    def test_get_plugin_finds_none(self, run):
        code = 'return self.pluginControlService.getPlugin("Script", {"color": "x"})'
        assert run(code) is None

    def test_start_and_stop(self, site, run):
        assert run('return self.pluginControlService.stop("b")') is None
        assert site.get("b")["state"] == "STOPPED"
        assert run('return self.pluginControlService.start("b")') is None
        assert site.get("b")["state"] == "STARTED"
        assert site.logged[-1]["initiatedBy"] == {"user": "plugin a", "proxyUser": None}

    @pytest.mark.parametrize("method", ["start", "stop", "configure"])
    def test_of_nobody(self, run, method):
        name, (message,) = run(caught(f'self.pluginControlService.{method}("nobody")'))
        assert name == "InvalidPluginException"
        assert message == "The resource with id 'nobody' was not found"

    def test_a_start_that_fails(self, site, run):
        site.script("c", autoStart=False, beforeStart="raise ValueError('no power')")
        name, messages = run(caught('self.pluginControlService.start("c")'))
        assert name == "PluginStartException"
        assert messages == ["Plugin 'c' could not be started", "no power"]
        assert site.state("c") == ("ERRORED", "no power")

    def test_a_stop_that_is_refused(self, site, run):
        site.script("c", beforeStop="raise PluginStopException('not now')")
        name, messages = run(caught('self.pluginControlService.stop("c")'))
        assert name == "PluginStopException"
        assert messages == ["Plugin 'c' could not be stopped", "not now"]
        assert site.get("c")["state"] == "STARTED"

    def test_configure(self, site, run):
        assert run('return self.pluginControlService.configure("b")') is None
        wrong = "raise InvalidPluginConfigurationException(['one', 'two'])"
        site.control.instances.set_config("b", {"configure": wrong}, ADMIN)
        call = caught('self.pluginControlService.configure("b")', "error.errors")
        assert run(call) == [["one", "two"]]
        name, _ = run(caught('self.pluginControlService.configure("b")'))
        assert name == "InvalidPluginConfigurationException"

    @pytest.mark.parametrize("type", ['"Script"', "ScriptPlugin"])
    def test_create_plugin(self, site, run, type):
        properties = '{"pollInterval": 7, "precedence": 9, "config": {"x": [1]}}'
        assert run(
            f'return self.pluginControlService.createPlugin("c", {type}, {properties})'
        )
        made = site.get("c")
        assert (made["pollInterval"], made["precedence"]) == (7, 9)
        assert made["config"] == {"x": [1]}
        assert made["state"] == "STARTED"
        assert site.events()[-2:] == [("plugincreate", "c"), ("pluginstart", "c")]

    def test_create_plugin_with_defaults(self, site, run):
        site.with_settings(type_defaults={"Script": {"autoStart": False}})
        assert (
            run('return self.pluginControlService.createPlugin("c", "Script")') is True
        )
        assert site.get("c")["state"] == "STOPPED"

    def test_create_plugin_in_pythons_spelling(self, site, run):
        run("""
            self.plugin_control_service.create_plugin(
                "c", "Script", poll_interval=8, auto_start=False
            )
            self.plugin_control_service.create_plugin("d", "Script", {"auto_start": False})
        """)
        assert site.get("c")["pollInterval"] == 8
        assert site.get("c")["state"] == site.get("d")["state"] == "STOPPED"

    @pytest.mark.parametrize(
        "arguments, name, said",
        [
            (
                '"b", "Script"',
                "InvalidPluginConfigurationException",
                "There is a plugin 'b' already",
            ),
            (
                '"all", "Script"',
                "InvalidPluginConfigurationException",
                "all and moab are reserved",
            ),
            (
                '"c", "Script", {"pollInterval": 0}',
                "InvalidPluginConfigurationException",
                "pollInterval",
            ),
            (
                '"c", "Script", {"config": {"configure": "raise '
                "InvalidPluginConfigurationException('wrong')\"}}",
                "InvalidPluginConfigurationException",
                "wrong",
            ),
            (
                '"c", "Nothing"',
                "InvalidPluginTypeException",
                "There is no plugin type 'Nothing'",
            ),
        ],
    )
    def test_create_plugin_that_is_refused(self, site, run, arguments, name, said):
        found, messages = run(
            caught(f"self.pluginControlService.createPlugin({arguments})")
        )
        assert found == name
        assert said in messages[0]
        assert site.ids() == ["a", "b"]

    def test_create_plugin_that_does_not_start(self, site, run):
        config = '{"config": {"beforeStart": "raise ValueError(\'no power\')"}}'
        name, messages = run(
            caught(f'self.pluginControlService.createPlugin("c", "Script", {config})')
        )
        assert (name, messages) == ("PluginStartException", ["no power"])
        assert site.state("c") == ("ERRORED", "no power")


class TestOwnConfiguration:
    def test_it_is_kept_and_used(self, site, run):
        site.clock.now += 5
        assert (
            run("""
            self.setConfig({"color": "green"})
            return self.config.color
        """)
            == "green"
        )
        assert site.get("a")["config"] == {"color": "green"}
        assert site.get("a")["lastUpdated"] == "2012-02-03 04:05:11 UTC"
        # It is still the same object.
        assert run("self.mine = 1") is None
        run("self.set_config({**self.config, 'size': 5})")
        assert run("return [self.mine, dict(self.config)]") == [
            1,
            {"color": "green", "size": 5},
        ]
        assert site.events()[-1] == ("pluginmodify", "a")

    def test_it_is_verified_on_demand(self, site, run):
        wrong = "raise InvalidPluginConfigurationException('wrong')"
        name, messages = run(
            f"self.setConfig({{'configure': {wrong!r}}})"
            + caught("self.pluginControlService.configure(self.id)")
        )
        assert (name, messages) == ("InvalidPluginConfigurationException", ["wrong"])
        assert site.get("a")["state"] == "STARTED"

    @pytest.mark.parametrize("config", ["'text'", "[1]", "None", "5"])
    def test_what_is_none(self, site, run, config):
        told = run(f"""
try:
    self.setConfig({config})
except (PluginException, TypeError) as error:
    return str(error)
""")
        assert "map" in told
        assert site.get("a")["config"] == {}


class TestRest:
    def test_what_arrives(self, site, run):
        run("""
            self.moabRestService.get("/rest/nodes")
            self.moabRestService.put(
                "/rest/jobs/job.1", hooks=True, params={"proxy-user": "amy"},
                data={"flags": ["RESTARTABLE"]},
            )
            self.moab_rest_service.post("/rest/events", {"x": 1})
            self.moabRestService.delete({"contentType": "text/plain"}, "/rest/jobs/1")
        """)
        nothing = {
            "data": None,
            "hooks": False,
            "contentType": "application/json",
            "params": {},
        }
        changed = {
            "data": {"flags": ["RESTARTABLE"]},
            "hooks": True,
            "params": {"proxy-user": "amy"},
        }
        assert site.rest_calls == [
            ("a", "GET", "/rest/nodes", nothing),
            ("a", "PUT", "/rest/jobs/job.1", {**nothing, **changed}),
            ("a", "POST", "/rest/events", {**nothing, "data": {"x": 1}}),
            ("a", "DELETE", "/rest/jobs/1", {**nothing, "contentType": "text/plain"}),
        ]

    @pytest.mark.parametrize(
        "status, success, error",
        [(200, True, False), (302, True, False), (404, False, True)],
    )
    def test_what_is_answered(self, site, run, status, success, error):
        site.rest_answer = {
            "status": status,
            "headers": {"X-MWS-Message": "it"},
            "contentType": "application/json",
            "data": {"messages": ["m"]},
        }
        assert run("""
            answer = self.moabRestService.get("/rest/x")
            return [answer.status, answer.isSuccess(), answer.hasError(), answer.data]
        """) == [status, success, error, {"messages": ["m"]}]

    def test_what_the_site_can_not_do(self, site, run):
        def broken(*call):
            raise RuntimeError("secret")

        site.rest = broken
        site.with_settings()
        name, messages = run(caught('self.moabRestService.get("/rest/x")'))
        assert name == "PluginException"
        assert "secret" not in str(messages)

    @pytest.mark.parametrize(
        "version, known", [(1, True), (2, True), (3, False), (0, False)]
    )
    def test_versions(self, run, version, known):
        code = f"return self.moabRestService.isAPIVersionSupported({version})"
        assert run(code) is known


class TestEvents:
    def test_an_event(self, site, run):
        run("""
            self.pluginEventService.createEvent(
                "ERROR", "ADMIN", 5, "nodeLost", "poll", "It is gone", ["n1"],
                [{"type": "node", "id": "n1"}],
            )
        """)
        ((plugin, method, url, options),) = site.rest_calls
        assert (plugin, method, url) == ("a", "POST", "/rest/events")
        event = options["data"]
        assert event["sourceComponent"] == "MWS"
        assert event["eventTime"] == "2012-02-03 04:05:06 UTC"
        assert event["eventType"] == "nodeLost"
        assert event["severity"] == "ERROR"
        assert event["primaryObject"] == {"type": "plugin", "id": "a"}
        assert event["relatedObjects"] == [{"type": "node", "id": "n1"}]
        assert event["errorMessage"]["originator"] == "MWS/plugins/Script/a/poll"

    def test_a_condition(self, site, run):
        run("""
            self.plugin_event_service.update_notification_condition(
                "USER", "The disk is full", None, {"left": 1}, 60
            )
        """)
        event = site.rest_calls[0][3]["data"]
        assert event["eventType"] == "notificationCondition"
        assert event["details"]["message"] == "The disk is full"
        assert event["details"]["expirationDuration"] == "60"

    def test_one_that_is_refused(self, site, run):
        site.rest_answer = {"status": 400, "data": {"messages": ["one", "two"]}}
        call = caught('self.pluginEventService.createEvent(message="x")')
        assert run(call) == ["PluginException", ["one", "two"]]


class TestLog:
    @pytest.mark.parametrize(
        "method, level",
        [
            ("info", "INFO"),
            ("warn", "WARNING"),
            ("error", "ERROR"),
            ("fatal", "CRITICAL"),
        ],
    )
    def test_it_is_the_sites(self, site, run, caplog, method, level):
        with caplog.at_level(logging.INFO, "plugins"):
            # A process knows the level since it was started.
            site.upload(SCRIPT.replace("count = 0", f"count = '{method}'"))
            run(f'self.log.{method}("it was %s", "me")')
        (record,) = [r for r in caplog.records if "it was me" in r.getMessage()]
        assert record.name.startswith("plugins.")
        assert record.name.endswith("ScriptPlugin")
        assert record.levelname == level
        assert record.getMessage() == "[a] it was me"

    def test_a_traceback(self, run, caplog):
        run("""
            try:
                1/0
            except ZeroDivisionError as error:
                self.log.error("it failed", exc_info=error)
        """)
        assert "[a] it failed\nTraceback" in caplog.text
