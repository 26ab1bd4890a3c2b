"""``/rest/service-templates`` (guide 4.25), with the guide's own sentences."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import is_id
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.document import Made
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.service_templates import NAME
from collective.mwsvm.models.service_templates import ServiceTemplate
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.documents import DocumentResource
from sqlalchemy import select


#: So many templates are looked for at once: a statement has a limited size.
BATCH = 500

AGAIN = "Please correct the request and try again"


class ServiceTemplates(DocumentResource):
    """From what services are made; containers include other templates."""

    name = "service-templates"
    one = "service template"
    many = "service templates"
    model = ServiceTemplate
    documents = collections.service_templates

    @operation("Save", answer=Made)
    def save(self) -> Reply:
        """Create one of the {many}"""
        given = self.call.object()
        try:
            document = self.checked(given, creation=True)
            made = self.insert(document)
        except (Invalid, Conflict) as error:
            raise Invalid(
                f"Service template {given.get('name', '')} could not be created",
                *error.messages,
                AGAIN,
            ) from error
        return Reply(
            {"id": made["id"]}, status=201, location=f"{self.name}/{made['id']}"
        )

    def update(self, key: str) -> Json:
        try:
            return super().update(key)
        except Invalid as error:
            raise Invalid(
                f"Service template {key} could not be updated", *error.messages, AGAIN
            ) from error
        except Conflict as error:
            raise Conflict(
                f"Service template {key} could not be updated", *error.messages
            ) from error

    def get(self, key: str, lock: bool = False) -> Json:
        try:
            return super().get(key, lock)
        except NotFound:
            raise NotFound(f"Service template not found with ID '{key}'") from None

    def prepared(self, document: Json, old: Json | None) -> Json:
        """Names and what is included must fit; who made it is known."""
        faults = list(self._faults(document, old))
        if faults:
            raise Invalid(*faults)
        if document["createdBy"] is None:
            caller = self.call.caller
            document["createdBy"] = caller.proxy_user or caller.name
        return document

    def replaced(self, old: Json, new: Json) -> None:
        """Containers keep the new name."""
        if old["name"] != new["name"]:
            for container in self._containers_of(old):
                for included in container["includedServices"]:
                    if included["serviceTemplate"] == old["name"]:
                        included["serviceTemplate"] = new["name"]
                self.collection.replace(container)

    def removing(self, document: Json) -> None:
        """Not while others are made of it."""
        names = [container["name"] for container in self._containers_of(document)]
        if names:
            raise Conflict(
                f"Service template {document['name']} could not be deleted",
                f"Service template '{document['name']}' cannot be deleted because Service "
                f"template '[{', '.join(names)}]' depends on it ",
            )

    def _taken(self, document: Json) -> Conflict:
        return Conflict(
            f"Request has a non-unique service template name '{document['name']}'"
        )

    def _faults(self, document: Json, old: Json | None) -> Iterator[str]:
        name = document["name"]
        if ":" in name:
            yield f"Request contains a colon (:) in the service template name '{name}'"
        elif is_id(name.lower()):
            yield (
                "Request has a MongoDB Object ID format for the service template name "
                f"'{name}'"
            )
        elif NAME.fullmatch(name) is None:
            yield (
                f"Request has a service template name '{name}' with other characters than "
                "letters, digits, spaces and _ , - . ? @ ~ # [ ] < > | = & ( ) * { } ` $"
            )
        included = document["includedServices"]
        counted = Counter(item["localName"] for item in included)
        twice = [local for local, count in counted.items() if count > 1]
        if twice:
            yield (
                "Service template request has a non-unique included service template "
                f"local name ([{', '.join(twice)}])"
            )
        missing = self._missing([item["serviceTemplate"] for item in included])
        if missing:
            yield (
                f"Service template requires service template(s) [{', '.join(missing)}] "
                "which do not exist"
            )
        if not missing and self._includes_itself(document, old):
            yield f"Service template {name} would include itself"
        yield from _wrong_dependencies(document, set(counted))

    def _includes_itself(self, document: Json, old: Json | None) -> bool:
        own = {document["name"], (old or document)["name"]}
        seen: set[str] = set()
        wanted = _templates(document)
        while wanted:
            if wanted & own:
                return True
            seen |= wanted
            found = self._named(wanted)
            wanted = {name for item in found for name in _templates(item)} - seen
        return False

    def _missing(self, names: list[str]) -> list[str]:
        found = {template["name"] for template in self._named(names)}
        return [name for name in dict.fromkeys(names) if name not in found]

    def _named(self, names: Iterable[str]) -> list[Json]:
        # Nobody deletes or renames them until this change has ended.
        table, wanted = self.documents.table, sorted(set(names))
        found: list[Json] = []
        for start in range(0, len(wanted), BATCH):
            found += self.call.connection.scalars(
                select(table.c.doc)
                .where(table.c.name.in_(wanted[start : start + BATCH]))
                .order_by(table.c.id)
                .with_for_update(read=True)
            )
        return found

    def _containers_of(self, template: Json) -> list[Json]:
        query = from_document({"includedServices.serviceTemplate": template["name"]})
        return self.collection.find(query).documents


def _templates(document: Json) -> set[str]:
    return {item["serviceTemplate"] for item in document["includedServices"]}


def _wrong_dependencies(document: Json, known: set[str]) -> Iterator[str]:
    moab = document["attributes"].get("moab")
    dependencies = moab.get("dependencies") if isinstance(moab, dict) else None
    for item in dependencies if isinstance(dependencies, list) else []:
        if not isinstance(item, dict):
            continue
        on = item.get("dependency")
        names = [item.get("localName"), *(on if isinstance(on, list) else [on])]
        for name in names:
            if name is not None and not (isinstance(name, str) and name in known):
                yield (
                    "The field 'attributes.moab.dependencies' names the included service "
                    f"'{name}', which the service template does not have"
                )
