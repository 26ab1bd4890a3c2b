Refusals of the workload manager have its headers ``X-Moab-Status``, ``X-Moab-Code`` and ``X-Moab-Message``, too. ACL rules
are ``acl-rules`` for permissions, grids and hooks, and actions on jobs are changes of ``jobs``; an upgrade renames what was
granted for ACL rules. The pages say of every field of a job what it does.
