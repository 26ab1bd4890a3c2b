"""Deciding which jobs start, where, and why the others wait; pure functions.

A `World` goes in, `Decisions` come out (`schedule`), which hold until their `horizon`; or
moves of virtual machines (`migrations`, `place_vm`). No clock, no database, no chance:
the same world has the same decisions.
"""

from collective.mwsvm.workload.scheduling.decisions import Decisions
from collective.mwsvm.workload.scheduling.horizon import horizon
from collective.mwsvm.workload.scheduling.hypervisors import Choice
from collective.mwsvm.workload.scheduling.hypervisors import Migration
from collective.mwsvm.workload.scheduling.migration import migrations
from collective.mwsvm.workload.scheduling.migration import place_vm
from collective.mwsvm.workload.scheduling.migration import refused
from collective.mwsvm.workload.scheduling.rounds import schedule
from collective.mwsvm.workload.scheduling.world import World


__all__ = [
    "Choice",
    "Decisions",
    "Migration",
    "World",
    "horizon",
    "migrations",
    "place_vm",
    "refused",
    "schedule",
]
