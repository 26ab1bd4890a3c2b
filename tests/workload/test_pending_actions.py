"""Which jobs are pending actions, and of which type."""

from collective.mwsvm.database.matcher import matches
from collective.mwsvm.models.pending_actions import MAPPINGS
from collective.mwsvm.workload.pending_actions import actions
from collective.mwsvm.workload.pending_actions import candidates
from collective.mwsvm.workload.settings import WorkloadSettings
import pytest


#: The names of templates for generic system jobs.
GENERIC = {*MAPPINGS, "myCustomVM-setup", "backup"}


def job(name="Moab.1", **fields):
    """The parts of a job's document that matter here."""
    return {
        "name": name,
        "isActive": True,
        "systemJobType": None,
        "templates": [{"name": "DEFAULT"}],
        **fields,
    }


def template(name, /, **fields):
    return job(templates=[{"name": "DEFAULT"}, {"name": name}], **fields)


def found(*jobs, **settings):
    given = WorkloadSettings(**settings)
    query = candidates(GENERIC, given)
    chosen = [item for item in jobs if matches(item, query)]
    # What the query leaves out is nothing.
    assert list(actions([j for j in jobs if j["isActive"]], GENERIC, given)) == list(
        actions(chosen, GENERIC, given)
    )
    return list(actions(chosen, GENERIC, given))


def types(*jobs, **settings):
    return [
        (action["id"], action["pendingActionType"])
        for action in found(*jobs, **settings)
    ]


@pytest.mark.parametrize("end, kind", MAPPINGS.items())
def test_the_guides_mappings(end, kind):
    assert types(job(f"Moab.1.{end}")) == [(f"Moab.1.{end}", kind)]
    # The id of a job whose own name does not say it gets the template's name.
    assert types(template(end)) == [(f"Moab.1.{end}", kind)]
    assert types(template(end, name=f"Moab.2.{end}")) == [(f"Moab.2.{end}", kind)]


def test_other_jobs_are_none():
    assert types(job(), job("Moab.2"), template("genericVM")) == []
    assert types(job("genericVM-setup.1")) == []


def test_what_has_ended_is_not_pending():
    done = {"isActive": False}
    jobs = [job("vmcreate-1", systemJobType="vmcreate", **done)]
    assert types(*jobs, template("genericVM-setup", **done)) == []


@pytest.mark.parametrize(
    "said, kind",
    [
        ("vmcreate", "VMCREATE"),
        ("VMMIGRATE", "VMMIGRATE"),
        ("vm_destroy", "VMDESTROY"),
        ("poweron", "POWERON"),
        ("powerOff", "POWEROFF"),
        ("reset", "RESET"),
        ("osprovision", "OSPROVISION"),
        ("generic", "GENERIC"),
        ("something", "GENERIC"),
    ],
)
def test_system_jobs_say_what_they_are(said, kind):
    assert types(job("vmjob-1", systemJobType=said)) == [("vmjob-1", kind)]


def test_a_generic_system_job_is_what_its_id_ends_with():
    jobs = [job("Moab.1.genericVM-setup", systemJobType="generic")]
    assert types(*jobs) == [("Moab.1.genericVM-setup", "VMCREATE")]


def test_a_template_without_a_mapping_is_generic_and_can_be_left_out():
    assert types(template("backup")) == [("Moab.1.backup", "GENERIC")]
    mapped = template("genericPM-setup", name="Moab.2")
    assert types(template("backup"), mapped, display_generic=False) == [
        ("Moab.2.genericPM-setup", "OSPROVISION")
    ]


def test_the_first_mapping_that_fits_counts():
    mappings = {"VM-setup": "STORAGE", **MAPPINGS}
    assert types(template("myCustomVM-setup"), mappings=mappings) == [
        ("Moab.1.myCustomVM-setup", "STORAGE")
    ]
    assert types(job("x.genericVM-setup"), mappings=mappings) == [
        ("x.genericVM-setup", "STORAGE")
    ]


def test_without_mappings_all_are_generic():
    assert types(template("genericVM-setup"), mappings={}) == [
        ("Moab.1.genericVM-setup", "GENERIC")
    ]


def test_names_in_mappings_are_taken_literally():
    mappings = {"a.b(c": "RESET"}
    assert types(job("1.a.b(c"), job("1.axb(c"), mappings=mappings) == [
        ("1.a.b(c", "RESET")
    ]


def test_an_action_says_what_its_job_is_about():
    (action,) = found(
        job(
            "vmmigrate-3",
            systemJobType="vmmigrate",
            credentials={"user": "root"},
            dates={"startDate": "2011-11-15 21:57:55 UTC"},
            duration=3600,
            holdReason="no hypervisor",
            requirements=[
                {"image": None, "nodes": [{"name": "hv3"}, {"name": "hv3"}]},
                {"image": None, "nodes": [{"name": "hv4"}]},
            ],
            states={"state": "UserHold", "subState": "copying"},
            variables={
                "migrationSource": "hv1",
                "migrationDestination": "hv3",
                "serviceId": "s",
                "topLevelServiceId": "t",
                "targetOS": "centos",
            },
            virtualMachines=[{"name": "vm8"}],
        )
    )
    assert action == {
        "failureDetails": "no hypervisor",
        "hosts": ["hv3", "hv4"],
        "id": "vmmigrate-3",
        "maxDurationInSeconds": 3600,
        "migrationDestination": "hv3",
        "migrationSource": "hv1",
        "motivation": "requested by root",
        "pendingActionState": "USER_HOLD",
        "pendingActionType": "VMMIGRATE",
        "requester": "root",
        "serviceId": "s",
        "startTime": "2011-11-15 21:57:55 UTC",
        "substate": "copying",
        "targetOS": "centos",
        "topLevelServiceId": "t",
        "vmId": "vm8",
    }


def test_what_a_job_does_not_say_is_empty():
    (action,) = found(job("vmcreate-1", systemJobType="vmcreate"))
    assert action["pendingActionState"] == "UNKNOWN"
    assert (action["hosts"], action["vmId"], action["startTime"]) == ([], "", None)
    provisioned = template("genericPM-setup", requirements=[{"image": "centos"}])
    assert found(provisioned)[0]["targetOS"] == "centos"
