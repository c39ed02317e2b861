# What people type. Each target says what it does, is silent about what is there already, and works twice in a row.

.PHONY: help demo clean-demo test build lint format check install deb test-deb benchmark clean

help:
	@echo "make demo        install what is missing, build, and show a small fleet from plan to psql"
	@echo "make clean-demo  stop what the demo started and remove it"
	@echo "make test        install what is missing, build, and run every test"
	@echo "make build       build .build/debug/pgsteer"
	@echo "make install     build for speed and put pgsteer into PREFIX/bin (/usr/local)"
	@echo "make deb         build for speed and make a Debian package;  make test-deb  tries it in a clean root"
	@echo "make lint        check the format;  make format  puts it right"
	@echo "make benchmark   print the numbers of docs/benchmarks.md"

demo:
	@scripts/install-dependencies
	@scripts/demo

clean-demo:
	@scripts/demo --clean

test:
	@scripts/install-dependencies --tests
	@scripts/fetch-postgres
	@scripts/test

build:
	@scripts/install-dependencies
	@swift build --product pgsteer

lint:
	@swift format lint --strict --recursive --parallel Sources Tests Package.swift

format:
	@swift format --in-place --recursive --parallel Sources Tests Package.swift

PREFIX ?= /usr/local
install:
	@scripts/install-dependencies
	@swift build -c release --static-swift-stdlib --product pgsteer
	@install -D -m 755 .build/release/pgsteer "$(DESTDIR)$(PREFIX)/bin/pgsteer"
	@echo "pgsteer is in $(DESTDIR)$(PREFIX)/bin"

deb:
	@scripts/install-dependencies
	@scripts/build-deb

test-deb: deb
	@scripts/test-deb .build/deb/pgsteer_*.deb

benchmark:
	@scripts/install-dependencies
	@swift build -c release --static-swift-stdlib --product pgsteer
	@Benchmarks/run

clean:
	@swift package clean
