"""A study file with some of its keys set anew: by a sweep, by a parameter, or in a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def changed(said: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give the keys of a study file with some of them set; the original is left as it is.

    Parameters
    ----------
    said : mapping
        As read from study.yml.
    settings : mapping
        Dotted paths to values: `statistics.alpha`, `variables.afp_level.at`, `subgroups.0.level`.

    Raises
    ------
    KeyError
        If a path leads through something that is not there; it names the path.
    """
    out = _copy(said)
    for path, value in settings.items():
        *above, last = path.split(".")
        place: Any = out
        for step in above:
            if isinstance(place, dict) and place.get(step) is None:
                place[step] = {}
            place = _step(place, step, path)
        if isinstance(place, list):
            _step(place, last, path)
            place[int(last)] = value
        elif isinstance(place, dict):
            place[last] = value
        else:
            raise KeyError(path)
    return out


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _step(place: Any, step: str, path: str) -> Any:
    try:
        return place[int(step)] if isinstance(place, list) else place[step]
    except (KeyError, IndexError, ValueError, TypeError):
        raise KeyError(path) from None


def differences(one: Any, other: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    """Give the dotted paths at which two studies (dumped) differ, with both values.

    Lists are compared as a whole, and so is a part that only one of them has.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        found: dict[str, tuple[Any, Any]] = {}
        for key in dict.fromkeys([*one, *other]):
            inside = f"{path}.{key}" if path else str(key)
            found |= differences(one.get(key), other.get(key), inside)
        return found
    return {} if one == other else {path: (one, other)}
