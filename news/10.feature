The plug-in framework of MWS: plug-in types in Python, from distributions or uploaded; plug-ins with life cycle, polls,
constraints, messages, datastore, web services, and all services of the guide. Each runs in a process of its own, with a
deadline and a limit of memory. The resources ``plugins`` and ``plugin-types``, in both versions.
