"""A plain lifelines and matplotlib script: tables and figures of notebooks 01 to 05, no document.

python _build_plain.py STUDY_FOLDER OUTPUT_FOLDER [panels]

The figures are those of the default study, at the same size and in the same files; with `panels`
each lettered panel is also drawn to files of its own. lifelines has Efron's ties and log-log limits
of survival; the models and curves are otherwise the same.
"""

from __future__ import annotations

import string
import sys
import warnings
from functools import partial
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import patsy
import pydicom
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError
from lifelines.statistics import logrank_test, proportional_hazard_test
from lifelines.utils import median_survival_times
from matplotlib.patches import Rectangle
from scipy.stats import binomtest, chi2, chi2_contingency, fisher_exact, mannwhitneyu

warnings.simplefilter("ignore")
FOLDER, OUT, PANELS_TOO = Path(sys.argv[1]), Path(sys.argv[2]), "panels" in sys.argv[3:]
WIDTH, SMALL, INK, GREY = 6.69, 7, "#1A1A1A", "#666666"
mpl.rcParams.update(
    {
        "font.size": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": SMALL,
        "lines.linewidth": 1.2,
        "axes.linewidth": 0.6,
        "hatch.linewidth": 0.5,
    }
)

# ---- data
ARMS, COLOURS, PALE = ["ICIs", "MWA + ICIs"], ["#2F6DB5", "#C8372D"], ["#ACC4E1", "#E9AFAB"]
ENDS = {"os": "Overall survival", "pfs": "Progression-free survival"}
HAPPENED = {"os": "death", "pfs": "progression or death"}
RESPONSES = {
    "CR": "Complete response",
    "PR": "Partial response",
    "SD": "Stable disease",
    "PD": "Progressive disease",
    "NE": "Not evaluable",
}
REASONS = {"progression": "Disease progression", "toxicity": "Toxicity", "other": "Other reasons"}
LABELS = {
    "age": "Age (years)",
    "sex": "Sex",
    "ecog": "ECOG performance status",
    "hbsag": "Hepatitis B surface antigen",
    "afp": "AFP (ng/ml)",
    "cnlc": "CNLC stage",
    "bilirubin": "Total bilirubin (μmol/l)",
    "alt": "Alanine aminotransferase (U/l)",
    "tumours": "Number of active tumours",
    "arm": "Treatment",
}
d, ae, m = (
    pd.read_csv(FOLDER / f"{name}.csv") for name in ("patients", "adverse_events", "measurements")
)


def factor(values, codes, names):
    named = values.map(dict(zip(codes, names, strict=True)))
    return pd.Categorical(named, names)


d["arm"] = factor(d["arm"], ["ICI", "MWA+ICI"], ARMS)
d["age_group"] = factor(d["age"] >= 65, [False, True], ["<65", "≥65"])
d["sex"] = factor(d["sex"], ["M", "F"], ["Male", "Female"])
d["ecog"] = factor(d["ecog"], [0, 1], ["0", "1"])
for v in ("hbsag", "hcv"):
    d[v] = factor(d[v], ["negative", "positive"], ["Negative", "Positive"])
d["afp"] = factor(d["afp_ng_ml"] >= 400, [False, True], ["<400", "≥400"])
d["cnlc"] = pd.Categorical(d["cnlc_stage"], ["IIa", "IIb", "IIIb"])
d["bilirubin"] = factor(d["bilirubin_umol_l"] > 20, [False, True], ["≤20", ">20"])
d["alt"] = factor(d["alt_u_l"] >= 50, [False, True], ["<50", "≥50"])
d["tumours"] = factor(d["n_tumours"] > 1, [False, True], ["1", "2–3"])
d["response"] = pd.Categorical(d["best_response"], list(RESPONSES))
BY_ARM = [d[d["arm"] == arm] for arm in ARMS]
N = [len(own) for own in BY_ARM]
ae = ae.merge(d[["patient_id", "arm"]])
m = m.merge(d[["patient_id", "arm", "ablation_months"]])
m["change"] = 100 * (
    m["target_sum_mm"] / m.groupby("patient_id")["target_sum_mm"].transform("first") - 1
)


# ---- words and files
def n_pct(n, of):
    return f"{n} ({100 * n / of:.1f})" if n else "0"


def p_text(p):
    if np.isnan(p):
        return "–"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def hr_text(r):
    return "not estimable" if np.isnan(r.hr) else f"{r.hr:.3f} ({r.low:.3f}–{r.high:.3f})"


def to_table(rows, name, columns):
    pd.DataFrame(rows, columns=columns.split()).to_csv(OUT / f"tbl-{name}.csv", index=False)


def to_files(name, drawing):
    drawing.text(0.995, 0.005, "Synthetic data", ha="right", style="italic", color=GREY, size=SMALL)
    lzw = {"compression": "tiff_lzw"}
    drawing.savefig(OUT / f"fig-{name}.svg")
    drawing.savefig(OUT / f"fig-{name}.pdf")
    drawing.savefig(OUT / f"fig-{name}.png", dpi=300)
    drawing.savefig(OUT / f"fig-{name}.tiff", dpi=300, pil_kwargs=lzw)
    drawing.savefig(OUT / f"fig-{name}_600dpi.tiff", dpi=600, pil_kwargs=lzw)
    plt.close(drawing)


def figure(name, height, rows, shares=None):
    """Draw rows of panels; `rows` holds functions that draw on a figure or a part of one."""
    across, letters = max(map(len, rows)), iter(string.ascii_uppercase)
    shares = np.array(shares or [1] * len(rows)) / sum(shares or [1] * len(rows))
    whole = plt.figure(figsize=(WIDTH, height))
    bands = whole.subfigures(len(rows), 1, height_ratios=shares, squeeze=False)[:, 0]
    for band, row, share in zip(bands, rows, shares, strict=True):
        places = across if across % len(row) else len(row)
        for draw, part in zip(row, band.subfigures(1, places, squeeze=False)[0], strict=False):
            letter = next(letters)
            draw(part, letter)
            if PANELS_TOO and (across > 1 or len(rows) > 1):
                alone = plt.figure(figsize=(WIDTH / places, height * share))
                draw(alone, letter)
                to_files(f"{name}_{letter}", alone)
    to_files(name, whole)


