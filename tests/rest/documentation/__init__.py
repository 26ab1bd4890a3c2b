"""The examples of the MWS guide and of our own pages, performed over HTTP.

Each is kept below ``docs/rest/examples``, where the pages take it from. To write them anew:
``MWSVM_WRITE_EXAMPLES=1 .venv/bin/pytest tests/rest/documentation``.
"""
