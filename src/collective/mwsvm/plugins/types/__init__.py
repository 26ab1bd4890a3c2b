"""The bundled plug-in types (guide 6.2.17): Native, utilization, Libvirt, VCenter."""
