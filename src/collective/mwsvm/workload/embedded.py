"""The embedded workload manager: it works with nothing else installed."""

from collective.mwsvm.workload.embedded_jobs import EmbeddedJobs
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmbeddedManager:
    """`interface.IWorkloadManager`, over the queue and the documents of this site."""

    jobs: EmbeddedJobs
