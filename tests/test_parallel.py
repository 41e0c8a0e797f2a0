"""The same tasks give the same outcomes on local processes and on a cluster; none is lost."""

import os
import signal
import sys
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest

from cohortbook.analysis.robustness.bootstrap import bootstrap_draws
from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import CohortbookError
from cohortbook.parallel import SCHEDULER, Cluster, Local, executor

WEI = Path(__file__).parents[1] / "data" / "wei2026"
pytestmark = pytest.mark.filterwarnings("ignore")


def double(item):
    if item == "bad":
        raise CohortbookError("This point cannot be built.")
    return 2 * item


def die_once(item):
    """Kill the process the first time; the mark says that it has been."""
    folder, number = item
    mark = Path(folder) / f"{number}"
    if number == 1 and not mark.exists():
        mark.write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def always_die(item):
    if item == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def write_pid_and_sleep(folder):
    (Path(folder) / str(os.getpid())).write_text("")
    time.sleep(0.2)


def run_for_ever(folder):
    """Run by a process that is killed: a pool that never comes to an end."""
    Local(2).run(write_pid_and_sleep, [folder] * 1_000)


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path):
    parent = get_context("spawn").Process(target=run_for_ever, args=(str(tmp_path),))
    parent.start()
    assert until(lambda: len(list(tmp_path.iterdir())) == 2)
    parent.kill()
    parent.join()
    left = [path.name for path in tmp_path.iterdir()]
    ended = until(lambda: not any(map(runs, left)), seconds=60)
    for pid in left:
        if runs(pid):
            os.kill(int(pid), signal.SIGKILL)
    assert ended


@pytest.fixture(scope="module")
def address():
    """A real scheduler and two worker processes."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(params=["local", "cluster"])
def workers(request):
    if request.param == "local":
        return Local(2)
    return Cluster(request.getfixturevalue("address"))


def test_outcomes_are_in_the_order_of_the_items_and_told_as_they_come(workers):
    told = []
    outcomes = workers.run(double, [1, 2, 3], told.append)
    assert [outcome.value for outcome in outcomes] == [2, 4, 6]
    assert sorted(outcome.index for outcome in told) == [0, 1, 2]


def test_an_item_that_fails_says_why_and_the_others_finish(workers):
    outcomes = workers.run(double, [1, "bad", None])
    assert outcomes[0].value == 2
    assert outcomes[1].error == "This point cannot be built."
    assert outcomes[2].error.startswith("TypeError: ")


def test_a_worker_killed_in_the_middle_loses_nothing(workers, tmp_path):
    outcomes = workers.run(die_once, [(str(tmp_path), number) for number in range(4)])
    assert [outcome.value for outcome in outcomes] == [0, 1, 2, 3]
    assert (tmp_path / "1").exists(), "a process was killed"


def test_a_task_that_always_kills_its_process_is_given_up_alone():
    outcomes = Local(2).run(always_die, [0, 1, 2])
    assert [outcome.value for outcome in outcomes] == [0, None, 2]
    assert "killed" in outcomes[1].error


def test_another_version_on_a_worker_is_refused(address, monkeypatch):
    monkeypatch.setattr("cohortbook.parallel.sources_digest", lambda: "other")
    outcomes = Cluster(address).run(double, [1])
    assert outcomes[0].error.startswith("This worker has another version of cohortbook.")


def test_refits_of_a_build_are_the_same_on_a_cluster_to_the_last_bit(address, monkeypatch):
    cohort = load_cohort(WEI)
    few = cohort.study.robustness.model_copy(update={"resamples": 200})
    cohort = replace(cohort, study=cohort.study.model_copy(update={"robustness": few}))
    model = sys.modules["cohortbook.analysis.robustness.model"]
    monkeypatch.setattr(model, "WORTH_SECONDS", 0)  # as if each refit took long
    sent, run = [], Cluster.run
    monkeypatch.setattr(
        Cluster,
        "run",
        lambda self, *asked: sent.append(run(self, *asked)) or sent[-1],
    )
    here = bootstrap_draws(cohort, "os")
    assert not sent
    monkeypatch.setenv(SCHEDULER, address)
    pd.testing.assert_frame_equal(bootstrap_draws(cohort, "os"), here, check_exact=True)
    assert len(sent) == 2  # crude and adjusted
    assert all(len(parts) > 1 and not any(p.error for p in parts) for parts in sent)


def test_an_address_chooses_the_cluster():
    assert executor("tcp://127.0.0.1:1") == Cluster("tcp://127.0.0.1:1")
    assert executor(workers=3) == Local(3)
    with pytest.raises(CohortbookError, match=r"not installed|No Dask scheduler"):
        Cluster("no-such-protocol://x").run(double, [1])
