# One command from a cohort to a report. `make` alone says what there is.
# Without make (Windows): uv run cohortbook report data/wei2026

STUDY ?= data/wei2026
ARGS ?=
RUN := .venv/bin/cohortbook
LOCKED := pyproject.toml uv.lock tools/install.sh

.DEFAULT_GOAL := help
.PHONY: help report check lab test notebooks benchmark schema clean

help: ## Say what there is
	@echo "make TARGET [STUDY=folder]      STUDY is $(STUDY) unless you name another folder"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
		awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

report: .venv/ready ## Build the report of STUDY: HTML, PDF, DOCX, figures, tables
	@$(RUN) report "$(STUDY)" $(ARGS)

check: .venv/ready ## Read and check STUDY without building anything
	@$(RUN) check "$(STUDY)" $(ARGS)

lab: .venv/ready-lab ## Open JupyterLab on the notebooks; ARGS="--no-browser --port=8899"
	@$(RUN) lab "$(STUDY)" $(ARGS)

test: .venv/ready-test ## Run every test, the notebooks' stored outputs included
	@# the default study has nothing for five notebooks; test_*_report.py run their cells
	@.venv/bin/python -m pytest -n 2 --dist loadfile tests notebooks \
		--ignore=notebooks/09-competing-events.ipynb --ignore=notebooks/10-missing-data.ipynb \
		--ignore=notebooks/11-changing-effects.ipynb --ignore=notebooks/12-weighted-curves.ipynb \
		--ignore=notebooks/13-prognostic-model.ipynb \
		--nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg $(ARGS)

notebooks: .venv/ready ## Run the source notebooks in place and store their outputs
	@.venv/bin/python tools/refresh_notebooks.py $(ARGS)

benchmark: .venv/ready-test ## Measure against other programs; PART=name for one part
	@.venv/bin/python -m benchmarks $(PART) --write

schema: .venv/ready ## Write data/study.schema.json, with which editors complete study.yml
	@$(RUN) schema --out data/study.schema.json

clean: ## Remove what builds leave behind; reports in _output and .venv stay
	rm -rf _build _generated _extensions/watched _variables.yml .cache .quarto .pytest_cache .ruff_cache .hypothesis

# The environment is that of uv.lock; a stamp says that it is up to date.
.venv/ready: $(LOCKED)
	@sh tools/install.sh && touch $@

.venv/ready-lab: $(LOCKED)
	@sh tools/install.sh --extra lab && touch $@ .venv/ready

.venv/ready-test: $(LOCKED)
	@sh tools/install.sh --group dev --extra lab --extra search --extra cluster --extra registry --extra chinese && touch $@ .venv/ready
