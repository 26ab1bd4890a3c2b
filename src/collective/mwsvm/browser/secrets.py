"""A password in a form is written and never shown; left empty, it stays as it is."""

from collective.mwsvm import _
from collective.mwsvm.content.virtualmachine import IVirtualMachine
from collective.mwsvm.interfaces import IMwsvmLayer
from z3c.form.browser.password import PasswordWidget
from z3c.form.datamanager import AttributeField
from z3c.form.interfaces import IFieldWidget
from z3c.form.util import getSpecification
from z3c.form.widget import FieldWidget
from zope.component import adapter
from zope.interface import implementer
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


class SecretWidget(PasswordWidget):
    """Says what empty means, where there may be a present one."""

    @property
    def description(self):
        if IVirtualMachine.providedBy(self.context):
            return _("It is never shown again. Leave it empty to keep the present one.")
        return self.field.description


@adapter(getSpecification(IVirtualMachine["secretKey"]), IMwsvmLayer)
@implementer(IFieldWidget)
def secret_widget(field, request):
    return FieldWidget(field, SecretWidget(request))
