"""One round of decisions."""

from collective.mwsvm.workload.scheduling import dependencies
from collective.mwsvm.workload.scheduling import gates
from collective.mwsvm.workload.scheduling.access import Sights
from collective.mwsvm.workload.scheduling.book import Book
from collective.mwsvm.workload.scheduling.book import Occupant
from collective.mwsvm.workload.scheduling.decisions import BLOCKING
from collective.mwsvm.workload.scheduling.decisions import Decisions
from collective.mwsvm.workload.scheduling.decisions import Plan
from collective.mwsvm.workload.scheduling.decisions import QueueStatus
from collective.mwsvm.workload.scheduling.decisions import Ready
from collective.mwsvm.workload.scheduling.decisions import Reason
from collective.mwsvm.workload.scheduling.decisions import Start
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.diagnosis import Diagnosis
from collective.mwsvm.workload.scheduling.garbage import uncollected
from collective.mwsvm.workload.scheduling.node_order import Scores
from collective.mwsvm.workload.scheduling.order import rank
from collective.mwsvm.workload.scheduling.placing import Placing
from collective.mwsvm.workload.scheduling.placing import Taken
from collective.mwsvm.workload.scheduling.placing import Unit
from collective.mwsvm.workload.scheduling.planning import dominated
from collective.mwsvm.workload.scheduling.planning import Planning
from collective.mwsvm.workload.scheduling.planning import remember
from collective.mwsvm.workload.scheduling.pulling import Pulling
from collective.mwsvm.workload.scheduling.requests import Requests
from collective.mwsvm.workload.scheduling.sentences import listed
from collective.mwsvm.workload.scheduling.sentences import moment
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Phase
from collective.mwsvm.workload.scheduling.world import Placement
from collective.mwsvm.workload.scheduling.world import World


def schedule(world: World) -> Decisions:
    """Which jobs start, and why the others wait.

    Jobs get their turn by priority. The first that must wait for resources get a planned
    start; later ones start now only where that delays no plan (backfill).
    """
    with uncollected():
        return _Round(world).decide()


