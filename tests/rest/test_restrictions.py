"""What the guide's sections on the workload manager restrict, and what it leaves whole."""

from collective.mwsvm.access.accounts import Account
from collective.mwsvm.content.accounts import Accounts
from tests.rest.test_jobs import JobTestCase
from tests.rest.workload_objects import add_nodes
from tests.rest.workload_objects import add_vms
import transaction


NOT_YOU = "You are not authorized to access this area"

#: No object: what each operation with a body must refuse.
SHAPES = ([], ["x"], "x", 7, True)


class TestShapes(JobTestCase):
    """Bodies of the wrong shape are refused with a sentence, and change nothing."""

    def setUp(self):
        super().setUp()
        add_nodes("n1")
        add_vms("vm1")
        self.made("vcs", {})
        self.made("reservations", {"hostListExpression": "n1"})
        self.name = self.submit()["name"]
        self.before = self.state()

    def state(self):
        """Everything that the operations could change."""
        paths = ("jobs", "nodes", "vms", "vcs", "reservations", "policies", "events")
        return {path: self.get(f"{path}?api-version=2").json() for path in paths}

    def tearDown(self):
        self.assertEqual(self.state(), self.before)
        super().tearDown()

    def assert_clear(self, method, path, body):
        response = self.call(method, f"{path}?api-version=2", body)
        self.assertEqual(response.status_code, 400, (method, path, body, response.text))
        for sentence in response.json()["messages"]:
            self.assertNotIn("dictionary", sentence)
            self.assertNotIn("instance of", sentence)

    def test_bodies_that_are_no_objects(self):
        for method, path in (
            ("POST", "jobs"),
            ("PUT", f"jobs/{self.name}"),
            ("PUT", f"jobs/{self.name}/hold"),
            ("PUT", f"jobs/{self.name}/unhold"),
            ("POST", "job-arrays"),
            ("PUT", "nodes/n1"),
            ("PUT", "vms/vm1"),
            ("POST", "vcs"),
            ("PUT", "vcs/vc1"),
            ("PUT", "vcs/vc1/acl-rules"),
            ("POST", "reservations"),
            ("PUT", "reservations/system.1"),
            ("PUT", "policies/node-allocation"),
        ):
            for body in SHAPES:
                with self.subTest(method=method, path=path, body=body):
                    self.assert_clear(method, path, body)

    def test_fields_that_are_something_else(self):
        script = {"commandFile": self.script}
        for method, path, body in (
            ("POST", "jobs", {**script, "credentials": "amy"}),
            ("POST", "jobs", {**script, "dates": []}),
            ("POST", "jobs", {**script, "dependencies": {"type": "set"}}),
            ("POST", "jobs", {**script, "dependencies": ["Moab.1"]}),
            ("POST", "jobs", {**script, "requirements": {"taskCount": 1}}),
            ("POST", "jobs", {**script, "requirements": [{"resourcesPerTask": []}]}),
            ("POST", "jobs", {**script, "variables": ["a"]}),
            ("PUT", f"jobs/{self.name}", {"messages": "x", "customName": "y"}),
            ("PUT", f"jobs/{self.name}", {"variables": {"a=b": "c"}}),
            ("PUT", f"jobs/{self.name}", {"variables": {"a": "b;c"}}),
            ("POST", "job-arrays", {"indexValues": 7, "jobPrototype": script}),
            ("POST", "job-arrays", {"indexValues": [1], "jobPrototype": [script]}),
            ("POST", "vcs", {"virtualContainers": [{"id": "vc1"}, "vc2"]}),
            ("PUT", "vcs/vc1/acl-rules", {"aclRules": [{"type": "USER"}]}),
            ("PUT", "vcs/vc1/acl-rules", {"aclRules": {"type": "USER"}}),
            ("POST", "reservations", {"hostListExpression": "n1", "aclRules": "x"}),
            ("PUT", "nodes/n1", {"variables": ["a"], "partition": "p"}),
            ("PUT", "vms/vm1", {"host": "n1"}),
        ):
            with self.subTest(method=method, path=path, body=body):
                self.assert_clear(method, path, body)


