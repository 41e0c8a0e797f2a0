"""Residuals, influence, baseline hazard and robust variance of a Cox fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .cox_likelihood import TieSums
from .times import Array

_BLOCK_ROWS = 65_536


class ResidualsMixin:
    """Methods of `CoxFit`; rows are those the fit kept, in their original order (see `kept`)."""

    def linear_predictor_sorted(self) -> Array:
        """x b about the mean of the covariates, in the likelihood's order of rows: (n,).

        Summed column by column, so that equal patients have equal values to the last bit, which a
        matrix product does not promise.
        """
        total = np.zeros(self.likelihood.rows.n)
        for column, beta in zip(self.likelihood.x.T, self._scaled(), strict=True):
            total += column * beta
        return total

    def _scaled(self) -> Array:
        return np.where(self.aliased, 0.0, self.coef) * self.likelihood.scale

    def _state(self) -> tuple[Array, TieSums]:
        """Unweighted and weighted risk and the sums over ties at the estimate."""
        _, _, r = self.likelihood.risks(self._scaled()[None])
        return r, self.likelihood.tie_sums(r)

    def _unsort(self, values: Array) -> Array:
        out = np.empty_like(values)
        out[self.likelihood.rows.order] = values
        return out

    def _moments(self) -> tuple[Array, TieSums, Array, Array]:
        """Weighted risk, sums, and S1 (K, p) and D1 (K, p, zero where untied) in scaled units."""
        likelihood = self.likelihood
        r, sums = self._state()
        s1 = likelihood.sums.first_moments(r)[0]
        d1 = np.zeros_like(s1)
        if sums.h2 is not None:
            events = likelihood.rows.event_rows
            d1 = likelihood.sums.first_moments_events(r[:, events])[0]
        return r, sums, s1, d1

    def risk_set_means(self) -> Array:
        """Mean covariates of the risk set at each event time, in scaled units: (K, p)."""
        _, sums, s1, d1 = self._moments()
        total = sums.h1[0][:, None] * s1
        if sums.h2 is not None:
            total = total - sums.h2[0][:, None] * d1
        return total / self.likelihood.event_weight[0][:, None]

    def martingale(self) -> Array:
        """Observed minus expected events of each row (R: ``residuals(type = "martingale")``)."""
        r, sums = self._state()
        hazard = self.likelihood.cumulative_hazard(sums)[0]
        expected = r[0] / self.likelihood.weights[0] * hazard
        return self._unsort(self.likelihood.rows.event - expected)

    def schoenfeld(self) -> tuple[Array, Array]:
        """Times (d,) and Schoenfeld residuals (d, p) of the events, in order of time.

        Covariates of the patient who had the event less the risk set's mean (R: ``type =
        "schoenfeld"``). Aliased columns are NaN.
        """
        rows, likelihood = self.likelihood.rows, self.likelihood
        gap = self.schoenfeld_scaled()
        gap *= likelihood.scale
        gap[:, self.aliased] = np.nan
        return rows.event_times[rows.event_k], gap

    def schoenfeld_scaled(self) -> Array:
        """The same residuals of the likelihood's scaled covariates, all columns: (d, p)."""
        rows = self.likelihood.rows
        gap = self.likelihood.x[rows.event_rows]
        for j, means in enumerate(self.risk_set_means().T):
            gap[:, j] -= means[rows.event_k]
        return gap

    def score_residuals(self) -> Array:
        """Each row's contribution to the score, (n, p), unweighted (R: ``type = "score"``)."""
        residual = self._score_scaled()
        residual *= self.likelihood.scale
        residual[:, self.aliased] = np.nan
        return self._unsort(residual)

    def _score_scaled(self) -> Array:
        likelihood, rows = self.likelihood, self.likelihood.rows
        r, sums, s1, d1 = self._moments()
        # per copy: R's score residuals are those before weights
        risk = r[0] / likelihood.weights[0]
        per = 1 / sums.s0[0]
        a, b, c = (None if part is None else (part[0] * per * per)[:, None]
                   for part in (sums.a, sums.b, sums.c))  # fmt: skip
        step = a * s1
        if sums.h2 is not None:
            step -= b * d1
        own = None if sums.h2 is None else b * s1 - c * d1
        hazard, mean = likelihood.cumulative_hazard(sums)[0], self.risk_set_means()
        lived = rows.running if likelihood.stays is None else likelihood.sums.lived
        residual = np.empty_like(likelihood.x)
        for j, x in enumerate(likelihood.x.T):  # a column at a time: a registry is held once
            drift = lived(step[:, j][None])[0]
            if own is not None:
                drift[rows.event_rows] -= own[rows.event_k, j]
            residual[:, j] = -risk * (x * hazard - drift)
            residual[rows.event_rows, j] += x[rows.event_rows] - mean[rows.event_k, j]
        return residual

    def dfbeta(self, standardised: bool = False) -> Array:
        """Approximate change of each coefficient when a row is left out: (n, p).

        R: ``type = "dfbeta"``; `standardised` divides by the standard errors (``dfbetas``).
        """
        used = ~self.aliased
        scores = self.score_residuals()
        # a row of weight w moves the estimate w times as far as one of its copies
        scores *= self._unsort(self.likelihood.weights[0])[:, None]
        covariance = self._naive_covariance()
        for start in range(0, len(scores), _BLOCK_ROWS):  # in place: a registry is held once
            block = scores[start : start + _BLOCK_ROWS]
            block[:, used] = block[:, used] @ covariance[np.ix_(used, used)]
        if standardised:
            scores /= self.std_err
        return scores

    def _naive_covariance(self) -> Array:
        """Inverse information at the estimate (the covariance, unless that is robust)."""
        # dfbeta takes the inverse information, also of a fit whose covariance is the sandwich made
        # of dfbeta
        if not self.robust:
            return self.covariance
        r, sums = self._state()
        info = self.likelihood.information(r, sums)[0][0]
        used, out = ~self.aliased, np.full(self.covariance.shape, np.nan)
        scale = self.likelihood.scale[used]
        out[np.ix_(used, used)] = np.linalg.inv(info[np.ix_(used, used)]) / np.outer(scale, scale)
        return out

    def with_robust_variance(self, cluster: Array | None = None):
        """The same fit with Lin and Wei's sandwich variance (R: ``robust = TRUE``).

        `cluster` (n,) numbers, from 0, the rows whose influence is summed before it is squared.
        """
        if self.likelihood is None:
            return replace(self, robust=True)
        # where coefficients ran away risks may be beyond any number: such errors mean nothing
        with np.errstate(over="ignore", invalid="ignore"):
            change = self.dfbeta()
            if cluster is not None:
                # summed before they are squared: rows of one patient lean the same way, and
                # squared one by one they would make the limits too narrow
                change = np.column_stack([np.bincount(cluster, column) for column in change.T])
            covariance = change.T @ change
            std_err = np.sqrt(np.diag(covariance))
        return replace(self, covariance=covariance, std_err=std_err, robust=True)

    def baseline_hazard(self) -> tuple[Array, Array]:
        """Event times and cumulative baseline hazard at covariates zero.

        Only for fits without strata; Breslow's or Efron's estimate, as the ties are (R:
        ``basehaz(fit, centered = FALSE)``).
        """
        if self.likelihood.rows.group_stratum is not None:
            raise ValueError("the baseline hazard of a stratified fit is one curve per stratum")
        r, sums = self._state()
        shift = np.log(r[0].max()) if np.all(self.likelihood.weights == 1) else 0.0
        eta = self.linear_predictor_sorted()
        # risks were scaled to a maximum of one: undo it and the centring
        offset = eta.max() - shift + float(
            np.where(self.aliased, 0.0, self.coef) @ self.likelihood.center
        )  # fmt: skip
        return self.likelihood.rows.event_times, np.cumsum(sums.h1[0]) * np.exp(-offset)
