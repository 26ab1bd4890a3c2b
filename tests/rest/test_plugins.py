"""Guide 4.15: plug-ins over HTTP."""

from collective.mwsvm import site
from collective.mwsvm.access.accounts import Account
from collective.mwsvm.content.accounts import Accounts
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.models import dates
from collective.mwsvm.worker import plugins as worker
from collective.mwsvm.worker.turn import Turn
from tests.rest.plugins import PluginTestCase
from unittest import mock
import transaction


class TestPlugins(PluginTestCase):
    def test_a_plugin_is_created_shown_modified_and_deleted(self):
        self.upload("Sample")
        response = self.post("plugins", {"id": "a", "pluginType": "Sample"})
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.json(), {"id": "a"})
        self.assertEqual(response.headers["Location"], f"{self.base}/plugins/a")
        shown = self.get("plugins/a").json()
        self.assertEqual(
            {name: shown[name] for name in ("state", "pollInterval", "precedence")},
            {"state": "STARTED", "pollInterval": 30, "precedence": 1},
        )
        response = self.put("plugins/a", {"state": "STOPPED", "pollInterval": 60})
        self.assertEqual(
            response.json(), {"messages": ["Plugin a updated", "Stopped Plugin 'a'"]}
        )
        response = self.delete("plugins/a")
        self.assertEqual(response.json(), {})
        self.assertEqual(response.headers["X-MWS-Message"], "Plugin a deleted")
        self.assertEqual(self.get("plugins/a").status_code, 404)

    def test_only_what_is_the_guides_is_shown(self):
        self.upload("Sample")
        self.made("plugins", {"id": "a", "pluginType": "Sample"})
        self.assertEqual(
            sorted(self.get("plugins/a").json()),
            [
                "autoStart",
                "config",
                "dateCreated",
                "id",
                "lastPollDate",
                "lastUpdated",
                "nextPollDate",
                "pluginType",
                "pollInterval",
                "precedence",
                "state",
                "substate",
            ],
        )

    def test_lists_are_filtered_ordered_and_paged(self):
        self.upload("Sample")
        for id, state in (("b", False), ("a", True), ("c", True)):
            self.made("plugins", {"id": id, "pluginType": "Sample", "autoStart": state})
        found = self.results(
            "plugins", "id", query={"state": "STARTED"}, sort={"id": -1}
        )
        self.assertEqual(found, ["c", "a"])
        page = self.get("plugins?fields=id&sort={id:1}&max=1&offset=1").json()
        self.assertEqual(
            page, {"totalCount": 3, "resultCount": 1, "results": [{"id": "b"}]}
        )

    def test_all_that_is_wrong_is_told_at_once(self):
        self.upload("Sample")
        body = {"id": "1", "pluginType": "Sample", "pollInterval": 0, "precedence": "x"}
        self.assert_refused(
            self.post("plugins", body), 400, "'id'", "'pollInterval'", "'precedence'"
        )
        for id in ("all", "moab"):
            response = self.post("plugins", {"id": id, "pluginType": "Sample"})
            self.assert_refused(response, 400, "reserved")
        self.assert_refused(
            self.post("plugins", {"id": "a", "pluginType": "None"}),
            400,
            "'pluginType' can't be 'None'",
        )
        self.assert_refused(self.post("plugins", {"id": "a"}), 400, "'pluginType'")
        self.assertEqual(self.get("plugins").json()["totalCount"], 0)

    def test_an_id_is_taken_once(self):
        self.upload("Sample")
        self.made("plugins", {"id": "a", "pluginType": "Sample"})
        response = self.post("plugins", {"id": "a", "pluginType": "Sample"})
        self.assert_refused(response, 400, "There is a plugin 'a' already")

    def test_a_state_that_can_not_be_reached_changes_nothing(self):
        self.upload("Sample")
        self.made("plugins", {"id": "a", "pluginType": "Sample", "autoStart": False})
        response = self.put("plugins/a", {"state": "PAUSED", "pollInterval": 99})
        self.assert_refused(response, 400, "is STOPPED and can't become PAUSED")
        self.assertEqual(self.get("plugins/a").json()["pollInterval"], 30)

    def test_a_change_can_not_be_tried(self):
        self.upload("Sample")
        response = self.post(
            "plugins?dry-run=true", {"id": "a", "pluginType": "Sample"}
        )
        self.assert_refused(response, 400, "dry-run")
        self.assertEqual(self.get("plugins").json()["totalCount"], 0)

    def test_what_is_done_is_told_as_events(self):
        self.upload("Sample")
        self.made("plugins", {"id": "a", "pluginType": "Sample"})
        self.put("plugins/a", {"state": "PAUSED"})
        self.delete("plugins/a")
        self.assertEqual(
            self.results("events", "eventType", sort={"id": 1}),
            [
                "plugintypeupdate",
                "plugincreate",
                "pluginstart",
                "pluginpause",
                "pluginstop",
                "plugindelete",
            ],
        )

    def test_a_role_limits_what_a_proxy_user_sees_and_changes(self):
        self.upload("Sample")
        for id in ("mine", "yours"):
            self.made("plugins", {"id": id, "pluginType": "Sample"})
        permissions = [
            self.made(
                "permissions",
                {
                    "resource": "plugins",
                    "action": action,
                    "type": "api",
                    "resourceFilter": {"id": "mine"},
                },
            )
            for action in ("read", "update", "create", "delete")
        ]
        self.made(
            "roles",
            {"name": "limited", "permissions": [{"id": p["id"]} for p in permissions]},
        )
        self.made(
            "principals",
            {
                "name": "p",
                "attachedRoles": [{"name": "limited"}],
                "users": [{"name": "bob", "type": "LDAP"}],
            },
        )
        with mock.patch(
            "collective.mwsvm.rest.calls.roles.limits",
            return_value=_only({"id": "mine"}),
        ):
            as_bob = {"params": {"proxy-user": "bob"}}
            found = self.get("plugins", **as_bob).json()["results"]
            self.assertEqual([plugin["id"] for plugin in found], ["mine"])
            response = self.put("plugins/yours", {"state": "STOPPED"}, **as_bob)
            self.assertEqual(response.status_code, 404)
            response = self.delete("plugins/yours", **as_bob)
            self.assertEqual(response.status_code, 404)
            body = {"id": "other", "pluginType": "Sample"}
            self.assertEqual(self.post("plugins", body, **as_bob).status_code, 403)
        self.assertEqual(self.get("plugins").json()["totalCount"], 2)


