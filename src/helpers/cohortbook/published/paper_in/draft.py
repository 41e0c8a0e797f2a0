"""A draft of printed results from a paper, and an account of every cell of its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import yaml

from .. import MOST_PATIENTS, Published, statistics_of_block
from ..blocks import OVERALL, Block
from .columns import Column, Layout, layout
from .model import Paper, PaperTable
from .prose import prose
from .rows import NOT_UNDERSTOOD, READ, Found, Note, Reader, _distinct
from .texts import commas_are_points, slug, with_points

GUESSES = [
    ("safety", r"adverse|toxicit|safety|complication|side effect"),
    ("response", r"response|recist|efficacy|tumou?r control"),
    ("baseline", r"baseline|characteristic|demographic|clinical features|patients' data"),
    ("surgery", r"surg|operat|periop"),
]
ENDPOINTS = [
    ("os", r"\bos\b|overall survival"),
    ("pfs", r"\bpfs\b|progression-free"),
    ("dfs", r"\bdfs\b|disease-free"),
    ("rfs", r"\brfs\b|recurrence-free|relapse-free"),
    ("ttp", r"\bttp\b|time to progression"),
]
ACCOUNT = ["where", "page", "row", "column", "text", "status", "why", "key"]


@dataclass
class Draft:
    """What was read of a paper.

    `content` is the file of printed results as keys and values, `account` says of every cell of
    every table what became of it, `columns` what each column was taken for.
    """

    content: dict[str, Any]
    account: pd.DataFrame
    columns: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Give the draft as YAML."""
        head = (
            "# A draft, read by program: confirm the groups, the form of each variable and the\n"
            "# test of each table before the findings are believed. See docs/published.md.\n"
        )
        return head + yaml.dump(
            self.content,
            Dumper=_Flow,
            allow_unicode=True,
            sort_keys=False,
            width=100,
            default_flow_style=None,
        )

    def published(self) -> Published:
        """Give the draft as printed results."""
        return Published.model_validate(self.content)


class _Flow(yaml.SafeDumper):
    """Writes texts that look like numbers in quotes, as YAML needs it."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out in full."""
        return True


def draft_of(paper: Paper) -> Draft:
    """Make the draft of printed results of a paper.

    Raises
    ------
    ValueError
        If no group of patients and no ratio was found in any table or sentence.
    """
    blocks: list[dict] = []
    notes: list[tuple[PaperTable, Note]] = []
    taken: list[dict[str, Any]] = []
    for table in paper.tables:
        made, account, plan = _table(table)
        blocks += made
        notes += [(table, note) for note in account]
        taken += [
            {
                "where": table.where,
                "column": c.index + 1,
                "head": " | ".join(c.heads),
                "holds": c.role,
                "group": c.group,
            }
            for c in plan.columns
        ]
    blocks += list(prose(paper.paragraphs))
    groups, total = _groups(blocks)
    kept = _kept(blocks, groups)
    content: dict[str, Any] = {"paper": paper.about} if paper.about else {}
    content["groups"] = groups or {"all": None}
    if total is not None:
        content["total"] = total
    if sums := _sums(kept):
        content["sums"] = sums
    content["blocks"] = kept
    account = pd.DataFrame(
        [
            {
                "where": t.where,
                "page": t.page,
                "row": n.row + 1,
                "column": n.column + 1,
                "text": n.text,
                "status": n.status,
                "why": n.why,
                "key": n.key,
            }
            for t, n in notes
        ],
        columns=ACCOUNT,
    )
    return Draft(content, account, pd.DataFrame(taken), list(paper.unread))


def _sums(blocks: list[dict]) -> list[dict]:
    """Give the rule that objective responses are the complete and the partial ones.

    Only where one table has the three lines and no other any of them: of two criteria, each has its
    own.
    """
    every = [
        (block["analysis"], [item["term"] for item in block.get("counts", []) if "cells" in item])
        for block in blocks
    ]
    found = [(analysis, terms) for analysis, terms in every if {"CR", "PR"} & {*terms}]
    if len(found) != 1 or not {"CR", "PR", "ORR"} <= {*found[0][1]}:
        return []
    return [{"analysis": found[0][0], "total": "ORR", "parts": ["CR", "PR"]}]


# -- one table ------------------------------------------------------------------------------


def _table(table: PaperTable) -> tuple[list[dict], list[Note], Layout]:
    raw = [[cell.text for cell in row] for row in table.rows]
    comma = commas_are_points([text for row in raw for text in row[1:]])
    texts = [[with_points(text, comma) for text in row] for row in raw]
    plan = layout(table, texts)
    reader = Reader(table, texts, plan)
    blocks = [*_models(table, plan, reader), *_group_sets(table, plan, reader)]
    blocks = [block for block in blocks if _sound(block, reader)]
    return blocks, reader.account(), plan


