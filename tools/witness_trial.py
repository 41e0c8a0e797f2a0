"""Search witnesses of survival tables that were printed from simulated trials: each has one.

    cd tools && python witness_trial.py [papers] [seed] [evaluations] [whole]

prints how many numbers of each are met, and after how many cohorts. Of the papers of
`audit_trial.py` the curves, the log-rank test and the crude row of the arms are taken; with `whole`
all rows, the adjusted model too.
"""

from __future__ import annotations

import sys

from audit_trial import Paper, consistent_paper
from cohortbook.published import Published
from cohortbook.published.witness.find import find_witness


def table(paper: Paper, whole: bool) -> Published:
    """Keep the survival table of a paper."""
    blocks = [block for block in paper["blocks"] if "survival" in block]
    for block in paper["blocks"]:
        crude = block.get("analysis") == "cox_univariable"
        if "ratios" in block and (whole or crude):
            rows = [row for row in block["ratios"] if whole or row["term"] == "arm"]
            arm = [row | {"level": "treated"} if row["term"] == "arm" else row for row in rows]
            blocks.append(block | {"ratios": arm})
    return Published.model_validate({"groups": paper["groups"], "blocks": blocks})


def main(papers: int = 20, seed: int = 1, evaluations: int = 1_000_000, whole: str = "") -> None:
    """Run the trial and print its table."""
    print("| patients | numbers | met | cohorts tried |\n|---|---|---|---|")
    every = 0
    for i in range(papers):
        published = table(consistent_paper(seed + i), bool(whole))
        found = find_witness(published, evaluations=evaluations)
        every += found.complete
        print(f"| {found.people.n} | {len(found.fit)} | {found.fit['met'].sum()} "
              f"| {found.run.done:,} |", flush=True)  # fmt: skip
    print(f"\n{every} of {papers} tables have a witness")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), *sys.argv[4:5])