class TestPolls(PluginTestCase):
    def test_a_poll_is_asked_for(self):
        self.upload("Sample")
        self.made("plugins", {"id": "a", "pluginType": "Sample"})
        response = self.post("plugins/a/poll")
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(response.json(), {"messages": ["Polled Plugin with ID 'a'"]})
        text = self.get("plugins/a/rm/cluster-query").text
        self.assertIn("node1 STATE=Idle;", text)

    def test_a_stopped_plugin_is_not_polled(self):
        self.upload("Sample")
        self.made("plugins", {"id": "a", "pluginType": "Sample", "autoStart": False})
        self.assert_refused(self.post("plugins/a/poll"), 400, "is STOPPED")
        self.assertEqual(self.post("plugins/b/poll").status_code, 404)

    def test_a_failing_poll_says_why_and_the_plugin_is_errored(self):
        self.upload("Bad", FAILING)
        self.made("plugins", {"id": "a", "pluginType": "Bad"})
        self.assert_refused(
            self.post("plugins/a/poll"),
            400,
            "The poll of Plugin 'a' has failed",
            "no luck",
        )
        shown = self.get("plugins/a").json()
        self.assertEqual(shown["state"], "ERRORED")
        self.assertIn("no luck", shown["substate"])
        self.assertIsNone(shown["nextPollDate"])
        response = self.put("plugins/a", {"state": "STOPPED"})
        self.assertEqual(
            response.json()["messages"][-1], "Cleared the error of Plugin 'a'"
        )

    def test_the_worker_polls_what_is_due(self):
        self.upload("Sample")
        self.made("plugins", {"id": "a", "pluginType": "Sample", "pollInterval": 30})
        self.assertEqual(self.polled(), ["a"])
        self.assertEqual(self.polled(), [])
        self.clock.forward(29)
        self.assertEqual(self.polled(), [])
        self.clock.forward(1)
        self.assertEqual(self.polled(), ["a"])
        shown = self.get("plugins/a").json()
        last, next_ = (
            dates.seconds(shown[name]) for name in ("lastPollDate", "nextPollDate")
        )
        self.assertEqual((last, next_), (self.clock.now, self.clock.now + 30))

    def polled(self):
        """What one turn of the worker's task polls."""
        polls, found = worker.PluginPolls(), []
        begin = polls._begin

        def noted(path, id, work):
            if id:
                found.append(id)
                begin(path, id, work)

        with mock.patch.object(polls, "_begin", noted):
            polls(Turn("/plone", mock.Mock(), lambda: True))
        polls.wait()
        return found


