# ruff: noqa: E501 (patterns of sentences are read best in one piece)
"""Reads the report's sentences back and holds them against `results.json`.

It shares no code with what writes them: its patterns take a sentence apart, and each part (number,
direction, verdict, name, denominator) is compared with what the statistics say, rounded by rules of
its own. A text of which some words cannot be read is a problem too, so that nothing is passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

WORDS = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
COUNT = r"(?:none|no|one|two|three|four|five|six|seven|eight|nine|\d+)"
NUM = r"(?:[<>]?\d[\d,]*(?:\.\d+)?|NR|not estimable)"
SIGNED = r"(?:−?\d+(?:\.\d+)?|–)"
P = r"\*P\* (?:[=<>] \d\.\d+|not estimable)"
LIMITS = rf"[\d.]+% CI {NUM} to {NUM}"
MEDIAN = rf"(?:not reached|[\d.]+ months)(?: \([\d.]+% CI (?:not estimable|{NUM} to {NUM})\))?"


def dec(value: float, places: int) -> str:
    exact = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{exact:f}"
    return (text.lstrip("-") if exact == 0 else text).replace("-", "−")


def ratio(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "not estimable"
    if math.isinf(value) or value >= 1000:
        return ">999"
    if value < 0.0005:
        return "<0.001" if value else "0"
    return dec(value, 3 if value < 10 else 2 if value < 100 else 1)


def percent(value: float) -> str:
    text = dec(value, 1)
    if text == "0.0" and value > 1e-9:
        return "<0.1"
    return ">99.9" if text == "100.0" and value < 100 - 1e-9 else text


def p_text(p: float | None, alpha: float) -> str:
    if p is None or math.isnan(p):
        return "*P* not estimable"
    if p < min(0.001, alpha):
        return f"*P* < {level(min(0.001, alpha))}"
    for places in range(4 if p < 0.001 else 3, 14):
        text = dec(p, places)
        shown = float(text)
        if all(shown != at and (shown < at) == (p < at) for at in (alpha, 0.05)):
            return "*P* > 0.999" if text == "1.000" else f"*P* = {text}"
    return f"*P* = {dec(p, 3)}"


def level(alpha: float) -> str:
    return dec(alpha, max(2, -Decimal(f"{alpha:.12g}").normalize().as_tuple().exponent))


def plain(text: str) -> str:
    """Take the escapes of Markdown away: they are no part of what is said."""
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", text)


def small(text: str) -> str:
    """Begin a label as within a sentence: an abbreviation and a letter with a meaning stay."""
    if not text[1:2].islower() or not text[:1].isalpha() or re.match(r"\w+[-–][A-Z]", text):
        return text
    return text[:1].lower() + text[1:]


@dataclass
class Reader:
    """What is known: statistics (rows of `results.json`) and the names of the study file."""

    rows: list[dict]
    endpoints: dict[str, tuple[str, str, str]]  # key: label, event, events
    arms: list[tuple[str, str]]  # reference arm first: code, label
    terms: dict[str, tuple[str, dict[str, str], float, str]]  # key: label, levels, per, unit
    exposure: str
    alpha: float
    conf: float
    primary: str
    style: str = "estimation"
    populations: dict[str, str] = field(default_factory=dict)
    grades: str = ""
    about: str = ""
    late: str = ""
    states: dict[str, dict[str, str]] = field(default_factory=dict)  # of endpoints: code, label
    further: list[tuple[str, str]] = field(default_factory=list)  # arms beyond the two
    _by: dict = field(default_factory=dict)

    @classmethod
    def of_study(cls, rows: list[dict], study) -> Reader:
        """Give what reads the sentences of a study: its statistics, the names of its file."""
        SHORT.update({key: spec.short for key, spec in study.endpoints.items()})
        return cls(
            rows,
            {key: (e.label, e.event_label, e.events_label) for key, e in study.endpoints.items()},
            [(code, study.arm_label(code)) for code in study.arm_codes],
            {
                name: (
                    v.label,
                    {one.code: one.printed for one in v.levels},
                    study.per(name),
                    v.unit or "units",
                )
                for name, v in study.variables.items()
            },
            study.texts.exposure,
            study.statistics.alpha,
            study.statistics.conf_level,
            study.primary_endpoint,
            study.texts.style,
            {group.name: group.label for group in study.subgroups},
            study.adverse_events.severe_grades() if study.adverse_events else "",
            states={
                key: {str(one.code): one.printed for one in e.competing}
                for key, e in study.endpoints.items()
            },
            further=[(one.code, one.label) for one in study.all_arms[len(study.arms) :]],
        )

    def __post_init__(self) -> None:
        infinite = {"Inf": math.inf, "-Inf": -math.inf}
        self.rows = [
            {
                name: infinite.get(value, value) if isinstance(value, str) else value
                for name, value in row.items()
            }
            for row in self.rows
        ]
        for row in self.rows:
            key = (row["analysis"], row["statistic"], row["endpoint"], row["population"])
            self._by.setdefault(key, []).append(row)

    @property
    def every(self) -> list[tuple[str, str]]:
        """All arms, of tables that show further ones too."""
        return [*self.arms, *self.further]

    @property
    def together(self) -> str:
        return "both arms together" if self.further else "all patients"

    def all(self, analysis, statistic, endpoint="", population="all", **keys) -> list[dict]:
        found = self._by.get((analysis, statistic, endpoint, population), [])
        return [row for row in found if all(row[name] == value for name, value in keys.items())]

    def one(self, *where, **keys) -> dict:
        found = self.all(*where, **keys)
        if not found:
            raise KeyError(f"no statistic {where} {keys}")
        return found[-1]

    # names -------------------------------------------------------------------------------------
    def endpoint(self, text: str) -> str:
        for key, names in self.endpoints.items():
            if text in (names[0], small(names[0])):
                if self.about and key != self.about:
                    raise KeyError(f"{text!r} stands where {self.about} is told")
                return key
        raise KeyError(f"no endpoint is called {text!r}")

    def term(self, text: str, among: list[str] | None = None) -> str:
        """Give the variable of a name; several may share one, `among` are those in question."""
        if text == self.exposure:
            return "arm"
        found = [key for key, names in self.terms.items() if text in (names[0], small(names[0]))]
        if not found:
            raise KeyError(f"no variable is called {text!r}")
        return next((key for key in found if key in (among or found)), found[0])

    # printed values ----------------------------------------------------------------------------
    def limits(self, row: dict) -> str:
        low, high = (row[name] for name in ("conf_low", "conf_high"))
        return f"{100 * self.conf:.6g}% CI {ratio(low)} to {ratio(high)}"

    def hr(self, row: dict) -> str:
        if row["estimate"] is None:
            return "hazard ratio not estimable"
        return f"HR {ratio(row['estimate'])}, {self.limits(row)}"

    def p(self, row: dict) -> str:
        return p_text(row["p_value"], self.alpha)

    def median(self, row: dict) -> str:
        numbers = [row[name] for name in ("estimate", "conf_low", "conf_high")]
        if numbers == [None] * 3:
            return "not reached"
        shown = ["NR" if value is None else dec(value, 1) for value in numbers]
        limits = f"{shown[1]} to {shown[2]}"
        if numbers[0] is not None and numbers[1:] == [None] * 2:
            limits = "not estimable"
        start = "not reached" if numbers[0] is None else f"{shown[0]} months"
        return f"{start} ({100 * self.conf:.6g}% CI {limits})"

    def significant(self, row: dict) -> bool | None:
        return None if row["p_value"] is None else row["p_value"] < self.alpha

    # reading -----------------------------------------------------------------------------------
    def problems(self, text: str, about: str = "") -> list[str]:
        """Say what of a text is false, or cannot be read; [] if all of it holds.

        `about` is the endpoint under which it stands, "" if it may tell of each.
        """
        self.about = about
        text, found, at = plain(text).strip(), [], 0
        while at < len(text):
            for pattern, check in PATTERNS:
                if match := pattern.match(text, at):
                    try:
                        found += [
                            f"{name}: {said!r} is {true!r}"
                            for name, said, true in check(self, match)
                            if said != true
                        ]
                    except (KeyError, IndexError, ValueError, TypeError) as error:
                        found.append(f"{error} ({match[0]!r})")
                    at = match.end()
                    break
            else:
                return [*found, f"cannot be read: {text[at : at + 120]!r}"]
            at += len(text[at:]) - len(text[at:].lstrip())
        return found


Claim = tuple[str, object, object]
PATTERNS: list[tuple[re.Pattern, Callable[[Reader, re.Match], Iterator[Claim]]]] = []


def reads(pattern: str, first: bool = False):
    """Register what reads one kind of sentence; `first`: before those that are registered."""

    def register(check):
        filled = pattern
        for name, part in (("NUM", NUM), ("SIGNED", SIGNED), ("P", P), ("LIMITS", LIMITS),
                           ("MEDIAN", MEDIAN), ("COUNT", COUNT)):  # fmt: skip
            filled = filled.replace(f"<<{name}>>", part)
        at = 0 if first else len(PATTERNS)
        PATTERNS.insert(at, (re.compile(filled + r"(?:\s+|$)"), check))
        return check

    return register


def number(text: str) -> int:
    text = text.lower()
    return 0 if text == "no" else WORDS.index(text) if text in WORDS else int(text)


def items(text: str) -> list[str]:
    """Take a list apart: a, b and c."""
    return [part for part in re.split(r", (?:and )?| and ", text) if part] if text else []


# the patients ------------------------------------------------------------------------------------
@reads(r"Each \*P\* value is given before and after adjustment for their number\.")
def _announced(_reader: Reader, _match: re.Match) -> Iterator[Claim]:
    """Announces columns of a table; nothing to hold against results."""
    yield from ()


@reads(r"Median (?P<end>[^.]+?) of (?P<whom>all patients|both arms together) was (?P<median><<MEDIAN>>), with (?P<events>\d+) "
       r"(?P<what>[^.]+?) in (?P<n>\d+) patients?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    row = reader.one("survival", "median", end, group="overall")
    yield "whom", said["whom"], reader.together
    yield "median", said["median"], reader.median(row)
    yield from _counts(reader, end, row, said["events"], said["what"], said["n"])


def _counts(reader, end, row, events, what, n):
    yield "events", int(events), row["n_events"]
    yield "patients", int(n), row["n"]
    _, single, several = reader.endpoints[end]
    yield "event", what, single if row["n_events"] == 1 else several


@reads(
    r"Median follow-up(?: for (?P<end>[^.]+?))?(?: of (?P<whom>both arms together))? by reverse Kaplan-Meier was (?P<m><<MEDIAN>>)\."
)
def _(reader, said):
    end = reader.endpoint(said["end"]) if said["end"] else _followed(reader)
    yield "whom", said["whom"], reader.together if reader.further else None
    yield (
        "follow-up",
        said["m"],
        reader.median(reader.one("survival", "follow_up", end, group="overall")),
    )


@reads(r"(?P<late>\d+) of (?P<n>\d+) patients? came under observation after time zero; the median "
       r"time of entry of all patients was (?P<m>[\d.]+) months\.")  # fmt: skip
def _(reader, said):
    end = _followed(reader)
    row = reader.one("survival", "late", end, group="overall")
    yield "late", int(said["late"]), row["estimate"]
    yield "patients", int(said["n"]), row["n"]
    middle = reader.one("survival", "entry", end, group="overall")["estimate"]
    yield "median entry", said["m"], dec(middle, 1)


@reads(r"(?P<n>\w+) patients? (?:was|were) never at risk and (?:was|were) left out of "
       r"(?P<end>[^.:]+): follow-up ended before they came under observation\.")  # fmt: skip
def _(reader, said):
    row = reader.one("survival", "unseen", reader.endpoint(said["end"]), group="overall")
    yield "never at risk", number(said["n"]), row["estimate"]


WHOSE = r"(?P<who>all patients|[^.]+?)(?: for (?P<end>[^.]+?))?"


def _curve(reader, said):
    end = reader.endpoint(said["end"]) if said["end"] else _followed(reader)
    groups = {"all patients": "overall"} | {label: code for code, label in reader.arms}
    return end, groups[said["who"]]


@reads(rf"The curve of {WHOSE} came to 0 at month (?P<m>[\d.]+), when all of the few at risk had the "
       r"event, though others came under observation later: it does not describe them\.")  # fmt: skip
def _(reader, said):
    end, group = _curve(reader, said)
    row = reader.one("survival", "emptied", end, group=group)
    yield "month", said["m"], dec(row["estimate"], 1)


@reads(rf"The curve of {WHOSE} rests on few at its beginning: (?P<n>\d+) at risk at month "
       r"(?P<m>[\d.]+)\.")  # fmt: skip
def _(reader, said):
    end, group = _curve(reader, said)
    row = reader.one("survival", "fewest", end, group=group)
    yield "at risk", int(said["n"]), row["estimate"]
    yield "month", said["m"], dec(float(row["level"]), 1)


def _followed(reader):
    return "os" if "os" in reader.endpoints else reader.primary


@reads(r"Median follow-up(?: for (?P<end>[^.]+?))? was (?P<told>(?:<<MEDIAN>> with [^,.]+, )+<<MEDIAN>> with "
       r"[^,.]+? and <<MEDIAN>> with [^.]+)\.", first=True)  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"]) if said["end"] else _followed(reader)
    true = [f"{reader.median(reader.one(ALL_ARMS, 'follow_up', end, group=code))} with {label}"
            for code, label in reversed(reader.every)]  # fmt: skip
    yield "follow-up", said["told"], _joined(true)


@reads(r"Median follow-up(?: for (?P<end>[^.]+?))? was (?P<b><<MEDIAN>>) with (?P<other>.+?) and "
       r"(?P<a><<MEDIAN>>) with (?P<first>[^.]+)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"]) if said["end"] else _followed(reader)
    for place, arm, text in ((0, said["first"], said["a"]), (1, said["other"], said["b"])):
        code, label = reader.arms[place]
        yield "arm", arm, label
        yield "follow-up", text, reader.median(reader.one("survival", "follow_up", end, group=code))


ARM = (r"(?P<m{0}><<MEDIAN>>) with (?P<arm{0}>.+?) \((?P<ev{0}>\d+) (?P<what{0}>[^()]+?) in "
       r"(?P<n{0}>\d+) patients?\)")  # fmt: skip


def _arms_of(reader, said, end, population):
    for place in (1, 0):
        code, label = reader.arms[place]
        row = reader.one("survival", "median", end, population, group=code)
        yield "arm", said[f"arm{place}"], label
        yield "median", said[f"m{place}"], reader.median(row)
        yield from _counts(
            reader, end, row, said[f"ev{place}"], said[f"what{place}"], said[f"n{place}"]
        )


@reads(r"The hazard ratio for (?P<end>[^.,]+), (?P<other>[^.]+?) against (?P<first>[^.]+?), was "
       r"(?P<hr><<NUM>>) \((?P<ci><<LIMITS>>); log-rank (?P<p><<P>>)\), with medians of "
       + ARM.format(1) + " and " + ARM.format(0)
       + r"(?P<apart>; the interval (?P<side>excludes|includes) one while the log-rank \*P\* is "
       r"(?P<low>below|not below) (?P<level>[\d.]+))?(?P<untested>; the difference could not be "
       r"tested)?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    row = reader.one("survival", "hr", end, group="difference")
    test = reader.one("survival", "logrank", end, group="difference")
    yield "other arm", said["other"], reader.arms[1][1]
    yield "reference arm", said["first"], reader.arms[0][1]
    yield "hazard ratio", said["hr"], ratio(row["estimate"])
    yield "limits", said["ci"], reader.limits(row)
    yield "P", said["p"], reader.p(test)
    yield from _arms_of(reader, said, end, "all")
    outside = None
    if row["conf_low"] is not None and row["conf_high"] is not None:
        outside = not row["conf_low"] <= 1 <= row["conf_high"]
    low = reader.significant(test)
    levels = math.isclose(1 - reader.conf, reader.alpha, abs_tol=1e-9)
    yield "untested", bool(said["untested"]), low is None
    yield (
        "apart",
        bool(said["apart"]),
        bool(levels and None not in (low, outside) and low != outside),
    )
    if said["apart"]:
        yield "side", said["side"], "excludes" if outside else "includes"
        yield "low", said["low"], "below" if low else "not below"
        yield "level", said["level"], level(reader.alpha)


HR = r"(?:HR <<NUM>>, <<LIMITS>>|hazard ratio not estimable)"


@reads(r"Median (?P<end>[^.]+?) was " + ARM.format(1) + " against " + ARM.format(0)
       + r" \(log-rank (?P<p><<P>>); (?P<hr>" + HR + r")\)(?:; the difference (?P<verdict>was "
       r"(?:not )?statistically significant|could not be tested))?(?:, though the interval of the "
       r"hazard ratio (?P<side>includes|excludes) one)?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    row = reader.one("survival", "hr", end, group="difference")
    test = reader.one("survival", "logrank", end, group="difference")
    yield "hazard ratio", said["hr"], reader.hr(row)
    yield "P", said["p"], reader.p(test)
    yield from _arms_of(reader, said, end, "all")
    low = reader.significant(test)
    true = (
        "could not be tested"
        if low is None
        else f"was {'' if low else 'not '}statistically significant"
    )
    if reader.style != "significance" and low is not None:
        true = None
    yield "verdict", said["verdict"], true
    if row["conf_low"] is not None and row["conf_high"] is not None and low is not None:
        inside = row["conf_low"] <= 1 <= row["conf_high"]
        yield (
            "side",
            said["side"],
            ("includes" if inside else "excludes") if low == inside else None,
        )
    else:
        yield "side", said["side"], None


# models ------------------------------------------------------------------------------------------
WITH_P = r"<<NUM>> \(<<LIMITS>>; <<P>>\)"


@reads(r"For (?P<end>[^,]+), the (?P<exposure>[^.]+?)'s HR of (?P<crude>" + WITH_P + r") alone"
       r"(?: in (?P<n>\d+) patients \((?P<same>HR <<NUM>>, <<LIMITS>>|not estimable), in the "
       r"(?P<n2>\d+) patients of the other model\))? became (?P<adj>" + WITH_P
       + r") with all covariates in the model(?: \((?P<epv>[\d.]+) events for each parameter, which is "
       r"few(?:; (?P<perm><<P>>) by permutation)?\))?(?P<turned>; adjustment moved it across one)?"
       r"(?:; (?P<which>both were|neither was|only the crude one was|only the adjusted one was) "
       r"statistically significant)?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    code = reader.arms[1][0]
    crude, adjusted = (reader.one(f"cox_{kind}", "hr", end, term="arm", level=code)
                       for kind in ("univariable", "multivariable"))  # fmt: skip
    yield "exposure", said["exposure"], reader.exposure
    for name, row in (("crude", crude), ("adj", adjusted)):
        true = f"{ratio(row['estimate'])} ({reader.limits(row)}; {reader.p(row)})"
        yield name, said[name], true
    yield "crossed", bool(said["turned"]), {_side(crude), _side(adjusted)} == {"lower", "higher"}
    same = reader.all("cox_univariable", "hr_same_patients", end)
    yield "same patients", bool(said["n"]), bool(same)
    if same:
        arms = reader.all("cox_univariable", "hr", end, term="arm")
        yield "n alone", int(said["n"]), sum(row["n"] for row in arms)
        yield "n together", int(said["n2"]), same[0]["n"]
        yield "same", said["same"], reader.hr(same[0])
    per = reader.one("cox_multivariable", "events_per_parameter", end)["estimate"]
    yield "few", said["epv"], dec(per, 1) if per < 10 else None
    again = reader.all("cox_multivariable", "permutation", end)
    yield "permutation", said["perm"], reader.p(again[0]) if again and per < 10 else None
    low = [reader.significant(row) for row in (crude, adjusted)]
    names = {(True, True): "both were", (False, False): "neither was",
             (True, False): "only the crude one was", (False, True): "only the adjusted one was"}  # fmt: skip
    asked = reader.style == "significance"
    yield "which", said["which"], names.get(tuple(low)) if asked else None


def _arm_notes(reader):
    return [plain(row["note"]) for key, rows in reader._by.items()
            if key[:2] == ("cox_multivariable", "hr") and (not reader.about or key[2] == reader.about)
            for row in rows if row["term"] == "arm"]  # fmt: skip


@reads(r"There was evidence against proportional hazards \((?P<p><<P>>)\): the (?P<exposure>[^.]+?)'s (?:adjusted )?ratio is an "
       r"average over time\.")  # fmt: skip
def _(reader, said):
    yield "exposure", said["exposure"], reader.exposure
    told = f"Evidence against proportional hazards ({said['p'].replace('*', '')})"
    yield "noted", any(told in note for note in _arm_notes(reader)), True


@reads(r"Few patients with (?P<arm>[^.]+?) had the event\.")
def _(reader, said):
    levels = {reader.arms[1][1]: "this level", reader.arms[0][1]: "the reference level"}
    told = f"Few patients with {levels[said['arm']]} had the event."
    yield "noted", any(told in note for note in _arm_notes(reader)), True


@reads(r"One patient moves the (?P<exposure>[^.]+?)'s coefficient by a standard error or more\.")
def _(reader, said):
    yield "exposure", said["exposure"], reader.exposure
    told = "One patient moves this coefficient by a standard error or more."
    yield "noted", any(told in note for note in _arm_notes(reader)), True


FACTOR = re.compile(
    r"^(?P<name>.+?)(?: per (?P<per>[^()]+))? \((?:(?P<level>[^;()]+?) against (?P<ref>[^;()]+?); )?"
    + r"(?P<hr>"
    + HR.replace("<<NUM>>", NUM).replace("<<LIMITS>>", LIMITS)
    + r")\)$"
)


@reads(r"Of the (?P<other>other )?factors, (?P<named>.+?) (?:was|were) (?P<word>significantly )?"
       r"associated with (?P<end>[^.(]+?)(?: \(\*P\* below (?P<level>[\d.]+)\))?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    told = re.split(r"(?<=\)); |(?<=\)), and |; |, and ", said["named"])
    told = [part for part in _whole(told)]
    for part in told:
        yield from _factor(reader, end, part)
    true = {key for key in _factors(reader, end) if _judged(reader, end, key)}
    named = {
        reader.term(re.match(r"(.+?)(?: per [^()]+)?(?: \(|$)", part)[1], _factors(reader, end))
        for part in told
    }
    yield "factors", named, true
    yield "other", bool(said["other"]), len(reader.arms) > 1
    yield "level", said["level"], None if said["word"] else level(reader.alpha)
    yield "word", bool(said["word"]), reader.style == "significance"


def _whole(parts):
    """Join what a semicolon within brackets took apart."""
    held = ""
    for part in parts:
        held = f"{held}; {part}" if held else part
        if held.count("(") == held.count(")"):
            yield held
            held = ""
    if held:
        yield held


def _factor(reader, end, part):
    single = FACTOR.match(part)
    if single:
        term = reader.term(single["name"], _factors(reader, end))
        rows = [row for row in reader.all("cox_multivariable", "hr", end, term=term)
                if row["note"] != "reference"]  # fmt: skip
        yield "hr", single["hr"], reader.hr(rows[0])
        yield from _levels(reader, end, term, rows[0], single["level"], single["ref"])
        _, _, per, unit = reader.terms[term]
        if single["per"]:
            one = unit[:-1] if len(unit) > 3 and unit.isalpha() and unit.endswith("s") else unit
            yield "per", single["per"], one if per == 1 else f"{per:g} {unit}"
        return
    joint = re.match(rf"(?P<name>.+?) \(joint (?P<p>{P}); (?P<levels>.+)\)$", part)
    if not joint:
        yield "factor", part, small(reader.terms[reader.term(part, _factors(reader, end))][0])
        return
    term = reader.term(joint["name"], _factors(reader, end))
    yield (
        "joint P",
        joint["p"],
        reader.p(reader.one("cox_multivariable", "factor_p", end, term=term)),
    )
    rows = [row for row in reader.all("cox_multivariable", "hr", end, term=term)
            if row["note"] != "reference"]  # fmt: skip
    told = re.findall(
        r"([^;]+?) against ([^;]+?), (HR [^;]+|hazard ratio not estimable)", joint["levels"]
    )
    yield "levels", len(told), len(rows)
    for (name, ref, hr), row in zip(told, rows, strict=False):
        yield "hr", hr.strip(), reader.hr(row)
        yield from _levels(reader, end, term, row, name.strip(), ref)


def _levels(reader, end, term, row, said, ref):
    levels = reader.terms[term][1]
    reference = [one for one in reader.all("cox_multivariable", "hr", end, term=term)
                 if one["note"] == "reference"]  # fmt: skip
    yield "level", said, levels.get(row["level"], row["level"]) if row["level"] else None
    yield (
        "reference",
        ref,
        levels.get(reference[0]["level"], reference[0]["level"]) if reference else None,
    )


def _factors(reader, end):
    rows = reader.all("cox_multivariable", "hr", end)
    return list(dict.fromkeys(row["term"] for row in rows if row["term"] != "arm"))


def _test(reader, end, term):
    """Give a factor's P by the rule: joint, likelihood ratio where an estimate runs away, Wald."""
    rows = [row for row in reader.all("cox_multivariable", "hr", end, term=term)
            if row["note"] != "reference"]  # fmt: skip
    apart = any(row["note"].startswith("no finite estimate") for row in rows)
    found = reader.all("cox_multivariable", "factor_lr" if apart else "factor_p", end, term=term)
    if apart or found:
        return (found[0]["p_value"] if found else None), apart
    return (rows[0]["p_value"] if rows else None), False


