"""Auto VM Migration: the machines that shall move now (guide 4.17).

The scheduler decides by load that was reported. What it can't decide by stays as it is:
hypervisors that were not reported of late, or not since a migration has changed their
load; and machines that have just moved, so that none is sent to and fro.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models import dates
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import scheduling
from collective.mwsvm.workload import vm_operations
from collective.mwsvm.workload import vm_world
from collective.mwsvm.workload import world_places
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.interface import SystemJobs
from collective.mwsvm.workload.policies import Policies
from collective.mwsvm.workload.scheduling import Migration
from collective.mwsvm.workload.scheduling import World
from collective.mwsvm.workload.vm_world import Move
from dataclasses import replace
from math import inf
from sqlalchemy import Connection
from typing import Any


Json = dict[str, Any]

#: Reports that are older, in seconds, say nothing of the present load.
STALE = 300

#: So long after a migration loads have become what they will be: they are averages.
SETTLE = 120

#: So long a machine stays where a migration has brought it, or failed to.
COOL_DOWN = 600


def decide(connection: Connection, now: float, jobs: SystemJobs) -> list[Migration]:
    """The migrations that the policy asks for now; none while it is disabled."""
    policies = world_places.policies(Policies(connection).all())
    if policies.migration.algorithm == "NONE":
        return []
    found = Collection(connection, collections.nodes, str)
    nodes = found.find(from_document({"isHypervisor": True})).documents
    vms, under_way = vm_world.hosted(connection), jobs.under_way()
    moves = list(vm_world.moves(vms, under_way))
    world = vm_world.look(connection, now, nodes, vms, moves)
    return scheduling.migrations(
        _without(
            world,
            _unsettled(nodes, moves, now),
            {*_resting(vms, moves, now), *(job.vm for job in under_way)},
        )
    )


def start(
    connection: Connection, now: float, jobs: SystemJobs, actor: Initiator
) -> dict[str, Migration]:
    """Begin what `decide` says: the migrations by the names of the jobs that make them.

    Until the transaction ends nobody else does anything to virtual machines.
    """
    node_lists.lock(connection)
    moves = {move.machine: move for move in decide(connection, now, jobs)}
    begun: dict[str, Migration] = {}
    vms = node_lists.documents(connection, collections.vms, moves.keys())
    for name, move in moves.items():
        arguments = vm_operations.migrate_arguments(vms[name], move.target, move.reason)
        begun[jobs.start(vm_operations.MIGRATE, name, arguments, actor)] = move
    return begun


def _unsettled(
    nodes: Iterable[Json], moves: Iterable[Move], now: float
) -> Iterator[str]:
    """The hypervisors of whose load nothing is known."""
    changed: dict[str, float] = {}
    for move in moves:
        for name in (move.source, move.host):
            changed[name] = max(changed.get(name, -inf), move.ended)
    for node in nodes:
        since = max(now - STALE, changed.get(node["name"], -inf) + SETTLE)
        if vm_world.reported(node) < since:
            yield node["name"]


def _resting(vms: Iterable[Json], moves: Iterable[Move], now: float) -> Iterator[str]:
    """The machines that stay where they are."""
    last = {move.machine: move.ended for move in moves}
    for vm in vms:
        came = vm["lastMigrationDate"]
        moved = max(last.get(vm["name"], -inf), dates.seconds(came) if came else -inf)
        if moved > now - COOL_DOWN or vm_world.reported(vm) < now - STALE:
            yield vm["name"]


def _without(world: World, hosts: Iterable[str], machines: Iterable[str]) -> World:
    policy = world.policies.migration
    policy = replace(
        policy,
        excluded_hosts=policy.excluded_hosts.union(hosts),
        excluded_machines=policy.excluded_machines.union(machines),
    )
    return replace(world, policies=replace(world.policies, migration=policy))
