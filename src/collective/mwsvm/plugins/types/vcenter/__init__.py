"""The type VCenter: the hypervisors and machines of a VMware vCenter server."""
