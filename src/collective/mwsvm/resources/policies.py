"""``/rest/policies`` (guide 4.17)."""

from collective.mwsvm.database.matcher import matches
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.policies import AnyPolicy
from collective.mwsvm.models.policies import Policy
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.listing import listed
from collective.mwsvm.resources.worked_out import WorkedOut
from collective.mwsvm.workload.policies import LISTS
from collective.mwsvm.workload.policies import Policies as Store
from dataclasses import replace
import re


#: The guide asks for it as a text.
_CONFLICTED = re.compile(r"""(["']?conflicted["']?\s*:\s*)(["'])(true|false)\2""")


class Policies(WorkedOut):
    """How machines are moved and work is placed: there are four."""

    name = "policies"
    one = "policy"
    many = "policies"
    model = Policy
    kinds = ("List", "Show", "Update")
    lists = LISTS

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.store = Store(
            call.connection, call.site.workload_settings().generic_metrics
        )

    def objects(self) -> list[Json]:
        """All of them, in the order of the guide."""
        return self.store.all()

    @operation("List")
    def find(self) -> Listed:
        """Get all {many}"""
        given = dict(self.call.parameters.given)
        if "query" in given:
            given["query"] = _CONFLICTED.sub(r"\1\3", given["query"])
        parameters = replace(self.call.parameters, given=given)
        call = replace(self.call, parameters=parameters)
        return listed(call, self.objects(), self.model)

    @operation("Update", "{key}", takes=AnyPolicy, answer=Told)
    def update(self, key: str) -> Json:
        """Modify a policy: its state, and its own fields while it is enabled"""
        self.get(key)
        given = self.call.object()
        if not given:
            raise Invalid(
                "The request has an empty body", "Please send the fields to be modified"
            )
        new = self.store.change(key, given, self.call.parameters.change_mode)
        if self.call.only is not None and not matches(new, self.call.only):
            raise Forbidden("You are not authorized to access this area")
        self.call.changed("policymodify", "policy", key)
        return {"messages": [f"Policy {key} updated"]}
