"""What belongs to one Plone site: its id, clock, settings, database and engines.

The rooms that know Plone get all of it here; the engines below get it as arguments.
"""

from App.config import getConfiguration
from collections.abc import Iterable
from collective.mwsvm import event_log
from collective.mwsvm.configuration import Configuration
from collective.mwsvm.configuration import NAME
from collective.mwsvm.database import collections
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.engine import Database
from collective.mwsvm.database.engine import Databases
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.interfaces import IMoabRest
from collective.mwsvm.interfaces import ISiteClock
from collective.mwsvm.interfaces import PREFIX
from collective.mwsvm.models import versions
from collective.mwsvm.models.jobs import JobRecord
from collective.mwsvm.models.settings import Settings
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Change
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.control import PluginControl
from collective.mwsvm.plugin_control.hosts import Hosts
from collective.mwsvm.workload import vm_placement
from collective.mwsvm.workload.changes import Happened
from collective.mwsvm.workload.embedded import EmbeddedManager
from collective.mwsvm.workload.embedded_facts import EmbeddedFacts
from collective.mwsvm.workload.embedded_jobs import EmbeddedJobs
from collective.mwsvm.workload.embedded_machines import EmbeddedMachines
from collective.mwsvm.workload.embedded_nodes import EmbeddedNodes
from collective.mwsvm.workload.embedded_reservations import EmbeddedReservations
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.interface import IWorkloadManager
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.machine_documents import MachineDocuments
from collective.mwsvm.workload.machines import Machines
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.reported_changes import ReportedChanges
from collective.mwsvm.workload.system_jobs import DocumentedSystemJobs
from collective.mwsvm.workload.vm_changes import Place
from dataclasses import fields
from functools import lru_cache
from functools import partial
from pathlib import Path
from plone import api
from plone.base.interfaces import IPloneSiteRoot
from plone.registry.interfaces import IRegistry
from plone.uuid.interfaces import IUUID
from sqlalchemy import Connection
from typing import Any
from zope.component import getUtility
from zope.component import queryUtility
from zope.component.hooks import getSite
from zope.interface import Interface
import os
import threading
import time


#: This process's connections; pure plumbing, so it may be shared by all threads.
databases = Databases()


_hosts: dict[int, Hosts] = {}
_hosts_lock = threading.Lock()


class IJobFollower(Interface):
    """A utility: brings the Job content in line after its record has moved."""

    def __call__(record: JobRecord, transition: str, actor: str) -> None:
        """The record has made the transition, in this transaction; ``actor`` did it."""


class IMachineSwitch(Interface):
    """A utility: has machines of the site started and stopped."""

    def __call__(uid: str, on: bool) -> None:
        """In a transaction of its own. Raises `Invalid`, `Conflict`, `NotFound`."""


def portal() -> Any:
    """The Plone site; as `plone.api` has it, but without the way that is seldom needed."""
    found = getSite()
    return found if IPloneSiteRoot.providedBy(found) else api.portal.get()


def site_id() -> str:
    """The site's own id; it stays the same for as long as the site lives."""
    return IUUID(portal())


def clock() -> float:
    """The time, as seconds since the epoch."""
    utility = queryUtility(ISiteClock)
    return time.time() if utility is None else utility()


#: Makes up the ids of documents.
new_id = ObjectIds(clock)


def setting(name: str):
    """One setting of the site, by its name in `IMwsvmSettings`."""
    return getUtility(IRegistry).get(f"{PREFIX}.{name}")


def settings() -> Settings:
    """The settings that the engines need, as the control panel has them."""
    registry = getUtility(IRegistry)
    return Settings(
        **{
            field.name: registry.get(f"{PREFIX}.{field.name}", field.default)
            for field in fields(Settings)
        }
    )


def database_url() -> str:
    """Where the MWS database is: the environment, zope.conf, or a file in ``var``.

    ``MWSVM_DATABASE_URL``, or ``database-url`` in the section ``<product-config
    collective.mwsvm>``; ``{site}`` in it stands for the site's id.
    """
    return (
        os.environ.get("MWSVM_DATABASE_URL")
        or _product_config().get("database-url")
        or f"sqlite:///{getConfiguration().clienthome}/mwsvm-{{site}}.sqlite"
    )


def home() -> Path:
    """MWS's home: the folder of ``mws-config.toml``, hooks and certificates.

    ``MWS_HOME`` in the environment, ``mws-home`` in the section ``<product-config
    collective.mwsvm>``, or the folder ``mws`` in ``var``.
    """
    return Path(_home())


def configuration() -> Configuration:
    """What the file in `home` says, as it is now. Raises `Misconfigured`."""
    folder = _home()
    try:
        changed = os.stat(f"{folder}/{NAME}").st_mtime_ns
    except OSError:
        changed = 0
    return _configuration(folder, changed)


def _home() -> str:
    return (
        os.environ.get("MWS_HOME")
        or _product_config().get("mws-home")
        or f"{getConfiguration().clienthome}/mws"
    )


@lru_cache(maxsize=8)
def _configuration(folder: str, changed: int) -> Configuration:
    return Configuration.read(Path(folder))


def _product_config() -> dict[str, str]:
    products = getattr(getConfiguration(), "product_config", None) or {}
    return products.get("collective.mwsvm", {})


