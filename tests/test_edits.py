"""A choice made in a notebook changes everything that rests on it, and nothing else.

Each notebook is run as it is and with one thing changed; what differs is compared part by part.
"""

# ruff: noqa: E501
from __future__ import annotations

import contextlib
import io
import json
import re
import shutil

import pandas as pd
import pytest
from edited import NOTEBOOKS, STUDY, Edited, own_shell, run

from cohortbook import km, load_cohort
from cohortbook.build.notebooks.execute import Run
from cohortbook.build.notebooks.notebooks import SET_BY_BUILD, Notebook, asked
from cohortbook.build.project.merge import gather
from cohortbook.display.methods.deviations import SAID
from cohortbook.display.methods.settings import level_methods
from cohortbook.errors import CohortbookError
from cohortbook.study.choices import CHOICES
from cohortbook.study.settings import Statistics
from cohortbook.study.study import study_keys

BASE = {
    "04": {"endpoint": "os"},
    "06": {"endpoints": ["os"], "covariates": ["age", "sex"], "resamples": 100, "landmarks": [1]},
    "08": {"endpoints": ["os"], "covariates": ["age", "sex"], "clone_resamples": 100},
}
# notebook, parameter, value, what must nowhere be left, and the parts that change
# fmt: off
PARAMETERS = [
    ("01", "variables", ['age', 'sex'], '',
        'baseline.csv | say: balance | tbl-baseline'),
    ("01", "summary", 'mean_sd', 'median \\(range\\)',
        'methods: comparison_methods | tbl-baseline'),
    ("01", "quartiles", 'type 7', 'type 6',
        'baseline.csv | fig-distributions'),
    ("01", "fisher_beyond_2x2", True, 'larger tables were',
        'baseline.csv | methods: comparison_methods | tbl-baseline'),
    ("01", "cut_points", 'afp = 200', '(≥|<|u2265)=?400',
        'baseline.csv | tbl-baseline'),
    ("01", "alpha", 0.2, 'level of 0\\.05',
        'say: balance'),
    ("01", "colours", ['#00AA00', '#AA00AA'], '#2f6db5|#c8372d',
        'fig-distributions | fig-flow'),
    ("02", "not_evaluable", 'excluded', 'stay in the denominator',
        'methods: response_methods | response.csv | say: abstract_rates | say: dcr | say: orr | say: sensitivity | tbl-response | tbl-response-evaluable'),
    ("02", "conf_level", 0.9, '95% CI',
        'response.csv | say: abstract_rates | say: dcr | say: orr | tbl-response | tbl-response-evaluable'),
    ("02", "alpha", 0.2, '',
        'say: orr'),
    ("02", "colours", ['#00AA00', '#AA00AA'], '#2f6db5|#c8372d',
        'fig-imaging-3 | fig-lesions | fig-swimmer | fig-waterfall'),
    ("03", "endpoints", ['os'], 'rogression-free survival.{0,3} (was|were|of)',
        'fig-subgroups-pfs | fig-survival-pfs | methods: survival_methods | say: abstract_others | say: arms | say: overall | say: subgroups | survival.csv | tbl-survival'),
    ("03", "subgroups", ['sex=F'], '',
        'fig-subgroups-os | fig-subgroups-pfs | say: subgroups | survival.csv | tbl-survival'),
    ("03", "cut_points", 'afp = 200', '(≥|<|u2265)=?400',
        'fig-subgroups-os | fig-subgroups-pfs | say: subgroups | survival.csv | tbl-survival'),
    ("03", "conf_level", 0.9, '95% CI',
        'fig-subgroups-os | fig-subgroups-pfs | fig-survival-os | fig-survival-pfs | say: abstract_others | say: abstract_primary | say: arms | say: overall | say: subgroups | survival.csv | tbl-survival'),
    ("03", "conf_type", 'log-log', 'untransformed',
        'fig-subgroups-os | fig-subgroups-pfs | fig-survival-os | fig-survival-pfs | methods: survival_methods | say: arms | say: overall | say: subgroups | survival.csv | tbl-survival'),
    ("03", "median", 'midpoint', '',
        'methods: survival_methods | survival.csv | tbl-survival'),
    ("03", "milestones", [9], '',
        'survival.csv'),
    ("03", "risk_times", [0, 10, 20], '',
        'fig-subgroups-os | fig-subgroups-pfs | fig-survival-os | fig-survival-pfs'),
    ("03", "alpha", 0.01, '',
        'say: arms'),
    ("03", "colours", ['#00AA00', '#AA00AA'], '#2f6db5|#c8372d',
        'fig-subgroups-os | fig-subgroups-pfs | fig-survival-os | fig-survival-pfs'),
    ("04", "covariates", ['age', 'ecog=1'], '',
        'cox.csv | fig-prognostic-os | fig-schoenfeld-os | fig-subgroup-forest-os | influence.csv | methods: cox_methods | say: abstract_adjusted_os | say: factors_os | say: influence_os | say: proportionality_os | say: stability_os | say: subgroups_os | say: treatment_os | subgroups.csv | tbl-influence-os | tbl-interactions-os | tbl-prognostic-os | zph.csv'),
    ("04", "cut_points", 'afp = 200', '(≥|<|u2265)=?400',
        'cox.csv | fig-prognostic-os | fig-schoenfeld-os | fig-subgroup-forest-os | influence.csv | say: abstract_adjusted_os | say: factors_os | say: influence_os | say: proportionality_os | say: treatment_os | subgroups.csv | tbl-influence-os | tbl-interactions-os | tbl-prognostic-os | zph.csv'),
    ("04", "ties", 'efron', 'Breslow',
        'cox.csv | fig-prognostic-os | fig-schoenfeld-os | fig-subgroup-forest-os | influence.csv | methods: cox_methods | say: abstract_adjusted_os | say: factors_os | say: influence_os | say: proportionality_os | say: treatment_os | subgroups.csv | tbl-influence-os | tbl-interactions-os | tbl-prognostic-os | zph.csv'),
    ("04", "univariable_coding", 'reference', 'all other',
        'cox.csv | fig-prognostic-os | methods: cox_methods | tbl-prognostic-os'),
    ("04", "conf_level", 0.9, '95% CI',
        'cox.csv | fig-prognostic-os | fig-schoenfeld-os | fig-subgroup-forest-os | influence.csv | say: abstract_adjusted_os | say: factors_os | say: stability_os | say: treatment_os | subgroups.csv | tbl-influence-os | tbl-interactions-os | tbl-prognostic-os'),
    ("04", "alpha", 0.01, '',
        'cox.csv | fig-prognostic-os | say: abstract_adjusted_os | say: proportionality_os | say: subgroups_os | say: treatment_os | tbl-prognostic-os'),
    ("04", "colours", ['#00AA00', '#AA00AA'], '#2f6db5|#c8372d',
        'fig-schoenfeld-os | fig-subgroup-forest-os'),
    ("05", "terms", ['Rash', 'Fever'], 'Pruritus',
        'fig-safety | safety.csv | say: abstract_conclusion | say: abstract_harms | say: common | say: compared | say: counts | tbl-safety'),
    ("05", "severe_grade", 2, '[Gg]rade 3',
        'fig-safety | safety.csv | say: abstract_conclusion | say: abstract_harms | say: compared | say: counts | tbl-safety'),
    ("05", "windows", [48, 720], '24 h|30 days',
        'procedure.csv | say: procedure | tbl-procedure'),
    ("05", "alpha", 0.2, '',
        'say: compared'),
    ("05", "colours", ['#00AA00', '#AA00AA'], '#2f6db5|#c8372d',
        'fig-safety'),
    ("06", "endpoints", ['pfs'], 'verall survival',
        'added_covariates.csv | bootstrap.csv | e_values.csv | fig-bootstrap | fig-checks | fig-restricted | fig-specification-os | fig-specification-pfs | landmark.csv | leave_one_out.csv | leave_one_out_summary.csv | methods: families_methods | restricted.csv | say: added | say: bootstrap | say: conclusion | say: e_value | say: leave_one_out | say: movers | say: multiplicity | say: restricted | say: sparse | say: specification | say: verdict | say: weighted | second_opinion.csv | sparse.csv | specification_summary.csv | tbl-added-covariates | tbl-all-tests | tbl-estimates | tbl-landmark | tbl-leave-one-out | tbl-restricted | tbl-specification | tbl-verdict | tbl-weights | tests.csv | verdict.csv | weighting.csv'),
    ("06", "covariates", ['age', 'hbsag'], '',
        'added_covariates.csv | bootstrap.csv | e_values.csv | fig-bootstrap | fig-checks | fig-specification-os | fig-weighted-balance | landmark.csv | leave_one_out.csv | leave_one_out_summary.csv | say: bootstrap | say: conclusion | say: e_value | say: leave_one_out | say: movers | say: sparse | say: specification | say: verdict | say: weighted | say: weights | second_opinion.csv | sparse.csv | specification_summary.csv | tbl-added-covariates | tbl-all-tests | tbl-estimates | tbl-landmark | tbl-leave-one-out | tbl-specification | tbl-verdict | tbl-weights | tests.csv | verdict.csv | weighting.csv'),
    ("06", "cut_points", 'afp = 200', '(≥|<|u2265)=?400',
        'say: verdict | tbl-all-tests | tbl-verdict | tests.csv | verdict.csv'),
    ("06", "ties", 'efron', '',
        'added_covariates.csv | bootstrap.csv | e_values.csv | fig-bootstrap | fig-checks | fig-specification-os | landmark.csv | leave_one_out.csv | leave_one_out_summary.csv | say: added | say: bootstrap | say: conclusion | say: e_value | say: leave_one_out | say: movers | say: sparse | say: specification | say: verdict | say: weighted | second_opinion.csv | sparse.csv | specification_summary.csv | tbl-added-covariates | tbl-all-tests | tbl-estimates | tbl-landmark | tbl-leave-one-out | tbl-specification | tbl-verdict | tbl-weights | tests.csv | verdict.csv | weighting.csv'),
    ("06", "conf_level", 0.9, '95% CI',
        'added_covariates.csv | bootstrap.csv | e_values.csv | fig-bootstrap | fig-checks | fig-restricted | fig-specification-os | landmark.csv | leave_one_out.csv | response_robustness.csv | restricted.csv | say: bootstrap | say: conclusion | say: e_value | say: restricted | say: verdict | say: weighted | sparse.csv | tbl-added-covariates | tbl-all-tests | tbl-estimates | tbl-landmark | tbl-response-robustness | tbl-restricted | tbl-verdict | tbl-weights | tests.csv | verdict.csv | weighting.csv'),
    ("06", "milestones", [9], '',
        'restricted.csv | tbl-restricted'),
    ("06", "horizon", 9, '16\\.8 months',
        'fig-restricted | methods: robustness_methods | restricted.csv | say: restricted | tbl-restricted | tbl-verdict | verdict.csv'),
    ("06", "horizon_at_risk", 0.3, '10%',
        'fig-restricted | methods: robustness_methods | restricted.csv | say: restricted | tbl-restricted | tbl-verdict | verdict.csv'),
    ("06", "landmarks", [2], 'month 1\\b',
        'fig-checks | landmark.csv | methods: robustness_methods | say: landmark | say: verdict | tbl-landmark | tbl-verdict | verdict.csv'),
    ("06", "resamples", 150, '\\b100 (resamples|times|bootstrap)',
        'bootstrap.csv | fig-bootstrap | fig-checks | methods: robustness_methods | say: bootstrap | say: verdict | say: weighted | tbl-estimates | tbl-verdict | tbl-weights | verdict.csv | weighting.csv'),
    ("06", "seed", 7, '',
        'bootstrap.csv | fig-bootstrap | fig-checks | say: bootstrap | say: conclusion | say: verdict | say: weighted | tbl-estimates | tbl-verdict | tbl-weights | verdict.csv | weighting.csv'),
    ("06", "specifications", 3, '4,096',
        'fig-checks | fig-specification-os | methods: robustness_methods | say: movers | say: specification | say: verdict | specification_summary.csv | tbl-specification | tbl-verdict | verdict.csv'),
    ("06", "p_adjustment", 'none', 'Holm|djusted P',
        'methods: families_methods | say: adjustment | say: multiplicity | say: verdict | tbl-all-tests | tbl-verdict | verdict.csv'),
    ("06", "not_evaluable", 'excluded', '',
        'response_robustness.csv | say: verdict | tbl-all-tests | tbl-verdict | tests.csv | verdict.csv'),
    ("06", "alpha", 0.01, 'P. [<≥] 0\\.05|below 0\\.05',
        'fig-checks | fig-specification-os | leave_one_out_summary.csv | response_robustness.csv | say: added | say: conclusion | say: leave_one_out | say: multiplicity | say: response | say: specification | say: verdict | specification_summary.csv | tbl-leave-one-out | tbl-response-robustness | tbl-specification | tbl-verdict | verdict.csv'),
    ("06", "colours", ['#00AA00', '#AA00AA'], '#2f6db5|#c8372d',
        'fig-bootstrap | fig-restricted'),
    ("07", "ties", 'efron', '',
        'compared.csv | fig-published | say: summary | tbl-published'),
    # this paper printed no limits of medians, no quartiles, and no median of a level curve: see below
    ("07", "conf_type", 'log', '',
        ''),
    ("07", "median", 'midpoint', '',
        ''),
    ("07", "quartiles", 'type 7', '',
        ''),
    ("07", "univariable_coding", 'reference', '',
        'compared.csv | fig-published'),
    ("07", "covariates", ['age', 'ecog=1'], '',
        'compared.csv | fig-published | say: summary | tbl-published'),
    ("08", "endpoints", ['pfs'], 'verall survival',
        'fig-current-treatment-os | fig-current-treatment-pfs | fig-immortal-time | fig-late-treatment-os | fig-late-treatment-pfs | late_treatment.csv | say: abstract_effects | say: effects | say: immortal | say: limitation | say: weights | tbl-clone-weights | tbl-late-treatment'),
    ("08", "covariates", ['age', 'hbsag'], '',
        'fig-late-treatment-os | late_treatment.csv | say: abstract_effects | say: effects | say: weights | tbl-clone-weights | tbl-late-treatment'),
    ("08", "cut_points", 'afp = 200', '',
        ''),
    ("08", "grace", 0.4, 'month 0\\.5',
        'fig-immortal-time | fig-late-treatment-os | late_treatment.csv | methods: late_treatment_methods | say: abstract_effects | say: effects | say: weights | tbl-clone-weights | tbl-late-treatment'),
    ("08", "weight_model", 'logistic', '',
        'fig-late-treatment-os | late_treatment.csv | methods: late_treatment_methods | say: effects | tbl-clone-weights | tbl-late-treatment'),
    ("08", "truncate", 0.9, 'not truncated',
        'fig-late-treatment-os | late_treatment.csv | methods: late_treatment_methods | say: abstract_effects | say: effects | say: weights | tbl-clone-weights | tbl-late-treatment'),
    ("08", "clone_resamples", 150, '\\b100 (resamples|times|bootstrap)',
        'fig-late-treatment-os | late_treatment.csv | methods: late_treatment_methods | say: effects | tbl-late-treatment'),
    ("08", "seed", 7, '',
        'fig-late-treatment-os | late_treatment.csv | say: effects | tbl-late-treatment'),
    ("08", "ties", 'efron', '',
        'fig-late-treatment-os | late_treatment.csv | say: abstract_effects | say: effects | tbl-late-treatment'),
    ("08", "conf_level", 0.9, '95% CI',
        'fig-current-treatment-os | fig-late-treatment-os | late_treatment.csv | say: effects | tbl-late-treatment'),
    ("08", "conf_type", 'log-log', '',
        'fig-current-treatment-os'),
    ("08", "risk_times", [0, 10, 20], '',
        'fig-current-treatment-os'),
    ("08", "alpha", 0.01, '',
        ''),
    ("08", "colours", ['#00AA00', '#AA00AA'], '#2f6db5|#c8372d',
        'fig-current-treatment-os | fig-immortal-time'),]
