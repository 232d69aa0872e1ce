"""The house's own rules, read from the code: imports go one way, and each heavy library has its owners."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "domain_tuner", "retrieval")
MAY_IMPORT = {"app": set(ROOMS), "domain_tuner": {"domain_tuner", "retrieval"}, "retrieval": {"retrieval"}}
OWNERS = {
    "faiss": {"retrieval/index.py", "retrieval/index_kinds.py"},
    "sqlite3": {"retrieval/sqlite_store.py"},
    "psycopg": {"retrieval/postgres_connection.py", "retrieval/postgres_errors.py", "retrieval/postgres_store.py"},
    "sentence_transformers": {"retrieval/embedding.py"},
    "langchain_core": {"retrieval/langchain.py", "domain_tuner/langchain.py"},
    "langchain_text_splitters": {"retrieval/chunking.py"},
    "trl": {"domain_tuner/training.py"},
    "gradio": {"app/server.py", "app/page.py", "app/forms.py", "app/tabs"},
    "peft": {"domain_tuner/engine.py", "domain_tuner/training.py", "domain_tuner/methods"},
}
FORBIDDEN = ("pickle", "joblib", "dill", "marshal", "shelve")


def modules() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way_and_heavy_libraries_have_owners(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    for module in imports(path):
        top = module.split(".")[0]
        assert top not in FORBIDDEN
        assert top not in ROOMS or top in MAY_IMPORT[name.split("/")[0]], f"{name} imports {module}"
        if top in OWNERS:
            assert any(name == owner or name.startswith(owner + "/") for owner in OWNERS[top]), f"{name}: {module}"


def test_no_remote_code_and_no_shell() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in ("trust_remote_code", "shell"):
                assert isinstance(node.value, ast.Constant) and node.value.value is False, path


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from app.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'gradio', 'transformers', 'faiss', 'pandas', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
