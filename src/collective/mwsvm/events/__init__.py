"""Events: what happened in the system, told to the site and written to events.log.

Plain Python: ``xml`` reads the XML form in which clients may send events, ``log``
writes the one line that each event has in events.log.
"""
