"""Writes the reference pages and templates/workbook/ from the code itself: ``python docs/make.py``; a test fails when they are stale."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from coverage import TITLES, coverage_rows, demands
from exported import export_page, export_page_zh
from flow import flow_picture
from gallery import GALLERY
from gallery.example import Example
from library_page import library_page
from markup import MADE, table

from crmsheet.blank.paint import blank_workbook
from crmsheet.cli import cli
from crmsheet.findings import CATALOGUE, FindingCode, shown_source
from crmsheet.insight.figures import FIGURES
from crmsheet.judge.words import policy_rules
from crmsheet.policy.load import load_policy, preset_names
from crmsheet.tables.spec import KINDS, table_spec
from crmsheet.texts import Lang, texts
from crmsheet.workbook import cell_name

HERE = Path(__file__).resolve().parent
BLANKS = HERE.parent / "templates" / "workbook"
EXAMPLES = "Each example is a whole workbook; the cell in bold is where the finding stands, and `tests/checks/test_gallery.py` runs them all."
SEVERITY = {"error": "错误 error", "warning": "警告 warning", "info": "提示 info"}


def findings_page() -> str:
    """Every finding code: all at a glance, then each with what it means, what to do, and an example."""
    glance = [[f"[`{e.code}`](#{e.code})", SEVERITY[e.severity], e.title_zh, e.title_en, shown_source(e.source)] for e in CATALOGUE.values()]
    parts = [
        f"# 数据问题 · Findings\n{MADE}\n{len(glance)} codes. Names are stable. {EXAMPLES}\n",
        table(["code", "severity", "含义", "meaning", "source"], glance),
    ]
    examples = {example.code: example for example in GALLERY}
    parts += [_finding(entry, examples[entry.code]) for entry in CATALOGUE.values()]
    return "\n".join(parts)


def _finding(entry: FindingCode, example: Example) -> str:
    shown = [f"{entry.title_zh} · {entry.title_en} — {SEVERITY[entry.severity]}, {shown_source(entry.source)}\n"]
    shown.append(f"{entry.hint_zh}。 {entry.hint_en[0].upper()}{entry.hint_en[1:]}.\n")
    for name, rows in example.sheets.items():
        marked = [[_cell(value, f"{name}!{cell_name(r, c)}" == example.at) for c, value in enumerate(row, 1)] for r, row in enumerate(rows, 1)]
        width = max(map(len, marked))
        shown.append(f"{name}\n\n" + table(*_padded(marked, width)))
    where = f"发现于 {example.at}" if example.at else "不在某个单元格"
    shown.append("；".join(part for part in (where, example.note, _mend(example)) if part) + "。\n")
    return f"## {entry.code}\n\n" + "\n".join(shown)


def _cell(value: object, marked: bool) -> str:
    text = "" if value is None else str(value)
    return f"**{text or '（空）'}**" if marked else text


def _padded(rows: list[list[str]], width: int) -> tuple[list[str], list[list[str]]]:
    head, *rest = ([*row, *[""] * (width - len(row))] for row in rows)
    return head, rest


def _mend(example: Example) -> str:
    cells = [f"{place} 改为“{value}”" if value is not None else f"清空 {place}" for place, value in example.fix.items()]
    return f"修正：{'，'.join(cells)}" if cells else ""


def fields_page() -> str:
    """Every field of every table, with the words that are it."""
    parts = [f"# 字段 · Fields\n{MADE}\n"]
    for kind in reversed(KINDS):
        spec = table_spec(kind)
        rows = [[f"`{f.name}`", f.header, "、".join((*f.also, *f.weak)), f.type, f.source] for f in spec.fields.values()]
        parts.append(f"## {kind}（{'、'.join(spec.titles)}）\n\n{table(['field', '表头', '其他写法', 'type', 'source'], rows)}")
    return "\n".join(parts)


def presets_page(lang: Lang) -> str:
    """Every rule of every preset with its source."""
    title, other, told, head = {
        "zh": ("策略预设", "[English](presets.en.md)", "`crmsheet policy show NAME` 打印能直接载入的 TOML。", ["部分", "规则", "出处"]),
        "en": ("Presets", "[中文](presets.md)", "`crmsheet policy show NAME` prints TOML that loads.", ["part", "rule", "source"]),
    }[lang]
    parts = [f"# {title}\n{MADE}\n{other}\n\n{told}\n"]
    headers = {name: field.header for name, field in table_spec("customers").fields.items()}
    for name in preset_names():
        policy = load_policy(name)
        rows = [list(rule) for rule in policy_rules(policy, headers, lang)]
        parts.append(f"## {name} — {policy.title}（{' > '.join(policy.tiers)}）\n\n{table(head, rows)}")
    return "\n".join(parts)


def figures_page() -> str:
    """Every indicator: what it is made of, whether it is over a period, and the demand that it serves."""
    zh, en = texts("review", "zh"), texts("review", "en")
    tiers = {"top": "最高级", "second": "次级"}
    english = {"top": "the top tier", "second": "the second tier"}
    rows = [
        [f"`{name}`", zh[f"indicator_{name}"].format(**tiers), zh[f"made_of_{name}"].format(**tiers), en[f"made_of_{name}"].format(**english),
         "期间 period" if one.over_span else "截至日 as of", one.source]
        for name, one in FIGURES.items()
    ]  # fmt: skip
    headers = ["indicator", "指标", "口径", "made of", "over", "source"]
    gaps = [[f"`{key.removeprefix('why_')}`", zh[key], en[key]] for key in zh if key.startswith("why_")]
    why = table(["why", "没有数值的原因", "why there is no value"], gaps)
    return f"# 经营指标 · Indicators\n{MADE}\n{table(headers, rows)}\nWithout a denominator the value is null, shown —, and `why` says:\n\n{why}"


def commands_page() -> str:
    """The real ``--help`` of every command."""
    parts = [f"# 命令 · Commands\n{MADE}\n"]

    def add(command: click.Command, name: str, above: click.Context | None) -> None:
        context = click.Context(
            command, above, info_name=name, **{**command.context_settings, "max_content_width": 110, "terminal_width": 110}
        )
        parts.append(f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n")
        if isinstance(command, click.Group):
            for below in sorted(command.commands):
                add(command.commands[below], below, context)

    add(cli, "crmsheet", None)
    return "\n".join(parts)


def coverage_page() -> str:
    """Every demand of the documents: what serves it, and the test that shows it."""
    found = demands()
    offered, still = [one for one in found if one.offered], [one for one in found if one.open]
    served = len(found) - len(offered) - len([one for one in still if not one.by])
    told = (
        f"# 需求对照 · Coverage\n{MADE}\n{len(found)} demands of the five documents: {served} served, {len(offered)} that no program can do "
        f"(what is offered instead stands there), {len(still)} with something that is still to come.\n\n"
        "`field`, `band`, `rule`, `touch`, `event`, `score` are those of the [fields](fields.md) and [presets](presets.md); `finding` see "
        "[findings](findings.md), `indicator` [figures](figures.md), `command` [commands](commands.md), `setting` [settings](settings.md); "
        "`section` is one of the review, `owned` a column that is written back.\n"
    )
    parts = [told]
    for document, title in TITLES.items():
        parts.append(f"## {document} {title}\n\n{table(['id', 'demand', 'served by', 'shown by'], coverage_rows(document))}")
    return "\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "findings.md": findings_page, "fields.md": fields_page, "presets.md": partial(presets_page, "zh"), "presets.en.md": partial(presets_page, "en"), "figures.md": figures_page,
    "commands.md": commands_page, "coverage.md": coverage_page, "export.md": export_page, "export.zh.md": export_page_zh, "architecture.svg": flow_picture,
    "library.md": library_page,
}  # fmt: skip


def blanks() -> dict[str, bytes]:
    """templates/workbook/: what ``crmsheet init`` writes, a file a preset."""
    return {f"{name}.xlsx": blank_workbook(load_policy(name), "zh") for name in preset_names()}


def main() -> None:
    """Write all pages, and the blank workbooks."""
    for name, data in blanks().items():
        (BLANKS / name).write_bytes(data)
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
