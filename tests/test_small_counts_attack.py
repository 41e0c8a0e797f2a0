"""Small counts by subtraction: a reader who adds up all that is shown learns none of them.

The attack is written without the rules of `small_cells`: it takes the frames as they are saved and
exported, writes each number that is shown as a sum over unknown groups of patients, and asks an
integer program for the least and the largest value of every small count.
"""

import math
import random

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from tiny import study_folder

from cohortbook import baseline, discontinuation, flow, km, response, safety, survival
from cohortbook.analysis.survival_parts import main_panels
from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import CohortbookError
from cohortbook.results import frame, row
from cohortbook.verbs.result import Result

K = 5
ARMS = {"A": 12, "B": 17}
MILESTONES = (6, 12)
STUDY = """
synthetic: true
cutoff: 2024-01-01
tables: {patients: patients.csv, adverse_events: adverse_events.csv}
leave_out_incomplete: true
privacy: {smallest_count: 5}
texts: {title: Small}
arms: [{code: A, label: Arm A, color: "#112233"}, {code: B, label: Arm B, color: "#445566"}]
reference_arm: A
variables:
  stage: {label: Stage, kind: categorical, levels: [{code: i, label: I}, {code: j, label: II},
          {code: k, label: III}]}
  age: {label: Age, kind: continuous}
baseline: [{variable: stage}, {variable: age}]
endpoints:
  os: {label: Overall survival, short: OS, time: t, event: e, milestones: [6, 12]}
enrolled: {column: begun}
response:
  column: best
  criteria: RECIST 1.1
  not_evaluable: NE
  categories: [{code: CR, label: CR}, {code: PR, label: PR}, {code: SD, label: SD},
               {code: PD, label: PD}, {code: NE, label: NE}]
  objective: [CR, PR]
  control: [CR, PR, SD]
discontinuation:
  column: why
  reasons: [{code: progress, label: Progression}, {code: harm, label: Toxicity}]
adverse_events: {term: term, grade: grade, terms: [Rash, Fever]}
"""


def write(folder, seed):
    """Write a study of two small arms, with small counts everywhere."""
    draw = random.Random(seed)
    study_folder(folder)
    (folder / "study.yml").write_text(STUDY)
    people, events = [], []
    for arm, n in ARMS.items():
        chance = [draw.random() ** 2 + 0.05 for _ in range(6)]
        for _ in range(n):
            time, died = draw.randint(1, 20), draw.random() < chance[0]
            lost = draw.random() < 0.2
            begun = pd.Timestamp("2024-01-01") - pd.DateOffset(months=time + 6 * lost)
            gone = draw.random() < 0.08 * (seed % 2)
            number = len(people) + 1
            people.append(
                {"patient_id": number, "arm": arm,
                 "stage": draw.choices("ijk", chance[:3])[0] if draw.random() < 0.9 else "",
                 "age": draw.randint(40, 80) if draw.random() < 0.9 else "",
                 "t": "" if gone else time, "e": "" if gone else int(died),
                 "begun": begun.date(),
                 "best": draw.choices(["CR", "PR", "SD", "PD", "NE"], chance[:5])[0],
                 "why": draw.choices(["progress", "harm", ""], chance[:3])[0]}
            )  # fmt: skip
            for term in ("Rash", "Fever"):
                if draw.random() < chance[4]:
                    grade = draw.choices([1, 2, 3, 4], [3, 2, 1, 1])[0]
                    events.append({"patient_id": number, "term": term, "grade": grade})
    pd.DataFrame(people).to_csv(folder / "patients.csv", index=False)
    pd.DataFrame(events).to_csv(folder / "adverse_events.csv", index=False)
    return load_cohort(folder)


