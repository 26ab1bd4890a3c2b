"""The settings, as a control panel of the classic pages and of plone.restapi."""

from collective.mwsvm import _
from collective.mwsvm.interfaces import IMwsvmLayer
from collective.mwsvm.interfaces import IMwsvmSettings
from collective.mwsvm.interfaces import PREFIX
from plone.app.registry.browser.controlpanel import ControlPanelFormWrapper
from plone.app.registry.browser.controlpanel import RegistryEditForm
from plone.restapi.controlpanels import RegistryConfigletPanel
from zope.component import adapter
from zope.interface import Interface


class SettingsForm(RegistryEditForm):
    schema = IMwsvmSettings
    schema_prefix = PREFIX
    label = _("Virtual machines and jobs")


class SettingsView(ControlPanelFormWrapper):
    form = SettingsForm


@adapter(Interface, IMwsvmLayer)
class SettingsPanel(RegistryConfigletPanel):
    """The settings as Volto sees them."""

    schema = IMwsvmSettings
    schema_prefix = PREFIX
    configlet_id = "mwsvm"
    configlet_category_id = "Products"
