# ruff: noqa: E501 (patterns of sentences are read best in one piece)
"""Reads the sentences about checks, weights, response, safety and subgroups back.

Imported for what it adds to `sentence_reader`; it shares no code with what writes them either.
"""

from __future__ import annotations

import math
import re

from sentence_reader import (
    ALL_ARMS,
    COUNT,
    LIMITS,
    NUM,
    RATES,
    P,
    _joined,
    _keys,
    _named,
    dec,
    items,
    level,
    number,
    percent,
    ratio,
    reads,
    small,
)

HR_P = rf"{NUM} \({LIMITS}; {P}\)"  # 0.39 (95% CI 0.16 to 0.98; P)


def _hr_p(reader, row):
    return f"{ratio(row['estimate'])} ({reader.limits(row)}; {reader.p(row)})"


def _same(reader, names):
    return sorted(reader.endpoint(name) for name in items(names or ""))


# landmarks ---------------------------------------------------------------------------------------
@reads(r"Nobody had an event or left follow-up by month (?P<m>[\d.]+), the last landmark: the comparisons from each "
       r"landmark hold the patients of the main analysis, and can show no advantage of those who had to live long "
       r"enough to be in their arm\.")  # fmt: skip
def _(reader, said):
    rows = [row for end in reader.endpoints for row in reader.all("landmark", "lost", end)]
    yield "lost", sum(row["estimate"] for row in rows), 0
    months = {
        float(row["level"]) for end in reader.endpoints for row in reader.all("landmark", "hr", end)
    }
    yield "month", said["m"], f"{max(months):g}"


WHEN = (
    r"By month (?P<m>[\d.]+), (?P<why>when the last patient had the procedure|the last landmark),"
)


def _landmark(reader, end, said):
    """Give the landmark that is told of an endpoint: that of the last procedure, or the last."""
    last = reader.all("landmark", "last_procedure", end)
    rows = reader.all("landmark", "hr", end)
    month = last[0]["level"] if last else rows[-1]["level"]
    yield "month", said["m"], month
    yield (
        "why",
        said["why"],
        "when the last patient had the procedure" if last else "the last landmark",
    )


@reads(WHEN + r" nobody had been lost for (?P<named>.+?); this landmark repeats the main analysis and is no check of "
       r"it\.")  # fmt: skip
def _(reader, said):
    for name in re.split(r" or ", said["named"]):
        end = reader.endpoint(name)
        yield from _landmark(reader, end, said)
        lost = reader.all("landmark", "lost", end, level=said["m"])
        yield "lost", sum(row["estimate"] for row in lost), 0


@reads(WHEN + rf" (?P<lost>{COUNT} patients? (?:was|were) lost for .+?); from there the (?P<model>crude|adjusted) hazard "
       r"ratio (?P<told>.+?)\.(?= Over |$)")  # fmt: skip
def _(reader, said):
    told = re.findall(rf"(?:(?:, | and |^)({COUNT})(?: patients?)?(?: (?:was|were) lost)? for ([^,;\d]+?))(?=, \d|, (?:{COUNT})| and (?:{COUNT})|$)",
                      said["lost"])  # fmt: skip
    yield "endpoints", len(told) > 0, True
    ends = []
    for n, name in told:
        end = reader.endpoint(name)
        ends.append(end)
        yield from _landmark(reader, end, said)
        lost = reader.all("landmark", "lost", end, level=said["m"])
        yield f"lost for {end}", number(n), sum(row["estimate"] for row in lost)
    known, gone = re.subn(r"(?:, and )?could not be estimated(?: for (.+))?$", "", said["told"])
    rows = {end: reader.all("landmark", "hr", end, level=said["m"], term=said["model"])[-1]
            for end in ends}  # fmt: skip
    none = [end for end, row in rows.items() if row["estimate"] is None]
    yield "without", bool(gone), bool(none)
    if gone and len(ends) > 1:
        left = re.search(r"could not be estimated for (.+)$", said["told"])
        yield "without", _same(reader, left[1]) if left else [], sorted(none)
    found = re.findall(rf"({HR_P})(?: for ([^;,]+))?", known)
    yield "known", len(found), len(ends) - len(none)
    for shown, name in found:
        end = reader.endpoint(name) if name else ends[0]
        yield "hr", shown, _hr_p(reader, rows[end])


# resamples and Firth -----------------------------------------------------------------------------
SOME = r"(?:less than )?[\d.]+%"


@reads(r"In (?P<n>[\d,]+ resamples of the patients|as many resamples)(?P<none>, as in the cohort,)? the "
       r"(?P<model>crude|adjusted) hazard ratio for (?P<end>[^.]+?) had (?:(?P<most>mostly )?no finite estimate \((?P<lost>[<>]?[\d.]+)% "
       r"of them\), and so no interval|the percentile (?P<conf>[\d.]+)% CI (?P<low><<NUM>>) to (?P<high><<NUM>>) and "
       r"(?:the BCa interval (?P<blow><<NUM>>) to (?P<bhigh><<NUM>>)|no BCa interval)(?P<rest>; [^;]+?))\.(?= |$)")  # fmt: skip