def _group_sets(table: PaperTable, plan: Layout, reader: Reader) -> list[dict]:
    """Read the columns of groups: one block for each spanning head, and one for each pair's P."""
    blocks = []
    groups = plan.of("group")
    tops = dict.fromkeys(column.top for column in groups)
    ratio_end = {c.index for c in _used_by_models(plan)}
    for top in tops:
        own = [column for column in groups if column.top == top]
        for level in dict.fromkeys(column.level for column in own):
            _with_names([column for column in own if column.level == level])
        others = [
            c
            for c in plan.columns
            if c.role in ("p", "smd")
            and c.index not in ratio_end
            and (len(tops) == 1 or _right_of(c, own, groups) or _below(top, c, own))
        ]
        others = _one_p(others, own)
        levels = dict.fromkeys(c.level for c in own)
        found = reader.read_set([c for c in own if c.level == next(iter(levels))], others)
        if len(levels) > 1:
            parts = {x: reader.read_set([c for c in own if c.level == x], []) for x in levels}
            found = _by_level(found, parts)
        block = _block(table, found, top)
        if block:
            blocks.append(block)
    return blocks


def _with_names(groups: list[Column]) -> list[Column]:
    """Give groups without a name, or with the same, names of their own."""
    seen: set[str] = set()
    for column in groups:
        name = column.group or f"column {column.index + 1}"
        while name in seen:
            name += "'"
        seen.add(name)
        column.group = name[:80]
    return groups


def _by_level(found: Found, parts: dict[str, Found]) -> Found:
    """Join what the columns of each level gave: the levels of each line (any, grade 3 or more)."""
    items: dict[str, dict] = {}
    for level, part in parts.items():
        for item in _distinct(part.counts):
            for own, cells in {"": item.get("cells"), **item.get("levels", {})}.items():
                if cells:
                    term = f"{item['term']} {own}".strip()
                    items.setdefault(term, {"term": term, "levels": {}})["levels"][level] = cells
    for item in found.counts:
        if item.get("p") and item["term"] in items and isinstance(item["p"], str):
            items[item["term"]]["p"] = {next(iter(parts)): item["p"]}
    found.counts = list(items.values())
    return found


def _below(top: str, column: Column, own: list[Column]) -> bool:
    """Tell whether a column stands under the head of these groups, and after the first of them."""
    return bool(top) and top in column.all_heads and column.index > own[0].index


def _right_of(column: Column, own: list[Column], groups: list[Column]) -> bool:
    """Tell whether a column follows these groups before any other."""
    before = [g for g in groups if g.index < column.index]
    return bool(before) and before[-1] in own


def _one_p(others: list[Column], own: list[Column]) -> list[Column]:
    """Of several P columns keep the one of all groups; those of pairs of arms are not read."""
    ps = [c for c in others if c.role == "p"]
    arms = [g for g in own if g.group != OVERALL]
    pairs = [c for c in ps if re.search(r"\bvs\.?\b|versus", c.all_heads, re.I)]
    if len(ps) > 1 and len(arms) > 2:
        ps = [c for c in ps if c not in pairs] or []
    return [c for c in others if c.role != "p"] + ps[:1]


def _used_by_models(plan: Layout) -> list[Column]:
    return [
        x for ratio, limits, p in _model_columns(plan) for x in (ratio, *limits, p) if x is not None
    ]


def _model_columns(plan: Layout) -> list[tuple[Column, list[Column], Column | None]]:
    """Give each column of ratios with the limits and the P values beside it.

    P stands to the right of its ratio, or to the left in the whole table (as SPSS prints it).
    """
    models = []
    ratios = plan.of("ratio")
    if not ratios:
        return models
    groups = [c.index for c in plan.of("group")]
    after = [c for c in plan.of("p") if c.index > ratios[-1].index]
    starts = [-1, *(ratio.index for ratio in ratios), len(plan.columns)]
    for k, ratio in enumerate(ratios, start=1):
        stop = min([g for g in groups if g > ratio.index] + [starts[k + 1]])
        right = [c for c in plan.columns if ratio.index < c.index < stop]
        left = [c for c in plan.columns if starts[k - 1] < c.index < ratio.index]
        limits = [c for c in right if c.role == "limits"][:1] or [
            c for role in ("lower", "upper") for c in right if c.role == role
        ][:2]
        own = (
            right
            if after
            else [c for c in left if not any(c.index < g < ratio.index for g in groups)]
        )
        models.append((ratio, limits, next((c for c in own if c.role == "p"), None)))
    return models


