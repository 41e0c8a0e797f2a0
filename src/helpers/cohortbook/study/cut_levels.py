"""Levels of a variable whose cut-points a sweep or a choice changes: named by the new ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .cuts import (
    MEDIAN,
    bounds_of,
    contradicts,
    names_a_side,
    names_numbers,
    numbers_levels,
    plain,
    written_points,
)

CUT = re.compile(r"variables\.(\w+)\.(?:at|cut_point_in)(?:\.\d+)?")


def with_levels_of(raw: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Name the levels of each variable whose cut-points are among the settings.

    Codes and labels that name a number are made from the cut-points, here and where the study file
    refers to them (arms, subgroups, reference levels); those that name none (low, high) stay. A
    point that sets the levels itself is left as it is.

    Parameters
    ----------
    raw : dict
        A study file with the settings made; it is changed.
    settings : mapping
        Dotted paths to values.
    """
    for name in dict.fromkeys(m[1] for m in map(CUT.fullmatch, settings) if m):
        own = f"variables.{name}.levels"
        if not any(path == own or path.startswith(f"{own}.") for path in settings):
            _name_levels(raw, name)
    return raw


def _name_levels(raw: dict[str, Any], name: str) -> None:
    variable = (raw.get("variables") or {}).get(name)
    levels = variable.get("levels") if isinstance(variable, dict) else None
    points = written_points(variable.get("at")) if levels else None
    if points is None:
        return  # said where the key is read
    bounds = bounds_of(points, variable.get("cut_point_in", "upper"))
    source = (raw["variables"].get(variable.get("cut")) or {}).get("label")
    label = str(variable.get("label", ""))
    if (
        source
        and (MEDIAN in points or all(contradicts(label, own, False) for own in bounds))
        and names_a_side(label)
    ):
        variable["label"] = source  # AFP ≥400, of levels no and yes
    printed = [str(level.get("label") or level.get("code", "")) for level in levels]
    if numbers_levels(printed):
        return  # 0, 1: the cut-points are printed beside them
    if len(levels) != len(bounds):
        # as many levels as the cut-points make, where no level is referred to by its code
        variable.pop("levels")
        return
    if not any(
        _named_otherwise(level.get(key), own, points)
        for level, own in zip(levels, bounds, strict=True)
        for key in ("label", "code")
    ):
        return
    renamed = {}
    for level, own in zip(levels, bounds, strict=True):
        label, code = level.get("label"), str(level.get("code", ""))
        if label and names_numbers(str(label)):
            level["label"] = str(own)
        if names_numbers(code) and not (code.isdecimal() and label):
            renamed[code] = level["code"] = plain(str(own))
            level.setdefault("label", str(own))
    _refer(
        raw,
        name,
        renamed,
        {str(level["code"]): str(own) for level, own in zip(levels, bounds, strict=True)},
    )


def _named_otherwise(text: Any, bounds: Any, points: list[Any]) -> bool:
    if not text or not names_numbers(str(text)):
        return False
    return MEDIAN in points or contradicts(str(text), bounds)


def _refer(raw: dict[str, Any], name: str, renamed: dict[str, str], texts: dict[str, str]) -> None:
    """Follow the renamed codes, and name by the cut-points what was labelled by the old ones."""
    for part in ("cox", "model"):
        for covariate in (raw.get(part) or {}).get("covariates") or ():
            if covariate.get("variable") == name and "reference" in covariate:
                covariate["reference"] = _new(covariate["reference"], renamed)
    label = raw["variables"][name].get("label", name)
    unit = raw["variables"][name].get("unit", "")
    for group in raw.get("subgroups") or ():
        if group.get("variable") == name:
            group["level"] = _new(group.get("level"), renamed)
            if names_numbers(str(group.get("label", ""))) and group["level"] in texts:
                group["label"] = f"{label} {texts[group['level']]} {unit}".strip()
    if (raw.get("columns") or {}).get("arm") != name:
        return
    for arm in raw.get("arms") or ():
        arm["code"] = _new(arm.get("code"), renamed)
        if names_numbers(str(arm.get("label", ""))) and arm["code"] in texts:
            arm["label"] = f"{label} {texts[arm['code']]} {unit}".strip()
    raw["reference_arm"] = _new(raw.get("reference_arm"), renamed)
    if (raw.get("adverse_events") or {}).get("procedure_arm"):
        raw["adverse_events"]["procedure_arm"] = _new(
            raw["adverse_events"]["procedure_arm"], renamed
        )


def _new(code: Any, renamed: dict[str, str]) -> Any:
    return renamed.get(str(code), code)
