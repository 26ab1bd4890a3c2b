"""``/rest/credentials`` (guide 4.3)."""

from collections.abc import Callable
from collective.mwsvm.models.credentials import Credential
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.listing import listed
from functools import partial


_listed = partial(operation, "List", versions=(2,))


class Credentials:
    """Under which names work is done: what the site knows, and what jobs name."""

    name = "credentials"
    one = "credential"
    many = "credentials"
    model = Credential
    managed = True

    def __init__(self, call: Call) -> None:
        self.call = call

    @_listed("accounts")
    def accounts(self) -> Listed:
        """Get all account credentials"""
        return self._found("accounts", self.call.manager.facts.accounts)

    @_listed("classes")
    def classes(self) -> Listed:
        """Get all class credentials"""
        return self._found("classes", self.call.manager.facts.classes)

    @_listed("groups")
    def groups(self) -> Listed:
        """Get all group credentials"""
        return self._found("groups", self.call.manager.facts.groups)

    @_listed("qoses")
    def qoses(self) -> Listed:
        """Get all QoS credentials"""
        return self._found("qoses", self.call.manager.facts.qoses)

    @_listed("users")
    def users(self) -> Listed:
        """Get all user credentials"""
        return self._found("users", self.call.manager.facts.users)

    def _found(self, path: str, names: Callable[[], list[str]]) -> Listed:
        if self.call.parameters.version < 2:
            raise NotFound(
                f"The resource with id '{self.name}/{path}' was not found",
                "Please ask for it with api-version=2",
            )
        objects = [{"name": name} for name in names()]
        return listed(self.call, objects, Credential)
