"""Guide 4.15: plug-ins; 6.3.2: queries of a resource manager."""

from tests.rest.documentation.plugins import PluginDocumentationTestCase


CONFIG = {"getJobs": "exec:///opt/moab/tools/workload.query.pl"}

#: What the guide creates.
CREATED = {
    "id": "plugin1",
    "pluginType": "Native",
    "pollInterval": 30,
    "autoStart": True,
    "config": CONFIG,
}

SHOWN = {
    **CREATED,
    "state": "STARTED",
    "nextPollDate": "2011-12-02 17:28:52 UTC",
    "lastPollDate": "2011-12-02 17:28:22 UTC",
}

CHANGE = {"state": "STARTED", "pollInterval": 30, "autoStart": True, "config": CONFIG}

#: The answer that the guide shows to a cluster query.
CLUSTER = """\
SC=0 RESPONSE=Success
n1.test STATE=Up;UPDATETIME=1344488025;CPROC=4;CMEMORY=8191;AMEMORY=7205;\
CPULOAD=0.0182;POWER=On
n2.test STATE=Up;UPDATETIME=1344488025;CPROC=4;CMEMORY=10239;AMEMORY=9227;\
CPULOAD=0.0233;POWER=On
n3.test STATE=Up;UPDATETIME=1344488025;CPROC=4;CMEMORY=10239;AMEMORY=9230;\
CPULOAD=0.019633333333333336;POWER=On
n4.test STATE=Up;UPDATETIME=1344488025;CPROC=4;CMEMORY=10239;AMEMORY=9230;\
CPULOAD=0.020033333333333334;POWER=On
management.test STATE=Up;UPDATETIME=1344488025;CPROC=24;CMEMORY=49150;AMEMORY=39339;\
CPULOAD=0.23799999999999996;POWER=On
ldapdns STATE=Up;CONTAINERNODE=management.test;UPDATETIME=1344488025;CPROC=1;\
CMEMORY=1024;AMEMORY=152;CPULOAD=0.0104;POWER=On
"""

JOBS = """\
job.1 STATE=Running;UPDATETIME=1344488025;UNAME=adaptive;\
NODES=1;TASKS=4;WCLIMIT=3600;TASKLIST=n1.test
"""

NOTIFICATIONS = """
from collective.mwsvm.plugins import AbstractPlugin


class NotifiedPlugin(AbstractPlugin):
    def notifyEvent(self, params):
        given = params.body or params
        return {"messages": [f"{given['vm']} is there"]}
"""

STUBBORN = """
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import PluginStopException


class StubbornPlugin(AbstractPlugin):
    def beforeStop(self):
        raise PluginStopException("Error message describing the problem")
"""


class TestPlugins(PluginDocumentationTestCase):
    def test_get_all(self):
        for id in ("plugin1", "plugin2", "plugin3"):
            self.made("plugins", {**CREATED, "id": id})
        reply = self.example("plugins-list", "GET", "plugins?fields=id")
        self.assertEqual(
            reply,
            {
                "totalCount": 3,
                "resultCount": 3,
                "results": [{"id": "plugin1"}, {"id": "plugin2"}, {"id": "plugin3"}],
            },
        )

    def test_get_one(self):
        self.at("2011-12-02 17:28:22 UTC")
        self.made("plugins", CREATED)
        self.post("plugins/plugin1/poll")
        reply = self.example("plugins-show", "GET", "plugins/plugin1")
        self.assert_like(reply, SHOWN)

    def test_create(self):
        reply = self.example("plugins-create", "POST", "plugins", CREATED)
        self.assertEqual(reply, {"id": "plugin1"})

    def test_create_with_a_nested_configuration(self):
        self.upload("events")
        config = {
            "nestedObject": {"property1": "value1", "property2": "value2"},
            "nestedList": ["listItem1", "listItem2"],
        }
        body = {"id": "plugin1", "pluginType": "Events", "config": config}
        self.example("plugins-create-nested", "POST", "plugins", body)
        self.assertEqual(self.get("plugins/plugin1").json()["config"], config)

    def test_a_wrong_plugin_is_refused(self):
        body = {**CREATED, "config": {"getJobs": "jobs", "getNodes": "1"}}
        reply = self.example(
            "plugins-create-wrong", "POST", "plugins", body, status=400
        )
        self.assertEqual(list(reply), ["messages"])

    def test_modify(self):
        self.made("plugins", {**CREATED, "autoStart": False})
        reply = self.example("plugins-modify", "PUT", "plugins/plugin1", CHANGE)
        self.assert_like(
            reply, {"messages": ["Plugin plugin1 updated", "Started Plugin 'plugin1'"]}
        )

    def test_pause(self):
        self.made("plugins", CREATED)
        body = {"state": "PAUSED"}
        reply = self.example("plugins-pause", "PUT", "plugins/plugin1", body)
        self.assertEqual(reply["messages"][1], "Paused Plugin 'plugin1'")

    def test_poll(self):
        self.made("plugins", {**CREATED, "id": "myPlugin"})
        reply = self.example(
            "plugins-poll", "POST", "plugins/myPlugin/poll", status=200
        )
        self.assert_like(reply, {"messages": ["Polled Plugin with ID 'myPlugin'"]})

    def test_delete(self):
        self.made("plugins", CREATED)
        show = ("X-MWS-Message",)
        reply = self.example("plugins-delete", "DELETE", "plugins/plugin1", show=show)
        self.assertEqual(reply, {})

    def test_delete_one_that_can_not_be_stopped(self):
        self.upload(STUBBORN)
        self.made("plugins", {"id": "plugin1", "pluginType": "Stubborn"})
        reply = self.example(
            "plugins-delete-refused", "DELETE", "plugins/plugin1", status=400
        )
        first, *_, last = reply["messages"]
        self.assertEqual(first, "Plugin plugin1 could not be deleted")
        self.assertEqual(last, "Error message describing the problem")


