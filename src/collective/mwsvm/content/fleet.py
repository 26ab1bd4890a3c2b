"""Carry machines on: what the state of each asks for, at EC2 and in its record.

Three steps that never overlap: gather what must be known in a short transaction
(`order_for`), ask EC2 in none (`carry`), note what came of it in a short transaction
(`apply`). Each can be repeated after a crash: a launch has its ClientToken, the moves of
the record are compare-and-set.
"""

from collective.mwsvm import site
from collective.mwsvm.agent import user_data
from collective.mwsvm.cloud.ec2 import Account
from collective.mwsvm.cloud.ec2 import CloudError
from collective.mwsvm.cloud.ec2 import Ec2
from collective.mwsvm.cloud.ec2 import Launch
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.machines import MachineRecord
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.workload import losses
from collective.mwsvm.workload import machines
from collective.mwsvm.workload import records
from collective.mwsvm.workload.queue import Queue
from dataclasses import dataclass
from dataclasses import field
from plone import api
from plone.uuid.interfaces import IUUID
from typing import Any
from urllib.parse import urlsplit
import logging
import socket
import time
import transaction


logger = logging.getLogger(__name__)

#: Seconds between two looks at a reservation, says the seed.
LOOK = 10

_GONE = ("terminated", "shutting-down")


@dataclass(frozen=True)
class Order:
    """A machine to be carried on; plain data, so it outlives the transaction."""

    record: MachineRecord
    account: Account
    launch: Launch | None
    keep_disk: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it: a move of the record, if any, and what to note in it."""

    move: str = ""
    reason: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def ec2(account: Account) -> Ec2:
    """EC2 as this account sees it."""
    return Ec2(account)


def account_of(vm) -> Account:
    """Where and as whom the machine is started; holds its secret key."""
    access_key = (vm.accessKey or "").strip()
    return Account(
        region=vm.region_list or "",
        access_key=access_key,
        # One key alone is none: without the first, the other is history.
        secret_key=(vm.secretKey or "").strip() if access_key else "",
        endpoint_url=site.setting("endpoint_url") or "",
    )


def url_for_agents(vm, context=None) -> str:
    """Where an agent reaches the machine's services."""
    base = site.setting("agent_base_url")
    portal = api.portal.get()
    if not base:
        base = (
            (portal if context is None else context)
            .restrictedTraverse("@@plone_portal_state")
            .portal_url()
        )
    path = vm.getPhysicalPath()[len(portal.getPhysicalPath()) :]
    return "/".join([base.rstrip("/"), *path])


def agent_config(vm, url: str) -> dict[str, Any]:
    """What the agent must know to serve this machine; holds its token."""
    settings = site.settings()
    host = urlsplit(url).hostname or ""
    try:
        address = socket.gethostbyname(host)
    except OSError:
        # The machine's own resolver may know better.
        address = ""
    return {
        "url": url,
        "address": address,
        "token": vm.get_next_key(),
        "poll": settings.poll_interval,
        "idle_halt": settings.idle_halt,
        "lost_contact": settings.lost_contact,
    }


def request_start(vm, context=None) -> MachineRecord:
    """The machine shall be started; the worker carries on.

    Raises `Invalid` for a machine that can't be, `Conflict` for one that lives already.
    """
    if not (vm.machineImage or "").strip():
        raise Invalid("Machine image: it is empty; give the id of an image (ami-...).")
    regions = site.setting("regions") or []
    if vm.region_list not in regions:
        raise Invalid(
            f"Region: there is no {vm.region_list!r}; allowed are {', '.join(regions)}."
        )
    uid = IUUID(vm)
    with site.database().writing() as connection:
        fleet = site.machines(connection)
        fleet.register(uid, vm.title)
        return fleet.start(uid, url_for_agents(vm, context))


def request_stop(vm) -> MachineRecord:
    """The machine shall be stopped; the worker carries on. Raises `Conflict`."""
    uid = IUUID(vm)
    with site.database().writing() as connection:
        record = machines.get(connection, uid)
        if record.status == MachineState.RUNNING and not record.instance_id:
            raise Conflict(
                f"{record.title} was not started from here; stop the agent on it."
            )
        return site.machines(connection).stop(uid, "It is being stopped.")


def request_refresh(vm) -> None:
    """Have a look at EC2 soon, and test the way to the agent and back."""
    uid = IUUID(vm)
    with site.database().writing() as connection:
        site.machines(connection).refresh(uid)


def order_for(vm, record: MachineRecord) -> Order:
    """Everything that carrying the machine on takes."""
    launch = None
    if record.status == MachineState.STARTING:
        launch = Launch(
            token=f"{record.uid}-{record.launch}",
            site=site.site_id(),
            machine=record.uid,
            title=vm.title or vm.getId(),
            image=(vm.machineImage or "").strip(),
            instance_type=vm.instance_type_list or "",
            user_data=user_data(agent_config(vm, record.url)),
            subnet=(vm.subnet or "").strip(),
            security_groups=tuple(vm.security_groups or ()),
            key_name=(vm.key_name or "").strip(),
            instance_profile=(vm.instance_profile or "").strip(),
            spot=bool(vm.spot),
            shutdown="stop" if vm.keep_disk else "terminate",
        )
    return Order(record, account_of(vm), launch, bool(vm.keep_disk))