class TestJobs(JobTestCase):
    """Guide 4.8: for whom a job is, and who may do something with it."""

    def act(self, name, **options):
        body = {"holds": ["User"]}
        return self.put(f"jobs/{name}/hold?api-version=2", body, **options)

    def test_a_job_is_its_users(self):
        someone = {"user": "adaptive", "group": "staff"}
        name = self.submit(credentials=someone)["name"]
        shown = self.job(name)["credentials"]
        self.assertEqual({key: shown[key] for key in someone}, someone)
        # Who submits it is another matter.
        (event,) = self.get("events").json()["results"]
        self.assertEqual(event["initiatedBy"]["user"], "admin")

    def test_without_a_user_it_is_the_proxy_users(self):
        body = {"commandFile": self.script}
        made = self.made("jobs?api-version=2&proxy-user=amy", body)
        self.assertEqual(self.job(made["name"])["credentials"]["user"], "amy")
        made = self.made("jobs?api-version=2", body)
        self.assertEqual(self.job(made["name"])["credentials"]["user"], "admin")

    def test_accounts_that_may_change_jobs_may_act_on_them(self):
        name = self.submit()["name"]
        accounts = Accounts(self.portal)
        for username, permissions, status in (
            ("changer", {"jobs": {"PUT"}}, 200),
            ("reader", {"jobs": {"GET", "POST", "DELETE"}}, 403),
        ):
            account = Account(username, username, permissions=permissions)
            auth = (username, accounts.create(account))
            transaction.commit()
            self.assertEqual(self.act(name, auth=auth).status_code, status, username)

    def test_roles_that_may_change_some_jobs_may_act_on_those(self):
        made = self.made(
            "permissions",
            {
                "type": "api",
                "resource": "jobs",
                "action": "update",
                "resourceFilter": {"credentials.user": "amy"},
            },
        )
        self.made("roles", {"name": "r", "permissions": [{"id": made["id"]}]})
        users = [{"name": "amy", "type": "PLONE"}]
        body = {"name": "p", "attachedRoles": [{"name": "r"}], "users": users}
        self.made("principals", body)
        hers, others = (
            self.submit(credentials={"user": user})["name"] for user in ("amy", "bob")
        )
        path = "jobs/{}/hold?api-version=2&proxy-user={}"
        body = {"holds": ["User"]}
        self.assertEqual(self.put(path.format(hers, "amy"), body).status_code, 200)
        refused = self.put(path.format(others, "amy"), body)
        self.assert_refused(refused, 404, f"'{others}' was not found")
        self.assert_refused(self.put(path.format(hers, "bob"), body), 403, NOT_YOU)
        self.assertEqual(self.job(others)["holds"], [])

    def test_to_delete_a_job_is_to_cancel_it(self):
        one, two = (self.submit()["name"] for _ in range(2))
        self.delete(f"jobs/{one}?api-version=2")
        self.put(f"jobs/{two}/cancel?api-version=2")
        for name in (one, two):
            self.assertEqual(self.job(name)["states"]["state"], "Removed")

    def test_a_change_adds_variables_and_messages_and_nothing_else(self):
        name = self.submit(variables={"a": "1", "b": "2"})["name"]
        before = self.job(name)
        body = {"variables": {"b": "3", "c": "4"}, "commandFile": "/bin/false"}
        self.put(f"jobs/{name}?api-version=2", body)
        after = self.job(name)
        self.assertEqual(after["variables"], {"a": "1", "b": "3", "c": "4"})
        self.assertEqual(after["commandFile"], before["commandFile"])


class TestContainers(JobTestCase):
    """Guide 4.1.2: of virtual containers, affinity and comparator mean nothing."""

    def test_they_are_known_by_type_and_value_alone(self):
        self.made("vcs", {})
        path = "vcs/vc1/acl-rules"
        for more in ({}, {"affinity": "NEGATIVE", "comparator": "GREATER_THAN"}):
            rule = {"type": "USER", "value": "ted", **more}
            self.assertEqual(self.put(path, {"aclRules": [rule]}).status_code, 200)
        self.assertEqual(self.get(path).json()["totalCount"], 1)
