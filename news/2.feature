The monitor's services ``getNextJob``, ``updateJobStatus`` and ``provideStatus``, with hand-out exactly once, leases, and
logs in pieces; and the agent, one file for Python 3.6 and newer.