# fmt: on
COMPETING = [
    "endpoints",
    "covariates",
    "cut_points",
    "ties",
    "conf_level",
    "conf_type",
    "milestones",
    "risk_times",
    "colours",
]  # fmt: skip
MISSING = ["endpoints", "covariates", "cut_points", "imputations", "seed", "ties", "conf_level"]
ALIKE = [
    "endpoints", "covariates", "cut_points", "estimand", "match_method", "match_order", "caliper",
    "match_ratio", "standardise", "standard_resamples", "seed", "ties", "conf_level", "conf_type",
    "milestones", "risk_times", "colours",
]  # fmt: skip
CHANGING = [
    "endpoints",
    "weighted_tests",
    "periods",
    "log_time",
    "differences",
    "splines",
    "knots",
    "covariates",
    "cut_points",
    "ties",
    "conf_level",
    "alpha",
    "milestones",
    "seed",
    "colours",
]  # fmt: skip
MODEL = ["model_endpoint", "predictors", "risk_month", "penalty", "folds", "model_resamples", "seed",
         "cut_points", "ties", "conf_level"]  # fmt: skip
FOLLOW = {"cut_points": {"covariates", "subgroups"}, "endpoints": {"milestones"}}
known: dict[str, Edited] = {}


def base(number: str) -> Edited:
    """Give what a notebook says as it is; it is run once."""
    if number not in known:
        known[number] = run(number, **BASE.get(number, {}))
        assert not known[number].error
    return known[number]


