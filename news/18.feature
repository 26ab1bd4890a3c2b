A dashboard: jobs, machines and nodes by state, why jobs wait, utilization over time, and the last events.
The report ``mwsvm-utilization``, which the worker fills, holds how much was at work in the last week.
