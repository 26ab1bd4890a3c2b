"""``/rest/vms`` (guide 4.29)."""

from collective.mwsvm import site
from collective.mwsvm.content import fleet
from collective.mwsvm.database import collections
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.worker import system_jobs
from collective.mwsvm.worker.turn import Turn
from collective.mwsvm.workload import machines
from plone.uuid.interfaces import IUUID
from tests.rest.hypervisors import CODE
from tests.rest.hypervisors import Hypervisors
from tests.rest.hypervisors import IMAGE
from tests.rest.plugins import PluginTestCase
from tests.rest.workload_objects import add_vms
from unittest import mock
import transaction


class VmTestCase(Hypervisors, PluginTestCase):
    def setUp(self):
        super().setUp()
        self.set_up_jobs()

    def begun(self, response, name):
        self.assertEqual(response.status_code, 202, response.text)
        self.assertEqual(response.json(), {"jobId": name})
        self.assertEqual(response.headers["Location"], f"{self.base}/jobs/{name}")
        self.assertEqual(response.headers["X-Moab-Status"], "Success")

    def told(self, *fields):
        """What the events tell, without those of plug-ins and images."""
        found = self.get("events?sort={id:1}").json()["results"]
        return [
            tuple(event[field] for field in fields)
            for event in found
            if event["facility"] == "vm"
        ]


class TestGettingMachines(VmTestCase):
    def test_both_versions(self):
        resources = {"memory": {"configured": 512, "available": 100}}
        body = {"name": "vm1", "host": {"name": "hv2"}, "resources": resources}
        self.insert(
            collections.vms,
            VirtualMachine.check({**body, "states": {"state": "Idle"}}).wire(),
        )
        add_vms("vm2")
        self.assertEqual(
            self.get("vms/VM1").json(),
            {
                "id": "vm1",
                "node": {"id": "hv2"},
                "state": "IDLE",
                "powerState": None,
                "lastUpdateDate": None,
                "genericMetrics": {},
                "operatingSystem": None,
                "variables": {},
                "attributes": {},
                "trackingJob": None,
                "totalProcessors": None,
                "availableProcessors": None,
                "totalMemory": 512,
                "availableMemory": 100,
                "totalDisk": None,
                "availableDisk": None,
                "totalSwap": None,
                "availableSwap": None,
            },
        )
        shown = self.get("vms/vm1?api-version=2")
        self.assertEqual(shown.json()["host"], {"name": "hv2"})
        self.assertNotIn("id", shown.json())
        self.assertEqual(shown.headers["X-Moab-Code"], "000")
        self.assertEqual(self.results("vms", "id", query={"node.id": "hv2"}), ["vm1"])
        found = self.results("vms", api_version=2, query={"host.name": "hv2"})
        self.assertEqual(found, ["vm1"])
        found = self.results("vms", api_version=2, sort={"name": -1})
        self.assertEqual(found, ["vm2", "vm1"])

    def test_what_is_not_there(self):
        for response in (
            self.get("vms/vm9"),
            self.put("vms/vm9", {"variables": {"a": "b"}}),
            self.delete("vms/vm9"),
        ):
            self.assert_refused(response, 404, "'vm9' was not found")
        self.assert_refused(self.post("vms", {}), 405, "is not allowed")


class TestMachinesOfPlugins(VmTestCase):
    def setUp(self):
        super().setUp()
        self.set_up_hypervisors()

    def test_a_change_is_asked_of_plugins(self):
        body = {
            "states": {"powerState": "Off"},
            "variables": {"stubborn": "yes"},
            "migrationDisabled": True,
        }
        response = self.put("vms/vm1", body)
        self.assertEqual(
            response.json()["messages"],
            [
                "Successfully powered VM off",
                "No plugin has modified variable 'stubborn' (p could not do it): it is "
                "kept here",
                "Successfully modified migrationDisabled",
            ],
        )
        self.assertEqual(response.headers["X-Moab-Status"], "Warning")
        self.assertEqual(
            self.events_seen(),
            [
                ["nodePower", ["hv1:vm1"], "OFF"],
                ["nodeModify", ["hv1:vm1"], {"VARIABLE:stubborn": "yes"}],
            ],
        )
        self.poll()
        shown = self.get("vms/vm1?api-version=2").json()
        self.assertEqual(shown["variables"], {"stubborn": "yes"})
        self.assertEqual(shown["migrationDisabled"], True)
        self.assertEqual(shown["states"]["powerStateExpected"], "Off")
        self.assertEqual(self.told("eventType"), [("vmmodify",)])

    def test_a_migration_is_done_by_the_worker(self):
        body = {"host": {"name": "hv2"}, "variables": {"a": "ignored"}}
        self.begun(self.put("vms/vm1?proxy-user=amy", body), "vmmigrate-1")
        self.assertEqual(self.events_seen(), [])
        self.carry()
        self.assertEqual(
            self.jobs.done["vmmigrate-1"],
            (True, "p has migrated the virtual machine 'vm1' to 'hv2'"),
        )
        self.assertEqual(self.events_seen(), [["migrate", "vm1", "hv2", "vmmigrate-1"]])
        self.assertEqual(
            self.told("eventType", "status", "initiatedBy"),
            [("vmmigrate", "success", {"user": "admin", "proxyUser": "amy"})],
        )
        self.assertEqual(self.get("vms/vm1").json()["variables"], {})
        self.carry()
        self.assertEqual(len(self.events_seen()), 1)
        self.assertNotIn("migration", self.get("vms/vm1?api-version=2").json())

    def test_any_is_the_other_host_that_has_room(self):
        self.begun(self.put("vms/vm1", {"host": {"name": "ANY"}}), "vmmigrate-1")
        (job,) = self.jobs.under_way("vm1")
        self.assertEqual(job.arguments, {"source": "hv1", "host": "hv2"})

    def test_it_is_said_why_no_host_takes_a_machine(self):
        lists = {"state": "enabled", "hvExclusionList": ["hv2"]}
        self.put("policies/migration-exclusion-list", lists)
        self.assert_refused(
            self.put("vms/vm1", {"host": {"name": "ANY"}}),
            400,
            "No hypervisor takes vm1: hv1 has it already and hv2 is excluded from "
            "migrations.",
        )
        self.begun(self.put("vms/vm1", {"host": {"name": "hv2"}}), "vmmigrate-1")

    def test_migrations_that_can_not_be(self):
        for body, message in (
            ({"host": {"name": "hv9"}}, "the node 'hv9', which does not exist"),
            ({"host": {"name": "hv1"}}, "is on the host 'hv1' already"),
            ({"host": {}}, "'host.name' is required"),
        ):
            self.assert_refused(self.put("vms/vm1", body), 400, message)
        self.put("vms/vm1", {"migrationDisabled": True})
        for host in ("hv2", "ANY"):
            response = self.put("vms/vm1", {"host": {"name": host}})
            self.assert_refused(response, 400, "is disabled", "to false first")
        self.assertEqual(self.jobs.waiting, {})

    def test_one_thing_is_done_to_a_machine_at_a_time(self):
        self.put("vms/vm1", {"host": {"name": "hv2"}})
        for response in (
            self.put("vms/vm1", {"host": {"name": "hv2"}}),
            self.delete("vms/vm1"),
        ):
            self.assert_refused(response, 400, "is busy with 'vmmigrate-1'")

    def test_a_destruction_is_done_by_the_worker(self):
        self.begun(self.delete("vms/VM1"), "vmdestroy-1")
        self.carry()
        self.assertTrue(self.jobs.done["vmdestroy-1"][0])
        properties = {
            "operation": "node:destroy",
            "vm": "hv1:vm1",
            "operationid": "vmdestroy-1",
        }
        self.assertEqual(self.events_seen(), [["systemModify", properties]])
        self.assertEqual(self.told("eventType", "status"), [("vmdestroy", "success")])

    def test_what_no_plugin_does_has_failed(self):
        self.put("plugins/p", {"state": "PAUSED"})
        self.delete("vms/vm1")
        self.carry()
        ok, message = self.jobs.done["vmdestroy-1"]
        self.assertFalse(ok)
        self.assertIn("(p is PAUSED)", message)
        (event,) = self.told("eventType", "status", "errorMessage")
        self.assertEqual(event[:2], ("vmdestroy", "failure"))
        self.assertEqual(event[2]["message"], message)


