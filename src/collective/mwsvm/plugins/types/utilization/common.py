"""What both types do at each poll: ask, count, send one sample."""

from collections.abc import Mapping
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import IMoabRestService
from collective.mwsvm.plugins import IPluginDatastoreService
from collective.mwsvm.plugins import MoabRestResponse
from collective.mwsvm.plugins import NodeReportState
from collective.mwsvm.plugins import Params
from collective.mwsvm.plugins.types.utilization.kinds import CONSTRAINTS
from collective.mwsvm.plugins.types.utilization.kinds import Kind
from collective.mwsvm.plugins.types.utilization.levels import memory_utilization
from collective.mwsvm.plugins.types.utilization.levels import Sample
from collective.mwsvm.plugins.types.utilization.levels import Thresholds
from collective.mwsvm.plugins.types.utilization.objects import Fields
from collective.mwsvm.plugins.types.utilization.objects import Json
from collective.mwsvm.plugins.types.utilization.objects import messages
from collective.mwsvm.plugins.types.utilization.objects import number
from collective.mwsvm.plugins.types.utilization.objects import results
from collective.mwsvm.plugins.types.utilization.objects import value
from collective.mwsvm.plugins.types.utilization.problems import Problems
from typing import Any
from typing import ClassVar


REPORTS = "/rest/reports"

# Up is what a resource manager says who leaves it to others how busy a node is.
_USUAL = frozenset(
    NodeReportState[name] for name in ("RUNNING", "BUSY", "IDLE", "UP", "DOWN")
)


class UtilizationReporting(AbstractPlugin):
    """The base of both types; ``kind`` says which it is."""

    kind: ClassVar[Kind]
    constraints: ClassVar[Mapping[str, Mapping[str, Any]]] = CONSTRAINTS

    moabRestService: IMoabRestService
    pluginDatastoreService: IPluginDatastoreService

    def poll(self) -> None:
        """Send one sample; see the type's page in the reference.

        What goes wrong with a request or an object is told by an event and in the log,
        and never raised.
        """
        problems = Problems(self, self.kind, self.moabRestService)
        if not self._report_exists(problems):
            return
        version = 2 if self.moabRestService.isAPIVersionSupported(2) else 1
        fields = self.kind.fields[version]
        response = self.moabRestService.get(self.kind.url, params=fields.query())
        if not response.isSuccess():
            problems.failed(self.kind.query_failure, "query.error", response)
            return
        objects = results(response)
        sample = self._sample(objects, fields, problems)
        if objects and not sample.total:
            self.log.warn(
                f"No sample for {self.kind.report}: there is nothing to count"
            )
        else:
            self._send(sample, problems)

    def recreateReport(self, params: Params) -> dict[str, list[str]]:
        """Delete the report with all it holds, and create it as it is configured now.

        Answers ``{"messages": [...]}``.
        """
        report = self.kind.report
        self.moabRestService.delete(f"{REPORTS}/{report}")
        response = self._create()
        if response.isSuccess():
            return {"messages": [self._text("recreateReport.success", report)]}
        failure = self._text("recreateReport.failure", report)
        return {"messages": [failure, *messages(response)]}

    def _centers(
        self, objects: list[Json], fields: Fields, problems: Problems
    ) -> dict[str, str | None]:
        """The data center of each object, by the object's name."""
        raise NotImplementedError

    # -- the report

    def _report_exists(self, problems: Problems) -> bool:
        """Whether it is there, created now if need be."""
        response = self.moabRestService.get(f"{REPORTS}/{self.kind.report}")
        if response.status != 404:
            return True
        response = self._create()
        if not response.isSuccess():
            problems.failed(self.kind.creation_failure, "report.error", response)
        return response.isSuccess()

    def _create(self) -> MoabRestResponse:
        return self.moabRestService.post(
            f"{REPORTS}/",
            data={
                "name": self.kind.report,
                "description": self.kind.description,
                "consolidationFunction": "average",
                "datapointDuration": self.config.get("reportConsolidationDuration"),
                "reportSize": self.config.get("reportSize"),
                "keepSamples": False,
                "reportDocumentSize": self.config.get("reportDocumentSize"),
            },
        )

    def _send(self, sample: Sample, problems: Problems) -> None:
        response = self.moabRestService.post(
            f"{REPORTS}/{self.kind.report}/samples",
            data={"agent": self.kind.agent, "data": sample.data()},
        )
        if not response.isSuccess():
            problems.failed(self.kind.sample_failure, "sample.error", response)

    # -- the objects

    def _sample(
        self, objects: list[Json], fields: Fields, problems: Problems
    ) -> Sample:
        sample = Sample(self._thresholds("cpu"), self._thresholds("memory"))
        centers = self._centers(objects, fields, problems)
        for center in centers.values():
            if center:
                sample.know(center)
        collection = self.kind.collection
        known = {
            entry.get("name"): entry.get("lastUpdatedDate")
            for entry in self.pluginDatastoreService.getCollection(collection) or []
        }
        seen: dict[str, Any] = {}
        for document in objects:
            name = value(document, fields.name)
            if not name:
                problems.error("name.null", "")
                continue
            seen[name] = updated = value(document, fields.updated)
            if updated is not None and known.get(name) == updated:
                problems.warning("notUpdated", name, updated)
                continue
            used = self._used(name, document, fields, problems)
            if used is not None:
                sample.add(*used, centers.get(name))
        self._remember(seen, known)
        return sample

    def _used(
        self, name: str, document: Json, fields: Fields, problems: Problems
    ) -> tuple[float, float] | None:
        """CPU and memory in use, in percent; None if the object is not to be counted."""
        given = value(document, fields.state)
        state = NodeReportState.parse(given) if given else None
        if state is None:
            problems.error("state.null", name)
            return None
        if state is NodeReportState.DOWN:
            return None
        if state not in _USUAL:
            problems.warning("state.invalid", name, given)
        cpu = number(document, fields.cpu)
        total = number(document, fields.total_memory)
        available = number(document, fields.available_memory)
        if cpu is None:
            problems.error("cpuUtilization.null", name)
        elif total is None:
            problems.error("totalMemory.null", name)
        elif total <= 0:
            problems.error("totalMemory.zero", name)
        elif available is None:
            problems.error("availableMemory.null", name)
        else:
            return cpu, memory_utilization(total, available)
        return None

    def _remember(self, seen: dict[str, Any], known: dict[Any, Any]) -> None:
        if seen == known:
            return
        self.pluginDatastoreService.clearCollection(self.kind.collection)
        if seen:
            self.pluginDatastoreService.addData(
                self.kind.collection,
                [{"name": name, "lastUpdatedDate": at} for name, at in seen.items()],
            )

    def _thresholds(self, kind: str) -> Thresholds:
        low, high = (
            self.config.get(f"{kind}{end}Threshold", default)
            for end, default in (("Low", 25.0), ("High", 75.0))
        )
        return Thresholds(low, high)

    def _text(self, code: str, *arguments: Any) -> str:
        full = f"{self.kind.prefix}.{code}.message"
        return self.message({"code": full, "args": list(arguments)})
