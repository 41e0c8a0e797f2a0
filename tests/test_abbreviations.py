"""What a text abbreviates is explained once, and nothing else."""

from pathlib import Path

from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.layout.abbreviations import of_manuscript, used

STUDY = load_cohort(Path(__file__).parents[1] / "data/wei2026").study


def test_only_whole_words_are_abbreviations():
    meanings = {"OS": "overall survival", "CI": "confidence interval", "aHR": "adjusted ratio"}
    assert list(used("median OS (95% CI 1.0–2.0)", meanings)) == ["CI", "OS"]
    assert used("OSCILLATION", meanings) == {}


def test_an_abbreviation_with_marks_is_found_and_holds_no_shorter_one():
    meanings = {"PD": "progressive disease", "PD-L1": "programmed death ligand 1", "β-HCG": "x"}
    assert list(used("PD-L1 positive, β-HCG", meanings)) == ["PD-L1", "β-HCG"]
    assert list(used("PD in PD-L1 positive", meanings)) == ["PD", "PD-L1"]
    texts = STUDY.texts.model_copy(update={"abbreviations": {"p_53": "protein"}})
    told = of_manuscript([r"by p\_53"], STUDY.model_copy(update={"texts": texts}))
    assert told == r"**Abbreviations.** p\_53, protein."


def test_the_study_file_has_the_last_word_and_its_text_is_escaped():
    texts = STUDY.texts.model_copy(update={"abbreviations": {"HR": "heart *rate*"}})
    study = STUDY.model_copy(update={"texts": texts})
    told = of_manuscript(["HR 0.39", "by mRECIST"], study)
    assert told.startswith("**Abbreviations.** HR, heart \\*rate\\*; mRECIST, modified Response ")


def test_a_text_without_abbreviations_has_no_paragraph():
    assert of_manuscript(["Nothing is shortened."], STUDY) == ""
