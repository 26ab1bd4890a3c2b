Bundled plug-in types: Native, NodeUtilizationReport, VMUtilizationReport, Libvirt and VCenter.