def _(reader, said):
    end, model = reader.endpoint(said["end"]), said["model"]
    one = {name: reader.one("bootstrap", name, end, level=model)["estimate"]
           for name in ("resamples", "not_estimable", "incomplete")}  # fmt: skip
    if said["n"] != "as many resamples":
        yield "n", said["n"].split()[0], f"{one['resamples']:,.0f}"
    percentile, bca = (
        reader.one("bootstrap", "hr", end, level=model, term=t) for t in ("percentile", "bca")
    )
    yield "estimate", bool(said["none"]), percentile["estimate"] is None
    yield "most", bool(said["most"]), not said["none"] and one["not_estimable"] > 50
    if said["lost"]:
        yield "lost", said["lost"], percent(one["not_estimable"])
        return
    yield "conf", said["conf"], f"{100 * reader.conf:.6g}"
    for row, low, high in ((percentile, "low", "high"), (bca, "blow", "bhigh")):
        known = None not in (row["conf_low"], row["conf_high"])
        told = (ratio(row["conf_low"]), ratio(row["conf_high"])) if known else (None, None)
        yield row["term"], (said[low], said[high]), told

    def some(value):
        return f"{percent(value)}%".replace("<", "less than ")

    lost, whole = one["not_estimable"], one["incomplete"]
    if not whole:
        true = "; every resample gave an estimate"
    elif not lost:
        true = f"; every resample gave an estimate of it, but {some(whole)} gave none of some other coefficient"
    else:
        true = f"; {some(lost)} of the resamples gave no finite estimate of it"
        true += f", and {some(whole)} none of some coefficient of its model" if whole > lost else ""
    yield "rest", said["rest"], true


@reads(
    rf"Firth's penalty moved the (?P<model>crude|adjusted) hazard ratio (?P<parts>for [^;]+? from {NUM} to .+?)\.(?= Where | Firth's | By | Over |$)"
)
def _(reader, said):
    told = re.findall(rf"for ([^;,]+?) from ({NUM}) to ({NUM}), which (could not be compared|did not change the conclusion|"
                      rf"left \*P\* (?:not )?below [\d.]*\d|brought \*P\* (?:to not )?below [\d.]*\d|made it (?:not )?significant)",
                      said["parts"])  # fmt: skip
    yield "read", len(told), said["parts"].count("which ")
    for name, before, after, verdict in told:
        end = reader.endpoint(name)
        plain, firth = (reader.one("sparse", "hr", end, level=said["model"], term=t)
                        for t in ("likelihood", "firth"))  # fmt: skip
        yield "before", before, ratio(plain["estimate"])
        yield "after", after, ratio(firth["estimate"])
        yield "verdict", verdict, _moved(reader, plain, firth)
    yield "endpoints", len({name for name, *_ in told}), len(told)


def _moved(reader, plain, firth):
    one, two = reader.significant(plain), reader.significant(firth)
    if None in (one, two):
        return "could not be compared"
    if reader.style == "significance":
        return (
            "did not change the conclusion"
            if one == two
            else f"made it {'' if two else 'not '}significant"
        )
    if one == two:
        return f"left *P* {'' if one else 'not '}below {level(reader.alpha)}"
    return f"brought *P* {'' if two else 'to not '}below {level(reader.alpha)}"


@reads(r"Where maximum likelihood gave no finite (?P<model>crude|adjusted) hazard ratio, Firth's penalised likelihood "
       rf"gave (?P<parts>HR {HR_P} for [^;]+?(?:(?:; |, and )HR {HR_P} for [^;,]+?)*)\.(?= |$)")  # fmt: skip
def _(reader, said):
    told = re.findall(rf"HR ({HR_P}) for ([^;,]+)", said["parts"])
    for shown, name in told:
        end = reader.endpoint(name)
        plain, firth = (reader.one("sparse", "hr", end, level=said["model"], term=t)
                        for t in ("likelihood", "firth"))  # fmt: skip
        yield "no estimate", plain["estimate"], None
        yield "Firth", shown, _hr_p(reader, firth)


@reads(r"Firth's penalty gave no (?P<model>crude|adjusted) hazard ratio for (?P<named>[^.]+)\.")
def _(reader, said):
    for end in _same(reader, said["named"]):
        row = reader.one("sparse", "hr", end, level=said["model"], term="firth")
        yield "Firth", row["estimate"], None


@reads(r"No covariate moved the hazard ratio for (?P<named>[^.]+)\.")
def _(reader, said):
    for end in _same(reader, said["named"]):
        yield "moves", {ratio(row["estimate"]) for row in _shifts(reader, end)}, {"1.000"}


