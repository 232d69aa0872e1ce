# Two commands do all the set-up: `make demo` and `make test`. Both make the environment first if it is not there.
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
ABREAST := -n 2 --dist loadfile

.PHONY: demo test check clean

demo: .venv/ready
	$(BIN)/domain-tuner --workspace demo-workspace demo --port $(PORT)

test: check
	$(BIN)/python -m pytest -q $(ABREAST) -m "not quick" tests
	$(BIN)/python -m pytest -q -m gpu tests

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q $(ABREAST) -m quick tests

# constraints.txt pins every package; torch is installed first and alone, so that no other package picks its build.
.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q -c constraints.txt torch
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[test]'
	touch .venv/ready

clean:
	rm -rf .venv demo-workspace build *.egg-info
