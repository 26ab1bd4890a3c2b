"""A call with everything of this site that an operation may need."""

from collective.mwsvm import site
from collective.mwsvm.access import roles
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Caller
from collective.mwsvm.resources.registry import RESOURCES
from collective.mwsvm.rest import event_log
from collective.mwsvm.rest.directory import directory
from collective.mwsvm.rest.facts import SiteFacts
from collective.mwsvm.rest.requests import content_type
from functools import partial


def call(request, configuration, connection, operation, name, parameters, body) -> Call:
    """The call of an operation. Raises `Forbidden` when roles do not allow it."""
    only = None
    if parameters.proxy_user is not None and not operation.public:
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
        clock=site.clock,
        new_id=site.new_id,
        get_settings=site.settings,
        get_directory=partial(directory, configuration),
        api=RESOURCES,
        site=SiteFacts(configuration),
        events=partial(_keep, configuration, connection),
        body=body,
        content_type=content_type(request),
        only=only,
    )


def _keep(configuration, connection, events):
    ids = EventStore(connection, site.clock).add(events)
    event_log.after_commit(configuration, events)
    return ids
