What plug-ins report of nodes, virtual machines and jobs is consolidated by precedence, feeds the collections ``nodes`` and
``vms``, and comes out of the RM queries as Wiki. RM events reach plug-ins with ``POST plugins/<id|all>/rm/<event>``.
