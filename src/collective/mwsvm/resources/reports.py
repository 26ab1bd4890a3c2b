"""``/rest/reports`` with samples and datapoints (guide 4.20)."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.reports import Datapoint
from collective.mwsvm.models.reports import MadeReport
from collective.mwsvm.models.reports import NewReport
from collective.mwsvm.models.reports import Report
from collective.mwsvm.models.reports import Sample
from collective.mwsvm.models.reports import ShownReport
from collective.mwsvm.reporting.store import ReportStore
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.documents import DocumentResource


#: So many samples can come with one request.
MANY = 10_000


class Reports(DocumentResource):
    """Numbers over time: reports are made of datapoints, datapoints of samples."""

    name = "reports"
    one = "report"
    many = "reports"
    model = Report
    documents = collections.reports
    kinds = ("List", "Show", "Save", "Delete")
    hidden = ("nextEnd", "report")

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.store = ReportStore(call.connection, call.clock, call.new_id)

    @operation("Show", "{key}", gives=ShownReport)
    def show(self, key: str) -> Json:
        """Get a single report with its data"""
        report = self.get(key)
        points = [_without_id(point) for point in self.store.datapoints(report)]
        return {**self.output(report), "datapoints": self._without_hidden(points)}

    @operation("Save", takes=NewReport, answer=MadeReport)
    def save(self) -> Reply:
        """Create a report, with or without historical datapoints"""
        given = self.call.object()
        report = self.checked(given, creation=True)
        points = [Datapoint.check(point).wire() for point in _list(given, "datapoints")]
        made = self.insert(self.store.schedule(report, points))
        self.store.add_datapoints(made, points)
        return Reply(
            {
                "messages": [f"Report {made['name']} created"],
                "id": made["id"],
                "name": made["name"],
            },
            status=201,
            location=f"{self.name}/{made['name']}",
        )

    @operation("Delete", "{key}", answer=Told)
    def delete(self, key: str) -> Json:
        """Delete a report with its data"""
        report = self.get(key, lock=True)
        self.store.remove(report)
        self.call.changed("reportdelete", "report", report["name"])
        return {"messages": [f"Report {report['name']} deleted"]}

    @operation("List", "{key}/datapoints", gives=Datapoint)
    def datapoints(self, key: str) -> Listed:
        """Get the datapoints of a report"""
        listed = self._part(key, collections.datapoints)
        return Listed(listed.total, [_without_id(point) for point in listed.results])

    @operation("List", "{key}/samples", gives=Sample)
    def samples(self, key: str) -> Listed:
        """Get the samples of a report"""
        return self._part(key, collections.samples)

    @operation("Save", "{key}/samples", takes=Sample, answer=Told, many=True)
    def add_samples(self, key: str) -> Reply:
        """Create samples for a report"""
        report = self.get(key)
        given = self.call.objects()
        if len(given) > MANY:
            raise Invalid(f"{len(given)} samples at once are more than {MANY}")
        samples = [Sample.check(item).wire() for item in given]
        self.store.add_samples(report, samples)
        message = f"{len(samples)} sample(s) created for report {report['name']}"
        return Reply(
            {"messages": [message]},
            status=201,
            location=f"{self.name}/{report['name']}/samples",
        )

    def _part(self, key: str, documents: DocumentTable) -> Listed:
        report = self.get(key)
        return self.page(
            self.collection_of(documents),
            from_document({"report": report["id"]}),
            documents,
        )


def _list(given: Json, name: str) -> list[Json]:
    value = given.get(name) or []
    if not isinstance(value, list) or not all(isinstance(i, dict) for i in value):
        raise Invalid(f"The field '{name}' must be a list of objects")
    return value


def _without_id(point: Json) -> Json:
    return {name: value for name, value in point.items() if name != "id"}
