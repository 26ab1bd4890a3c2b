"""``/rest/credentials`` (guide 4.3)."""

from collections.abc import Iterable
from collective.mwsvm.models.credentials import Credential
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.resources import job_facts
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.listing import listed
from collective.mwsvm.resources.moab import reply
from functools import partial
from typing import Protocol


class Names(Protocol):
    """What credentials ask of the site."""

    def users(self) -> Iterable[str]:
        """The names of the site's users."""

    def groups(self) -> Iterable[str]:
        """The names of the site's groups."""


_listed = partial(operation, "List", versions=(2,))


class Credentials:
    """Under which names work is done: what the site knows, and what jobs name."""

    name = "credentials"
    one = "credential"
    many = "credentials"
    model = Credential

    def __init__(self, call: Call) -> None:
        self.call = call
        self.site: Names = call.site
        self.settings = call.site.workload_settings()

    @_listed("accounts")
    def accounts(self) -> Reply:
        """Get all account credentials"""
        return self._found("accounts", self.settings.accounts, "account")

    @_listed("classes")
    def classes(self) -> Reply:
        """Get all class credentials"""
        return self._found("classes", self.settings.classes, "jobClass")

    @_listed("groups")
    def groups(self) -> Reply:
        """Get all group credentials"""
        return self._found("groups", self.site.groups(), "group")

    @_listed("qoses")
    def qoses(self) -> Reply:
        """Get all QoS credentials"""
        requested = job_facts.credentials(self.call, "qosRequested")
        return self._found("qoses", {*self.settings.qoses, *requested}, "qos")

    @_listed("users")
    def users(self) -> Reply:
        """Get all user credentials"""
        return self._found("users", self.site.users(), "user")

    def _found(self, path: str, known: Iterable[str], of_jobs: str) -> Reply:
        if self.call.parameters.version < 2:
            raise NotFound(
                f"The resource with id '{self.name}/{path}' was not found",
                "Please ask for it with api-version=2",
            )
        names = {*known, *job_facts.credentials(self.call, of_jobs)}
        objects = [{"name": name} for name in sorted(names)]
        return reply(listed(self.call, objects, Credential))
