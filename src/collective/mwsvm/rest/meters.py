"""Counts the calls of the API in this process, for ``/rest/metrics``.

Each process has its own counters, from 0 at its start on.
"""

from collective.mwsvm.resources.declare import Operation
from prometheus_client import CollectorRegistry
from prometheus_client import Counter
from prometheus_client import generate_latest
from prometheus_client import Histogram
from prometheus_client import ProcessCollector
from time import perf_counter


#: Ours alone: others in this process may have metrics, too.
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

#: Stands for all that no client should be able to make up.
OTHER = "other"

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"))

_LABELS = ("resource", "method")

_requests = Counter(
    "mwsvm_rest_requests",
    "Calls of the REST API that this process has answered.",
    (*_LABELS, "status"),
    registry=REGISTRY,
)
_seconds = Histogram(
    "mwsvm_rest_request_duration_seconds",
    "How long this process worked on calls of the REST API.",
    _LABELS,
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def count(made: Operation | None, method: str, status: int, started: float) -> None:
    """A call was answered that began at ``started``, by `time.perf_counter`.

    ``made`` is its operation, None where there is no such resource or method.
    """
    resource = OTHER if made is None else made.resource
    if method not in _METHODS:
        method = OTHER
    _requests.labels(resource, method, f"{status // 100}xx").inc()
    _seconds.labels(resource, method).observe(perf_counter() - started)


def exposition() -> bytes:
    """What was counted, in the text format of Prometheus."""
    return generate_latest(REGISTRY)