class TestMachinesOfTheSite(VmTestCase):
    def setUp(self):
        super().setUp()
        self.vm = self.add_machine("vm1")
        transaction.commit()

    @property
    def record(self):
        with site.database().reading() as connection:
            return machines.get(connection, IUUID(self.vm))

    def run_up(self):
        with site.database().writing() as connection:
            found = site.machines(connection)
            found.start(IUUID(self.vm), "http://x")
            found.note(self.record, instance_id="i-1")
            found.arrive(self.record)
        transaction.commit()

    def states(self):
        states = self.get("vms/vm1?api-version=2").json()["states"]
        return states["state"], states["powerState"], states["powerStateExpected"]

    def test_they_are_among_the_others(self):
        shown = self.get("vms/vm1?api-version=2").json()
        self.assertEqual(shown["resourceManagers"][0]["name"], "ec2")
        self.assertIsNone(shown["host"])
        self.assertEqual(self.states(), ("Unknown", None, None))
        self.run_up()
        self.assertEqual(self.states(), ("Up", "On", None))
        self.vm.title = "renamed"
        with site.database().writing() as connection:
            site.machines(connection).rename(IUUID(self.vm), "renamed")
        transaction.commit()
        self.assertEqual(self.results("vms", api_version=2), ["renamed"])
        self.portal.manage_delObjects([self.vm.getId()])
        transaction.commit()
        self.assertEqual(self.results("vms", api_version=2), [])

    def test_power_starts_and_stops_them(self):
        response = self.put("vms/vm1", {"states": {"powerState": "On"}})
        self.assertEqual(response.json(), {"messages": ["Successfully powered VM on"]})
        self.assertEqual(self.record.status, "starting")
        self.assertEqual(self.record.url, self.vm.absolute_url())
        self.assertEqual(self.states(), ("Down", None, "On"))
        self.assert_refused(
            self.put("vms/vm1", {"powerState": "on"}), 400, "vm1 is starting already"
        )
        self.put("vms/vm1", {"powerState": "OFF"})
        self.assertEqual(self.record.status, "stopping")
        for power in ("Reset", "Standby"):
            self.assert_refused(
                self.put("vms/vm1", {"powerState": power}), 400, "can be On or Off"
            )

    def test_what_nobody_can_change_in_them_is_kept(self):
        self.put("vms/vm1", {"variables": {"a": "b"}, "migrationDisabled": True})
        self.run_up()
        shown = self.get("vms/vm1?api-version=2").json()
        self.assertEqual(shown["variables"], {"a": "b"})
        self.assertEqual(shown["migrationDisabled"], True)

    def test_they_have_no_host_to_leave(self):
        for host in ("hv1", "ANY"):
            response = self.put("vms/vm1", {"host": {"name": host}})
            self.assert_refused(response, 400, "is one of a cloud")

    def test_a_destruction_terminates_the_instance_though_its_disk_is_kept(self):
        self.vm.keep_disk = True
        self.run_up()
        self.begun(self.delete("vms/vm1"), "vmdestroy-1")
        self.assertEqual(
            (self.record.status, self.record.unwanted), ("stopping", "i-1")
        )
        self.carry()
        self.assertEqual(self.jobs.done, {})
        # The worker's way: get rid of the instance, then note that it has ended.
        for values in ({"unwanted": ""}, {"instance_state": "terminated"}):
            with site.database().writing() as connection:
                site.machines(connection).note(self.record, **values)
            transaction.commit()
        outcome = fleet.Outcome("stopped", "Its instance is terminated.", {})
        with site.database().writing() as connection:
            found = site.machines(connection)
            fleet.apply(site.queue(connection), found, self.record, outcome)
        transaction.commit()
        self.carry()
        self.assertEqual(
            self.jobs.done["vmdestroy-1"],
            (True, "The instance of the machine 'vm1' is terminated"),
        )
        self.assertEqual(self.told("eventType"), [("vmdestroy",)])
        self.assertEqual(self.states(), ("Down", "Off", None))

    def test_without_an_instance_there_is_nothing_to_destroy(self):
        message = "vm1 is unevaluated and has no instance"
        self.assert_refused(self.delete("vms/vm1"), 400, message)
        self.assertEqual(self.jobs.waiting, {})


class TestFollowed(PluginTestCase):
    """From the request to the end, with the jobs as they are kept."""

    def test_a_migration_is_followed_to_its_end(self):
        self.call(
            "PUT", "plugin-types", data=CODE, headers={"Content-Type": "text/plain"}
        )
        self.made("images", IMAGE)
        self.made("plugins", {"id": "a", "pluginType": "Hypervisors"})
        self.post("plugins/a/poll")
        response = self.put("vms/vm1?api-version=2", {"host": {"name": "hv2"}})
        self.assertEqual(response.status_code, 202, response.text)
        name = response.json()["jobId"]
        self.assertEqual(name, "vmmigrate-1")
        path = f"jobs/{name}?api-version=2"
        job = self.get(path).json()
        self.assertEqual(job["states"]["state"], "Running")
        self.assertNotIn("system", job)
        system_jobs.carry_vms(Turn("/plone", mock.Mock(), lambda: True))
        job = self.get(path).json()
        ended = job["states"]["state"], job["completionCode"]
        self.assertEqual(ended, ("Completed", 0), job["messages"])
