"""The attributes of virtual machines."""

from collective.mwsvm.plugins.wiki.attributes import Field
from collective.mwsvm.plugins.wiki.attributes import Metrics
from collective.mwsvm.plugins.wiki.attributes import resources
from collective.mwsvm.plugins.wiki.attributes import Table
from collective.mwsvm.plugins.wiki.attributes import Variables
from collective.mwsvm.plugins.wiki.formats import DOUBLE
from collective.mwsvm.plugins.wiki.formats import MOMENT
from collective.mwsvm.plugins.wiki.formats import NODE_STATE
from collective.mwsvm.plugins.wiki.formats import POWER
from collective.mwsvm.plugins.wiki.formats import TEXT
from collective.mwsvm.plugins.wiki.nodes import IGNORED


MACHINES = Table(
    "virtual machine",
    {
        "STATE": Field(("state",), NODE_STATE),
        "CONTAINERNODE": Field(("host",), TEXT),
        "UPDATETIME": Field(("timestamp",), MOMENT),
        **resources(),
        "CPULOAD": Field(("metrics", "cpuLoad"), DOUBLE),
        "GMETRIC": Metrics(("cpuLoad",)),
        "POWER": Field(("power",), POWER),
        "OS": Field(("image",), TEXT),
        "NETADDR": Field(("ipAddress",), TEXT),
        "VARIABLE": Variables(),
    },
    (*IGNORED, "OSLIST"),
)
