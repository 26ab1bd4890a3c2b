"""What the resources of the workload manager's documents have in common."""

from collections.abc import Collection
from collections.abc import Iterable
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.models.document import writable
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.documents import DocumentResource
from collective.mwsvm.workload.changes import Happened
from typing import Any


def tell(call: Call, happened: Iterable[Happened]) -> None:
    """Tell of what followed from a change."""
    for each in happened:
        call.changed(each.event_type, each.kind, each.key)


class WorkloadDocuments(DocumentResource):
    """Documents that the workload manager answers for."""

    managed = True

    def refuse_hidden(self, document: Json) -> None:
        """Raises `Forbidden` for what the caller may not make of a document."""
        if self.call.only is not None and not matches(document, self.call.only):
            raise Forbidden("You are not authorized to access this area")

    def refuse_other(
        self, given: Json, old: Json, allowed: Collection[str], why: str
    ) -> None:
        """Raises `Invalid` if ``given`` would change more than it can.

        Clients may send whole objects: what is as it was does no harm. ``why`` says what
        can be changed.
        """
        fixed = (writable(self.model, creation=True) | {"aclRules", "creator"}) - set(
            allowed
        )
        names = [
            name
            for name in given
            if name in fixed
            and given[name] is not None
            and self._checked_alone(name, given[name]) != old.get(name)
        ]
        if names:
            raise Invalid(
                *(f"The field '{name}' can't be changed here" for name in names), why
            )

    def _checked_alone(self, name: str, value: Any) -> Any:
        return self.model.check({name: value}).wire().get(name)
