# ruff: noqa: E501 (patterns of sentences are read best in one piece)
"""What `sentence_reader` reads of the abstract, whose sentences are shorter than the results'."""

from __future__ import annotations

import re

from sentence_reader import SHARE, _counts, _followed, dec, percent, ratio, reads, small

SHORT_MEDIAN = r"(?:not reached|[\d.]+ months)"
LIST = r"<<NUM>> \(<<LIMITS>>\) for (?:[^.]|\.\d)+?"


def _months(row):
    return "not reached" if row["estimate"] is None else f"{dec(row['estimate'], 1)} months"


@reads(rf"Median follow-up was (?P<b>{SHORT_MEDIAN}) with (?P<other>[^(]+?)(?: and (?P<a>{SHORT_MEDIAN}) with (?P<first>[^.(]+?))?\.(?= |$)",
       first=True)  # fmt: skip
def _(reader, said):
    end = _followed(reader)
    for place, arm, text in ((0, said["first"], said["a"]), (1, said["other"], said["b"])):
        code, label = reader.arms[place]
        yield "arm", arm, label
        yield "follow-up", text, _months(reader.one("survival", "follow_up", end, group=code))


ARM = (rf"(?P<m{{0}}>{SHORT_MEDIAN}) with (?P<arm{{0}}>.+?) \((?P<ev{{0}}>\d+) (?P<what{{0}}>[^()]+?) in "
       r"(?P<n{0}>\d+) patients?\)")  # fmt: skip


@reads(r"Median (?P<end>(?!follow-up)[^.]+?) was " + ARM.format(1) + " and " + ARM.format(0)
       + r"\. (?:Unadjusted, the hazard ratio was (?P<hr><<NUM>>) \((?P<ci><<LIMITS>>); log-rank "
       r"(?P<p><<P>>)\)|No hazard ratio for (?P<end3>[^.]+?) could be estimated \(log-rank (?P<p3><<P>>)\))\.", first=True)  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "endpoint", end, reader.primary
    yield "endpoint again", reader.endpoint(said["end3"] or said["end"]), end
    row = reader.one("survival", "hr", end, group="difference")
    test = reader.one("survival", "logrank", end, group="difference")
    for place in (1, 0):
        code, label = reader.arms[place]
        own = reader.one("survival", "median", end, group=code)
        yield "arm", said[f"arm{place}"], label
        yield "median", said[f"m{place}"], _months(own)
        yield from _counts(
            reader, end, own, said[f"ev{place}"], said[f"what{place}"], said[f"n{place}"]
        )
    yield "P", said["p"] or said["p3"], reader.p(test)
    yield "estimable", bool(said["hr"]), row["estimate"] is not None
    if said["hr"]:
        yield "hazard ratio", said["hr"], ratio(row["estimate"])
        yield "limits", said["ci"], reader.limits(row)


@reads(rf"The unadjusted hazard ratios? (?P<verb>was|were) (?P<told>{LIST})\.(?= |$)")
def _(reader, said):
    told = re.findall(
        r"([<>]?\d[\d,.]*|NR) \(([\d.]+% CI [^()]+)\) for (.+?)(?=(?:, | and )[<>]?\d|$)",
        said["told"],
    )
    ends = [reader.endpoint(name) for _, _, name in told]
    yield "ratios", bool(ends), True
    yield "verb", said["verb"], "were" if len(ends) > 1 else "was"
    yield "others", ends, [end for end in reader.endpoints if end in ends and end != reader.primary]
    for end, (hr, limits, _) in zip(ends, told, strict=True):
        row = reader.one("survival", "hr", end, group="difference")
        yield "hazard ratio", hr, ratio(row["estimate"])
        yield "limits", limits, reader.limits(row)
    rest = set(reader.endpoints) - set(ends) - {reader.primary}
    yield "without", [end for end in sorted(rest) if _crude(reader, end) is not None], []


def _crude(reader, end):
    rows = reader.all("survival", "hr", end, group="difference")
    return rows[0]["estimate"] if rows else None


@reads(r"No hazard ratio could be estimated for (?P<named>[^.]+?)\.(?= |$)")
def _(reader, said):
    without = [small(names[0]) for end, names in reader.endpoints.items()
               if end != reader.primary and _crude(reader, end) is None]  # fmt: skip
    yield (
        "named",
        re.split(r", | and ", said["named"]),
        [part for name in without for part in re.split(r", | and ", name)],
    )


