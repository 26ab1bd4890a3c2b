Virtual machines move by the policies: overloaded hypervisors are relieved, lightly loaded ones emptied, by load that was
reported of late and without going to and fro; limits of overcommitment, exclusion lists and reservations hold wherever a
machine is placed, and a refusal says why of each hypervisor.
