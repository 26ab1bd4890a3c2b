"""What each job sees of the reservations, found once for all jobs that see the same."""

from collections.abc import Sequence
from collective.mwsvm.workload.scheduling import acl
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Reservation
from collective.mwsvm.workload.scheduling.world import World


#: For each reservation, how much a job is drawn to it; None where it may not in.
Sight = tuple[int | None, ...]

#: Less than any affinity.
_CLOSED = -2


class Sights:
    """How jobs see the reservations of a world; equal sights are the same object.

    Reservations whose rules are only about credentials are looked at once for each
    combination of these, others once for each job.
    """

    def __init__(self, world: World):
        self.reservations: Sequence[Reservation] = world.reservations
        self._now = world.now
        self._cluster = world.config.cluster
        self._common = [
            place for place, each in enumerate(self.reservations) if _is_common(each)
        ]
        own = set(range(len(self.reservations))) - set(self._common)
        self._own = sorted(own)
        self._rules = [
            (number, acl.kind(rule), rule)
            for number, place in enumerate(self._common)
            for rule in self.reservations[place].acl
        ]
        self._types = sorted({kind for _, kind, _ in self._rules})
        self._by_value: dict[tuple[str, str], list[int]] = {}
        self._excluded = frozenset(
            name
            for place in self._common
            for name in self.reservations[place].excluded_jobs
        )
        self._by_name = any("BYNAME" in each.flags for each in self.reservations)
        self._used: set[int] = set()
        self._single = frozenset(
            place
            for place, each in enumerate(self.reservations)
            if "SINGLEUSE" in each.flags
        )
        self._known: dict[tuple[str, ...], tuple[int | None, ...]] = {}
        self._same: dict[Sight, Sight] = {(): ()}

    def of(self, job: Job) -> Sight:
        """How the job sees them."""
        if not self.reservations:
            return ()
        key = (
            job.user,
            job.group,
            job.account,
            job.job_class,
            job.qos,
            job.name if job.name in self._excluded else "",
            acl.wanted(job) if self._by_name else "",
        )
        common = self._known.get(key)
        if common is None:
            common = self._by_credentials(job)
            common = self._known[key] = self._same.setdefault(common, common)
        if self._own or self._used:
            seen: list[int | None] = [None] * len(self.reservations)
            for place, how in zip(self._common, common, strict=True):
                seen[place] = how
            for place in self._own:
                seen[place] = self._look(place, job)
            for place in self._used:
                seen[place] = None
            common = tuple(seen)
            return self._same.setdefault(common, common)
        return common

    def _by_credentials(self, job: Job) -> tuple[int | None, ...]:
        """How the job sees reservations whose rules are about credentials."""
        best = [_CLOSED] * len(self._common)
        for kind in self._types:
            best = list(map(max, best, self._by_type(kind, job)))
        for number, place in enumerate(self._common):
            if best[number] > _CLOSED and not acl.lets(self.reservations[place], job):
                best[number] = _CLOSED
        return tuple(None if how == _CLOSED else how for how in best)

    def _by_type(self, kind: str, job: Job) -> list[int]:
        key = kind, acl.credential(kind, job)
        known = self._by_value.get(key)
        if known is None:
            known = self._by_value[key] = [_CLOSED] * len(self._common)
            for number, of_kind, rule in self._rules:
                if of_kind == kind and acl.matches(rule, job, self._now, self._cluster):
                    known[number] = max(known[number], acl.draws(rule))
        return known

    def use(self, place: int) -> bool:
        """A job uses the reservation; whether that closes it for all others."""
        if place in self._single and place not in self._used:
            self._used.add(place)
            return True
        return False

    def _look(self, place: int, job: Job) -> int | None:
        return acl.affinity(self.reservations[place], job, self._now, self._cluster)


def _is_common(reservation: Reservation) -> bool:
    return all(acl.kind(rule) in acl.CREDENTIALS for rule in reservation.acl)
