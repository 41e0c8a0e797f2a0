"""Languages of the report: numbers as they print them, and Chinese words."""

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
from chinese import study_folder

from cohortbook import baseline, cox, km, load_cohort, response
from cohortbook.display.drawing import letters
from cohortbook.display.drawing.letters import MISSING_GLYPH, wider_font
from cohortbook.display.language.listed import of_one_kind
from cohortbook.display.language.numbers import printed
from cohortbook.display.language.places import Labels, same_places
from cohortbook.display.language.speech import Speech, same_numbers, speech_of
from cohortbook.display.words import listed, number_word
from cohortbook.errors import CohortbookError, StudyError
from cohortbook.study.languages import language_names, load_language
from cohortbook.study.parts import CHECKLISTS
from untranslated import say_all, say_frame

ROOT = Path(__file__).parents[1]
CHINESE = load_language("zh")
NAMES = (
    "CI|HR|NR|SMD|CR|PR|SD|PD|CNLC|IIIa|IIb|Kaplan-Meier|Cox|Wald|Efron|Breslow|log-log|log|Pearson"
    "|Brookmeyer-Crowley|Clopper-Pearson|Newcombe|Fisher|Mann-Whitney|Clark|mRECIST"
)
DECIMAL_POINT = re.compile(r"\d\.\d")


@pytest.fixture(scope="module")
def english():
    return load_cohort("data/wei2026")


@pytest.fixture(scope="module")
def german(english):
    return english.with_study({"language": "de"})


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("HR 0.392, 95% CI 0.155 to 0.992", "HR 0,392; 95\u00a0% CI 0,155 to 0,992"),
        ("log-rank *P* < 0.001", "log-rank *p* < 0,001"),
        ("P value", "p value"),
        (
            "adjusted P 0.2: its P lies, P ≥ 0.05, or no P",
            "adjusted p 0,2: its p lies, p ≥ 0,05, or no p",
        ),
        ("12.0–NR", "12,0–NR"),
        ("10,000 times, 2,000.5", "10.000 times, 2.000,5"),
        ("in 2024, 31 patients", "in 2024, 31 patients"),
        ("1.0–2.0 (3.5).", "1,0–2,0 (3,5)."),
        ("CTCAE version 5.0 and R 4.3.1", "CTCAE version 5.0 and R 4.3.1"),
        ("[@cox1972], `alpha 0.05`, 10.1093/abc.1", "[@cox1972], `alpha 0.05`, 10.1093/abc.1"),
        ("0,391", "0,391"),  # what is printed already
        ("(0.487, 0.191 to 1.246), month 6.0, 12", "(0,487; 0,191 to 1,246), month 6,0, 12"),
    ],
)
def test_numbers_are_printed_as_german_journals_do(english, german):
    assert printed(english, load_language("de").numbers) == german


def test_french_groups_of_thousands_have_a_narrow_blank():
    assert printed("10,000 (0.5%)", load_language("fr").numbers) == "10\u202f000 (0,5\u00a0%)"


def test_english_is_as_it_was(english):
    assert speech_of(english) is None
    assert load_language("en") is None


def test_sentences_and_tables_have_decimal_commas(german, english):
    for told, before in ((km(german).sentence(), km(english).sentence()),):
        assert not DECIMAL_POINT.search(told)
        kept, had = re.sub(r"\d,\d", "", told), re.sub(r"\d,\d{3}\b", "", before)
        assert [kept.count("; 95\u00a0%"), kept.count(", 95\u00a0%")] == [had.count(", 95%"), 0]
        assert len(re.findall("[,;]", kept)) == len(re.findall("[,;]", had))
    table, before = baseline(german).table(), baseline(english).table()
    assert not DECIMAL_POINT.search(table.text())
    assert "58,5 (47–71)" in table.text()
    assert "58.5 (47–71)" in before.text()


def test_exports_for_machines_keep_the_decimal_point(german, english, tmp_path):
    for name, cohort in (("de", german), ("en", english)):
        baseline(cohort).table().export(tmp_path / name / "table")
    files = [(tmp_path / name / "table.csv").read_bytes() for name in ("de", "en")]
    assert files[0] == files[1]
    assert "58,5" in json.loads((tmp_path / "de" / "table.json").read_text("utf-8"))["rows"][0][3]
    assert cox(german, "os").frame.equals(cox(english, "os").frame)


