"""Plug-in types: what plug-ins are made from (guide 4.16, 6.2.16)."""

from collective.mwsvm.models.document import Model
from typing import Any


class PluginReference(Model):
    """A plug-in, by its id."""

    id: str


class PluginType(Model):
    """A class that plug-ins are made from, and what it says of itself."""

    author: str = ""
    commons_version: str = "* > *"
    description: str = ""
    documentation_link: str = ""
    email: str = ""
    id: str
    initial_plugins: dict[str, Any] = {}
    instances: list[PluginReference] = []
    issue_management_link: str = ""
    license: str = ""
    mws_version: str = "* > *"
    #: It has the event ``poll``.
    poll_method: bool = False
    scm_link: str = ""
    title: str = ""
    version: str = ""
    #: The names of its web services.
    web_services: list[str] = []
    website: str = ""
