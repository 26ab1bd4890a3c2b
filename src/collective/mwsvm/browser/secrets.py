"""A password in a form is written and never shown; left empty, it stays as it is."""

from collective.mwsvm.content.virtualmachine import IVirtualMachine
from z3c.form.datamanager import AttributeField
from zope.component import adapter
from zope.schema.interfaces import IPassword


@adapter(IVirtualMachine, IPassword)
class SecretField(AttributeField):
    """For the classic forms and for plone.restapi, which both set fields by it."""

    def get(self):
        return ""

    def query(self, default=""):
        return ""

    def set(self, value):
        if value:
            super().set(value)