def test_figures_have_decimal_commas_in_words_and_ticks(german):
    figure = cox(german, "os").figure()
    drawn = [text.get_text() for text in figure.drawing.texts]
    for axes in figure.drawing.axes:
        drawn += [text.get_text() for text in axes.texts]
        drawn += [text.get_text() for text in axes.xaxis.get_ticklabels()]
    assert "0,394 (0,161–0,967)" in drawn
    assert "0,1" in drawn
    assert [
        text for text in [*drawn, figure.alt, figure.caption] if DECIMAL_POINT.search(text)
    ] == []


def test_words_of_the_study_keep_their_numbers(english):
    label = "RECIST 1.1 and 0.5 mg of P"
    changed = english.with_study({"language": "de", "texts.population": label})
    told = speech_of(changed).text(f"patients with {label}, P = 0.5")
    assert told == f"patients with {label}, p = 0,5"


def test_a_language_that_does_not_exist_is_refused_with_those_that_do(english):
    with pytest.raises(StudyError, match=r"no 'dee'.*'de'"):
        english.with_study({"language": "dee"})
    with pytest.raises(CohortbookError, match=r"mine\.yml"):
        load_language("mine.yml")
    assert {"en", "de", "fr", "zh"} <= set(language_names())


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    return load_cohort(study_folder(tmp_path_factory.mktemp("chinese") / "study"))


@pytest.mark.parametrize("study", ["wei2026", "hcc-cxcl17"])
def test_no_text_of_a_study_of_the_project_is_untranslated(study):
    cohort = load_cohort(f"data/{study}").with_study(
        {"language": "zh", "checklists": list(CHECKLISTS)}
    )
    speech = speech_of(cohort)
    if study == "wei2026":  # the stored outputs are of this study
        say_all(speech, ROOT / "notebooks")
    say_frame(speech, cohort)
    for key in cohort.study.endpoints:
        result = cox(cohort, key)
        result.table(), result.figure(), result.sentence()
    for result in (km(cohort), baseline(cohort)):
        result.table(), result.figure(), result.sentence()
    assert sorted(speech.missing) == [], "give them words in study/languages/zh.yml"
    assert len(speech._said) > 500


def test_a_chinese_sentence_holds_the_numbers_of_the_english_one_with_their_arms(english):
    told = km(english).sentence()
    said = km(english.with_study({"language": "zh"})).sentence()
    assert same_numbers(told, said)
    medians = r"(\d+\.\d) months \(95% CI (\d+\.\d) to (NR|\d+\.\d)\) with (MWA \+ ICIs|ICIs)"
    found = re.findall(medians, told)
    assert len(found) >= 7
    for median, low, high, arm in found:
        assert f"{arm}组{median}个月（95%CI {low}～{high}）" in said


def test_a_translation_with_other_numbers_is_not_used():
    speech = Speech(CHINESE.model_copy(update={"words": {"In {a} of 12.": "12例中5例（{a}）。"}}))
    assert speech.text("In 7 of 12.") == "〔未译〕In 7 of 12."
    assert list(speech.missing) == ["In 7 of 12."]


def test_what_has_no_words_is_marked_and_counted_alone():
    words = {"Median {x} was {a}.": "中位{x}为{a}。"}
    speech = Speech(CHINESE.model_copy(update={"words": words}), ["overall survival"])
    text = "Median overall survival was 8.0. Nobody knows. Median overall survival was 9.0."
    assert speech.text(text) == (
        "中位overall survival为8.0。〔未译〕Nobody knows. 中位overall survival为9.0。"
    )
    assert dict(speech.missing) == {"Nobody knows.": 1}
    assert speech.text("Median\u00a0overall survival was 8.0.") == "中位overall survival为8.0。"


def test_a_slot_named_own_takes_the_words_of_the_study_only():
    words = {"{num} with {own}": "{own}组{num}"}
    language = CHINESE.model_copy(update={"words": words, "lists": {" and ": "，"}})
    speech = Speech(language, ["A and B", "C"])
    assert speech.text("1 with A and B and 2 with C") == "A and B组1，C组2"