def carry(
    order: Order, cloud: Ec2, now: float, settings: Settings, patient: bool = False
) -> Outcome:
    """One step with EC2, without a transaction; its errors are part of the outcome.

    ``patient`` lets deadlines pass: nobody could call while the site was away.
    """
    record = order.record
    late = not patient and record.deadline is not None and now > record.deadline
    try:
        if record.unwanted:
            return _get_rid(order, cloud, now)
        if record.status == MachineState.STARTING:
            return _start(order, cloud, now, settings if late else None)
        if record.status == MachineState.STOPPING:
            return _stop(order, cloud, now, settings if late else None)
        return _look(order, cloud, now)
    except CloudError as error:
        seen = {"checked": now}
        if error.transient:
            return Outcome(values={**seen, "reason": str(error)})
        if record.unwanted or record.status == MachineState.RUNNING:
            return Outcome(values={**seen, "reason": str(error)})
        return Outcome("fail", str(error), {**seen, "deadline": None})


def _start(order: Order, cloud: Ec2, now: float, late: Settings | None) -> Outcome:
    record = order.record
    assert order.launch is not None
    if late:
        why = record.reason.rstrip(".") or "its agent has not called"
        return Outcome(
            "fail",
            f"It was not running {late.start_deadline} s after its start: {why}.",
            {"deadline": None, "unwanted": record.instance_id, "checked": now},
        )
    if not record.instance_id:
        instance = cloud.launch(order.launch)
        return Outcome(
            values={
                "instance_id": instance.id,
                "instance_state": instance.state,
                "checked": now,
                "kept": False,
                "reason": "",
            }
        )
    found = cloud.describe([record.instance_id]).get(record.instance_id)
    if found is None:
        # EC2 may take a moment to know its own new instances.
        return Outcome(values={"checked": now, "instance_state": "pending"})
    seen = {"checked": now, "instance_state": found.state, "reason": ""}
    if record.kept and found.state in ("stopped", "stopping"):
        if found.state == "stopped":
            cloud.start(record.instance_id)
        return Outcome(values={**seen, "kept": found.state != "stopped"})
    if found.state in (*_GONE, "stopped", "stopping"):
        reason = f"EC2 ended the instance: {found.why or found.state}."
        return Outcome("fail", reason, {**seen, "deadline": None})
    if found.state != "pending":
        seen["reservation_id"] = found.reservation
    return Outcome(values=seen)


def _look(order: Order, cloud: Ec2, now: float) -> Outcome:
    record = order.record
    if not record.instance_id:
        return Outcome(values={"checked": now})
    found = cloud.describe([record.instance_id]).get(record.instance_id)
    if found is None and not record.reservation_id:
        # EC2 may take a moment to know its own new instances.
        return Outcome(values={"checked": now})
    state = found.state if found else "terminated"
    seen = {"checked": now, "instance_state": state}
    if state in (*_GONE, "stopped", "stopping"):
        reason = f"The instance has ended: {(found.why if found else '') or state}."
        return Outcome("stopped", reason, {**seen, "kept": state == "stopped"})
    if found and state != "pending":
        seen["reservation_id"] = found.reservation
    return Outcome(values=seen)


def _stop(order: Order, cloud: Ec2, now: float, late: Settings | None) -> Outcome:
    record = order.record
    done = {"deadline": None, "checked": now}
    if not record.instance_id:
        return Outcome("stopped", "It was stopped before it was launched.", done)
    found = cloud.describe([record.instance_id]).get(record.instance_id)
    state = found.state if found else "terminated"
    done["instance_state"] = state
    if state == "terminated":
        return Outcome("stopped", "Its instance is terminated.", done)
    if state == "stopped" and order.keep_disk:
        reason = "Its instance is stopped, and its disk kept."
        return Outcome("stopped", reason, {**done, "kept": True})
    if late:
        return Outcome(
            "fail",
            f"It could not be stopped within {late.start_deadline} s: EC2 calls it "
            f"{state}.",
            {**done, "unwanted": record.instance_id},
        )
    if state not in ("shutting-down", "stopping"):
        if order.keep_disk:
            cloud.stop(record.instance_id)
        else:
            cloud.terminate(record.instance_id)
    return Outcome(values={"checked": now, "instance_state": state})


def _get_rid(order: Order, cloud: Ec2, now: float) -> Outcome:
    unwanted = order.record.unwanted
    found = cloud.describe([unwanted]).get(unwanted)
    if found is None or found.state == "terminated":
        return Outcome(values={"checked": now, "unwanted": ""})
    if found.state != "shutting-down":
        cloud.terminate(unwanted)
    return Outcome(values={"checked": now})


def apply(
    queue: Queue, fleet: machines.Machines, record: MachineRecord, outcome: Outcome
) -> None:
    """Write down what came of a step; what has changed meanwhile stands."""
    values = dict(outcome.values)
    if outcome.move:
        try:
            values["reason"] = outcome.reason
            fleet.move(record, outcome.move, **values)
        except Conflict as error:
            logger.info("machine %s: %s came too late: %s", record.uid, outcome, error)
            return
        running = records.running_on(queue.connection, record.uid)
        if running is not None:
            why = f"its machine has ended ({outcome.reason.rstrip('.')})"
            losses.lose(queue, running, why)
        return
    fleet.note(record, **values)


def carry_to_the_end(vm, sleep=None) -> MachineRecord:
    """Start the machine here and now: look every ten seconds until it is no longer
    pending. Commits before each wait, so it must not be used within a web request."""
    sleep = sleep or time.sleep
    uid = IUUID(vm)
    while True:
        with site.database().reading() as connection:
            record = machines.get(connection, uid)
        if record.status != MachineState.STARTING or record.reservation_id:
            return record
        order = order_for(vm, record)
        transaction.commit()
        if record.instance_id:
            sleep(LOOK)
        outcome = carry(order, ec2(order.account), site.clock(), site.settings())
        with site.database().writing() as connection:
            apply(site.queue(connection), site.machines(connection), record, outcome)
        transaction.commit()