def groups(parts: set[str]) -> set[str]:
    """Name figures and tables as a whole."""
    return {part if part.startswith(("say", "methods")) else part.split()[0] for part in parts}


def test_every_parameter_of_every_notebook_is_tried():
    tried = {(number, name) for number, name, *_ in PARAMETERS} | {("04", "endpoint")}
    tried |= {("09", name) for name in COMPETING}  # test_competing_report.py
    tried |= {("10", name) for name in MISSING}  # test_missing_report.py
    tried |= {(number, name) for number in ("03", "04") for name in ("strata", "cluster")}
    tried |= {("03", "p_adjustment")}  # test_several_arms.py
    # those of test_strata_report.py
    tried |= {("12", name) for name in ALIKE}  # test_weighted_report.py
    tried |= {("11", name) for name in CHANGING}  # test_changing_report.py
    tried |= {("13", name) for name in MODEL}  # test_model_report.py
    wanted = {
        (number, name)
        for number, path in NOTEBOOKS.items()
        for name in Notebook(path).parameters
        if name not in SET_BY_BUILD
    }
    assert tried == wanted
    assert set(SAID) == set(CHOICES)  # each can be said in words


@pytest.mark.parametrize(
    ("number", "name", "value", "gone", "parts"),
    PARAMETERS,
    ids=[f"{number}-{name}" for number, name, *_ in PARAMETERS],
)
def test_a_parameter_changes_what_rests_on_it_and_nothing_else(number, name, value, gone, parts):
    before, after = base(number), run(number, **{**BASE.get(number, {}), name: value})
    assert not after.error
    assert groups(after.differs(before)) - {"omitted"} == set(filter(None, parts.split(" | ")))
    # said once, of the whole notebook, in the Methods and in results.json
    new = [told for told in after.deviations if told not in before.deviations]
    assert len(new) == 1 and SAID[name][1].removesuffix("s") in new[0]
    changed = {
        choice
        for choice, text in after.facts["choices"].items()
        if before.facts["choices"][choice] != text
    }
    follow = FOLLOW.get(name, set())
    assert name in changed and changed <= {name} | follow
    assert all(after.used.values()) and set(after.facts["differ"]) == set(after.used)
    # other methods, and the colours of other things, are not of this notebook
    left = {part: text for part, text in after.parts.items() if not part.startswith("methods")}
    if gone:
        assert any(re.search(gone, text) for text in before.parts.values())
        assert [part for part, text in left.items() if re.search(gone, text)] == []


