Jobs and job arrays of MWS over REST, in both versions: they are the same records as those of editors. Nodes, virtual
machines with migration and destruction as jobs to follow, reservations, virtual containers, ACL rules, policies, job
templates, standing reservations, credentials, metric and resource types, pending actions.
