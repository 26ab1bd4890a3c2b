Jobs are submitted many at once: an array of 1,000 costs what 30 small calls do. ``GET jobs/<name>/log`` gives what a job
wrote; jobs know their names and indexes as ``MOAB_JOBID`` and ``MOAB_JOBARRAYINDEX``. Job templates act, virtual containers
get the jobs that name them, circular dependencies are refused, and where anything is reserved the hand-out obeys it.
