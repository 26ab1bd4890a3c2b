"""Why jobs that could start but for resources don't, in sentences."""

from collective.mwsvm.workload.scheduling import node_access
from collective.mwsvm.workload.scheduling import suitability
from collective.mwsvm.workload.scheduling.decisions import Reason
from collective.mwsvm.workload.scheduling.decisions import Why
from collective.mwsvm.workload.scheduling.placing import Placing
from collective.mwsvm.workload.scheduling.placing import Unit
from collective.mwsvm.workload.scheduling.planning import Planning
from collective.mwsvm.workload.scheduling.requests import Group
from collective.mwsvm.workload.scheduling.requests import Part
from collective.mwsvm.workload.scheduling.requests import Request
from collective.mwsvm.workload.scheduling.requests import Suited
from collective.mwsvm.workload.scheduling.sentences import amount
from collective.mwsvm.workload.scheduling.sentences import count
from collective.mwsvm.workload.scheduling.sentences import listed
from collective.mwsvm.workload.scheduling.sentences import moment
from collective.mwsvm.workload.scheduling.spreading import fit
from collective.mwsvm.workload.scheduling.spreading import rooms
from collective.mwsvm.workload.scheduling.spreading import spread
from math import inf


class Diagnosis:
    """Looks at the book as it is after all starts of a round."""

    def __init__(self, placing: Placing, planning: Planning):
        self._placing, self._planning = placing, planning
        self._book = placing.book
        self._parts: dict[tuple[int, int], Reason] = {}
        self._most: dict[Suited, list[tuple[int, int]]] = {}
        self._ends: dict[Suited, str] = {}

    def why(self, unit: Unit) -> Reason:
        """What the unit waits for."""
        request = unit.requests[0]
        alone = len(unit.jobs) == 1 and len(request.parts) == 1
        if alone and not request.shared and not request.missing:
            return self._of(request.parts[0], unit.jobs[0].limit)
        for request in unit.requests:
            if request.missing:
                names = listed(request.missing)
                return Reason(
                    Why.NEVER, f"It asks for {names}, which no node and no pool has."
                )
        found = None
        for job, request in zip(unit.jobs, unit.requests, strict=True):
            for part in request.parts:
                reason = self._of(part, job.limit)
                if reason.type in (Why.NEVER, Why.NODE_STATE):
                    return reason
                if found is None or found.message == _LAST:
                    found = reason
        for request in unit.requests:
            short = self._shared(request)
            if short is not None:
                return short
        if found is None or (found.message == _LAST and len(unit.jobs) > 1):
            names = listed(job.name for job in unit.jobs)
            return Reason(
                Why.RESOURCES,
                f"There is no room for {names} to start at the same time.",
            )
        return found

    def _of(self, part: Part, limit: int) -> Reason:
        """What the part waits for, which is the same for alike parts that end alike."""
        key = id(part), part.group.view.until(self._book.now + limit)
        reason = self._parts.get(key)
        if reason is None:
            reason = self._parts[key] = self._part(part, limit)
        return reason

    def _shared(self, request: Request) -> Reason | None:
        if not request.shared:
            return None
        book, place = self._book, self._book.shared
        now = self._placing.shared(request, book.now, book.now + 1)
        for column, wanted in request.shared:
            name, there = book.names[column], book.capacity[column][place]
            if wanted > there:
                return Reason(
                    Why.NEVER,
                    f"It asks for {amount(wanted, name)}, and there is only {there}.",
                )
            if wanted > now[column]:
                return Reason(
                    Why.RESOURCES,
                    f"It waits for {amount(wanted, name)}: "
                    f"{now[column]} {'is' if now[column] == 1 else 'are'} free"
                    f"{self._until(place)}.",
                )
        return None

    def _part(self, part: Part, limit: int) -> Reason:
        group, book = part.group, self._book
        if group.view.outlook.wanted == ():
            asked = group.job.reservation or "of which it may use the resources"
            return Reason(
                Why.RESERVATION,
                f"It must run in the reservation {asked}: there is none that it may use.",
            )
        if not group.candidates and not group.absent:
            return Reason(Why.NEVER, f"No node suits it: {self._unsuited(group)}.")
        if not self._planning.ever(part):
            return self._too_much(part)
        for column, wanted in part.need:
            place, most = self._largest(group)[column]
            if group.view.outlook.overcommit:
                most += book.extra[column][place]
            if most < wanted:
                name = book.names[column]
                return Reason(
                    Why.RESOURCES,
                    f"It waits for {amount(wanted, name)}: node {book.nodes[place].name} "
                    f"has {max(0, most)} free{self._until(place)}, and none has more.",
                )
        shape = part.tasks, group.each, group.count
        for pool in group.pools.values():
            room = fit(part.need, book.free, pool.nodes, group.most, *shape)
            if room:
                return self._kept(part, [place for place, _ in room], limit)
        return self._not_enough(part)

    def _not_enough(self, part: Part) -> Reason:
        group, book = part.group, self._book
        room = sum(
            min(most, part.tasks)
            for _, most in rooms(part.need, book.free, group.candidates, group.most)
        )
        each = self._each(part)
        wanted = f"{count(part.tasks, 'task')} of {each}"
        shape = ""
        if group.count:
            shape = f" on {count(group.count, 'node')}"
        elif group.each:
            shape = f", {group.each} to a node"
        return Reason(
            Why.RESOURCES,
            f"It waits for room for {wanted}{shape}: there is room for {room} now"
            f"{self._next(group)}.",
        )

    def _too_much(self, part: Part) -> Reason:
        group, book = part.group, self._book
        absent = [
            f"{book.nodes[place].name} {suitability.unusable(book.nodes[place])}"
            for place in group.absent
        ]
        every = sorted((*group.candidates, *group.absent))
        room = list(rooms(part.need, book.empty, every, group.most))
        if absent and spread(room, part.tasks, group.each, group.count) is not None:
            return Reason(Why.NODE_STATE, f"It waits for nodes: {listed(absent)}.")
        each = self._each(part)
        there = sum(min(most, part.tasks) for _, most in room)
        where = f" on {count(group.count, 'node')}" if group.count else ""
        verb = "has" if len(every) == 1 else "have"
        return Reason(
            Why.NEVER,
            f"It asks for {count(part.tasks, 'task')} of {each}{where}: the "
            f"{count(len(every), 'node')} that could be used {verb} room for "
            f"{count(there, 'task')} when empty.",
        )

    def _unsuited(self, group: Group) -> str:
        """What nodes lack, by how many lack it, each with an example."""
        nodes: dict[str, list[str]] = {}
        for node in self._book.nodes[: self._book.shared]:
            why = suitability.unsuited(group.job, group.need, node)
            nodes.setdefault(why, []).append(node.name)
        if not nodes:
            return "there are no nodes"
        return listed(
            f"{names[0]}{f', like {len(names) - 1} more,' if names[1:] else ''} {why}"
            for why, names in sorted(
                nodes.items(), key=lambda one: (-len(one[1]), one[0])
            )
        )

    def _largest(self, group: Group) -> list[tuple[int, int]]:
        """By column, the node with most of it free, and how much."""
        found = self._most.get(group.suited)
        if found is None:
            found = []
            for column in self._book.free:
                place = max(group.candidates, key=lambda at: (column[at], -at))
                found.append((place, column[place]))
            self._most[group.suited] = found
        return found

    def _kept(self, part: Part, places: list[int], limit: int) -> Reason:
        """Who keeps the job from nodes that would have room for it now."""
        group, book = part.group, self._book
        outlook, end = group.view.outlook, book.now + limit
        for place in places:
            name = book.nodes[place].name
            policy = book.policy(outlook.policy, place)
            for other in book.occupants[place]:
                if other.start > book.now:
                    continue
                if not node_access.compatible(
                    policy, outlook.tenant, other.policy, other.tenant
                ):
                    strict = other.policy if policy == "SHARED" else policy
                    return Reason(
                        Why.NODE_ACCESS,
                        f"Node {name} has room, but {other.name} is on it, and the node "
                        f"access policy {strict} keeps them apart{self._until(place)}.",
                    )
            for held in book.held[place]:
                if outlook.sight[held.place] is not None:
                    continue
                late = held.start > book.now and held.from_start_only
                if held.start < end and held.end > book.now and not late:
                    reservation = self._planning.reservations[held.place]
                    return Reason(
                        Why.RESERVATION,
                        f"Node {name} has room, but is reserved by {reservation.name} from "
                        f"{moment(held.start)} to {moment(held.end)}, and the job may not "
                        "use that.",
                        held.end if len(places) == 1 and held.end < inf else None,
                    )
            for other in book.occupants[place]:
                if book.now < other.start < end:
                    return Reason(
                        Why.PRIORITY,
                        f"Node {name} has room, but {other.name} comes first and starts "
                        f"there at {moment(other.start)}, before this job would end.",
                    )
        if outlook.wanted is not None:
            return Reason(
                Why.RESERVATION,
                "It waits for its reservation to be active and to have room for it.",
            )
        return Reason(Why.RESOURCES, _LAST)

    def _each(self, part: Part) -> str:
        """What a task takes, in words."""
        names = self._book.names
        return listed(
            amount(number, names[column]) if names[column] else "nothing"
            for column, number in part.need
        )

    def _until(self, place: int) -> str:
        """Until when nothing on the node changes, if it is known."""
        now = self._book.now
        ends = [
            other.end
            for other in self._book.occupants[place]
            if other.start <= now and other.end < inf
        ]
        return f" until {moment(min(ends))}" if ends else ""

    def _next(self, group: Group) -> str:
        known = self._ends.get(group.suited)
        if known is None:
            known = self._ends[group.suited] = self._first_end(group)
        return known

    def _first_end(self, group: Group) -> str:
        now = self._book.now
        ends = [
            other.end
            for place in group.candidates
            for other in self._book.occupants[place]
            if other.start <= now and other.end < inf
        ]
        return f", and the next job ends by {moment(min(ends))}" if ends else ""


_LAST = "There is no room for all that it needs at the same time."
