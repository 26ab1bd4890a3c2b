"""How tasks are spread over nodes that have room for them."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collective.mwsvm.workload.scheduling.book import Amounts
from collective.mwsvm.workload.scheduling.views import Columns


#: A node (its place in the book) and a number of tasks.
Room = tuple[int, int]

#: More tasks than any job has.
PLENTY = 1 << 62


def rooms(
    need: Amounts, columns: Columns, nodes: Iterable[int], most: int
) -> Iterator[Room]:
    """The nodes with room for a task, in order, and for how many; at most for ``most``."""
    if len(need) == 1:
        ((number, amount),) = need
        column = columns[number]
        for place in nodes:
            if column[place] >= amount:
                yield place, min(column[place] // amount, most)
        return
    if len(need) == 2:
        (first, one), (second, two) = need
        left, right = columns[first], columns[second]
        for place in nodes:
            if left[place] >= one and right[place] >= two:
                yield place, min(left[place] // one, right[place] // two, most)
        return
    for place in nodes:
        count = most
        for number, amount in need:
            count = min(count, columns[number][place] // amount)
        if count > 0:
            yield place, count


def spread(
    room: Iterable[Room], tasks: int, each: int = 0, count: int = 0
) -> list[Room] | None:
    """So many tasks on the first nodes that will do; None if they don't fit.

    ``each``: so many on a node, but for a rest on the last. ``count``: on so many nodes.
    """
    if count:
        return _on_so_many(list(room), tasks, count)
    if each:
        return _so_many_on_each(room, tasks, each)
    taken: list[Room] = []
    for place, most in room:
        if most >= tasks:
            taken.append((place, tasks))
            return taken
        taken.append((place, most))
        tasks -= most
    return None


def fit(
    need: Amounts,
    columns: Columns,
    nodes: Iterable[int],
    most: int,
    tasks: int,
    each: int = 0,
    count: int = 0,
) -> list[Room] | None:
    """`spread` over the `rooms` of nodes, in one go: this is where a round works most."""
    if each or count or len(need) != 2:
        return spread(rooms(need, columns, nodes, most), tasks, each, count)
    (first, one), (second, two) = need
    left, right = columns[first], columns[second]
    taken: list[Room] = []
    for place in nodes:
        room = left[place] // one
        if room <= 0:
            continue
        other = right[place] // two
        if other < room:
            if other <= 0:
                continue
            room = other
        if room > most:
            room = most
        if room >= tasks:
            taken.append((place, tasks))
            return taken
        taken.append((place, room))
        tasks -= room
    return None


def _so_many_on_each(room: Iterable[Room], tasks: int, each: int) -> list[Room] | None:
    full, rest = divmod(tasks, each)
    taken: list[Room] = []
    for place, most in room:
        if full and most >= each:
            taken.append((place, each))
            full -= 1
        elif rest and most >= rest:
            taken.append((place, rest))
            rest = 0
        if not full and not rest:
            return taken
    return None


def _on_so_many(room: Sequence[Room], tasks: int, count: int) -> list[Room] | None:
    chosen = list(room[:count])
    if len(chosen) < count:
        return None
    if sum(most for _, most in chosen) < tasks:
        largest = sorted(range(len(room)), key=lambda at: (-room[at][1], at))[:count]
        chosen = [room[at] for at in sorted(largest)]
        if sum(most for _, most in chosen) < tasks:
            return None
    spare = tasks - count
    taken = []
    for place, most in chosen:
        more = min(most - 1, spare)
        spare -= more
        taken.append((place, 1 + more))
    return taken


def side_by_side(
    room: Sequence[Room], tasks: int, each: int = 0, count: int = 0
) -> list[Room] | None:
    """Like `spread`, on nodes that follow each other without a gap, if that can be."""
    ordered = sorted(room)
    run: list[Room] = []
    for each_room in [*ordered, (PLENTY, 0)]:
        if run and each_room[0] != run[-1][0] + 1:
            found = spread(run, tasks, each, count)
            if found is not None:
                return found
            run = []
        run.append(each_room)
    return spread(ordered, tasks, each, count)


def balanced(
    room: Sequence[Room],
    speeds: Sequence[float],
    tasks: int,
    each: int = 0,
    count: int = 0,
) -> list[Room] | None:
    """Like `spread`, on nodes whose speeds (by place) differ as little as can be."""
    ordered = sorted(room, key=lambda one: (speeds[one[0]], one[0]))
    if each:
        ordered = [one for one in ordered if one[1] >= min(each, tasks)]
    worth = [1 if each or count else most for _, most in ordered]
    wanted = count or (-(-tasks // each) if each else tasks)
    best: tuple[float, int, int] | None = None
    first = total = 0
    for last in range(len(ordered)):
        total += worth[last]
        while total - worth[first] >= wanted:
            total -= worth[first]
            first += 1
        if total >= wanted:
            gap = speeds[ordered[last][0]] - speeds[ordered[first][0]]
            if best is None or gap < best[0]:
                best = gap, first, last + 1
    if best is not None:
        found = spread(ordered[best[1] : best[2]], tasks, each, count)
        if found is not None:
            return found
    return spread(room, tasks, each, count)