SEPARATORS = [("; ", "；"), (", and ", "；")]
LABELS = ["time to relapse", "survival", "S", "TTR", "relapse", "relapse or death", "Age", "AFP",
          "Women", "Men", "pain", "fever", "First day", "years"]  # fmt: skip
PARTS = [
    "AFP *P* = 0.748 for survival",
    "landmark at month 6 (0.4, 0.1 to 1.2: same direction, but compatible with no difference)",
    "adjustment for the number of tests (adjusted P 0.187: its P is no longer below the level)",
    "Women median 37.0 months (95% CI not estimable), 14 events in 157 patients",
    "Men median NR (95% CI NR–NR), 12 events in 163 patients",
    "HR 0.993 (95% CI 0.452–2.181)",
    "*P* < 0.001 for time to relapse",
    "0.588 (95% CI 0.418 to 0.828; *P* = 0.002) as observed",
    "0.543 (95% CI 0.311 to 0.949; *P* = 0.032) within the pairs",
    "78 of 126 with Men",
    "5.0 (95% CI 4.0 to 6.0; *P* < 0.001) from month 3 to month 10",
]


@pytest.mark.parametrize(("separator", "chinese"), SEPARATORS)
@pytest.mark.parametrize("second", PARTS)
@pytest.mark.parametrize("first", PARTS)
def test_a_list_says_of_each_part_what_it_says_of_it_alone(first, second, separator, chinese):
    speech = Speech(CHINESE, LABELS)
    apart = [speech.text(part) for part in (first, second)]
    assert not speech.missing
    assert speech.text(f"{first}{separator}{second}") == chinese.join(apart)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "survival (S) to death and time to relapse (TTR) to relapse or death.",
            "survival（S，至death）和time to relapse（TTR，至relapse or death）。",
        ),
        ("Age, years", "Age（years）"),
        ("Age, years, median (range)", "Age（years），中位数（范围）"),
        ("Survival, AFP", "Survival，AFP"),
        ("Women, Men and AFP", "Women、Men和AFP"),
        ("First day, pain in 7, fever in 1", "First day：pain（7例）、fever（1例）"),
        ("F: First day. AFP: Women.", "F：First day。AFP：Women。"),
        ("no. 32 (0.095)", "32号 (0.095)"),
        (
            "Women not estimable; Men 0.449 (0.172–1.171)",
            "Women无法估计；Men 0.449 (0.172～1.171)",
        ),
        ("Crude, landmark at month 6: HR 0.4 (0.1–0.9).", "粗，第6个月界标：HR 0.4（0.1～0.9）。"),
        ("Landmark analyses started at months 1, 2, 3 and 6.", "界标分析起始于第1、2、3和6个月。"),
        (
            "*P* = 0.403 for survival and *P* < 0.001 for time to relapse",
            "survival *P*=0.403和time to relapse *P*<0.001",
        ),
        (
            "0.5 (95% CI 0.3 to 0.8; *P* = 0.002) as observed, 0.6 (95% CI 0.4 to 0.9; *P* = 0.03) "
            "among the matched and 0.7 (95% CI 0.2 to 1.9; *P* = 0.4) within the pairs",
            "未加权0.5（95%CI 0.3～0.8；*P*=0.002）、匹配患者0.6（95%CI 0.4～0.9；*P*=0.03）"
            "和配对内0.7（95%CI 0.2～1.9；*P*=0.4）",
        ),
        (
            "Nearest matching paired 78 of 126 with Men and 79 of 86 with Women.",
            "最近邻匹配成对者：Men组126例中78例和Women组86例中79例。",
        ),
        ("Without relapse at month 24 (%)", "第24个月未发生relapse的比例(%)"),
        ("Age: Women median 13.1, Men median 14.1.", "Age：Women中位数13.1，Men中位数14.1。"),
    ],
)
def test_what_is_listed_stays_together(english, chinese):
    assert Speech(CHINESE, [*LABELS, "death", "Survival", "F"], ["years"]).text(english) == chinese


