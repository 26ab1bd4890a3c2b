"""The type Libvirt."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import INodeRMService
from collective.mwsvm.plugins import IVirtualMachineRMService
from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins.types.libvirt import connections
from collective.mwsvm.plugins.types.libvirt.connections import HypervisorFailure
from collective.mwsvm.plugins.types.libvirt.control import Control
from collective.mwsvm.plugins.types.libvirt.rates import Rates
from collective.mwsvm.plugins.types.libvirt.reading import Reader
from collective.mwsvm.plugins.types.names import comma_list
from collective.mwsvm.plugins.types.names import report_name
from contextlib import contextmanager
from typing import Any
import re


_URI = re.compile(r"[a-z][a-z0-9.-]*(\+[a-z0-9]+)?:\S*", re.IGNORECASE)


def _check_uri(value: str) -> str | None:
    return None if _URI.fullmatch(value) else "invalid"


def _check_targets(value: str) -> list[str] | None:
    try:
        parse_targets(value)
    except ValueError as error:
        return ["invalid", str(error)]
    return None


def parse_targets(text: str | None) -> dict[str, str]:
    """URIs by the names of hypervisors, from ``hv2=qemu+ssh://hv2/system, hv3=...``.

    Raises ValueError with what is wrong.
    """
    targets = {}
    for entry in comma_list(text):
        name, _, uri = (part.strip() for part in entry.partition("="))
        if not name or not _URI.fullmatch(uri):
            raise ValueError(f"{entry!r} is not of the form name=URI")
        targets[report_name(name)] = uri
    return targets


class LibvirtPlugin(AbstractPlugin):
    """Reports one hypervisor and its machines, and switches and migrates them."""

    title = "Libvirt"
    description = (
        "Reports a hypervisor and its virtual machines through libvirt (KVM, Xen, LXC), "
        "and powers and migrates the machines."
    )

    constraints = {
        "uri": {"blank": False, "validator": _check_uri},
        "nodeName": {"required": False},
        "hypervisorImageName": {"required": False},
        "guestAgent": {"required": False, "type": bool, "defaultValue": False},
        "forcePowerOff": {"required": False, "type": bool, "defaultValue": False},
        "migrationTargets": {"required": False, "validator": _check_targets},
    }

    nodeRMService: INodeRMService
    virtualMachineRMService: IVirtualMachineRMService

    def configure(self) -> None:
        connections.library()
        self._rates = Rates()

    def poll(self) -> None:
        """Report the hypervisor and its machines.

        When they can't be read the log says so and the last reports stay as they are.
        """
        try:
            with self._connection() as connection:
                node, machines = self._reader(connection).reports()
        except HypervisorFailure as failure:
            self.log.error(f"The hypervisor can't be read: {failure}")
            return
        self.nodeRMService.save([node])
        self.virtualMachineRMService.save(machines)

    def nodePower(self, nodes: Sequence[str], state: NodeReportPower) -> bool:
        """Switch machines, named ``vm`` or ``hypervisor:vm``; whether all obeyed.

        The hypervisor itself can't be switched through libvirt.
        """
        try:
            with self._connection() as connection:
                control = self._control(connection)
                obeyed = [self._power(control, name, state) for name in nodes]
        except HypervisorFailure as failure:
            self._refuse("switched", ", ".join(nodes), failure)
            return False
        return all(obeyed)

    def nodeModify(self, nodes: Sequence[str], properties: Mapping[str, str]) -> bool:
        """Switch machines by the property ``power``; there is no other one."""
        states = {name.lower(): value for name, value in properties.items()}
        state = NodeReportPower.parse(states.pop("power", ""))
        if states or state is None:
            self._refuse(
                "modified", ", ".join(nodes), "only power can be: On, Off, Reset, ..."
            )
            return False
        return self.nodePower(nodes, state)

    def virtualMachineMigrate(
        self, vmName: str, hypervisorName: str, operationName: str
    ) -> bool:
        """Move a machine to another hypervisor of ``migrationTargets``."""
        try:
            targets = parse_targets(self.config.get("migrationTargets"))
            uri = targets.get(report_name(hypervisorName))
            if uri is None:
                raise HypervisorFailure(
                    f"migrationTargets has no hypervisor {hypervisorName!r}"
                )
            with self._connection() as connection:
                self._control(connection).migrate(vmName.rpartition(":")[2], uri)
        except HypervisorFailure as failure:
            self._refuse("migrated", vmName, failure)
            return False
        return True

    # -- the hypervisor

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        with connections.connection(self.config["uri"]) as connection:
            yield connection

    def _reader(self, connection: Any) -> Reader:
        return Reader(
            connections.library(),
            connection,
            self._rates,
            node_name=self.config.get("nodeName"),
            image=self.config.get("hypervisorImageName"),
            guest_agent=bool(self.config.get("guestAgent")),
        )

    def _control(self, connection: Any) -> Control:
        force = bool(self.config.get("forcePowerOff"))
        return Control(connections.library(), connection, force=force)

    def _power(self, control: Control, name: str, state: NodeReportPower) -> bool:
        try:
            with connections.failures():
                control.power(name.rpartition(":")[2], state)
        except HypervisorFailure as failure:
            self._refuse("switched", name, failure)
            return False
        return True

    def _refuse(self, done: str, name: str, reason: object) -> None:
        self.log.error(f"{name} can't be {done}: {reason}")


class LibvirtProject:
    """The project of the type."""

    title = "Libvirt"
    description = "Hypervisors and virtual machines through libvirt."
    version = "1.0"
    mwsVersion = "7.1.4 > *"
    commonsVersion = "0.9.4 > *"
    license = "GPLv2"