class TestWebServices(PluginTestCase):
    def setUp(self):
        super().setUp()
        self.upload("Services", SERVICES)
        self.made("plugins", {"id": "a", "pluginType": "Services"})

    def test_both_spellings_and_all_ways_to_send_parameters(self):
        for path in ("notifyEvent", "notify-event"):
            path = f"plugins/a/services/{path}"
            with self.subTest(path):
                expected = {"key": "value", "list": ["1", "2"]}
                answer = self.get(path + "?key=value&list=1&list=2").json()
                self.assertEqual(answer["params"], expected)
                answer = self.call(
                    "POST", path, data={"key": "value", "list": ["1", "2"]}
                ).json()
                self.assertEqual(answer["params"], expected)
                answer = self.post(path + "?a=b", {"key": 5, "flag": True}).json()
                self.assertEqual(
                    answer["params"], {"a": "b", "body": {"key": 5, "flag": True}}
                )

    def test_the_method_is_told(self):
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = self.call(method, "plugins/a/services/notifyEvent").json()
            self.assertEqual(answer["method"], method)

    def test_an_unsecured_one_is_open_to_anybody(self):
        answer = self.get("plugins/a/services/open-data", auth=None)
        self.assertEqual((answer.status_code, answer.json()), (200, {"open": True}))
        for path in ("plugins/a/services/notifyEvent", "plugins/a/services/none"):
            self.assertEqual(self.get(path, auth=None).status_code, 401)

    def test_errors_are_those_of_the_guide(self):
        response = self.get("plugins/a/services/refuse")
        self.assert_refused(response, 409, "not so")
        response = self.get("plugins/a/services/crash")
        self.assertEqual(response.status_code, 500)
        self.assertEqual(
            response.json(),
            {
                "messages": [
                    "A problem occurred while processing the request",
                    "Message provided in the exception constructor",
                ]
            },
        )
        self.assertEqual(self.get("plugins/a/services/none").status_code, 404)
        self.assertEqual(self.get("plugins/b/services/crash").status_code, 404)

    def test_accounts_call_what_they_are_granted(self):
        self.assertEqual(
            site.plugins().web_services.grid()["Services"],
            {"crash": True, "notifyEvent": True, "openData": False, "refuse": True},
        )
        account = Account(
            "App",
            "app",
            permissions={"images": {"GET"}},
            services={"Services": {"notifyEvent"}},
        )
        auth = ("app", Accounts(self.portal).create(account))
        transaction.commit()
        answer = self.get("plugins/a/services/notify-event", auth=auth)
        self.assertEqual(answer.status_code, 200)
        answer = self.get("plugins/a/services/openData", auth=auth)
        self.assertEqual(answer.status_code, 200)
        answer = self.get("plugins/a/services/crash", auth=auth)
        self.assert_refused(answer, 403, "not authorized")
        self.assertEqual(self.get("plugins/a", auth=auth).status_code, 403)


