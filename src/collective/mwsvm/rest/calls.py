"""A call with everything of this site that an operation may need."""

from collective.mwsvm import event_log
from collective.mwsvm import site
from collective.mwsvm.access import roles
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Caller
from collective.mwsvm.resources.registry import RESOURCES
from collective.mwsvm.rest.directory import directory
from collective.mwsvm.rest.facts import SiteFacts
from functools import partial


def call(configuration, connection, operation, name, parameters, body, **more) -> Call:
    """The call of an operation. Raises `Forbidden` when roles do not allow it."""
    only = None
    if parameters.proxy_user is not None and connection is not None:
        only = roles.limits(
            parameters.proxy_user,
            operation.resource,
            operation.method,
            connection,
            directory(configuration),
        )
    return Call(
        parameters=parameters,
        caller=Caller(name, parameters.proxy_user),
        connection=connection,
        reading=_reading,
        clock=site.clock,
        new_id=site.new_id,
        get_settings=site.settings,
        get_directory=partial(directory, configuration),
        api=RESOURCES,
        site=SiteFacts(configuration),
        events=partial(_keep, configuration, connection),
        get_plugins=site.plugins,
        get_manager=partial(site.manager, connection, name, parameters.proxy_user),
        body=body,
        method=operation.method,
        only=only,
        **more,
    )


def _reading():
    return site.database().reading()


def _keep(configuration, connection, events):
    if connection.closed:
        # The operation works alone, and has changed already what the events tell of.
        with site.database().transaction() as own:
            ids = EventStore(own, site.clock).add(events)
        event_log.write(configuration, site.clock, events)
        return ids
    ids = EventStore(connection, site.clock).add(events)
    event_log.after_commit(configuration, site.clock, events)
    return ids