def database() -> Database:
    """The site's MWS database."""
    return databases.get(database_url(), site_id())


def queue(connection: Connection, actor: str | None = None) -> Queue:
    """The site's queue on a connection; by default the present user is the actor."""
    follower = queryUtility(IJobFollower)
    documents = job_documents(connection)
    return Queue(connection, clock, settings(), follower, _actor(actor), documents)


def manager(
    connection: Connection, actor: str | None = None, proxy_user: str | None = None
) -> IWorkloadManager:
    """The site's workload manager on a connection, for a caller and a proxy user.

    By default the present user calls. `IWorkloadManager` says who may have a
    transaction open.
    """
    initiator = Initiator(_actor(actor), proxy_user)
    return EmbeddedManager(
        partial(_embedded_jobs, connection, initiator),
        partial(_embedded_nodes, initiator),
        partial(_embedded_machines, initiator),
        partial(_embedded_reservations, connection, initiator),
        partial(_embedded_facts, connection),
    )


def manager_waits() -> bool:
    """Whether changes by the site's workload manager wait for another server."""
    return EmbeddedManager.waits


def system_jobs(connection: Connection) -> DocumentedSystemJobs:
    """The jobs that do something to virtual machines, on a connection."""
    return DocumentedSystemJobs(connection, clock, job_documents(connection))


def job_documents(connection: Connection) -> JobDocuments:
    """The guide's objects of jobs on a connection."""
    return JobDocuments(connection, clock, new_id, partial(_keep, connection))


def _keep(connection: Connection, events: list[dict[str, Any]]) -> None:
    EventStore(connection, clock).add(events)
    event_log.after_commit(configuration(), clock, events)


def machines(connection: Connection, actor: str | None = None) -> Machines:
    """The site's machine records on a connection."""
    follow = MachineDocuments(connection, clock).follow
    return Machines(connection, clock, settings(), _actor(actor), follow)


def user_names() -> set[str]:
    """The login names of all users that Plone knows."""
    return {str(user["login"]) for user in portal().acl_users.searchUsers()}


def group_names() -> set[str]:
    """The names of all groups that Plone knows."""
    return {
        str(group["groupid"])
        for group in portal().acl_users.searchGroups()
        # Everybody who has logged in is in that one.
        if group["pluginid"] != "auto_group"
    }


def plugins() -> PluginControl:
    """The site's plug-ins."""
    found = configuration()
    path = "/".join(portal().getPhysicalPath())
    return PluginControl(
        Context(
            database(),
            clock,
            new_id,
            found.plugins,
            plugin_hosts(found.plugins.hosts),
            partial(getUtility(IMoabRest), path),
            partial(event_log.write, found, clock),
            (versions.MWS, versions.COMMONS),
        )
    )


def plugin_hosts(limit: int) -> Hosts:
    """This process's hosts of plug-ins: none is started before it is needed."""
    with _hosts_lock:
        return _hosts.setdefault(limit, Hosts(limit))


def close_plugin_hosts() -> None:
    """End the hosts of plug-ins of this process, also those at work."""
    with _hosts_lock:
        while _hosts:
            _hosts.popitem()[1].close()


# -- the parts of the embedded workload manager


def _embedded_jobs(connection: Connection, initiator: Initiator) -> EmbeddedJobs:
    found = queue(connection, initiator.user)
    assert found.documents is not None
    return EmbeddedJobs(
        found,
        found.documents,
        setting("job_prefix"),
        templates=lambda: configuration().job_templates,
    )


def _embedded_nodes(initiator: Initiator) -> EmbeddedNodes:
    return EmbeddedNodes(_reported(collections.nodes, "node", initiator))


def _embedded_machines(initiator: Initiator) -> EmbeddedMachines:
    return EmbeddedMachines(
        _reported(collections.vms, "vm", initiator),
        initiator,
        _place,
        system_jobs,
        partial(machines, actor=initiator.user),
        getUtility(IMachineSwitch),
    )


def _place(connection: Connection) -> Place:
    return vm_placement.place(connection, clock, system_jobs(connection))


def _reported(
    documents: DocumentTable, kind: str, initiator: Initiator
) -> ReportedChanges:
    control = plugins()
    actor = Actor(initiator.user, initiator.proxy_user)
    return ReportedChanges(
        documents,
        kind,
        control.context.database.reading,
        partial(control.context.changing, actor),
        control.rm_events.send,
        clock,
        new_id,
    )


def _embedded_reservations(
    connection: Connection, initiator: Initiator
) -> EmbeddedReservations:
    def tell(happened: Iterable[Happened]) -> None:
        actor = Actor(initiator.user, initiator.proxy_user)
        change = Change(connection, clock, actor)
        for each in happened:
            what = each.event_type.removeprefix(each.kind)
            change.tell(what, each.key, kind=each.kind)
        _keep(connection, change.events)

    return EmbeddedReservations(connection, clock, new_id, initiator, tell)


def _embedded_facts(connection: Connection) -> EmbeddedFacts:
    return EmbeddedFacts(connection, configuration(), user_names, group_names)


def _actor(actor: str | None) -> str:
    if actor is not None:
        return actor
    user = api.user.get_current()
    return user.getId() or "anonymous"
