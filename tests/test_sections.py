"""Sections without data are left out with one plain sentence."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import study_folder

from cohortbook.analysis.lanes import lanes
from cohortbook.analysis.lesions import course
from cohortbook.build.project.checklist import not_chosen
from cohortbook.build.project.stage import write_sections
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.spider import spider_figure
from cohortbook.display.figures.swimmer import swimmer_figure
from cohortbook.display.methods.manuscript import study_values
from cohortbook.sections import SECTIONS, omission
from cohortbook.session.book import NothingToDo, start
from cohortbook.session.cells import why_left_out
from cohortbook.study.parts import CHECKLISTS

DATA = Path(__file__).parents[1] / "data"
ROOT = Path(__file__).parents[1]


def test_the_default_study_has_every_section_but_a_few():
    cohort = load_cohort(DATA / "wei2026")
    absent = {name for name in SECTIONS if omission(cohort, name) is not None}
    # there are checks, and no third endpoint; its one patient's measurements stand in an imaging
    # case
    assert absent <= {
        "prognostic_more",
        "prognostic_checks_more",
        "robustness_more",
        "case",
        "robustness_none",
        *(name for name in SECTIONS if "competing" in name),  # nothing does
        "missing_data",  # nothing is
        *("weighted", "weighted_shown", "weighted_each", "sources_weighted"),  # not asked for
        *("strata", "strata_adjusted", "sources_strata"),  # nor these
        *(name for name in SECTIONS if "changing" in name or "splines" in name),  # nobody asks
        *(name for name in SECTIONS if "_model" in name and "robustness" not in name),  # unasked
        "sources_penalty",
        "response_duration",  # no more than these
        *(
            "several_arms",
            "several_arms_adjusted",
            "several_arms_each",
            "sources_several_arms",
            "response_pairs",
        ),  # it has two
    }


def test_methods_cite_what_the_study_uses(tmp_path):
    cohort = load_cohort(DATA / "wei2026")
    shutil.copytree(ROOT / "report", tmp_path / "report")
    always = {"lang2015", "vonelm2007"}
    survival, rates = {"kaplan1958", "brookmeyer1982", "morris2019"}, {"clopper1934"}

    def cited(**settings):
        part = replace(cohort, study=cohort.study.model_copy(update=settings))
        omitted = {name: omission(part, name) for name in SECTIONS} | not_chosen(part.study)
        shutil.rmtree(tmp_path / "_generated", ignore_errors=True)
        write_sections(tmp_path, {n: text for n, text in omitted.items() if text is not None})
        written = [*(tmp_path / "_generated").rglob("*.qmd"), tmp_path / "report" / "index.qmd"]
        return set(re.findall(r"@([a-z]+\d{4})", " ".join(p.read_text("utf-8") for p in written)))

    late = {"anderson1983", "gran2010", "hernan2018", "mantel1974", "simon1984", "suissa2008"}
    assert cited() == always | survival | rates | late | {"newcombe1998", "cox1972"}
    assert cited(response=None) == always | survival | late | {"cox1972"}
    assert cited(treatment_start=None, response=None) == always | survival | {"cox1972"}
    assert cited(endpoints={}, cox=None) == always | rates | {"newcombe1998"}
    assert cited(arms=cohort.study.arms[:1], cox=None) == always | survival | rates


def test_a_parent_speaks_for_its_parts():
    cohort = load_cohort(DATA / "hcc-cxcl17")
    assert "response" in omission(cohort, "response")
    assert omission(cohort, "waterfall") == omission(cohort, "procedure") == ""


def test_pictures_lanes_and_series_do_without_a_response():
    cohort = load_cohort(DATA / "wei2026")
    bare = replace(cohort, study=cohort.study.model_copy(update={"response": None}))
    assert omission(bare, "response")
    assert omission(bare, "waterfall") == omission(bare, "response_evaluable") == ""
    assert [omission(bare, name) for name in ("imaging", "swimmer", "lesions")] == [None] * 3
    without = replace(bare, study=bare.study.model_copy(update={"swimmer": None}))
    assert omission(without, "swimmer") == ""  # the sentence on response is enough
    swimmer_figure(lanes(bare), bare.study)
    spider_figure(course(bare), bare.study)


def test_no_empty_table_of_patients_and_no_subgroups_without_levels(tmp_path):
    cohort = load_cohort(study_folder(tmp_path / "tiny"))
    assert "no baseline variables" in omission(cohort, "baseline")
    wei = load_cohort(DATA / "wei2026")
    for name, left_out in (("age", True), ("sex", False)):
        covariate = (
            next(c for c in wei.study.cox.covariates if c.variable == name)
            if not left_out
            else wei.study.cox.covariates[0].model_copy(update={"variable": name})
        )
        cox = wei.study.cox.model_copy(update={"covariates": [covariate]})
        changed = replace(wei, study=wei.study.model_copy(update={"cox": cox}))
        assert (omission(changed, "prognostic_subgroups") is not None) is left_out


def test_a_study_without_outcomes_says_so_under_its_headings(tmp_path):
    cohort = load_cohort(study_folder(tmp_path / "tiny"))
    assert omission(cohort, "robustness_none") == ""
    bare = replace(cohort, study=cohort.study.model_copy(update={"endpoints": {}}))
    assert omission(bare, "robustness_none") is None
    assert study_values(bare)["outcomes"] == "**Endpoints.** The study file names no outcome."


def test_every_section_has_its_manuscript_text():
    always = {"design", "outcomes", "statistics", "sources_guidelines", "sources_versions"}
    always |= {"patients", "limitations", "provenance"}
    lists = {f"{kind}_{name}" for kind in ("checklist", "reporting") for name in CHECKLISTS}
    found = {path.stem for path in (ROOT / "report" / "sections").glob("*.qmd")}
    assert found == set(SECTIONS) | always | lists


def test_a_notebook_of_several_sections_needs_one_of_them(tmp_path):
    _, book = start("x", str(DATA / "wei2026"), str(tmp_path / "a"), needs=("case", "response"))
    assert why_left_out("#| needs: response\nx", book.cohort) is None
    assert why_left_out("#| label: fig-x\n#| needs: response, case\nx", book.cohort)
    with pytest.raises(NothingToDo, match="did not record tumour response"):
        start("x", str(DATA / "hcc-cxcl17"), str(tmp_path / "b"), needs=("response", "imaging"))


def test_a_notebook_without_its_data_ends_early_and_says_so(tmp_path):
    with pytest.raises(NothingToDo, match="did not record adverse events"):
        start("05-safety", str(DATA / "hcc-cxcl17"), str(tmp_path), needs="safety")
    left_out = json.loads((tmp_path / "05-safety.omitted.json").read_text("utf-8"))
    assert left_out["procedure"] == ""
    assert left_out["safety"]


def test_published_follows_its_file(tmp_path):
    shutil.copytree(DATA / "hcc-cxcl17", tmp_path / "s")
    (tmp_path / "s" / "published.yml").unlink(missing_ok=True)
    assert "no published results" in omission(load_cohort(tmp_path / "s"), "published")
