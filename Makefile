# `make help` prints what each word does.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SUPPORTED := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
# The laws that `make check` explores with many examples, and `make test` tries with few.
LAWS := tests/domain/test_laws.py $(addprefix tests/, \
	letters/test_acts_in_letters.py::test_letters_of_random_lives_name_only_possible_moves \
	domain/test_scrub_corpus.py::test_the_time_grows_as_the_text_does \
	figures/test_signs.py::test_tail_and_band_are_those_of_scipy \
	view/test_effects.py::test_the_table_after_a_move_is_what_the_case_then_owes)
STAGE ?= $(or $(STACK),redress)
export DOMAIN MAIL_FROM OPS_EMAIL ADMIN ROSTER BUCKET PARAMETERS SETTINGS ADOPT CONFIRM

.PHONY: help run demo test pictures prove check figures bench years attack \
  worlds spark adopt rehearse beside firstdeploy pins package deploy destroy pages

help: ## Say what each word does.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z]+):.*## (.*)/make \1\t\2/' | expand -t 16

run: $(READY) ## Build the package, deploy it to a local AWS emulator and print its address; PORT=, EMULATOR_PORT=, POLICY=demo (minutes for hours).
	@$(BIN)/python -m infra.local.run

demo: $(READY) ## Play fourteen lives against the stack that make run POLICY=demo has up, and tell them; PORT=, EMULATOR_PORT=, LIVES=joint (a fifteenth).
	@$(BIN)/python -m infra.local.demo

# What Python compiles is kept, though the environment may say not to: with asserts rewritten it takes each
# worker 5 s. Files run by folder: the long ones of browser/ come first, and the many short ones of web/ even
# out the end. The package is built meanwhile, as tests would wait for it. If that fails, they tell why.
# Three workers keep two cores busy, because tests of pages and of the stack wait much.
test: $(READY) pages ## Install what the tests need and run them all; ARGS= goes to pytest, ON=moto has all of AWS on moto.
	@$(BIN)/python -m infra.static
	@$(BIN)/python -c "from infra import build; build.package()" >/dev/null 2>&1 & \
		PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder \
		$(ARGS)

pictures: $(READY) pages ## Open every page in a browser as the tests do, and store its picture in build/pages; ARGS= goes to pytest.
	@PICTURES=1 $(BIN)/python -m pytest --numprocesses=2 --dist=loadfile tests/browser $(ARGS)

prove: $(READY) ## Play whole lives with faults at every call to AWS, from kept seeds, and mail that hangs; N=2000 schedules.
	@$(BIN)/python -m tests.cloud.test_slow_mail
	@$(BIN)/python -m tests.cloud.prove $(or $(N),2000)

check: $(READY) ## Lint, check types, template and package, look for known weaknesses, unsafe resources, licences and secrets, generate clients of the interface, ask every operation as four kinds of caller, play many random lives.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m infra.build check
	@$(BIN)/python -m infra.audit
	@$(BIN)/python -m infra.hardening
	@$(BIN)/python -m infra.clients
	@$(BIN)/python -m pytest --quiet --numprocesses=2 tests/web/generated.py tests/infra/generated_client.py
	@$(BIN)/python -m pytest --quiet --numprocesses=2 --hypothesis-profile=explore -o faulthandler_timeout=3600 $(LAWS)
	@ON=moto $(BIN)/python -m pytest --quiet --numprocesses=2 tests/casework/test_promise.py tests/casework/test_delivery.py

figures: $(READY) ## Reckon every figure of the stack that is up into build/figures; FOLDER= takes an export on disk.
	@$(BIN)/python -m infra.figures $(FOLDER)

years: $(READY) ## Work five years at 2,000 complaints a day into the workers of figures and of the record, with their limits; TMPDIR= needs 6 GB.
	@$(BIN)/python -m tests.years