def _shifts(reader, end):
    return [row for key, rows in reader._by.items() if key[:3] == ("specification_summary", "shift", end)
            for row in rows if row["estimate"] is not None]  # fmt: skip


@reads(
    r"The covariate that moved the hazard ratio most was (?P<told>.+?)\.(?= As | However | No covariate |$)"
)
def _(reader, said):
    told = re.findall(r"for ([^()]+?) \(by a factor of ([<>]?[\d.]+) on average\)", said["told"])
    yield "read", len(told) > 0, True
    names = re.split(r", for | for ", said["told"])[0]
    rest = re.sub(
        r"(?:, )?for [^()]+? \(by a factor of [<>]?[\d.]+ on average\)", "|", said["told"]
    )
    called = [re.sub(r"^(?:,| and )+", "", part).strip(" ,") for part in rest.split("|")]
    called = [
        part.removeprefix("and ").strip() for part in called if part.removeprefix("and ").strip()
    ]
    for place, (name, factor) in enumerate(told):
        end = reader.endpoint(name)
        shifts = [row for key, rows in reader._by.items() if key[:3] == ("specification_summary", "shift", end)
                  for row in rows if row["estimate"] is not None]  # fmt: skip
        most = max(shifts, key=lambda row: abs(math.log(row["estimate"])))
        yield "factor", factor, ratio(most["estimate"])
        shown = called[place] if len(called) > 1 else called[0]
        yield "covariate", shown, small(reader.terms[most["term"]][0])
    yield "first", bool(names), True


# weights -----------------------------------------------------------------------------------------
@reads(r"Standardised mean differences above 0\.1 were left in (?P<u>none|\d+ of \d+) covariates without weights and in "
       r"(?P<i>none|\d+ of \d+) with inverse probability weights, and in (?P<o>none|\d+ of \d+) with overlap weights, which "
       r"make these means alike by construction\.")  # fmt: skip
def _(reader, said):
    for kind, name in (("unweighted", "u"), ("overlap", "o"), ("inverse", "i")):
        known = [row["estimate"] for row in reader.all("weighting", "smd", level=kind)
                 if row["estimate"] is not None]  # fmt: skip
        above = sum(abs(one) > 0.1 for one in known)
        yield kind, said[name], f"{above} of {len(known)}" if known else "none"


@reads(
    r"Standardised mean differences above 0\.1 were found in (?P<u>\d+ of \d+) covariates; there are no weights\."
)
def _(reader, said):
    weighted = [row for kind in ("overlap", "inverse")
                for row in reader.all("weighting", "smd", level=kind)]  # fmt: skip
    known = [row["estimate"] for row in reader.all("weighting", "smd", level="unweighted")
             if row["estimate"] is not None]  # fmt: skip
    yield "no weights", [row for row in weighted if row["estimate"] is not None], []
    yield "unweighted", said["u"], f"{sum(abs(one) > 0.1 for one in known)} of {len(known)}"


@reads(r"The inverse probability weights were (?P<not>not )?extreme: the largest was (?P<largest>[\d.]+), "
       rf"(?P<count>{COUNT}) patients? had one above ten, and the effective sample sizes were (?P<sizes>[\d.]+ of \d+ with .+?)\."
       rf"(?: (?P<out>[A-Z][a-z]+|\d+) patients? (?:was|were) of a kind that the other arm does not have\.)?(?= |$)")  # fmt: skip
def _(reader, said):
    count = reader.one("weighting", "extreme", level="inverse")["estimate"]
    largest = [
        row["estimate"] for row in reader.all("weighting", "largest_weight", level="inverse")
    ]
    sizes = reader.all("weighting", "effective_n", level="inverse")
    yield "largest", said["largest"], dec(max(largest), 1)
    yield "count", number(said["count"]), count
    extreme = count > 0 or min(row["estimate"] / row["n"] for row in sizes) < 0.5
    yield "extreme", not said["not"], extreme
    told = " and ".join(f"{dec(row['estimate'], 1)} of {row['n']:.0f} with {dict(reader.arms)[row['group']]}"
                        for row in sizes)  # fmt: skip
    yield "sizes", said["sizes"], told
    outside = reader.one("weighting", "outside")["estimate"]
    yield "outside", number(said["out"]) if said["out"] else 0, outside


@reads(r"Propensity weights are (?P<why>[^.]+)\.")
def _(reader, said):
    row = reader.one("weighting", "extreme")
    yield "weights", row["estimate"], None
    yield "why", said["why"], row["note"]


