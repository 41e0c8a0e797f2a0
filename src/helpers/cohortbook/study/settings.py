"""How a study is computed and put to the test: statistics, and the analyses that it may ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from .model import Model, Month, Name
from .parts import Covariate, rising

Exponent = Annotated[float, Field(ge=0, le=10)]
PRECISION = 0.005  # Monte Carlo standard error of resampled limits, as a share of them
IMPUTED_PRECISION = 0.1  # that of pooled coefficients, as a share of their standard errors
FEWEST_COPIES, MOST_COPIES = 20, 200  # completed copies where that decides on their number
AT_RISK = 0.1  # share of each arm at risk at the horizon of a restricted mean, at least

PRESETS: dict[str, dict[str, str]] = {
    "spss": {"ties": "breslow", "conf_type": "plain", "quartiles": "type 6", "median": "first"},
    "r": {"ties": "efron", "conf_type": "log", "quartiles": "type 7", "median": "midpoint"},
}


class Statistics(Model):
    """The settings in force; what is not given comes from the preset."""

    preset: Literal["spss", "r"] = Field("r", description="Whose defaults are followed.")
    alpha: float = Field(0.05, gt=0, lt=0.5)
    conf_level: float = Field(0.95, gt=0.5, lt=1)
    ties: Literal["breslow", "efron"] | None = None
    conf_type: Literal["log-log", "log", "plain"] | None = Field(
        None, description="Transformation of the Kaplan-Meier confidence limits."
    )
    quartiles: Literal["type 6", "type 7"] | None = None
    median: Literal["first", "midpoint"] | None = Field(
        None, description="Median where the curve is level at one half."
    )
    median_limits: Literal["curve", "density"] = Field(
        "curve",
        description="Limits of a median: where the limits of the curve cross one half, or from the "
        "density of the curve there, as SPSS prints them.",
    )
    days_per_month: float = Field(
        30.4375, ge=28, le=31, description="Days that make a month; 365.25 / 12 by default."
    )
    fisher_beyond_2x2: bool = Field(
        False, description="Exact test also for sparse tables larger than 2 x 2."
    )
    percentages: Literal["column", "row"] = Field(
        "column", description="What the percentages of arms in Table 1 are of."
    )
    p_decimals: Literal[2, 3] | None = Field(
        None, description="Decimals of a P value from 0.01 on; the journal profile's if not given."
    )
    risk_times: list[Annotated[float, Field(ge=0)]] = Field(
        default_factory=list,
        description="Months of the tables of numbers at risk, rising; round "
        "months over the follow-up if not given.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        name = given.get("preset") or "r"
        preset = PRESETS.get(name, {}) if isinstance(name, str) else {}
        return {**preset, **{key: value for key, value in given.items() if value is not None}}


class Robustness(Model):
    """How far the effect of the treatment is put to the test."""

    resamples: int = Field(
        10_000, ge=100, le=100_000, description="Bootstrap resamples; large cohorts draw fewer."
    )
    precision: float = Field(
        PRECISION,
        gt=0,
        le=0.2,
        description="Monte Carlo standard error of the limits of a ratio, as a share of them, at "
        "which a bootstrap ends before `resamples` are made.",
    )
    seed: int = Field(1, ge=0, description="Seed of every draw: the same seed, the same report.")
    specifications: int = Field(
        4096,
        ge=2,
        le=65_536,
        description="Most sets of covariates tried; beyond, a seeded sample of them.",
    )
    landmarks: list[Month] = Field(
        [1, 2, 3, 6], description="Months of the landmark analyses, rising."
    )
    horizon: Month | None = Field(
        None,
        description="Month to which restricted means run; None is the rule of `horizon_at_risk`.",
    )
    horizon_at_risk: float = Field(
        AT_RISK,
        gt=0,
        lt=1,
        description="Share of each arm that is at risk at the horizon of restricted means, "
        "at least.",
    )
    p_adjustment: Literal["holm", "benjamini-hochberg", "none"] = Field(
        "holm", description="The adjusted P beside the unadjusted one in the table of all tests."
    )


class Missing(Model):
    """Missing covariates: from when on the report shows imputation, and how it is made."""

    over: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="Share of patients beyond which a covariate that is missing makes the report "
        "show multiple imputation beside the complete cases.",
    )
    copies: int | None = Field(
        None,
        ge=2,
        le=MOST_COPIES,
        description="Completed copies of the data; as `precision` asks if not "
        "given, from 20 to 200.",
    )
    precision: float = Field(
        IMPUTED_PRECISION,
        gt=0,
        le=1,
        description="Monte Carlo standard error of each pooled coefficient, as a share of its "
        "standard error, that the number of copies must bring about.",
    )
    rounds: int = Field(10, ge=1, le=100, description="Rounds of the chained equations.")
    tipping: dict[Name, list[float]] = Field(
        default_factory=dict,
        description="Covariates with what is added to their imputed values, in their unit, or to "
        "the log odds of each level but the first: a tipping point.",
    )


class Match(Model):
    """How treated patients are matched to patients of the reference arm."""

    method: Literal["nearest", "optimal"] = Field(
        "nearest",
        description="Each treated patient in turn gets the nearest one that is left, or as many as "
        "can be are matched with the least sum of distances.",
    )
    order: Literal["closest", "largest", "data"] = Field(
        "closest",
        description="Whose turn is first, if each gets the nearest: the closest pair of all, the "
        "largest score, or the first of the data.",
    )
    caliper: float | None = Field(
        0.2,
        gt=0,
        le=10,
        description="Largest distance within a pair, in standard deviations of the logit of the "
        "propensity score; null: none.",
    )
    ratio: int = Field(1, ge=1, le=10, description="Patients of the reference arm for each one.")


class Weighting(Model):
    """Asks for the arms made alike by the covariates of `cox`: weighted, matched, standardised."""

    endpoints: list[Name] | None = Field(
        None, min_length=1, description="Endpoints that are compared so; all if not given."
    )
    estimand: Literal["overlap", "ate", "att"] = Field(
        "overlap",
        description="Whose effect is weighted for: patients who might have had either treatment "
        "(overlap weights), all patients (inverse probability weights), or those of the comparison "
        "arm.",
    )
    match: Match | None = Field(None, description="Match the arms too; {} takes the defaults.")
    standardise: bool = Field(
        False,
        description="Also curves as if everybody had been in each arm (g-formula on a Cox model).",
    )
    resamples: int = Field(
        500, ge=100, le=100_000, description="Bootstrap resamples of standardised curves, at most."
    )


class NonProportional(Model):
    """How the arms are compared where hazards need not be proportional, chosen in advance.

    What is named here is shown whatever the test of proportional hazards finds.
    """

    endpoints: list[Name] | None = Field(
        None, description="Endpoints that are compared so; all if not given."
    )
    weighted_tests: list[tuple[Exponent, Exponent]] = Field(
        [(0, 0), (0, 1), (1, 0), (1, 1)],
        max_length=12,
        description="Fleming-Harrington tests as [rho, gamma], each event weighing S^rho (1 - "
        "S)^gamma: [0, 0] is the log-rank test, [0, 1] weighs late differences, [1, 0] early and "
        "[1, 1] those in the middle. Several are also judged together (MaxCombo).",
    )
    periods: list[Month] = Field(
        default_factory=list,
        max_length=12,
        description="Months, rising, at which periods with hazard ratios of their own end; the "
        "last period has no end.",
    )
    log_time: bool = Field(
        True, description="Whether a hazard ratio that changes with log time is fitted."
    )
    differences: list[Literal["survival", "restricted_mean"]] = Field(
        ["survival", "restricted_mean"],
        description="Differences between the arms that are drawn over time, with a band.",
    )

    @model_validator(mode="after")
    def _once_and_rising(self) -> NonProportional:
        if not rising(self.periods):
            raise ValueError("the ends of 'periods' do not rise")
        for name in ("endpoints", "weighted_tests", "differences"):
            given = list(getattr(self, name) or [])
            if len(set(given)) < len(given):
                raise ValueError(f"something stands twice in '{name}'")
        return self


class Spline(Model):
    """A continuous covariate whose effect need not be a straight line."""

    knots: int = Field(
        4, ge=3, le=5, description="Knots of its restricted cubic spline, at fixed quantiles."
    )
    reference: float | None = Field(
        None, description="Value whose hazard ratio is one; the median if not given."
    )


PENALTIES = {"lasso": 1.0, "elastic net": 0.5, "ridge": 0.0}  # by the share of the lasso


class PrognosticModel(Model):
    """A model that predicts an endpoint, and how it is judged; named before results are seen."""

    endpoint: Name | None = Field(
        None, description="Endpoint that is predicted; the primary one if not given."
    )
    covariates: list[Covariate] | None = Field(
        None,
        min_length=1,
        description="What it predicts from; the covariates of the Cox models if not given.",
    )
    arm: bool = Field(
        True, description="Whether it predicts from the arm too, where there are two."
    )
    horizon: Month = Field(
        description="Month by which the risk is predicted, and up to which it is judged."
    )
    resamples: int = Field(
        200, ge=20, le=10_000, description="Bootstrap resamples that give the optimism."
    )
    penalty: Literal["none", "lasso", "ridge", "elastic net"] = Field(
        "none",
        description="How coefficients are shrunken towards zero; how much is chosen by "
        "cross-validation.",
    )
    folds: int = Field(10, ge=3, le=50, description="Parts of the cross-validation.")
