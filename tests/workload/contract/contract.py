"""What every workload manager does, whatever is behind it."""

from collections.abc import Callable
from collective.mwsvm.database import collections
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from tests.workload.contract.managed import ManagedSite
import pytest


HOLD = {"holds": ["User"]}
LATER = {"dates": {"earliestRequestedStartDate": "2037-01-01 00:00:00 UTC"}}
EXCLUSIVE = {"flags": ["DEDICATEDRESOURCE"]}
ARRAY = {"indexValues": [1, 2]}

#: Bodies of jobs that nobody can run, and what the refusal names.
BAD_JOBS = [
    ({"commandFile": "/there/is/none"}, "commandFile"),
    ({"commandFile": None}, "commandFile"),
    ({"requirements": [{"taskCount": -1}]}, "taskCount"),
    ({"dates": {"earliestRequestedStartDate": "soon"}}, "earliestRequestedStartDate"),
    ({"emailNotifyTypes": ["Sometimes"]}, "emailNotifyTypes"),
    ({"holds": ["Gently"]}, "holds"),
]

BAD_ARRAYS = [
    ({"indexValues": []}, "index"),
    ({"indexRanges": [{"startIndex": 5, "endIndex": 1}]}, "endIndex"),
    ({**ARRAY, "slotLimit": -1}, "slotLimit"),
    ({**ARRAY, "jobPrototype": {"commandFile": "/there/is/none"}}, "commandFile"),
]

#: Actions that a job does not allow: how it came to its state, and the action.
ILLEGAL = [
    ("waiting", "unhold"),
    ("waiting", "suspend"),
    ("waiting", "resume"),
    ("waiting", "requeue"),
    ("held", "suspend"),
    ("held", "resume"),
    ("held", "requeue"),
    ("running", "resume"),
    ("running", "execute"),
    ("suspended", "suspend"),
    *(
        ("ended", action)
        for action in (
            "cancel",
            "execute",
            "hold",
            "unhold",
            "requeue",
            "resume",
            "suspend",
        )
    ),
    ("cancelled", "cancel"),
]