@reads(rf"Weighted, the hazard ratio for (?P<end>[^.]+?) (?:was (?P<told>{NUM} \({LIMITS}\) with .+?))?(?: and )?(?:could not be estimated with "
       r"(?P<lost>[^.]+?))?\.(?= Weighted| The E-value|$)")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    names = {"overlap weights": "overlap", "inverse probability weights": "inverse"}
    found = dict(
        (names[name], shown)
        for shown, name in re.findall(
            rf"({NUM} \({LIMITS}\)) with (overlap weights|inverse probability weights)",
            said["told"] or "",
        )
    )
    for key in names.values():
        row = reader.one("weighting", "hr", end, level=key)
        true = (
            None if row["estimate"] is None else f"{ratio(row['estimate'])} ({reader.limits(row)})"
        )
        yield key, found.get(key), true
    lost = sorted(names[one] for one in items(said["lost"] or ""))
    yield "lost", lost, sorted(set(names.values()) - set(found))


@reads(r"The E-value, the least strength as a risk ratio that an unmeasured confounder would need with both exposure "
       r"and outcome to explain a result away, (?:was (?P<told>[\d.]+ for .+?))?(?: and )?(?:could not be computed for "
       r"(?P<lost>[^.]+?))?\.(?= |$)")  # fmt: skip
def _(reader, said):
    told = re.findall(r"([\d.]+) for the (crude|adjusted) hazard ratio for ([^()]+?) \(([\d.]+) for its limit nearer to one"
                      r"(, as the interval takes in one)?\)", said["told"] or "")  # fmt: skip
    seen = set()
    for value, model, name, limit, inside in told:
        end = reader.endpoint(name)
        seen.add(end)
        yield (
            "inside",
            bool(inside),
            reader.one("e_value", "limit", end, level=model)["estimate"] <= 1,
        )
        for statistic, shown in (("estimate", value), ("limit", limit)):
            yield (
                statistic,
                shown,
                dec(reader.one("e_value", statistic, end, level=model)["estimate"], 2),
            )
    yield "read", len(told), (said["told"] or "").count("hazard ratio for")
    lost = _same(reader, said["lost"])
    yield "lost", lost, sorted(set(reader.endpoints) - seen)


@reads(r"Computed again by independent libraries: (?P<told>.+?)\.(?= |$)")
def _(reader, said):
    names = {"survival": "survival probabilities", "logrank": "log-rank *P* values",
             "cox": "adjusted hazard ratios and standard errors"}  # fmt: skip
    for term, name in names.items():
        rows = [row for key, found in reader._by.items() if key[0] == "second_opinion" for row in found
                if row["term"] == term]  # fmt: skip
        known = [row["estimate"] for row in rows if row["estimate"] is not None]
        library = rows[0]["method"]
        if known and max(known) < 1e-6:
            yield (
                name,
                f"{name} ({library})" in said["told"]
                and "agree to 0.000001 or better" in said["told"],
                True,
            )
        elif known:
            yield (
                name,
                f"{name} differ from {library} by up to {max(known):.1e}" in said["told"],
                True,
            )
        else:
            yield (
                name,
                bool(
                    re.search(
                        rf"{library} (?:was not asked|gave no answer) for {re.escape(name)}",
                        said["told"],
                    )
                ),
                True,
            )


# subgroups ---------------------------------------------------------------------------------------
SMALL_ARM = (r"(?P<m{0}>(?:not reached|[\d.]+ months)(?: \([^()]*\))?) with (?P<arm{0}>[^()]+?) \((?P<ev{0}>\d+) (?P<what{0}>[^()]+?) in "
             r"(?P<n{0}>\d+) patients?\)")  # fmt: skip
INSIDE = (
    rf"(?:[Tt]he hazard ratio for (?P<end>[^.]+?) was (?P<hr>{NUM}) \((?P<ci>{LIMITS})\), with medians of "
    + SMALL_ARM.format(1) + " and " + SMALL_ARM.format(0) + r"\.|[Mm]edian (?P<e2>[^.]+?) was "
    + SMALL_ARM.format(3) + " against " + SMALL_ARM.format(2) + rf" \((?P<hr2>hazard ratio not estimable|HR {NUM}, {LIMITS})\)\."
    r"|[Mm]edian (?P<e4>[^.]+?) was " + SMALL_ARM.format(4) + r"; there were no patients with (?P<gone>[^.]+?)\."
    r"|(?P<e3>[A-Za-z][^.,]*?) could not be estimated\.)"
)  # fmt: skip


@reads(r"In (?:patients with|the subgroup) (?P<group>[^,]+?), (?P<told>.+?)(?= In (?:patients with|the subgroup) | Whether the "
       r"hazard| Interaction could| Subgroups are)")  # fmt: skip
