"""The command as a user types it: output, exit codes, one-line refusals (SPEC §10)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import forked
import jsonschema
import openpyxl
import pytest
from sheets import ROWS_SIMPLE, write_workbook

from crmsheet.resources import sample_bytes, template_text

AS_OF = ("--as-of", "2024-03-20")


def crmsheet(*arguments: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process, without a locale unless one is given."""
    clean = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE")}
    return subprocess.run(
        [*forked.command(), *map(str, arguments)], cwd=cwd, env={**clean, **env}, encoding="utf-8", capture_output=True,
        check=False,
    )  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": ROWS_SIMPLE})


def refusal(result: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """The one line of a refusal."""
    assert result.returncode == code, result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    return lines[0]


def test_process_writes_back_and_names_the_review(book: Path) -> None:
    result = crmsheet("process", book, *AS_OF)
    assert result.returncode == 0, result.stderr
    folder = book.parent / "crmsheet-reviews"
    assert sorted(p.name for p in folder.iterdir()) == [f"team-2024-03-20.{kind}" for kind in ("html", "json", "xlsx")]
    assert str(folder / "team-2024-03-20.html") in result.stdout
    assert "3 个客户" in result.stdout
    assert "建议等级" in [cell.value for cell in openpyxl.load_workbook(book)["客户"][1]]


def test_json_is_the_only_thing_on_stdout_and_fits_the_schema(book: Path) -> None:
    result = crmsheet("process", book, *AS_OF, "--json")
    document = json.loads(result.stdout)
    jsonschema.Draft202012Validator(json.loads(template_text("result.schema.json"))).validate(document)
    assert document["customers"][0]["reasons"][0]["cells"] == ["客户!D2"]
    assert document["write"]["cells_changed"] > 0
    assert Path(document["outputs"]["html"]).is_file()
    assert "3 个客户" in result.stderr
    saved = json.loads((book.parent / "crmsheet-reviews" / "team-2024-03-20.json").read_text(encoding="utf-8"))
    assert saved["customers"] == document["customers"]


def test_several_workbooks_give_an_array_and_the_worst_code(book: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    second = write_workbook(tmp_path / "other" / "team.xlsx", {"客户": ROWS_SIMPLE})
    result = crmsheet("process", book, second, *AS_OF, "--json", "--out", tmp_path / "out")
    assert [d["workbook"] for d in json.loads(result.stdout)] == ["team.xlsx", "team.xlsx"]
    assert (tmp_path / "out" / "other-team-2024-03-20.html").is_file()
    assert crmsheet("process", book, tmp_path / "none.xlsx", *AS_OF).returncode == 2


def test_check_prints_what_was_recognised_column_by_column_and_writes_nothing(book: Path) -> None:
    before = book.read_bytes()
    result = crmsheet("check", book, *AS_OF)
    assert result.returncode == 0
    assert "客户表：客户，表头第 1 行，数据第 2–4 行" in result.stdout
    assert "D 列 历史合作金额(万元) = amount [万元]" in result.stdout
    assert "G 列 不认识的列：不认识，保留不动" in result.stdout
    assert "duplicate-customer" in result.stdout
    assert book.read_bytes() == before
    assert [p.name for p in book.parent.iterdir()] == ["team.xlsx"]


def test_strict_gives_1_when_there_are_errors(book: Path, tmp_path: Path) -> None:
    assert crmsheet("check", book, *AS_OF, "--strict").returncode == 1
    assert crmsheet("process", book, *AS_OF, "--strict").returncode == 1
    clean = write_workbook(tmp_path / "clean.xlsx", {"客户": ROWS_SIMPLE[:3]})
    assert crmsheet("check", clean, *AS_OF, "--strict").returncode == 0


def test_dry_run_lists_every_cell_and_opens_no_file_for_writing(book: Path, tmp_path: Path) -> None:
    trace = tmp_path.parent / f"{tmp_path.name}.trace"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C"}
    before = book.read_bytes()
    command = ["strace", "-f", "-qq", "-e", "trace=open,openat,creat,mkdir,rename,renameat,renameat2,unlink,unlinkat,link,truncate",
               "-o", str(trace), sys.executable, "-m", "crmsheet", "process", str(book), *AS_OF, "--dry-run"]  # fmt: skip
    result = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True)
    assert "客户!H1:  → 建议等级" in result.stdout
    assert "没有写入任何文件" in result.stdout
    assert book.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["team.xlsx"]
    calls = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    writing = ("O_WRONLY", "O_RDWR", "O_CREAT", "mkdir(", "rename", "unlink", "link(", "truncate(")
    wrote = [c for c in calls if any(w in c for w in writing) and "/dev/" not in c and "ENOENT" not in c]
    assert wrote == []


def test_help_imports_neither_pandas_nor_openpyxl() -> None:
    program = ("import sys\nfrom crmsheet.cli import invoke\nsys.argv = ['crmsheet', '--help']\n"
               "invoke()\n"
               "print(sorted({'pandas', 'openpyxl', 'numpy', 'jinja2', 'pydantic'} & sys.modules.keys()))")  # fmt: skip
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert "process" in result.stdout
    assert result.stdout.splitlines()[-1] == "[]"


# ---------------------------------------------------------------- refusals


def test_missing_file(tmp_path: Path) -> None:
    assert "none.xlsx" in refusal(crmsheet("process", tmp_path / "none.xlsx"))


def test_a_folder(tmp_path: Path) -> None:
    assert str(tmp_path) in refusal(crmsheet("process", tmp_path))


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "空"), (b"just text, no workbook", "不是"), (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "不是"),
     (b"PK\x03\x04 broken", ""), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "")],
)  # fmt: skip
def test_what_is_no_workbook(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    assert word in refusal(crmsheet("process", path))
    assert path.read_bytes() == content


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    refusal(crmsheet("process", path))


def test_an_encrypted_workbook_is_named_and_read_with_its_password(book: Path, tmp_path: Path) -> None:
    from msoffcrypto.format.ooxml import OOXMLFile

    sealed, word = tmp_path / "sealed.xlsx", tmp_path / "word.txt"
    with book.open("rb") as plain, sealed.open("wb") as out:
        OOXMLFile(plain).encrypt("s3cret", out)
    word.write_text("s3cret\n", encoding="utf-8")
    assert "密码" in refusal(crmsheet("process", sealed, *AS_OF))
    result = crmsheet("process", sealed, *AS_OF, "--password-file", word)
    assert result.returncode == 0, result.stderr
    assert "密码" in refusal(crmsheet("process", sealed, *AS_OF))  # it is still sealed
    assert crmsheet("check", sealed, *AS_OF, "--password-file", word).returncode == 0


def test_no_table_found(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "x.xlsx", {"流水": [["日期", "收入"], ["x", 1]]})
    line = refusal(crmsheet("process", path))
    assert "客户名称" in line and "流水" in line


@pytest.mark.parametrize("arguments", [("--policy", "priorty"), ("--as-of", "yesterday"), ("--nonsense",), ("--period", "year")])
def test_bad_options(book: Path, arguments: tuple[str, ...]) -> None:
    before = book.read_bytes()
    line = refusal(crmsheet("process", book, *arguments))
    if arguments[1:] == ("priorty",):
        assert "priority" in line
    assert book.read_bytes() == before


def test_no_arguments_and_unknown_commands() -> None:
    assert crmsheet("proces").returncode == 2
    refusal(crmsheet("process"))


def test_a_bad_settings_file_tells_every_fault_at_once(book: Path) -> None:
    (book.parent / "crmsheet.toml").write_text('polcy = "crm"\n[roles]\nsenor = ["总监"]\n', encoding="utf-8")
    line = refusal(crmsheet("check", book))
    assert "polcy" in line and "policy" in line and "roles.senor" in line and "senior" in line


def test_a_bad_policy_file_tells_every_fault_with_its_path(book: Path, tmp_path: Path) -> None:
    policy = tmp_path / "own.toml"
    policy.write_text('extends = "crm"\nversion = 2\n[[touches]]\ntier = "D"\nname = "x"\nevery = "7 days"\ncontent = "x"\nsource = "me"\n',
                      encoding="utf-8")  # fmt: skip
    line = refusal(crmsheet("check", book, "--policy", policy))
    assert "version" in line and "touches[0].every" in line and "touches[0].source" in line


def test_an_own_policy_extends_a_preset(book: Path, tmp_path: Path) -> None:
    policy = tmp_path / "own.toml"
    policy.write_text('extends = "priority"\nname = "ours"\n', encoding="utf-8")
    result = crmsheet("check", book, *AS_OF, "--policy", policy, "--json")
    assert json.loads(result.stdout)["policy"] == {"name": "ours", "version": "1"}


def test_an_unknown_field_in_the_column_map(book: Path) -> None:
    (book.parent / "crmsheet.toml").write_text('[columns.customers]\n"x" = "anual_amount"\n', encoding="utf-8")
    assert "annual_amount" in refusal(crmsheet("check", book))


def test_output_takes_one_workbook_and_not_the_original(book: Path, tmp_path: Path) -> None:
    assert "--output" in refusal(crmsheet("process", book, book, "--output", tmp_path / "o.xlsx"))
    assert "--output" in refusal(crmsheet("process", book, *AS_OF, "--output", book))


def test_english_by_option_and_by_locale(book: Path) -> None:
    assert "3 customers" in crmsheet("process", book, *AS_OF, "--lang", "en").stdout
    assert "3 customers" in crmsheet("check", book, *AS_OF, "--json", LC_ALL="en_US.UTF-8").stderr or "customers" in (
        crmsheet("check", book, *AS_OF, LC_ALL="en_US.UTF-8").stdout
    )
    assert "客户表" in crmsheet("check", book, *AS_OF, LC_ALL="C").stdout
    assert "客户表" in crmsheet("check", book, *AS_OF, LC_ALL="POSIX").stdout


def test_a_console_that_cannot_show_chinese_does_not_crash(book: Path) -> None:
    result = crmsheet("check", book, *AS_OF, PYTHONIOENCODING="latin-1")
    assert result.returncode == 0 and "Traceback" not in result.stderr


def test_policy_list_and_show() -> None:
    listed = crmsheet("policy", "list").stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["crm", "followup", "priority", "profile", "strategy"]
    import tomllib

    assert tomllib.loads(crmsheet("policy", "show", "crm").stdout)["tiers"] == ["A", "B", "C"]
    assert "priority" in refusal(crmsheet("policy", "show", "prioritty"))


def test_the_samples_run(tmp_path: Path) -> None:
    for name, day in (("team.xlsx", "2026-09-30"), ("documents.xlsx", "2024-03-20")):
        (tmp_path / name).write_bytes(sample_bytes(name))
        result = crmsheet("process", tmp_path / name, "--as-of", day, "--json")
        assert result.returncode == 0, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        jsonschema.Draft202012Validator(json.loads(template_text("result.schema.json"))).validate(document)
        before = (tmp_path / name).read_bytes()
        assert crmsheet("process", tmp_path / name, "--as-of", day).returncode == 0
        assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize(("folder_mode", "file_mode", "word"), [(0o555, 0o666, "权限"), (0o777, 0o444, "只读")])
def test_read_only_is_refused_before_anything_is_written(book: Path, folder_mode: int, file_mode: int, word: str) -> None:
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-m", "crmsheet", "process", str(book), *AS_OF]
    for folder in book.parents:
        if folder.stat().st_mode & 0o005 != 0o005:
            os.chmod(folder, folder.stat().st_mode | 0o005)
    os.chmod(book.parent, folder_mode)
    os.chmod(book, file_mode)
    before = book.read_bytes()
    try:
        result = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    finally:
        os.chmod(book.parent, 0o755)
    assert word in refusal(result)
    assert book.read_bytes() == before
    assert [p.name for p in book.parent.iterdir()] == ["team.xlsx"]


TAGGED = [
    ["客户编号", "客户名称", "负责人", "所属行业", "企业规模", "历史合作金额(万元)", "联系人"],
    ["C0000001", "甲公司", "王*", "新能源", 800, 60, "张三丰"], ["C0000002", "乙公司", "李*", "新能源", 20, 120, "李四光"],
    ["C0000003", "丙公司", "李*", "零售", 900, 30, None], ["C0000004", "丁公司", "赵*", "新能源", 900, 130, None],
]  # fmt: skip


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "tagged.xlsx", {"客户": TAGGED})


