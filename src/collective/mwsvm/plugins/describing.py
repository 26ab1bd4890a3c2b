"""Loaded plug-in types as JSON, for pages, the REST API and the checks of the site."""

from collections.abc import Mapping
from collective.mwsvm.plugins.config_object import ConfigObject
from collective.mwsvm.plugins.initial_plugins import initial_plugins
from collective.mwsvm.plugins.loading import Library
from collective.mwsvm.plugins.loading import PluginType
from collective.mwsvm.plugins.naming import type_code
from collective.mwsvm.plugins.states import Suite
from collective.mwsvm.plugins.web_services import events
from collective.mwsvm.plugins.web_services import web_services
from typing import Any


Json = dict[str, Any]


def describe(library: Library, app_config: ConfigObject, suite: Suite) -> Json:
    """The project, the types in the order of their ids, and the problems.

    ``project.name`` is the name of the project's class, None if there is none or several;
    ``initialPlugins`` are those of all of them. An ``initialPlugins`` that raises is a
    problem.
    """
    problems = list(library.problems)
    types = [library.types[id] for id in sorted(library.types)]
    projects = dict.fromkeys(found.project for found in types if found.project)
    initial: dict[str, Json] = {}
    for project in projects:
        plugins, wrong = initial_plugins(project, app_config, suite)
        problems += wrong
        problems += [
            f"The initial plug-in {id} of {project.__name__} is another project's, too"
            for id in plugins
            if id in initial
        ]
        initial = {**plugins, **initial}
    names = [project.__name__ for project in projects]
    return {
        "project": {
            "name": names[0] if len(names) == 1 else None,
            "initialPlugins": initial,
        },
        "types": [_type(found, initial) for found in types],
        "problems": problems,
    }


def _type(found: PluginType, initial: Mapping[str, Json]) -> Json:
    handled = events(found.cls)
    return {
        "id": found.id,
        "className": found.class_name,
        **found.metadata,
        "initialPlugins": {
            id: plugin
            for id, plugin in initial.items()
            if plugin["pluginType"] == found.id
        },
        "pollMethod": "poll" in handled,
        "webServices": [
            {"name": name, "secured": secured}
            for name, secured in web_services(found.cls).items()
        ],
        "events": handled,
        "pollInterval": found.constraints.describe_poll_interval(),
        "parameters": found.constraints.describe(
            found.messages, type_code(found.class_name)
        ),
    }