def axes(part, left, right, top, bottom, letter="", title="", below=""):
    """Give axes with margins in inches, and the heading of a panel."""
    wide, high = part.bbox.width / part.figure.dpi, part.bbox.height / part.figure.dpi
    ax = part.add_axes(
        [left / wide, bottom / high, 1 - (left + right) / wide, 1 - (top + bottom) / high]
    )
    part.text(0.04 / wide, 1 - 0.04 / high, letter, va="top", weight="bold", size=9)
    part.text(0.2 / wide, 1 - 0.05 / high, title, va="top", weight="bold")
    part.text(left / wide, 1 - 0.2 / high, below, va="top", color=GREY, size=SMALL)
    return ax


# ---- 01 cohort
def p_of(table):
    expected = chi2_contingency(table, correction=False)
    small = np.shape(table) == (2, 2) and expected.expected_freq.min() < 5
    return fisher_exact(table)[1] if small else expected.pvalue


def smd(v):
    several = isinstance(d[v].dtype, pd.CategoricalDtype)
    x = pd.get_dummies(d[v], dtype=float).iloc[:, 1:] if several else d[[v]]
    a, b = (x[d["arm"] == arm] for arm in ARMS)
    spread = [np.atleast_2d(np.cov(y.T, ddof=0 if several else 1)) for y in (a, b)]
    gap = (b.mean() - a.mean()).to_numpy()
    return float(np.sqrt(gap @ np.linalg.solve(sum(spread) / 2, gap)))


ages = [f"{own['age'].median():g} ({own['age'].min()}–{own['age'].max()})" for own in (*BY_ARM, d)]
age_p = mannwhitneyu(
    *(own["age"] for own in BY_ARM), use_continuity=False, method="asymptotic"
).pvalue
rows = [["Age, years, median (range)", *ages, p_text(age_p), f"{smd('age'):.2f}"]]
listed = list(LABELS)[1:-1]
for v in ["age_group", *listed[:3], "hcv", *listed[3:]]:
    t = pd.crosstab(d[v], d["arm"])
    rows.append(
        [
            LABELS.get(
                v, {"age_group": "Age category, years"}.get(v, "Hepatitis C virus antibody")
            ),
            "",
            "",
            "",
            "" if v == "age_group" else p_text(p_of(t)),
            f"{smd(v):.2f}",
        ]
    )
    for level, counts in t.iterrows():
        rows.append([f"  {level}", *map(n_pct, counts, N), n_pct(counts.sum(), len(d)), "", ""])
to_table(rows, "baseline", "characteristic a b all p smd")


def flow(part, _):
    ax = part.add_axes([0, 0.03, 1, 0.97])
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")

    def boxed(x, top, title, items=(), fill="white", edge=INK):
        bottom = top - 0.085 - 0.035 * len(items)
        ax.add_patch(Rectangle((x - 0.22, bottom), 0.44, top - bottom, fc=fill, ec=edge, lw=0.8))
        ax.text(
            x - 0.21 if items else x,
            top - 0.04,
            title,
            weight="bold",
            va="center",
            color=edge,
            ha="left" if items else "center",
        )
        for place, (item, n) in enumerate(items, 1):
            y = top - 0.055 - 0.035 * place
            ax.text(x - 0.195, y, item, va="center", size=SMALL)
            ax.text(x + 0.21, y, n, va="center", ha="right", size=SMALL)
        return bottom

    def arrow(x, start, end):
        ax.annotate("", (x, end), (x, start), arrowprops={"arrowstyle": "-|>", "color": INK})

    end = boxed(0.5, 0.99, f"Included in the cohort (n = {len(d)})")
    ax.plot([0.5, 0.5, 0.22, 0.78], [end, 0.87, 0.87, 0.87], color=INK, linewidth=0.8)
    for x, arm, colour, own in zip((0.22, 0.78), ARMS, COLOURS, BY_ARM, strict=True):
        n, missed = len(own), int((own["response"] == "NE").sum())
        why = own["discontinuation_reason"].value_counts()
        stopped = [(f"Stopped: {label}", why.get(code, 0)) for code, label in REASONS.items()]
        going = ("Ongoing", int(own["treatment_ongoing"].sum()))
        arrow(x, 0.87, 0.84)
        end = boxed(x, 0.84, f"{arm} (n = {n})", fill=f"{colour}1A", edge=colour)
        for title, items in (
            (f"Treated (n = {n})", [*stopped, going]),
            (f"Evaluable for response (n = {n - missed})", [("Not evaluable", missed)]),
            (f"Analysed (n = {n})", [(label, n) for label in (*ENDS.values(), "Safety")]),
        ):
            arrow(x, end, end - 0.07)
            end = boxed(x, end - 0.07, title, items)


figure("flow", 3.47, [[flow]])