worlds: $(READY) ## Measure in simulated worlds how often signs and verdicts are wrong, and write the runbook's table; ONLY=found chooses, PERCENT=30 makes fewer runs.
	@nice -n 10 $(BIN)/python -m tests.worlds $(ONLY)

spark: $(READY) ## Run every view and statement of the figures in Spark's local mode and in DuckDB, and compare all rows; it needs Java 17 and fetches PySpark (400 MB) once.
	@nice -n 10 $(BIN)/python -m tests.spark

bench: $(READY) ## Measure what a move, a page, a cold start, a document and a life cost, and write build/bench.json.
	@$(BIN)/python -m tests.bench

attack: $(READY) ## Play what strangers and insiders tried against the stack that make run POLICY=demo has up; ONLY=S21 chooses.
	@$(BIN)/python -m tests.attack $(ONLY)

adopt: $(READY) ## Destroy the stack that make run POLICY=demo has up, adopt what stays, and use a link, a lookup, an account and a seal of before.
	@$(BIN)/python -m tests.adopt

rehearse: $(READY) ## Restore the table of the stack that make run POLICY=demo has up to before five steps of complaints; ONLY=file,accept chooses.
	@$(BIN)/python -m tests.rehearse

beside: $(READY) ## Play the lives of tests/life on one table, in turns with the release of another commit; BEFORE=the commit that is deployed now.
	@$(BIN)/python -m tests.beside "$(BEFORE)"

firstdeploy: $(READY) ## Deploy into an empty AWS on the emulator as make deploy does, file a complaint there, and deploy again.
	@$(BIN)/python -m tests.first_deploy

pins: $(READY) ## Look for the newest releases of all that is installed, and pin them with their hashes.
	@$(BIN)/python -m infra.pins

package: $(READY) ## Build out/: the deployment package and its CloudFormation template (sam.json); RUNTIME=3.13, ARCHITECTURE=arm64, WITHOUT=cognito,ses (China).
	@$(BIN)/python -m infra.build

deploy: $(READY) ## Deploy to AWS: make deploy STAGE=redress DOMAIN= MAIL_FROM= OPS_EMAIL= ADMIN=; ROSTER=staff.toml, PARAMETERS='Name=value …', SETTINGS=a.toml, ADOPT=adopt.json, BUCKET=.
	@$(BIN)/python -m infra.install "$(STAGE)"

destroy: $(READY) ## Delete the stack from AWS, not its stores: what stays is written to adopt.json; STAGE=redress, CONFIRM=its-name.
	@$(BIN)/python -m infra.destroy "$(STAGE)"

# uv installs in a fifth of pip's time. It reads no settings of pip (a mirror of PyPI, a certificate), so pip
# comes after it.
PINNED := -r requirements.txt -r infra/layer.txt -r infra/figures.txt -r infra/dev.txt
$(READY): requirements.txt infra/layer.txt infra/figures.txt infra/dev.txt
	@python=$$(for p in $(PYTHON) python3 python3.13 python3.12 python3.11; do $$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done); \
	if [ -z "$$python" ]; then echo "Python 3.11, 3.12 or 3.13 with venv is needed (name one with PYTHON=)."; exit 1; fi; \
	echo "Installing development packages into $(VENV) with $$($$python --version) …"; \
	test -x $(BIN)/python || $$python -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' infra/dev.txt >$(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes $(PINNED) || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $(PINNED)
	@touch $@

# Page tests drive Debian's chromium without windows, with a Chinese font. Tests of documents read them with
# poppler. Only root on Debian gets them unasked.
PAGES := chromium-headless-shell fontconfig fonts-noto-cjk poppler-utils
pages:
	@if command -v chromium-headless-shell >/dev/null && command -v pdfsig >/dev/null && \
		fc-list :lang=zh 2>/dev/null | grep -q .; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing chromium, a Chinese font and poppler …"; \
		apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PAGES) >/dev/null; \
	else echo "Tests need chromium, a Chinese font and poppler (on Debian: apt-get install $(PAGES))."; fi