def _(reader, said):
    found = [name for name, label in reader.populations.items() if label == said["group"]]
    yield "subgroup", len(found), 1
    rest, ends = said["told"], []
    while rest:
        part = re.match(INSIDE, rest)
        if not part:
            yield "read", rest, ""
            return
        end = reader.endpoint(part["end"] or part["e2"] or part["e3"] or part["e4"])
        ends.append(end)
        rest = rest[part.end() :].strip()
        if part["e3"]:
            yield "rows", reader.all("survival", "median", end, found[0]), []
            continue
        if part["e4"]:
            yield from _one_arm_only(reader, part, end, found[0])
            continue
        row = reader.one("survival", "hr", end, found[0], group="difference")
        if part["end"]:
            yield "hr", (part["hr"], part["ci"]), (ratio(row["estimate"]), reader.limits(row))
        else:
            yield "hr", part["hr2"], reader.hr(row)
        shift = 0 if part["end"] else 2
        for place in (0, 1):
            code, label = reader.arms[place]
            own = reader.one("survival", "median", end, found[0], group=code)
            k = place + shift
            yield "arm", part[f"arm{k}"], label
            yield "median", part[f"m{k}"], reader.median(own)
            yield "counts", (int(part[f"ev{k}"]), int(part[f"n{k}"])), (own["n_events"], own["n"])
            _, single, several = reader.endpoints[end]
            yield "event", part[f"what{k}"], single if own["n_events"] == 1 else several
    yield "endpoints", ends, list(reader.endpoints)


@reads(
    r"Whether the hazard ratio differs between subgroups is asked by tests of interaction: (?P<told>.+?)\.(?= Interaction| Subgroups|$)"
)
def _(reader, said):
    told = re.findall(rf"(?:^|; |, and )([^;*]+?) ({P}) for ([^;,]+?)(?=;|, and |$)", said["told"])
    true = {(small(reader.terms[row["term"]][0]), reader.p(row), end) for end in reader.endpoints
            for row in _interactions(reader, end) if row["p_value"] is not None}  # fmt: skip
    yield "tests", {(name, p, reader.endpoint(end)) for name, p, end in told}, true


def _one_arm_only(reader, part, end, population):
    codes = {label: code for code, label in reader.arms}
    own = reader.one("survival", "median", end, population, group=codes[part["arm4"]])
    yield "median", part["m4"], reader.median(own)
    yield "counts", (int(part["ev4"]), int(part["n4"])), (own["n_events"], own["n"])
    gone = reader.all("survival", "median", end, population, group=codes[part["gone"]])
    yield "no patients", gone, []


def _interactions(reader, end):
    """Give the tests of interaction that stand with the curves: of the variables of subgroups."""
    return reader.all("survival", "interaction", end)


@reads(r"Interaction could not be tested with (?P<told>[^.]+)\.")
def _(reader, said):
    told = set()
    for part in items(said["told"]):
        name, _, end = part.rpartition(" for ")
        told.add((name, reader.endpoint(end)))
    true = {(small(reader.terms[row["term"]][0]), end) for end in reader.endpoints
            for row in _interactions(reader, end) if row["p_value"] is None}  # fmt: skip
    yield "untested", told, true


@reads(r"Subgroups are smaller than the whole; a difference seen in one and not in another is not evidence that the "
       r"two differ\.")  # fmt: skip
def _(reader, said):
    yield "subgroups", bool(reader.populations), True


# influence ---------------------------------------------------------------------------------------
@reads(r"The influence of single patients could not be measured for (?P<end>[^.]+?)\.")
def _(reader, said):
    rows = reader.all("influence", "dfbetas", reader.endpoint(said["end"]))
    yield "changes", [row for row in rows if row["estimate"] is not None], []


@reads(r"For (?P<end>[^.,]+), no patient moves a coefficient by 0\.01 standard errors\.")
def _(reader, said):
    rows = reader.all("influence", "dfbetas", reader.endpoint(said["end"]))
    known = [abs(row["estimate"]) for row in rows if row["estimate"] is not None]
    yield "most", known and dec(max(known), 2), "0.00"


MANY = r"(?:the most influential patients, one at a time|this patient)"


@reads(r"For (?P<end>[^.,]+), (?:the patient who moves a coefficient most \(study number (?P<who>\d+)\) moves that of "
       rf"(?P<name>.+?)|(?P<alike>{COUNT}) patients(?: \(study numbers (?P<numbers>[\d, and]+)\))? move a coefficient most, each(?: that of (?P<name2>.+?))?) "
       rf"by (?P<by>[\d.]+) standard errors; (?:(?P<least>at least )?(?P<above>{COUNT}) patients? (?P<verb>is|are)) above 2/√n"
       r"(?:; (?:the (?P<ex1>[^.;]+?)'s adjusted HR is not estimable"
       rf"(?P<not>, or not without one of them| with or without one of them)|without (?P<many>{MANY}), the "
       rf"(?P<ex2>[^.;]+?)'s adjusted HR was (?:between (?P<low>{NUM}) and (?P<high>{NUM})|"
       rf"(?P<only>{NUM}))))?\.(?= |$)")  # fmt: skip
