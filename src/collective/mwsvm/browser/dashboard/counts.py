"""How many jobs, virtual machines and nodes there are in each state."""

from collections import Counter
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.database import collections
from collective.mwsvm.database.among import among
from collective.mwsvm.database.tables import machines
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.workload import records
from collective.mwsvm.workload.machine_documents import document_id
from plone import api
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import Table


_nodes = collections.nodes.table
_vms = collections.vms.table


def jobs_by_state(connection: Connection) -> dict[JobState, int]:
    """Of the jobs that the present user may see, how many are in each state."""
    if not manages_records():
        return {state: _content_in(state) for state in JobState}
    found = records.count_by_state(connection)
    found[JobState.DRAFT] = _content_in(JobState.DRAFT)
    return {state: found.get(state, 0) for state in JobState}


def machines_by_state(connection: Connection) -> dict[str, int]:
    """The same of virtual machines; only the states that there are.

    The site's machines are in states of their records, others in those of the guide, in
    small letters.
    """
    rows = connection.execute(select(machines.c.uid, machines.c.status))
    states = dict(rows.tuples().all())
    brains = api.content.find(portal_type="VirtualMachine")
    found = Counter(states.get(b.UID, MachineState.UNEVALUATED) for b in brains)
    if manages_records():
        own = among(connection, map(document_id, states))
        found += _by_state(connection, _vms, _vms.c.id.not_in(own))
    return _sorted(found)


def nodes_by_state(connection: Connection) -> dict[str, int]:
    """The same of nodes, which are for those who see all."""
    return _sorted(_by_state(connection, _nodes)) if manages_records() else {}


def _content_in(state: JobState) -> int:
    # None of them is looked at: the catalog has only to intersect its indexes.
    catalog = api.portal.get_tool("portal_catalog")
    return len(catalog(portal_type="Job", review_state=str(state)))


def _by_state(connection: Connection, table: Table, *conditions) -> Counter[str]:
    state = func.lower(func.coalesce(table.c.states_state, "unknown"))
    statement = select(state, func.count()).where(*conditions).group_by(state)
    return Counter(dict(connection.execute(statement).tuples().all()))


def _sorted(found: Counter[str]) -> dict[str, int]:
    return {str(state): found[state] for state in sorted(found)}
