"""Plug-ins as the site sees them: their processes, types, instances and life cycle."""
