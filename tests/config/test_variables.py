"""The configuration page says what the code reads, and nothing else."""

import re
from pathlib import Path

from config.variables import VARIABLES, render

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r'(?:env\.\w+\(\s*|env\.required\(\s*|environ(?:\.get\(|\[)\s*)"([A-Z][A-Z_]+)"')
# Of Django, the terminal and the tests; not configuration of the product.
OTHERS = {"DJANGO_SETTINGS_MODULE", "PATH", "PYTEST_XDIST_WORKER", "SAMPLE_DATA"}


def names_read() -> set[str]:
    sources = [ROOT / "config" / "env.py", *(ROOT / "config" / "settings").glob("*.py")]
    sources += (ROOT / "config" / "launch").glob("*.py")
    found: set[str] = set()
    for source in sources:
        found |= set(READ.findall(source.read_text(encoding="utf-8")))
    return found - OTHERS


def test_page_is_the_one_the_code_renders() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert page == render()


def test_every_variable_read_is_on_the_page() -> None:
    assert names_read() - {one.name for one in VARIABLES} == set()