class Attack:
    """What a reader knows of the patients of two arms, each of one kind of some."""

    def __init__(self, kinds):
        self.place = {(arm, kind): i for i, (arm, kind) in
                      enumerate((a, k) for a in ARMS for k in kinds)}  # fmt: skip
        self.rows, self.low, self.high, self.small = [], [], [], []
        for arm, n in ARMS.items():
            self.learn([arm], kinds, n, n)

    def _line(self, arms, kinds):
        line = np.zeros(len(self.place))
        line[[self.place[arm, kind] for arm in arms for kind in kinds]] = 1
        return line

    def learn(self, arms, kinds, low, high):
        self.rows.append(self._line(arms, kinds))
        self.low.append(low)
        self.high.append(high)

    def told(self, arms, kinds, count, mark):
        """Learn a count as it is shown: the number, a mark, or nothing."""
        if not math.isnan(count):
            self.learn(arms, kinds, round(count), round(count))
        elif mark == f"<{K}":
            self.learn(arms, kinds, 1, K - 1)

    def secret(self, arms, kinds, count):
        """Note a count as it is, to be looked for if it is small."""
        if 0 < count < K:
            self.small.append((arms, kinds, count))

    def found(self):
        """Give the small counts that only one value fits."""
        known = LinearConstraint(np.array(self.rows), self.low, self.high)
        ones, learnt = np.ones(len(self.place)), []
        for arms, kinds, count in self.small:
            line, ends = self._line(arms, kinds), []
            for sign in (1, -1):
                done = milp(sign * line, constraints=known, integrality=ones,
                            bounds=Bounds(0, max(ARMS.values())))  # fmt: skip
                assert done.status == 0, done.message
                ends.append(round(sign * done.fun))
            assert ends[0] <= count <= ends[1]
            learnt += [(arms, kinds, count)] if ends[0] == ends[1] else []
        return learnt


GROUPS = {"A": ["A"], "B": ["B"], "overall": ["A", "B"]}


def of_baseline(cohort, term):
    """The levels of a variable, with who has none."""
    found = baseline(cohort).frame.query("term == @term")
    levels = [level for level in dict.fromkeys(found["level"]) if level] or ["known"]
    attack = Attack([*levels, None])
    for line in found.itertuples():
        arms, level = GROUPS.get(line.group), [line.level or "known"]
        if arms is None:
            continue
        if not math.isnan(line.n):
            attack.learn(arms, levels, line.n, line.n)
        if line.statistic == "n":
            attack.told(arms, level, line.estimate, line.note)
        if line.statistic == "missing":
            attack.told(arms, [None], line.estimate, line.note)
        if line.statistic == "percent" and not math.isnan(line.estimate):
            share = line.estimate / 100
            attack.rows.append(attack._line(arms, level) - share * attack._line(arms, levels))
            attack.low.append(-1e-6)
            attack.high.append(1e-6)
    for arms in GROUPS.values():
        values = cohort.patients.loc[cohort.patients["arm"].isin(arms), term]
        attack.secret(arms, [None], int(values.isna().sum()))
        for level in levels if levels != ["known"] else ():
            attack.secret(arms, [level], int((values == level).sum()))
    return attack


def of_flow(cohort, attack, box, kinds_of):
    """Learn the lines of a box of the flow."""
    for line in flow(cohort).frame.query("box == @box").itertuples():
        kinds = kinds_of(line.label)
        if kinds:
            number = pd.to_numeric(line.n, errors="coerce")
            attack.told([line.arm], kinds, number, str(line.n))


def of_response(cohort):
    rest = ["CR", "PR", "SD", "PD", "NE", None]
    meant = {"ORR": ["CR", "PR"], "DCR": ["CR", "PR", "SD"]}
    attack = Attack(rest)
    for line in response(cohort).frame.itertuples():
        if line.group in ARMS and line.statistic in ("n", "percent"):
            count = line.estimate if line.statistic == "n" else line.estimate * line.n / 100
            attack.told([line.group], meant.get(line.term, [line.term]), count, line.note)
        if not math.isnan(line.n) and line.group in ARMS:
            attack.learn([line.group], rest, line.n, line.n)
    labels = {"Evaluable for response": rest[:4], "NE": ["NE"], "Response not recorded": [None]}
    of_flow(cohort, attack, "response", labels.get)
    best = cohort.patients["best"].astype("object")
    for arm in ARMS:
        inside = best[cohort.patients["arm"] == arm]
        for kinds in (*([kind] for kind in rest), *meant.values()):
            of = inside.isna().sum() if kinds == [None] else inside.isin(kinds).sum()
            attack.secret([arm], kinds, int(of))
            attack.secret([arm], [k for k in rest if k not in kinds], int(len(inside) - of))
    return attack


