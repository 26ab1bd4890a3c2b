"""What the worker does with machines and jobs, turn by turn."""

from collective.mwsvm import site
from collective.mwsvm.agent import USER_DATA_LIMIT
from collective.mwsvm.cloud.ec2 import CloudError
from collective.mwsvm.content import fleet
from collective.mwsvm.content import orphans
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.sites import site_paths
from collective.mwsvm.sites import with_site
from collective.mwsvm.worker import tasks
from collective.mwsvm.worker.patience import Patience
from collective.mwsvm.worker.runner import Worker
from collective.mwsvm.workload import machines
from plone import api
from plone.uuid.interfaces import IUUID
from tests.monitor.test_services import ServiceTestCase
from tests.worker.fakes import BAD_KEY
from tests.worker.fakes import FakeEc2
from tests.worker.fakes import UNREACHABLE
from unittest import mock
import threading
import transaction


class WorkerTestCase(ServiceTestCase):
    def setUp(self):
        super().setUp()
        self.ec2 = FakeEc2(self.clock)
        patcher = mock.patch.object(fleet, "ec2", self.ec2)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.vm.accessKey = "AKIA"
        self.vm.secretKey = "secret"
        transaction.commit()
        self.patient = Patience(self.clock, self.clock)
        self.clock.forward(1000)

    def turn(self, task=tasks.carry_machines, patience=None):
        """One turn of a task, and a look at the world after it."""
        transaction.commit()
        patience = patience or self.patient
        task(tasks.Turn("/plone", patience, lambda: True))
        transaction.begin()

    def turns(self, count, seconds=10):
        for _ in range(count):
            self.turn()
            self.clock.forward(seconds)

    @property
    def machine(self):
        return self.vm.record

    def start(self):
        fleet.request_start(self.vm)
        transaction.commit()

    def run_up(self):
        """The machine is started and its agent has called."""
        self.start()
        self.turn()
        self.ec2.put("i-1", "running")
        self.clock.forward(10)
        self.turn()
        self.call("getNextJob")