@reads(r"Adjusted, the hazard ratio for (?P<end>[^.]+?)(?: in (?P<n>\d+) patients with all covariates)? was (?P<hr><<NUM>>) "
       r"\((?P<ci><<LIMITS>>); (?P<p><<P>>)(?:, by permutation (?P<perm><<P>>))?\)(?:, with (?P<doubts>(?:only "
       r"(?P<epv>[\d.]+) events per parameter)?(?: and )?(?P<ph>evidence against proportional hazards)?))?\.(?= |$)")  # fmt: skip
def _(reader, said):
    end, code = reader.endpoint(said["end"]), reader.arms[1][0]
    row = reader.one("cox_multivariable", "hr", end, term="arm", level=code)
    same = reader.all("cox_univariable", "hr_same_patients", end)
    yield "patients", int(said["n"]) if said["n"] else None, same[0]["n"] if same else None
    yield "hazard ratio", said["hr"], ratio(row["estimate"])
    yield "limits", said["ci"], reader.limits(row)
    yield "P", said["p"], reader.p(row)
    again = reader.all("cox_multivariable", "permutation", end)
    apart = bool(again) and reader.significant(again[0]) not in (None, reader.significant(row))
    yield "permutation", said["perm"], reader.p(again[0]) if apart else None
    per = reader.one("cox_multivariable", "events_per_parameter", end)["estimate"]
    yield "few", said["epv"], dec(per, 1) if per < 10 else None
    against = [
        one
        for one in reader.all("proportional_hazards", "zph", end, term="arm")
        if reader.significant(one)
    ]
    yield "proportional", bool(said["ph"]), bool(against)


@reads(
    r"Adjusted for the covariates, no hazard ratio for (?P<end>[^.]+?) could be estimated\.(?= |$)"
)
def _(reader, said):
    end = reader.endpoint(said["end"])
    row = reader.one("cox_multivariable", "hr", end, term="arm", level=reader.arms[1][0])
    yield "estimate", row["estimate"], None


RATES = {"objective response rate": "ORR", "disease control rate": "DCR"}


@reads(r"The (?P<rate>objective response rate|disease control rate) was " + SHARE.format(1) + " against "
       + SHARE.format(0) + r" \(difference (?P<d><<SIGNED>>) percentage points, (?P<conf>[\d.]+)% CI "
       r"(?P<low><<SIGNED>>) to (?P<high><<SIGNED>>)\)\.")  # fmt: skip
def _(reader, said):
    term = RATES[said["rate"]]
    for place in (0, 1):
        code, label = reader.arms[place]
        row = reader.one("response", "n", term=term, group=code)
        yield "arm", said[f"arm{place}"], label
        told = int(said[f"n{place}"]), int(said[f"of{place}"])
        yield "count", told, (row["estimate"], row["n"])
        yield "percent", said[f"pc{place}"], percent(100 * row["estimate"] / row["n"])
    gap = reader.one("response", "risk_difference", term=term)
    yield "difference", said["d"], dec(gap["estimate"], 1)
    for name in ("low", "high"):
        yield name, said[name], dec(gap[f"conf_{name}"], 1)
    yield "conf", said["conf"], f"{100 * reader.conf:.6g}"


HAD = r"(\d+)/(\d+) \(([<>]?[\d.]+)%\)(?: with (.+?))?(?=(?:, | and )\d+/|$)"


@reads(r"(?:(?P<some>Listed a|A)dverse events of grade (?P<g>\d(?: to \d)?)|Adverse events above grade (?P<top>\d)) occurred "
       r"in (?P<told>\d.+?)(?: \((?P<p><<P>>)\))?\.(?= |$)")  # fmt: skip
def _(reader, said):
    level = "severe" if said["g"] else "above"
    if said["g"]:
        yield "grades", said["g"], reader.grades.removeprefix("grade ")
    else:
        yield "top", said["top"], reader.grades[-1]
    told = re.findall(HAD, said["told"])
    yield "arms", len(told), len(reader.every)
    for (n, of, pc, arm), (code, label) in zip(told, reversed(reader.every), strict=False):
        row = reader.one("safety", "patients", term="any_term", level=level, group=code)
        yield "count", (int(n), int(of)), (row["estimate"], row["n"])
        yield "percent", pc, percent(100 * row["estimate"] / row["n"])
        yield "arm", arm, label if len(reader.arms) > 1 else ""
    tests = reader.all("safety", "p_value", term="any_term", level=level)
    known = [test for test in tests if test["p_value"] is not None]
    yield "P", said["p"], reader.p(known[0]) if known else None


@reads(r"(?:Whether (?:listed )?adverse events of grade (?P<open>\d(?: to \d)?) were more frequent in one arm remains open|"
       r"No (?:listed )?adverse event of grade (?P<no>\d(?: to \d)?) occurred|(?:Listed a|A)dverse events of grade "
       r"(?P<g>\d(?: to \d)?) were (?P<more>more|less|most) frequent with (?P<arm>[^.]+?))\.(?= |$)")  # fmt: skip
