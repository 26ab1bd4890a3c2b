"""The type Libvirt: one hypervisor and its machines, through libvirt."""