CARE = ["免疫治疗", "联合免疫治疗", "消融"]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            f"The cohort comprises 9 patients, in three arms: {listed(CARE)}.",
            "本队列包括9例患者，分3组：免疫治疗、联合免疫治疗和消融。",
        ),
        ("To compare 生存期 between 免疫治疗, 消融 and 联合免疫治疗.",
         "比较免疫治疗、消融与联合免疫治疗的生存期。"),
        ("性别: 女 (−0.52)", "性别：女 (−0.52)"),
        ("缓解率 (CR + PR)", "缓解率（CR + PR）"),
        ("生存率 (%)", "生存率(%)"),
        ("免疫治疗: 进展 79.0%, 死亡 21.0%", "免疫治疗：进展 79.0%、死亡 21.0%"),
        ("The data are synthetic (study folder three).", "数据为合成数据（研究文件夹three）。"),
    ],
)  # fmt: skip
def test_words_of_a_chinese_study_stand_between_chinese_stops(english, chinese):
    own = [*CARE, "生存期", "性别", "女", "进展", "死亡", "缓解率", "CR", "PR"]
    speech = Speech(CHINESE, own, (), Labels([CARE, ["生存期"], ["性别", "女"]]))
    assert speech.text(english) == chinese


@pytest.mark.parametrize("many", range(3, 9))
def test_sentences_of_any_number_of_arms_have_words(many):
    word = number_word(many)
    arms = [f"Care {letter}" for letter in "ABCDEFGH"[:many]]
    speech = Speech(CHINESE, [*LABELS, *arms], (), Labels([arms]))
    counts = [f"{10 + place} in the {arm} arm" for place, arm in enumerate(arms)]
    terms = [f"pain ({place}.5%) and fever (2.1%) with {arm}" for place, arm in enumerate(arms)]
    events = " against ".join(f"{arm} {place} (9.5), 3 severe" for place, arm in enumerate(arms))
    for english in (
        f"The cohort comprises 99 patients, in {word} arms: {listed(arms)}.",
        f"The cohort comprises 99 patients with fever, in {word} arms: {listed(arms)}.",
        f"The cohort comprised 99 patients: {listed(counts)}.",
        f"The cohort comprised 99 synthetic patients: {listed(counts)}.",
        f"The most frequent were {'; '.join([*terms[:-1], f'none with {arms[-1]}'])}.",
        f"pain: {events}.",
        f"One log-rank test of all {word} arms for survival gave *P* = 0.031.",
        f"{listed(arms[2:])} {'is' if many == 3 else 'are'} beyond the two arms that the models "
        "compare: all arms were compared by one log-rank test, every pair by another, with *P* "
        "values adjusted by Holm's method, and each arm with the reference arm by Cox models of "
        "all arms.",
    ):
        speech.text(english)
    assert speech.missing == {}
    assert speech.text(counts[0] + " and " + counts[1]) == "Care A组10例和Care B组11例"
    said = speech.text(f"The most frequent were {'; '.join(terms)}.")
    assert said.startswith("最常见者：Care A组pain（0.5%）和fever（2.1%）；Care B组pain（1.5%）")


def test_the_last_line_of_a_label_with_its_count_is_drawn_as_the_whole_is():
    speech = Speech(CHINESE, ["Watchful waiting"])
    assert speech.drawn("waiting (n = 16)") == "waiting (n=16)"
    assert speech.drawn("Watchful waiting (n = 16)") == "Watchful waiting (n=16)"
    assert speech.drawn("Wa…w\naiting") == "Wa…w\naiting"
    assert speech.missing == {}
    speech.drawn("care (n = 16)")
    assert speech.missing == {"care (n = 16)": 1}