def _(reader, said):
    grades = said["open"] or said["no"] or said["g"]
    yield "grades", grades, reader.grades.removeprefix("grade ")
    rows = [reader.one("safety", "patients", term="any_term", level="severe", group=code)
            for code, _ in reader.every]  # fmt: skip
    yield "any", bool(said["no"]), not any(row["estimate"] for row in rows)
    if not said["no"]:
        test = reader.one("safety", "p_value", term="any_term", level="severe")
        yield "open", bool(said["open"]), not reader.significant(test)
    if said["more"]:
        shares = [row["estimate"] / row["n"] for row in rows]
        if len(shares) > 2:
            most = [label for (_, label), share in zip(reader.every, shares, strict=True)
                    if share == max(shares)]  # fmt: skip
            yield "most", (said["more"], said["arm"]), ("most", " and ".join(most))
            return
        yield "arm", said["arm"], reader.arms[1][1]
        yield "more", said["more"], "more" if shares[1] > shares[0] else "less"


# of one arm -------------------------------------------------------------------------------------
@reads(
    r"Median (?P<end>(?!follow-up)[^.]+?) was (?P<m>not reached(?: \(<<LIMITS>>\))?|<<MEDIAN>>)\.(?= |$)"
)
def _(reader, said):
    end = reader.endpoint(said["end"])
    row = reader.one("survival", "median", end, group="overall")
    yield "arms", len(reader.arms), 1
    yield "endpoint", end, reader.primary
    yield "events", bool(row["n_events"]), True
    yield "median", said["m"], reader.median(row)
    milestones = (
        [] if reader.states[end] or row["estimate"] is not None else _milestones(reader, end)
    )
    yield "a milestone to tell", milestones, []


def _milestones(reader, end):
    """Give the milestones before the end of follow-up at which a part of the patients is event-free."""
    return [row for row in reader.all("survival", "survival", end, group="overall")
            if not row["note"] and 0 < row["estimate"] < 100]  # fmt: skip


@reads(r"(?P<end>[A-Z][^.]+?) was (?P<s>[<>]?[\d.]+)% \((?P<conf>[\d.]+)% CI (?P<low>[<>]?[\d.]+) to (?P<high>[<>]?[\d.]+)\) "
       r"at (?P<month>[\d.]+) months; its median was not reached\.(?= |$)")  # fmt: skip
def _(reader, said):
    end = next(key for key, names in reader.endpoints.items()
               if said["end"].lower() == names[0].lower())  # fmt: skip
    yield "arms", len(reader.arms), 1
    yield "endpoint", end, reader.primary
    row = _milestones(reader, end)[-1]
    yield "milestone", said["month"], row["level"]
    yield "survival", said["s"], percent(row["estimate"])
    for name in ("low", "high"):
        yield name, said[name], percent(row[f"conf_{name}"])
    yield "conf", said["conf"], f"{100 * reader.conf:.6g}"
    yield "median", reader.one("survival", "median", end, group="overall")["estimate"], None


@reads(
    r"No patient had the event of (?P<end>[^.]+?) \((?P<event>[^()]+)\) during follow-up\.(?= |$)"
)
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "arms", len(reader.arms), 1
    yield "endpoint", end, reader.primary
    yield "event", said["event"], reader.endpoints[end][1]
    yield "events", reader.one("survival", "median", end, group="overall")["n_events"], 0


@reads(
    r"The objective response rate was (?P<pc>[<>]?[\d.]+)% \((?P<conf>[\d.]+)% CI (?P<low>[<>]?[\d.]+) to (?P<high>[<>]?[\d.]+)\)\.(?= |$)"
)
def _(reader, said):
    keys = {"term": "ORR", "group": reader.arms[0][0]}
    share = reader.one("response", "percent", **keys)
    yield "arms", len(reader.arms), 1
    yield "percent", said["pc"], percent(share["estimate"])
    for name in ("low", "high"):
        yield name, said[name], percent(share[f"conf_{name}"])
    yield "conf", said["conf"], f"{100 * reader.conf:.6g}"


@reads(
    r"(?P<pc>[<>]?[\d.]+)% of patients had (?:listed )?adverse events of grade (?P<g>\d(?: to \d)?)\.(?= |$)"
)
def _(reader, said):
    row = reader.one("safety", "patients", term="any_term", level="severe", group=reader.arms[0][0])
    yield "arms", len(reader.arms), 1
    yield "grades", said["g"], reader.grades.removeprefix("grade ")
    yield "percent", said["pc"], percent(100 * row["estimate"] / row["n"])
    yield "any", bool(row["estimate"]), True
