"""``/rest/images`` (guide 4.7)."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.images import Image
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.documents import DocumentResource


class Images(DocumentResource):
    """Operating systems and hypervisors that machines can be provisioned with."""

    name = "images"
    one = "image"
    many = "images"
    model = Image
    documents = collections.images

    def prepared(self, document: Json, old: Json | None) -> Json:
        """The virtualized images must exist; they are kept with id and name."""
        document["virtualizedImages"] = [
            self._reference(reference) for reference in document["virtualizedImages"]
        ]
        return document

    def insert(self, document: Json) -> Json:
        """Nodes that have the image already learn of it."""
        made = super().insert(document)
        self._tell_nodes({made["name"]})
        return made

    def replaced(self, old: Json, new: Json) -> None:
        """Hypervisors keep the new name, and nodes learn of it."""
        concerned = {old["name"], new["name"]}
        if old["name"] != new["name"]:
            query = from_document({"virtualizedImages.id": new["id"]})
            for hypervisor in self.collection.find(query).documents:
                for reference in hypervisor["virtualizedImages"]:
                    if reference["id"] == new["id"]:
                        reference["name"] = new["name"]
                self.collection.replace(hypervisor)
                concerned.add(hypervisor["name"])
        self._tell_nodes(concerned)

    def delete(self, key: str) -> Json:
        """Hypervisors forget it, and nodes learn of that."""
        image = self.get(key, lock=True)
        query = from_document({"virtualizedImages.id": image["id"]})
        concerned = {found["name"] for found in self.collection.find(query).documents}
        self.forget(collections.images, "virtualizedImages", image["id"])
        answer = super().delete(key)
        self._tell_nodes({image["name"], *concerned})
        return answer

    def _tell_nodes(self, images: set[str]) -> None:
        # What a hypervisor is, its image says.
        inventory = self.call.plugins.context.inventory(self.call.connection)
        inventory.images_changed(images)

    def _reference(self, reference: Json) -> Json:
        key = reference.get("id") or reference.get("name")
        if not key:
            raise Invalid(
                "Each item of the field 'virtualizedImages' needs an id or a name"
            )
        try:
            image = self.collection.get(key, keep=True)
        except NotFound:
            raise Invalid(
                f"The field 'virtualizedImages' names the image '{key}', which does not "
                "exist"
            ) from None
        return {"id": image["id"], "name": image["name"]}
