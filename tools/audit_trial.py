"""Try the auditor on consistent papers, then on the same papers with one number damaged.

Each paper is printed from simulated patients by this project's own statistics, so nothing in it
is inconsistent. One digit of one printed number is then changed. Run as

    cd tools && python audit_trial.py [papers] [seed]

It prints the tables of docs/audit.md: false alarms, and detection by kind of number, once of all
damages and once of those that the other printed numbers exclude (tools/audit_oracle.py). The exit
code is 1 if fewer than 90 % of these are found, or more than one number in 10,000 is a false alarm.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections import Counter, defaultdict
from copy import deepcopy
from typing import Any

import numpy as np

from audit_oracle import detectable
from cohortbook.published import Published
from cohortbook.published.audit import audit
from cohortbook.stats.cox import CoxFit, cox_fit
from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.logrank import logrank
from cohortbook.stats.proportions import clopper_pearson, newcombe, risk_ratio
from cohortbook.stats.ranks import mann_whitney
from cohortbook.stats.smd import smd_categorical
from cohortbook.stats.tables import choose_test, fisher_exact

ARMS = ("control", "treated")
LEAST_FOUND, MOST_ALARMS = 0.9, 1.0
Paper = dict[str, Any]


def p_text(p: float) -> str:
    """Print a P value as journals do."""
    text = f"{p:.3f}"
    return "<0.001" if p < 0.001 else ">0.999" if text == "1.000" else text


def cell(count: int, total: int) -> str:
    """Print a count with its percentage."""
    return f"{count} ({100 * count / total:.1f})"


def categorical(rng: np.random.Generator, arm: np.ndarray, name: str) -> Paper:
    """Print one baseline variable of two to four levels."""
    k = int(rng.integers(2, 5))
    value = rng.choice(k, len(arm), p=rng.dirichlet(np.full(k, 3.0)))
    table = np.array([[np.sum((arm == a) & (value == v)) for a in (0, 1)] for v in range(k)])
    sizes = np.bincount(arm, minlength=2)
    levels = {
        f"l{v}": {ARMS[a]: cell(int(table[v, a]), int(sizes[a])) for a in (0, 1)} for v in range(k)
    }
    p = choose_test(table, "paper").p_value
    smd = smd_categorical(table[:, 0], table[:, 1]).estimate
    printed = {"smd": f"{smd:.3f}"} if np.isfinite(smd) else {}
    return {"term": name, "partition": True, "levels": levels, "p": p_text(p)} | printed


def event(rng: np.random.Generator, arm: np.ndarray, name: str) -> Paper:
    """Print one adverse event, with Fisher's P."""
    had = rng.random(len(arm)) < np.array([0.0, 0.15])[arm] + rng.uniform(0.05, 0.5)
    sizes = np.bincount(arm, minlength=2)
    counts = [int(np.sum(had & (arm == a))) for a in (0, 1)]
    p = fisher_exact([[x, n - x] for x, n in zip(counts, sizes, strict=True)]).p_value
    cells = {ARMS[a]: cell(counts[a], int(sizes[a])) for a in (0, 1)}
    return {"term": name, "levels": {"any": cells}, "p": {"any": p_text(p)}, "test": "fisher"}


def age(rng: np.random.Generator, arm: np.ndarray) -> Paper:
    """Print age in whole years."""
    years = np.round(rng.normal(60, 9, len(arm)))
    groups = {"overall": years, ARMS[0]: years[arm == 0], ARMS[1]: years[arm == 1]}
    text = {g: f"{np.median(y):.1f} ({y.min():.0f}-{y.max():.0f})" for g, y in groups.items()}
    p = mann_whitney(years[arm == 0], years[arm == 1]).p_value
    return {"term": "age", "step": 1, "groups": text, "p": p_text(p)}


def response(rng: np.random.Generator, arm: np.ndarray) -> Paper:
    """Print a response rate with its limits, and the crude effects of the arms."""
    had = rng.random(len(arm)) < rng.uniform(0.2, 0.6) + 0.1 * arm
    sizes = np.bincount(arm, minlength=2)
    counts = [int(np.sum(had & (arm == a))) for a in (0, 1)]
    item: Paper = {"term": "ORR", "cells": {}, "ci": {}}
    for a in (0, 1):
        limits = clopper_pearson(counts[a], int(sizes[a]))
        item["cells"][ARMS[a]] = cell(counts[a], int(sizes[a]))
        item["ci"][ARMS[a]] = f"{100 * limits.conf_low:.1f}-{100 * limits.conf_high:.1f}"
    rd = newcombe(counts[1], int(sizes[1]), counts[0], int(sizes[0]))
    numbers = [100 * x for x in (rd.estimate, rd.conf_low, rd.conf_high)]
    item["effects"] = {"rd": "{:.1f} ({:.1f} to {:.1f})".format(*numbers)}
    rr = risk_ratio(counts[1], int(sizes[1]), counts[0], int(sizes[0]))
    if np.isfinite(rr.conf_low):
        numbers = (rr.estimate, rr.conf_low, rr.conf_high)
        item["effects"]["rr"] = "{:.2f} ({:.2f}-{:.2f})".format(*numbers)
    return item


