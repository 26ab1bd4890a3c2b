"""Guide 4.3, 4.10, 4.11, 4.13, 4.22 and 4.26: what is only read."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from pathlib import Path
from plone import api
from plone.app.testing import TEST_USER_ID
from tests.rest.documentation.case import DocumentationTestCase
from tests.rest.documentation.case import PAGES
from tests.rest.job_documents import JobDocuments
from tests.workload.test_templates import FOURTEEN
import re
import transaction


#: The guide's sample, in its order.
METRICS = (
    "vmcount",
    "watts",
    "pwatts",
    "temp",
    "cpu",
    "mem",
    "io",
    "ccores",
    "threads",
)

SHOWN_TEMPLATE = {
    "account": "account",
    "args": "arg1 arg2",
    "commandFile": "/tmp/script",
    "description": "description",
    "genericSystemJob": True,
    "id": "genericVM",
    "inheritResources": False,
    "jobDependencies": [{"name": "genericVM-setup", "type": "JOBSUCCESSFULCOMPLETE"}],
    "jobFlags": ["VMTRACKING"],
    "jobTemplateFlags": ["SELECT"],
    "jobTemplateRequirements": [
        {
            "architecture": "x86_64",
            "diskRequirement": 500,
            "genericResources": {"tape": 3},
            "nodeAccessPolicy": "SINGLEJOB",
            "operatingSystem": "Ubuntu 10.04.3",
            "requiredDiskPerTask": 200,
            "requiredFeatures": ["dvd"],
            "requiredMemoryPerTask": 1024,
            "requiredProcessorsPerTask": 2,
            "requiredSwapPerTask": 512,
            "taskCount": 4,
        }
    ],
    "priority": 20,
    "qos": "qos",
    "queue": "queue",
    "durationRequested": 600,
    "select": True,
    "trigger": None,
    "version": 0,
    "vmUsagePolicy": "REQUIREPM",
}

SHOWN_STANDING = {
    "access": "DEDICATED",
    "accounts": ["account1"],
    "aclRules": [
        {
            "affinity": "POSITIVE",
            "comparator": "EQUAL",
            "type": "USER",
            "value": "adaptive",
        }
    ],
    "chargeAccount": "account2",
    "chargeUser": "user2",
    "classes": ["class1"],
    "clusters": ["cluster1"],
    "comment": "comment",
    "days": ["Monday"],
    "depth": 2,
    "disabled": False,
    "endOffset": 86415,
    "flags": ["ALLOWJOBOVERLAP"],
    "groups": ["group1"],
    "hosts": ["host1"],
    "id": "fast",
    "jobAttributes": ["TEMPLATESAPPLIED"],
    "maxJob": 2,
    "maxTime": 0,
    "messages": ["message1"],
    "nodeFeatures": ["feature1"],
    "os": "Ubuntu 10.04.3",
    "owner": {"name": "root", "type": "USER"},
    "partition": "ALL",
    "period": "DAY",
    "procLimit": {"qualifier": "<=", "value": 5},
    "psLimit": {"qualifier": "<=", "value": 60},
    "qoses": ["qos1"],
    "reservationAccessList": [],
    "reservationGroup": "group2",
    "resources": {"PROCS": -1, "tapes": 1},
    "rollbackOffset": 43200,
    "startOffset": 347040,
    "taskCount": 0,
    "tasksPerNode": 0,
    "timeLimit": -1,
    "triggers": [],
    "type": "type1",
    "users": ["user1"],
}

SHOWN_ACTION = {
    "failureDetails": "",
    "hosts": ["hv3"],
    "id": "vmcreate-27",
    "maxDurationInSeconds": 3600,
    "migrationDestination": "",
    "migrationSource": "",
    "motivation": "requested by root",
    "pendingActionState": "RUNNING",
    "pendingActionType": "VMCREATE",
    "requester": "root",
    "serviceId": "Rhel55Vm.200",
    "startTime": "2011-11-15 21:57:55 UTC",
    "substate": "installing",
    "targetOS": "",
    "topLevelServiceId": "Lamp.132",
    "vmId": "vm8",
}

#: The job that it is.
JOB = {
    "name": "vmcreate-27",
    "credentials": {"user": "root"},
    "dates": {"startDate": "2011-11-15 21:57:55 UTC"},
    "duration": 3600,
    "requirements": [{"nodes": [{"name": "hv3"}]}],
    "states": {"state": "Running", "subState": "installing"},
    "systemJobType": "vmcreate",
    "variables": {"serviceId": "Rhel55Vm.200", "topLevelServiceId": "Lamp.132"},
    "virtualMachines": [{"name": "vm8"}],
}


class TestWorkedOut(JobDocuments, DocumentationTestCase):
    def page(self, name):
        """The settings that a page shows."""
        text = (PAGES / f"{name}.md").read_text()
        found = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
        self.assertTrue(found, name)
        return "\n".join(found)

    def write(self, name, text):
        home = self.configure("")
        Path(home, name).write_text(text)

    def add(self, documents, *found):
        with site.database().writing() as connection:
            Collection(connection, documents, site.new_id).insert(found)
        transaction.commit()

    def assert_ids(self, reply, *ids):
        count = len(ids)
        self.assertEqual((reply["totalCount"], reply["resultCount"]), (count, count))
        self.assertEqual(reply["results"], [{"id": id} for id in ids])

    # -- 4.3

    def test_credentials(self):
        self.configure(self.page("credentials"))
        api.group.create(groupname="group1")
        self.add_person("user1")
        # Of the site, there is nobody else.
        api.user.delete(username=TEST_USER_ID)
        transaction.commit()
        for example, name in (
            ("credentials-accounts", "account1"),
            ("credentials-classes", "class1"),
            ("credentials-groups", "group1"),
            ("credentials-qoses", "qos1"),
            ("credentials-users", "user1"),
        ):
            path = f"{example.replace('-', '/')}?api-version=2&fields=name"
            if name == "group1":
                # Plone has groups of its own.
                path += '&query={"name":"group1"}'
            reply = self.example(example, "GET", path)
            expected = {"totalCount": 1, "resultCount": 1, "results": [{"name": name}]}
            self.assertEqual(reply, expected)

    def test_credentials_are_new_with_version_2(self):
        path = "credentials/users?api-version=1"
        self.example("credentials-version-1", "GET", path, status=404)

    # -- 4.10

    def test_all_job_templates(self):
        reply = self.example("job-templates-list", "GET", "job-templates?fields=id")
        self.assert_ids(reply, *FOURTEEN)

    def test_one_job_template(self):
        self.write("job-templates.toml", self.page("job-templates"))
        path = "job-templates/genericVM"
        reply = self.example("job-templates-show", "GET", path)
        self.assertEqual(reply, SHOWN_TEMPLATE)

    # -- 4.11

    def test_metric_types(self):
        self.add(
            collections.nodes,
            {"name": "n1", "metrics": dict.fromkeys(METRICS, 1.0)},
        )
        reply = self.example("metric-types-list", "GET", "metric-types?fields=id")
        # In the order of the alphabet, not in that of the guide.
        self.assert_ids(reply, *sorted(METRICS))

    # -- 4.13

    def test_pending_actions(self):
        self.add_jobs(JOB)
        reply = self.example("pending-actions-list", "GET", "pending-actions")
        self.assertEqual(
            reply, {"totalCount": 1, "resultCount": 1, "results": [SHOWN_ACTION]}
        )

    def test_pending_actions_with_a_mapping_of_ones_own(self):
        self.configure(self.page("pending-actions"))
        self.add_jobs({**JOB, "name": "Moab.1.myCustomVM-setup", "systemJobType": None})
        path = "pending-actions?fields=id,pendingActionType"
        reply = self.example("pending-actions-mapping", "GET", path)
        expected = {"id": "Moab.1.myCustomVM-setup", "pendingActionType": "VMCREATE"}
        self.assertEqual(reply["results"], [expected])

    # -- 4.22

    def test_resource_types(self):
        resources = {"processors": {}, "throttle_migrate": {}}
        self.add(collections.nodes, {"name": "n1", "resources": resources})
        path = "resource-types?fields=id"
        reply = self.example("resource-types-list", "GET", path)
        self.assert_ids(reply, "throttle_migrate")

    # -- 4.26

    def test_all_standing_reservations(self):
        self.write("standing-reservations.toml", "[sr1]\n[sr2]\n[sr3]\n")
        path = "standing-reservations?fields=id"
        reply = self.example("standing-reservations-list", "GET", path)
        self.assert_ids(reply, "sr1", "sr2", "sr3")

    def test_one_standing_reservation(self):
        text = self.page("standing-reservations")
        self.write("standing-reservations.toml", text)
        path = "standing-reservations/fast"
        reply = self.example("standing-reservations-show", "GET", path)
        self.assertEqual(reply, SHOWN_STANDING)
        # The other one of the page.
        self.assertEqual(self.get("standing-reservations/night").status_code, 200)