def _(reader, said):
    end = reader.endpoint(said["end"])
    changes = [
        row for row in reader.all("influence", "dfbetas", end) if row["estimate"] is not None
    ]
    most = max(abs(row["estimate"]) for row in changes)
    top = [row for row in changes if math.isclose(abs(row["estimate"]), most, rel_tol=1e-9)]
    who = list(dict.fromkeys(row["group"] for row in top))
    yield "alone", bool(said["who"]), len(who) == 1
    if said["who"]:
        yield "who", said["who"], who[0]
    else:
        yield "alike", number(said["alike"]), len(who)
        yield "numbers", sorted(items(said["numbers"])), sorted(who) if len(who) <= 5 else []
    yield "by", said["by"], dec(most, 2)
    alone = len({(row["term"], row["level"]) for row in top}) == 1
    if name := said["name"] or said["name2"]:
        yield "coefficient", name.startswith(_named(reader, top[0]["term"])), True
    yield "one coefficient", bool(name), alone or len(who) == 1
    threshold = reader.one("influence", "threshold", end)
    above = {row["group"] for row in changes if abs(row["estimate"]) > threshold["estimate"]}
    yield "above", number(said["above"]), len(above)
    yield "verb", said["verb"], "are" if len(above) > 1 else "is"
    kept = {row["group"] for row in changes}
    yield "least", bool(said["least"]), bool(above) and above == kept and len(kept) < threshold["n"]
    without = [row for row in reader.all("influence", "hr_without", end) if row["group"]]
    yield "fitted again", bool(said["ex1"] or said["ex2"]), bool(without)
    values = [row["estimate"] for row in without if row["estimate"] is not None]
    if said["not"]:
        yield "not", said["not"].startswith(" with"), not values
    if said["many"]:
        yield "several", said["many"] != "this patient", len(without) > 1
        yield "known", len(values), len(without)
        if said["only"]:
            yield "value", said["only"], ratio(values[0])
        else:
            yield "range", (said["low"], said["high"]), (ratio(min(values)), ratio(max(values)))
    if exposure := said["ex1"] or said["ex2"]:
        yield "exposure", exposure, reader.exposure


# response and safety -----------------------------------------------------------------------------
@reads(r"(?:Without the patients not evaluable|With the patients not evaluable as failures), (?P<p1><<P>>) for the "
       r"objective response rate and (?P<p2><<P>>) for the disease control rate(?:; (?:(?P<neither>neither)|\*P\* of the "
       r"(?P<which>.+?)) crossed (?P<level>[\d.]*\d)|: (?P<verdict>neither verdict changed|the verdict on the .+? changed))\.(?= |$)")  # fmt: skip
def _(reader, said):
    changed = []
    for name, term, p in (
        ("objective response rate", "ORR", "p1"),
        ("disease control rate", "DCR", "p2"),
    ):
        before = reader.one("response", "p_value", term=term)
        others = [row for key, rows in reader._by.items() if key[:2] == ("response", "p_value") and key[3] != "all"
                  for row in rows if row["term"] == term]  # fmt: skip
        yield p, said[p], reader.p(others[0])
        if reader.significant(before) != reader.significant(others[0]):
            changed.append(name)
    if said["level"]:
        yield "level", said["level"], level(reader.alpha)
        yield "crossed", said["which"], " and the ".join(changed) if changed else None
    else:
        true = (
            f"the verdict on the {' and the '.join(changed)} changed"
            if changed
            else "neither verdict changed"
        )
        yield "verdict", said["verdict"], true


@reads(r"(?:Whether the difference in (?P<r1>objective response rate|disease control rate) (?:was significant|had \*P\* below "
       r"(?P<l1>[\d.]*\d)) depended on how|The difference in (?P<r2>objective response rate|disease control rate) (?P<how>was significant|was not "
       r"significant|had \*P\* below [\d.]*\d|had \*P\* not below [\d.]*\d) in whichever way) the patients not evaluable were "
       r"counted \((?P<p>\*P\* between [<>]?[\d.]+ and [<>]?[\d.]+|<<P>>)\)\."
       r"(?P<turns> Its direction depended on how they were counted\.)?"
       r"(?: By Fisher's exact test (?P<n>\w+) patients? with the other outcome would have moved its \*P\* across (?P<l2>[\d.]*\d)\.)?(?= |$)")  # fmt: skip
def _(reader, said):
    term = RATES[said["r1"] or said["r2"]]
    known = [row["p_value"] for row in reader.all("response_robustness", "p_value", term=term)
             if row["p_value"] is not None]  # fmt: skip
    low = sum(one < reader.alpha for one in known)
    yield "depended", bool(said["r1"]), 0 < low < len(known)
    if said["how"]:
        yield "how", "not" in said["how"], not low
    clear = {
        row["level"]
        for row in reader.all("response_robustness", "p_value", term=term)
        if row["p_value"] is not None and row["p_value"] < reader.alpha
    }
    gaps = [
        row["estimate"]
        for row in reader.all("response_robustness", "risk_difference", term=term)
        if row["level"] in clear
    ]
    yield "turns", bool(said["turns"]), bool(gaps) and min(gaps) < 0 < max(gaps)
    yield from _fragile(reader, said, term)
    ends = [reader.p({"p_value": value}).replace("*P* ", "").removeprefix("= ").replace("< ", "<").replace("> ", ">")
            for value in (min(known), max(known))]  # fmt: skip
    true = (
        f"*P* between {ends[0]} and {ends[1]}"
        if ends[0] != ends[1]
        else reader.p({"p_value": min(known)})
    )
    yield "span", said["p"], true