class TestWebServices(PluginDocumentationTestCase):
    def made_of(self, code, plugin_type, id="notifications"):
        self.upload(code)
        self.made("plugins", {"id": id, "pluginType": plugin_type})

    def test_both_spellings(self):
        self.made_of(NOTIFICATIONS, "Notified")
        path = "plugins/notifications/services"
        camel = self.example(
            "plugins-service-camel", "GET", f"{path}/notifyEvent?vm=vm1"
        )
        self.assertEqual(camel, {"messages": ["vm1 is there"]})
        hyphenated = self.example(
            "plugins-service-hyphenated",
            "POST",
            f"{path}/notify-event",
            {"vm": "vm1"},
            status=200,
        )
        self.assertEqual(hyphenated, camel)

    def test_parameters_of_the_guide(self):
        self.made_of("web_services", "Serving", "serving")
        path = "plugins/serving/services"
        query = "key=value&key2=true&key3=5&list=1&list=2"
        reply = self.example(
            "plugins-service-parameters", "GET", f"{path}/service-method?{query}"
        )
        self.assertEqual(reply, {"success": True})
        body = {"key": "value", "key2": True, "key3": 5}
        reply = self.example(
            "plugins-service-body", "POST", f"{path}/body-method", body, status=200
        )
        self.assertEqual(reply, {"success": True})

    def test_a_form(self):
        self.made_of("web_services", "Serving", "serving")
        path = "plugins/serving/services/service"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = self.example(
            "plugins-service-form",
            "POST",
            path,
            data="a=5",
            headers=headers,
            status=200,
        )
        self.assertEqual(reply, {"a": 5})

    def test_errors(self):
        self.made_of("web_services", "Serving", "serving")
        path = "plugins/serving/services"
        reply = self.example(
            "plugins-service-error", "GET", f"{path}/service?a=b", status=400
        )
        self.assertEqual(
            reply,
            {
                "messages": [
                    "Invalid parameter 'a' specified, please specify an integer!"
                ]
            },
        )
        reply = self.example(
            "plugins-service-problem", "GET", f"{path}/failing", status=500
        )
        self.assertEqual(
            reply,
            {
                "messages": [
                    "A problem occurred while processing the request",
                    "Message provided in the exception constructor",
                ]
            },
        )
        reply = self.example(
            "plugins-service-method",
            "DELETE",
            f"{path}/only-get",
            status=405,
        )
        self.assertEqual(reply, {"messages": ["Method is not supported"]})

    def test_without_authentication(self):
        self.made_of("web_services", "Serving", "serving")
        path = "plugins/serving/services"
        reply = self.example(
            "plugins-service-unsecured",
            "GET",
            f"{path}/retrieve-public-data",
            auth=None,
        )
        self.assertEqual(reply, {"data": ["data item 1", "data item 2"]})
        self.assertEqual(self.get(f"{path}/service?a=1", auth=None).status_code, 401)


class TestQueries(PluginDocumentationTestCase):
    def setUp(self):
        super().setUp()
        config = {}
        for name, text in (("getCluster", CLUSTER), ("getJobs", JOBS)):
            path = self.home / name
            # The first line is MWS's own; the others are such as it reads them, too.
            path.write_text(text.removeprefix("SC=0 RESPONSE=Success\n"))
            config[name] = path.as_uri()
        body = {"id": "native", "pluginType": "Native", "config": config}
        self.made("plugins", body)
        self.assertEqual(self.post("plugins/native/poll").status_code, 200)

    def test_the_cluster_query(self):
        for id, name in (
            ("all", "plugins-cluster-query-all"),
            ("native", "plugins-cluster-query-one"),
        ):
            text = self.text_example(name, "GET", f"plugins/{id}/rm/cluster-query")
            head, *lines = text.splitlines()
            shown_head, *shown = CLUSTER.splitlines()
            self.assertEqual(head, shown_head)
            # Nodes come in the order of their names, the guide's in no order; VMs follow.
            self.assertEqual(lines, [*sorted(shown[:-1]), shown[-1]])
            kind = self.response.headers["Content-Type"]
            self.assertTrue(kind.startswith("text/plain"), kind)

    def test_the_workload_query(self):
        text = self.text_example(
            "plugins-workload-query-all", "GET", "plugins/all/rm/workload-query"
        )
        own = self.text_example(
            "plugins-workload-query-one", "GET", "plugins/native/rm/workload-query"
        )
        self.assertEqual(own, text)
        self.assertTrue(text.startswith("SC=0 RESPONSE=Success\njob.1 STATE=Running;"))


class TestRmEvents(PluginDocumentationTestCase):
    def test_an_event_for_all_plugins(self):
        self.upload("events")
        self.made("plugins", {"id": "events", "pluginType": "Events"})
        body = {"jobs": ["job.1"]}
        headers = {"Content-Type": "application/json"}
        text = self.text_example(
            "plugins-event",
            "POST",
            "plugins/all/rm/job-cancel",
            shown='{\n  "jobs": [\n    "job.1"\n  ]\n}',
            headers=headers,
            json=body,
        )
        self.assertEqual(text, "SC=0 RESPONSE=job-cancel was done by events\n")

    def test_an_event_that_nobody_handles(self):
        text = self.text_example(
            "plugins-event-nobody",
            "POST",
            "plugins/all/rm/job-cancel",
            shown='{\n  "jobs": [\n    "job.1"\n  ]\n}',
            headers={"Content-Type": "application/json"},
            json={"jobs": ["job.1"]},
        )
        self.assertTrue(text.startswith("SC=1 RESPONSE="))
