"""``/rest/plugins/<id|all>/rm``: what a resource manager asks and tells (guide 6.3)."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.inventory import cluster_query
from collective.mwsvm.inventory import Inventory
from collective.mwsvm.inventory import workload_query
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.plugin_control.rm_events import arguments_of
from collective.mwsvm.plugin_control.rm_events import Outcome
from collective.mwsvm.plugin_control.rm_events import PATHS
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.call import Streamed
from collective.mwsvm.resources.declare import operation


#: Stands for all plug-ins.
ALL = "all"

TEXT = {"Content-Type": "text/plain;charset=utf-8"}


class ResourceManager:
    """Plug-ins as a resource manager of Moab's, in its own language, Wiki."""

    name = "plugins"
    one = "RM query or event"
    many = "RM queries and events"

    def __init__(self, call: Call) -> None:
        self.call = call
        self.control = call.plugins

    @operation("Show", "{key}/rm/cluster-query", alone=True, produces=("text/plain",))
    def cluster_query(self, key: str) -> Reply:
        """Get the nodes and virtual machines that a plugin, or all, report, as Wiki"""
        return self._streamed(key, cluster_query)

    @operation("Show", "{key}/rm/workload-query", alone=True, produces=("text/plain",))
    def workload_query(self, key: str) -> Reply:
        """Get the jobs that a plugin, or all, report, as Wiki"""
        return self._streamed(key, workload_query)

    @operation(
        "Save",
        "{key}/rm/{event}",
        alone=True,
        shapeless=True,
        produces=("text/plain",),
        success=200,
    )
    def send(self, key: str, event: str) -> Reply:
        """Send an event of the resource manager to a plugin, or to all"""
        name = PATHS.get(event)
        if name is None:
            known = ", ".join(sorted(PATHS))
            raise NotFound(f"There is no RM event '{event}'; there are {known}")
        arguments = arguments_of(name, self.call.object())
        outcome = self.control.rm_events.send(name, arguments, self._only(key))
        return Reply(_answer(event, outcome).encode(), headers=TEXT)

    def _only(self, key: str) -> str | None:
        if key == ALL:
            return None
        return str(self.control.instances.get(key)["id"])

    def _streamed(
        self, key: str, query: Callable[[Inventory, str | None], Iterator[str]]
    ) -> Reply:
        only, context = self._only(key), self.control.context

        def chunks() -> Iterator[str]:
            with context.database.reading() as connection:
                for line in query(context.inventory(connection), only):
                    yield f"{line}\n"

        return Reply(Streamed(chunks), headers=TEXT)


def _answer(event: str, outcome: Outcome) -> str:
    # One line, as Moab reads it; what was asked for follows.
    said = "; ".join(" ".join(failure.split()) for failure in outcome.failures)
    if outcome.success:
        done = ", ".join(outcome.done)
        also = f" ({said})" if said else ""
        lines = [f"SC=0 RESPONSE={event} was done by {done}{also}", *outcome.values]
    else:
        lines = [f"SC=1 RESPONSE={said or f'No started plugin handles {event}'}"]
    return "\n".join(lines) + "\n"