def _fragile(reader, said, term):
    rows = reader.all("response_robustness", "fragility", term=term)
    true = rows[0]["estimate"] if rows else None
    yield "fragility", number(said["n"]) if said["n"] else None, true
    if said["l2"]:
        yield "level", said["l2"], level(reader.alpha)


@reads(r"The (?P<rate>objective response rate|disease control rate) was compared in one way only\."
       r"(?: By Fisher's exact test (?P<n>\w+) patients? with the other outcome would have moved its \*P\* across (?P<l2>[\d.]*\d)\.)?(?= |$)")  # fmt: skip
def _(reader, said):
    term = RATES[said["rate"]]
    known = [
        row
        for row in reader.all("response_robustness", "p_value", term=term)
        if row["p_value"] is not None
    ]
    unknown = sum(
        row["estimate"] for row in reader.all("response_robustness", "not_evaluable", term=term)
    )
    yield "ways", len(known) < 2 or not unknown, True
    yield from _fragile(reader, said, term)


@reads(r"(?:The|(?:Without the patients not evaluable|With the patients not evaluable as failures), the) (?P<rate>objective response rate|disease control rate) was (?P<pc>[<>]?[\d.]+)% \((?P<x>\d+)/(?P<n>\d+); (?P<conf>[\d.]+)% CI "
       r"(?P<low>[\d.]+) to (?P<high>[\d.]+)\)(?: and the (?P<rate2>disease control rate) was (?P<pc2>[<>]?[\d.]+)% \((?P<x2>\d+)/(?P<n2>\d+); [\d.]+% CI "
       r"(?P<low2>[\d.]+) to (?P<high2>[\d.]+)\))?\.")  # fmt: skip
def _(reader, said):
    for name, end in (("rate", ""), ("rate2", "2")):
        if not said[name]:
            continue
        rows = [row for key, found in reader._by.items() if key[:2] == ("response", "percent") for row in found
                if row["term"] == RATES[said[name]] and row["n"] == int(said[f"n{end}"])]  # fmt: skip
        fits = [row for row in rows if (percent(row["estimate"]), dec(row["conf_low"], 1), dec(row["conf_high"], 1))
                == tuple(said[f"{one}{end}"] for one in ("pc", "low", "high"))]  # fmt: skip
        yield said[name], bool(fits), True
        yield (
            "count",
            round(100 * int(said[f"x{end}"]) / int(said[f"n{end}"]), 6),
            round(fits[0]["estimate"], 6) if fits else None,
        )


@reads(r"The most frequent(?P<table> of the table)? were (?P<told>.+?)\.(?= |$)")
def _(reader, said):
    parts = said["told"].split("; ")
    yield "arms", len(parts), len(reader.every)
    for part, (code, label) in zip(parts, reader.every, strict=False):
        if len(reader.every) > 1:
            terms, _, arm = part.rpartition(" with ")
            yield "arm", arm, label
        else:
            terms = part
        rows = [row for row in reader.all("safety", "patients", level="any", group=code)
                if row["term"] != "any_term" and row["estimate"] > 0]  # fmt: skip
        rows.sort(key=lambda row: -row["estimate"])
        shown = {f"{small(row['term'])} ({percent(100 * row['estimate'] / row['n'])}%)":
                 row["estimate"] for row in rows}  # fmt: skip
        named = items(terms) if terms != "none" else []
        # of equally frequent ones any may be named
        yield "terms", [shown.get(one) for one in named], [row["estimate"] for row in rows[:2]]


@reads(r"Treatment was stopped for good (?P<told>for .+?)\.(?= |$)")
def _(reader, said):
    told = re.findall(r"for ([^;]+?) in ([^;]+)", said["told"])
    reasons = [row for row in reader.all("discontinuation", "patients")]
    codes = list(dict.fromkeys(row["term"] for row in reasons))
    yield "reasons", len(told), len(codes)
    for (_name, shares), code in zip(told, codes, strict=False):
        true = []
        for group, label in reader.every:
            row = reader.one("discontinuation", "patients", term=code, group=group)
            share = percent(100 * row["estimate"] / row["n"])
            true.append(
                f"{row['estimate']:.0f}/{row['n']:.0f} ({share}%)"
                + f" with {label}" * (len(reader.arms) > 1)
            )
        yield code, shares, _joined(true)


