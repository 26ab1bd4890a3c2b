"""Machines and jobs in plone.restapi: with their state, and without their secrets."""

from collective.mwsvm.browser import state
from collective.mwsvm.browser.machine import perform
from collective.mwsvm.content.job import IJob
from collective.mwsvm.content.virtualmachine import IVirtualMachine
from collective.mwsvm.interfaces import IMwsvmLayer
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from plone.protect.interfaces import IDisableCSRFProtection
from plone.restapi.interfaces import IFieldSerializer
from plone.restapi.interfaces import IJSONSummarySerializerMetadata
from plone.restapi.interfaces import ISerializeToJson
from plone.restapi.serializer.dxcontent import SerializeFolderToJson
from plone.restapi.serializer.dxcontent import SerializeToJson
from plone.restapi.services import Service
from zope.component import adapter
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.schema.interfaces import IPassword
import transaction


#: What no answer ever shows, to nobody.
SECRETS = ("secretKey", "monitorAuthToken")


@implementer(ISerializeToJson)
@adapter(IVirtualMachine, IMwsvmLayer)
class SerializeMachine(SerializeFolderToJson):
    """A machine, with its state as ``mwsvm``."""

    def __call__(self, *args, **kwargs):
        result = super().__call__(*args, **kwargs)
        for name in SECRETS:
            result.pop(name, None)
        result["mwsvm"] = state.machine_state(self.context)
        return result


@implementer(ISerializeToJson)
@adapter(IJob, IMwsvmLayer)
class SerializeJob(SerializeToJson):
    """A job, with the state of its record as ``mwsvm``; null before it was queued."""

    def __call__(self, *args, **kwargs):
        result = super().__call__(*args, **kwargs)
        result["mwsvm"] = state.state_of_job(self.context)
        return result


@implementer(IFieldSerializer)
@adapter(IPassword, IVirtualMachine, IMwsvmLayer)
class NoPassword:
    """A password is written and never read."""

    def __init__(self, field, context, request):
        self.field = field

    def __call__(self):
        return None


@implementer(IJSONSummarySerializerMetadata)
class HiddenMetadata:
    """Keeps secrets out of search results that ask for attributes by name."""

    def default_metadata_fields(self):
        return set()

    def field_accessors(self):
        return {}

    def non_metadata_attributes(self):
        return set()

    def blocklisted_attributes(self):
        return {*SECRETS, "accessKey", "get_next_key", "regenerate_token"}


class MachineAction(Service):
    """POST ``@machine-start`` and the like: the buttons of a machine's page."""

    action = ""

    def reply(self):
        alsoProvides(self.request, IDisableCSRFProtection)
        try:
            perform(self.context, self.action)
        except MwsvmError as error:
            transaction.abort()
            status = {Conflict: 409, Invalid: 400}.get(type(error), 503)
            self.request.response.setStatus(status)
            return {"type": type(error).__name__, "message": str(error)}
        self.request.response.setStatus(202)
        return state.machine_state(self.context)


class Start(MachineAction):
    action = "start"


class Stop(MachineAction):
    action = "stop"


class Refresh(MachineAction):
    action = "refresh"
