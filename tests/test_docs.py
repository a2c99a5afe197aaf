"""The docs say what is true today."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from crmsheet.findings import CATALOGUE
from crmsheet.tables.spec import KINDS, table_spec

ROOT = Path(__file__).resolve().parent.parent


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs" / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["findings.md", "fields.md", "presets.md", "presets.en.md", "figures.md", "commands.md", "export.md", "export.zh.md", "architecture.svg", "library.md"])
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == maker().PAGES[name](), "run: python docs/make.py"


def test_the_picture_of_the_architecture_names_every_package() -> None:
    picture = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    packages = sorted(path.parent.name for path in (ROOT / "crmsheet").glob("*/__init__.py"))
    assert len(packages) > 15 and [name for name in packages if f"{name}/" not in picture] == []


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_both_readmes_name_the_same_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "sh sample_workbooks/run.sh" in text and "sh tests/run.sh" in text


def test_every_text_has_both_languages_with_the_same_braces() -> None:
    for path in (ROOT / "templates" / "locale").glob("*.toml"):
        for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            assert entry.keys() == {"zh", "en"}, f"{path.name}: {key}"
            zh, en = (set(re.findall(r"\{(\w+)", entry[lang])) for lang in ("zh", "en"))
            assert zh == en, f"{path.name}: {key}"


def test_every_finding_says_what_and_what_to_do_in_both_languages() -> None:
    for code, entry in CATALOGUE.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert all((entry.title_zh, entry.title_en, entry.zh, entry.en, entry.hint_zh, entry.hint_en, entry.source))


def test_every_field_has_a_header_a_type_and_a_source_and_no_word_is_two_fields() -> None:
    for kind in KINDS:
        spec = table_spec(kind)
        words: dict[str, str] = {}
        for field in spec.fields.values():
            assert re.fullmatch(r"S00[0-4]-\d+", field.source), field
            for word in (field.header, *field.also, *field.weak):
                assert words.setdefault(word, field.name) == field.name, f"{kind}: {word}"
            assert spec.strong, kind
        assert not spec.ambiguous.keys() & spec.strong.keys()