def violin(v, title, unit, log, part, letter):
    ax = axes(part, 0.55, 0.1, 0.35, 0.35, letter, title)
    rng = np.random.default_rng(1)
    if log:
        ax.set_yscale("log")
    for x, own, colour in zip((0, 1), BY_ARM, COLOURS, strict=True):
        y = own[v]
        if d[v].nunique() < 6:
            same = y.groupby(y)
            aside = same.cumcount() - (same.transform("size") - 1) / 2
            ax.scatter(x + 0.035 * aside, y, s=5, color=colour)
            ax.hlines(y.median(), x - 0.38, x + 0.38, color=GREY, linestyle="--", linewidth=0.8)
            continue
        body = ax.violinplot(np.log(y) if log else y, [x], widths=0.75, showextrema=False)
        shape = body["bodies"][0]
        shape.set(facecolor=colour, edgecolor=GREY, alpha=0.3)
        outline = shape.get_paths()[0].vertices
        if log:
            outline[:, 1] = np.exp(outline[:, 1])
        for q, style in zip(y.quantile([0.25, 0.5, 0.75]), (":", "--", ":"), strict=True):
            at = outline[np.argmin(np.abs(outline[:, 1] - q)), 0]
            ax.hlines(
                q, x - abs(at - x), x + abs(at - x), color=GREY, linestyle=style, linewidth=0.8
            )
        ax.scatter(x + rng.uniform(-0.2, 0.2, len(y)), y, s=5, color=colour)
    ax.set_xticks([0, 1], ARMS)
    ax.set_ylabel(unit)


figure(
    "distributions",
    4.26,
    [
        [
            partial(violin, "age", "Age", "Years", False),
            partial(violin, "afp_ng_ml", "AFP", "ng/ml", True),
            partial(violin, "bilirubin_umol_l", "Total bilirubin", "μmol/l", False),
        ],
        [
            partial(violin, "alt_u_l", "Alanine aminotransferase", "U/l", False),
            partial(violin, "n_tumours", "Number of active tumours", "", False),
        ],
    ],
)


# ---- 02 response
def newcombe(x, n):
    p = np.divide(x, n)
    limits = [
        binomtest(int(k), int(of)).proportion_ci(method="wilson")
        for k, of in zip(x, n, strict=True)
    ]
    gap = p[1] - p[0]
    return 100 * np.array(
        [
            gap,
            gap - np.hypot(p[1] - limits[1].low, limits[0].high - p[0]),
            gap + np.hypot(limits[1].high - p[1], p[0] - limits[0].low),
        ]
    )


def rates(data):
    n = data["arm"].value_counts()[ARMS].to_numpy()
    for name, codes in (
        ("Objective response rate (CR + PR)", ["CR", "PR"]),
        ("Disease control rate (CR + PR + SD)", ["CR", "PR", "SD"]),
    ):
        x = data["response"].isin(codes).groupby(data["arm"], observed=True).sum()[ARMS].to_numpy()
        gap, low, high = newcombe(x, n)
        yield [
            name,
            *map(n_pct, x, n),
            f"{gap:.1f} ({low:.1f} to {high:.1f})",
            p_text(p_of([x, n - x])),
        ]
        exact = [binomtest(int(k), int(of)).proportion_ci() for k, of in zip(x, n, strict=True)]
        yield ["  95% CI", *(f"{100 * ci.low:.1f} to {100 * ci.high:.1f}" for ci in exact), "", ""]


t = pd.crosstab(d["response"], d["arm"])
rows = [[RESPONSES[code], *map(n_pct, counts, N), "", ""] for code, counts in t.iterrows()]
to_table([*rows, *rates(d)], "response", "response a b difference p")
to_table(rates(d[d["response"] != "NE"]), "response-evaluable", "response a b difference p")
FILLS = dict(zip(RESPONSES, ["#01665E", "#5AB4AC", "#D6D2C4", "#B8651B", "white"], strict=True))


def waterfall(part, _):
    ax = axes(part, 0.6, 0.35, 0.55, 0.5)
    start = 0
    for arm, colour, n in zip(ARMS, COLOURS, N, strict=True):
        own = d[d["arm"] == arm].dropna(subset="best_change_pct")
        own = own.sort_values("best_change_pct", ascending=False)
        x, y = start + np.arange(len(own)), own["best_change_pct"].to_numpy()
        hatch = ["//////" if code == "PD" else "" for code in own["response"]]
        ax.bar(x, y, color=own["response"].map(FILLS), edgecolor=INK, linewidth=0.5, hatch=hatch)
        new = ((own["response"] == "PD") & (own["pd_new_lesion"] == 1)).to_numpy()
        ax.plot(x[new], np.maximum(y[new], 0) + 5, "o", color=INK, markersize=2)
        for at, number in zip(x, own.index + 1, strict=True):
            ax.text(at, -103, number, rotation=90, ha="center", va="top", size=SMALL)
        ax.plot([x[0] - 0.5, x[-1] + 0.5], [66, 66], color=colour, clip_on=False)
        ax.text(x[0] - 0.5, 69, arm, weight="bold", color=colour)
        ax.text(x[-1] + 0.5, 69, f"{len(own)} of {n} patients", ha="right", color=GREY, size=SMALL)
        start = x[-1] + 3.5
    ax.set(xlim=(-1, start - 2.5), ylim=(-100, 60), xticks=[])
    ax.set_ylabel("Best change of target lesions (%)")
    ax.set_xlabel("Patients", labelpad=14)
    ax.axhline(0, color=INK, linewidth=0.6)
    for y, label in ((20, "+20%"), (-30, "−30%")):
        ax.axhline(y, color=GREY, linestyle="--", linewidth=0.7)
        ax.text(start - 2.4, y, label, va="center", color=GREY, size=SMALL)
    handles = [
        Rectangle((0, 0), 1, 1, fc=FILLS[code], ec=INK, label=RESPONSES[code])
        for code in ("CR", "PR", "SD", "PD")
    ]
    dot = plt.Line2D([], [], marker="o", color=INK, linestyle="", markersize=2, label="New lesion")
    part.legend(handles=[*handles, dot], loc="upper center", ncols=5)


figure("waterfall", 3.55, [[waterfall]])