class _Round:
    """The state of a round."""

    def __init__(self, world: World):
        self.world = world
        self.now = world.now
        self.book = Book(world)
        self.sights = Sights(world)
        self.scores = Scores(self.book, world.policies.function)
        self.requests = Requests(world, self.book, self.sights, self.scores)
        self.placing = Placing(self.book)
        self.planning = Planning(self.placing, world.reservations)
        self.diagnosis = Diagnosis(self.placing, self.planning)
        self.pulling = Pulling(world, self.sights)
        active = [job for job in world.jobs if job.phase is Phase.ACTIVE]
        self.slots = gates.Slots(active)
        self.locked: dict[str, str] = {}
        self.closed = False
        self.starts: list[Start] = []
        self.uses: dict[str, dict[str, str]] = {}
        self.ready: list[Ready] = []
        self.plans: list[Plan] = []
        self.reasons: dict[str, Reason] = {}
        self.waiting: list[Unit] = []
        for job in sorted(active, key=lambda job: job.name):
            self._occupy(job)

    def _occupy(self, job: Job) -> None:
        """An active job has its nodes."""
        if not job.placements:
            return
        request = self.requests.of(job)
        by_index = {part.index: part for part in request.parts}
        limit = self.now + job.limit if job.ends is None else job.ends
        end = limit if limit > self.now else self.now + self.world.config.overrun
        for placement in job.placements:
            place = self.book.place.get(placement.node)
            part = by_index.get(placement.requirement)
            if place is None or part is None:
                continue
            self._lock(job, place)
            uses = tuple((column, n * placement.tasks) for column, n in part.need)
            occupant = self.placing.occupant(
                job, part.group.view.outlook, place, self.now, uses, end
            )
            self.book.add(place, occupant)
            self._use(occupant)
        if request.shared:
            self.placing.take_shared(job, request, self.now, end)

    def _lock(self, job: Job, place: int) -> None:
        """With ARRAYJOBPARLOCK an array stays in the partition of its first job."""
        if job.array and "ARRAYJOBPARLOCK" in job.flags:
            self.locked.setdefault(job.array, self.book.nodes[place].partition)

    def _use(self, occupant: Occupant) -> None:
        if occupant.member >= 0 and self.sights.use(occupant.member):
            self.closed = True

    def decide(self) -> Decisions:
        """Everything, in order."""
        world = self.world
        waiting = [job for job in world.jobs if job.phase is Phase.WAITING]
        waiting.sort(key=lambda job: rank(job, self.now, world.config))
        others = dependencies.of_others(world.jobs)
        eligible = []
        for job in waiting:
            reason = gates.closed(job, self.now, others)
            if reason is None:
                eligible.append(job)
            else:
                self.reasons[job.name] = reason
        for unit in self._units(waiting, eligible):
            self._turn(unit)
        for unit in self.waiting:
            reason = self.diagnosis.why(unit)
            for job in unit.jobs:
                self.reasons[job.name] = reason
        for plan in self.plans:
            self._say(plan)
        return self._decisions(waiting)

    def _units(self, waiting: list[Job], eligible: list[Job]) -> list[Unit]:
        """What starts together, in the order of the first of each."""
        groups = {
            name: names for names in dependencies.together(waiting) for name in names
        }
        open_to = {job.name: job for job in eligible} if groups else {}
        units: list[Unit] = []
        done: set[str] = set()
        asked = self.requests.of
        for job in eligible:
            names = groups.get(job.name)
            if names is None:
                units.append(Unit((job,), () if job.pulled else (asked(job),)))
                continue
            if job.name in done:
                continue
            closed = [name for name in names if name not in open_to]
            if closed:
                self.reasons[job.name] = Reason(
                    Why.DEPENDENCY,
                    f"It starts together with {listed(closed)}, which has to wait.",
                )
                continue
            done.update(names)
            members = tuple(open_to[name] for name in names)
            pulled = any(member.pulled for member in members)
            units.append(Unit(members, () if pulled else tuple(map(asked, members))))
        self.requests.seal()
        return units

    def _turn(self, unit: Unit) -> None:
        """One unit starts, or does not."""
        for number, job in enumerate(unit.jobs):
            full = self.slots.full(job, unit.jobs[:number]) if job.array else None
            if full is not None:
                for each in unit.jobs:
                    self.reasons[each.name] = full
                return
        if not unit.requests:
            self._pulled(unit)
            return
        if self.closed:
            unit = Unit(unit.jobs, tuple(map(self.requests.of, unit.jobs)))
        partition = self._partition(unit.jobs[0])
        possible = not [each for each in unit.requests if each.missing]
        found = self._find(unit, partition) if possible else None
        if found is not None:
            self._start(unit, found)
            return
        self.waiting.append(unit)
        if possible and len(self.plans) < self.world.config.plans:
            self._plan(unit, partition)

    def _partition(self, job: Job) -> str | None:
        if "ARRAYJOBPARLOCK" in job.flags:
            return self.locked.get(job.array)
        return None

    def _find(self, unit: Unit, partition: str | None) -> Taken | None:
        """Nodes for the unit, unless what asked for no more has failed before."""
        request = unit.requests[0]
        if len(unit.jobs) > 1 or len(request.parts) != 1 or partition is not None:
            return self.placing.find(unit, self.now, partition)
        (part,) = request.parts
        group = part.group
        until = group.view.until(self.now + unit.jobs[0].limit)
        vector = (*part.vector, until)
        if dominated(group.failures, vector):
            return None
        found = self.placing.find(unit, self.now)
        if found is None and not request.shared:
            remember(group.failures, vector)
        return found

    def _start(self, unit: Unit, found: Taken) -> None:
        for place, occupant in self.placing.take(unit, found, self.now):
            self._use(occupant)
            if occupant.member >= 0:
                used = self.world.reservations[occupant.member].name
                self.uses.setdefault(occupant.name, {})[self.book.nodes[place].name] = (
                    used
                )
        for job, placements in zip(
            unit.jobs, self._placements(unit, found), strict=True
        ):
            self.slots.take(job)
            if placements:
                self._lock(job, self.book.place[placements[0].node])
            self.starts.append(Start(job.name, placements))

    def _placements(self, unit: Unit, found: Taken) -> list[tuple[Placement, ...]]:
        placements: list[list[Placement]] = [[] for _ in unit.jobs]
        for number, part, rooms in found.rooms:
            placements[number] += [
                Placement(self.book.nodes[place].name, tasks, part.index)
                for place, tasks in rooms
            ]
        return [
            tuple(sorted(each, key=lambda one: one.requirement)) for each in placements
        ]

    def _plan(self, unit: Unit, partition: str | None) -> None:
        """The unit gets a start that nothing behind it may delay, if there can be one."""
        if any("NOQUEUE" in job.flags for job in unit.jobs):
            return
        request = unit.requests[0]
        part = None
        if len(unit.jobs) == 1 and len(request.parts) == 1 and not request.shared:
            (part,) = request.parts
            vector = (*part.vector, unit.jobs[0].limit)
            if partition is None and dominated(part.group.unplanned, vector):
                return
        planned = self.planning.earliest(unit, partition)
        if planned is None:
            if part is not None and partition is None:
                remember(part.group.unplanned, vector)
            return
        start, found = planned
        self.placing.take(unit, found, start)
        for job, placements in zip(
            unit.jobs, self._placements(unit, found), strict=True
        ):
            self.plans.append(Plan(job.name, start, start + job.limit, placements))

    def _pulled(self, unit: Unit) -> None:
        """Jobs for machines are ready or not; of several together, all or none."""
        outcomes = [self.pulling.decide(job) for job in unit.jobs]
        ready = [each for each, _ in outcomes if each is not None]
        for job, (_, reason) in zip(unit.jobs, outcomes, strict=True):
            self.reasons[job.name] = reason
        if len(ready) == len(unit.jobs) and self.pulling.room(ready):
            self.ready += ready
            for job in unit.jobs:
                self.slots.take(job)
        elif len(unit.jobs) > 1:
            names = listed(job.name for job in unit.jobs)
            for each in ready:
                self.reasons[each.job] = Reason(
                    Why.MACHINE, f"It waits for machines for all of {names}."
                )

    def _say(self, plan: Plan) -> None:
        reason = self.reasons[plan.job]
        where = listed(dict.fromkeys(each.node for each in plan.placements))
        message = f"{reason.message} It starts at {moment(plan.start)} at the latest"
        message += f", on {where}." if where else "."
        self.reasons[plan.job] = Reason(reason.type, message, plan.start)

    def _decisions(self, waiting: list[Job]) -> Decisions:
        status = {
            job.name: QueueStatus.ACTIVE
            for job in self.world.jobs
            if job.phase is Phase.ACTIVE
        }
        for start in self.starts:
            status[start.job] = QueueStatus.ACTIVE
        order = []
        refused: dict[str, Reason] = {}
        blocked: dict[str, Reason] = {}
        for job in waiting:
            if job.name in status:
                continue
            reason = self.reasons[job.name]
            stopped = reason.type in BLOCKING
            status[job.name] = QueueStatus.BLOCKED if stopped else QueueStatus.ELIGIBLE
            if "NOQUEUE" in job.flags and reason.type not in (
                Why.HOLD,
                Why.CONTAINER,
                Why.START_DATE,
                Why.DEPENDENCY,
                Why.READY,
            ):
                refused[job.name] = reason
                continue
            blocked[job.name] = reason
            if not stopped:
                order.append(job.name)
        return Decisions(
            tuple(self.starts),
            tuple(self.ready),
            refused,
            blocked,
            tuple(self.plans),
            tuple(order),
            status,
            tuple(self.scores.warnings),
            self.uses,
        )
