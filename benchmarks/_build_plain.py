"""A plain lifelines and matplotlib script that makes the tables and figures; no document.

python _build_plain.py STUDY_FOLDER OUTPUT_FOLDER
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError
from lifelines.statistics import logrank_test, proportional_hazard_test
from scipy.stats import chi2_contingency, fisher_exact, mannwhitneyu

warnings.simplefilter("ignore")
FOLDER, OUT = Path(sys.argv[1]), Path(sys.argv[2])
COLOURS = {"ICI": "#2F6DB5", "MWA+ICI": "#C8372D"}
FACTORS = ["sex", "ecog", "hbsag", "hcv", "afp", "cnlc_stage", "bil", "alt", "tum"]
d = pd.read_csv(FOLDER / "patients.csv")
ae, m = (pd.read_csv(FOLDER / f"{name}.csv") for name in ("adverse_events", "measurements"))
d["treated"] = (d["arm"] == "MWA+ICI").astype(int)
d["afp"], d["bil"] = d["afp_ng_ml"] >= 400, d["bilirubin_umol_l"] > 20
d["alt"], d["tum"] = d["alt_u_l"] >= 50, d["n_tumours"] > 1
x = pd.get_dummies(d[["treated", "age", *FACTORS]].astype(dict.fromkeys(FACTORS, str)),
                   drop_first=True, dtype=float)
COVARIATES = [c for c in x if c != "treated" and not c.startswith("hcv")]


def save(name, figure):
    for kind, dpi in (("svg", 300), ("pdf", 300), ("png", 300), ("tiff", 600)):
        more = {"pil_kwargs": {"compression": "tiff_lzw"}} if kind == "tiff" else {}
        figure.savefig(OUT / f"{name}.{kind}", dpi=dpi, **more)
    plt.close(figure)


def p_of(table):
    expected = chi2_contingency(table, correction=False)
    small = table.shape == (2, 2) and expected.expected_freq.min() < 5
    return fisher_exact(table)[1] if small else expected.pvalue


def table(rows, name):
    pd.DataFrame(rows).to_csv(OUT / f"{name}.csv", index=False)


arms = [d[d["arm"] == code] for code in COLOURS]
rows = [{"variable": "age", "p": mannwhitneyu(*(a["age"] for a in arms)).pvalue}]
for v in FACTORS:
    t = pd.crosstab(d[v], d["arm"])
    rows += [{"variable": v, "level": level, "p": p_of(t), **n} for level, n in
             t.to_dict("index").items()]
table(rows, "baseline")
figure, ax = plt.subplots(figsize=(5, 4))
ax.text(0.5, 0.5, str(d["arm"].value_counts().to_dict()))
save("flow", figure)
table(pd.crosstab(d["best_response"], d["arm"]).reset_index(), "response")
for codes in (["CR", "PR"], ["CR", "PR", "SD"]):
    p_of(pd.crosstab(d["best_response"].isin(codes), d["arm"]))
w = d.dropna(subset=["best_change_pct"]).sort_values("best_change_pct", ascending=False)
figure, ax = plt.subplots(figsize=(6.7, 3.5))
ax.bar(range(len(w)), w["best_change_pct"], color=w["arm"].map(COLOURS))
save("waterfall", figure)
s = d.sort_values("os_months")
figure, ax = plt.subplots(figsize=(6.7, 7))
ax.barh(range(len(s)), s["os_months"])
ax.plot(s["pfs_months"], range(len(s)), "x")
save("swimmer", figure)
figure, ax = plt.subplots(figsize=(6.7, 3.5))
for one, part in m.groupby("patient_id"):
    ax.plot(part["month"], part["target_sum_mm"], label=one)
save("lesions", figure)
figure, ax = plt.subplots(figsize=(6.7, 3))
part = m[m["patient_id"] == m["patient_id"].iloc[0]]
ax.plot(part["month"], part["afp_ng_ml"], "o-")
save("case", figure)


def km(ax, part, e, by):
    for code, group in part.groupby("arm") if by else [("all", part)]:
        fit = KaplanMeierFitter().fit(group[f"{e}_months"], group[f"{e}_event"], label=code)
        fit.plot_survival_function(ax=ax, show_censors=True, color=COLOURS.get(code, "k"))
        for at in ax.get_xticks():
            ax.text(at, -0.3, str((group[f"{e}_months"] >= at).sum()), fontsize=6)


rows = []
parts = {"all": d, "high": d[d["afp"]], "low": d[~d["afp"]]}
for e in ("os", "pfs"):
    for name, part in parts.items():
        a, b = (part[part["arm"] == code] for code in COLOURS)
        test = logrank_test(a[f"{e}_months"], b[f"{e}_months"], a[f"{e}_event"], b[f"{e}_event"])
        rows.append({"endpoint": e, "part": name, "p": test.p_value})
table(rows, "survival")
for name, pair in (("survival", [("all", False), ("all", True)]),
                   ("subgroups", [("high", True), ("low", True)])):
    figure, axes = plt.subplots(2, 2, figsize=(6.7, 7.1))
    for row, (part, by) in zip(axes, pair, strict=True):
        for ax, e in zip(row, ("os", "pfs"), strict=True):
            km(ax, parts[part], e, by)
    save(name, figure)


def fit(columns, e, keep=slice(None)):
    frame = x.loc[d.index[keep], columns].assign(
        t=d[f"{e}_months"][keep], e=d[f"{e}_event"][keep])
    return CoxPHFitter().fit(frame, "t", "e"), frame


def forest(name, frame):
    figure, ax = plt.subplots(figsize=(6.7, 5))
    y = np.arange(len(frame))
    ax.plot(frame["exp(coef)"], y, "s")
    ax.hlines(y, frame["exp(coef) lower 95%"], frame["exp(coef) upper 95%"])
    ax.set_xscale("log")
    ax.set_xlim(0.05, 20)
    ax.set_yticks(y, frame.index)
    save(name, figure)


for e in ("os", "pfs"):
    uni = pd.concat([fit([c], e)[0].summary for c in ["treated", *COVARIATES]])
    full, frame = fit(["treated", *COVARIATES], e)
    uni.to_csv(OUT / f"cox_uni_{e}.csv")
    full.summary.to_csv(OUT / f"cox_multi_{e}.csv")
    proportional_hazard_test(full, frame).summary.to_csv(OUT / f"zph_{e}.csv")
    forest(f"forest_{e}", pd.concat([uni, full.summary]))
    found = {}
    for v in FACTORS:
        for level, part in d.groupby(v):
            if part[f"{e}_event"].sum() >= 3 and part["arm"].nunique() == 2:
                try:
                    found[f"{v} {level}"] = fit(["treated"], e, part.index)[0].summary.iloc[0]
                except ConvergenceError:
                    continue
    sub = pd.DataFrame(found).T
    sub.to_csv(OUT / f"subgroups_{e}.csv")
    if e == "os":
        forest("subgroup_forest", sub)
    left = [fit(["treated", *COVARIATES], e, d.index != i)[0].params_["treated"] for i in d.index]
    table({"left_out": left}, f"leave_one_out_{e}")
    path = [fit(["treated", *COVARIATES[:k]], e)[0].params_["treated"]
            for k in range(len(COVARIATES))]
    table({"added": path}, f"added_{e}")
worst = ae.groupby(["patient_id", "ae_term"])["ctcae_grade"].max().reset_index()
worst = worst.merge(d[["patient_id", "arm"]])
counts = pd.crosstab(worst["ae_term"], worst["arm"])
table(counts.reset_index(), "safety")
severe = worst[worst["ctcae_grade"] > 2]
table(pd.crosstab(severe["ae_term"], severe["arm"]).reset_index(), "safety_severe")
table(pd.crosstab(d["discontinuation_reason"], d["arm"]).reset_index(), "discontinuation")
figure, ax = plt.subplots(figsize=(6.7, 4))
counts.plot.barh(ax=ax)
save("safety", figure)
