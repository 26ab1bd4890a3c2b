"""``/rest/vcs`` (guide 4.28)."""

from collective.mwsvm.database import collections
from collective.mwsvm.models import dates
from collective.mwsvm.models.document import Made
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.vcs import ContainerAttributes
from collective.mwsvm.models.vcs import ContainerChange
from collective.mwsvm.models.vcs import ContainerMembers
from collective.mwsvm.models.vcs import NewVirtualContainer
from collective.mwsvm.models.vcs import VirtualContainer
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.workload_documents import tell
from collective.mwsvm.resources.workload_documents import WorkloadDocuments
from collective.mwsvm.workload import containers
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import sequences


#: What a container gets only when it is there.
LATER = ("aclRules", "jobs", "nodes", "reservations", "variables", "virtualMachines")


class VirtualContainers(WorkloadDocuments):
    """Jobs, machines and reservations that belong together; containers, too."""

    name = "vcs"
    one = "virtual container"
    many = "virtual containers"
    model = VirtualContainer
    documents = collections.vcs
    lists = tuple(containers.KINDS)

    @operation("Save", takes=NewVirtualContainer, gives=Made)
    def save(self) -> Reply:
        """Create a virtual container"""
        given = self.call.object()
        early = [name for name in LATER if given.get(name)]
        if early:
            raise Invalid(
                *(f"The field '{name}' can't be set on creation" for name in early),
                "Please create the virtual container, and change it then",
            )
        attributes = _present(NewVirtualContainer, given)
        node_lists.lock(self.call.connection)
        number = sequences.following(self.call.connection, "vcs")
        made = self._new(f"vc{number}", attributes)
        self.refuse_hidden(made)
        self.collection.insert([made])
        inner = _ids(attributes.get("virtualContainers", []))
        containers.add(self.call.connection, made, {"virtualContainers": inner})
        self.call.changed("vccreate", "vc", made["id"])
        return Reply(
            {"id": made["id"]}, status=201, location=f"{self.name}/{made['id']}"
        )

    @operation("Update", "{key}", takes=ContainerChange, gives=Told)
    def update(self, key: str) -> Json:
        """Modify a virtual container: its members, or with change-mode=set itself"""
        node_lists.lock(self.call.connection)
        old = self.get(key, lock=True)
        given = self.call.object()
        mode = self.call.parameters.change_mode
        said = self._set(old, given) if mode == "set" else self._move(old, given, mode)
        return {"messages": said}

    @operation("Delete", "{key}", answer=Json)
    def delete(self, key: str) -> Json:
        """Destroy a virtual container; what is in it stays"""
        node_lists.lock(self.call.connection)
        happened = containers.destroy(self.call.connection, self.get(key, lock=True))
        self.call.changed("vcdestroy", "vc", key)
        tell(self.call, happened)
        return {}

    def _new(self, id: str, attributes: Json) -> Json:
        caller = self.call.caller
        owner = attributes.get("owner") or {
            "name": caller.proxy_user or caller.name,
            "type": "USER",
        }
        document = VirtualContainer.check(
            {
                "createDate": dates.mws(self.call.clock()),
                "creator": caller.proxy_user or owner["name"],
                "description": attributes.get("description") or id,
                "flags": list(dict.fromkeys(attributes.get("flags", []))),
                "owner": owner,
                "requiredStartDate": attributes.get("requiredStartDate"),
            }
        ).wire()
        return {**document, "id": id}

    def _set(self, old: Json, given: Json) -> list[str]:
        self.refuse_other(
            given,
            old,
            tuple(_names(ContainerAttributes)),
            "With change-mode=set description, flags, owner and variables can be changed; "
            "objects with add and remove, ACL rules below acl-rules",
        )
        changes = _present(ContainerAttributes, given)
        if not changes:
            raise Invalid(
                "Nothing is to be changed: please send description, flags, owner or "
                "variables, or objects with change-mode add or remove"
            )
        if "flags" in changes:
            changes["flags"] = list(dict.fromkeys(changes["flags"]))
        new = {**old, **changes}
        self.refuse_hidden(new)
        self.collection.replace(new)
        self.call.changed("vcmodify", "vc", old["id"])
        return [f"VC '{old['id']}' successfully modified"]

    def _move(self, old: Json, given: Json, mode: str) -> list[str]:
        self.refuse_other(
            given,
            old,
            tuple(containers.KINDS),
            f"With change-mode={mode} objects are meant; use change-mode=set for what the "
            "virtual container itself is",
        )
        members = {
            name: _ids(listed)
            for name, listed in _present(ContainerMembers, given).items()
            if listed
        }
        if not members:
            raise Invalid(
                f"There is nothing to {mode}: please send {', '.join(containers.KINDS)}"
            )
        connection = self.call.connection
        act = containers.add if mode == "add" else containers.remove
        said = act(connection, old, members)
        self.call.changed("vcmodify", "vc", old["id"])
        if mode == "remove":
            tell(self.call, containers.destroy_if_empty(connection, old))
        return said

    @property
    def _kind(self) -> str:
        return "vc"


def _present(model: type[Model], given: Json) -> Json:
    return {k: v for k, v in model.check(given).wire().items() if v is not None}


def _names(model: type[Model]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _ids(members: list[Json]) -> list[str]:
    return [member["id"] for member in members]