def _models(table: PaperTable, plan: Layout, reader: Reader) -> list[dict]:
    blocks = []
    for ratio, limits, p in _model_columns(plan):
        items = reader.read_ratios(ratio, limits, p)
        if not items:
            continue
        heads = f"{ratio.all_heads} {table.caption}"
        multi = re.search("multi|adjusted", ratio.all_heads, re.I) or (
            not re.search("uni|crude|unadj", ratio.all_heads, re.I)
            and re.search("multi|adjusted", heads, re.I)
        )
        odds = bool(re.search(r"\ba?OR\b|(?i:odds)", ratio.all_heads)) or (
            not re.search(r"\ba?HR\b|(?i:hazard)", ratio.all_heads)
            and bool(re.search("logistic", table.caption, re.I))
        )
        analysis = f"{'logistic' if odds else 'cox'}_{'multi' if multi else 'uni'}variable"
        top = " ".join(ratio.heads[:-1])
        endpoint = _guess(ENDPOINTS, top) or _guess(ENDPOINTS, table.caption) or ""
        block: dict[str, Any] = {
            "where": table.where,
            "analysis": analysis,
            "endpoint": endpoint or slug(table.where),
        }
        level = re.search(r"\b(90|99)\s*%\s*(?:CI|confidence)", heads)
        if level:
            block["conf_level"] = int(level[1]) / 100
        if top and not re.search("uni|multi|adjusted|crude", top, re.I):
            block["population"] = slug(top)
        block["ratios"] = [_filled(item) for item in items]
        blocks.append(block)
    return blocks


def _block(table: PaperTable, found: Found, top: str) -> dict | None:
    counts = _distinct([item for item in found.counts])
    summaries, survival = _distinct(found.summaries), found.survival
    if not (counts or summaries or survival):
        return None
    block: dict[str, Any] = {"where": table.where}
    block["analysis"] = _guess(GUESSES, table.caption) or slug(table.where)
    if top:
        block["where"] = f"{table.where}, {top}"[:200]
        block["population"] = slug(top) or "all"
    if found.sizes:
        block["sizes"] = {group: size and str(size) for group, size in found.sizes.items()}
    if found.weighted:
        block["weighted"] = True
    if counts:
        block["counts"] = [_filled(item) for item in counts]
    if summaries:
        block["summaries"] = [_filled(item) for item in summaries]
    if survival:
        block["survival"] = [_filled(item) for item in survival]
    return block


def _filled(item: dict) -> dict:
    """Drop what is empty."""
    return {key: value for key, value in item.items() if value not in ("", {}, None)}


def _guess(guesses: list[tuple[str, str]], text: str) -> str:
    return next((name for name, pattern in guesses if re.search(pattern, text, re.I)), "")


# -- the whole ------------------------------------------------------------------------------


def _groups(blocks: list[dict]) -> tuple[dict[str, int | None], int | None]:
    """Give the groups of the paper: those of the first table that has sizes, then the others'."""
    tables = [b for b in blocks if "sizes" in b and len(_arms(b)) > 1] or [
        b for b in blocks if _arms(b)
    ]
    groups: dict[str, int | None] = {}
    if not tables:
        return groups, None
    for block in (tables[0], *blocks):
        for group in _arms(block):
            size = int(block.get("sizes", {}).get(group) or 0)
            size = size if 0 < size <= MOST_PATIENTS else 0
            groups.setdefault(group, size or None)
            groups[group] = groups[group] or size or None
    main = tables[0]
    whole = main.get("sizes", {}).get(OVERALL)
    own = [groups[g] for g in _arms(main)]
    total = int(whole or 0) or (sum(own) if None not in own else 0)
    told = 0 < total <= MOST_PATIENTS and (len(groups) > len(own) or bool(whole))
    return groups, total if told else None


def _arms(block: dict) -> list[str]:
    """Name the groups of a block that are not the whole."""
    names = dict.fromkeys(block.get("sizes", {}))
    for item in block.get("counts", []):
        for cells in (item.get("cells", {}), *item.get("levels", {}).values()):
            names |= dict.fromkeys(cells)
    for item in block.get("summaries", []):
        names |= dict.fromkeys(item["groups"])
    for item in block.get("survival", []):
        for cells in (item.get("median", {}), *item.get("survival_percent", {}).values()):
            names |= dict.fromkeys(cells)
    return [name for name in names if name != OVERALL]


def _kept(blocks: list[dict], groups: dict[str, int | None]) -> list[dict]:
    """Give every table its own names, and its own population where its sizes are others."""
    seen: dict[tuple[str, str, str], int] = {}
    kept = []
    for given in blocks:
        block = {key: value for key, value in given.items() if key != "page"}
        sizes = block.get("sizes", {})
        own = {g: int(n) for g, n in sizes.items() if g != OVERALL and n}
        if any(groups.get(g) not in (None, n) for g, n in own.items()):
            block.setdefault("population", slug(block["where"]) or "other")
        if block["analysis"] != "text" and not block["analysis"].endswith("_text"):
            name = (block["analysis"], block.get("endpoint", ""), block.get("population", "all"))
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                block["analysis"] += f"_{seen[name]}"
        kept.append(block)
    return kept


def _sound(block: dict, reader: Reader) -> bool:
    """Tell whether the file of printed results can hold a block; if not, nothing of it was read."""
    try:
        statistics_of_block(Block.model_validate(block))
    except ValueError as error:
        for note in reader.notes.values():
            if note.status == READ:
                note.status, note.why = NOT_UNDERSTOOD, str(error).splitlines()[0][:200]
        return False
    return True
