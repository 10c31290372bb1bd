# The front door. Bare `make` prints what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help

SOURCES := $(shell find api bench connectors domain local monitoring platform store workers -name '*.ts' 2>/dev/null)
CONSOLE := $(shell find console -type f -not -name '*.test.ts' 2>/dev/null)
STACK := node dist/local/main.js
# Line by line: a value may have spaces.
STACK_ENV = while IFS= read -r line; do export "$$line"; done < <($(STACK) env)

help: ## print this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

demo: build ## set everything up, pay the sample batches, show the results
	@$(STACK) up && node dist/local/demo.js

test: build ## everything: types, lint, models, unit, rails, integration on real servers
	@$(MAKE) --no-print-directory check
	@PROFILE=test npx vitest run --project integration

check: node_modules/.installed ## seconds: types, lint, models, unit tests
	@npx tsc -p tsconfig.json
	@npx tsc -p console
	@npx biome check --error-on-warnings .
	@npx bpmnlint 'bpmn/*.bpmn'
	@.ci/known-holes
	@npx vitest run --project unit

up: build ## start the servers, the simulators and the hub on this machine
	@$(STACK) up

down: build ## stop exactly what up started; keep the data
	@$(STACK) down

reset: build ## stop it and wipe its data; downloads stay
	@$(STACK) reset

status: build ## which server runs where
	@$(STACK) status

logs: build ## follow a log: make logs SERVER=workers
	@$(STACK) logs $(SERVER)

token: build ## an access token: make token USER=olga, or a tenant's machine: USER=ibank-usa
	@node dist/local/token.js '$(USER)'

bench: build ## measure BULK, PAYMENT and START; reports in bench/reports/
	@node dist/bench/main.js

chaos: build ## faults of a seed while batches flow: make chaos [SEED=n] [ROUNDS=n]
	@npx tsc -p test/chaos && node --enable-source-maps dist/test/chaos/main.js

rebuild: build ## project Zeebe's records anew, as far back as Kafka keeps them
	@$(STACK) stop monitoring && $(STACK_ENV) && node dist/monitoring/rebuild.js && $(STACK) start monitoring

audit-verify: build ## verify the audit's chains of hashes: make audit-verify [TENANT=ibank-usa]
	@$(STACK_ENV) && node dist/workers/audit-verify.js $(TENANT)

rail-check: build ## try a rail: make rail-check RAIL=gsma [PAYER=… PAYEE=… PAYEE_TYPE=msisdn AMOUNT=1 CURRENCY=USD YES=1]
	@node dist/local/rail-check.js

deploy: build ## deploy a model: make deploy MODEL=bpmn/bulk-transfer.bpmn [TENANT=ibank-usa]
	@node dist/local/deploy.js $(MODEL) $(TENANT)

format: node_modules/.installed ## put the code into the house's format
	@npx biome check --write .

build: dist/.built dist/.console-built

dist/.built: node_modules/.installed $(SOURCES) tsconfig.json tsconfig.build.json
	@npx tsc -p tsconfig.build.json && touch $@

dist/.console-built: node_modules/.installed $(CONSOLE)
	@npx vite build -c console/vite.config.ts --logLevel warn && touch $@

node_modules/.installed: package.json package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node 20 or newer'; exit 1; }
	npm ci --no-progress --loglevel=error
	@touch $@

clean: ## remove what was built; downloads and data stay
	rm -rf dist

.PHONY: help demo test check up down reset status logs token bench chaos rebuild audit-verify deploy rail-check format build clean