def swimmer(part, _):
    ax = axes(part, 0.3, 0.1, 0.65, 0.45)
    base, ticks = 0, []
    for arm, colour, pale, n in zip(ARMS, COLOURS, PALE, N, strict=True):
        s = d[d["arm"] == arm].sort_values("os_months", ascending=False)
        y = base - 1 - np.arange(len(s))
        ticks += zip(y, s.index + 1, strict=True)
        ax.barh(y, s["treatment_months"], height=0.7, color=pale)
        ax.hlines(y, 0, s["os_months"], color=GREY, linewidth=0.8)
        ax.hlines(y, s["response_start_months"], s["response_end_months"], color=FILLS["CR"])
        ax.plot(s["response_start_months"], y, "^", color=FILLS["CR"], markersize=5)
        ax.plot(s["response_end_months"], y, "|", color=FILLS["CR"], markersize=6)
        for column, event, mark in (
            ("pfs_months", "progression", "D"),
            ("os_months", "os_event", "x"),
            ("treatment_months", "treatment_ongoing", ">"),
        ):
            some = (s[event] == 1).to_numpy()
            ax.plot(
                s[column][some],
                y[some],
                mark,
                markersize=4,
                markeredgecolor=INK,
                color="#E69F00" if mark == "D" else colour,
            )
        ax.text(0, base, f"{arm}  n = {n}", weight="bold", color=colour, va="center")
        base = y[-1] - 1.5
    ax.set_yticks(*zip(*ticks, strict=True))
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(0, 42.5), ylim=(base + 0.8, 0.8), xticks=range(0, 43, 3), xlabel="Time (months)")
    ax.grid(axis="x", color="#EDEDED", linewidth=0.6)
    ax.set_axisbelow(True)
    line = partial(plt.Line2D, [], [])
    part.legend(
        loc="upper left",
        ncols=4,
        handles=[
            Rectangle((0, 0), 1, 1, fc=PALE[0], label="On treatment"),
            line(marker=">", color=INK, linestyle="", label="Treatment ongoing"),
            line(color=GREY, label="Follow-up"),
            line(color=FILLS["CR"], label="In response"),
            line(marker="^", color=FILLS["CR"], linestyle="", label="Response starts"),
            line(marker="|", color=FILLS["CR"], linestyle="", label="Response ends"),
            line(marker="D", color="#E69F00", linestyle="", label="Progression"),
            line(marker="x", color=INK, linestyle="", label="Death"),
        ],
    )


figure("swimmer", 6.49, [[swimmer]])


def spider(arm, column, label, part, letter):
    place = ARMS.index(arm)
    ax = axes(part, 0.65, 0.1, 0.3, 0.5, letter, f"{arm} (n = {N[place]})")
    for _, p in m[m["arm"] == arm].dropna(subset=column).groupby("patient_id"):
        ax.plot(p["month"], p[column], "o-", color=COLOURS[place], markersize=1.5, linewidth=0.8)
        when = p["ablation_months"].iloc[0]
        if not np.isnan(when):
            ax.plot(
                when,
                np.interp(when, p["month"], p[column]),
                "D",
                color="white",
                markersize=3,
                markeredgecolor=INK,
                markeredgewidth=0.7,
            )
    if column == "change":
        for y, style in ((-30, "--"), (0, "-"), (20, "--")):
            ax.axhline(y, color=GREY, linewidth=0.7, linestyle=style)
    else:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set(
        xlim=(0, 12),
        ylim=(m[column].min() - 5 * (column == "change"), m[column].max() * 1.1),
        xlabel="Time (months)",
        ylabel=label,
    )
    ax.grid(axis="y", color="#EDEDED", linewidth=0.6)
    if place == 1:
        part.text(0.97, 0.97, "◇ Ablation", ha="right", va="top", size=SMALL)


figure(
    "lesions",
    5.4,
    [
        [partial(spider, arm, "change", "Change of target lesions (%)") for arm in ARMS],
        [partial(spider, arm, "afp_ng_ml", "AFP (ng/ml)") for arm in ARMS],
    ],
)


def read_picture(file):
    path = FOLDER / "cases" / file
    if path.suffix == ".png":
        return plt.imread(path), 0, 1
    scan = pydicom.dcmread(path)
    values = scan.pixel_array * float(scan.RescaleSlope) + float(scan.RescaleIntercept)
    center, width = float(scan.WindowCenter), float(scan.WindowWidth)
    return values, center - width / 2, center + width / 2


def picture(title, shown, tip, start, word, part, letter):
    ax = axes(part, 0.03, 0.03, 0.25, 0.1, letter, title)
    values, low, high = shown
    ax.imshow(values, cmap="gray", vmin=low, vmax=high)
    ax.axis("off")
    if tip:
        tall, wide = values.shape
        ax.annotate(
            word,
            (tip[0] * wide, tip[1] * tall),
            (start[0] * wide, start[1] * tall),
            color="white",
            weight="bold",
            ha="center",
            va="bottom",
            size=SMALL,
            arrowprops={"arrowstyle": "-|>", "color": "white"},
        )


def scan(file, title, tip=None, start=None, word=""):
    return partial(picture, title, read_picture(file), tip, start, word)


figure(
    "imaging-1",
    5.96,
    [
        [
            scan("before-1.dcm", "Before ablation", (0.31, 0.53), (0.46, 0.40), "Nodule"),
            scan(
                "after-1.dcm",
                "One month after ablation",
                (0.34, 0.55),
                (0.48, 0.42),
                "Ablation zone",
            ),
        ],
        [
            scan("before-2.dcm", "Before ablation", (0.38, 0.34), (0.52, 0.22), "Nodule"),
            scan(
                "after-2.dcm",
                "Two months after ablation",
                (0.43, 0.36),
                (0.56, 0.24),
                "Ablation zone",
            ),
        ],
    ],
)
figure(
    "imaging-2",
    4.17,
    [
        [
            scan(f"mri-{when.lower()}-{file}.png", f"{when}, {phase}", (0.36, 0.45), (0.51, 0.36))
            for file, phase in (
                ("t1", "T1"),
                ("arterial", "arterial phase"),
                ("portal", "portal venous phase"),
            )
        ]
        for when in ("Before", "After")
    ],
)


