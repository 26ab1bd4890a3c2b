"""Metric types: what is measured of nodes and virtual machines (guide 4.11)."""

from collective.mwsvm.models.document import Model


class MetricType(Model):
    """The name of a metric that something reports."""

    id: str
