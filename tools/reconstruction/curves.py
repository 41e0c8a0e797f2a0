"""Kaplan-Meier medians, log-rank tests, possible courses and ages, as costs; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel import over
from .state import AFP, AGE, AGE_ORIGIN, TREATED, N

FIRST_COMBINATION = 31  # patients 0-30 have ICI alone
CHI_05, CHI_001, CHI_042 = 3.8415, 10.8276, 4.1353
EVENT_WEIGHT = 30.0
LEAST_FOLLOW_UP = 170  # tenths of a month from the last start to the cut-off
NO_EVENT_AT_MEDIAN = 60.0
COMBINATION = 2  # its place among the groups of `targets`
PART = np.concatenate([[0.0, 1.0], 1 / np.arange(2, N + 1)])  # 1/n, spared divisions


@njit(cache=True)
def median_cost(before, after, event_there, size, weight):
    """Cost of a median elsewhere: survival must jump over one half at the printed time.

    Over, not onto: so that R's midpoint rule and the smallest time give the same median.
    """
    cost = 0.0 if event_there else NO_EVENT_AT_MEDIAN
    if before < 0.504:
        cost += 40 + 25 * abs(size * (0.504 - before))
    if after > 0.496:
        cost += 40 + 25 * abs(size * (after - 0.496))
    return weight * cost


@njit(cache=True)
def survival_cost(x, t, order, e, deaths, medians, weight, combination):
    """Cost of the five medians of an endpoint (tenths of a month).

    That of the combination counts `combination` times as much as the others.
    """
    before = np.ones(5)
    after = np.ones(5)
    there = np.zeros(5, np.bool_)
    risk = np.zeros(5)
    died = np.zeros(5)
    for place in range(N - 1, -1, -1):
        who = order[place]
        arm = 1 + int(x[who, TREATED])
        high = x[who, AFP] > 0.5
        event = e[who]
        risk[0] += 1
        risk[arm] += 1
        died[0] += event
        died[arm] += event
        if high:
            risk[arm + 2] += 1
            died[arm + 2] += event
        if deaths[place] > 0:
            now = t[who]
            for g in range(5):
                if died[g] > 0 and now <= medians[g]:
                    factor = 1 - died[g] * PART[int(risk[g])]
                    after[g] *= factor
                    if now < medians[g]:
                        before[g] *= factor
                    else:
                        there[g] = True
                died[g] = 0.0
    cost = 0.0
    for g in range(5):
        part = median_cost(before[g], after[g], there[g], risk[g], weight)
        cost += part * combination if g == COMBINATION else part
    return cost


@njit(cache=True)
def logrank(x, order, e, deaths, chi):
    """Fill the log-rank chi-squared between arms: all, AFP >= 400, AFP < 400."""
    risk = np.zeros((2, 2), np.int64)
    died = np.zeros((2, 2), np.int64)
    excess = np.zeros(3)
    variance = np.zeros(3)
    for place in range(N - 1, -1, -1):
        who = order[place]
        arm, high = int(x[who, TREATED]), int(x[who, AFP])
        risk[high, arm] += 1
        died[high, arm] += e[who]
        if deaths[place] > 0:
            for g in range(3):
                n1 = risk[0, 1] + risk[1, 1] if g == 0 else risk[2 - g, 1]
                d1 = died[0, 1] + died[1, 1] if g == 0 else died[2 - g, 1]
                n = N - place if g == 0 else risk[2 - g, 0] + n1
                d = deaths[place] if g == 0 else died[2 - g, 0] + d1
                if d > 0 and n > 1:
                    share = n1 * PART[n]
                    excess[g] += d1 - d * share
                    variance[g] += d * share * (1 - share) * (n - d) * PART[n - 1]
            died[:] = 0
    for g in range(3):
        chi[g] = excess[g] ** 2 / variance[g] if variance[g] > 1e-9 else 0.0


@njit(cache=True)
def below(value, limit, weight):
    """Cost of a chi-squared that does not reach a limit: square, then straight."""
    short = limit - value
    if short <= 0:
        return 0.0
    return weight * short * short if short < 0.5 else weight * (short - 0.25)


@njit(cache=True)
def logrank_cost(x, order, e, deaths, endpoint, weight, exact_weight, low_weight):
    """Cost of the log-rank statements of an endpoint.

    `weight` is that of the tests of PFS that are below 0.001, `low_weight` that of the one of PFS
    with AFP < 400, `exact_weight` that of the one P printed as a number.
    """
    chi = np.empty(3)
    logrank(x, order, e, deaths, chi)
    cost = over(chi[2], CHI_05 - 0.5, 30.0 * low_weight if endpoint == 1 else 30.0)
    if endpoint == 1:
        for g in range(2):
            cost += below(chi[g], CHI_001 + 0.02, 60.0) * weight
        return cost
    cost += below(chi[0], CHI_05 + 0.05, 30.0)
    off = abs(chi[1] - CHI_042) - 0.015
    if off > 0:
        miss = 2000 * off * off if off < 0.05 else 5 + 100 * (off - 0.05)
        cost += exact_weight * miss
    return cost


@njit(cache=True)
def group_cost(x, e, groups):
    """Cost of other numbers of PFS events by arm and AFP than those aimed at."""
    seen = np.zeros(4, np.int64)
    for i in range(N):
        seen[2 * int(x[i, TREATED]) + int(x[i, AFP])] += e[i]
    cost = 0.0
    for g in range(4):
        if groups[g] >= 0:
            cost += EVENT_WEIGHT * float(seen[g] - groups[g]) ** 2
    return cost


@njit(cache=True)
def course_cost(t, e, events, lost_weight):
    """Cost of times that leave no way to the published responses and discontinuations.

    PD needs a progression within 4 months, SD and better an assessment before the end, CR and PR
    3 months: 13, 13, 3 patients of ICI alone and 3, 11, 6 of the combination (two and one more
    are not evaluable); 19 and 11 stopped for progression. Numbers of deaths and PFS events other
    than `events` also cost.
    """
    cost = 0.0
    for k in range(2):
        cost += EVENT_WEIGHT * float(e[k].sum() - events[k]) ** 2
    for i in range(N):
        cost += lost_weight * (e[0, i] == 0 and t[0, i] < LEAST_FOLLOW_UP)
    for arm in range(2):
        first = FIRST_COMBINATION if arm else 0
        last = N if arm else FIRST_COMBINATION
        early = no_disease_control = only_unknown = long = progressions = 0
        for i in range(first, last):
            pfs = t[1, i]
            progressed = e[1, i] == 1 and not (e[0, i] == 1 and pfs >= t[0, i])
            progressions += progressed
            can_progress = progressed and pfs <= 40
            can_control = pfs >= (20 if progressed else 14)
            early += can_progress
            no_disease_control += not can_control
            only_unknown += not can_control and not can_progress
            long += pfs >= 45
        missing = max(0, (3 if arm else 13) - early)
        missing += max(0, no_disease_control - (4 if arm else 15))
        missing += max(0, only_unknown - (1 if arm else 2))
        missing += max(0, (6 if arm else 3) - long)
        missing += max(0, (12 if arm else 20) - progressions)
        cost += 12.0 * missing
    return cost


@njit(cache=True)
def ages_fit(x, counts):
    """Tell whether the ages keep Table I: medians, ranges, 65 or more, Mann-Whitney P 0.555.

    Asymptotic, without continuity correction: 0.5545 <= P < 0.5555 is 0.58954 < |z| < 0.59103.
    """
    counts[:] = 0
    for i in range(N):
        year = int(x[i, AGE]) + AGE_ORIGIN - 47
        if year < 0 or year > 24:
            return False
        counts[int(x[i, TREATED]), year] += 1
    if counts[0, 0] > 0 or counts[0, 1] == 0 or counts[0, 24] == 0:
        return False
    if counts[1, 0] == 0 or counts[1, 22] == 0 or counts[1, 23] + counts[1, 24] > 0:
        return False
    seen = np.zeros(3, np.int64)
    median = np.zeros(2)
    upper = lower = -1
    for year in range(25):
        before = seen.copy()
        seen[0] += counts[0, year]
        seen[1] += counts[1, year]
        seen[2] = seen[0] + seen[1]
        if before[0] < 16 <= seen[0]:
            median[0] = year + 47
        if before[1] < 11 <= seen[1]:
            median[1] = year + 47
        if before[2] < 26 <= seen[2]:
            lower = year + 47
        if before[2] < 27 <= seen[2]:
            upper = year + 47
        if year == 17 and (seen[0] != 21 or seen[1] != 15):
            return False
    if median[0] != 59 or median[1] != 58 or lower + upper != 117:
        return False
    u = ties = 0.0
    smaller = 0
    for year in range(25):
        a, b = counts[0, year], counts[1, year]
        u += a * (smaller + 0.5 * b)
        smaller += b
        ties += float(a + b) ** 3 - (a + b)
    variance = 31 * 21 / 12 * (53 - ties / (52 * 51))
    z = abs(u - 31 * 21 / 2) / variance**0.5
    return 0.58956 < z < 0.59101
