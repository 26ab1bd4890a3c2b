"""Reports, with their samples and datapoints, in the MWS database (guide 5)."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.query import both
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models import dates
from collective.mwsvm.models.reports import Report
from collective.mwsvm.reporting.consolidation import average
from collective.mwsvm.reporting.consolidation import next_consolidation
from collective.mwsvm.reporting.consolidation import windows
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import select
from typing import Any
import logging


logger = logging.getLogger(__name__)

Json = dict[str, Any]

_datapoints = collections.datapoints.table
_samples = collections.samples.table
_reports = collections.reports.table


class ReportStore:
    """Makes datapoints of samples. The transaction is the caller's."""

    def __init__(
        self,
        connection: Connection,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._new_id = new_id

    def make(self, given: Json) -> Json:
        """Keep a new report without data. Raises `Conflict` when its name is taken."""
        report = Report.check(given).wire()
        return self._of(collections.reports).insert([self.schedule(report, [])])[0]

    def schedule(self, report: Json, datapoints: Sequence[Json]) -> Json:
        """A new report with the time of its first consolidation."""
        now = self._clock()
        last = max(
            (dates.seconds(point["endDate"]) for point in datapoints), default=None
        )
        due = next_consolidation(now, last, report["datapointDuration"], now)
        return {**report, "nextEnd": due}

    def add_datapoints(self, report: Json, datapoints: Sequence[Json]) -> None:
        """Keep datapoints; the oldest make room for them."""
        self._of(collections.datapoints).insert(
            {**point, "report": report["id"]} for point in datapoints
        )
        newest = (
            select(_datapoints.c.id)
            .where(_datapoints.c.report == report["id"])
            .order_by(_datapoints.c.end_date.desc(), _datapoints.c.id.desc())
            .limit(report["reportSize"])
        )
        self._connection.execute(
            delete(_datapoints).where(
                _datapoints.c.report == report["id"], _datapoints.c.id.not_in(newest)
            )
        )

    def add_samples(self, report: Json, samples: Sequence[Json]) -> None:
        """Keep samples; those without a time are of now."""
        now = dates.mws(self._clock())
        self._of(collections.samples).insert(
            {
                **sample,
                "timestamp": sample.get("timestamp") or now,
                "report": report["id"],
            }
            for sample in samples
        )

    def datapoints(self, report: Json, after: float | None = None) -> list[Json]:
        """The datapoints of a report, the oldest first: all, or those that end later."""
        query = from_document({"report": report["id"]})
        if after is not None:
            later = from_document({"endDate": {"$gt": dates.mws(after)}})
            query = both(query, later)
        return self._of(collections.datapoints).find(query, [("endDate", 1)]).documents

    def find(self, name: str) -> Json | None:
        """The report called so; None where there is none."""
        return self._connection.scalar(collections.reports.one("name"), {"key": name})

    def has_sample(self, report: Json, since: float) -> bool:
        """Whether there is a sample of that moment or a later one."""
        newer = select(_samples.c.id).where(
            _samples.c.report == report["id"], _samples.c.timestamp >= dates.mws(since)
        )
        return self._connection.scalar(newer.limit(1)) is not None

    def remove(self, report: Json) -> None:
        """Take away a report with all its data."""
        for table in (_datapoints, _samples):
            self._connection.execute(
                delete(table).where(table.c.report == report["id"])
            )
        self._of(collections.reports).remove(report["id"])

    def due(self) -> list[str]:
        """The ids of the reports whose next datapoint is due."""
        statement = (
            select(_reports.c.id)
            .where(_reports.c.next_end <= self._clock())
            .order_by(_reports.c.next_end)
        )
        return list(self._connection.scalars(statement))

    def consolidate(self, id: str) -> int:
        """Make the datapoints of a report that are due; how many there were.

        Of those that a stop of the site has missed, only as many are made as the report
        holds.
        """
        collection = self._of(collections.reports)
        report = collection.get(id, lock=True)
        duration, now = report["datapointDuration"], self._clock()
        spans = windows(
            report["nextEnd"] - duration, duration, now, report["reportSize"]
        )
        if not spans:
            return 0
        points = [self._datapoint(report, start, end) for start, end in spans]
        self.add_datapoints(report, points)
        last = spans[-1][1]
        collection.replace({**report, "nextEnd": last + duration})
        kept = duration * report["reportSize"] if report["keepSamples"] else 0
        self._connection.execute(
            delete(_samples).where(
                _samples.c.report == id, _samples.c.timestamp < dates.mws(last - kept)
            )
        )
        logger.info("report %s: %d datapoints made", report["name"], len(points))
        return len(points)

    def _datapoint(self, report: Json, start: float, end: float) -> Json:
        span = {"$gte": dates.mws(start), "$lt": dates.mws(end)}
        query = both(
            from_document({"report": report["id"]}), from_document({"timestamp": span})
        )
        samples = (
            self._of(collections.samples).find(query, [("timestamp", 1)]).documents
        )
        enough = len(samples) >= report["minimumSampleSize"]
        return {
            "firstSampleDate": samples[0]["timestamp"] if enough else None,
            "lastSampleDate": samples[-1]["timestamp"] if enough else None,
            "data": average([item["data"] for item in samples]) if enough else None,
            "startDate": dates.mws(start),
            "endDate": dates.mws(end),
        }

    def _of(self, documents: DocumentTable) -> Collection:
        return Collection(self._connection, documents, self._new_id)
