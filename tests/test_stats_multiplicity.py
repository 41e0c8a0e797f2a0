"""Holm and Benjamini-Hochberg, against R's p.adjust."""

import gc
import math

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from cohortbook.stats.multiplicity import adjust


def test_adjusted_p_against_R():
    p = [0.041, 0.02, 0.008, 0.74, 0.03]
    assert adjust(p) == pytest.approx([0.09, 0.08, 0.04, 0.74, 0.09])
    assert adjust(p, "benjamini-hochberg") == pytest.approx([0.05125, 0.05, 0.04, 0.74, 0.05])


def test_missing_p_values_stay_missing_and_are_not_counted():
    got = adjust([0.01, math.nan, 0.04])
    assert got[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(got[1])
    assert adjust([]).size == 0


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method"):
        adjust([0.1], "bonferroni-ish")


@pytest.mark.parametrize(("method", "name"), [("holm", "holm"), ("benjamini-hochberg", "fdr_bh")])
def test_any_p_values_are_adjusted_as_statsmodels_does(monkeypatch, method, name):
    # statsmodels has memory tidied at each call of Holm's: the longer, the more tests went before
    monkeypatch.setattr(gc, "collect", lambda *_: 0)
    rng = np.random.default_rng(1)
    for n in range(1, 40):
        p = rng.random(n) ** 3
        p[: n // 3] = p[0]  # ties
        assert adjust(p, method).tolist() == multipletests(p, method=name)[1].tolist()
