"""Jobs that machines take by themselves: which of them a machine may take next."""

from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.workload.scheduling import acl
from collective.mwsvm.workload.scheduling import suitability
from collective.mwsvm.workload.scheduling.access import Sight
from collective.mwsvm.workload.scheduling.access import Sights
from collective.mwsvm.workload.scheduling.decisions import Ready
from collective.mwsvm.workload.scheduling.decisions import Reason
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.sentences import amount
from collective.mwsvm.workload.scheduling.sentences import count
from collective.mwsvm.workload.scheduling.sentences import listed
from collective.mwsvm.workload.scheduling.sentences import moment
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Machine
from collective.mwsvm.workload.scheduling.world import Node
from collective.mwsvm.workload.scheduling.world import Requirement
from collective.mwsvm.workload.scheduling.world import Reservation
from collective.mwsvm.workload.scheduling.world import World


Outcome = tuple[Ready | None, Reason]


class Pulling:
    """The machines of a world. A job is ready when some machine may take it next.

    Machines know nothing of time limits, so nothing is planned for them: of the jobs that
    are ready each machine takes the first.
    """

    def __init__(self, world: World, sights: Sights):
        self._world, self._sights = world, sights
        self._machines = sorted(
            (machine for machine in world.machines if machine.agent),
            key=lambda machine: (machine.name, machine.uid),
        )
        self._by_uid = {machine.uid: machine for machine in self._machines}
        self._reserved: dict[str, list[tuple[int, Reservation]]] = {}
        for place, reservation in enumerate(world.reservations):
            for each in reservation.nodes:
                self._reserved.setdefault(each.node, []).append((place, reservation))
        self._special = any(
            machine.node is not None or machine.name in self._reserved
            for machine in self._machines
        )
        self._known: dict[tuple[object, ...], Outcome] = {}

    def decide(self, job: Job) -> Outcome:
        """Whether the job is ready, and for which machines; and what it waits for."""
        sight = self._sights.of(job)
        key = (
            job.machine,
            job.requirements,
            job.nodes_requested,
            job.nodes_policy,
            job.nodes_excluded,
            job.partitions,
            job.job_class,
            job.vm_usage,
            acl.wanted(job),
            job.limit if self._reserved else 0,
            sight,
        )
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._decide(job, sight)
        ready, reason = known
        return (ready and Ready(job.name, ready.machines)), reason

    def room(self, ready: Sequence[Ready]) -> bool:
        """Whether machines are free for all that must start together."""
        if len(ready) == 1:
            return True
        free = {
            machine.uid
            for machine in self._machines
            if machine.ready and not machine.job
        }
        for each in sorted(
            ready, key=lambda one: (not one.machines, len(one.machines))
        ):
            possible = sorted(
                free.intersection(each.machines) if each.machines else free
            )
            if not possible:
                return False
            free.remove(possible[0])
        return True

    def _decide(self, job: Job, sight: Sight) -> Outcome:
        if job.vm_usage.upper() == "REQUIREPM":
            return None, Reason(
                Why.NEVER, "It asks for a physical machine, and is for virtual ones."
            )
        machines: Iterable[Machine] = self._machines
        if job.machine:
            meant = self._by_uid.get(job.machine)
            if meant is None:
                return None, Reason(
                    Why.MACHINE, f"There is no machine {job.machine}, which it is for."
                )
            machines = (meant,)
        if not self._machines:
            return None, Reason(Why.MACHINE, "No machine takes jobs yet.")
        allowed, refused = [], []
        for machine in machines:
            why = self._unsuited(job, machine, sight)
            (refused.append((machine, why)) if why else allowed.append(machine))
        if not allowed:
            machine, why = refused[0]
            others = count(len(refused) - 1, "other machine")
            more = f", and {others} won't do either" if len(refused) > 1 else ""
            message = f"Machine {machine.name} {why.message}{more}."
            return None, Reason(why.type, message, why.earliest)
        uids: tuple[str, ...] = ()
        if self._special and (refused or job.machine):
            uids = tuple(machine.uid for machine in allowed)
        return Ready(job.name, uids), _waits(allowed)

    def _unsuited(self, job: Job, machine: Machine, sight: Sight) -> Reason | None:
        why = ""
        if machine.node is not None:
            why = suitability.of_place(job, machine.node)
            for need in job.requirements:
                why = why or suitability.of_requirement(need, machine.node)
                why = why or _lacks(need, machine.node)
        elif machine.name in job.nodes_excluded:
            why = "is excluded"
        if why:
            return Reason(Why.NEVER, why)
        now, until = self._world.now, self._world.now + job.limit
        inside = not acl.wanted(job)
        for place, reservation in self._reserved.get(machine.name, ()):
            begins = now if "ALLOWJOBOVERLAP" in reservation.flags else until
            if sight[place] is None and reservation.start <= begins:
                if reservation.start < until and reservation.end > now:
                    return Reason(
                        Why.RESERVATION,
                        f"is reserved by {reservation.name} from "
                        f"{moment(reservation.start)} to {moment(reservation.end)}",
                        reservation.end if reservation.end < 1e12 else None,
                    )
            elif acl.wanted(job) in ("*", reservation.name):
                inside |= reservation.start <= now and until <= reservation.end
        if not inside:
            return Reason(
                Why.RESERVATION,
                f"is not in the reservation {job.reservation or 'asked for'}",
            )
        return None


def _lacks(need: Requirement, node: Node) -> str:
    """What it is configured with too little of; what is not known will do."""
    for name, wanted in (("processors", need.processors), ("memory", need.memory)):
        has = node.resources.get(name)
        if has is not None and has < wanted:
            return f"has {amount(has, name)}, not {wanted}"
    return ""


def _waits(machines: list[Machine]) -> Reason:
    """What a job waits for that these machines may take."""
    free = [machine for machine in machines if machine.ready and not machine.job]
    if free:
        names = listed(machine.name for machine in free)
        return Reason(Why.READY, f"It is ready and will be taken by {names}.")
    busy = [machine for machine in machines if machine.ready]
    if len(machines) == 1:
        (machine,) = machines
        if machine.ready:
            return Reason(
                Why.MACHINE, f"It waits for {machine.name} to end {machine.job}."
            )
        return Reason(Why.MACHINE, f"It waits for {machine.name} to be started.")
    if busy:
        return Reason(
            Why.MACHINE,
            f"It waits for one of {count(len(busy), 'machine')} to get free, the first "
            f"being {busy[0].name}, which has {busy[0].job}.",
        )
    return Reason(
        Why.MACHINE,
        f"It waits for one of {count(len(machines), 'machine')} to be started.",
    )
