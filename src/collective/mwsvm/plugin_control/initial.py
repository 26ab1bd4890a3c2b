"""Plug-ins that projects want to be there from the beginning (guide 6.2.16.1)."""

from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.plugin_states import ACTIVE
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.instances import Instances
from collective.mwsvm.plugin_control.lifecycle import LifeCycle
from typing import Any
import logging


Json = dict[str, Any]

logger = logging.getLogger(__name__)

#: Who starts plug-ins with the server.
SERVER = Actor("server")


def create_initial(instances: Instances, initial: Json, actor: Actor) -> None:
    """Create those of the initial plug-ins that are not there yet.

    One that can't be created is logged, and does not keep the others.
    """
    for id, properties in initial.items():
        try:
            instances.get(id)
        except NotFound:
            try:
                instances.create({**properties, "id": id}, actor)
            except MwsvmError as error:
                logger.error("the initial plug-in %s is not created: %s", id, error)


def start_with_server(instances: Instances, life: LifeCycle, initial: Json) -> None:
    """The server has started: so do its initial plug-ins, and those set to do so."""
    create_initial(instances, initial, SERVER)
    for plugin in instances.all():
        if plugin["autoStart"] and plugin["state"] not in ACTIVE:
            life.try_start(plugin["id"], SERVER)
