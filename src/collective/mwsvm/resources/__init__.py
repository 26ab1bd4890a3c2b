"""The resources of the MWS REST API (guide 4), one module each.

A resource says which operations it has, on which paths, with which object; `rest` does the
HTTP, the documentation and the table of resources read the same declarations.
"""