class WorkloadManagerContract:
    """The tests of all managers; a subclass has a fixture ``make``.

    That gives a function that makes the `ManagedSite` of the implementation.
    """

    @pytest.fixture
    def site(self, make: Callable[[], ManagedSite]) -> ManagedSite:
        return make()

    def job(self, site, history):
        """The name of a job that has come to where ``history`` says."""
        name = site.submit()
        if history == "held":
            site.act(name, "hold", **HOLD)
        elif history == "cancelled":
            site.act(name, "cancel")
        elif history != "waiting":
            site.run(name)
        if history == "suspended":
            site.act(name, "suspend")
        elif history == "ended":
            site.end(name)
        site.refresh()
        return name

    # -- jobs that are submitted

    def test_a_job_is_shown_as_soon_as_it_is_submitted(self, site):
        name = site.submit(customName="simulation", duration=600)
        shown = site.shown(name)
        with site.manager() as manager:
            assert name.startswith(f"{manager.jobs.prefix}.")
        assert shown["name"] == name
        assert shown["customName"] == "simulation"
        assert shown["duration"] == 600
        assert shown["credentials"]["user"] == "amy"
        assert shown["states"]["state"] == "Idle"
        assert shown["isActive"] is True
        assert shown["queueStatus"] in ("eligible", "blocked")
        assert shown["dates"]["submitDate"] is not None

    def test_each_job_has_a_name_of_its_own(self, site):
        assert len({site.submit() for _ in range(3)}) == 3

    def test_bodies_of_version_1_are_taken(self, site):
        body = {"commandFile": site.command, "user": "bob", "durationRequested": 600}
        with site.manager() as manager:
            name = manager.jobs.submit(body, 1, "amy")["name"]
        shown = site.shown(name)
        assert (shown["credentials"]["user"], shown["duration"]) == ("bob", 600)

    def test_a_job_can_be_held_from_the_start(self, site):
        name = site.submit(**HOLD)
        assert site.state(name) == "UserHold"
        assert site.shown(name)["holds"] == ["User"]

    @pytest.mark.parametrize(("given", "named"), BAD_JOBS)
    def test_nothing_is_kept_of_a_job_that_is_refused(self, site, given, named):
        with pytest.raises(Invalid, match=named):
            site.submit(**given)
        assert site.all() == []
        assert site.told("jobsubmit") == []

    def test_what_the_caller_fails_at_is_undone_unless_the_manager_waits(self, site):
        with pytest.raises(ZeroDivisionError), site.manager() as manager:
            waits = manager.waits
            manager.jobs.submit({"commandFile": site.command}, 2, "amy")
            raise ZeroDivisionError
        assert len(site.all()) == waits

    # -- jobs that are changed

    def test_what_is_modified_is_shown_and_said(self, site):
        name = site.submit(variables={"a": "1"})
        with site.manager() as manager:
            job, said = manager.jobs.modify(
                name, {"duration": 120, "variables": {"b": "2"}}, 2
            )
        assert job == site.shown(name)
        assert (job["duration"], job["variables"]) == (120, {"a": "1", "b": "2"})
        assert len(said) == 2

    def test_a_job_is_called_by_its_number_too(self, site):
        name = site.submit()
        number = name.rpartition(".")[2]
        with site.manager() as manager:
            manager.jobs.modify(number, {"variables": {"a": "1"}}, 2)
            assert manager.jobs.act(number, "hold", HOLD)["name"] == name
        assert site.shown(name)["variables"] == {"a": "1"}

    @pytest.mark.parametrize(
        "given", [{}, {"isActive": False}, {"duration": "long"}, {"duration": -1}]
    )
    def test_a_modification_that_is_refused_changes_nothing(self, site, given):
        name = site.submit()
        before = site.shown(name)
        with pytest.raises(Invalid), site.manager() as manager:
            manager.jobs.modify(name, given, 2)
        assert site.shown(name) == before

    def test_a_job_that_has_ended_keeps_its_duration(self, site):
        name = self.job(site, "ended")
        with pytest.raises(Conflict), site.manager() as manager:
            manager.jobs.modify(name, {"duration": 120}, 2)

    # -- actions

    def test_holds_are_placed_and_released(self, site):
        name = site.submit()
        site.act(name, "hold", **HOLD)
        assert site.state(name) == "UserHold"
        assert site.shown(name)["queueStatus"] == "blocked"
        site.act(name, "unhold")
        assert site.state(name) == "Idle"
        assert site.shown(name)["holds"] == []

    def test_a_job_runs_and_completes(self, site):
        name = self.job(site, "running")
        assert site.state(name) == "Running"
        assert site.shown(name)["queueStatus"] == "active"
        site.end(name, 3)
        assert site.state(name) == "Completed"
        shown = site.shown(name)
        assert (shown["isActive"], shown["completionCode"]) == (False, 3)
        assert shown["queueStatus"] == "completed"

    def test_a_running_job_is_suspended_and_goes_on(self, site):
        name = self.job(site, "running")
        site.act(name, "suspend")
        assert site.state(name) == "Suspended"
        site.act(name, "resume")
        assert site.state(name) == "Running"

    def test_a_running_job_goes_back_to_the_queue(self, site):
        name = self.job(site, "running")
        site.act(name, "requeue")
        assert site.state(name) == "Idle"
        site.run(name)
        assert site.state(name) == "Running"

    @pytest.mark.parametrize(
        ("history", "state"),
        [("waiting", "Removed"), ("held", "Removed"), ("running", "Vacated")],
    )
    def test_a_job_is_cancelled_wherever_it_is(self, site, history, state):
        name = self.job(site, history)
        site.act(name, "cancel")
        assert site.state(name) == state
        assert site.shown(name)["isActive"] is False

    def test_a_job_that_waits_for_a_date_can_be_executed_at_once(self, site):
        name = site.submit(**LATER)
        site.refresh()
        assert site.shown(name)["queueStatus"] == "blocked"
        site.act(name, "execute")
        site.run(name)
        assert site.state(name) == "Running"

    def test_a_checkpoint_is_made_or_refused_clearly(self, site):
        name = self.job(site, "running")
        with site.may_lack("checkpoint"):
            site.act(name, "checkpoint")
        assert site.state(name) == "Running"

    @pytest.mark.parametrize(("history", "action"), ILLEGAL)
    def test_a_state_that_does_not_allow_an_action_stays(self, site, history, action):
        name = self.job(site, history)
        before = site.state(name)
        with pytest.raises(Conflict, match=name):
            site.act(name, action, **(HOLD if action == "hold" else {}))
        assert site.state(name) == before

    @pytest.mark.parametrize("given", [{}, {"holds": ["Gently"]}])
    def test_a_hold_has_a_kind(self, site, given):
        name = site.submit()
        with pytest.raises(Invalid, match="holds"):
            site.act(name, "hold", **given)
        assert site.state(name) == "Idle"

    def test_there_are_eight_actions(self, site):
        name = site.submit()
        with pytest.raises(NotFound, match="explode"):
            site.act(name, "explode")

    def test_jobs_that_there_are_not(self, site):
        for name in ("Moab.999", "999", "Moab.999[1]", "x"):
            with pytest.raises(NotFound, match="999|x"), site.manager() as manager:
                manager.jobs.modify(name, {"variables": {"a": "1"}}, 2)
            with pytest.raises(NotFound, match="999|x"):
                site.act(name, "cancel")

    # -- what jobs wait for

    def test_a_job_waits_for_another_and_says_so(self, site):
        first = site.submit()
        dependency = {"type": "JOBSUCCESSFULCOMPLETE", "name": first}
        name = site.submit(dependencies=[dependency])
        site.refresh()
        shown = site.shown(name)
        assert (shown["states"]["state"], shown["queueStatus"]) == ("Idle", "blocked")
        assert shown["blocks"][0]["message"]
        site.run(first)
        site.end(first)
        site.refresh()
        site.run(name)
        assert site.state(name) == "Running"

    # -- arrays

    def test_the_jobs_of_an_array_have_its_name(self, site):
        master = site.array(1, 2, 5, slotLimit=2)
        assert "ARRAYMASTER" in site.shown(master)["flags"]
        member = site.shown(f"{master}[5]")
        assert (member["arrayMasterName"], member["arrayIndex"]) == (master, 5)
        assert "ARRAYJOB" in member["flags"]

    def test_a_master_that_is_cancelled_takes_all_with_it(self, site):
        other = site.array(1, 2)
        master = site.array(1, 2)
        site.run(f"{other}[1]")
        site.act(master, "cancel")
        site.act(other, "cancel")
        site.refresh()
        assert [job["name"] for job in site.all() if job["isActive"]] == []

    def test_one_job_of_an_array_is_cancelled_alone(self, site):
        master = site.array(1, 2)
        site.act(f"{master}[2]", "cancel")
        assert site.state(f"{master}[2]") == "Removed"
        assert site.shown(f"{master}[1]")["isActive"] is True
        site.run(f"{master}[1]")

    @pytest.mark.parametrize(("given", "named"), BAD_ARRAYS)
    def test_nothing_is_kept_of_an_array_that_is_refused(self, site, given, named):
        body = {"jobPrototype": {"commandFile": site.command}, **given}
        with pytest.raises(Invalid, match=named), site.manager() as manager:
            manager.jobs.submit_array(body, 2, "amy")
        assert site.all() == []

    # -- nodes

    def test_a_node_is_modified_and_the_events_tell_of_it(self, site):
        (node, other) = site.nodes
        with site.asking("amy", "bob") as manager:
            done = manager.nodes.modify(node, {"variables": {"rack": "7"}})
        assert len(done.messages) == 1
        assert site.shown(node, collections.nodes)["variables"] == {"rack": "7"}
        assert site.shown(other, collections.nodes)["variables"] == {}
        who = {"user": "amy", "proxyUser": "bob"}
        assert site.told("nodemodify") == [(node, who)]

    @pytest.mark.parametrize(
        "given", [{}, {"name": "n9"}, {"metrics": {"temp": "hot"}}, {"messages": [{}]}]
    )
    def test_a_node_stays_as_it_is_when_its_change_is_refused(self, site, given):
        node = site.nodes[0]
        before = site.shown(node, collections.nodes)
        with pytest.raises(Invalid), site.asking() as manager:
            manager.nodes.modify(node, given)
        assert site.shown(node, collections.nodes) == before
        assert site.told("nodemodify") == []

    def test_nodes_that_there_are_not(self, site):
        with pytest.raises(NotFound, match="n9"), site.asking() as manager:
            manager.nodes.modify("n9", {"variables": {"a": "1"}})

    # -- virtual machines

    def test_a_machine_is_modified_and_the_events_tell_of_it(self, site):
        with site.may_lack("machines"):
            with site.asking("amy", "bob") as manager:
                done = manager.machines.modify(site.vm, {"variables": {"a": "1"}})
            assert len(done.messages) == 1
            assert site.shown(site.vm, collections.vms)["variables"] == {"a": "1"}
            who = {"user": "amy", "proxyUser": "bob"}
            assert site.told("vmmodify") == [(site.vm, who)]

    @pytest.mark.parametrize("any_host", [False, True])
    def test_a_migration_is_a_job_that_one_can_follow(self, site, any_host):
        host = "ANY" if any_host else site.hypervisors[1]
        with site.may_lack("machines"):
            with site.asking() as manager:
                name = manager.machines.migrate(site.vm, host)
            shown = site.shown(name)
            assert (shown["name"], shown["isActive"]) == (name, True)
            assert shown["virtualMachines"] == [{"name": site.vm}]

    def test_a_destruction_is_a_job_that_one_can_follow(self, site):
        with site.may_lack("machines"):
            with site.asking() as manager:
                name = manager.machines.destroy(site.vm)
            assert site.shown(name)["isActive"] is True

    @pytest.mark.parametrize(
        ("place", "error"), [(None, Invalid), (0, Conflict)], ids=["unknown", "same"]
    )
    def test_a_machine_stays_where_it_can_not_go(self, site, place, error):
        host = "hv9" if place is None else site.hypervisors[place]
        with site.may_lack("machines"):
            with pytest.raises(error, match=host), site.asking() as manager:
                manager.machines.migrate(site.vm, host)
            assert site.all() == []

    def test_one_thing_is_done_to_a_machine_at_a_time(self, site):
        with site.may_lack("machines"):
            with site.asking() as manager:
                name = manager.machines.migrate(site.vm, site.hypervisors[1])
            with pytest.raises(Conflict, match=name), site.asking() as manager:
                manager.machines.destroy(site.vm)
            with pytest.raises(Conflict, match=name), site.asking() as manager:
                manager.machines.migrate(site.vm, "ANY")
            assert [job["name"] for job in site.all()] == [name]

    def test_machines_that_there_are_not(self, site):
        for act in (
            lambda machines: machines.modify("vm9", {"variables": {"a": "1"}}),
            lambda machines: machines.migrate("vm9", "ANY"),
            lambda machines: machines.destroy("vm9"),
        ):
            with (
                site.may_lack("machines"),
                site.asking() as manager,
                pytest.raises(NotFound, match="vm9"),
            ):
                act(manager.machines)
        assert site.all() == []

    # -- reservations

    def test_a_reservation_is_shown_with_its_nodes(self, site):
        id = site.reserve("bob", label="mine", variables={"a": "1"})
        shown = site.shown(id, collections.reservations)
        assert (shown["id"], shown["label"]) == (id, "mine")
        assert shown["variables"] == {"a": "1"}
        assert shown["owner"] == {"name": "bob", "type": "USER"}
        assert shown["allocatedNodes"] == [{"id": site.nodes[0]}]
        assert shown["startDate"] < shown["endDate"]
        who = {"user": "amy", "proxyUser": "bob"}
        assert site.told("rsvcreate") == [(id, who)]

    def test_each_reservation_has_an_id_of_its_own(self, site):
        assert len({site.reserve() for _ in range(3)}) == 3

    def test_nothing_is_kept_of_a_reservation_that_is_refused(self, site):
        taken = site.reserve(**EXCLUSIVE)
        for error, fields in (
            (Invalid, {"hostListExpression": "n9"}),
            (Invalid, {"startDate": "2100-01-02", "endDate": "2100-01-01"}),
            (Conflict, EXCLUSIVE),
        ):
            with pytest.raises(error, match=r"\w+ \w+"):
                site.reserve(**fields)
        assert [each["id"] for each in site.all(collections.reservations)] == [taken]
        assert len(site.told("rsvcreate")) == 1

    @pytest.mark.parametrize(
        ("mode", "given", "left"),
        [
            ("set", {"b": "2"}, {"b": "2"}),
            ("set", {}, {}),
            ("add", {"b": "2"}, {"a": "1", "b": "2"}),
            ("add", {"a": None}, {"a": ""}),
            ("remove", {"a": None}, {}),
        ],
    )
    def test_variables_of_a_reservation_are_modified(self, site, mode, given, left):
        id = site.reserve(variables={"a": "1"})
        with site.manager("amy", "bob") as manager:
            made = manager.reservations.modify(id, given, mode)
        assert made["variables"] == left
        assert site.shown(id, collections.reservations)["variables"] == left
        assert site.told("rsvmodify") == [(id, {"user": "amy", "proxyUser": "bob"})]

    def test_variables_that_there_are_not_can_not_be_removed(self, site):
        id = site.reserve(variables={"a": "1"})
        with pytest.raises(Invalid, match="b"), site.manager() as manager:
            manager.reservations.modify(id, {"a": None, "b": None}, "remove")
        assert site.shown(id, collections.reservations)["variables"] == {"a": "1"}

    def test_a_reservation_that_is_released_leaves_nothing(self, site):
        id, node = site.reserve(**EXCLUSIVE), site.nodes[0]
        listed = site.shown(node, collections.nodes)["reservations"]
        assert [each["name"] for each in listed] == [id]
        with site.manager("amy", "bob") as manager:
            manager.reservations.release(id)
        with pytest.raises(NotFound):
            site.shown(id, collections.reservations)
        assert site.shown(node, collections.nodes)["reservations"] == []
        assert site.told("rsvcancel") == [(id, {"user": "amy", "proxyUser": "bob"})]
        site.reserve(**EXCLUSIVE)

    def test_reservations_that_there_are_not(self, site):
        with pytest.raises(NotFound, match=r"x\.9"), site.manager() as manager:
            manager.reservations.modify("x.9", {"a": "1"}, "set")
        with pytest.raises(NotFound, match=r"x\.9"), site.manager() as manager:
            manager.reservations.release("x.9")

    # -- what is only read

    def test_names_are_in_order_and_once(self, site):
        with site.manager() as manager:
            facts = manager.facts
            for names in (
                facts.accounts(),
                facts.classes(),
                facts.groups(),
                facts.qoses(),
                facts.users(),
                facts.metric_types(),
                facts.resource_types(),
            ):
                assert names == sorted(set(names))
                assert all(names)

    def test_what_jobs_name_is_known(self, site):
        site.submit(credentials=site.credentials)
        site.submit(credentials=site.credentials)
        site.refresh()
        with site.manager() as manager:
            facts = manager.facts
            assert site.credentials["account"] in facts.accounts()
            assert site.credentials["jobClass"] in facts.classes()
            assert site.credentials["group"] in facts.groups()
            assert site.credentials["qosRequested"] in facts.qoses()
            assert site.credentials["user"] in facts.users()

    def test_metrics_of_nodes_are_known(self, site):
        with site.asking() as manager:
            manager.nodes.modify(site.nodes[0], {"metrics": {"temperature": 40}})
        with site.manager() as manager:
            assert "temperature" in manager.facts.metric_types()
            assert "processors" not in manager.facts.resource_types()

    def test_descriptions_have_ids_of_their_own(self, site):
        with site.manager() as manager:
            facts = manager.facts
            for found in (facts.job_templates(), facts.standing_reservations()):
                ids = [each["id"] for each in found]
                assert len(ids) == len(set(ids))
            assert "DEFAULT" in [each["id"] for each in facts.job_templates()]

    # -- what is kept

    def test_a_refresh_may_be_repeated_and_may_end_early(self, site):
        site.reserve()
        self.job(site, "running")
        self.job(site, "held")
        site.array(1, 2)
        site.refresh()
        before = [site.all(), site.all(collections.reservations)]
        site.refresh()
        site.refresh(lambda: False)
        assert [site.all(), site.all(collections.reservations)] == before
