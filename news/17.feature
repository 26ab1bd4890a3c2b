One interface of workload managers, for jobs, nodes, virtual machines, reservations and what is only read, and one suite
of contract tests for all implementations. Managers that wait for another server keep nobody from writing meanwhile.