class TestStart(WorkerTestCase):
    def test_the_request_only_asks_and_the_worker_launches(self):
        self.start()
        self.assertEqual(self.ec2.calls, [])
        self.assertEqual(self.machine.status, "starting")
        self.turn()
        self.assertEqual(self.machine.instance_id, "i-1")
        self.assertEqual(self.machine.status, "starting")

    def test_the_reservation_is_looked_at_every_ten_seconds(self):
        self.start()
        self.turn()
        for _ in range(9):
            self.clock.forward(1)
            self.turn()
        self.assertEqual(len(self.ec2.named("describe")), 0)
        self.clock.forward(1)
        self.turn()
        self.assertEqual(len(self.ec2.named("describe")), 1)

    def test_running_vm_id_is_set_when_the_reservation_is_no_longer_pending(self):
        self.start()
        self.turns(3)
        self.assertIsNone(self.vm.running_vm_id)
        self.ec2.put("i-1", "running")
        self.turn()
        self.assertEqual(self.vm.running_vm_id, "r-1")

    def test_the_first_call_of_the_agent_makes_it_running(self):
        self.run_up()
        self.assertEqual(self.machine.status, "running")
        self.assertIsNone(self.machine.deadline)

    def test_the_reservation_is_noted_even_if_the_agent_was_faster(self):
        self.start()
        self.turn()
        self.call("getNextJob")
        self.ec2.put("i-1", "running")
        self.clock.forward(10)
        self.turn()
        self.assertEqual(self.vm.running_vm_id, "r-1")

    def test_user_data_is_the_agent_with_url_address_and_token(self):
        self.start()
        self.turn()
        data = self.ec2.last_launch.user_data
        self.assertTrue(data.startswith("#!/usr/bin/env python3\n"))
        self.assertLess(len(data.encode()), USER_DATA_LIMIT)
        space = {}
        (line,) = [line for line in data.splitlines() if line.startswith("CONFIG = ")]
        exec(line, space)
        self.assertEqual(space["CONFIG"]["url"], self.vm.absolute_url())
        self.assertEqual(space["CONFIG"]["token"], self.vm.monitorAuthToken)
        self.assertEqual(space["CONFIG"]["address"], "127.0.0.1")
        compile(data, "user-data", "exec")

    def test_agent_base_url_goes_before_the_url_of_the_request(self):
        name = "collective.mwsvm.agent_base_url"
        api.portal.set_registry_record(name, "https://cms.example.org/site/")
        self.start()
        self.assertEqual(self.machine.url, "https://cms.example.org/site/vm1")

    def test_a_start_of_a_running_machine_is_refused(self):
        self.run_up()
        with self.assertRaisesRegex(Conflict, "vm1 is running already; stop it first"):
            fleet.request_start(self.vm)

    def test_two_starts_at_once_start_once(self):
        barrier = threading.Barrier(2)
        results = []
        uid = IUUID(self.vm)
        database = site.database()

        def start():
            def once():
                with database.writing() as connection:
                    return site.machines(connection, "x").start(uid, "http://x")

            barrier.wait()
            try:
                results.append(with_site("/plone", once).status)
            except Conflict as error:
                results.append(str(error))

        threads = [threading.Thread(target=start) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(map(len, results))[0], len("starting"))
        self.assertIn("vm1 is starting already", "".join(results))
        self.turn()
        self.assertEqual(len(self.ec2.named("launch")), 1)

    def test_bad_images_and_regions_are_refused_by_name(self):
        self.vm.machineImage = "  "
        with self.assertRaisesRegex(Invalid, "Machine image: it is empty"):
            fleet.request_start(self.vm)
        self.vm.machineImage = "ami-1"
        self.vm.region_list = "mars-1"
        with self.assertRaisesRegex(Invalid, "no 'mars-1'; allowed are us-east-1"):
            fleet.request_start(self.vm)
        self.assertEqual(self.machine.status, "unevaluated")

    def test_a_refusal_of_aws_fails_the_machine_with_its_sentence(self):
        self.start()
        self.ec2.error = BAD_KEY
        self.turns(5)
        self.assertEqual(self.machine.status, "failed")
        self.assertEqual(self.machine.reason, str(BAD_KEY))
        self.assertEqual(len(self.ec2.calls), 1)

    def test_a_region_that_aws_lacks_fails_it_too(self):
        error = CloudError("There is no region 'mars-1'; AWS has ...", "UnknownRegion")
        self.start()
        with mock.patch.object(fleet, "ec2", side_effect=error):
            self.turn()
        self.assertEqual(self.machine.status, "failed")
        self.assertIn("no region 'mars-1'", self.machine.reason)

    def test_unreachable_ec2_is_tried_again_but_not_for_ever(self):
        self.start()
        self.ec2.error = UNREACHABLE
        self.turns(3)
        self.assertEqual(self.machine.status, "starting")
        self.assertEqual(self.machine.reason, "EC2 in us-east-1 can't be reached.")
        self.turns(70)
        self.assertEqual(self.machine.status, "failed")
        self.assertEqual(
            self.machine.reason,
            "It was not running 600 s after its start: EC2 in us-east-1 can't be reached.",
        )
        count = len(self.ec2.calls)
        self.turns(5)
        self.assertEqual(len(self.ec2.calls), count)

    def test_past_the_deadline_it_has_failed_and_its_instance_is_terminated(self):
        self.start()
        self.turns(65)
        self.assertEqual(self.machine.status, "failed")
        self.assertIn("its agent has not called", self.machine.reason)
        with self.assertRaisesRegex(Conflict, "get rid of its instance i-1"):
            fleet.request_start(self.vm)
        self.turn()
        self.assertEqual(self.ec2.named("terminate"), [("terminate", "i-1")])
        self.ec2.put("i-1", "terminated")
        self.clock.forward(10)
        self.turn()
        self.assertEqual(self.machine.unwanted, "")
        self.start()
        self.turn()
        self.assertEqual(self.machine.instance_id, "i-2")

    def test_an_instance_that_ends_while_starting_fails_the_machine(self):
        self.start()
        self.turn()
        self.ec2.put("i-1", "terminated", why="Client.InternalError: no luck")
        self.clock.forward(10)
        self.turn()
        self.assertEqual(self.machine.status, "failed")
        self.assertIn("no luck", self.machine.reason)

    def test_a_worker_killed_after_the_launch_launches_nothing_twice(self):
        self.start()
        killed = mock.patch.object(tasks, "_note", side_effect=SystemExit)
        with killed, self.assertRaises(SystemExit):
            self.turn()
        self.assertEqual(self.machine.instance_id, "")
        self.turn()
        self.assertEqual(len(self.ec2.named("launch")), 2)
        self.assertEqual(list(self.ec2.instances), ["i-1"])
        self.assertEqual(self.machine.instance_id, "i-1")

    def test_every_launch_has_a_client_token_of_its_own(self):
        self.run_up()
        fleet.request_stop(self.vm)
        self.turn()
        self.ec2.put("i-1", "terminated")
        self.clock.forward(10)
        self.turn()
        self.start()
        self.turn()
        first, second = [token for _, token in self.ec2.named("launch")]
        self.assertNotEqual(first, second)
        self.assertLessEqual(len(second) + len("-od"), 64)