def series(column, title, label, part, letter):
    ax = axes(part, 0.6, 0.15, 0.35, 0.5, letter, title)
    p = m[m["patient_id"] == "P36"]
    x, y = p["month"].to_numpy(), p[column].to_numpy()
    ax.plot(x, y, "o-", color=COLOURS[1], markersize=3)
    ax.axvline(p["ablation_months"].iloc[0], color=GREY, linestyle="--", linewidth=0.8)
    ax.text(
        p["ablation_months"].iloc[0] + 0.1,
        0.98,
        "Ablation",
        color=GREY,
        size=SMALL,
        transform=ax.get_xaxis_transform(),
    )
    for i in (0, int(y.argmin()), len(y) - 1):
        ax.annotate(f"{y[i]:.1f}", (x[i], y[i]), (4, 4), textcoords="offset points", size=SMALL)
    if column == "afp_ng_ml":
        ax.set_yscale("log")
        ax.set_yticks([20, 40, 100], [20, 40, 100])
        ax.minorticks_off()
    ax.set_ylim(0 if column != "afp_ng_ml" else 0.7 * y.min(), 1.4 * y.max())
    ax.set(xlabel="Time (months)", ylabel=label)


course = [
    "Diagnosis",
    "Growth",
    "Embolisation",
    "Recurrence",
    "Ablation",
    "Follow-up 1",
    "Follow-up 2",
    "Follow-up 3",
]
steps = [scan(f"course-{i}.png", title) for i, title in enumerate(course, 1)]
steps[4] = scan("course-5.png", "Ablation", (0.29, 0.30), (0.44, 0.16), "Antenna")
figure(
    "imaging-3",
    5.66,
    [
        steps[:4],
        steps[4:],
        [
            partial(series, "target_sum_mm", "Target lesions", "Sum of target lesions (mm)"),
            partial(series, "afp_ng_ml", "Serum marker", "AFP (ng/ml)"),
        ],
    ],
    [1.6, 1.6, 2.4],
)

# ---- 03 survival
TERMS = list(LABELS)
x = pd.get_dummies(d[TERMS], drop_first=True, dtype=float)
OF_TERM = {c: c if c == "age" else c.rpartition("_")[0] for c in x}
TREATED = x.columns[-1]


def fit(e, columns, data=d):
    times = data[[f"{e}_months", f"{e}_event"]]
    frame = pd.concat([columns.loc[data.index], times], axis=1)
    return CoxPHFitter().fit(frame, f"{e}_months", f"{e}_event"), frame


def ratios(e, columns, data=d):
    """Give a row for each column; without a finite estimate, missing."""
    try:
        found = fit(e, columns, data)[0].summary
    except ConvergenceError:
        return pd.DataFrame(np.nan, columns.columns, ["hr", "low", "high", "p"])
    r = found[["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%", "p"]]
    return r.set_axis(["hr", "low", "high", "p"], axis=1).where(found["se(coef)"] <= 10, axis=0)


def wald(model, columns):
    b = model.params_[columns].to_numpy()
    v = model.variance_matrix_.loc[columns, columns].to_numpy()
    return np.nan if v.diagonal().max() > 100 else chi2.sf(b @ np.linalg.solve(v, b), len(b))


def curve(data, e, label):
    return KaplanMeierFitter(label=label).fit(data[f"{e}_months"], data[f"{e}_event"])


def median_text(km):
    low, high = median_survival_times(km.confidence_interval_).iloc[0]
    middle, low, high = (
        "NR" if np.isinf(q) or np.isnan(q) else f"{q:.1f}"
        for q in (km.median_survival_time_, low, high)
    )
    return f"{middle} ({low}–{high})"


PARTS = {"all": d, "high": d[d["afp"] == "≥400"], "low": d[d["afp"] == "<400"]}
WORDS = {"all": "", "high": ", AFP ≥400 ng/ml", "low": ", AFP <400 ng/ml"}
rows, tests = [], {}
for place, data in PARTS.items():
    for e, label in ENDS.items():
        groups = {"All patients": data} | {arm: data[data["arm"] == arm] for arm in ARMS}
        a, b = (groups[arm] for arm in ARMS)
        test = logrank_test(a[f"{e}_months"], b[f"{e}_months"], a[f"{e}_event"], b[f"{e}_event"])
        tests[place, e] = (hr_text(ratios(e, x[[TREATED]], data).iloc[0]), p_text(test.p_value))
        rows.append([label + WORDS[place], "", "", "", ""])
        for name, own in groups.items():
            found = tests[place, e] if name == ARMS[1] else ("", "")
            rows.append(
                [
                    f"  {name}",
                    f"{own[f'{e}_event'].sum()} / {len(own)}",
                    median_text(curve(own, e, name)),
                    *found,
                ]
            )
to_table(rows, "survival", "group events median hr p")


