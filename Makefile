# Two commands are enough: `make run` and `make test`. `make help` lists the others.
PYTHON ?= python3
VENV := .venv/bin
MANAGE := $(VENV)/python manage.py
TEST_SETTINGS := DJANGO_SETTINGS_MODULE=config.settings.test
# Whether migrations are missing is read from files; Django warns that it asked no database too.
NO_DATABASE := -W "ignore:Got an error checking a consistent migration history"
COMPILE := $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
# Nothing here opens a connection or protects anything: `check` only reads the settings.
DEPLOY := ENVIRONMENT=production DJANGO_SETTINGS_MODULE=config.settings.production \
	SECRET_KEY=only-for-this-check-aZ3xY7qW1eR5tT9uI0oP2sD4fG6hJ8kL \
	CLIENT_SECRET_PEPPER=only-for-this-check-000000000000000000 \
	ENCRYPTION_KEYS=b25seS1mb3ItdGhpcy1jaGVjay0wMDAwMDAwMDAwMDA= \
	DATABASE_URL=postgresql://checked@localhost/checked REDIS_URL=redis://localhost/0 \
	PUBLIC_URL=https://countersign.example ALLOWED_HOSTS=countersign.example \
	EMAIL_URL=smtp://localhost

.DEFAULT_GOAL := help
.PHONY: help base dev run test test-deps lint types cover bench screenshots deploy-check \
	requirements docs audit fmt ci

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

base:
	@$(PYTHON) config/launch/bootstrap.py base

dev:
	@$(PYTHON) config/launch/bootstrap.py dev

# `exec`: a SIGTERM for make reaches the supervisor itself, not a shell in between.
run: base ## Run everything in the foreground (PORT, HOST, DATA_DIR, DATABASE_URL, REDIS_URL, PUBLIC_URL)
	@exec $(VENV)/python -m config.launch.supervisor

test: dev ## Run the whole suite on PostgreSQL and Valkey of its own (ARGS="tests/oauth -x")
	@exec $(VENV)/python tests/run.py $(ARGS)

test-deps: ## Install what only some tests need: Chromium, Node and npm packages (Debian, Ubuntu)
	@sh config/launch/test-deps.sh

lint: dev ## Style, import order, templates, spelling, missing migrations, security patterns
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports
	$(VENV)/djlint templates --lint --quiet
	$(VENV)/codespell
	$(TEST_SETTINGS) $(VENV)/python $(NO_DATABASE) manage.py makemigrations --check --dry-run
	$(VENV)/bandit --quiet --configfile pyproject.toml --recursive apps config

types: dev ## Types, strictly
	$(VENV)/mypy

cover: dev ## The suite with branch coverage, and the floor of every app
	@COVERAGE=1 $(VENV)/python tests/run.py $(ARGS)
	@$(VENV)/python tests/coverage_floors.py

bench: dev ## Measure speed against the budgets
	$(VENV)/python -m benchmarks

screenshots: dev ## Pictures of the pages, into var/screenshots
	@SCREENSHOTS=var/screenshots exec $(VENV)/python tests/run.py tests/browser $(ARGS)

deploy-check: dev ## Django's own check of the production settings
	@$(DEPLOY) $(MANAGE) check --deploy --fail-level WARNING

requirements: dev ## Compile the locks again from requirements/*.in
	cd requirements && for name in bootstrap base dev production; do \
		../$(COMPILE) $(UPGRADE) $$name.in --output-file $$name.txt || exit 1; done

docs: dev ## Write docs/configuration.md from the code and docs/compliance.md from the tests
	$(VENV)/python -m config.variables > docs/configuration.md
	$(VENV)/python -m tests.conformance.compliance > docs/compliance.md

audit: dev ## Known vulnerabilities of what is locked (needs the network)
	$(VENV)/pip-audit --strict --disable-pip --requirement requirements/dev.txt

fmt: dev ## Put code into the house's form
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

ci: lint types deploy-check test ## What a change must pass
