"""Users' groups and organizational units from an LDAP directory."""

from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.access.directory import GROUP
from collective.mwsvm.access.directory import Memberships
from collective.mwsvm.access.directory import normal_dn
from collective.mwsvm.access.directory import OU
from collective.mwsvm.access.directory import parents
from collective.mwsvm.access.directory import USER
from collective.mwsvm.access.ldap_settings import LdapSettings
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import Unavailable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING
import logging


if TYPE_CHECKING:
    from collective.mwsvm.access.ldap_connection import Entry
    from collective.mwsvm.access.ldap_connection import LdapConnection


logger = logging.getLogger(__name__)

#: Groups in groups are followed so far up.
NESTING_LIMIT = 10

#: So many groups are looked up by one search.
_BATCH = 50

#: The attribute that names members by user name; all others hold DNs.
_BY_USER_NAME = "memberuid"


class LdapDirectory:
    """A `collective.mwsvm.access.directory.Directory` in LDAP.

    Raises `Invalid` for settings that are not complete. Each call has a connection of
    its own, so any thread may call; put a `CachedDirectory` before it.
    """

    def __init__(self, settings: LdapSettings):
        self._settings = settings.checked()

    def check(self) -> None:
        """Connect, bind and look for the base DNs; raises `Unavailable`."""
        with _connected(self._settings) as connection:
            for base in self._settings.base_dns:
                connection.check_base(base)

    def memberships(self, user: str) -> Memberships:
        """The user, the user's groups and their groups, and the units above the user.

        Empty for a user that the directory does not have, or has twice. Raises
        `Unavailable`.
        """
        if not user.strip() or not _is_text(user):
            return frozenset()
        with _connected(self._settings) as connection:
            layout = _Layout(self._settings, connection)
            entry = layout.user(user)
            if entry is None:
                return frozenset()
            groups = layout.groups(user, entry)
            units = layout.units(entry)
        return frozenset(
            {(USER, user)}
            | {(GROUP, name) for name in groups}
            | {(OU, name) for name in units}
        )


#: DNs as the directory spells them, by their `normal_dn`.
_Names = dict[str, str]


class _Layout:
    """Finds users, groups and units where the settings say they are."""

    def __init__(self, settings: LdapSettings, connection: "LdapConnection"):
        self._settings = settings
        self._connection = connection
        names = settings.group_membership_attributes
        self._by_name = [name for name in names if name.lower() == _BY_USER_NAME]
        self._by_dn = [name for name in names if name.lower() != _BY_USER_NAME]

    def user(self, name: str) -> "Entry | None":
        """The user's entry, if there is exactly one."""
        settings = self._settings
        wanted = [settings.user_name_attribute, settings.user_membership_attribute]
        found = self._search(
            settings.user_object_class,
            [(settings.user_name_attribute, name)],
            [attribute for attribute in wanted if attribute],
        )
        if len(found) > 1:
            # Whose groups are meant can't be known, so nobody's.
            logger.warning(
                "The directory has %d users with %s=%s: %s.",
                len(found),
                settings.user_name_attribute,
                name,
                "; ".join(sorted(found)),
            )
            return None
        return next(iter(found.values()), None)

    def groups(self, user: str, entry: "Entry") -> set[str]:
        """The groups that the user is in, directly or through other groups."""
        matches = [(attribute, entry.dn) for attribute in self._by_dn]
        # Groups spell the name as the entry does, and there case matters.
        names = entry.values(self._settings.user_name_attribute)
        spelt = [name for name in names if name.casefold() == user.casefold()] or [user]
        matches += [(attribute, name) for attribute in self._by_name for name in spelt]
        level = self._groups_with(matches) | self._groups_named_by([entry])
        found: set[str] = set()
        for _ in range(NESTING_LIMIT):
            # Groups may be members of each other: none is looked up twice.
            level = {name: dn for name, dn in level.items() if name not in found}
            if not level:
                return found
            found |= level.keys()
            level = self._groups_of(sorted(level.values()))
        if level.keys() - found:
            logger.warning(
                "The groups of %s are nested more than %d deep; the rest is left out.",
                entry.dn,
                NESTING_LIMIT,
            )
        return found

    def units(self, entry: "Entry") -> set[str]:
        """The organizational units that the entry is below."""
        unit = self._settings.ou_object_class
        above = parents(entry.dn)
        return {normal_dn(dn) for dn in above if self._connection.read(dn, unit)}

    def _groups_of(self, groups: list[str]) -> _Names:
        """The groups that have one of these groups as a member."""
        found: _Names = {}
        if self._by_dn:
            for batch in _batches(groups):
                matches = [(attribute, dn) for attribute in self._by_dn for dn in batch]
                found |= self._groups_with(matches)
        elif self._settings.user_membership_attribute:
            wanted = [self._settings.user_membership_attribute]
            kind = self._settings.group_object_class
            entries = [self._connection.read(dn, kind, wanted) for dn in groups]
            found = self._groups_named_by(entry for entry in entries if entry)
        return found

    def _groups_with(self, matches: list[tuple[str, str]]) -> _Names:
        """The groups that have one of these values."""
        if not matches:
            return {}
        found = self._search(self._settings.group_object_class, matches)
        return {name: entry.dn for name, entry in found.items()}

    def _groups_named_by(self, entries: "Iterable[Entry]") -> _Names:
        """The groups that these entries name themselves."""
        named = {}
        for entry in entries:
            for dn in entry.values(self._settings.user_membership_attribute):
                try:
                    named[normal_dn(dn)] = dn
                except Invalid:
                    logger.warning(
                        "%s names the group %r, which is no DN.", entry.dn, dn
                    )
        return named

    def _search(
        self,
        kind: str,
        matches: list[tuple[str, str]],
        attributes: Iterable[str] = (),
    ) -> "dict[str, Entry]":
        """The entries below all the base DNs, by the `normal_dn` of their names."""
        return {
            normal_dn(entry.dn): entry
            for base in self._settings.base_dns
            for entry in self._connection.search(base, kind, matches, attributes)
        }


def _connected(settings: LdapSettings) -> "AbstractContextManager[LdapConnection]":
    # Only here, for the extra is optional.
    try:
        from collective.mwsvm.access.ldap_connection import connected
    except ModuleNotFoundError as error:
        raise Unavailable(
            "The directory can't be asked without the library ldap3: install "
            "collective.mwsvm[ldap]."
        ) from error
    return connected(settings)


def _batches(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _BATCH):
        yield names[start : start + _BATCH]


def _is_text(name: str) -> bool:
    """Whether the name can be sent at all: JSON lets half characters through."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