def km_panel(place, e, by, part, letter):
    data = PARTS[place]
    groups = [data[data["arm"] == arm] for arm in ARMS] if by else [data]
    labels, colours = (ARMS, COLOURS) if by else (["All patients"], [INK])
    ax = axes(part, 0.6, 0.1, 0.3, 0.5 + 0.52 * len(groups), letter, ENDS[e] + WORDS[place])
    last = data[f"{e}_months"].max()
    step = 6 if last > 24 else 3 if last > 12 else 2
    at = np.arange(0, last + step, step)
    high = 72 * part.bbox.height / part.figure.dpi  # points
    for place_of, (own, label, colour) in enumerate(zip(groups, labels, colours, strict=True)):
        km = curve(own, e, label)
        km.plot_survival_function(
            ax=ax,
            show_censors=True,
            color=colour,
            legend=False,
            ci_alpha=0.13,
            linewidth=1.1 + 0.6 * place_of,
            censor_styles={"ms": 5, "marker": "|", "mew": 0.8},
        )
        half = km.median_survival_time_
        if np.isfinite(half):
            ax.plot([0, half, half], [0.5, 0.5, 0], ":", color=GREY, linewidth=0.8)
        top = (37 * (len(groups) - place_of)) / high
        middle = median_text(km).replace(" (", " months (95% CI ")
        part.text(0.01, top, f"{label}   median {middle}", color=colour, size=SMALL)
        months, event = own[f"{e}_months"].to_numpy(), own[f"{e}_event"].to_numpy()
        for line, (name, counts) in enumerate(
            (
                ("At risk", [(months >= t).sum() for t in at]),
                ("Censored", [((months < t) & (event == 0)).sum() for t in at]),
                ("Events", [((months < t) & (event == 1)).sum() for t in at]),
            ),
            1,
        ):
            part.text(0.01, top - 9 * line / high, name, color=colour, size=SMALL)
            left, _, wide, _ = ax.get_position().bounds
            for t, count in zip(at, counts, strict=True):
                part.text(
                    left + wide * t / at[-1], top - 9 * line / high, count, ha="center", size=SMALL
                )
        if by:
            where = 0.98 * km.percentile(0.6)
            ax.text(
                where,
                0.62,
                label,
                weight="bold",
                color=colour,
                ha="right" if where > 0.7 * at[-1] else "left",
            )
    if by:
        hr, p = tests[place, e]
        ax.text(
            1,
            1,
            f"HR {hr}\nLog-rank P {p}",
            transform=ax.transAxes,
            ha="right",
            va="top",
            size=SMALL,
        )
    ax.set(
        xlim=(0, at[-1]), ylim=(0, 1.02), xticks=at, xlabel="Time (months)", ylabel=f"{ENDS[e]} (%)"
    )
    ax.set_yticks(np.arange(0, 1.1, 0.2), range(0, 101, 20))


for e in ENDS:
    figure(f"survival-{e}", 3.83, [[partial(km_panel, "all", e, by) for by in (False, True)]])
    figure(f"subgroups-{e}", 3.83, [[partial(km_panel, part, e, True) for part in ("high", "low")]])


# ---- 04 prognostic factors
def marks(ax, r, y, at, low, high):
    """Draw squares and limits on a logarithmic scale inside axes from 0 to 1."""
    for one, height in zip(r.itertuples(), y, strict=True):
        if np.isnan(one.hr):
            continue
        ends = at(max(one.low, low)), at(min(one.high, high))
        ax.plot(ends, [height, height], color=INK, linewidth=0.9)
        ax.plot(at(one.hr), height, "s", color=INK, markersize=4)
        if one.low < low:
            ax.plot(ends[0], height, "<", color=INK, markersize=3)


def scale(ax, at, ticks):
    ax.plot([at(ticks[0]), at(ticks[-1])], [0.3, 0.3], color=INK, linewidth=0.6)
    for tick in ticks:
        ax.plot([at(tick)] * 2, [0, 0.3], color=INK, linewidth=0.6)
        ax.text(at(tick), -0.2, f"{tick:g}", ha="center", va="top", size=SMALL)
    ax.text(at(1), -1.2, "Hazard ratio", ha="center", va="top", size=SMALL)


def mapped(left, wide, low, high):
    return lambda hr: left + wide * np.log(hr / low) / np.log(high / low)


def listing(part, labels, heads, below):
    """Give axes with a row for each label, banded by factor, and the rows' places."""
    ax = part.add_axes([0, 0, 1, 1])
    n = len(labels)
    ax.set(xlim=(0, 1), ylim=(-below, n + 2.6))
    ax.axis("off")
    y = n - np.arange(n)
    for place, label, head, band in zip(y, labels, heads, np.cumsum(heads) % 2, strict=True):
        if band:
            ax.axhspan(place - 0.5, place + 0.5, color="#F2F2F2", linewidth=0)
        ax.text(
            0.005 if head else 0.025, place, label, va="center", weight="bold" if head else "normal"
        )
    ax.axhline(n + 0.5, color=INK, linewidth=0.8)
    return ax, y


def forest(labels, heads, estimated, models, part, _):
    ax, y = listing(part, labels, heads, 2.6)
    ax.text(0.005, len(y) + 1, "Factor", weight="bold", va="center")
    for name, r, end in zip(("Univariable", "Multivariable"), models, (0.63, 1), strict=True):
        at = mapped(end - 0.35, 0.14, 0.03, 30)
        ax.text(end - 0.35, len(y) + 2, name, weight="bold", va="center")
        ax.text(end - 0.06, len(y) + 1, "HR (95% CI)", weight="bold", va="center", ha="right")
        ax.text(end, len(y) + 1, "P", weight="bold", style="italic", va="center", ha="right")
        ax.plot([at(1)] * 2, [0.3, len(y) + 0.5], color=GREY, linewidth=0.7)
        marks(ax, r, y[estimated], at, 0.03, 30)
        for one, place in zip(r.itertuples(), y[estimated], strict=True):
            ax.text(end - 0.06, place, hr_text(one), va="center", ha="right", size=SMALL)
            ax.text(end, place, p_text(one.p), va="center", ha="right", size=SMALL)
        scale(ax, at, (0.1, 1, 10))