class TestStop(WorkerTestCase):
    def test_a_running_machine_is_terminated_and_then_stopped(self):
        self.run_up()
        fleet.request_stop(self.vm)
        self.turn()
        self.assertEqual(self.machine.status, "stopping")
        self.ec2.put("i-1", "terminated")
        self.clock.forward(10)
        self.turn()
        self.assertEqual(self.machine.status, "stopped")

    def test_the_job_that_was_running_is_lost_with_a_reason(self):
        job = self.add_job()
        self.run_up()
        fleet.request_stop(self.vm)
        self.turn()
        self.ec2.put("i-1", "terminated")
        self.clock.forward(10)
        self.turn()
        self.assertEqual(self.state(job), "failed")
        self.assertIn("its machine has ended", job.record.reason)

    def test_with_keep_disk_it_is_stopped_and_started_again(self):
        self.vm.keep_disk = True
        self.run_up()
        fleet.request_stop(self.vm)
        self.turn()
        self.ec2.put("i-1", "stopped")
        self.clock.forward(10)
        self.turn()
        self.assertEqual(self.machine.status, "stopped")
        self.assertTrue(self.machine.kept)
        self.start()
        self.turn()
        self.assertEqual(self.ec2.named("start"), [("start", "i-1")])
        self.assertEqual(len(self.ec2.named("launch")), 1)
        self.ec2.put("i-1", "running")
        self.clock.forward(10)
        self.turn()
        self.call("getNextJob")
        self.assertEqual(self.machine.status, "running")

    def test_a_machine_that_was_not_launched_yet_just_stops(self):
        self.start()
        fleet.request_stop(self.vm)
        self.turn()
        self.assertEqual(self.machine.status, "stopped")
        self.assertEqual(self.ec2.named("launch"), [])

    def test_what_can_not_be_stopped_fails_with_a_reason(self):
        self.run_up()
        fleet.request_stop(self.vm)
        self.turn()
        with mock.patch.object(self.ec2, "terminate"):
            self.ec2.put("i-1", "running")
            self.turns(65)
        self.assertEqual(self.machine.status, "failed")
        self.assertIn("could not be stopped within 600 s", self.machine.reason)

    def test_a_foreign_machine_can_not_be_stopped_from_here(self):
        self.call("getNextJob")
        with self.assertRaisesRegex(Conflict, "stop the agent on it"):
            fleet.request_stop(self.vm)

    def test_a_machine_that_halted_by_itself_is_found_stopped(self):
        job = self.add_job()
        self.run_up()
        self.ec2.put("i-1", "terminated", why="Client.InstanceInitiatedShutdown")
        self.clock.forward(200)
        self.turn()
        self.assertEqual(self.machine.status, "running")
        self.clock.forward(200)
        self.turn()
        self.assertEqual(self.machine.status, "stopped")
        self.assertIn("InstanceInitiatedShutdown", self.machine.reason)
        self.assertEqual(self.state(job), "failed")

    def test_a_deleted_machine_has_its_instance_terminated(self):
        self.run_up()
        api.content.delete(self.vm)
        self.turn()
        self.assertEqual(self.ec2.named("terminate"), [("terminate", "i-1")])
        self.assertEqual(self.ec2.account.secret_key, "secret")
        self.ec2.put("i-1", "terminated")
        self.turn()
        self.assertEqual(orphans.all_orphans(), {})


