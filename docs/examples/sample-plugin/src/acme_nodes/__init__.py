"""Nodes of an inventory in JSON."""