@reads(r"Baseline values were missing for (?P<told>.+?); those patients are left out of the row\.")
def _(reader, said):
    rows = [row for row in reader.all("baseline", "missing", group="overall") if row["estimate"]]
    told = re.findall(
        r"(?:, | and |^)([^()]+?) \((\d+)(?:: (\d+ with [^()]+))?\)",
        said["told"],
    )
    yield "variables", len(told), len(rows)
    by_name = {small(reader.terms[row["term"]][0]): row for row in rows}
    for name, n, by_arm in told:
        row = by_name[name]
        yield "missing", int(n), row["estimate"]
        if by_arm:
            own = [(reader.one("baseline", "missing", term=row["term"], group=code), label)
                   for code, label in reader.every]  # fmt: skip
            true = [f"{one['estimate']:.0f} with {label}" for one, label in own]
            yield "by arm", by_arm, _joined(true)


@reads(r"Follow-up ended more than 1 month before the cut-off, without the event, in (?P<told>.+?)(?P<c>; completeness is the "
       r"observed share of the follow-up that was possible \(Clark's C\))?\.(?= |$)")  # fmt: skip
def _(reader, said):
    told = re.findall(
        r"(\d+) of (\d+) patients(?: with (.+?))?(?: \(completeness ([<>]?[\d.]+)%\))?(?= and \d|, \d|$)",
        said["told"],
    )
    groups = reader.arms if len(reader.arms) > 1 else [("overall", "")]
    of = "survival"
    if len(told) > 2:  # of all arms
        groups, of = reader.every, ALL_ARMS
    yield "groups", len(told), len(groups)
    rows = [row for key, found in reader._by.items() if key[1] in ("lost", "completeness") and key[0] == of
            for row in found]  # fmt: skip
    for (lost, n, arm, c), (code, label) in zip(told, groups, strict=False):
        yield "arm", arm, label
        own = {row["statistic"]: row for row in rows if row["group"] == code}
        yield "lost", (int(lost), int(n)), (own["lost"]["estimate"], own["lost"]["n"])
        yield (
            "C",
            c or None,
            percent(own["completeness"]["estimate"]) if "completeness" in own else None,
        )
    yield "said", bool(said["c"]), any(row["statistic"] == "completeness" for row in rows)


# where nothing is compared by survival -------------------------------------------------------------
GAP = r"(?:−?\d+(?:\.\d+)?) points \((?:−?\d+(?:\.\d+)?) to (?:−?\d+(?:\.\d+)?)\)"


def _gap(reader, row):
    return f"{dec(row['estimate'], 1)} points ({dec(row['conf_low'], 1)} to {dec(row['conf_high'], 1)})"


@reads(
    rf"The difference in (?P<rate>objective response rate|disease control rate), (?P<gap>{GAP}), (?P<body>.+?)\.(?= The difference in|$)"
)
def _(reader, said):
    term = RATES[said["rate"]]
    row = reader.one("verdict", "finding", term="rate", level=term)
    yield "gap", said["gap"], _gap(reader, row)
    checks = reader.all("verdict", "check", term="rate", level=term)
    agree = sorted(one["group"] for one in checks if one["method"] == "keeps")
    named = re.match(r"came out alike under (?:each of its checks: )?([^;.]+)", said["body"])
    yield "agree", _keys(named[1]) if named else [], agree


@reads(
    rf"The difference \((?P<b>.+?) minus (?P<a>.+?)\) was (?P<told>{GAP} for the (?:objective response|disease control) rate.*?)\.(?= |$)"
)
def _(reader, said):
    yield "arms", (said["b"], said["a"]), (reader.arms[1][1], reader.arms[0][1])
    told = re.findall(
        rf"({GAP}) for the (objective response rate|disease control rate)", said["told"]
    )
    true = [(_gap(reader, reader.one("verdict", "finding", term="rate", level=term)), name)
            for name, term in RATES.items()]  # fmt: skip
    yield "rates", told, true


@reads(r"(?P<end>[A-Z][^.,]*?) could not be estimated\.")
def _(reader, said):
    end = reader.endpoint(said["end"])
    yield "rows", reader.all("survival", "median", end), []


@reads(r"For (?P<end>[^,.]+), the (?P<exposure>[^.,]+?)'s hazard ratio (?:was (?P<hr>"
       + HR_P + r")|could not be estimated); there were no covariates\.")  # fmt: skip
def _(reader, said):
    row = reader.one(
        "cox_univariable", "hr", reader.endpoint(said["end"]), term="arm", level=reader.arms[1][0]
    )
    yield "exposure", said["exposure"], reader.exposure
    yield "hr", said["hr"], None if row["estimate"] is None else _hr_p(reader, row)
    yield (
        "covariates",
        {r["term"] for r in reader.all("cox_multivariable", "hr", reader.endpoint(said["end"]))},
        {"arm"},
    )