@pytest.mark.parametrize("name", ["zh"])
def test_a_translation_has_the_numbers_of_its_pattern(name):
    words = load_language(name).words
    assert {
        english: said for english, said in words.items() if not same_numbers(english, said)
    } == {}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "Five patients (3 with Women and 2 with Men) ended in relapse, and are censored there "
            "in survival; the Kaplan-Meier estimate takes such patients as if they could still "
            "have pain.",
            "（Women组3和Men组2）",
        ),
        (
            "With each doubling of time the ratio for survival was multiplied by 4.8 (95% CI 1.4 "
            "to 15.6; *P* = 0.009), which makes it 1.0 (95% CI 0.3 to 3.1) at month 6 and 5.0 "
            "(95% CI 0.7 to 32.6) at month 12.",
            "第6个月时1.0（95%CI 0.3～3.1），第12个月时5.0（95%CI 0.7～32.6）",
        ),
        (
            "The adjusted hazard ratio for survival, HR 1.5 (0.6–3.7), came out alike under each "
            "of its checks: bootstrap limits, landmarks at months 2, 3 and 6 and overlap weights.",
            "自助法置信限、第2、3和6个月界标和重叠权重",
        ),
    ],
)
def test_a_slot_takes_no_part_of_a_list_along(english, chinese):
    assert chinese in Speech(CHINESE, LABELS).text(english)


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("1 with A, 2 with B", True),
        ("1 with A and 2", False),
        ("1.0 (95% CI 0.3 to 3.1) at month 6 and 5.0 (95% CI 0.7 to 32.6)", False),
        ("rash in 3, fever in 2", True),
        ("A and B", True),
        ("HR 0.5, 95% CI 0.3 to 0.8, *P* = 0.002", True),
        ("5 of 10 patients with A and none of 7 patients with B", True),
    ],
)
def test_parts_of_a_list_are_alike(text, alike):
    assert of_one_kind(text, re.compile("A|B")) is alike


PLACES = Labels([["Women", "Men"], ["survival", "relapse"]])
TOLD = (
    "survival was 4.8 with Women (3 of 12) and 5.6 with Men (2 of 30), and relapse 7.1 by month 6"
)
SAID = "survival：Women组4.8（12例中3例），Men组5.6（30例中2例）；第6个月relapse为7.1"


def test_a_translation_may_put_the_label_first_and_the_total_before_its_part():
    assert same_places(TOLD, SAID, PLACES)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Women", "Men"), ("survival", "relapse"), ("4.8", "5.6"), ("5.6", "7.1"), ("12", "30"),
     ("12例中3", "30例中2"), ("12例中3", "3例中12")],
)  # fmt: skip
def test_a_label_or_number_in_another_place_is_seen(one, other):
    assert not same_places(TOLD, _swapped(SAID, one, other), PLACES)


def _swapped(text, one, other):
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


def test_what_changes_places_in_the_default_study_is_seen():
    speech = speech_of(load_cohort("data/wei2026").with_study(
        {"language": "zh", "checklists": list(CHECKLISTS)}))  # fmt: skip
    say_all(speech, ROOT / "notebooks")
    pairs = [(e, c) for e, c in speech._said.items() if c and e.endswith(".") and len(e) > 25]
    tried, unseen = 0, []
    for english, chinese in pairs:
        words = [w for w in speech.labels.words(chinese) if chinese.count(w.text) == 1]
        for one, other in combinations(words[:12], 2):
            decimals = "." in one.text and "." in other.text
            if one.kind != other.kind or not (one.kind or decimals) or one.kind == "month":
                continue
            if same_places(english, chinese, speech.labels):
                wrong = _swapped(chinese, one.text, other.text)
                tried += 1
                if same_places(english, wrong, speech.labels):
                    unseen.append(wrong)
    assert tried > 500
    assert unseen == []


DIRECTIONS = {
    r"lower": "低|下|小", r"higher": "高|上|大", r"longer": "长|再",
    r"above": "高于|大于|超过|上方|上述|以上|≥", r"below": "低于|小于|下方|以下|≤",
    r"more than": "超过|大于|以上", r"(?:fewer|less) than": "少于|不足|低于",
    r"at most": "至多|最多|不超过", r"least": "至少|最小|最低|最少", r"most": "最|多",
    r"few(?:est)?": "少", r"better": "好|优|不超过", r"before": "前|先|尚未", r"after": "后|按|经",
    r"not": "不|未|无|非|没|否|仅", r"no|none|nobody|neither|nor|never": "不|未|无|非|没|均|否|仅",
    r"without": "不|未|无|非|没|粗|除", r"significant\w*": "统计学意义|显著|检验水准",
    r"crude|unadjusted": "粗|未校正|校正前", r"adjusted": "校正", r"missing": "缺失",
    r"univariable": "单因素", r"multivariable": "多因素",
}  # fmt: skip
OTHERWISE = ("Reporting checklist after", "no. ", "no.", "Discuss what is to be done next, above",
             "Describe the patients: disease")  # fmt: skip