class TestRest(PluginTestCase):
    """The Moab REST Service: calls of the API by plug-ins (guide 6.2.11)."""

    def setUp(self):
        super().setUp()
        self.upload("Rest", REST)
        self.made("plugins", {"id": "a", "pluginType": "Rest"})

    def ask(self, verb, url, **options):
        body = {"verb": verb, "url": url, "options": options}
        response = self.post("plugins/a/services/ask", body)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def test_every_resource_without_permission(self):
        image = {
            "name": "centos",
            "hypervisor": False,
            "osType": "linux",
            "supportsVirtualMachine": True,
        }
        made = self.ask("post", "/rest/images", data=image)
        self.assertEqual(made["status"], 201)
        shown = self.ask("get", "/rest/images/centos")
        self.assertEqual(shown["data"]["osType"], "linux")
        query = {"query": '{"name":"centos"}', "fields": "name"}
        found = self.ask("get", "/rest/images", params=query)
        self.assertEqual(found["data"]["results"], [{"name": "centos"}])
        changed = self.ask("put", "/rest/images/centos", data={"osType": "unix"})
        self.assertEqual(changed["data"]["osType"], "unix")
        self.assertEqual(self.get("images/centos").json()["osType"], "unix")
        self.assertEqual(self.ask("delete", "/rest/images/centos")["status"], 200)

    def test_refusals_are_answers(self):
        found = self.ask("get", "/rest/images/none")
        self.assertEqual((found["status"], found["error"]), (404, True))
        self.assertEqual(self.ask("get", "/rest/none")["status"], 404)
        self.assertEqual(self.ask("post", "/rest/images", data={})["status"], 400)
        self.assertEqual(self.ask("delete", "/rest/images")["status"], 405)

    def test_hooks_run_if_they_are_wanted(self):
        hooks = self.home / "hooks"
        hooks.mkdir(exist_ok=True)
        (hooks / "images.py").write_text(
            "def beforeList():\n    renderMessages('stop', 409)\n    return False\n"
        )
        self.assertEqual(self.ask("get", "/rest/images")["status"], 200)
        found = self.ask("get", "/rest/images", hooks=True)
        self.assertEqual(found["status"], 409)

    def test_events_tell_which_plugin_it_was(self):
        image = {
            "name": "centos",
            "hypervisor": False,
            "osType": "linux",
            "supportsVirtualMachine": True,
        }
        self.ask("post", "/rest/images", data=image)
        found = self.get('events?query={"eventType":"imagecreate"}').json()["results"]
        self.assertEqual(found[0]["initiatedBy"]["user"], "plugin a")

    def test_a_plugin_calls_the_service_of_a_plugin(self):
        found = self.ask("get", "/rest/plugins/a/services/hello")
        self.assertEqual(found["data"], {"hello": "a"})


class TestResourceManager(PluginTestCase):
    def test_queries_are_text_of_one_or_all_plugins(self):
        self.upload("Sample")
        for id in ("a", "b"):
            self.made("plugins", {"id": id, "pluginType": "Sample"})
        self.post("plugins/a/poll")
        for path, lines in (("a", 2), ("b", 1), ("all", 2)):
            response = self.get(f"plugins/{path}/rm/cluster-query")
            self.assertEqual(response.status_code, 200)
            self.assertEqual(
                response.headers["Content-Type"], "text/plain;charset=utf-8"
            )
            found = response.text.splitlines()
            self.assertEqual(found[0], "SC=0 RESPONSE=Success")
            self.assertEqual(len(found), lines)
        response = self.get("plugins/all/rm/workload-query")
        self.assertEqual(response.text, "SC=0 RESPONSE=Success\n")
        self.assertEqual(self.get("plugins/c/rm/cluster-query").status_code, 404)
        head = self.call("HEAD", "plugins/all/rm/cluster-query")
        self.assertEqual((head.status_code, head.content), (200, b""))

    def test_events_go_to_those_who_handle_them(self):
        self.upload("Jobs", JOBS)
        self.upload("Sample")
        self.made("plugins", {"id": "a", "pluginType": "Jobs"})
        self.made("plugins", {"id": "b", "pluginType": "Sample"})
        body = {"jobName": "moab.1", "taskList": "n1,n1", "username": "bob"}
        response = self.post("plugins/all/rm/job-start", body)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.text, "SC=0 RESPONSE=job-start was done by a\n")
        answer = self.post("plugins/a/rm/system-query", {"attributes": ["x"]}).text
        self.assertEqual(
            answer, "SC=0 RESPONSE=system-query was done by a\nmoab.1 n1,n1 bob\n"
        )
        answer = self.post("plugins/all/rm/job-cancel", {"jobs": ["moab.1"]}).text
        self.assertEqual(answer, "SC=1 RESPONSE=No started plugin handles job-cancel\n")

    def test_what_is_wrong_with_an_event_is_told(self):
        response = self.post("plugins/all/rm/job-start", {"jobName": []})
        self.assert_refused(response, 400, "'jobName'", "'taskList'", "'username'")
        response = self.post("plugins/all/rm/none", {})
        self.assert_refused(response, 404, "There is no RM event 'none'")
        self.assertEqual(self.get("plugins/all/rm/job-start").status_code, 405)