def of_discontinuation(cohort):
    rest = ["progress", "harm", "going"]
    attack = Attack(rest)
    for line in discontinuation(cohort).frame.itertuples():
        if line.group in ARMS:
            attack.told([line.group], [line.term], line.estimate * (
                1 if line.statistic == "patients" else line.n / 100), line.note)  # fmt: skip
    labels = {"Stopped: Progression": ["progress"], "Stopped: Toxicity": ["harm"],
              "Ongoing": ["going"]}  # fmt: skip
    of_flow(cohort, attack, "treatment", labels.get)
    why = cohort.patients["why"].astype("object").fillna("going").replace("", "going")
    for arm in ARMS:
        for kind in rest:
            attack.secret([arm], [kind], int((why[cohort.patients["arm"] == arm] == kind).sum()))
    return attack


def of_safety(cohort, term):
    rest = {"any": ["severe", "mild"], "severe": ["severe"]}
    attack = Attack(["severe", "mild", "none"])
    for line in safety(cohort).frame.query("term == @term").itertuples():
        if line.group in ARMS:
            count = line.estimate if line.statistic == "patients" else line.estimate * line.n / 100
            attack.told([line.group], rest[line.level], count, line.note)
    worst = cohort.adverse_events.query("term == @term").groupby("patient_id")["grade"].max()
    grade = cohort.patients["patient_id"].map(worst).fillna(0)
    for arm in ARMS:
        inside = grade[cohort.patients["arm"] == arm]
        for kind, n in (("severe", (inside >= 3).sum()), ("mild", inside.between(1, 2).sum()),
                        ("none", (inside == 0).sum())):  # fmt: skip
            attack.secret([arm], [kind], int(n))
        attack.secret([arm], rest["any"], int((inside > 0).sum()))
    return attack


def of_survival(cohort):
    """Events, losses, milestones and missing values; a milestone tells events and who is left."""
    every = [(k, what) for k in range(3) for what in ("event", "lost", "kept")]
    attack = Attack([*every, None])

    def of(what, where=range(3)):
        return [(k, w) for k, w in every if w in what and k in where]

    def learn(line, column, arms, kinds):
        count, notes = getattr(line, column), str(line.note)
        mark = f"<{K}" if f"{column} <{K}" in notes else ""
        attack.told(arms, kinds, count, mark)

    for line in survival(cohort).frame.itertuples():
        arms = GROUPS.get(line.group, ["A", "B"])
        learn(line, "n_events", arms, of(["event"]))
        learn(line, "n", arms, every)
        if line.statistic in ("events", "lost"):
            attack.told(arms, of(["event" if line.statistic == "events" else "lost"]),
                        line.estimate, line.note)  # fmt: skip
        if line.statistic == "survival" and not math.isnan(line.estimate):
            k = MILESTONES.index(int(line.level))
            _, seen = kinds_of_patients(cohort)
            before, after = of(["event"], range(k + 1)), of(["event", "lost", "kept"],
                                                            range(k + 1, 3))  # fmt: skip
            for kinds in (before, after):
                n = sum(seen.get((arm, kind), 0) for arm in arms for kind in kinds)
                attack.learn(arms, kinds, n, n)
    of_flow(cohort, attack, "analysed", {"Overall survival": every,
                                         "Without time or status of OS": [None]}.get)  # fmt: skip
    total, seen = kinds_of_patients(cohort)
    sets = [[None], of(["event"]), of(["lost"]), of(["lost", "kept"]), of(["kept"])]
    sets += [of(["event"], range(k + 1)) for k in range(2)] + [of(["event"], [1])]
    sets += [of(["event", "lost", "kept"], range(k + 1, 3)) for k in range(2)]
    for arms in GROUPS.values():
        for kinds in sets:
            n = sum(seen.get((arm, kind), 0) for arm in arms for kind in kinds)
            attack.secret(arms, kinds, n)
    assert total == sum(ARMS.values())
    return attack


def kinds_of_patients(cohort):
    """Count patients by arm and what became of them, from the table itself."""
    people, seen = cohort.patients, {}
    months = (pd.Timestamp("2024-01-01") - pd.to_datetime(people["begun"])).dt.days / 30.4375
    for (_, one), possible in zip(people.iterrows(), months, strict=True):
        time, event = one["os_time"], one["os_event"]
        if pd.isna(time) or pd.isna(event):
            kind = None
        else:
            what = "event" if event == 1 else "lost" if time < possible - 1 else "kept"
            kind = (sum(time > month for month in MILESTONES), what)
        seen[one["arm"], kind] = seen.get((one["arm"], kind), 0) + 1
    return len(people), seen


