Lists of jobs (``@@mwsvm-jobs``) and of virtual machines (``@@mwsvm-machines``) with filters that are addresses, sorting
and pages; hold, release, suspend, resume, retry, requeue and cancel many jobs, start, stop, migrate and destroy many
machines at a time, with the reason for each that is refused.