@pytest.mark.parametrize("word", DIRECTIONS)
def test_directions_and_negations_of_english_are_in_chinese(word):
    english = re.compile(rf"\b(?:{word})\b", re.IGNORECASE)
    said = {
        text: other
        for text, other in CHINESE.words.items()
        if english.search(re.sub(r"\{\w+\}", " ", text)) and not text.startswith(OTHERWISE)
    }
    assert said
    assert {e: c for e, c in said.items() if not re.search(DIRECTIONS[word], c)} == {}


@pytest.mark.parametrize(
    ("word", "other", "chinese"),
    [("lower", "higher|above|upper", "高"), ("higher", "lower|below", "低"),
     ("above", "below|lower|not", "低于|小于"), ("below", "above|higher|not", "高于|大于")],
)  # fmt: skip
def test_no_direction_is_turned(word, other, chinese):
    turned = {
        english: said
        for english, said in CHINESE.words.items()
        if re.search(rf"\b{word}\b", english) and not re.search(rf"\b(?:{other})\b", english)
    }
    assert {english: c for english, c in turned.items() if re.search(chinese, c)} == {}


@pytest.mark.parametrize(
    "fault",
    [
        r"\{(?:x|own\d?)\}\{(?:n|num\d?)\}",  # "pain7例": a label beside a number
        r"[\u4e00-\u9fff](?:[,;:?!]|\((?!%|mm|λ|\{num\}%))|[,;:?!][\u4e00-\u9fff]",  # half width
        r"[，；：。]{2}|[\u4e00-\u9fff] [\u4e00-\u9fff]",
        r"E值.*风险比为\{",  # the value of another statistic, read as the ratio
        r"(?<!采用)(?:重叠|逆概率)权重(?:时)?为?\{num",  # a ratio, read as a weight
    ],
)
def test_no_chinese_text_has_a_fault_that_was_found_once(fault):
    assert [said for said in CHINESE.words.values() if re.search(fault, said)] == []


def test_the_e_value_is_not_read_as_the_hazard_ratio():
    said = Speech(CHINESE, LABELS).text(
        "5.87 for the adjusted hazard ratio for survival (2.05 for its limit nearer to one)"
    )
    assert said == "survival的校正风险比对应5.87（其较接近1的置信限对应2.05）"


@pytest.mark.parametrize("name", ["zh"])
def test_patterns_are_no_riddle(name):
    language = load_language(name)
    assert len(language.words) > 1000
    assert not [english for english in language.words if english != english.strip()]


def test_a_chinese_study_speaks_chinese(chinese):
    results = [baseline(chinese), km(chinese), cox(chinese, "os"), response(chinese)]
    for result in results:
        table, told = result.table(), result.sentence()
        rest = re.sub(NAMES, "", table.text() + told)
        assert re.findall(r"[A-Za-z]{3,}", rest) == []
    assert dict(speech_of(chinese).missing) == {}


def test_chinese_figures_are_drawn_with_the_packaged_font(chinese):
    figure = km(chinese, "os").figure()
    drawn = [text.get_text() for text in figure.drawing.texts]
    assert {"风险人数", "删失", "事件数", "全部患者", "合成数据"} <= set(drawn)
    assert figure.drawing.axes[0].get_xlabel() == "时间（月）"
    assert figure.drawing.axes[0].get_ylabel() == "总生存率(%)"
    pytest.importorskip("pylopdf_fonts_zh_cn")
    assert wider_font() == "Noto Sans SC"
    assert not any(MISSING_GLYPH in text for text in drawn)


def test_without_a_font_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(letters, "wider_font", lambda: None)
    assert "--extra chinese" in letters.what_to_install("中文")


def test_a_language_of_the_study_folder_goes_before_the_one_it_is_like(tmp_path):
    (tmp_path / "mine.yml").write_text('like: zh\nwords:\n  "At risk": "在险"\n', encoding="utf-8")
    mine = load_language("mine.yml", tmp_path)
    assert mine.words["At risk"] == "在险"
    assert mine.words["Censored"] == "删失"
    (tmp_path / "wrong.yml").write_text('label: X\nwords:\n  "A {a}": "B"\n', encoding="utf-8")
    with pytest.raises(CohortbookError, match=r"other slots than in English: A \{a\}"):
        load_language("wrong.yml", tmp_path)
