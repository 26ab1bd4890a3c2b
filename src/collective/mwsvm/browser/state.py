"""What pages and REST show of machines and jobs: the records, as plain data."""

from collective.mwsvm import site
from collective.mwsvm.content.vocabularies import machine_exists
from collective.mwsvm.models.dates import iso
from collective.mwsvm.models.jobs import Attempt
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.jobs import TRANSITIONS
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.models.machines import MOVES
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import records
from plone import api
from plone.uuid.interfaces import IUUID
from typing import Any


#: What can be asked of a machine by its state.
_POSSIBLE = {
    state: [name for name in ("start", "stop") if state in MOVES[name][0]]
    for state in MachineState
}


def moment(value: float | None) -> str | None:
    """A moment for JSON, None for none."""
    return None if value is None else iso(value)


def machine_state(vm) -> dict[str, Any]:
    """A machine's state; moments in ISO 8601, durations in seconds."""
    uid = IUUID(vm)
    with site.database().reading() as connection:
        record = machines.find(connection, uid)
        beat = machines.heartbeat(connection, uid)
        job = records.running_on(connection, uid)
    if record is None:
        record = MachineRecord(
            uid, vm.title, MachineState.UNEVALUATED, "", 0, "", 0, None, "", "", "", None,
            "", False,
        )  # fmt: skip
    return {
        "status": str(record.status),
        "reason": record.reason,
        "since": moment(record.since or None),
        "actions": possible_actions(record),
        "instance_id": record.instance_id or None,
        "instance_state": record.instance_state or None,
        "reservation_id": record.reservation_id or None,
        "last_contact": moment(beat.last_contact),
        "agent": beat.agent or None,
        "testing": bool(beat.test_hash),
        "response_time": beat.response_time,
        "current_job": job.name if job else None,
    }


def possible_actions(record: MachineRecord) -> list[str]:
    """What can be asked of a machine in its state."""
    possible = list(_POSSIBLE[record.status])
    if record.unwanted and "start" in possible:
        possible.remove("start")
    if not record.instance_id and record.status == MachineState.RUNNING:
        # Not one of ours to stop.
        possible.remove("stop")
    return possible


def job_state(record: JobRecord, runs: list[Attempt]) -> dict[str, Any]:
    """A job's state; moments in ISO 8601, durations in seconds, sizes in bytes."""
    return {
        "name": record.name,
        "status": record.state.label,
        "reason": job_reason(record),
        "since": moment(record.since),
        "actions": [
            name
            for name, move in TRANSITIONS.items()
            if not move.monitor and record.state in move.sources
        ],
        "submitted": moment(record.submitted),
        "started": moment(record.started),
        "ended": moment(record.ended),
        "exit_code": record.exit_code,
        "machine": record.running_on or record.machine or None,
        "attempt": record.attempt,
        "retries_left": record.retries_left,
        "attempts": [
            {
                "attempt": run.attempt,
                "machine": run.machine,
                "started": moment(run.started),
                "ended": moment(run.ended),
                "outcome": run.outcome,
                "exit_code": run.exit_code,
                "reason": run.reason,
                "log_kept": run.log_kept,
                "log_size": run.log_size,
            }
            for run in runs
        ],
    }


def job_reason(record: JobRecord) -> str:
    """Why the job is in its state; nobody tells a held one that its machine is gone."""
    machine = record.machine if record.state == JobState.HELD else ""
    if machine and not record.reason and not machine_exists(machine):
        return "The machine it is meant for was deleted."
    return record.reason


def state_of_job(job) -> dict[str, Any] | None:
    """The state of a Job's record; None for a job that was never queued."""
    with site.database().reading() as connection:
        record = records.of_content(connection, IUUID(job))
        runs = records.attempts_of(connection, record.id) if record else []
    return None if record is None else job_state(record, runs)


def machine_links(uids) -> dict[str, dict[str, str]]:
    """Title and URL of the machines that the present user may see, by UID."""
    found = api.content.find(portal_type="VirtualMachine", UID=list(set(uids)))
    return {
        brain.UID: {"title": brain.Title or brain.getId, "url": brain.getURL()}
        for brain in found
    }