def at_times(time: np.ndarray, died: np.ndarray, arm: np.ndarray) -> Paper:
    """Print events, percentages with the event at two times, and numbers at risk."""
    out: Paper = {"events": {}, "event_percent": {}, "at_risk": {}}
    for a, name in enumerate(ARMS):
        own = arm == a
        curve = kaplan_meier(time[own], died[own])
        out["events"][name] = str(int(died[own].sum()))
        for months in (6, 12):
            held = curve.survival[curve.time <= months]
            failed = 100 * (1 - (held[-1] if len(held) else 1.0))
            out["event_percent"].setdefault(str(months), {})[name] = f"{failed:.1f}"
            risk = int((time[own] > months).sum())
            out["at_risk"].setdefault(str(months), {})[name] = str(risk)
    return out


def survival(rng: np.random.Generator, arm: np.ndarray, decimals: int) -> tuple[Paper, list[Paper]]:
    """Print medians, log-rank P, and the crude and adjusted Cox rows of one endpoint."""
    x = np.column_stack([arm, rng.integers(0, 2, (len(arm), 3)), rng.normal(size=len(arm))])
    rate = 0.06 * np.exp(x @ np.append(rng.normal(-0.4, 0.5), rng.normal(0, 0.4, 4)))
    death, lost = rng.exponential(1 / rate), rng.uniform(6, 40, len(arm))
    time, died = np.round(np.minimum(death, lost) + 0.005, 2), (death <= lost).astype(int)
    medians = {
        g: kaplan_meier(time[k], died[k]).quantile(0.5).estimate
        for g, k in (("overall", arm >= 0), (ARMS[0], arm == 0), (ARMS[1], arm == 1))
    }
    printed = {g: f"{m:.1f}" for g, m in medians.items() if np.isfinite(m)}
    item = {"endpoint": "os", "median": printed, "logrank": p_text(logrank(time, died, arm).p)}
    item |= at_times(time, died, arm)
    names = ["arm", "a", "b", "c", "d"]
    rows = []
    for analysis, columns in (("cox_univariable", [[j] for j in range(5)]),
                              ("cox_multivariable", [list(range(5))])):  # fmt: skip
        fits = [
            cox_fit(time, died, x[:, c], [names[j] for j in c], ties="breslow") for c in columns
        ]
        ratios = [row for fit in fits for row in cox_rows(fit, decimals)]
        rows.append({"where": analysis, "analysis": analysis, "endpoint": "os", "ratios": ratios})
    return item, rows


def cox_rows(fit: CoxFit, decimals: int) -> list[Paper]:
    """Print the rows of one Cox model."""
    rows = []
    for i, name in enumerate(fit.names):
        numbers = fit.hr[i], fit.conf_low[i], fit.conf_high[i]
        if np.all(np.isfinite(numbers)) and numbers[1] > 0.02 and numbers[2] < 50:
            hr, low, high = (f"{value:.{decimals}f}" for value in numbers)
            rows.append({"term": name, "level": "" if name == "d" else "1",
                         "hr": f"{hr} ({low}-{high})", "p": p_text(fit.p[i])})  # fmt: skip
    return rows


def consistent_paper(seed: int) -> Paper:
    """Print the paper of one simulated trial of 40 to 240 patients."""
    rng = np.random.default_rng(seed)
    arm = (rng.random(int(rng.integers(40, 241))) < rng.uniform(0.35, 0.65)).astype(int)
    sizes = {ARMS[a]: int(np.sum(arm == a)) for a in (0, 1)}
    curve, cox = survival(rng, arm, int(rng.integers(2, 4)))
    variables = [categorical(rng, arm, f"v{i}") for i in range(6)]
    events = [event(rng, arm, f"e{i}") for i in range(4)]
    return {
        "groups": sizes,
        "blocks": [
            {"where": "baseline", "analysis": "baseline", "test": "paper", "counts": variables,
             "summaries": [age(rng, arm)]},
            {"where": "safety", "analysis": "safety", "counts": events},
            {"where": "survival", "survival": [curve]},
            {"where": "response", "analysis": "response", "counts": [response(rng, arm)]},
            *cox,
        ],
    }  # fmt: skip