def smooth_panel(time, residual, beta, title, below, part, letter):
    ax = axes(part, 0.5, 0.08, 0.36, 0.45, letter, title, below)
    rank = pd.Series(time).rank(pct=True).to_numpy()
    basis = patsy.dmatrix("cr(x, df=4)", {"x": rank})
    solved = np.linalg.pinv(basis.T @ basis)
    line = basis @ (solved @ basis.T @ residual)
    sigma = np.sqrt(((residual - line) ** 2).sum() / (len(line) - 4))
    half = 1.96 * sigma * np.sqrt(np.einsum("ij,jk,ik->i", basis, solved, basis))
    order = np.argsort(rank)
    ax.fill_between(
        rank[order],
        (line - half)[order],
        (line + half)[order],
        alpha=0.13,
        color=COLOURS[1],
        linewidth=0,
    )
    ax.plot(rank[order], line[order], color=COLOURS[1])
    ax.plot(rank, residual, "o", color=GREY, markersize=2.5)
    ax.axhline(0, color=GREY, linewidth=0.6)
    ax.axhline(beta, color=GREY, linewidth=0.8, linestyle="--")
    places = np.quantile(rank, [0.2, 0.4, 0.6, 0.8])
    ax.set_xticks(places, [f"{np.interp(q, rank[order], time[order]):.1f}" for q in places])
    ax.set(xlabel="Time (months)", ylabel="Log hazard ratio")


for e in ENDS:
    event, alone, cells = d[f"{e}_event"], [], []
    (full, frame), multi = fit(e, x), ratios(e, x)
    for v in TERMS:
        own = [c for c in x if OF_TERM[c] == v]
        alone += [ratios(e, x[[c]]) for c in own]
        if v == "age":
            cells.append(["Age, per year", True, True, f"{event.sum()} / {len(d)}", "", ""])
            continue
        joint = ["", ""]
        if len(own) > 1:
            joint = [p_text(wald(model, own)) for model in (fit(e, x[own])[0], full)]
        cells.append([LABELS[v], True, False, "", *joint])
        for place, (level, part) in enumerate(event.groupby(d[v], observed=True)):
            cells.append([level, False, place > 0, f"{part.sum()} / {len(part)}", "", ""])
    uni = pd.concat(alone)
    labels, heads, estimated, events, *joint = map(list, zip(*cells, strict=True))
    columns = []
    for r, whole in ((uni, joint[0]), (multi, joint[1])):
        blank = ["" if head else "1 (reference)" for head in heads]
        texts, ps = np.array(blank, dtype=object), np.array(whole, dtype=object)
        texts[estimated] = [hr_text(one) for one in r.itertuples()]
        ps[estimated] = [p_text(p) for p in r["p"]]
        columns += [texts, ps]
    to_table(
        zip(labels, events, *columns, strict=True),
        f"prognostic-{e}",
        "factor events uni p multi p2",
    )
    shown = np.array(heads) | np.array(estimated)
    figure(
        f"prognostic-{e}",
        4.04,
        [
            [
                partial(
                    forest,
                    np.array(labels)[shown],
                    np.array(heads)[shown],
                    np.array(estimated)[shown],
                    (uni, multi),
                )
            ]
        ],
    )

    ph = proportional_hazard_test(full, frame, time_transform="km").summary["p"]
    residuals = full.compute_residuals(frame, "scaled_schoenfeld") + full.params_
    time = frame.loc[residuals.index, f"{e}_months"].to_numpy()
    panels = []
    for c in x:
        title, level = LABELS[OF_TERM[c]].split(" (")[0], c.removeprefix(OF_TERM[c]).strip("_")
        below = f"{level}, P = {p_text(ph[c])}".removeprefix(", ")
        panels.append(
            partial(smooth_panel, time, residuals[c].to_numpy(), full.params_[c], title, below)
        )
    figure(f"schoenfeld-{e}", 7.76, [panels[i : i + 3] for i in range(0, len(panels), 3)])

    # what lifelines gives holds for covariates of unit variance; dfbetas are the same for them
    scaled, frame = fit(e, (x - x.mean()) / x.std())
    moved = scaled.compute_residuals(frame, "delta_beta") / scaled.standard_errors_
    treated = multi.loc[TREATED]
    influence = [
        ["–", "Nobody left out", "", hr_text(treated), p_text(treated.p)],
    ]
    for i in moved.abs().max(axis=1).nlargest(5).index:
        without, patient = ratios(e, x, d.drop(i)).loc[TREATED], d.loc[i]
        most = moved.loc[i].abs().idxmax()
        ended = HAPPENED[e] if patient[f"{e}_event"] else "censored"
        influence.append(
            [
                i + 1,
                f"{patient['arm']}, {patient[f'{e}_months']} months, {ended}",
                f"{most} ({moved.loc[i, most]:.2f})",
                hr_text(without),
                p_text(without.p),
            ]
        )
    to_table(influence, f"influence-{e}", "number who moved hr p")


def effect(e, label, head, data):
    r = ratios(e, x[[TREATED]], data).iloc[0]
    counts = [
        f"{own[f'{e}_event'].sum()}/{len(own)}"
        for own in (data[data["arm"] == arm] for arm in ARMS)
    ]
    return [label, head, r.hr, r.low, r.high, *counts, ""]


def effects_within(e):
    rows = [effect(e, "All patients", True, d)]
    for v in TERMS[1:-1]:
        own = [c for c in x if OF_TERM[c] == v]
        products = x[own].mul(x[TREATED], axis=0).add_suffix(" × arm")
        try:
            both = fit(e, pd.concat([x[[*own, TREATED]], products], axis=1))[0]
            p = wald(both, list(products))
        except ConvergenceError:
            p = np.nan
        rows.append([LABELS[v], True, np.nan, np.nan, np.nan, "", "", p_text(p)])
        rows += [effect(e, level, False, part) for level, part in d.groupby(v, observed=True)]
    return pd.DataFrame(
        rows, columns=["label", "head", "hr", "low", "high", "a", "b", "interaction"]
    )


