"""What a proxy user may do: by principals, their roles and those's permissions.

A principal names users and groups; what any of a user's principals allows is allowed
(guide 4.14, 4.18, 4.23). As long as the site has no principal at all, roles are not in
use and every proxy user may do what the calling application may.
"""

from collections.abc import Iterable
from collective.mwsvm.access.directory import Directory
from collective.mwsvm.access.directory import GROUP
from collective.mwsvm.access.directory import normal_dn
from collective.mwsvm.access.directory import OU
from collective.mwsvm.database import collections
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.query import from_document
from collective.mwsvm.database.query import Query
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.permissions import ACTIONS
from collective.mwsvm.models.permissions import API
from contextlib import suppress
from sqlalchemy import Connection
from sqlalchemy import select
from typing import Any


Json = dict[str, Any]

FORBIDDEN = "You are not authorized to access this area"


def permissions_of(
    user: str, connection: Connection, directory: Directory
) -> list[Json]:
    """Every permission that the user has, each once, in the order of their ids.

    Raises `Unavailable` when the directory of groups can't answer.
    """
    principals = _all(collections.principals, connection)
    return _permissions_of(user, principals, connection, directory)


def limits(
    user: str, resource: str, method: str, connection: Connection, directory: Directory
) -> Query | None:
    """Which objects the proxy user may call the method for; None: any.

    Raises `Forbidden` for none at all.
    """
    principals = _all(collections.principals, connection)
    if not principals:
        return None
    filters = [
        permission["resourceFilter"]
        for permission in _permissions_of(user, principals, connection, directory)
        if permission["type"] == API
        and permission["resource"] == resource
        and ACTIONS.get(permission["action"]) == method
    ]
    if not filters:
        raise Forbidden(FORBIDDEN)
    if None in filters:
        return None
    return from_document({"$or": filters})


def with_permissions(roles: list[Json], connection: Connection) -> list[Json]:
    """The roles, with whole permissions in the place of their ids."""
    wanted = {item["id"] for role in roles for item in role["permissions"]}
    found = _by_id(collections.permissions, wanted, connection)
    return [
        {
            **role,
            "permissions": [
                found[item["id"]] for item in role["permissions"] if item["id"] in found
            ],
        }
        for role in roles
    ]


def with_roles(principals: list[Json], connection: Connection) -> list[Json]:
    """The principals, with whole roles in the place of their ids."""
    wanted = {item["id"] for p in principals for item in p["attachedRoles"]}
    roles = _by_id(collections.roles, wanted, connection)
    whole = with_permissions(list(roles.values()), connection)
    found = {role["id"]: role for role in whole}
    return [
        {
            **principal,
            "attachedRoles": [
                found[item["id"]]
                for item in principal["attachedRoles"]
                if item["id"] in found
            ],
        }
        for principal in principals
    ]


def _permissions_of(
    user: str, principals: list[Json], connection: Connection, directory: Directory
) -> list[Json]:
    own = [p for p in principals if _names(p, user)]
    if any(p["groups"] for p in principals if p not in own):
        memberships = directory.memberships(user)
        own = [
            p
            for p in principals
            if p in own or any(_group(item) in memberships for item in p["groups"])
        ]
    found: dict[str, Json] = {}
    for principal in with_roles(own, connection):
        for role in principal["attachedRoles"]:
            found.update({item["id"]: item for item in role["permissions"]})
    return [found[id] for id in sorted(found)]


def _names(principal: Json, user: str) -> bool:
    # Directories do not tell upper from lower case in names of users.
    return any(
        item["name"].casefold() == user.casefold()
        if item["type"] == "LDAP"
        else item["name"] == user
        for item in principal["users"]
    )


def _group(item: Json) -> tuple[str, str]:
    if item["type"] in (GROUP, OU):
        with suppress(Invalid):
            return item["type"], normal_dn(item["name"])
    return item["type"], item["name"]


def _all(documents: DocumentTable, connection: Connection) -> list[Json]:
    return list(connection.scalars(select(documents.table.c.doc)))


def _by_id(
    documents: DocumentTable, ids: Iterable[str], connection: Connection
) -> dict[str, Json]:
    table = documents.table
    statement = select(table.c.doc).where(table.c.id.in_(sorted(ids)))
    return {document["id"]: document for document in connection.scalars(statement)}
