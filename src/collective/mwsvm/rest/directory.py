"""The users and groups that principals name: Plone's own, and those of LDAP."""

from collective.mwsvm.access.directory import CachedDirectory
from collective.mwsvm.access.directory import Directory
from collective.mwsvm.access.directory import Memberships
from collective.mwsvm.access.ldap_directory import LdapDirectory
from collective.mwsvm.access.ldap_settings import LdapSettings
from collective.mwsvm.configuration import Configuration
from functools import lru_cache
from plone import api
import time


class PloneDirectory:
    """The site's own users and groups."""

    def memberships(self, user: str) -> Memberships:
        """The user and the user's groups; empty when the site has no such user."""
        member = api.user.get(username=user)
        if member is None:
            return frozenset()
        groups = member.getGroups()
        return frozenset({("PLONE", user), *(("PLONEGROUP", name) for name in groups)})

    def check(self) -> None:
        """It is always there."""


class Directories:
    """Several directories as one."""

    def __init__(self, *parts: Directory) -> None:
        self._parts = parts

    def memberships(self, user: str) -> Memberships:
        """What any of them knows of the user. Raises `Unavailable`."""
        return frozenset().union(*(part.memberships(user) for part in self._parts))

    def check(self) -> None:
        """Raises `Unavailable` when one can't answer."""
        for part in self._parts:
            part.check()


def directory(configuration: Configuration) -> Directory:
    """The site's directory."""
    settings = configuration.ldap
    if settings is None:
        return PloneDirectory()
    return Directories(PloneDirectory(), _ldap(settings))


@lru_cache(maxsize=4)
def _ldap(settings: LdapSettings) -> CachedDirectory:
    return CachedDirectory(LdapDirectory(settings), time.monotonic)