class TestReaper(WorkerTestCase):
    def reap(self):
        self.turn(tasks.reap_strays)
        return [id for _, id in self.ec2.named("terminate")]

    def test_a_stray_is_terminated_after_the_grace(self):
        self.ec2.put("i-8", "running", machine="gone", age=899)
        self.assertEqual(self.reap(), [])
        self.clock.forward(2)
        with self.assertLogs("collective.mwsvm", "WARNING") as logs:
            self.assertEqual(self.reap(), ["i-8"])
        self.assertIn("stray instance i-8", logs.output[0])

    def test_it_asks_for_this_site_s_instances_only(self):
        self.reap()
        self.assertEqual(self.ec2.named("owned"), [("owned", site.site_id())])

    def test_the_instance_of_a_machine_is_left_alone(self):
        self.run_up()
        self.clock.forward(5000)
        self.assertEqual(self.reap(), [])

    def test_an_instance_of_an_earlier_launch_is_a_stray(self):
        self.run_up()
        self.ec2.put("i-7", "running", machine=IUUID(self.vm), age=5000)
        self.assertEqual(self.reap(), ["i-7"])

    def test_a_launch_under_way_is_left_alone(self):
        self.start()
        self.ec2.put("i-7", "pending", machine=IUUID(self.vm), age=5000)
        self.assertEqual(self.reap(), [])

    def test_unreachable_ec2_is_no_end(self):
        self.ec2.error = UNREACHABLE
        self.assertEqual(self.reap(), [])


class TestLeases(WorkerTestCase):
    def test_a_silent_machine_s_job_is_failed_with_a_reason(self):
        job = self.add_job()
        self.call("getNextJob")
        self.clock.forward(121)
        self.turn(tasks.expire_leases)
        self.assertEqual(self.state(job), "failed")
        self.assertIn("no sign of life for 120 s", job.record.reason)

    def test_after_a_start_of_the_site_agents_get_the_time_to_call(self):
        job = self.add_job()
        self.call("getNextJob")
        self.clock.forward(500)
        fresh = Patience(self.clock, self.clock)
        self.turn(tasks.expire_leases, fresh)
        self.assertEqual(self.state(job), "running")
        self.clock.forward(121)
        self.turn(tasks.expire_leases, fresh)
        self.assertEqual(self.state(job), "failed")

    def test_deadlines_do_not_count_while_the_site_was_away(self):
        self.start()
        self.turn()
        self.clock.forward(5000)
        fresh = Patience(self.clock, self.clock)
        self.turn(patience=fresh)
        self.assertEqual(self.machine.status, "starting")

    def test_old_logs_are_dropped(self):
        job = self.add_job()
        self.call("getNextJob")
        self.call("provideStatus", offset=0, log="aGVsbG8=")
        self.call("updateJobStatus", status="Finished")
        self.clock.forward(89 * 86400)
        self.turn(tasks.drop_old_logs)
        self.assertEqual(job.log, b"hello")
        self.clock.forward(2 * 86400)
        self.turn(tasks.drop_old_logs)
        self.assertEqual(job.log, b"")

    def test_of_two_workers_one_does_a_task(self):
        self.assertTrue(tasks.take_lease("/plone", "leases", "one", 100))
        self.assertFalse(tasks.take_lease("/plone", "leases", "two", 100))
        self.assertTrue(tasks.take_lease("/plone", "leases", "one", 150))
        self.assertFalse(tasks.take_lease("/plone", "leases", "two", 200))
        self.assertTrue(tasks.take_lease("/plone", "leases", "two", 241))
        self.assertFalse(tasks.take_lease("/plone", "leases", "one", 242))
        tasks.give_back_leases("/plone", "two")
        self.assertTrue(tasks.take_lease("/plone", "leases", "one", 243))

    def test_a_worker_finds_the_sites_that_have_the_add_on(self):
        self.assertEqual(site_paths(), ["/plone"])

    def test_a_worker_does_its_task_and_survives_one_that_fails(self):
        job = self.add_job()
        self.call("getNextJob")
        self.clock.forward(121)
        worker = Worker()
        worker._patience = self.patient
        with (
            self.assertLogs("collective.mwsvm", "ERROR"),
            mock.patch.object(
                tasks, "TASKS", {"leases": (5, mock.Mock(side_effect=KeyError))}
            ),
        ):
            worker.turn("leases")
        worker.turn("leases")
        self.assertEqual(self.state(job), "failed")


