"""``acl-rules`` of reservations and virtual containers (guide 4.1)."""

from collective.mwsvm.database.matcher import matches
from collective.mwsvm.models.acl_rules import AclRule
from collective.mwsvm.models.acl_rules import AclRules
from collective.mwsvm.models.acl_rules import type_name
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.listing import listed
from collective.mwsvm.resources.reservations import Reservations
from collective.mwsvm.resources.vcs import VirtualContainers
from collective.mwsvm.resources.workload_documents import WorkloadDocuments
from collective.mwsvm.workload import acls
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload.reservations import Reservations as Store
from typing import Any


class _Rules:
    """The ACL rules of the objects of another resource."""

    name: str
    one = "ACL rule"
    many = "ACL rules"
    model = AclRule
    #: Of whichever objects: permissions, grids and hooks have one name for them.
    known_as = "acl-rules"
    managed = True
    holders: type[WorkloadDocuments]
    #: What events call a holder.
    kind: str

    def __init__(self, call: Call) -> None:
        self.call = call
        self.holder = self.holders(call)

    @operation("List", "{key}/acl-rules")
    def find(self, key: str) -> Listed:
        """Get all {many} of one of them"""
        return listed(self.call, self._shown(key), AclRule)

    @operation("Show", "{key}/acl-rules/{rule}")
    def show(self, key: str, rule: str) -> Json:
        """Get one of the {many}"""
        return self._one(self._shown(key), key, rule)

    @operation("Update", "{key}/acl-rules", takes=AclRules, gives=Told)
    def update(self, key: str) -> Json:
        """Create or update {many}"""
        return self._written(key, self.call.object())

    @operation("Update", "{key}/acl-rules/{rule}", takes=AclRule, gives=Told)
    def update_one(self, key: str, rule: str) -> Json:
        """Create or update one of the {many}"""
        kind, value = acls.parsed(rule)
        given = self.call.object()
        for name, named in (("type", kind), ("value", value)):
            if name in given and not _alike(name, given[name], named):
                raise Invalid(
                    f"The field '{name}' is {given[name]!r:.80}, but the address names "
                    f"'{named:.80}'"
                )
        return self._written(
            key, {"aclRules": [{**given, "type": kind, "value": value}]}
        )

    @operation("Delete", "{key}/acl-rules/{rule}", answer=Told)
    def delete(self, key: str, rule: str) -> Json:
        """Delete one of the {many}"""
        holder = self._changeable(key)
        gone = self._one(holder["aclRules"], key, rule)
        rules = [each for each in holder["aclRules"] if each is not gone]
        self._replace({**holder, "aclRules": rules})
        return {"messages": [f"Successfully modified {self._named(key)}"]}

    def _written(self, key: str, given: Json) -> Json:
        holder = self._changeable(key)
        new = AclRules.check(given).wire()["aclRules"]
        replaced = set(map(acls.identity, new))
        old = [rule for rule in holder["aclRules"] if acls.identity(rule) in replaced]
        if not all(map(self._may, [*old, *new])):
            raise Forbidden("You are not authorized to access this area")
        rules = acls.merged(holder["aclRules"], new)
        self._replace({**holder, "aclRules": rules})
        named = self._named(key)
        said = f"{named[:1].upper()}{named[1:]} successfully modified"
        return {"messages": [said]}

    def _one(self, rules: list[Json], key: str, rule: str) -> Json:
        # Of those that a permission selects.
        return acls.one(list(filter(self._may, rules)), rule, self._named(key))

    def _may(self, rule: Json) -> bool:
        return self.call.only is None or matches(rule, self.call.only)

    def _shown(self, key: str) -> list[Json]:
        found: list[Json] = self.holder.output(self.holder.collection.get(key))[
            "aclRules"
        ]
        return found

    def _changeable(self, key: str) -> Json:
        node_lists.lock(self.call.connection)
        return self.holder.collection.get(key, lock=True)

    def _replace(self, holder: Json) -> None:
        self.holder.collection.replace(holder)
        self.call.changed(f"{self.kind}modify", self.kind, holder["id"])

    def _named(self, key: str) -> str:
        return f"{self.holder.one} '{key}'"


class ReservationRules(_Rules):
    """Who may use a reservation."""

    name = "reservations"
    holders = Reservations
    kind = "rsv"

    def _changeable(self, key: str) -> Json:
        holder = super()._changeable(key)
        if "STANDINGRSV" in holder["flags"]:
            raise Conflict(
                f"The reservation '{key}' is one of a standing reservation, whose ACL "
                "rules can't be changed"
            )
        return holder

    def _replace(self, holder: Json) -> None:
        Store(self.call.connection, self.call.clock).replace(holder)
        self.call.changed("rsvmodify", "rsv", holder["id"])


class ContainerRules(_Rules):
    """Who may use a virtual container."""

    name = "vcs"
    holders = VirtualContainers
    kind = "vc"


def _alike(name: str, given: Any, named: str) -> bool:
    text = str(given)
    return type_name(text) == named if name == "type" else text == named
