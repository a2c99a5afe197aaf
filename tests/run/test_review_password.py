"""Excel reviews under a password: nobody without it reads them, and nothing else of them lies about."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
from sheets import ROWS_SIMPLE, write_workbook
from test_command_line import AS_OF, crmsheet, refusal

WORD = "月下追-韩信 9"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": ROWS_SIMPLE})


@pytest.fixture
def word(tmp_path: Path) -> Path:
    path = tmp_path / "word.txt"
    path.write_text(WORD + "\n", encoding="utf-8")
    return path


def opened(path: Path, password: str = WORD) -> openpyxl.Workbook:
    """What Excel would show after the password."""
    out = io.BytesIO()
    office = msoffcrypto.OfficeFile(io.BytesIO(path.read_bytes()))
    office.load_key(password=password, verify_password=True)
    office.decrypt(out)
    return openpyxl.load_workbook(out)


def test_the_excel_review_opens_with_its_password_alone_and_no_page_lies_beside_it(book: Path, word: Path) -> None:
    done = crmsheet("process", book, *AS_OF, "--review-password-file", word)
    assert done.returncode == 0, done.stderr
    review = book.parent / "crmsheet-reviews" / "team-2024-03-20.xlsx"
    assert [path.name for path in review.parent.iterdir()] == [review.name]
    assert str(review) in done.stdout and WORD not in done.stdout + done.stderr
    assert not zipfile.is_zipfile(review)
    assert not any(name.encode("utf-16-le") in review.read_bytes() or name.encode() in review.read_bytes() for name in ("华创科技", "审核"))
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        opened(review, "other")
    sheets = opened(review).sheetnames
    crmsheet("process", book, *AS_OF)
    assert sheets == openpyxl.load_workbook(review).sheetnames


def test_owners_files_have_it_too(book: Path, word: Path) -> None:
    assert crmsheet("process", book, *AS_OF, "--per-owner", "--review-password-file", word).returncode == 0
    files = sorted((book.parent / "crmsheet-reviews" / "team-2024-03-20-owners").iterdir())
    assert files and {path.suffix for path in files} == {".xlsx"}
    assert all(opened(path).sheetnames for path in files)


def test_a_review_made_before_without_a_password_is_told(book: Path, word: Path) -> None:
    crmsheet("process", book, *AS_OF)
    done = crmsheet("process", book, *AS_OF, "--review-password-file", word)
    assert "team-2024-03-20.html" in done.stderr and "team-2024-03-20.json" in done.stderr
    assert "没有密码" in done.stderr


def test_decisions_are_read_back_from_it(book: Path, word: Path) -> None:
    """With its password; without, or with a wrong one, the refusal names the option that is meant."""
    crmsheet("process", book, *AS_OF, "--review-password-file", word)
    review = (book.parent / "crmsheet-reviews" / "team-2024-03-20.xlsx").rename(book.parent / "back.xlsx")
    assert "--review-password-file" in refusal(crmsheet("process", book, *AS_OF, "--decisions", review))
    wrong = book.parent / "wrong.txt"
    wrong.write_text("no", encoding="utf-8")
    assert "密码不正确" in refusal(crmsheet("process", book, *AS_OF, "--decisions", review, "--review-password-file", wrong))
    done = crmsheet("process", book, *AS_OF, "--decisions", review, "--review-password-file", word)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("content", "told"), [(None, "无法读取"), ("", "是空的")])
def test_no_password_is_told_before_anything_is_written(book: Path, content: str | None, told: str) -> None:
    before, file = book.read_bytes(), book.parent / "p.txt"
    if content is not None:
        file.write_text(content)
    assert told in refusal(crmsheet("process", book, *AS_OF, "--review-password-file", file))
    assert book.read_bytes() == before and not (book.parent / "crmsheet-reviews").exists()


def test_there_is_no_page_to_open(book: Path, word: Path) -> None:
    assert "--open" in refusal(crmsheet("process", book, *AS_OF, "--review-password-file", word, "--open"))
    assert not (book.parent / "crmsheet-reviews").exists()


def test_a_workbook_with_a_password_says_that_its_review_has_none(book: Path, word: Path) -> None:
    from crmsheet.workbook import encrypted

    book.write_bytes(encrypted(book.read_bytes(), WORD))
    done = crmsheet("process", book, *AS_OF, "--password-file", word)
    assert done.returncode == 0, done.stderr
    assert "--review-password-file" in done.stdout
