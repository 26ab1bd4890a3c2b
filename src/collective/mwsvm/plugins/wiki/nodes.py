"""The attributes of nodes."""

from collective.mwsvm.plugins.wiki.attributes import Field
from collective.mwsvm.plugins.wiki.attributes import Messages
from collective.mwsvm.plugins.wiki.attributes import Metrics
from collective.mwsvm.plugins.wiki.attributes import NodeState
from collective.mwsvm.plugins.wiki.attributes import resources
from collective.mwsvm.plugins.wiki.attributes import Table
from collective.mwsvm.plugins.wiki.attributes import Variables
from collective.mwsvm.plugins.wiki.formats import COLONS
from collective.mwsvm.plugins.wiki.formats import COMMAS
from collective.mwsvm.plugins.wiki.formats import DOUBLE
from collective.mwsvm.plugins.wiki.formats import MOMENT
from collective.mwsvm.plugins.wiki.formats import POWER
from collective.mwsvm.plugins.wiki.formats import TEXT


#: What later versions of Moab and of the plug-in type know and no report has.
IGNORED = (
    "ACL",
    "CONTAINERNODE",
    "GEVENT",
    "HVTYPE",
    "MIGRATIONDISABLED",
    "MIGRATION_DISABLED",
    "REQUESTID",
    "SLAVE",
    "TTL",
    "TYPE",
    "VARATTR",
    "VMOSLIST",
)

NODES = Table(
    "node",
    {
        "STATE": NodeState(),
        "UPDATETIME": Field(("timestamp",), MOMENT),
        **resources(),
        "CPULOAD": Field(("metrics", "cpuLoad"), DOUBLE),
        "SPEED": Field(("metrics", "speed"), DOUBLE),
        "GMETRIC": Metrics(("cpuLoad", "speed")),
        "POWER": Field(("power",), POWER),
        "OS": Field(("image",), TEXT),
        "OSLIST": Field(("imagesAvailable",), COMMAS),
        "NETADDR": Field(("ipAddress",), TEXT),
        "ARCH": Field(("architecture",), TEXT),
        "PARTITION": Field(("partition",), TEXT),
        "FEATURE": Field(("features",), COLONS),
        "VARIABLE": Variables(),
        "MESSAGE": Messages(),
    },
    IGNORED,
)
