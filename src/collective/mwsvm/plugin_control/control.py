"""Everything about the plug-ins of one site, in one place."""

from collective.mwsvm.plugin_control.catalogue import Catalogue
from collective.mwsvm.plugin_control.context import Context
from collective.mwsvm.plugin_control.initial import start_with_server
from collective.mwsvm.plugin_control.instances import Instances
from collective.mwsvm.plugin_control.lifecycle import LifeCycle
from collective.mwsvm.plugin_control.polls import Polls
from collective.mwsvm.plugin_control.rm_events import RmEvents
from collective.mwsvm.plugin_control.services import SiteServices
from collective.mwsvm.plugin_control.uploads import Uploads
from collective.mwsvm.plugin_control.web_services import WebServices
from typing import Any


Json = dict[str, Any]


class PluginControl:
    """The plug-in types and plug-ins of a site, and all that is done with them.

    Whoever calls has no transaction of the MWS database open: each step is one of its
    own, and plug-ins that are called have transactions, too.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        services = SiteServices(context)
        self.life = LifeCycle(context, services)
        self.instances = Instances(context, services, self.life)
        self.polls = Polls(context, services, self.life)
        self.web_services = WebServices(context, services, self.life)
        self.rm_events = RmEvents(context, services, self.life)
        self.uploads = Uploads(context, self.instances, self.life)
        services.operations = _Operations(self.instances, self.life)

    @property
    def types(self) -> Catalogue:
        """The plug-in types."""
        return self.context.catalogue

    def start_with_server(self) -> None:
        """The server has started: so do initial plug-ins, and those set to do so."""
        start_with_server(self.instances, self.life, self.types.initial_plugins())


class _Operations:
    """`services.Operations`: what plug-ins may do to plug-ins."""

    def __init__(self, instances: Instances, life: LifeCycle) -> None:
        self.get = instances.get
        self.all = instances.all
        self.configure = instances.configure
        self.create = instances.create
        self.set_config = instances.set_config
        self.start = life.start
        self.stop = life.stop