PRINTED = """\
paper: {title: T, journal: J, year: 2020}
groups: {ICI: 31, MWA+ICI: 21}
blocks:
  - where: Text
    analysis: baseline
    sizes: {overall: 52, ICI: 31, MWA+ICI: 21}
    summaries: [{term: age, form: median (q1-q3), groups: {ICI: 59 (55-64)}}]
    survival:
      - {endpoint: os, median: {overall: 15.1 (11.2-20), MWA+ICI: 17.1 (15.1-20)}}
      - {endpoint: pfs, median: {overall: 6.0 (4-8), ICI: 4.0 (2.5-6), MWA+ICI: 9.0 (8-10)}}
      - {endpoint: pfs, population: afp_high, median: {overall: 4.0}}
"""
# parameter, value, and what of the printed statistics it is computed of
OF_PRINT = [
    ("conf_type", "log-log", ["median conf_low", "median conf_high"]),
    ("median", "midpoint", ["median estimate"]),
    ("quartiles", "type 7", ["q1 estimate", "q3 estimate"]),
]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The default study beside a paper that printed limits of medians and quartiles."""
    folder = tmp_path_factory.mktemp("printed") / "study"
    shutil.copytree(STUDY, folder, ignore=shutil.ignore_patterns("reconstruction", "*.yml"))
    said = (STUDY / "study.yml").read_text("utf-8")
    (folder / "study.yml").write_text(said, encoding="utf-8")
    (folder / "published.yml").write_text(PRINTED, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("name", "value", "wanted"), OF_PRINT, ids=[name for name, *_ in OF_PRINT])
def test_what_a_paper_printed_is_compared_under_the_parameters(printed, name, value, wanted):
    before, after = run("07", study=printed), run("07", study=printed, **{name: value})
    assert not before.error + after.error
    one, other = (
        pd.read_csv(io.StringIO(found.parts["compared.csv"])) for found in (before, after)
    )
    moved = one[(one["computed"] - other["computed"]).abs() > 1e-9]
    cells = (moved["statistic"] + " " + moved["column"]).tolist()
    assert cells and set(cells) <= set(wanted), cells
    assert "fig-published caption" not in after.parts  # there is no ratio to draw
    assert (
        after.parts["say: bearing"] == "Nothing that was printed depends on the handling of ties."
    )


def test_a_parameter_on_which_nothing_in_print_depends_says_so():
    told = base("07").parts["say: bearing"]
    assert "the scale of the limits of a Kaplan-Meier curve" in told
    assert "how quartiles are computed" in told and "handling of ties" not in told


def test_the_endpoint_of_a_notebook_names_all_that_it_makes():
    after = run("04", endpoint="pfs")
    named = [part for part in after.parts if part.startswith(("fig", "tbl", "say"))]
    assert all(
        "pfs" in part.split()[-1 if "say" in part else 0]
        for part in named
        if "abstract" not in part
    )
    # this one run alone: the report says that it was not asked of the others
    assert after.deviations == ["Prognostic factors: endpoints: PFS instead of OS and PFS."]
    assert not any(after.used.values())
    assert not any("verall survival" in after.parts[part] for part in named)


def test_level_and_intervals_of_the_methods_are_those_of_each_section():
    usual = Statistics()
    some = {"Patients": 0.05, "Response": 0.01, "Survival": 0.01}
    told = level_methods(usual, {"alpha": some, "conf_level": {"Response": 0.9, "Survival": 0.95}})
    assert "level of 0.05 (0.01 in Response and Survival)," in told
    assert "intervals are 95% CI (90% CI in Response)." in told
    all_ = {"alpha": {"Patients": 0.01}, "conf_level": {"Response": 0.9, "Survival": 0.9}}
    told = level_methods(usual, all_)
    assert "level of 0.01," in told and "intervals are 90% CI." in told
    assert level_methods(usual) == level_methods(usual, {"alpha": {"Patients": 0.05}})


@pytest.mark.parametrize(("number", "has"), [("01", ["alpha"]), ("03", ["alpha", "conf_level"])])
def test_a_section_without_intervals_has_no_part_in_their_level(number, has):
    now = run(number, alpha=0.01, **({"conf_level": 0.9} if len(has) > 1 else {}))
    assert [name for name, sections in now.levels.items() if sections] == has


def swap(old: str, new: str):
    """Write something else in a cell."""

    def edit(cells: list[str]) -> list[str]:
        assert any(old in cell for cell in cells)
        return [cell.replace(old, new) for cell in cells]

    return edit


def after(old: str, new: str):
    """Add a cell behind another."""

    def edit(cells: list[str]) -> list[str]:
        place = next(place for place, cell in enumerate(cells) if old in cell)
        return [*cells[: place + 1], new, *cells[place + 1 :]]

    return edit


def without(old: str):
    """Delete a cell."""
    return lambda cells: [cell for cell in cells if old not in cell]


START = "cohort, book = start("
OWN = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.hist(cohort.patients['age'])\n"
MODELS = (
    "cox.csv | fig-prognostic-os | fig-schoenfeld-os | influence.csv | say: abstract_adjusted_os | "
    "say: factors_os | say: influence_os | say: proportionality_os | say: treatment_os | "
    "tbl-influence-os | tbl-prognostic-os | zph.csv"
)
ALL = f"{MODELS} | fig-subgroup-forest-os | subgroups.csv"
# what is edited, the parts that change, and what the Methods say (one text for each sentence)
EDITS = {
    "covariates of one verb": ("04", swap("cox(cohort, endpoint)", 'cox(cohort, endpoint, covariates=["age", "sex"])'),
        f"{MODELS} | methods: cox_methods | say: stability_os",
        ["covariates: age and sex", "@fig-subgroup-forest-os with their text.*settings of the study file"]),
    "another reference level": ("04", swap("cox(cohort, endpoint)", 'cox(cohort, endpoint, covariates=["age", "cnlc=IIIb"])'),
        f"{MODELS} | methods: cox_methods | say: stability_os", ["CNLC stage .reference IIIb. instead", "fig-subgroup"]),
    "another unit": ("04", swap("cox(cohort, endpoint)", 'cox(cohort, endpoint, covariates=["age/10"])'),
        f"{MODELS} | methods: cox_methods | say: stability_os", ["age .per 10 years. instead", "fig-subgroup"]),
    "another cut-point of one verb": ("04", swap("cox(cohort, endpoint)", 'cox(cohort, endpoint, cut_points={"afp": 200})'),
        MODELS, ["cut-point of AFP: 200 instead of 400", "fig-subgroup"]),
    "another study file": ("04", after(START, 'cohort = cohort.with_study({"statistics.ties": "efron"})'),
        f"{ALL} | methods: cox_methods | tbl-interactions-os", ["Efron's handling instead of Breslow's"]),
    "another reference arm": ("04", after(START, 'cohort = cohort.with_study({"reference_arm": "MWA+ICI"})'),
        "cox.csv | fig-prognostic-os | fig-schoenfeld-os | fig-subgroup-forest-os | influence.csv | say: abstract_adjusted_os | "
        "say: influence_os | say: treatment_os | subgroups.csv | tbl-influence-os | tbl-prognostic-os | tbl-interactions-os",
        ["reference arm: MWA . ICIs instead of ICIs"]),
    "another label": ("04", after(START, 'cohort = cohort.with_study({"variables.age.label": "Age at start"})'),
        "fig-prognostic-os | fig-schoenfeld-os | methods: cox_methods | tbl-prognostic-os",
        ["`variables.age.label` changed in the notebook"]),
    "a patient left out": ("04", after(START, 'cohort = cohort.drop([cohort.patients.patient_id[0]], why="withdrew consent")'),
        f"{ALL} | tbl-interactions-os", ["51 of 52 patients .withdrew consent."]),
    "a patient of a case left out": ("04", after(START, 'cohort = cohort.drop(["P33"], why="no consent")'),
        f"{ALL} | tbl-interactions-os", ["Prognostic factors: 51 of 52 patients .no consent.\\."]),
    "some patients kept": ("04", after(START, 'cohort = cohort.keep(cohort.patients.age >= 60, why="aged 60 or older")'),
        f"{ALL} | say: stability_os | say: subgroups_os | tbl-interactions-os", ["24 of 52 patients .aged 60 or older."]),
    "kept, and then other ties": ("04", after(START, 'cohort = cohort.keep(cohort.patients.age >= 60, why="old").choose(ties="efron")'),
        f"{ALL} | say: stability_os | say: subgroups_os | methods: cox_methods | tbl-interactions-os", ["Efron.*; 24 of 52 patients .old."]),
    "a column added": ("04", after(START, 'cohort.patients["decade"] = cohort.patients.age // 10'), "", []),
    "a cell removed": ("04", without("parts.figure()"), "fig-subgroup-forest-os", []),
    "a label renamed": ("04", swap("fig-prognostic-{found", "fig-forest-{found"), "fig-prognostic-os | fig-forest-os", []),
    "an own sentence": ("04", after("told = found.sentence()", 'book.say(treatment_os="My own words.")'), "say: treatment_os", []),
    "a verb asked of another endpoint": ("04", swap("subgroup_effects(cohort, endpoint)", 'subgroup_effects(cohort, "pfs")'),
        "fig-subgroup-forest-os | fig-subgroup-forest-pfs | say: subgroups_os | say: subgroups_pfs | subgroups.csv | tbl-interactions-os | tbl-interactions-pfs", []),
    "a verb called twice": ("03", after("found = book.save", 'book.save("loglog", survival(cohort, conf_type="log-log"))'),
        "loglog.csv", ["`loglog`: limits of Kaplan-Meier curves: log-log scale instead of plain"]),
    "one curve at another level": ("03", swap("km(cohort, endpoint).figure()", "km(cohort, endpoint, conf_level=0.9).figure()"),
        "fig-survival-os | fig-survival-pfs", ["@fig-survival-os and @fig-survival-pfs: intervals: 90% CI instead"]),
    "the curves of a subgroup": ("03", swap("km(cohort, endpoint).figure()", "km(cohort.subgroup(cohort.study.subgroups[0]), endpoint).figure()"),
        "fig-survival-os | fig-survival-pfs", ["33 of 52 patients .subgroup AFP ≥400 ng/ml."]),
    "endpoints in another order": ("03", after(START, 'cohort = cohort.choose(endpoints=["pfs", "os"])'),
        "methods: survival_methods | say: arms | say: overall | say: subgroups | survival.csv | tbl-survival",
        ["endpoints: PFS and OS instead of OS and PFS"]),
    "no subgroups": ("03", after(START, 'cohort = cohort.with_study({"subgroups": []})'),
        "fig-subgroups-os | fig-subgroups-pfs | say: subgroups | survival.csv | tbl-survival",
        ["subgroups: none instead of AFP"]),
    "a figure without bands": ("03", swap("km(cohort, endpoint).figure()", "km(cohort, endpoint).figure(bands=False)"),
        "fig-survival-os | fig-survival-pfs", []),
    "an own caption": ("03", swap('"tbl-survival", found.table()', '"tbl-survival", found.table(), caption="Mine."'), "tbl-survival", []),
    "an own matplotlib figure": ("03", after("told = found", OWN + 'book.show("fig-own", fig, caption="Ages.", alt="Bars.")'), "fig-own", []),
    "a seaborn figure": ("03", after("told = found", 'import seaborn as sns\nbook.show("fig-own", sns.boxplot(data=cohort.patients, x="arm", y="age"), caption="Ages.", alt="Boxes.")'), "fig-own", []),
    "a figure of pandas": ("03", after("told = found", 'book.show("fig-own", cohort.patients.age.plot(kind="hist"), caption="Ages.", alt="Bars.")'), "fig-own", []),
    "an own table": ("03", after("told = found", 'book.show("tbl-own", cohort.patients.groupby("arm", observed=True).age.describe(), caption="Ages.")'), "tbl-own", []),
    "rates without the not evaluable": ("02", swap("response(cohort)", 'response(cohort, not_evaluable="excluded")'),
        "response.csv | say: abstract_rates | say: dcr | say: orr | say: sensitivity | tbl-response | tbl-response-evaluable",
        ["@tbl-response and @tbl-response-evaluable with their text and numbers .*: left out instead of failures"]),
    "other events and grades": ("05", swap("safety(cohort)", 'safety(cohort, terms=["Rash"], severe_grade=2)'),
        "fig-safety | safety.csv | say: common | tbl-safety | say: abstract_harms | say: abstract_conclusion | say: compared | say: counts",
        ["adverse events: Rash instead.*severe events: grade 2 to 4", "settings of the study file"]),
    "other rows of Table 1": ("01", swap("baseline(cohort))", 'baseline(cohort, ["age", "sex"]))'),
        "baseline.csv | say: balance | tbl-baseline", ["@tbl-baseline with their text.*: baseline variables: age and sex instead"]),
    "three age groups": ("01", after(START, 'cohort = cohort.choose(cut_points="age_group = 55, 65")'),
        "baseline.csv | say: balance | tbl-baseline", ["cut-point of age category: 55 and 65 instead of 65"]),
    "small counts withheld": ("01", after(START, 'cohort = cohort.with_study({"privacy.smallest_count": 5})'),
        "baseline.csv | fig-flow | flow.csv | methods: comparison_methods | say: balance | tbl-baseline | fig-distributions",
        ["`privacy.smallest_count` changed in the notebook"]),
    "one landmark": ("06", swap("landmark(cohort)", "landmark(cohort, months=[2])"), "landmark.csv | say: landmark | tbl-landmark | fig-checks | say: verdict | tbl-verdict | verdict.csv", ["@tbl-landmark with.*landmarks .months.: 2 instead of 1, 2, 3 and 6"]),
    "another adjustment": ("06", swap("adjusted_tests(cohort)", 'adjusted_tests(cohort, p_adjustment="benjamini-hochberg")'),
        "say: multiplicity | tbl-all-tests", ["@tbl-all-tests with.*adjustment for the number of tests: benjamini-hochberg instead of holm"]),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_cell_changes_what_rests_on_it_and_nothing_else(name):
    number, edit, parts, told = EDITS[name]
    before, now = base(number), run(number, edit, **BASE.get(number, {}))
    assert not now.error
    assert groups(now.differs(before)) - {"omitted"} == set(filter(None, parts.split(" | ")))
    new = [text for text in now.deviations if text not in before.deviations]
    assert len(new) == len(told)
    for text, wanted in zip(new, told, strict=True):
        assert re.search(wanted, text), text


def test_sections_are_left_out_as_the_cohort_of_the_cells_has_them():
    edit = after(START, 'cohort = cohort.with_study({"subgroups": []})')
    assert "No subgroups were specified" not in base("03").parts["omitted"]
    now = run("03", edit)
    assert "No subgroups were specified" in now.parts["omitted"]
    assert "No subgroups were specified" in now.printed  # the cell says so instead of running


REFUSED = {
    "a covariate deleted": ("04", after(START, "del cohort.study.cox.covariates[0]"), "does not change once it is read"),
    "a covariate appended": ("04", after(START, "cohort.study.cox.covariates.append(1)"), "does not change once it is read"),
    "a key set": ("04", after(START, 'cohort.study.statistics.ties = "efron"'), "does not change once it is read"),
    "a study put in": ("04", after(START, 'import dataclasses\ncohort = dataclasses.replace(cohort, study=cohort.study.model_copy(update={"reference_arm": "MWA+ICI"}))'), "given another study.*with_study"),
    "patients put in": ("04", after(START, "import dataclasses\ncohort = dataclasses.replace(cohort, patients=cohort.patients[cohort.patients.age > 60])"), "cohort.patients was changed.*cohort.keep"),
    "an event changed": ("04", after(START, 'cohort.patients.loc[0, "os_event"] = 1 - cohort.patients.loc[0, "os_event"]'), "cohort.patients was changed"),
    "a column changed": ("01", after(START, 'cohort.patients["age"] /= 10'), "cohort.patients was changed"),
    "rows of events dropped": ("05", after(START, "cohort.adverse_events.drop(index=[0, 1], inplace=True)"), "cohort.adverse_events was changed"),
    "a key that is not there": ("04", after(START, 'cohort = cohort.with_study({"statistic.ties": "efron"})'), "did you mean 'statistics'"),
    "a value that cannot be": ("04", after(START, 'cohort = cohort.with_study({"statistics.ties": "effron"})'), "'breslow' or 'efron'"),
    "a level that is not there": ("04", swap("cox(cohort, endpoint)", 'cox(cohort, endpoint, covariates=["cnlc=IV"])'), "a level of cnlc, not 'IV': IIa, IIb, IIIb"),
    "an endpoint that is not there": ("04", swap("cox(cohort, endpoint)", 'cox(cohort, "dfs")'), "did you mean 'pfs'"),
    "a variable that is not there": ("01", swap("baseline(cohort))", 'baseline(cohort, ["sexx"]))'), "did you mean 'sex'"),
    "a patient left out without a reason": ("04", after(START, 'cohort = cohort.drop(["P36"])'), "There is no reason"),
    "an own figure without words": ("03", after("told = found", OWN + 'book.show("fig-own", fig)'), "no caption.*no alternative text"),
    "a label that is none": ("04", swap("fig-prognostic-{found", "forest {found"), "not of the form fig-name"),
    "results of another study": ("03", after(START, 'from cohortbook import load_cohort\ncohort = load_cohort("data/hcc-cxcl17")'), "found the study"),
    "curves of no subgroups": ("03", swap("km(cohort, endpoint).figure()", "km(cohort, endpoint, subgroups=[]).figure(subgroups=True)"), "no subgroups to draw"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_followed_is_refused_in_plain_words(name, monkeypatch):
    number, edit, message = REFUSED[name]
    monkeypatch.chdir(NOTEBOOKS["01"].parents[1])
    now = run(number, edit, **BASE.get(number, {}))
    assert re.search(message, now.error, re.DOTALL), now.error
    kind = now.error.partition(":")[0]
    assert kind in ("ParameterError", "StudyError", "CohortbookError", "TypeError")


def test_a_refusal_shows_the_line_of_the_cell_and_the_message_and_no_code_of_ours(monkeypatch):
    monkeypatch.chdir(STUDY.parents[1])
    cell = (
        'from cohortbook import load_cohort\ncohort = load_cohort("data/wei2026")\n'
        'cohort.choose(ties="effron")'
    )
    with own_shell() as shell:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            shell.run_cell(cell, store_history=True)
    told = re.sub(r"\x1b\[[\d;]*m", "", said.getvalue())
    assert re.match(r'Cell In\[\d+\], line 3\n-+> cohort.choose\(ties="effron"\)\n', told), told
    assert "ParameterError: 'ties' cannot be 'effron'" in told and "did you mean 'efron'" in told
    assert "Traceback" not in told and "choices.py" not in told


def test_patients_left_out_and_other_groups_are_told_where_they_are_asked_for(monkeypatch):
    left_out = after(START, 'cohort = cohort.drop(["P03"], why="withdrew consent")')
    shown = after("settings(cohort)", "print(settings(cohort).text())")
    now = run("01", lambda cells: shown(left_out(cells)))
    assert "51 of 52 (withdrew consent)" in now.printed
    monkeypatch.chdir(STUDY.parents[1])
    people = load_cohort("data/wei2026")
    with pytest.raises(CohortbookError) as refused:
        km(people, "os", by="sex")
    (told,) = re.findall(r"frame: (km\(.*\))\.$", str(refused.value))
    found = eval(told, {"km": km, "cohort": people})  # what it says can be done as it stands
    assert found.frame.query("statistic == 'logrank'").p_value.notna().all()


def test_a_part_is_left_out_with_what_stands_in_it():
    edit = after(START, 'book.leave_out(prognostic_subgroups="")')
    now = json.loads(run("04", edit, endpoint="os").parts["omitted"])
    assert {"prognostic_subgroups": "", "prognostic_subgroups_shown": ""}.items() <= now.items()
    assert "prognostic_checks" not in now


def test_a_table_put_in_place_of_another_is_refused_in_plain_words():
    edit = after(START, "cohort.patients = cohort.patients[cohort.patients.age > 50]")
    assert "cohort.keep(mask, why=...)" in run("01", edit).error


# one parameter of each notebook, as `papermill -r` gives it: a text
BY_PAPERMILL = {
    "01": {"summary": "mean_sd", "variables": "age,sex"},
    "02": {"conf_level": "0.9"},
    "03": {"endpoints": "os", "conf_type": "log-log"},
    "04": {"endpoint": "pfs", "covariates": "age,ecog=1"},
    "05": {"terms": "Rash,Fever", "severe_grade": "2"},
    "06": {"endpoints": "os", "covariates": "age,sex", "resamples": "100", "landmarks": "2"},
    "07": {"ties": "efron"},
    "08": {"endpoints": "os", "grace": "1", "clone_resamples": "100"},
}  # 09 and 10 find nothing to do in the default study: tests/test_{competing,missing}_report.py


@pytest.mark.parametrize("number", BY_PAPERMILL)
def test_a_text_sets_a_parameter_as_its_value_does(number):
    source, texts = Notebook(NOTEBOOKS[number]), BY_PAPERMILL[number]
    endpoint = {name: text for name, text in texts.items() if name == "endpoint"}
    given = {name: text for name, text in texts.items() if name not in endpoint}
    said = {f"{source.stem}.{name}": text for name, text in given.items()}
    ((_, read), *_) = asked([source], said, study_keys(STUDY))
    read = {name: value for name, value in read.items() if name != "endpoint"}
    assert set(read) == set(given) and not any(value == "" for value in read.values())
    by_value, by_text = run(number, **read, **endpoint), run(number, **texts)
    assert not by_value.differs(by_text) and by_value.used == by_text.used
    assert not by_value.error and by_value.differs(base(number))


# in a kernel of its own: what every notebook does there is alike
@pytest.mark.parametrize("number", ["03", "04"])
def test_papermill_sets_a_parameter_as_the_command_does(tmp_path, number):
    import papermill

    source, texts = Notebook(NOTEBOOKS[number]), BY_PAPERMILL[number]
    wanted = run(number, **texts)
    places = {"study": str(STUDY), "results_dir": str(tmp_path / "results")}
    papermill.execute_notebook(
        source.path,
        tmp_path / "ran.ipynb",
        texts | places,
        progress_bar=False,
        kernel_name="python3",
    )
    name = source.stem + (f"-{texts['endpoint']}" if "endpoint" in texts else "")
    told = json.loads((tmp_path / "results" / f"{name}.values.json").read_text("utf-8"))
    assert {f"say: {key}": text for key, text in told.items()} == {
        part: text for part, text in wanted.parts.items() if part.startswith("say: ")
    }
    used = json.loads((tmp_path / "results" / f"{name}.used.json").read_text("utf-8"))
    assert used == wanted.used


def test_only_the_notebook_that_makes_a_section_leaves_it_out(tmp_path):
    """Fewer endpoints in one notebook do not take the swimmer plot of another away."""
    runs = [Run(Notebook(NOTEBOOKS[number]), tmp_path / number, {}) for number in ("02", "03")]
    said = [{}, {"swimmer": "The duration was not recorded.", "subgroups": "No subgroups."}]
    for one, omitted in zip(runs, said, strict=True):
        one.results.mkdir(parents=True)
        (one.results / f"{one.notebook.name}.omitted.json").write_text(json.dumps(omitted))
    assert gather(runs, tmp_path / "all").omitted == {"subgroups": "No subgroups."}