def places(node: Any, path: tuple = ()) -> list[tuple]:
    """List the paths to every printed text."""
    if isinstance(node, dict):
        skipped = {"where", "analysis", "term", "test", "endpoint", "level", "groups"}
        # printed to see whether they raise false alarms; the oracle does not know them
        skipped |= {"smd", "ci", "effects", "events", "event_percent", "at_risk"}
        if node.get("term") == "ORR":
            return []
        inside = [k for k in node if k not in skipped or (k == "groups" and "step" in node)]
        return [found for k in inside for found in places(node[k], (*path, k))]
    if isinstance(node, list):
        return [found for i, item in enumerate(node) for found in places(item, (*path, i))]
    return [path] if isinstance(node, str) else []


def damaged(paper: Paper, random_: random.Random) -> tuple[Paper, tuple, str]:
    """Change one digit of one printed number: the paper, where it stood, and the kind of number."""
    choices = [path for path in places(paper["blocks"]) if any(map(str.isdigit, get(paper, path)))]
    kinds = sorted({kind_of(path) for path in choices})
    kind = random_.choice(kinds)
    path = random_.choice([path for path in choices if kind_of(path) == kind])
    text = get(paper, path)
    spots = [i for i, letter in enumerate(text) if letter.isdigit()]
    spot = random_.choice(spots)
    digit = random_.choice([d for d in "0123456789" if d != text[spot]])
    changed = text[:spot] + digit + text[spot + 1 :]
    other = deepcopy(paper)
    node = other["blocks"]
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = changed
    return other, path, part_of(kind, text, spot)


def get(paper: Paper, path: tuple) -> str:
    """Give the text at a path within the blocks."""
    node = paper["blocks"]
    for step in path:
        node = node[step]
    return node


def kind_of(path: tuple) -> str:
    """Name what stands at a path."""
    names = [step for step in path if isinstance(step, str)]
    if "counts" in names:
        return "P of counts" if "p" in names else "count or percentage"
    if "summaries" in names:
        return "P of a continuous variable" if "p" in names else "age: median or range"
    if "ratios" in names:
        return "P of a Cox row" if names[-1] == "p" else "hazard ratio or limit"
    return "log-rank P" if "logrank" in names else "median survival"


def part_of(kind: str, text: str, spot: int) -> str:
    """Tell a number from the one in brackets."""
    inside = "(" in text and spot > text.index("(")
    if kind == "count or percentage":
        return "percentage" if inside else "count"
    if kind == "hazard ratio or limit":
        return "confidence limit" if inside else "hazard ratio"
    return kind


def readable(paper: Paper) -> Published | None:
    """Read a paper; a damage that makes a text no number is found by reading, not by auditing."""
    try:
        published = Published.model_validate(paper)
        published.statistics()
    except ValueError:
        return None
    return published


def main(papers: int = 400, seed: int = 20260101) -> int:
    """Run the trial and print its tables; 1 if the figures asked for are not reached."""
    warnings.simplefilter("ignore")
    random_ = random.Random(seed)
    alarms, numbers, clean, seen = Counter(), 0, 0, defaultdict(list)
    for i in range(papers):
        paper = consistent_paper(seed + i)
        published = readable(paper)
        before = audit(published)
        numbers += len(published.statistics())
        alarms.update(before["severity"])
        clean += before.empty
        for _ in range(5):
            other, path, kind = damaged(paper, random_)
            read = readable(other)
            found = read is None or len(audit(read)) > len(before)
            seen[kind].append((found, read is None or detectable(other, path)))
    print(f"{papers} consistent papers, {numbers} printed numbers: {clean} without any finding, ")
    print(f"findings by severity: {dict(alarms)}\n")
    show(seen)
    share, rate = detected(seen), 1e4 * sum(alarms.values()) / numbers
    print(f"\nof detectable damages found: {share:.1%} (asked: {LEAST_FOUND:.0%})")
    print(f"false alarms of any severity in 10,000 numbers: {rate:.2f} (asked: {MOST_ALARMS:g})")
    return int(share < LEAST_FOUND or rate > MOST_ALARMS)


def detected(seen: dict[str, list[tuple[bool, bool]]]) -> float:
    """Give the share found of the damages that can be seen."""
    told = [found for tries in seen.values() for found, can in tries if can]
    return sum(told) / len(told)


def show(seen: dict[str, list[tuple[bool, bool]]]) -> None:
    """Print, by kind of number, how many damages were found, of all and of the detectable ones."""
    print("| number damaged (one digit) | tried | found | detectable | of these found | not |")
    print("|---|---|---|---|---|---|")
    rows = sorted(seen.items(), key=lambda row: -np.mean([found for found, _ in row[1]]))
    for kind, tries in [*rows, ("all", [each for row in seen.values() for each in row])]:
        found, can = (np.array(column) for column in zip(*tries, strict=True))
        print(
            f"| {kind} | {len(tries)} | {found.sum()} ({100 * found.mean():.0f} %) | {can.sum()} "
            f"| {(found & can).sum()} ({100 * found[can].mean():.1f} %) "
            f"| {(found & ~can).sum()} |"
        )


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
