"""What is done to virtual machines takes its time: the steps of the system jobs.

A step is taken outside of transactions, again and again until the job has ended; it may
be repeated after a crash.
"""

from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.machines import ALIVE
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.workload.interface import SystemJob
from collective.mwsvm.workload.rm_changes import reporters
from collective.mwsvm.workload.rm_changes import Send
from dataclasses import dataclass
from typing import Any


Json = dict[str, Any]

MIGRATE = "vmmigrate"
DESTROY = "vmdestroy"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job went."""

    ok: bool
    message: str


def migrate_arguments(vm: Json, host: str, reason: str = "") -> Json:
    """The arguments of a machine's migration to the node ``host``.

    ``reason`` says in a sentence why it shall move, if it is not somebody who wants it.
    """
    source = (vm["host"] or {}).get("name")
    found = {"source": source, "host": host, "reason": reason}
    return {name: value for name, value in found.items() if value}


def destroy_arguments(machine: MachineRecord | None) -> Json:
    """The arguments of a destruction; ``machine`` is the record of one of a cloud."""
    return {} if machine is None else {"machine": machine.uid, "launch": machine.launch}


def target(vm: Json) -> str:
    """How plug-ins call a machine: with its host, as Moab does."""
    host = vm["host"]
    return f"{host['name']}:{vm['name']}" if host else str(vm["name"])


def step(
    job: SystemJob, vm: Json | None, machine: MachineRecord | None, send: Send
) -> Ended | None:
    """Carry a job on; None: it has not ended.

    ``vm`` is the machine's document, ``machine`` its record if it is one of a cloud;
    None where there is none any more.
    """
    if job.kind == MIGRATE:
        return _migrate(job, vm, send)
    if "machine" in job.arguments:
        return _terminated(job, machine)
    return _destroy(job, vm, send)


def _migrate(job: SystemJob, vm: Json | None, send: Send) -> Ended:
    host = job.arguments["host"]
    if vm is None:
        return Ended(False, f"The virtual machine '{job.vm}' is gone")
    if (vm["host"] or {}).get("name") == host:
        return Ended(True, f"The virtual machine '{job.vm}' is on the host '{host}'")
    by, why = _first(vm, "virtualMachineMigrate", [job.vm, host, job.name], send)
    if by is None:
        return Ended(
            False, f"No plugin has migrated the virtual machine '{job.vm}'{why}"
        )
    return Ended(True, f"{by} has migrated the virtual machine '{job.vm}' to '{host}'")


def _destroy(job: SystemJob, vm: Json | None, send: Send) -> Ended:
    if vm is None:
        return Ended(True, f"The virtual machine '{job.vm}' is gone")
    properties = {
        "operation": "node:destroy",
        "vm": target(vm),
        "operationid": job.name,
    }
    by, why = _first(vm, "systemModify", [properties], send)
    if by is None:
        return Ended(
            False, f"No plugin has destroyed the virtual machine '{job.vm}'{why}"
        )
    return Ended(True, f"{by} has destroyed the virtual machine '{job.vm}'")


def _terminated(job: SystemJob, machine: MachineRecord | None) -> Ended | None:
    if machine is None:
        return Ended(True, f"The machine '{job.vm}' was deleted")
    alive = machine.unwanted or machine.status in ALIVE
    if alive and machine.launch == job.arguments["launch"]:
        return None
    return Ended(True, f"The instance of the machine '{job.vm}' is terminated")


def _first(
    vm: Json, event: str, arguments: list[Any], send: Send
) -> tuple[str | None, str]:
    # It must not be done twice: the first plug-in that does it is the last one asked.
    failures: list[str] = []
    for plugin in reporters(vm):
        try:
            outcome = send(event, arguments, plugin)
        except NotFound:
            continue
        if outcome.done:
            return outcome.done[0], ""
        failures.extend(outcome.failures)
    return None, f" ({'; '.join(failures)})" if failures else ""
