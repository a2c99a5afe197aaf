"""A value of its own in every private place of a workbook; then every command, and every byte it leaves, is searched for them.

Only the workbook itself and its backups may hold them.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import html
import os
import re
import resource
import subprocess
import sys
import urllib.parse
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from sheets import Rows, write_workbook

import crmsheet.run
from crmsheet.cli import cli

DAY = dt.date(2024, 3, 1)
# Where each stands in the workbook: a failing test names the place.
CANARIES = {
    "contact": "阚雪鸢", "contact, two in a cell": "亓官岚", "phone": "13987650001", "phone as a number": "13987650002",
    "landline": "2233445", "mail": "kan.xueyuan", "mail in a phone cell": "qiguan77", "customer who is a person": "濮阳槿",
    "mobile in a summary": "13987650003", "identity number in a summary": "11010519900307099X", "card in feedback": "6222020001234567897",
    "mail in a plan": "secret.plan", "contact's name in a summary": "阚雪鸢", "mobile in a remark, full width": "１３９８７６５０００４",
    "mobile with a zero-width character": "1398765\u200b0005", "mobile in an unknown column": "13987650006",
    "mobile as a number in an unknown column": "13987650007", "mobile in an unreadable date": "13987650008",
    "mobile in an unreadable amount": "13987650009", "mobile in a tier": "13987650010", "mobile in an owner": "13987650011",
    "mobile in a company name": "13987650012", "mobile in a strategy": "13987650013", "mobile in a KPI": "13987650014",
    "mobile in a class": "13987650015", "mobile in a header": "13987650016", "mobile in a stage": "13987650017",
    "mobile in a need": "13987650018", "mobile in who followed up": "13987650019", "mobile in the approver": "13987650020",
    "mobile in an industry": "13987650021", "mobile in a word column": "13987650022", "mobile in an id of the log": "13987650023",
    "identity number of 15 digits": "110105900307099", "mobile in a method": "13987650024", "contact's name in a strategy": "公冶霁", "mobile in a topic": "13987650026",
    "mobile in a reason": "13987650027", "mobile in an adjustment": "13987650028", "mobile in a product": "13987650029",
    "mobile in a region": "13987650030", "mobile in a participant": "13987650031", "mobile in a rhythm": "13987650025",
}  # fmt: skip
C = CANARIES
CUSTOMERS: Rows = [
    ["客户编号", "客户名称", "客户类型", "负责人", "历史合作金额(万元)", "优先级", "联系人", "联系电话", "邮箱", "首次接触时间", "客户状态", "采购计划",
     "所属行业", "核心需求", "决策链", "备注", "附加信息", "编外", f"备用{C['mobile in a header']}", "分级日期", "审核人", "跟进周期(次/月)", "客户规模", "合作产品", "注册区域"],
    ["C0000001", "甲公司", "企业", "王*", 120, None, C["contact"], C["phone"], f"{C['mail']}@secret-mail.cn", DAY, "意向", "明确", "制造",
     f"找{C['mobile in a need']}谈", "清晰", f"打{C['mobile in a remark, full width']}", f"他的号{C['mobile in an unknown column']}",
     int(C["mobile as a number in an unknown column"]), "x", DAY, C["mobile in the approver"], f"每周{C['mobile in a rhythm']}", "500人以上", f"泵{C['mobile in a product']}", f"厦门{C['mobile in a region']}"],
    ["C0000002", f"乙公司{C['mobile in a company name']}", "企业", f"李{C['mobile in an owner']}", f"问{C['mobile in an unreadable amount']}",
     f"B{C['mobile in a tier']}", C["contact, two in a cell"] + "/" + C["contact's name in a strategy"], int(C["phone as a number"]), None, f"{C['mobile in an unreadable date']}前",
     f"成交{C['mobile in a stage']}", "模糊", f"行业{C['mobile in an industry']}", None, f"长{C['mobile in a word column']}",
     C["mobile with a zero-width character"], C["identity number of 15 digits"]],
    ["C0000003", C["customer who is a person"], "个人", "王*", 30, "B级", None, f"0592-{C['landline']} / {C['mail in a phone cell']}@qq.com", None, DAY, "流失"],
]  # fmt: skip
LOG: Rows = [
    ["客户编号", "跟进记录ID", "跟进时间", "跟进方式", "跟进人", "跟进主题", "沟通内容摘要", "客户反馈/异议", "下一步计划", "预计完成时间", "记录时间", "参与人员"],
    ["C0000001", "F1", DAY, "电话", "王*", f"报价{C['mobile in a topic']}", f"{C['contact']}说打{C['mobile in a summary']}，证件{C['identity number in a summary']}",
     f"价格太高，卡号{C['card in feedback']}", f"提交方案给{C['mail in a plan']}@secret-mail.cn和{C['contact']}", dt.date(2024, 3, 5), DAY, f"张{C['mobile in a participant']}"],
    ["C0000003", "F2", DAY, f"电话{C['mobile in a method']}", f"{C['mobile in who followed up']}", None, f"{C['customer who is a person']}不再合作，拒绝", "拒绝"],
    [C["mobile in an id of the log"], "F3", DAY, "电话", "李*", "x", "y", "z"],
]  # fmt: skip
STRATEGY: Rows = [
    ["客户名称", "客户类型", "当前核心策略", "关键监测指标", "效果评估", "负责人", "备注", "调整原因", "调整后策略"],
    ["甲公司", "A", f"稳住{C['mobile in a strategy']}和" + C["contact's name in a strategy"], f"复购率≥80%/70%；问{C['mobile in a KPI']}", "优", "王*", C["contact"],
     f"因{C['mobile in a reason']}", f"改为{C['mobile in an adjustment']}"],
]
CLASSES: Rows = [["分类名称", "分类标准", "客户数量"], [f"S类{C['mobile in a class']}", "≥100万", "3家"]]
AS_OF = ("--as-of", "2024-03-20")
REMIND = """[remind]
robots = ["wecom", "dingtalk", "feishu"]
lead = ["lead@example.com"]
[remind.mail]
server = "smtp.example.com"
sender = "crm@example.com"
[remind.people]
"*" = "someone@example.com"
"""


def runs(team: Path, folder: Path) -> Iterator[tuple[str, ...]]:
    """Every command as a user may give it, successes and refusals."""
    book, key = str(team), str(folder / "key")
    yield ("check", book, *AS_OF)
    yield ("check", book, *AS_OF, "--json")
    yield ("check", book, *AS_OF, "--strict", "--lang", "en")
    yield ("check", book, *AS_OF, "--tag", "制造")
    yield ("process", book, *AS_OF, "--dry-run")
    for lang in ("zh", "en"):
        for policy in ("priority", "crm", "profile", "followup", "strategy"):
            yield ("process", book, *AS_OF, "--policy", policy, "--output", str(folder / "backups" / f"{policy}.xlsx"), "--out", str(folder / f"out-{policy}-{lang}"),
                   "--lang", lang, "--json", "--per-owner", "--period", "month")  # fmt: skip
    yield ("process", book, *AS_OF, "--per-owner", "--json", "--period", "quarter")
    yield ("process", book, "--as-of", "2024-03-27", "--strict", "--approve", "all", "--approver", "赵总")
    yield ("process", book, "--as-of", "2024-04-03", "--decisions", str(team.parent / "crmsheet-reviews" / "team-2024-03-27.xlsx"))
    teams = ("process", book, str(folder / "backups" / "broken.xlsx"), "--as-of", "2024-04-03", "--rollup", str(folder / "all"))
    yield from (teams, (*teams, "--json", "--lang", "en"))
    for who in ("C0000001", "C0000003", "客户!B3", C["customer who is a person"], C["contact"], C["phone"], "C9"):
        yield ("explain", book, who, "--as-of", "2024-04-03")
        yield ("explain", book, who, "--as-of", "2024-04-03", "--json", "--lang", "en")
    yield ("explain", "private-mobile")
    later = ("--as-of", "2024-04-03")
    for more in ((), ("--json", "--lang", "en")):
        yield ("remind", book, *later, "--digest", "--ics", str(folder / "ics"), *more)
        yield ("remind", book, *later, "--send", "--dry-run", *more)
        yield ("plan", book, *later, "--period", "quarter", *more)
        for whose in ((), ("--from", "王*", "--to", "赵总", "--out", str(folder / "handover")), ("--from", C["contact"])):
            yield ("handover", book, *later, *whose, *more)
        yield ("simulate", book, *later, "--policy", "crm", *more)
        yield ("backtest", book, *later, "--from", "2024-02-01", "--to", "2024-03-31", *more)
        yield from ((name, book, *later, *more) for name in ("learn", "doctor"))
        yield ("export", book, *later, "--to", str(folder / "results.db"), *more)
        yield ("init", "--from", book, *later, *more)
    yield ("init", str(folder / "new.xlsx"))
    yield from (("policy", "check", "crm"), ("policy", "diff", "crm", "priority"))
    yield ("undo", book, "--list")
    yield ("undo", book)
    yield ("process", book, "--as-of", "2024-03-21")  # earlier than the last run
    yield ("process", book, *AS_OF, "--policy", "no-such-policy")
    yield ("process", book, *AS_OF, "--policy", str(folder / "bad.toml"))
    yield ("process", str(folder / "backups" / "broken.xlsx"), *AS_OF)
    yield ("check", str(folder / "backups" / "locked.xlsx"), *AS_OF)
    yield ("process", book, "--as-of", "2024-04-03", "--decisions", book)
    yield ("process", book, "--as-of", "2024-04-03", "--out", key)
    yield from (("forget", book, "C0000001", *AS_OF), ("forget", book, "C0000003", *AS_OF, "--json", "--lang", "en"))
    yield ("forget", book, C["contact"], *AS_OF)
    yield ("forget", book, "C0000003", *AS_OF, "--remove", "--dry-run")
    columns = "联系人,联系电话,邮箱,沟通内容摘要"
    yield ("protect", book, "--columns", columns, "--key-file", key, *AS_OF, "--dry-run")
    yield ("protect", book, "--columns", columns, "--key-file", key, *AS_OF, "--json")
    yield ("protect", book, "--columns", C["phone"], "--key-file", key, *AS_OF)
    yield ("reveal", book, "--columns", columns, "--key-file", str(folder / "other"), *AS_OF)
    yield ("reveal", book, "--columns", columns, "--key-file", key, *AS_OF, "--dry-run", "--lang", "en")
    yield ("reveal", book, "--columns", columns, "--key-file", key, *AS_OF, "--json")
    yield ("forget", book, "C0000003", *AS_OF, "--remove", "--json")
    yield from (("policy", "list"), ("policy", "show", "crm"))
    yield ("schema",)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All that the commands said and wrote, unfolded: what it is → text."""
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "team").mkdir()
    team = write_workbook(folder / "team" / "team.xlsx", {"客户": CUSTOMERS, "跟进记录": LOG, "策略": STRATEGY, "分类": CLASSES})
    (team.parent / "crmsheet.toml").write_text(REMIND, encoding="utf-8")
    prepare(folder, team)
    seen: dict[str, str] = {}
    for command in runs(team, folder):
        seen[" ".join(command)] = said(command)
    seen |= failures(team, folder)
    files = [p for p in folder.rglob("*") if p.is_file() and p != team and "backups" not in p.parts]
    assert {p.suffix for p in files} >= {".html", ".xlsx", ".json", ".jsonl"}
    return seen | {f"{p.relative_to(folder)}: {part}": text for p in files for part, text in unfolded(p)} | {str(p): str(p) for p in folder.rglob("*")}