class TestPatience(WorkerTestCase):
    def test_a_jump_of_the_clock_starts_it_anew(self):
        steady = type(self.clock)(0.0)
        patience = Patience(self.clock, steady)
        for clock in (self.clock, steady):
            clock.forward(200)
        self.assertTrue(patience.is_over(120))
        self.clock.forward(3600)
        self.assertFalse(patience.is_over(120))
        for clock in (self.clock, steady):
            clock.forward(120)
        self.assertTrue(patience.is_over(120))


class TestStartMachine(WorkerTestCase):
    """start_machine, as the seed has it: here and now."""

    def test_returns_true_when_the_machine_starts_and_queues_the_job(self):
        job = self.add_draft()
        slept = []

        def sleep(seconds):
            slept.append(seconds)
            self.clock.forward(seconds)
            if len(slept) == 3:
                self.ec2.put("i-1", "running")

        self.assertIs(self.vm.start_machine(self.portal, job, sleep), True)
        self.assertEqual(slept, [10, 10, 10])
        self.assertEqual(self.vm.running_vm_id, "r-1")
        self.assertEqual(self.vm.getInstanceStatus(), "running")
        self.assertEqual(self.vm.find_next_job(self.portal.portal_catalog), job)

    def test_otherwise_an_error_is_generated(self):
        self.ec2.error = BAD_KEY
        with self.assertRaisesRegex(CloudError, "refused the access key"):
            self.vm.start_machine(self.portal, None, self.clock.forward)
        self.assertEqual(self.vm.vm_status, "failed")

    def test_uses_gethostbyname_to_find_the_location_of_the_site(self):
        with mock.patch.object(
            fleet.socket, "gethostbyname", return_value="192.0.2.7"
        ) as gethostbyname:
            self.ec2.error = BAD_KEY
            with self.assertRaises(CloudError):
                self.vm.start_machine(self.portal)
            config = fleet.agent_config(self.vm, "http://cms.example.org/vm1")
        self.assertEqual(config["address"], "192.0.2.7")
        gethostbyname.assert_called_with("cms.example.org")

    def add_draft(self):
        return api.content.create(self.vm, "Job", title="draft", start_string="true")


class TestGetInstanceStatus(WorkerTestCase):
    def test_of_a_machine_without_an_instance(self):
        self.assertEqual(self.vm.getInstanceStatus(), "none")

    def test_of_one_that_ec2_has_forgotten(self):
        self.run_up()
        del self.ec2.instances["i-1"]
        self.assertEqual(self.vm.getInstanceStatus(), "terminated")


class TestLateWords(WorkerTestCase):
    def test_what_was_decided_before_a_new_start_changes_nothing(self):
        self.run_up()
        with site.database().reading() as connection:
            old = machines.get(connection, IUUID(self.vm))
        fleet.request_stop(self.vm)
        transaction.commit()
        self.turn()
        self.ec2.put("i-1", "terminated")
        self.clock.forward(10)
        self.turn()
        self.start()
        tasks.with_site(
            "/plone",
            lambda: tasks._note(old, fleet.Outcome("stopped", "late", {"checked": 1})),
        )
        self.assertEqual(self.machine.status, "starting")
