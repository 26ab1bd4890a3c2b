"""Lists of jobs and of virtual machines, with filters, and actions on many at a time."""
