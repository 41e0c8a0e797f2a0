"""Levels that follow from cut-points: their codes, their labels, and what refers to them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from .study import Study

Point = float | str  # a number, or "median"


class Unfit(ValueError):
    """A value that a choice does not take; its text says which it takes."""


def levels_between(points: Sequence[Point], point_in: str = "upper") -> list[dict[str, str]]:
    """Give the levels that cut-points make: code and label of each, from the lowest.

    Parameters
    ----------
    points : sequence of float or "median"
        Rising.
    point_in : {"upper", "lower"}
        Which of two neighbours a cut-point itself belongs to.
    """
    below, above = ("<", ">=") if point_in == "upper" else ("<=", ">")
    texts = [point if isinstance(point, str) else f"{point:g}" for point in points]
    codes = [f"{below}{texts[0]}"]
    codes += [f"{above}{low} {below}{high}" for low, high in pairwise(texts)]
    codes.append(f"{above}{texts[-1]}")
    return [{"code": code, "label": code.replace(">=", "≥").replace("<=", "≤")} for code in codes]


def cut_changes(
    value: Mapping[str, list[Point]], study: Study, said: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the keys that other cut-points set: the levels, and what refers to a level by its code.

    A reference level or a subgroup stays the level at the same place. Where the number of levels
    changes, the reference is the lowest, and a subgroup of a level that is gone is left out.
    """
    keys: dict[str, Any] = {}
    for name, points in value.items():
        variable = study.variables.get(name)
        if variable is None or not variable.cut:
            raise _no_such_variable(name, study)
        codes = study.levels(name)
        levels = levels_between(points, variable.cut_point_in)
        keys |= {f"variables.{name}.at": points, f"variables.{name}.levels": levels}
        new = dict(zip(codes, levels, strict=True)) if len(codes) == len(levels) else {}
        keys |= _references(name, new, levels, said) | _groups(name, new, study, said)
        if study.columns.arm == name:
            keys |= _arms(new, levels, study, said)
    return keys


def _no_such_variable(name: str, study: Study) -> ValueError:
    known = [key for key, variable in study.variables.items() if variable.cut]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else f": {', '.join(known) or 'there are none'}"
    return Unfit(f"variables that are cut from another, not '{name}'{hint}")


def _references(name: str, new: dict, levels: list[dict], said: Mapping[str, Any]) -> dict:
    found = {}
    for place, item in enumerate((said.get("cox") or {}).get("covariates") or []):
        if item.get("variable") == name and item.get("reference") is not None:
            code = new.get(str(item["reference"]), levels[0])["code"]
            found[f"cox.covariates.{place}.reference"] = code
    return found


def _groups(name: str, new: dict, study: Study, said: Mapping[str, Any]) -> dict:
    groups, touched = [], False
    for item in said.get("subgroups") or []:
        if item.get("variable") != name:
            groups.append(item)
            continue
        touched, level = True, new.get(str(item["level"]))
        if level:
            variable = study.variables[name]
            label = " ".join(filter(None, [variable.label, level["label"], variable.unit]))
            groups.append({**item, "level": level["code"], "label": label})
    return {"subgroups": groups} if touched else {}


def _arms(new: dict, levels: list[dict], study: Study, said: Mapping[str, Any]) -> dict:
    if not new:
        raise Unfit(f"one cut-point for {study.columns.arm}, which makes the two arms")
    found = {"reference_arm": new[study.reference_arm]["code"]}
    for place, arm in enumerate(said["arms"]):
        found[f"arms.{place}.code"] = new[str(arm["code"])]["code"]
    return found