def _judged(reader, end, term):
    p, _ = _test(reader, end, term)
    return p is not None and p < reader.alpha


@reads(r"No (?P<other>other )?factor (?:was (?P<word>significantly) associated with (?P<end>[^.]+?)|had "
       r"a \*P\* value below (?P<level>[\d.]+) for (?P<end2>[^.]+?))\.(?= |$)")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"] or said["end2"])
    yield "factors", [key for key in _factors(reader, end) if _judged(reader, end, key)], []
    tested = [key for key in _factors(reader, end) if _test(reader, end, key)[0] is not None]
    yield "tested", bool(tested), True
    yield "style", bool(said["word"]), reader.style == "significance"
    yield "level", said["level"], None if said["word"] else level(reader.alpha)
    yield "other", bool(said["other"]), len(reader.arms) > 1


@reads(r"No (?P<other>other )?factor could be tested for (?P<end>[^.]+?)\.")
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "tested", [k for k in _factors(reader, end) if _test(reader, end, k)[0] is not None], []
    yield "other", bool(said["other"]), len(reader.arms) > 1


@reads(r"No finite estimate could be had for (?P<named>.+?), as all events were on one side of "
       r"(?P<it>it|each)\.")  # fmt: skip
def _(reader, said):
    told = re.findall(rf"(?:, | and |^)?([^,()]+?) \(likelihood ratio ({P})\)", said["named"])
    ends = [end for end in reader.endpoints if reader.all("cox_multivariable", "hr", end)]
    true = []
    for end in ends:
        true.append({(small(reader.terms[k][0]), p_text(_test(reader, end, k)[0], reader.alpha))
                     for k in _factors(reader, end) if _test(reader, end, k)[1]})  # fmt: skip
    yield "separated", {(re.sub("^and ", "", name).strip(), p) for name, p in told} in true, True
    yield "it", said["it"], "it" if len(told) == 1 else "each"