def _only(document):
    from collective.mwsvm.database.query import from_document

    return from_document(document)


FAILING = """
    class {name}Plugin:
        id = None

        def poll(self):
            raise ValueError("no luck")
"""

SERVICES = """
    from collective.mwsvm.plugins import AbstractPlugin, PluginConstants
    from collective.mwsvm.plugins import Unsecured, WebServiceException


    class {name}Plugin(AbstractPlugin):
        def notify_event(self, params):
            method = params.pop(PluginConstants.WEB_SERVICES_METHOD)
            return {"method": method, "params": dict(params)}

        @Unsecured
        def openData(self, params):
            return {"open": True}

        def refuse(self, params):
            raise WebServiceException("not so", 409)

        def crash(self, params):
            raise ValueError("Message provided in the exception constructor")
"""

REST = """
    from collective.mwsvm.plugins import AbstractPlugin


    class {name}Plugin(AbstractPlugin):
        def ask(self, params):
            given = params["body"]
            call = getattr(self.moabRestService, given["verb"])
            response = call(given["url"], **given["options"])
            return {
                "status": response.status,
                "data": response.convertedData,
                "error": response.hasError(),
            }

        def hello(self, params):
            return {"hello": self.id}
"""

JOBS = """
    from collective.mwsvm.plugins import AbstractPlugin


    class {name}Plugin(AbstractPlugin):
        started = ""

        def jobStart(self, jobName, taskList, username, properties=None):
            self.pluginDatastoreService.addData(
                "started", {"line": f"{jobName} {taskList} {username}"}
            )
            return True

        def systemQuery(self, attributes):
            entries = self.pluginDatastoreService.getCollection("started")
            return [entry["line"] for entry in entries]
"""


class TestHypervisors(PluginTestCase):
    def test_an_image_makes_a_node_a_hypervisor_and_takes_that_back(self):
        self.upload("Hypervisor", HYPERVISOR)
        self.made("plugins", {"id": "a", "pluginType": "Hypervisor"})
        self.post("plugins/a/poll")
        self.assertNotIn("HVTYPE", self.nodes())
        guest = {
            "name": "guest",
            "hypervisor": False,
            "osType": "linux",
            "supportsVirtualMachine": True,
        }
        self.made("images", guest)
        hypervisor = {
            "name": "hyper",
            "hypervisor": True,
            "hypervisorType": "kvm",
            "osType": "linux",
            "supportsPhysicalMachine": True,
            "virtualizedImages": [{"name": "guest"}],
        }
        self.made("images", hypervisor)
        self.assertIn("VARATTR=HVTYPE=kvm", self.nodes())
        self.assertIn("VMOSLIST=guest", self.nodes())
        self.assertEqual(self.node()["operatingSystem"]["hypervisorType"], "kvm")
        self.put("images/guest", {"name": "visitor"})
        self.assertEqual(
            self.node()["operatingSystem"]["virtualMachineImages"], ["visitor"]
        )
        self.delete("images/hyper")
        self.assertFalse(self.node()["isHypervisor"])

    def nodes(self):
        return self.get("plugins/a/rm/cluster-query").text

    def node(self):
        with site.database().reading() as connection:
            nodes = Collection(connection, collections.nodes, site.new_id)
            return nodes.get("node1")


HYPERVISOR = """
    from collective.mwsvm.plugins import AbstractPlugin, NodeReport


    class {name}Plugin(AbstractPlugin):
        def poll(self):
            node = NodeReport("node1")
            node.image = "hyper"
            self.nodeRMService.save([node])
"""
