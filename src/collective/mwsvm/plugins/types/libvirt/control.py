"""Power and migration of machines through libvirt."""

from collective.mwsvm.plugins import NodeReportPower
from collective.mwsvm.plugins.types.libvirt.connections import HypervisorFailure
from collective.mwsvm.plugins.types.names import report_name
from typing import Any


class Control:
    """Acts on the machines of one connection; ``force`` does not ask their systems."""

    def __init__(self, libvirt: Any, connection: Any, *, force: bool = False) -> None:
        self._libvirt = libvirt
        self._connection = connection
        self._force = force

    def power(self, name: str, state: NodeReportPower) -> None:
        """Bring a machine into a power state, which it may be in already.

        ON starts it, or wakes it up; OFF shuts its system down; RESET starts that
        again; STANDBY holds the machine, its memory is kept; HIBERNATE saves the memory
        to a file and ends the machine. Shutting down takes as long as the system likes.

        Raises `HypervisorFailure` for an unknown machine and what can't be done.
        """
        domain = self._domain(name)
        if state is NodeReportPower.ON:
            self._on(domain)
        elif state is NodeReportPower.OFF:
            if domain.isActive():
                self._off(domain)
        elif state is NodeReportPower.RESET:
            self._running(domain, name)
            domain.reset(0) if self._force else domain.reboot(0)
        elif state is NodeReportPower.STANDBY:
            self._running(domain, name)
            if domain.info()[0] != self._libvirt.VIR_DOMAIN_PAUSED:
                domain.suspend()
        elif state is NodeReportPower.HIBERNATE:
            if not domain.hasManagedSaveImage():
                self._running(domain, name)
                domain.managedSave(0)
        else:
            raise HypervisorFailure(f"{state.name} is no power state to be put in")

    def migrate(self, name: str, uri: str) -> None:
        """Move a machine to the hypervisor with the URI, and come back when it is there.

        A machine that runs goes on running. The two hypervisors talk to each other
        directly: the URI is used by the one that has the machine.

        Raises `HypervisorFailure` for an unknown machine.
        """
        libvirt = self._libvirt
        domain = self._domain(name)
        flags = libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_PERSIST_DEST
        flags |= libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
        running = domain.isActive()
        flags |= libvirt.VIR_MIGRATE_LIVE if running else libvirt.VIR_MIGRATE_OFFLINE
        domain.migrateToURI3(uri, {}, flags)

    def _domain(self, name: str) -> Any:
        wanted = report_name(name)
        for domain in self._connection.listAllDomains():
            if report_name(domain.name()) == wanted:
                return domain
        raise HypervisorFailure(f"this hypervisor has no machine {name!r}")

    def _on(self, domain: Any) -> None:
        state = domain.info()[0]
        if state == self._libvirt.VIR_DOMAIN_PAUSED:
            domain.resume()
        elif state == self._libvirt.VIR_DOMAIN_PMSUSPENDED:
            domain.pMWakeup(0)
        elif not domain.isActive():
            domain.create()

    def _off(self, domain: Any) -> None:
        if self._force:
            # Discs are written before the end, as far as the hypervisor can.
            domain.destroyFlags(self._libvirt.VIR_DOMAIN_DESTROY_GRACEFUL)
        else:
            domain.shutdown()

    def _running(self, domain: Any, name: str) -> None:
        if not domain.isActive():
            raise HypervisorFailure(f"the machine {name!r} is off")