@reads(r"The multivariable model has (?P<ev>\d+) events? for (?P<par>\d+) parameters? \((?P<per>[\d.]+) "
       r"events for each\)\.(?P<few> With so few, estimates may be unstable and intervals too narrow\.| Nothing could be "
       r"estimated\.)?"
       r"(?: (?P<out>\d+) patients? (?:was|were) left out because a covariate is missing\.)?"
       r"(?: For (?P<wide><<COUNT>>) of its estimates the upper limit is more than 10 times the lower "
       r"limit\.)?")  # fmt: skip
def _(reader, said):
    known = []
    for end in reader.endpoints:
        for row in reader.all("cox_multivariable", "events_per_parameter", end):
            wide = [one for one in reader.all("cox_multivariable", "hr", end)
                    if one["conf_low"] and one["conf_high"] and one["conf_high"] / one["conf_low"] > 10]  # fmt: skip
            parameters = round(row["n_events"] / row["estimate"]) if row["estimate"] else None
            out = re.search(r"(\d+) patients? (?:was|were) left out", row["note"])
            known.append((row["n_events"], dec(row["estimate"], 1), row["estimate"] < 10, len(wide),
                          int(out[1]) if out else None, parameters))  # fmt: skip
    told = (int(said["ev"]), said["per"], bool(said["few"]),
            number(said["wide"]) if said["wide"] else 0, int(said["out"]) if said["out"] else None)  # fmt: skip
    fits = [one for one in known if one[:5] == told and one[5] in (None, int(said["par"]))]
    yield "model", bool(fits), True


@reads(r"The global test of proportional hazards for (?P<end>[^.]+?) gave (?P<p><<P>>)(?:; there was "
       r"evidence against proportional hazards for (?P<named>.+?), and the hazard ratio there is an "
       r"average over time|, and none of the tests of (?P<tested><<COUNT>>) terms? had a \*P\* value "
       r"below (?P<level>[\d.]+))?(?P<not>; that does not show that hazards are proportional)?\."
       r"(?: (?P<untested>[^.]+?) could not be tested\.)?")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    rows = reader.all("proportional_hazards", "zph", end)
    whole = next(row for row in rows if row["term"] == "GLOBAL")
    single = [row for row in rows if row["term"] != "GLOBAL"]
    low = [row for row in single if row["p_value"] is not None and row["p_value"] < reader.alpha]
    yield "global", said["p"], reader.p(whole)
    true = {(_named(reader, row["term"]), reader.p(row)) for row in low}
    told = re.findall(rf"(?:, | and |^)?([^()]+?) \(({P})\)", said["named"] or "")
    yield "terms", {(re.sub(r"^(and |, )", "", name).strip(), p) for name, p in told}, true
    known = [row for row in single if row["p_value"] is not None]
    yield (
        "tested",
        number(said["tested"]) if said["tested"] else None,
        len(known) if known and not low else None,
    )
    yield "level", said["level"], level(reader.alpha) if said["tested"] else None
    yield "not", bool(said["not"]), not low and whole["p_value"] >= reader.alpha
    left = [_named(reader, row["term"]) for row in single if row["p_value"] is None]
    yield "untested", sorted(small(one) for one in items(said["untested"])), sorted(left)


def _named(reader, term):
    return reader.exposure if term == "arm" else small(reader.terms[term][0])


@reads(r"Proportional hazards could not be tested for (?P<end>[^.]+?)\.")
def _(reader, said):
    rows = reader.all("proportional_hazards", "zph", reader.endpoint(said["end"]), term="GLOBAL")
    yield "global", [row["p_value"] for row in rows if row["p_value"] is not None], []


@reads(r"The (?P<exposure>[^.]+?)'s crude hazard ratio for (?P<end>[^.]+?) was (?P<not>not )?on the same side of one as in "
       r"all patients in (?:(?P<alike><<COUNT>>) of (?P<of><<COUNT>>) subgroups|the one subgroup) that gave an estimate\."
       r"(?: Of (?P<tests><<COUNT>>) tests of interaction, (?P<low><<COUNT>>) had a \*P\* value below "
       r"(?P<level>[\d.]+)(?:: (?P<named>.+?))?\.(?= |$)| The test of interaction with (?P<only>.+?) gave "
       r"(?P<p><<P>>)\.)?")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "exposure", said["exposure"], reader.exposure
    rows = [row for row in reader.all("subgroup", "hr", end) if row["estimate"] is not None]
    whole = next(row for row in rows if row["term"] == "all")["estimate"]
    parts = [row["estimate"] for row in rows if row["term"] != "all"]
    yield "not", bool(said["of"] and said["not"]), False
    yield "of", number(said["of"]) if said["of"] else 1, len(parts)
    yield "not", bool(said["not"] and said["of"]), False
    yield (
        "alike",
        number(said["alike"]) if said["of"] else int(not said["not"]),
        sum((one < 1) == (whole < 1) for one in parts),
    )
    tests = [
        row for row in reader.all("subgroup", "interaction", end) if row["p_value"] is not None
    ]
    if said["only"]:
        yield "tests", 1, len(tests)
        yield (
            "test",
            (said["only"], said["p"]),
            (_named(reader, tests[0]["term"]), reader.p(tests[0])),
        )
        return
    yield "tests", number(said["tests"]) if said["tests"] else 0, len(tests)
    low = [row for row in tests if row["p_value"] < reader.alpha]
    if said["tests"]:
        yield "low", number(said["low"]), len(low)
        yield "level", said["level"], level(reader.alpha)
    told = re.findall(rf"(?:, | and |^)?([^()]+?) \(({P})\)", said["named"] or "")
    true = {(_named(reader, row["term"]), reader.p(row)) for row in low}
    yield "named", {(re.sub(r"^(and |, )", "", name).strip(), p) for name, p in told}, true


# robustness --------------------------------------------------------------------------------------
@reads(r"(?:With (?P<who>each patient|each of the (?P<some>[\d,]+) patients with the largest influence) "
       r"left out in turn, t|T)he (?P<model>crude|adjusted) hazard ratio for (?P<end>[^.]+?) ranged from "
       r"(?P<low><<NUM>>) to (?P<high><<NUM>>); (?P<rest>[^.]*(?:\.\d[^.]*)*)\.(?= |$)")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    hr, decides = (reader.one("leave_one_out_summary", name, end, level=said["model"])
                   for name in ("hr_range", "decides"))  # fmt: skip
    yield "low", said["low"], ratio(hr["conf_low"])
    yield "high", said["high"], ratio(hr["conf_high"])
    if said["who"]:
        yield "some", said["some"], f"{hr['n']:,}" if hr["note"] else None
    rest, alpha, count = said["rest"], level(reader.alpha), int(decides["estimate"])
    who = f"patient {decides['term']}"
    if not count:
        yield (
            "nobody",
            rest
            in (
                f"no single one of them moved its *P* across {alpha}",
                "no single patient decided whether it was significant",
                "none of them decided whether it was significant",
            ),
            True,
        )
        return
    told = re.fullmatch(
        rf"leaving out (?P<who>patient \d+), and no other, moved its \*P\* across (?P<a>[\d.]+) \((?P<p>{P})\)"
        rf"|leaving out any one of (?P<n>{COUNT}) patients moved its \*P\* across (?P<a2>[\d.]+), farthest "
        rf"(?P<who2>patient \d+) \((?P<p2>{P})\)"
        rf"|leaving out (?P<who3>patient \d+) changed whether it was significant \((?P<p3>{P})\), and "
        r"leaving out any other did not"
        rf"|leaving out any one of (?P<n4>{COUNT}) patients changed whether it was significant, most of "
        rf"all (?P<who4>patient \d+) \((?P<p4>{P})\)",
        rest,
    )
    if not told:
        yield "who decides", rest, "one of the known forms"
        return
    yield "who", next(filter(None, (told[n] for n in ("who", "who2", "who3", "who4")))), who
    yield "P", next(filter(None, (told[n] for n in ("p", "p2", "p3", "p4")))), reader.p(decides)
    several = told["n"] or told["n4"]
    yield "how many", number(several) if several else 1, count
    shown = told["a"] or told["a2"]
    yield "level", shown or alpha, alpha


@reads(r"Over (?P<h>[\d.]+) months(?:, to when at least (?P<share>[\d.]+)% of each arm were at risk,|, the "
       r"horizon asked for,)? the restricted mean for (?P<end>[^.]+?) differed by (?P<d><<SIGNED>>) months "
       r"\((?:(?P<other>[^;]+?) minus (?P<first>[^;]+?); )?(?P<conf>[\d.]+)% CI (?P<low><<SIGNED>>) to "
       r"(?P<high><<SIGNED>>); (?P<p><<P>>)\)(?:, which (?P<v>was significant|was not significant|could not "
       r"be tested))?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    row = reader.one("restricted", "difference", end, term="rmst")
    yield "horizon", said["h"], dec(float(row["level"]), 1).removesuffix(".0")
    yield "share", said["share"] in (None, "10"), True
    yield "difference", said["d"], dec(row["estimate"], 1)
    yield "conf", said["conf"], f"{100 * reader.conf:.6g}"
    for name in ("low", "high"):
        value = row[f"conf_{name}"]
        yield name, said[name], "–" if value is None else dec(value, 1)
    yield "P", said["p"], reader.p(row)
    if said["other"]:
        yield "arms", (said["other"], said["first"]), (reader.arms[1][1], reader.arms[0][1])
    low = reader.significant(row)
    true = {None: "could not be tested", True: "was significant", False: "was not significant"}[low]
    asked = reader.style == "significance" or low is None
    yield "verdict", said["v"], true if asked else None


RATES = {"objective response rate": "ORR", "disease control rate": "DCR"}


@reads(r"Of (?P<made><<COUNT>>) tests? of the main analysis, (?P<before><<COUNT>>) had a \*P\* value below "
       r"(?P<level>[\d.]+)(?:, and (?P<after><<COUNT>>) after adjustment by (?P<how>Holm|"
       r"Benjamini-Hochberg)'s method(?:: (?P<named>.+?))?)?\.(?= |$)")  # fmt: skip
def _(reader, said):
    tests = [
        row for key, rows in reader._by.items() if key[:2] == ("tests", "test") for row in rows
    ]
    known = [row for row in tests if row["p_value"] is not None]
    yield "made", number(said["made"]), len(known)
    yield "before", number(said["before"]), sum(row["p_value"] < reader.alpha for row in known)
    yield "level", said["level"], level(reader.alpha)
    if said["how"]:
        kind = {"Holm": "holm", "Benjamini-Hochberg": "benjamini_hochberg"}[said["how"]]
        kept = [row for key, rows in reader._by.items() if key[:2] == ("tests", kind)
                for row in rows if row["p_value"] is not None and row["p_value"] < reader.alpha]  # fmt: skip
        yield "after", number(said["after"]), len(kept)
        true = sorted(_finding(reader, row) for row in kept)
        told = re.split(r", | and ", said["named"]) if said["named"] else []
        yield "named", sorted(told), true


def _finding(reader, row):
    if row["term"] == "rate":
        name = next(name for name, key in RATES.items() if key == row["level"])
        return name[:1].upper() + name[1:]
    short = SHORT[row["endpoint"]] if row["endpoint"] in SHORT else row["endpoint"].upper()
    within = (
        "adjusted"
        if row["term"] == "cox"
        else reader.populations.get(row["population"], "unadjusted")
    )
    return f"{short} ({within})"


SHORT: dict[str, str] = {}


@reads(r"The (?P<guess>estimated )?hazard of (?P<event>[^.]+?) was (?P<side>lower|higher|the same) with (?P<other>.+?) "
       r"(?:than|as) with (?P<first>.+?) \((?P<kind>adjusted|unadjusted) hazard ratio (?P<hr><<NUM>>), (?P<ci><<LIMITS>>)"
       r"(?:; without adjustment it was (?P<side2>lower|higher|the same), hazard ratio (?P<hr2><<NUM>>), "
       r"(?P<ci2><<LIMITS>>))?\)"
       r"(?P<inside>; the interval takes in no difference and differences in both directions)?\. (?:It (?P<how>held|"
       r"was as uncertain) under each check that was judged|It was (?P<under>(?:less certain|turned round|less uncertain) under (?:[^.]|\.\d)+?)|"
       r"(?P<none>No check of it could have come out otherwise))\.(?= |$)")  # fmt: skip
def _(reader, said):
    end, term = reader.primary, "cox" if said["kind"] == "adjusted" else "logrank"
    row = reader.one("verdict", "finding", end, term=term)
    yield "event", said["event"], reader.endpoints[end][1]
    yield "side", said["side"], _side(row)
    crude = (reader.all("verdict", "finding", end, term="logrank") or [None])[0]
    told = None
    if term == "cox" and crude and _side(crude) != _side(row):
        told = _side(crude), ratio(crude["estimate"]), reader.limits(crude)
    yield "crude", (said["side2"], said["hr2"], said["ci2"]) if said["side2"] else None, told
    yield "arms", (said["other"], said["first"]), (reader.arms[1][1], reader.arms[0][1])
    yield "hr", said["hr"], ratio(row["estimate"])
    yield "limits", said["ci"], reader.limits(row)
    better = reader.all("verdict", "finding", end, term="cox")
    usable = [
        one for one in better if None not in (one["estimate"], one["conf_low"], one["conf_high"])
    ]
    yield "kind", said["kind"], "adjusted" if usable else "unadjusted"
    inside = row["conf_low"] <= 1 <= row["conf_high"]
    yield "inside", (bool(said["inside"]), bool(said["guess"])), (inside, inside)
    checks = reader.all("verdict", "check", end, term=term)
    judged = [one for one in checks if one["method"]]
    yield "judged", bool(said["none"]), not judged
    for words, kinds in TURNS.items():
        told = re.search(rf"(?:^|it was ){words} under (.+?)(?=; it was |$)", said["under"] or "")
        true = {one["group"] for one in judged if one["method"] in kinds}
        yield words, _keys(told and told[1]), sorted(_key(one) for one in true)
    if said["how"]:
        yield "how", said["how"], "was as uncertain" if inside else "held"


TURNS = {
    "less certain": ("side", "unclear"),
    "turned round": ("opposite",),
    "less uncertain": ("new",),
}


def _side(row):
    if row["estimate"] is not None and ratio(row["estimate"]) == "1.000":
        return "the same"
    return "lower" if row["estimate"] is not None and row["estimate"] < 1 else "higher"


@reads(r"The arms could not be compared for (?P<end>[^:]+?): no hazard ratio could be estimated\.|No finite hazard "
       r"ratio could be estimated for (?P<end2>[^,]+?), as all events were on one side \(log-rank (?P<p><<P>>)\)"
       r"(?:; Firth's penalised hazard ratio, (?P<b>.+?) against (?P<a>.+?), was (?P<hr><<NUM>>), (?P<ci><<LIMITS>>))?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"] or said["end2"])
    yield "primary", end, reader.primary
    found = [row for term in ("logrank", "cox")
             for row in reader.all("verdict", "finding", end, term=term)]  # fmt: skip
    yield "estimates", [row["estimate"] for row in found if row["estimate"] is not None], []
    yield "P", said["p"], reader.p(found[0]) if found else None
    firth = [row for row in reader.all("verdict", "check", end, group="firth")
             if row["estimate"] is not None and row["term"] == "logrank"]  # fmt: skip
    if said["p"]:
        yield "Firth", bool(said["hr"]), bool(firth)
    if said["hr"]:
        yield "arms", (said["b"], said["a"]), (reader.arms[1][1], reader.arms[0][1])
        yield "hr", (said["hr"], said["ci"]), (ratio(firth[0]["estimate"]), reader.limits(firth[0]))


