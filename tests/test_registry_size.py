"""A registry: R's numbers at a hundred thousand patients, and in less memory than its table."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cohortbook.analysis.cox import prognostic_factors, proportional_hazards
from cohortbook.analysis.survival import survival
from cohortbook.cohort.cohort import load_cohort
from cohortbook.results import one, pick

ROOT = Path(__file__).parents[1]
R = pd.read_csv(ROOT / "tests/reference/registry.csv", dtype={"name": str}).set_index(
    ["what", "name"]
)["value"]
N = 100_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The registry of the benchmarks, of which R had the same rows."""
    folder = tmp_path_factory.mktemp("registry")
    subprocess.run(
        [sys.executable, "-m", "benchmarks._registry_study", str(folder), str(N)],
        cwd=ROOT,
        check=True,
    )
    return folder


@pytest.fixture(scope="module")
def cohort(folder):
    return load_cohort(folder / "whole")


@pytest.mark.parametrize("endpoint", ["os", "pfs"])
def test_a_hundred_thousand_patients_have_the_numbers_of_r(cohort, endpoint):
    found = survival(cohort, endpoint)
    for arm in ("0", "1"):
        median = one(found, statistic="median", group=arm)
        expected = [
            R[f"{endpoint}_{name}", arm]
            for name in ("median", "0.95LCL", "0.95UCL", "records", "events")
        ]
        got = [median[c] for c in ("estimate", "conf_low", "conf_high", "n", "n_events")]
        assert got == pytest.approx(expected, rel=1e-9)
    test = one(found, statistic="logrank", group="difference")
    assert test["estimate"] == pytest.approx(R[f"{endpoint}_logrank", "chi2"], rel=1e-9)
    hr = pick(prognostic_factors(cohort, endpoint), analysis="cox_multivariable", statistic="hr")
    for row in hr[hr["note"] != "reference"].itertuples():
        name = f"{row.term}{row.level}"
        half = 1.959963984540054 * R[f"{endpoint}_se", name]
        expected = [R[f"{endpoint}_coef", name] + sign * half for sign in (0, -1, 1)]
        got = pd.Series([row.estimate, row.conf_low, row.conf_high])
        assert np.log(got).tolist() == pytest.approx(expected, abs=1e-8)
    zph = proportional_hazards(cohort, endpoint).set_index("term")["estimate"]
    for name in zph.index:
        assert zph[name] == pytest.approx(R[f"{endpoint}_zph", name], rel=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_registry_is_analysed_in_memory_that_its_table_does_not_fit_into(folder, tmp_path):
    pytest.importorskip("duckdb")
    rng, table = np.random.default_rng(1), pd.read_parquet(folder / "patients.parquet")
    more = {f"more_{i}": rng.integers(0, 1000, N).astype(float) for i in range(300)}
    table = pd.concat([table, pd.DataFrame(more)], axis=1)
    table.to_parquet(tmp_path / "patients.parquet", index=False)
    shutil.copy(folder / "study.yml", tmp_path)

    def limited(*command):
        one_thread = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        limit = ["sh", "-c", f'ulimit -d {640 * 1024} && exec "$@"', "sh", sys.executable]
        return subprocess.run(
            [*limit, *command],
            check=False,
            cwd=ROOT,
            capture_output=True,
            text=True,
            env=one_thread,
        )

    plain = "import pandas, sys; pandas.read_parquet(sys.argv[1])"
    assert "MemoryError" in limited("-c", plain, str(tmp_path / "patients.parquet")).stderr
    done = limited("-m", "benchmarks._registry_run", str(tmp_path), "typed")
    assert not done.returncode, done.stderr
    found = pd.read_csv(io.StringIO(done.stdout), names=["what", "name", "value"], dtype={1: str})
    assert set(found["what"]) == {"median", "0.95LCL", "0.95UCL", "logrank", "coef", "se", "zph"}
    expected = [R[f"os_{what}", name] for what, name in found[["what", "name"]].to_numpy()]
    assert found["value"].tolist() == pytest.approx(expected, rel=1e-5)
