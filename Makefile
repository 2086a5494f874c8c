# Everything sets itself up: `make demo` and `make test` work on a fresh machine with python3 ≥ 3.11, make and a
# C++ compiler.

PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2

.PHONY: demo test test-full sanitize check docs docs-serve bench bench-setup clean

demo: .venv/.installed
	$(BIN)/vitreous demo -o demo-run --overwrite

test: .venv/.tested
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not full"
	VITREOUS_TEST_FLOAT32=1 $(BIN)/python -m pytest -n $(JOBS) -m "not full" tests/golden tests/transforms/test_singular.py tests/transforms/test_derivatives.py

test-full: .venv/.tested
	$(BIN)/python -m pytest -m full

# The native kernels under AddressSanitizer and UndefinedBehaviorSanitizer.
SANITIZED := build/sanitized
sanitize: .venv/.tested .venv/.compiling
	$(BIN)/cmake -S kernels-native -B $(SANITIZED) -G Ninja -DCMAKE_MAKE_PROGRAM=$(CURDIR)/$(BIN)/ninja \
	  -DCMAKE_BUILD_TYPE=Release -DVITREOUS_SANITIZE=ON -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python
	$(BIN)/cmake --build $(SANITIZED)
	mkdir -p $(SANITIZED)/python
	cp -r kernels-native/src/vitreous_native $(SANITIZED)/python/
	$(BIN)/cmake --install $(SANITIZED) --prefix $(SANITIZED)/python
	LD_PRELOAD="$$($(CXX) -print-file-name=libasan.so) $$($(CXX) -print-file-name=libubsan.so)" \
	  ASAN_OPTIONS=detect_leaks=0 PYTHONPATH=$(SANITIZED)/python \
	  $(BIN)/python -m pytest -n 0 -o timeout=1800 $(SANITIZED_TESTS)
SANITIZED_TESTS ?= tests/kernels/test_backends.py tests/kernels/test_gaussian_backends.py

check: .venv/.checked
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

docs: .venv/.documented
	$(BIN)/mkdocs build --strict

docs-serve: .venv/.documented
	$(BIN)/mkdocs serve

bench: .venv/.installed
	$(BIN)/python benchmarks/all.py

bench-setup:
	bash benchmarks/setup.sh

clean:
	rm -rf $${XDG_CACHE_HOME:-$$HOME/.cache}/vitreous-tests
	rm -rf .venv .venv-* demo-run site build dist .pytest_cache .ruff_cache .hypothesis

.venv/.created:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vitreous needs Python 3.11 or newer.")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	touch $@

.venv/.installed: .venv/.created .venv/.native pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

# Without a compiler this installs an empty package and says so; vitreous then computes in pure JAX.
NATIVE := $(wildcard kernels-native/*.t* kernels-native/src/cpp/* kernels-native/src/vitreous_native/*.py)
.venv/.native: .venv/.created $(NATIVE)
	$(BIN)/python -m pip install --quiet --no-cache-dir ./kernels-native
	@$(BIN)/python -c "import vitreous_native" 2> /dev/null || \
	  echo "vitreous-native was not compiled: is there a C++17 compiler? Pure JAX computes instead, several times slower."
	touch $@

.venv/.tested .venv/.checked .venv/.documented .venv/.compiling: .venv/.installed
.venv/.tested: GROUP = test
.venv/.checked: GROUP = check
.venv/.documented: GROUP = docs
.venv/.compiling: GROUP = native
.venv/.tested .venv/.checked .venv/.documented .venv/.compiling:
	$(BIN)/python -m pip install --quiet --group $(GROUP)
	touch $@