def test_check_lists_the_customers_with_all_of_some_tags_first_in_line_first(tagged: Path) -> None:
    result = crmsheet("check", tagged, *AS_OF, "--policy", "priority", "--tag", "新能源", "--tag", "规模-大型企业")
    assert (result.returncode, result.stderr) == (0, "")
    # 130万 is S, 60万 A; 130万 is worth 75 + 20 × 30/400 = 76.5, 60万 50 + 25 × 10/50 = 55
    assert result.stdout.splitlines() == [
        "带有标签 新能源、规模-大型企业 的客户：2 个（共 4 个）",
        "  C0000004 丁公司  负责人 赵*  等级 S  评分 77  【行业-新能源】【规模-大型企业】【价值-S级】",
        "  C0000001 甲公司  负责人 王*  等级 A  评分 55  【行业-新能源】【规模-大型企业】【价值-A级】",
    ]


def test_check_by_tag_as_json_holds_those_customers_only(tagged: Path) -> None:
    result = crmsheet("check", tagged, *AS_OF, "--policy", "priority", "--tag", "零售", "--json")
    document = json.loads(result.stdout)
    assert [customer["id"] for customer in document["customers"]] == ["C0000003"]
    jsonschema.Draft202012Validator(json.loads(template_text("result.schema.json"))).validate(document)


def test_a_tag_that_nobody_has_names_similar_ones(tagged: Path) -> None:
    result = crmsheet("check", tagged, *AS_OF, "--tag", "新能", "--lang", "en")
    assert (result.returncode, result.stdout) == (0, "no customer is tagged 新能; similar tags: 新能源、行业-新能源\n")
    assert crmsheet("check", tagged, *AS_OF, "--tag", "军工").stdout == "没有客户带有标签 军工\n"
