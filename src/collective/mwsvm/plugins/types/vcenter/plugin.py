"""The type VCenter."""

from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import INodeRMService
from collective.mwsvm.plugins import IVirtualMachineRMService
from collective.mwsvm.plugins.types.names import comma_list
from collective.mwsvm.plugins.types.names import report_name
from collective.mwsvm.plugins.types.vcenter import sessions
from collective.mwsvm.plugins.types.vcenter.collecting import retrieve
from collective.mwsvm.plugins.types.vcenter.reading import Choices
from collective.mwsvm.plugins.types.vcenter.reading import reports
from collective.mwsvm.plugins.types.vcenter.reading import WANTED
from collective.mwsvm.plugins.types.vcenter.sessions import Server
from collective.mwsvm.plugins.types.vcenter.sessions import VCenterFailure


_OPTIONAL = {"required": False}
_SWITCH = {"required": False, "type": bool, "defaultValue": False}


def _check_url(value: str) -> str | None:
    return None if value.lower().startswith(("https://", "http://")) else "invalid"


class VCenterPlugin(AbstractPlugin):
    """Reports the hypervisors and machines of one vCenter server."""

    title = "VMware vCenter"
    description = "Reports the hypervisors and virtual machines of a vCenter server."

    constraints = {
        "pollInterval": {"min": 20},
        "url": {"url": True, "blank": False, "validator": _check_url},
        "username": {"blank": False},
        "password": {"password": True},
        "ignoredHypervisors": _OPTIONAL,
        "ignoredVirtualMachines": _OPTIONAL,
        "ignoreCertificateErrors": _SWITCH,
        "ignoreApiVersion": _SWITCH,
        "ignoreState": _SWITCH,
        "hypervisorImageName": _OPTIONAL,
        "partition": _OPTIONAL,
    }

    nodeRMService: INodeRMService
    virtualMachineRMService: IVirtualMachineRMService

    def configure(self) -> None:
        sessions.check_library()

    def poll(self) -> None:
        """Report all hypervisors and machines that are not ignored.

        When the server can't be read the log says so and the last reports stay as they
        are.
        """
        try:
            with sessions.session(self._server()) as content:
                found = retrieve(content, WANTED)
        except VCenterFailure as failure:
            self.log.error(f"The vCenter server can't be read: {failure}")
            return
        made = reports(found, self._choices())
        if made.duplicates:
            self.log.warn(
                "Several virtual machines have the same name, and one of them is "
                f"reported: {', '.join(sorted(set(made.duplicates)))}"
            )
        self.nodeRMService.save(made.nodes)
        self.virtualMachineRMService.save(made.machines)

    def _server(self) -> Server:
        config = self.config
        return Server(
            url=config["url"],
            username=config["username"],
            password=config["password"],
            ignore_certificate_errors=bool(config.get("ignoreCertificateErrors")),
            ignore_api_version=bool(config.get("ignoreApiVersion")),
        )

    def _choices(self) -> Choices:
        config = self.config
        return Choices(
            partition=config.get("partition") or f"vcenter-{self.id}",
            image=config.get("hypervisorImageName") or None,
            ignored_hypervisors=_names(config.get("ignoredHypervisors")),
            ignored_machines=_names(config.get("ignoredVirtualMachines")),
            ignore_state=bool(config.get("ignoreState")),
        )


def _names(text: str | None) -> frozenset[str]:
    return frozenset(map(report_name, comma_list(text)))


class VCenterProject:
    """The project of the type."""

    title = "VMware vCenter"
    description = "Hypervisors and virtual machines of VMware vCenter servers."
    version = "1.0"
    mwsVersion = "7.1.2 > *"
    commonsVersion = "0.9.4 > *"
    license = "GPLv2"