@reads(r"None of (?P<b>\d+) patients? with (?P<other>.+?) and (?P<a>\d+) patients? with (?P<first>.+?) had the event of "
       r"(?P<end>[^()]+?) \((?P<event>[^()]+)\), so the arms could not be compared for it\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "event", said["event"], reader.endpoints[end][1]
    for place, arm, n in ((0, said["first"], said["a"]), (1, said["other"], said["b"])):
        row = reader.one("survival", "median", end, group=reader.arms[place][0])
        yield "arm", arm, reader.arms[place][1]
        yield "patients", int(n), row["n"]
        yield "events", row["n_events"], 0


@reads(r"No hazard ratio for (?P<end>[^.]+?) could be put to a check\.")
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "findings", reader.all("verdict", "finding", end), []


NAMES = {
    "adjustment for the covariates": "adjustment", "other sets of covariates": "specification",
    "bootstrap limits": "bootstrap", "Firth's penalty": "firth",
    "leaving one patient out": "leave_one_out", "overlap weights": "overlap",
    "inverse probability weights": "inverse", "difference of restricted means": "restricted",
    "adjustment for the number of tests": "multiplicity",
    "not evaluable as failures": "not_evaluable_failure",
    "not evaluable left out": "not_evaluable_excluded",
    "not evaluable as successes": "not_evaluable_success",
}  # fmt: skip


def _key(group: str) -> str:
    return group.removesuffix("_last")


def _keys(text: str | None) -> list[str]:
    """Give the keys of the checks that a list names; landmarks may stand together."""
    if not text:
        return []
    found = []

    def months(match):
        found.extend(f"landmark_{month}" for month in re.findall(r"\d+(?:\.\d+)?", match[0]))
        return "landmarks"

    text = re.sub(r"landmarks at months (?:[\d.]+(?:, )?)+ and [\d.]+", months, text)
    text = text.replace(" (the last procedure)", "")
    for name in items(text):
        if name == "landmarks":
            continue
        at = re.fullmatch(r"landmark at month ([\d.]+)", name)
        found.append(f"landmark_{at[1]}" if at else NAMES[name])
    return sorted(found)


@reads(
    r"As covariates were added the (?P<exposure>[^.]+?)'s hazard ratio ranged (?P<parts>from .+?)\.(?= |$)"
)
def _(reader, said):
    yield "exposure", said["exposure"], reader.exposure
    told = re.findall(rf"from ({NUM}) to ({NUM}) for ([^,;]+), with a \*P\* value below ([\d.]+) in ({COUNT}) of "
                      rf"({COUNT}) models?", said["parts"])  # fmt: skip
    left = re.sub(rf"from {NUM} to {NUM} for [^,;]+, with a \*P\* value below [\d.]+ in {COUNT} of {COUNT} models?",
                  "", said["parts"])  # fmt: skip
    yield "rest", re.sub(r"[;,\s]|and", "", left), ""
    for low, high, name, alpha, part, whole in told:
        end = reader.endpoint(name)
        rows = [
            row for row in reader.all("added_covariates", "hr", end) if row["estimate"] is not None
        ]
        values = [row["estimate"] for row in rows]
        yield "low", low, ratio(min(values))
        yield "high", high, ratio(max(values))
        yield "level", alpha, level(reader.alpha)
        yield "part", number(part), sum((row["p_value"] or 1) < reader.alpha for row in rows)
        yield "whole", number(whole), len(rows)


@reads(r"Over (?:(?P<n>[\d,]+) sets of covariates(?P<note> \([^)]*\))?|the same sets) the (?P<exposure>[^.]+?)'s "
       r"hazard ratio for (?P<end>[^.]+?) ranged from (?P<low><<NUM>>) to (?P<high><<NUM>>) \(median "
       r"(?P<mid><<NUM>>)\); (?P<share>all|none|[<>]?[\d.]+%) of the models (?:had \*P\* below (?P<level>[\d.]+)|"
       r"(?P<word>would be called significant))\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    row = reader.one("specification_summary", "hr_range", end, term="")
    share = reader.one("specification_summary", "significant", end, term="")["estimate"]
    yield "exposure", said["exposure"], reader.exposure
    if said["n"]:
        yield "sets", said["n"], f"{row['n']:,}"
        yield "sample", said["note"], f" ({row['note']})" if row["note"] else None
    for name, column in (("low", "conf_low"), ("high", "conf_high"), ("mid", "estimate")):
        yield name, said[name], ratio(row[column])
    true = "all" if share == 100 else "none" if share == 0 else f"{percent(share)}%"
    yield "share", said["share"], true
    yield "level", said["level"], None if said["word"] else level(reader.alpha)
    yield "word", bool(said["word"]), reader.style == "significance"


@reads(r"Their directions differ for (?P<ends>[^:.]+): the ratios lie on both sides of one\.")
def _(reader, said):
    apart = {"specification": [], "added": []}
    for end in reader.endpoints:
        for row in reader.all("specification_summary", "hr_range", end, term=""):
            ends = [row["conf_low"], row["conf_high"]]
            apart["specification"] += [end] * _apart(ends)
        rows = reader.all("added_covariates", "hr", end)
        apart["added"] += [end] * _apart([row["estimate"] for row in rows])
    true = [[small(reader.endpoints[end][0]) for end in ends] for ends in apart.values()]
    yield "apart", items(said["ends"]) in true, True


def _apart(ratios):
    sides = {_side({"estimate": one}) for one in ratios if one is not None}
    return {"lower", "higher"} <= sides


CHECK = re.compile(r"^(?P<name>.+?) \((?P<shown>.+)\)$")


@reads(
    r"The (?P<kind>unadjusted|adjusted) hazard ratio for (?P<end>[^.,]+), (?:HR (?P<hr><<NUM>>) "
    r"\((?P<low><<NUM>>)–(?P<high><<NUM>>)\)|(?P<lost>without a finite estimate \(log-rank <<P>>\))), "
    r"(?P<body>.*?)\.(?= The (?:un)?adjusted hazard ratio for | The hazard of |$)"
)
def _(reader, said):
    end, term = reader.endpoint(said["end"]), "cox" if said["kind"] == "adjusted" else "logrank"
    row = reader.one("verdict", "finding", end, term=term)
    checks = reader.all("verdict", "check", end, term=term)
    yield "lost", bool(said["lost"]), row["estimate"] is None
    if said["lost"]:
        yield "P", f"({reader.p(row)})" in said["lost"].replace("log-rank ", ""), True
    if said["hr"]:
        for name, column in (("hr", "estimate"), ("low", "conf_low"), ("high", "conf_high")):
            yield name, said[name], ratio(row[column])
    agree = sorted(_key(one["group"]) for one in checks if one["method"] == "keeps")
    differ = {_key(one["group"]): one for one in checks if one["method"] not in ("", "keeps")}
    left = {_key(one["group"]): one for one in checks if not one["method"]}
    body, _, not_judged = said["body"].partition(". Not judged: ")
    if not agree and not differ:
        yield "none", body, "was put to no check that could have come out otherwise"
        body = ""
    alike, _, differing = body.partition("differed under ")
    if differ and agree:
        yield "joined", alike.endswith("; it "), True
        alike = alike.removesuffix("; it ")
    if agree:
        yield "alike", alike.startswith("came out alike under "), True
        named = alike.removeprefix("came out alike under ")
        yield "each", named.startswith("each of its checks: "), not differ and len(agree) > 1
        yield "agree", _keys(named.removeprefix("each of its checks: ")), agree
    elif differ:
        yield "alike", alike, ""
    yield from _told(reader, differing, differ, True)
    yield from _told(reader, not_judged, left, False)


OUTCOMES = {
    "side": "same direction, but compatible with no difference",
    "unclear": "other direction, compatible with no difference",
    "opposite": "a difference in the other direction",
    "new": "a difference that the main analysis does not show",
}
OWN = {
    "leave_one_out": "without a certain patient its P lies on the other side of the level",
    "specification": "fewer than 95% of the sets lead where the main analysis does",
    "multiplicity": "its P is no longer below the level",
}
NAME = "|".join([r"landmark at month [\d.]+(?: \(the last procedure\))?", *map(re.escape, NAMES)])
SHOWN = (
    rf"{NUM}, (?:range )?{NUM} to {NUM}|{SIGNED} (?:months|points), {SIGNED} to {SIGNED}"
    r"|no estimate|adjusted P [<>]?[\d.]+"
)


MONTHS = r"landmarks at months [\d.]+(?:, [\d.]+)* and [\d.]+"
SEVERAL = (
    rf"(?:{MONTHS}|(?:{NAME})(?:, | and )(?:{MONTHS}|{NAME}))(?:(?:, | and )(?:{MONTHS}|{NAME}))*"
)


def _told(reader, text, checks, judged):
    """Read checks that are named with their results: name (result: what it makes of it)."""
    found = {}
    rest = text or ""
    for names, each, shown in re.findall(rf"({SEVERAL}) \((each )?({SHOWN})\)", rest):
        yield "each", bool(each), shown != "no estimate"
        for key in _keys(names):
            found[key] = ""
            true = _result(reader, checks[key]) if key in checks else "none that is told here"
            yield f"result of {key}", shown, true
    rest = re.sub(rf"(?:{SEVERAL}) \((?:each )?(?:{SHOWN})\)", "", rest)
    pattern = rf"({NAME}) \(({SHOWN})(?:: ([^()]+?))?\)(?=[;,.]| and |$)"
    for name, shown, outcome in re.findall(pattern, rest):
        at = re.match(r"landmark at month ([\d.]+)", name)
        key = f"landmark_{at[1]}" if at else NAMES[name]
        found[key] = outcome
        check = checks.get(key)
        if check is None:
            yield "check", name, "none that is told here"
            continue
        yield f"result of {key}", shown, _result(reader, check)
        if judged:
            true = OWN.get(key, OUTCOMES[check["method"]])
            yield f"outcome of {key}", outcome, true
    yield "checks", sorted(found), sorted(checks)
    rest = re.sub(pattern, "", rest)
    for why in {check["note"] for check in checks.values()} if not judged else ():
        told = (
            "there was no estimate"
            if why == "no estimate"
            else "there were no patients"
            if why.lower().startswith("no patients")
            else "there was " * why.startswith("no finite estimate")
            + small(plain(why)).replace(":", ",", 1)
        )
        yield "why", told in rest, True
        rest = rest.replace(told, "")
    yield "rest", re.sub(r"\band\b|\bas\b|[;,\s]", "", rest), ""


def _result(reader, check):
    if check["group"] == "multiplicity":
        return "adjusted P " + p_text(check["p_value"], reader.alpha).replace(
            "*P* ", ""
        ).removeprefix("= ").replace("< ", "<").replace("> ", ">")
    if check["estimate"] is None:
        return "no estimate"
    three = [check[name] for name in ("estimate", "conf_low", "conf_high")]
    if check["group"] == "restricted" or check["term"] == "rate":
        shown = ["–" if one is None else dec(one, 1) for one in three]
        unit = "points" if check["term"] == "rate" else "months"
        return f"{shown[0]} {unit}, {shown[1]} to {shown[2]}"
    shown = [ratio(one) for one in three]
    to = "range " * (check["group"] in ("specification", "leave_one_out"))
    return f"{shown[0]}, {to}{shown[1]} to {shown[2]}"


@reads(r"Over (?P<h>[\d.]+) months(?:, to when at least (?P<share>[\d.]+)% of each arm were at risk,|, the "
       r"horizon asked for,)? nobody had the event of (?P<end>[^,.]+?), so the restricted means do not differ\.")  # fmt: skip
def _(reader, said):
    row = reader.one("restricted", "difference", reader.endpoint(said["end"]), term="rmst")
    yield "horizon", said["h"], dec(float(row["level"]), 1).removesuffix(".0")
    yield "difference", (abs(row["estimate"]) < 1e-9, row["p_value"]), (True, None)


# response and safety -----------------------------------------------------------------------------
SHARE = r"(?P<pc{0}>[<>]?[\d.]+)% \((?P<n{0}>\d+)/(?P<of{0}>\d+)\) with (?P<arm{0}>[^()]+?)"


@reads(r"The (?P<rate>objective response rate|disease control rate) was " + SHARE.format(1) + " against "
       + SHARE.format(0) + r" \(difference (?P<d><<SIGNED>>) percentage points, (?P<conf>[\d.]+)% CI "
       r"(?P<low><<SIGNED>>) to (?P<high><<SIGNED>>); (?P<p><<P>>), (?P<method>[^()]+)\)(?:; the difference "
       r"(?P<v>was statistically significant|was not statistically significant|could not be tested))?\.")  # fmt: skip
def _(reader, said):
    term = RATES[said["rate"]]
    for place in (0, 1):
        code, label = reader.arms[place]
        row = reader.one("response", "n", term=term, group=code)
        yield "arm", said[f"arm{place}"], label
        yield (
            "count",
            (int(said[f"n{place}"]), int(said[f"of{place}"])),
            (row["estimate"], row["n"]),
        )
        yield "percent", said[f"pc{place}"], percent(100 * row["estimate"] / row["n"])
    gap, test = (reader.one("response", name, term=term) for name in ("risk_difference", "p_value"))
    yield "difference", said["d"], dec(gap["estimate"], 1)
    for name in ("low", "high"):
        yield name, said[name], dec(gap[f"conf_{name}"], 1)
    yield "conf", said["conf"], f"{100 * reader.conf:.6g}"
    yield "P", said["p"], reader.p(test)
    yield "method", said["method"], test["method"]
    low = reader.significant(test)
    words = {None: "could not be tested", True: "was statistically significant",
             False: "was not statistically significant"}  # fmt: skip
    yield (
        "verdict",
        said["v"],
        words[low] if reader.style == "significance" or low is None else None,
    )


@reads(r"(?P<what>Any of the adverse events in the table|Any adverse event) occurred in (?P<any>[^;]+); one of "
       r"grade (?P<g>\d(?: to \d)?) occurred in (?P<sev>[^;.]+(?:\.\d[^;.]*)*)(?:; an event above grade \d "
       r"occurred in (?P<above>[^;.]+(?:\.\d[^;.]*)*))?\.(?= |$)")  # fmt: skip
def _(reader, said):
    yield "grades", said["g"], reader.grades.removeprefix("grade ")
    for level_, text in (("any", said["any"]), ("severe", said["sev"]), ("above", said["above"])):
        if text is None:
            yield level_, bool(reader.all("safety", "patients", level=level_)), False
            continue
        told = re.findall(r"(\d+)/(\d+) \(([<>]?[\d.]+)%\)(?: with (.+?))?(?= and \d|, \d|$)", text)
        yield "arms", len(told), len(reader.every)
        for (n, of, pc, arm), (code, label) in zip(told, reader.every, strict=False):
            row = reader.one("safety", "patients", term="any_term", level=level_, group=code)
            yield "count", (int(n), int(of)), (row["estimate"], row["n"])
            yield "percent", pc, percent(100 * row["estimate"] / row["n"])
            yield "arm", arm, label if len(reader.arms) > 1 else ""


@reads(r"Of (?P<of><<COUNT>>) comparisons? by term and grade, (?P<low><<COUNT>>) had a \*P\* value below "
       r"(?P<level>[\d.]+)(?:: (?P<named>.+?))?\. Safety comparisons are descriptive: they are many, small and "
       r"not adjusted\.")  # fmt: skip
def _(reader, said):
    rows = [row for row in reader.all("safety", "p_value")
            if row["term"] != "any_term" and row["p_value"] is not None]  # fmt: skip
    low = [row for row in rows if row["p_value"] < reader.alpha]
    yield "of", number(said["of"]), len(rows)
    yield "low", number(said["low"]), len(low)
    yield "level", said["level"], level(reader.alpha)
    told = re.findall(
        rf"(?:, | and |^)?([^(),]+), (any grade|grade [^()]+?) \(({P})\)", said["named"] or ""
    )
    grades = {"any": "any grade", "severe": reader.grades}
    true = {(small(row["term"]), grades[row["level"]], reader.p(row)) for row in low}
    yield "named", {(re.sub("^and ", "", n.strip()), g, p) for n, g, p in told}, true


# baseline ----------------------------------------------------------------------------------------
@reads(r"The cohort comprised (?P<n>\d+) (?:synthetic )?patients(?:: (?P<told>\d+ in .+? and \d+ in "
       r".+?))?\.(?= |$)")  # fmt: skip
def _(reader, said):
    sizes = [reader.one("sizes", "patients", group=code)["estimate"] for code, _ in reader.every]
    yield "n", int(said["n"]), sum(sizes)
    if said["told"]:
        told = re.findall(r"(\d+) in (.+?)(?=, \d+ in | and \d+ in |$)", said["told"])
        yield "by arm", [int(n) for n, _ in told], sizes
        for (_, name), (_, label) in zip(told, reader.every, strict=False):
            yield (
                "arm",
                name.removeprefix("the ").removesuffix(" arm"),
                label.removeprefix("the ").removesuffix(" arm"),
            )


@reads(r"Of (?P<of><<COUNT>>) baseline comparisons?(?: of all (?P<many><<COUNT>>) arms)?, (?P<low><<COUNT>>) had a \*P\* value below (?:the "
       r"significance level of )?(?P<level>[\d.]+\d)(?: \((?P<named>[^.]+?)\))?\.(?: The absolute standardised "
       r"mean difference(?P<pair> of the two arms that differ most)? exceeded 0\.1 for (?P<above><<COUNT>>) of (?P<whole><<COUNT>>) variables?; it was largest "
       r"for (?P<worst>.+?) \((?P<smd>[\d.]+|∞)\)\. A \*P\* value above (?:the significance level|(?P<again>[\d.]+\d)) does not "
       r"show balance\.)?")  # fmt: skip
def _(reader, said):
    rows = [row for row in reader.all("baseline", "p_value") if row["p_value"] is not None]
    low = [row for row in rows if row["p_value"] < reader.alpha]
    several = len(reader.every) > 2
    yield "arms", said["many"] and number(said["many"]), len(reader.every) if several else None
    yield "pair", bool(said["pair"]), several and bool(said["above"])
    yield "of", number(said["of"]), len(rows)
    yield "low", number(said["low"]), len(low)
    yield "level", said["level"], level(reader.alpha)
    true = sorted(small(reader.terms[row["term"]][0]) for row in low)
    yield (
        "named",
        sorted(items(said["named"])),
        sorted(part for name in true for part in items(name)),
    )
    yield "level again", said["again"] or level(reader.alpha), level(reader.alpha)
    if said["above"]:
        smd = [row for row in reader.all("baseline", "smd") if row["estimate"] is not None]
        worst = max(smd, key=lambda row: abs(row["estimate"]))
        yield "above", number(said["above"]), sum(abs(row["estimate"]) > 0.1 for row in smd)
        yield "whole", number(said["whole"]), len(smd)
        size = abs(worst["estimate"])
        yield "worst", said["smd"], "∞" if math.isinf(size) else dec(size, 2)
        yield "worst name", said["worst"], small(reader.terms[worst["term"]][0])


PLAIN = (
    r"No finding of the main analysis could be put to a check\.",
    r"No baseline value was missing\.",
    r"(?P<x>The [^.]+?'s hazard ratio could not be estimated)[^.]*\.",
)
for _pattern in PLAIN[:2]:
    reads(_pattern)(lambda reader, said: iter(()))


@reads(
    r"For (?P<end>[^,.]+), the (?P<exposure>[^.,]+?)'s (?:hazard ratio could not be estimated, neither alone "
    r"nor with all covariates in the model|HR of (?P<alone>"
    + WITH_P
    + r") stands alone: with all covariates "
    r"in the model it could not be estimated(?: \([^()]*(?:\([^()]*\)[^()]*)*\))?|hazard ratio could not be "
    r"estimated alone; with all covariates in the model it was (?P<together>" + WITH_P + r"))\."
)
def _(reader, said):
    end, code = reader.endpoint(said["end"]), reader.arms[1][0]
    yield "exposure", said["exposure"], reader.exposure
    for name, kind in (("alone", "univariable"), ("together", "multivariable")):
        row = reader.one(f"cox_{kind}", "hr", end, term="arm", level=code)
        true = None
        if row["estimate"] is not None:
            true = f"{ratio(row['estimate'])} ({reader.limits(row)}; {reader.p(row)})"
        yield name, said[name], true


@reads(r"For (?P<end>[^.]+?) no model could be estimated\.")
def _(reader, said):
    row = reader.one("specification_summary", "hr_range", reader.endpoint(said["end"]), term="")
    yield "models", row["n"], 0


@reads(
    r"(?:With each patient left out in turn, t|T)he (?P<model>crude|adjusted) hazard ratio for (?P<end>[^.]+?) "
    r"could not be estimated, whichever patient was left out\."
)
def _(reader, said):
    end = reader.endpoint(said["end"])
    row = reader.one("leave_one_out_summary", "decides", end, level=said["model"])
    yield "refits", row["n"], 0


@reads(
    r"However many covariates were added, the (?P<exposure>[^.]+?)'s hazard ratio could not be estimated for "
    r"(?P<named>[^.]+)\."
)
def _(reader, said):
    yield "exposure", said["exposure"], reader.exposure
    lost = [
        end
        for end in reader.endpoints
        if all(row["estimate"] is None for row in reader.all("added_covariates", "hr", end))
    ]
    yield "endpoints", sorted(reader.endpoint(one) for one in items(said["named"])), sorted(lost)


@reads(r"(?P<named>[A-Z][^.,]*(?:, [^.,]+)*?) could not be tested\.")
def _(reader, said):
    told = sorted(small(one) for one in items(said["named"]))
    true = [
        sorted(
            small(reader.terms[key][0])
            for key in _factors(reader, end)
            if _test(reader, end, key) == (None, False)
        )
        for end in reader.endpoints
    ]
    yield "untested", told in true, True


# a treatment that began during follow-up ----------------------------------------------------------
LATE = "time_dependent"
OTHER = (
    r"(?:landmark at month [\d.]+|time-dependent Cox model|clone-censor-weight|sequential trials)"
)
KEYS_OF = {
    "landmark": "landmark",
    "time-dependent": "time_dependent_cox",
    "clone-censor-weight": "clone_censor_weight",
    "sequential": "sequential_trials",
}


def _late(reader, statistic, end=None, **keys):
    return reader.one(LATE, statistic, end or reader.primary, **keys)


def _model(reader, end):
    return "adjusted" if reader.all(LATE, "hr", end, term="adjusted") else "crude"


def _analyses(text):
    """Give the analyses that a text names, by key."""
    names = re.findall(OTHER, text, re.IGNORECASE)
    return [KEYS_OF[name.lower().split()[0]] for name in names]


def _months(reader, end, text):
    """Hold the month of a landmark that is named against the one that was fitted."""
    row = reader.all(LATE, "hr", end, level="landmark")[0]
    for month in re.findall(r"landmark at month ([\d.]+)", text, re.IGNORECASE):
        yield "landmark", f"after {month} months" in row["method"], True


def _repeated(reader, end):
    """Give which analyses are the naive one over again."""
    model = _model(reader, end)
    naive = _late(reader, "hr", end, term=model, level="naive")["estimate"]
    found = []
    for level_ in ("landmark", "time_dependent_cox"):
        value = _late(reader, "hr", end, term=model, level=level_)["estimate"]
        if naive and value and math.isclose(naive, value, rel_tol=1e-8):
            found.append(level_)
    return found


@reads(r"(?P<n><<COUNT>>|[A-Z][a-z]+) patients? began (?P<arm>.+?) during follow-up(?:, all at time zero: "
       r"no time before it counts as treated|, after a median of (?P<wait><<NUM>>) months"
       r"(?: (?:among|for) the (?P<who>\d+|one) who did not begin at once)?, the last at month "
       r"(?P<last><<NUM>>))\.")  # fmt: skip
def _(reader, said):
    share, wait = _late(reader, "immortal_share"), _late(reader, "median_wait")
    yield "treated", number(said["n"]), share["n"]
    yield "arm", said["arm"], reader.arms[1][1]
    yield "waited", said["wait"], dec(wait["estimate"], 2) if wait["n"] else None
    some = wait["n"] and wait["n"] < share["n"]
    yield "who waited", said["who"] and number(said["who"]), wait["n"] if some else None
    last = dec(_late(reader, "last_start")["estimate"], 2)
    yield "last", said["last"], last if wait["n"] else None


@reads(r"No patient began (?P<arm>.+?) during follow-up\.")
def _(reader, said):
    yield "treated", 0, _late(reader, "immortal_share")["n"]
    yield "arm", said["arm"], reader.arms[1][1]


LIVED = (r"for ([^;,]+?) (<<NUM>>) months, (<<NUM>>)% of their follow-up and (<<NUM>>)% of everybody's"
         ).replace("<<NUM>>", NUM)  # fmt: skip


@reads(r"An analysis by final group counts as treated the time until then: (?P<told>"
       + LIVED + r"(?:(?:; |, and )" + LIVED + r")*)\.")  # fmt: skip
def _(reader, said):
    found = re.findall(LIVED, said["told"])
    yield "endpoints", [reader.endpoint(one[0]) for one in found], list(reader.endpoints)
    for end, months, own, whole in found:
        key = reader.endpoint(end)
        yield "months", months, dec(_late(reader, "immortal_months", key)["estimate"], 1)
        yield "share", own, percent(_late(reader, "immortal_share", key)["estimate"])
        yield "of all", whole, percent(_late(reader, "immortal_share_of_all", key)["estimate"])


@reads(r"By the last start there had been (?P<told>[^.]+)\.")
def _(reader, said):
    parts = []
    for key, (_, single, several) in reader.endpoints.items():
        early = _late(reader, "early_events", key)
        some = str(int(early["estimate"])) if early["estimate"] else "none"
        of_all = (
            f"{some} of {int(early['n_events'])} {single if early['n_events'] == 1 else several}"
        )
        parts.append(of_all if early["n_events"] else f"no {several} (nor later)")
    told = ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1]
    yield "events by the last start", said["told"], told


@reads(r"By final group the (?P<model>crude|adjusted) hazard ratio for (?P<end>[^.]+?) was "
       r"(?P<hr>" + WITH_P + r")\.")  # fmt: skip
def _(reader, said):
    end = reader.late = reader.endpoint(said["end"])
    yield "model", said["model"], _model(reader, end)
    yield (
        "ratio",
        said["hr"],
        _with_p(reader, _late(reader, "hr", end, term=said["model"], level="naive")),
    )


def _with_p(reader, row):
    return f"{ratio(row['estimate'])} ({reader.limits(row)}; {reader.p(row)})"


@reads(r"The (?P<model>crude|adjusted) hazard ratio for (?P<end>[^.]+?) by final group could not be "
       r"estimated\.")  # fmt: skip
def _(reader, said):
    end = reader.late = reader.endpoint(said["end"])
    yield "model", said["model"], _model(reader, end)
    row = _late(reader, "hr", end, term=said["model"], level="naive")
    yield "estimate", None, row["estimate"]


@reads(r"(?P<names>(?:The )?" + OTHER + r"(?: and the " + OTHER + r")?) (?:repeats it and is|repeat it "
       r"and are) no check of it, as no event came by the last start\.")  # fmt: skip
def _(reader, said):
    yield from _months(reader, reader.late, said[0])
    yield "repeated", _analyses(said["names"]), _repeated(reader, reader.late)
    yield "early events", _late(reader, "early_events", reader.late)["estimate"], 0


GAVE = r"(?:[Tt]he )?" + OTHER + " gave " + WITH_P + r"(?:, by bootstrap <<LIMITS>>)?"


@reads("(?i:(?P<told>" + GAVE + r"(?:(?:; |, and )" + GAVE + r")*))\.")
def _(reader, said):
    end, model = reader.late, _model(reader, reader.late)
    rows = {one["level"]: one for one in reader.all(LATE, "hr", end, term=model)}
    again = _repeated(reader, end)
    asked = [level_ for level_ in KEYS_OF.values()
             if level_ not in again and rows[level_]["estimate"] is not None]  # fmt: skip
    yield "analyses", _analyses(said["told"]), asked
    yield from _months(reader, end, said[0])
    for level_, text in zip(asked, _given(said[0]), strict=True):
        true = _with_p(reader, rows[level_])
        drawn = _late(reader, "hr_bootstrap", end, term=model)
        if level_ == "clone_censor_weight" and drawn["conf_low"] is not None:
            true += f", by bootstrap {reader.limits(drawn)}"
        yield level_, text, true


def _given(text):
    """Give what each analysis gave, up to the next: limits hold the marks that part the clauses."""
    parts = re.split(
        r"(?:; |, and )?(?:the )?" + OTHER + " gave ", text.strip(), flags=re.IGNORECASE
    )
    return [part.rstrip(".").strip() for part in parts[1:]]


@reads(
    r"(?P<names>(?:[Tt]he )?(?i:"
    + OTHER
    + r")(?:(?:, | and )(?:the )?"
    + OTHER
    + r")*) gave no estimate\."
)
def _(reader, said):
    end, model = reader.late, _model(reader, reader.late)
    lost = [row["level"] for row in reader.all(LATE, "hr", end, term=model)
            if row["estimate"] is None and row["level"] != "naive"]  # fmt: skip
    yield from _months(reader, end, said[0])
    yield "without estimate", sorted(_analyses(said["names"])), sorted(lost)


@reads(r"The (?P<noun>intervals?) of (?P<names>.+?) (?P<side>excludes?|takes? in) one; that of the analysis by final "
       r"group does not\.")  # fmt: skip
def _(reader, said):
    end, model = reader.late, _model(reader, reader.late)
    rows = {one["level"]: one for one in reader.all(LATE, "hr", end, term=model)}

    def holds(row):
        return row["conf_low"] is not None and row["conf_low"] <= 1 <= row["conf_high"]

    again, naive = _repeated(reader, end), holds(rows["naive"])
    moved = [level_ for level_ in KEYS_OF.values() if level_ not in again
             and rows[level_]["conf_low"] is not None and holds(rows[level_]) != naive]  # fmt: skip
    yield from _months(reader, end, said[0])
    yield "moved", _analyses(said["names"]), moved
    verb = (
        ("exclude" if naive else "take in")
        if len(moved) > 1
        else "excludes"
        if naive
        else "takes in"
    )
    yield "side", (said["noun"], said["side"]), ("interval" + "s" * (len(moved) > 1), verb)


@reads(r"The weights of clone-censor-weight reached (?P<most><<NUM>>); of those at risk after the grace "
       r"period the weighted copies are worth (?P<in><<NUM>>) of (?P<n>\d+) who began and "
       r"(?P<out><<NUM>>) of (?P<m>\d+) who did not\.")  # fmt: skip
def _(reader, said):
    model = _model(reader, reader.primary)
    most = max(row["estimate"] for row in reader.all(LATE, "weight_max", reader.primary, term=model)
               if row["estimate"] is not None)  # fmt: skip
    yield "largest", said["most"], dec(most, 1)
    for group, name, of in (("within", "in", "n"), ("without", "out", "m")):
        row = _late(reader, "weight_effective", term=model, group=group)
        yield group, said[name], dec(row["estimate"], 1)
        yield f"{group} at risk", int(said[of]), row["n"]


@reads(r"Patients had to live until (?P<arm>.+?) began to be counted in that arm: (?P<share><<NUM>>)% of "
       r"their follow-up for (?P<end>[^.]+?) was before it\. The analyses that do not count this time as "
       r"treated suppose that, given the covariates, who began and when had nothing to do with how long "
       r"they would have lived\.")  # fmt: skip
def _(reader, said):
    yield "arm", said["arm"], reader.arms[1][1]
    yield "endpoint", reader.endpoint(said["end"]), reader.primary
    yield "share", said["share"], percent(_late(reader, "immortal_share")["estimate"])


@reads(r"With nobody counted as treated before (?P<arm>.+?) began, the (?P<model>crude|adjusted) hazard ratio for "
       r"(?P<end>[^.]+?) was (?:from )?(?P<low><<NUM>>)(?: to (?P<high><<NUM>>))? in (?P<n><<COUNT>>) "
       r"anal(?:ysis|yses)(?:; (?:(?P<its>its interval)|(?P<each>each interval)|the (?P<noun>intervals?) of (?P<wide><<COUNT>>) of them) took in one)?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    model, again = _model(reader, end), _repeated(reader, end)
    rows = [row for row in reader.all(LATE, "hr", end, term=model)
            if row["level"] not in ("naive", *again) and row["estimate"] is not None]  # fmt: skip
    ends = [ratio(pick_(row["estimate"] for row in rows)) for pick_ in (min, max)]
    yield "endpoint", end, reader.primary
    yield "arm", said["arm"], reader.arms[1][1]
    yield "model", said["model"], model
    yield "range", [said["low"], said["high"] or said["low"]], ends
    yield "analyses", number(said["n"]), len(rows)
    wide = sum(row["conf_low"] <= 1 <= row["conf_high"] for row in rows
               if row["conf_low"] is not None and row["conf_high"] is not None)  # fmt: skip
    told = len(rows) if said["each"] else number("one" if said["its"] else said["wide"] or "none")
    yield "wide", told, wide
    yield "each", bool(said["each"]), wide == len(rows) > 1
    yield "its", bool(said["its"]), wide == len(rows) == 1
    if said["noun"]:
        yield "noun", said["noun"], "intervals" if wide > 1 else "interval"


# events that compete -------------------------------------------------------------------------------
def _cause(reader, end, name):
    """Give the code of a cause by its name."""
    if name == reader.endpoints[end][1]:
        return "event"
    return {text: code for code, text in reader.states.get(end, {}).items()}[name]


@reads(r"(?P<n>[A-Z]\w+|\d+) patients?(?: \((?P<b>\d+) with (?P<first>.+?) and (?P<a>\d+) with "
       r"(?P<other>[^()]+?)\))? ended in (?P<state>.+?), and (?P<verb>is|are) censored there in (?P<end>[^.;]+); the "
       r"Kaplan-Meier estimate takes such patients as if they could still have (?P<event>[^.]+)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    code = _cause(reader, end, said["state"])
    rows = {row["group"]: row["estimate"]
            for row in reader.all("survival", "competing", end, level=code)}  # fmt: skip
    yield "patients", number(said["n"]), rows["overall"]
    yield "verb", said["verb"], "is" if rows["overall"] == 1 else "are"
    yield "event", said["event"], reader.endpoints[end][1]
    for place, arm, count in ((0, "first", "b"), (1, "other", "a")):
        yield "arm", said[arm], reader.arms[place][1]
        yield "with it", int(said[count]), rows[reader.arms[place][0]]


@reads(r"For (?P<end>[^.,]+?) the cumulative incidence by month (?P<month>[\d.]+) was (?P<told>"
       r"(?:[^.]|\.\d)+?)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    found = re.findall(r"(?:^|; |, and )([^;%]+?) in (?=<?\d)", said["told"])
    asked = dict.fromkeys(row["level"] for row in reader.all("competing", "incidence", end))
    yield "causes", sorted(_cause(reader, end, name) for name in found), sorted(asked)
    parts = re.split(r"(?:; |, and )(?=[^;%]+? in <?\d)", said["told"])
    for name, part in zip(found, parts, strict=True):
        keys = {"term": said["month"], "level": _cause(reader, end, name)}
        told = []
        for code, name_ in reader.arms:
            row = reader.one("competing", "incidence", end, group=code, **keys)
            limits = ""
            if row["conf_low"] is not None and row["conf_low"] < row["conf_high"]:
                low, high = percent(row["conf_low"]), percent(row["conf_high"])
                limits = f" ({100 * reader.conf:.6g}% CI {low} to {high})"
            told.append(f"{percent(row['estimate'])}%{limits} with {name_}")
        yield "incidence", part, f"{name} in {' and '.join(told)}"


@reads(r"For (?P<end>[^.,]+?), nobody ended in (?P<states>[^.]+?)\.")
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "states", items(said["states"]), list(reader.states[end].values())
    rows = reader.all("survival", "competing", end, group="overall")
    yield "patients", sum(row["estimate"] for row in rows), 0


@reads(r"(?:For (?P<late>[^.,]+?) the|"
       r"Gray's test of (?P<end>[^.,]+?) (?:gave (?P<tests><<P>> for .+?))?(?:, and )?(?:could not be made for "
       r"(?P<lost>[^.]+))?\. The) (?P<model>crude|adjusted) "
       r"ratios of (?P<other>.+?) against (?P<first>.+?) were: (?P<told>of (?:[^.]|\.\d)+?)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"] or said["late"])
    told, ratios, lost = [], [], []
    model = (
        "adjusted"
        if reader.all("competing", "cause_specific_hr", end, term="adjusted")
        else "crude"
    )
    names = {"event": reader.endpoints[end][1], **reader.states.get(end, {})}
    for code, name in names.items():
        if not said["late"]:  # Gray's test takes no late entry
            row = reader.one("competing", "gray", end, level=code)
            if row["p_value"] is None:
                lost.append(name)
            else:
                told.append(f"{reader.p(row)} for {name}")
        both = []
        for statistic, kind in (
            ("cause_specific_hr", "cause-specific"),
            ("subdistribution_hr", "subdistribution"),
        ):
            one_ = reader.one("competing", statistic, end, term=model, level=code)
            value = _with_p(reader, one_) if one_["estimate"] is not None else "not estimable"
            both.append(f"the {kind} hazard ratio {value}")
        none = all(one.endswith(" not estimable") for one in both)
        ratios.append(f"of {name} {'none that could be estimated' if none else ' and '.join(both)}")
    joined = [", ".join(some[:-1]) + " and " * (len(some) > 1) + some[-1] if some else None
              for some in (told, lost)]  # fmt: skip
    yield "tests", said["tests"], joined[0]
    yield "not made", said["lost"], joined[1]
    yield "model", said["model"], model
    yield "other arm", said["other"], reader.arms[1][1]
    yield "reference arm", said["first"], reader.arms[0][1]
    yield "ratios", said["told"], "; ".join(ratios[:-1]) + ", and " * (len(ratios) > 1) + ratios[-1]


# missing covariates --------------------------------------------------------------------------------
@reads(r"Of (?P<n>\d+) patients (?P<some>\d+) lacked a covariate: (?P<told>(?:[^.]|\.\d)+)\.")
def _(reader, said):
    counts = reader.all("missing", "missing", group="overall")
    yield "patients", int(said["n"]), counts[0]["n"]
    patterns = reader.all("missing", "pattern")
    yield "some", int(said["some"]), sum(row["estimate"] for row in patterns if row["term"])
    told = [
        f"{small(reader.terms[row['term']][0])} in {int(row['estimate'])} "
        f"({percent(100 * row['estimate'] / row['n'])}%)"
        for row in counts
        if row["estimate"]
    ]
    yield "which", sorted(items(said["told"])), sorted(told)


@reads(r"For (?P<end>[^.,]+?) the (?P<exposure>[^.,]+?)'s adjusted hazard ratio was (?P<before>"
       + WITH_P + r"|not estimable) in the (?P<n><<COUNT>>) patients? who lacked nothing, and (?P<after>"
       + WITH_P + r"|not estimable) in all (?P<whole>\d+) with the missing values imputed\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "exposure", said["exposure"], reader.exposure
    for name, statistic, count in (("before", "hr_complete", "n"), ("after", "hr", "whole")):
        row = reader.one("cox_imputed", statistic, end, term="arm")
        true = _with_p(reader, row) if row["estimate"] is not None else "not estimable"
        yield name, said[name], true
        yield "patients", number(said[count]), row["n"]


@reads(r"For (?P<end>[^.,]+?) nobody had all covariates; with the missing values imputed the "
       r"(?P<exposure>[^.,]+?)'s adjusted hazard ratio was (?P<after>"
       + WITH_P + r"|not estimable) in all (?P<whole>\d+)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "exposure", said["exposure"], reader.exposure
    yield "complete", reader.one("cox_imputed", "hr_complete", end, term="arm")["n"], 0
    row = reader.one("cox_imputed", "hr", end, term="arm")
    true = _with_p(reader, row) if row["estimate"] is not None else "not estimable"
    yield "after", (said["after"], int(said["whole"])), (true, row["n"])


@reads(r"With the imputed values of (?P<name>.+?) moved by (?P<by>−?[\d.]+) the ratio for "
       r"(?P<end>[^.,]+?) was (?P<ratio><<NUM>>)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    rows = reader.all("cox_imputed", "hr_delta", end, group=reader.term(said["name"]))
    known = [row for row in rows if row["estimate"] is not None]
    yield "moves", len(known), 1
    yield "by", float(said["by"].replace("−", "-")), float(known[0]["level"])
    yield "ratio", said["ratio"], ratio(known[0]["estimate"])


@reads(r"With the imputed values of (?P<name>.+?) moved by (?P<low>−?[\d.]+) to (?P<high>−?[\d.]+) the "
       r"ratio for (?P<end>[^.,]+?) ranged from (?P<least><<NUM>>) to (?P<most><<NUM>>)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    rows = reader.all("cox_imputed", "hr_delta", end, group=reader.term(said["name"]))
    deltas = [float(row["level"]) for row in rows]
    for name, pick_ in (("low", min), ("high", max)):
        yield name, float(said[name].replace("−", "-")), pick_(deltas)
    known = [row["estimate"] for row in rows if row["estimate"] is not None]
    yield "range", [said["least"], said["most"]], [ratio(min(known)), ratio(max(known))]


# strata and clusters -------------------------------------------------------------------------------
@reads(r"(?P<lead>Within the|With limits that allow for the) (?P<n><<COUNT>>) (?P<what>strata|stratum|clusters?) of "
       r"(?P<by>[^.,]+?) the (?P<adjusted>adjusted )?hazard ratio for (?P<end>[^.,]+), (?P<other>[^.]+?) "
       r"against (?P<first>[^.]+?), was (?P<hr>" + WITH_P + r")(?:, and the (?P<kind>stratified|robust) log-rank "
       r"test gave (?P<p><<P>>))?\.(?: (?P<few>Only \d+ clusters: robust limits are too narrow)\.| "
       r"(?P<alone>\d+ of \d+ strata (?:has|have) one arm only and no part)\.)?")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    level = "strata" if said["lead"] == "Within the" else "clusters"
    yield "arms", (said["other"], said["first"]), (reader.arms[1][1], reader.arms[0][1])
    row = reader.one("stratified", "hr", end, level=level)
    groups = reader.one("stratified", "groups", end, level=level)
    yield "groups", number(said["n"]), groups["estimate"]
    yield "what", said["what"].startswith("strat"), level == "strata"
    yield "by", reader.term(said["by"]), groups["method"]
    yield "model", bool(said["adjusted"]), row["term"] == "adjusted"
    yield "ratio", said["hr"], _with_p(reader, row)
    tests = reader.all("stratified", "logrank", end, level=level)
    yield "test", said["p"], reader.p(tests[0]) if tests else None
    yield "kind", said["kind"] in (None, {"strata": "stratified"}.get(level, "robust")), True
    yield "doubt", (said["few"] or said["alone"] or "").lower(), row["note"]


# arms made alike -----------------------------------------------------------------------------------
ALIKE = "weighted_survival"


def _joined(parts):
    return ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1]


def _weights(reader):
    """Give the level of the weights in force, and their name; a study without has none."""
    names = {"overlap": "overlap weights", "inverse": "inverse probability weights",
             "treated": f"weights to patients with {reader.arms[1][1]}"}  # fmt: skip
    levels = {row["level"] for row in reader.all(ALIKE, "smd")}
    return next(((level, name) for level, name in names.items() if level in levels), ("", "none"))


@reads(r"Standardised mean differences were above 0\.1 (?P<told>in \d+ of [^.]+)\."
       r"(?: (?P<out>\w+) patients? (?P<was>was|were) of a kind that the other arm does not have\.)?")  # fmt: skip
def _(reader, said):
    level, name = _weights(reader)
    told = []
    for key, how in (("unweighted", "as observed"), (level, f"with {name}"),
                     ("matched", "among the matched")):  # fmt: skip
        gaps = [abs(row["estimate"]) for row in reader.all(ALIKE, "smd", level=key)
                if row["estimate"] is not None]  # fmt: skip
        if gaps:
            told.append(f"in {sum(gap > 0.1 for gap in gaps)} of {len(gaps)} covariates {how}")
    yield "balance", said["told"], _joined(told)
    yield "outside", number(said["out"] or "no"), reader.one(ALIKE, "outside")["estimate"]


@reads(r"(?P<how>Nearest|Optimal) matching paired (?P<told>\d+ of [^.]+)\.")
def _(reader, said):
    counts = [
        f"{row['estimate']:.0f} of {row['n']:.0f} with {dict(reader.arms)[row['group']]}"
        for row in reader.all(ALIKE, "matched", reader.primary)
    ]
    yield "matched", said["told"], _joined(counts)
    method = reader.all(ALIKE, "matched", reader.primary)[0]["method"]
    yield "method", said["how"].lower(), method.split()[0]


@reads(r"The hazard ratio for (?P<end>[^.,]+), (?P<other>[^.]+?) against (?P<first>[^.]+?), "
       r"(?P<told>(?:was|could not be estimated) (?:[^.]|\.\d)+? (?:as observed|with |among )(?:[^.]|\.\d)+?)"
       r"(?:; the weighted log-rank test gave (?P<p><<P>>))?\.")  # fmt: skip
def _(reader, said):
    end, (level, name) = reader.endpoint(said["end"]), _weights(reader)
    yield "arms", (said["other"], said["first"]), (reader.arms[1][1], reader.arms[0][1])
    known, lost = [], []
    for key, statistic, how in (
        ("unweighted", "hr", "as observed"), (level, "hr", f"with {name}"),
        ("matched", "hr", "among the matched"), ("matched", "hr_paired", "within the pairs"),
    ):  # fmt: skip
        for row in reader.all(ALIKE, statistic, end, level=key):
            if row["estimate"] is None:
                lost.append(how)
            else:
                known.append(f"{_with_p(reader, row)} {how}")
    parts = [f"was {_joined(known)}"] if known else []
    parts += [f"could not be estimated {_joined(lost)}"] if lost else []
    yield "ratios", said["told"], ", and ".join(parts)
    tests = [row for row in reader.all(ALIKE, "logrank", end, level=level) if row["p_value"]]
    yield "test", said["p"], reader.p(tests[0]) if tests else None


@reads(r"(?P<end>[^.,]+) at month (?P<month>[\d.]+), standardised to all patients, was "
       r"(?P<told>(?:[^.,]|\.\d)+), a difference of (?P<gap><<SIGNED>>) percentage points"
       r"(?: \((?P<conf>[\d.]+)% CI (?P<low><<SIGNED>>) to (?P<high><<SIGNED>>)\))?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    gaps = reader.all(ALIKE, "difference", end, level="standardised")
    gap = [row for row in gaps if row["estimate"] is not None][-1]
    yield "month", said["month"], gap["term"]
    told = []
    for code, label in reader.arms:
        row = reader.one(ALIKE, "survival", end, level="standardised", group=code, term=gap["term"])
        told.append(f"{percent(row['estimate'])}% with {label}")
    yield "survival", said["told"], _joined(told)
    for name, key in (("gap", "estimate"), ("low", "conf_low"), ("high", "conf_high")):
        if said[name]:
            yield name, said[name], dec(gap[key], 1)
    if said["conf"]:
        yield "level", float(said["conf"]), 100 * reader.conf


# effects that change with time, and continuous covariates -------------------------------------------
WEIGHED = {"the log-rank test": "0,0", "the test of late differences": "0,1",
           "the test of early differences": "1,0", "the test of middle differences": "1,1"}  # fmt: skip
AMOUNT = r"−?[\d.]+"


@reads(
    r"For (?P<end>[^.,]+?) (?P<told>the (?:log-rank )?test (?:of|G|gave)[^;]*?<<P>>)(?:; MaxCombo gave (?P<combo><<P>>))?\."
)
def _(reader, said):
    end = reader.endpoint(said["end"])
    rows = {row["level"]: row for row in reader.all("nonproportional", "fleming_harrington", end)}
    found = re.findall(r"(the .+?) (?:gave )?(\*P\* [=<>] [\d.]+)", said["told"])
    yield "tests", len(found), len(rows)
    for name, p in found:
        own = re.fullmatch(r"the test G\(([\d.]+), ([\d.]+)\)", name)
        weights = f"{own[1]},{own[2]}" if own else WEIGHED[name]
        yield "p", p, reader.p(rows.pop(weights))  # each of them once
    combined = reader.all("nonproportional", "max_combo", end)
    yield "MaxCombo", said["combo"], reader.p(combined[0]) if combined else None


@reads(r"MaxCombo judges the most extreme of these tests by their joint distribution\.")
def _(_reader, _said):
    yield from ()


@reads(r"For (?P<end>[^.,]+?) the weighted tests are not defined\.")
def _(reader, said):
    rows = reader.all("nonproportional", "fleming_harrington", reader.endpoint(said["end"]))
    yield "tests", {row["p_value"] for row in rows}, {None}


def _by_month(rows):
    """Order rows as time runs: by the month at which their level begins."""
    return sorted(rows, key=lambda row: float(row["level"].split("-")[0]))


def _period(level):
    start, end = level.split("-")
    if not end:
        return f"after month {start}"
    return f"up to month {end}" if start == "0" else f"from month {start} to month {end}"


@reads(r"The (?P<exposure>[^.,]+?)'s hazard ratio for (?P<end>[^.,]+?) was (?P<told>(?:" + WITH_P
       + r"|not estimable) (?:up to|from|after) month (?:[^.]|\.\d)+?)(?:; the test that it is the same in all gave "
       r"(?P<same><<P>>))?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "exposure", said["exposure"], reader.exposure
    told = [
        f"{_with_p(reader, row) if row['estimate'] is not None else 'not estimable'} {_period(row['level'])}"
        for row in _by_month(reader.all("nonproportional", "hr_period", end))
    ]
    yield "periods", said["told"], "; ".join(told[:-1]) + ", and " * (len(told) > 1) + told[-1]
    equal = reader.one("nonproportional", "equal_periods", end)
    yield "same", said["same"], reader.p(equal) if equal["p_value"] is not None else None


@reads(r"In none of the periods could a hazard ratio for (?P<end>[^.,]+?) be estimated\.")
def _(reader, said):
    rows = reader.all("nonproportional", "hr_period", reader.endpoint(said["end"]))
    yield "estimates", {row["estimate"] for row in rows}, {None}


@reads(r"With each doubling of time the ratio for (?P<end>[^.,]+?) was multiplied by (?P<value>" + WITH_P
       + r")(?:, which makes it (?P<at>(?:[^.]|\.\d)+?))?\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "change", said["value"], _with_p(reader, reader.one("nonproportional", "log_time", end))
    told = [f"{ratio(row['estimate'])} ({reader.limits(row)}) at month {row['level']}"
            for row in _by_month(reader.all("nonproportional", "hr_at", end))]  # fmt: skip
    yield "at", items(said["at"] or ""), told


@reads(r"A hazard ratio for (?P<end>[^.,]+?) that changes with log time could not be estimated\.")
def _(reader, said):
    row = reader.one("nonproportional", "log_time", reader.endpoint(said["end"]))
    yield "estimate", row["estimate"], None


@reads(r"For (?P<end>[^.,]+?) the difference in (?P<what>.+?) (?P<until>at|up to) month (?P<month>[\d.]+), (?P<other>.+?) "
       r"minus (?P<first>.+?), was (?P<value>" + AMOUNT + r") (?P<unit>percentage points|months) \((?P<conf>[\d.]+)% CI "
       r"(?P<limits>" + AMOUNT + " to " + AMOUNT + r"); band of the whole curve (?P<band>" + AMOUNT + " to " + AMOUNT
       + r")\); the band (?P<told>takes in zero at all times|is (?:[^.]|\.\d)+?)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    label, event, _ = reader.endpoints[end]
    survival, points = "survival" in label.lower(), said["unit"] == "percentage points"
    what = {(True, True): "survival", (True, False): "mean survival time",
            (False, True): f"the share without {event}",
            (False, False): f"the mean time without {event}"}[survival, points]  # fmt: skip
    name = f"difference_{'survival' if points else 'restricted_mean'}"
    yield "what", said["what"], what
    yield "until", said["until"], "at" if points else "up to"
    yield "arms", (said["other"], said["first"]), (reader.arms[1][1], reader.arms[0][1])
    last = _by_month(reader.all("nonproportional", name, end))[-1]
    band = reader.one("nonproportional", f"{name}_band", end, level=last["level"])
    yield "month", said["month"], last["level"]
    yield "difference", said["value"], dec(last["estimate"], 1)
    yield "level", float(said["conf"]), round(100 * reader.conf, 4)
    for key, row in (("limits", last), ("band", band)):
        yield key, said[key], f"{dec(row['conf_low'], 1)} to {dec(row['conf_high'], 1)}"
    runs = reader.all("nonproportional", f"{name}_apart", end)
    sides: dict[float, list[dict]] = {}
    for run in sorted(runs, key=lambda run: run["conf_low"]):
        sides.setdefault(run["estimate"], []).append(run)
    when = [
        f"{'above' if side > 0 else 'below'} zero {'at times ' * (len(own) > 1)}from month "
        f"{dec(min(r['conf_low'] for r in own), 1)} to month {dec(max(r['conf_high'] for r in own), 1)}"
        for side, own in sides.items()
    ]
    told = f"is {' and '.join(when)}" if when else "takes in zero at all times"
    yield "band told", said["told"], told


@reads(r"The adjusted hazard ratio for (?P<end>[^.,]+?) of the upper against the lower quartile was (?P<told><<NUM>> for "
       r"(?:[^.]|\.\d)+?)\.")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    one = (
        r"(<<NUM>>) for (.+?) \(("
        + AMOUNT
        + ") against ("
        + AMOUNT
        + r")(?: ([^;]+))?; (.+?); straight line (<<P>>)\)"
    )
    one = one.replace("<<NUM>>", NUM).replace("<<P>>", P)
    rows = {small(reader.terms[row["term"]][0]): row
            for row in reader.all("splines", "hr_quarters", end)}  # fmt: skip
    found = re.findall(one, said["told"])
    yield "how many", len(found), len(rows)
    for value, name, high, low, unit, limits, p in found:
        row = rows.pop(name)  # each of them once
        term = row["term"]
        yield "unit", unit or "units", reader.terms[term][3]
        yield "ratio", (value, limits), (ratio(row["estimate"]), reader.limits(row))
        for at, shown in (("75", high), ("25", low)):
            quarter = reader.one("splines", "quarter", end, term=term, level=at)["estimate"]
            yield "quartile", shown, dec(quarter, len(shown.partition(".")[2]))
        yield "p", p, reader.p(reader.one("splines", "nonlinearity", end, term=term))


@reads(r"No curve of (?P<names>[^.]+?) could be fitted for (?P<end>[^.,]+?)\.")
def _(reader, said):
    end = reader.endpoint(said["end"])
    fitted = {row["term"] for row in reader.all("splines", "hr_quarters", end)}
    lost = [
        row["term"]
        for row in reader.all("splines", "nonlinearity", end)
        if row["term"] not in fitted
    ]
    yield "names", sorted(items(said["names"])), sorted(small(reader.terms[n][0]) for n in lost)


def _slopes(reader, name, levels=""):
    """Give the tests of a slope within the levels of a covariate, by its source's name."""
    found = [
        row for end in reader.endpoints for row in reader.all("splines", "slope_within_levels", end)
    ]
    of = [row for row in found if small(reader.terms[row["term"]][0]) == name]
    if levels:
        of = [row for row in of if len(reader.terms[row["level"]][1]) == number(levels)]
    return of


@reads(r"The models have (?P<name>.+?) in (?P<n><<COUNT>>) levels; (?:the test of a slope within them gave (?P<told>"
       r"(?:[^.]|\.\d)+?)|no test of a slope within them could be made)\.(?: For (?P<ends>[^.]+?) the "
       r"(?P<hides>cut-point hides|cut-points hide) a slope\.)?")  # fmt: skip
def _(reader, said):
    rows = [row for row in _slopes(reader, said["name"], said["n"])]
    tested = [row for row in rows if row["p_value"] is not None]
    told = [f"{reader.p(row)} for {small(reader.endpoints[row['endpoint']][0])}" for row in tested]
    yield "known", bool(rows), True
    yield "tests", items(said["told"] or ""), told
    hidden = [
        small(reader.endpoints[row["endpoint"]][0])
        for row in tested
        if row["p_value"] < reader.alpha
    ]
    yield "hidden", items(said["ends"] or ""), hidden
    if hidden:
        yield "hides", said["hides"], "cut-point hides" if said["n"] == "two" else "cut-points hide"


@reads(r"Within the levels of (?P<name>.+?), which the models take as alike, the risk for (?P<ends>[^.]+?) still ran with "
       r"(?P<again>.+?): the (?P<hides>cut-point hides|cut-points hide) a slope, and (?P<third>.+?) is adjusted for only in "
       r"part\.")  # fmt: skip
def _(reader, said):
    rows = _slopes(reader, said["name"])
    yield "names", {said["again"], said["third"]}, {said["name"]}
    hidden = [row for row in rows if row["p_value"] is not None and row["p_value"] < reader.alpha]
    yield (
        "ends",
        items(said["ends"]),
        [small(reader.endpoints[row["endpoint"]][0]) for row in hidden],
    )
    two = len(reader.terms[hidden[0]["level"]][1]) == 2
    yield "hides", said["hides"], "cut-point hides" if two else "cut-points hide"


# three or more arms --------------------------------------------------------------------------------
ALL_ARMS = "several_arms"
HOW = {"none": "unadjusted", "holm": "adjusted by Holm's method",
       "benjamini-hochberg": "adjusted by the method of Benjamini and Hochberg"}  # fmt: skip


@reads(r"One log-rank test of all (?P<n><<COUNT>>) arms for (?P<end>[^.,;]+?) gave (?P<p><<P>>)"
       r"(?:; of the (?P<pairs><<COUNT>>) pairs, (?P<names>[^.;]+?) had the smallest \*P\*, (?P<least><<P>>) "
       r"\((?P<how>[^()]+)\))?\.")  # fmt: skip
def _(reader, said):
    end, labels = reader.endpoint(said["end"]), dict(reader.every)
    yield "arms", number(said["n"]), len(labels)
    yield "P", said["p"], reader.p(reader.one(ALL_ARMS, "global", end))
    yield from _smallest(reader, said, labels, ALL_ARMS, end)


def _smallest(reader, said, labels, analysis, end="", **keys):
    known = [row for row in reader.all(analysis, "pair", end, **keys) if row["p_value"] is not None]
    yield "pairs", number(said["pairs"] or "no"), len(known)
    if known:
        least = min(known, key=lambda row: row["p_value"])
        keys |= {"level": least["level"], "group": least["group"]}
        least = reader.one(analysis, "pair_adjusted", end, **keys)
        names = f"{labels[least['level']]} and {labels[least['group']]}"
        yield "least", (said["names"], said["least"]), (names, reader.p(least))
        yield "how", said["how"], HOW[least["method"]]


@reads(r"Against (?P<first>[^.]+?) the (?P<adjusted>adjusted )?hazard ratio for (?P<end>[^.,]+?) "
       r"(?P<told>(?:was|could not be estimated with) (?:[^.]|\.\d)+)\.")  # fmt: skip
def _(reader, said):
    end, labels = reader.endpoint(said["end"]), dict(reader.every)
    rows = reader.all(ALL_ARMS, "hr", end, term="adjusted" if said["adjusted"] else "crude")
    yield "reference arm", said["first"], reader.arms[0][1]
    yield "model", len(rows), len(reader.every) - 1
    known = [f"{_with_p(reader, row)} with {labels[row['level']]}" for row in rows
             if row["estimate"] is not None]  # fmt: skip
    lost = [labels[row["level"]] for row in rows if row["estimate"] is None]
    parts = [f"was {_joined(known)}"] if known else []
    parts += [f"could not be estimated with {_joined(lost)}"] if lost else []
    yield "ratios", said["told"], ", and ".join(parts)


RATE_OF_ALL = (r"The (?P<rate>objective response rate|disease control rate) was (?P<told>[^;*]+? with [^;*]+? and "
               r"[^;*]+? with [^;*]+?) \((?P<p><<P>>)")  # fmt: skip


def _rates_of_all(reader, said):
    term, true = RATES[said["rate"]], []
    for code, label in reversed(reader.every):
        row = reader.one("response", "n", term=term, group=code)
        share = percent(100 * row["estimate"] / row["n"])
        true.append(f"{share}% ({row['estimate']:.0f}/{row['n']:.0f}) with {label}")
    yield "rates", said["told"], _joined(true)
    test = reader.one("response", "p_value", term=term)
    yield "P", said["p"], reader.p(test)
    yield "arms", number(said["n"]), len(true)


@reads(RATE_OF_ALL + r", (?P<method>[^();]+? test) of all (?P<n><<COUNT>>) arms(?:; of the (?P<pairs><<COUNT>>) pairs, "
       r"(?P<names>[^.;]+?) had the smallest \*P\*, (?P<least><<P>>) \((?P<how>[^()]+)\))?\)(?:; the difference "
       r"(?P<v>was statistically significant|was not statistically significant|could not be tested))?\.")  # fmt: skip
def _(reader, said):
    yield from _rates_of_all(reader, said)
    term = RATES[said["rate"]]
    test = reader.one("response", "p_value", term=term)
    yield "method", said["method"], test["method"]
    yield from _smallest(reader, said, dict(reader.every), "response", term=term)
    low = reader.significant(test)
    words = {None: "could not be tested", True: "was statistically significant",
             False: "was not statistically significant"}  # fmt: skip
    told = words[low] if reader.style == "significance" or low is None else None
    yield "verdict", said["v"], told


@reads(RATE_OF_ALL + r" for all (?P<n><<COUNT>>) arms\)\.")
def _(reader, said):
    yield from _rates_of_all(reader, said)