def subgroup_forest(subgroups, part, _):
    ax, y = listing(part, subgroups["label"], subgroups["head"], 3.6)
    at, top = mapped(0.5, 0.2, 0.03, 10), len(y) + 1
    write = partial(ax.text, va="center", weight="bold")
    write(0.005, top, "Subgroup")
    write(0.38, top + 1, "Events/n", ha="center")
    write(0.33, top, ARMS[0], ha="center", color=COLOURS[0])
    write(0.43, top, ARMS[1], ha="center", color=COLOURS[1])
    write(0.86, top, "HR (95% CI)", ha="right")
    write(1, top, "P interaction", ha="right")
    for one, place in zip(subgroups.itertuples(), y, strict=True):
        small = partial(ax.text, va="center", size=SMALL)
        small(0.33, place, one.a, ha="center")
        small(0.43, place, one.b, ha="center")
        small(0.86, place, hr_text(one) if one.a else "", ha="right")
        small(1, place, one.interaction, ha="right")
    for hr, style in ((1, "-"), (subgroups["hr"][0], "--")):
        ax.plot([at(hr)] * 2, [0.3, top - 0.5], style, color=GREY, linewidth=0.7)
    marks(ax, subgroups, y, at, 0.02, 12)
    scale(ax, at, (0.03, 0.1, 0.3, 1, 3, 10))
    ax.text(at(1), -2.4, "← Favours MWA + ICIs   Favours ICIs →", ha="center", size=SMALL, va="top")


for e in ENDS:
    subgroups = effects_within(e)
    figure(f"subgroup-forest-{e}", 5.04, [[partial(subgroup_forest, subgroups)]])
    by_factor = [part for _, part in subgroups[1:].groupby(subgroups["head"][1:].cumsum())]
    interactions = [
        [
            part.iloc[0].label,
            "; ".join(f"{row.label} {hr_text(row)}" for row in part.iloc[1:].itertuples()),
            len(part) - 2,
            part.iloc[0].interaction,
        ]
        for part in by_factor
    ]
    to_table(interactions, f"interactions-{e}", "factor within df p")

# ---- 05 safety
EVENTS = [
    "Fatigue",
    "Transaminitis",
    "Fever",
    "Diarrhea",
    "Pneumonitis",
    "Hyperbilirubinemia",
    "Hypothyroidism",
    "Pruritus",
    "Rash",
    "Hyperthyroidism",
    "Hypoalbuminemia",
    "Nausea",
]
ANY = "Any of these"
main = ae[ae["ae_term"].isin(EVENTS)]
main = pd.concat([main, main.assign(ae_term=ANY)])
worst = main.groupby(["arm", "ae_term", "patient_id"], observed=True)["ctcae_grade"].max()
worst = worst.reset_index()


def fisher(counts):
    if not sum(counts):
        return "–"
    return p_text(fisher_exact([counts, np.subtract(N, counts)])[1])


def count(at_least):
    own = worst[worst["ctcae_grade"] >= at_least]
    return pd.crosstab(own["ae_term"], own["arm"]).reindex(
        index=[*EVENTS, ANY], columns=ARMS, fill_value=0
    )


anything, severe = count(1), count(3)
to_table(
    [
        [
            term,
            *map(n_pct, anything.loc[term], N),
            fisher(anything.loc[term]),
            *map(n_pct, severe.loc[term], N),
            fisher(severe.loc[term]),
        ]
        for term in anything.index
    ],
    "safety",
    "event a b p severe_a severe_b severe_p",
)
stopped = pd.crosstab(d["discontinuation_reason"], d["arm"])
to_table(
    [
        [label, *map(n_pct, stopped.loc[code], N), fisher(stopped.loc[code])]
        for code, label in REASONS.items()
    ],
    "discontinuation",
    "reason a b p",
)
around = ae.dropna(subset="hours_after_procedure")
rows = []
for term in around["ae_term"].unique():
    cells = [term]
    for after, until in ((-1, 24), (24, 720)):
        inside = around[
            (around["ae_term"] == term)
            & around["hours_after_procedure"].between(after, until, inclusive="right")
        ]
        cells += [n_pct(inside["patient_id"].nunique(), N[1]), inside["ctcae_grade"].max()]
    rows.append(cells)
to_table(rows, "procedure", "event early early_grade late late_grade")


def butterfly(part, _):
    names = [*anything.loc[EVENTS].sum(axis=1).sort_values(ascending=False).index, ANY]
    y, sides = np.arange(len(names))[::-1], [[0.12, 0.13, 0.29, 0.68], [0.59, 0.13, 0.29, 0.68]]
    for place, (arm, bounds) in enumerate(zip(ARMS, sides, strict=True)):
        ax = part.add_axes(bounds)
        share = 100 * anything.loc[names, arm] / N[place]
        ax.barh(y, share, height=0.65, color=PALE[place])
        ax.barh(y, 100 * severe.loc[names, arm] / N[place], height=0.65, color=COLOURS[place])
        for at, name in zip(y, names, strict=True):
            grave = severe.loc[name, arm]
            said = n_pct(anything.loc[name, arm], N[place]) + (f" · {grave}" if grave else "")
            ax.text(share[name] + 2, at, said, va="center", size=SMALL, ha=("right", "left")[place])
        ax.set(xlim=((100, 0), (0, 100))[place], yticks=[], xlabel="Patients (%)")
        ax.set_title(f"{arm}  n = {N[place]}", color=COLOURS[place], weight="bold", size=8)
        ax.grid(axis="x", color="#EDEDED", linewidth=0.6)
        ax.set_axisbelow(True)
    for at, name in zip(y, names, strict=True):
        ax.text(
            -0.31,
            at,
            name,
            va="center",
            ha="center",
            transform=ax.get_yaxis_transform(),
            weight="bold" if name == ANY else "normal",
        )
    part.legend(
        loc="upper center",
        ncols=2,
        handles=[
            Rectangle((0, 0), 1, 1, fc=shade, label=label)
            for shade, label in (("#BBBBBB", "Any grade, n (%)"), ("#555555", "Grade 3–4, n"))
        ],
    )


figure("safety", 3.65, [[butterfly]])