@pytest.mark.parametrize("seed", range(3))
def test_no_small_count_follows_from_what_is_shown(tmp_path, seed):
    cohort = write(tmp_path / "study", seed)
    attacks = {
        "stage": of_baseline(cohort, "stage"),
        "age": of_baseline(cohort, "age"),
        "response": of_response(cohort),
        "discontinuation": of_discontinuation(cohort),
        "rash": of_safety(cohort, "Rash"),
        "fever": of_safety(cohort, "Fever"),
        "survival": of_survival(cohort),
    }
    assert sum(len(attack.small) for attack in attacks.values()) > 20
    assert {name: found for name, attack in attacks.items() if (found := attack.found())} == {}


def ticks(cohort, group, panel):
    """Give what the table under a curve shows at each tick beside what is so: (shown, is)."""
    raw = next(p for p in main_panels(cohort, "os") if p["by_arm"] == panel["by_arm"])["risk"]
    risk, raw = (part[part["group"] == group].set_index("time") for part in (panel["risk"], raw))
    return [(risk.loc[time].to_dict(), raw.loc[time].to_dict()) for time in risk.index]


@pytest.mark.parametrize("seed", range(2))
def test_the_table_under_a_curve_tells_no_small_count(tmp_path, seed, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "cohortbook.display.figures.km.km_figure", lambda p, *_, **__: drawn.extend(p)
    )
    cohort = write(tmp_path / "study", seed)
    monkeypatch.setattr(Result, "_made", lambda self, _door, make, how: make(**how))
    km(cohort, "os").figure()
    names = ("n_risk", "n_censored", "n_events")
    assert {panel["by_arm"] for panel in drawn} == {True}, "all patients less an arm is an arm"
    for panel in drawn:
        for group in dict.fromkeys(panel["risk"]["group"]):
            n = int((cohort.survival("os")["arm"] == group).sum())
            for shown, real in ticks(cohort, group, panel):
                fits = {name: set() for name in names}
                for risk in range(n + 1):
                    for events in range(n + 1 - risk):
                        now = dict(zip(names, (risk, n - risk - events, events), strict=True))
                        if all(agrees(shown[name], now[name]) for name in names if name in shown):
                            for name in names:
                                fits[name].add(now[name])
                for name in names:
                    assert real[name] in fits[name]
                    assert not 0 < real[name] < K or len(fits[name]) > 1, (shown, real)
        curves = panel["curves"]
        assert curves["n_risk"].isna().all() and not curves["n_censor"].any()
        for group, curve in curves.groupby("group"):
            data = cohort.survival("os")
            data = data[data["arm"] == group]
            gone = [int(((data["time"] <= time) & (data["event"] == 1)).sum())
                    for time in curve["time"]]  # fmt: skip
            left = [int((data["time"] > time).sum()) for time in curve["time"]]
            steps = np.diff(gone)
            assert (steps >= K).all() and not any(0 < n < K for n in left), (steps, left)


def agrees(shown, count):
    """Whether a count can be shown so: rounded down to a multiple, or as fewer and not none."""
    return (
        0 < count < K
        if math.isnan(shown)
        else shown == count // K * K and (count >= K or not count)
    )


def test_what_no_rule_is_known_for_opens_no_door(tmp_path):
    cohort = write(tmp_path / "study", 0)
    with pytest.raises(CohortbookError, match="no rule"):
        Result("own", cohort, frame([row("own", "n", 3)]))
    with pytest.raises(CohortbookError, match="no rule"):
        Result("survival", cohort, frame([row("survival", "events", 3)]))
    everybody_but_one = cohort.keep(cohort.patients["patient_id"] != "1", why="a check")
    for part in (everybody_but_one, everybody_but_one.drop(["2"], why="another")):
        for verb in (baseline, survival, flow, safety):
            with pytest.raises(CohortbookError, match="by subtraction"):
                verb(part)
    found = survival(cohort).frame
    assert not set(found["statistic"]) & {"interaction", "competing"}
    assert found["population"].eq("all").all()


def test_losses_are_marked_or_left_out_and_never_told(tmp_path):
    seen = set()
    for seed in (0, 2):
        cohort = write(tmp_path / str(seed), seed)
        result = survival(cohort)
        lost = result.frame.query("statistic == 'lost'")
        small = lost[lost["estimate"].between(1, K - 1)]
        assert small.empty
        seen |= {note.partition(";")[0] for note in lost["note"]}
        text = result.sentence()
        assert "nan" not in text and "<NA>" not in text
    assert f"<{K}" in seen, "some loss is small"
