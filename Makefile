# Vitrine: `make demo` shows it at work, `make test` checks it.

SWIFT = swift
VITRINE = .build/release/vitrine

.PHONY: demo test build bench check-imports clean

# A site about EfficientNet-Lite0 from twenty photographs, in site/efficientnet-lite0.
demo:
	@.ci/install-dependencies with-pip
	@.ci/fetch-demo demo
	@$(MAKE) --no-print-directory build
	$(VITRINE) report demo/efficientnet-lite0.pth --images demo/photographs --labels demo/classes.txt \
		--title "What EfficientNet-Lite0 looks for" --seeds 2 --run demo/run --out site/efficientnet-lite0
	@echo "The site is at $(CURDIR)/site/efficientnet-lite0/index.html"

build:
	$(SWIFT) build --configuration release --product vitrine

# Numeric tests run optimised; an import that Package.swift does not name is an error.
test:
	@.ci/install-dependencies
	$(SWIFT) test --configuration release -Xswiftc -enable-testing --explicit-target-dependency-import-check error

# One step of the work, in milliseconds. Beside PyTorch: bench/compare.py.
bench: build
	@for what in forward gradient prototype; do \
		for batch in 1 16; do $(VITRINE) benchmark --architecture cifar_resnet20 --what $$what --batch $$batch; done; \
		$(VITRINE) benchmark --architecture efficientnet_lite0 --what $$what --batch 2; \
		$(VITRINE) benchmark --architecture resnet50 --what $$what --batch 2; \
	done

# No target imports what its entry in Package.swift does not name.
check-imports:
	$(SWIFT) build --explicit-target-dependency-import-check error

clean:
	rm -rf .build demo site/efficientnet-lite0