def prepare(folder: Path, team: Path) -> None:
    for name in ("key", "other"):
        (folder / name).write_bytes(base64.b64encode(os.urandom(32)))
        (folder / name).chmod(0o600)
    (folder / "bad.toml").write_text('extends = "priority"\n[nonsense]\nx = 1\n', encoding="utf-8")
    (folder / "backups").mkdir()  # copies of the workbook that are whole, broken, or under a password: they may hold everything
    data = team.read_bytes()
    (folder / "backups" / "broken.xlsx").write_bytes(data[: len(data) // 2])
    (folder / "backups" / "locked.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))


def said(command: tuple[str, ...]) -> str:
    """What a command prints, the exception it died of included."""
    done = CliRunner().invoke(cli, [*command], standalone_mode=False, env={"LANG": None, "LC_ALL": None})
    return html.unescape(f"{done.output}{done.stderr}{done.exception or ''}")


def failures(team: Path, folder: Path) -> dict[str, str]:
    """Runs that somebody, the disk, or a fault of ours stops."""
    command = ("process", str(team), "--as-of", "2024-05-01")
    (team.parent / "~$team.xlsx").write_bytes(b"\x04Wang" + b" " * 50)
    seen = {"busy": said(command)}
    (team.parent / "~$team.xlsx").unlink()
    fault = pytest.MonkeyPatch()
    with fault.context() as patch:
        patch.setattr(crmsheet.run, "fill", _raise)
        seen["a fault of ours"] = said(command)
    child = subprocess.run([sys.executable, "-m", "crmsheet", *command, "--out", str(folder / "full")], capture_output=True, encoding="utf-8",
                           check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)))  # fmt: skip
    assert child.returncode in (2, 3), child.stderr
    return {**seen, "disk full": child.stdout + child.stderr}


def _raise(*_: object) -> None:
    raise ValueError(C["phone"])


def unfolded(path: Path) -> list[tuple[str, str]]:
    """Every text of a file: zip members inflated, packed lists unpacked, entities and %xx resolved."""
    data = path.read_bytes()
    parts = [("", data)]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts = [(name, archive.read(name)) for name in archive.namelist()]
    parts += [(f"packed {i}", gzip.decompress(base64.b64decode(one))) for i, one in enumerate(re.findall(rb"H4sI[A-Za-z0-9+/]+=*", data))]
    texts = [(name, content.decode("utf-8", "replace")) for name, content in parts]
    return [(name, html.unescape(text) + urllib.parse.unquote(text) + undone(text)) for name, text in texts]


def undone(text: str) -> str:
    r"""The text with JSON's \uXXXX resolved."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)


@pytest.mark.parametrize("place", CANARIES)
def test_no_output_holds_a_private_value(left: dict[str, str], place: str) -> None:
    value = CANARIES[place]
    plain = value.replace("\u200b", "")
    own = {command for command in left if value in command}  # whoever types it sees it in the command; not in the answer
    assert [what for what, text in left.items() if value in text or plain in text or folded(value) in text] == [], own


def folded(value: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in value)


def test_every_command_is_in_the_search(left: dict[str, str]) -> None:
    ran = {what.partition(" ")[0] for what in left}
    assert set(cli.commands) - {"demo"} <= ran  # demo makes a team of its own


def test_the_workbook_itself_holds_them_all(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS, "跟进记录": LOG, "策略": STRATEGY, "分类": CLASSES})
    cells = [str(cell) for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert [place for place, value in CANARIES.items() if not any(value in cell for cell in cells)] == []


def test_the_search_sees_what_is_packed(tmp_path: Path) -> None:
    find: Callable[[Path], bool] = lambda path: any(C["phone"] in text for _, text in unfolded(path))  # noqa: E731
    page, book = tmp_path / "page.html", write_workbook(tmp_path / "book.xlsx", {"x": [[C["phone"]]]})
    page.write_bytes(b"<p>" + base64.b64encode(gzip.compress(C["phone"].encode())) + b"</p>")
    assert find(page) and find(book)
