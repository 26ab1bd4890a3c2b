"""What calls of the MWS REST API cost, by plone.restapi's GET of a small document."""

from benchmarks.common import in_turns
from benchmarks.common import Rest
from benchmarks.common import Site
from benchmarks.common import Table
from functools import partial
from pathlib import Path


IMAGE = {
    "name": "centos5-compute-stateful",
    "osType": "linux",
    "hypervisor": False,
    "supportsVirtualMachine": True,
    "extensions": {
        "xcat": {"os": "centos", "architecture": "x86_64", "profile": "compute"}
    },
}

EVENT = {
    "eventTime": "2012-01-27 15:18:30 UTC",
    "eventType": "jobstart",
    "eventCategory": "start",
    "sourceComponent": "MWM",
    "status": "success",
    "facility": "job",
    "initiatedBy": {"proxyUser": "bob", "user": "tomcat6"},
    "primaryObject": {
        "serialization": '<job JobID="moab.849" ReqAWDuration="100000" User="bob" />',
        "type": "job",
        "id": "moab.849",
    },
    "relatedObjects": [{"type": "vm", "id": "vm56"}, {"type": "service", "id": "s.1"}],
    "details": {"alpha": "lorem ipsum dolor sit amet", "bravo": "2"},
}


def run(directory: Path, table: Table) -> None:
    site = Site(directory / "rest")
    with site.serving():
        call = Rest(site)
        call("POST", "mws/rest/images", IMAGE)
        call("POST", "mws/rest/events", [EVENT] * 500)
        get = partial(call.seconds_of, "GET")
        unit, image, events, posted = in_turns(
            400,
            partial(get, "document"),
            partial(get, f"mws/rest/images/{IMAGE['name']}"),
            partial(get, "mws/rest/events", max=50),
            partial(call.seconds_of, "POST", "mws/rest/events", EVENT),
        )
        table.add_ratio("REST: GET of an image, by GET of a document", image, unit, 0.6)
        table.add_ratio("REST: a list of 50 events", events, unit, 0.9)
        table.add_ratio("REST: POST of one event", posted, unit, 0.7)
