"""``/rest/metrics``: figures of the site and of the process that answers."""

from collective.mwsvm.resources import figures
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from prometheus_client import CONTENT_TYPE_LATEST


class Metrics:
    """Numbers for Prometheus: jobs, machines, documents, and the calls of this API."""

    name = "metrics"
    one = "metric"
    many = "metrics"

    def __init__(self, call: Call) -> None:
        self.call = call

    @operation("Show", produces=("text/plain",))
    def show(self) -> Reply:
        """Get the metrics, in the text format of Prometheus"""
        site = figures.exposition(self.call.connection, self.call.clock())
        return Reply(
            site + self.call.site.meters(),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )
