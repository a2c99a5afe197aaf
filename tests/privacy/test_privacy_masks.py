"""What is left of a person's data once it is masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.privacy.masks import (
    mask_bank_card,
    mask_contact,
    mask_email,
    mask_id_number,
    mask_name,
    mask_phone,
)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张*"),
        ("欧阳娜娜", "欧阳*"),
        ("欧阳", "欧*"),
        ("王女士", "王*"),
        ("John Smith", "J*"),
        ("王", "王*"),
        ("", ""),
    ],
)
def test_names_keep_the_surname(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("+8613812345678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("0592-1234123", "0592-****123"),
        ("(0592)1234123", "(0592)****123"),
        ("05921234123", "0592****123"),
        ("0592-1234123-801", "0592-****123"),
        ("010-62345678", "010-****678"),
        ("62345678", "****678"),
        ("13812345678/13987654321", "138****5678/139****4321"),
        ("13812345678、0592-2234123", "138****5678、0592-****123"),
        ("400-800-1234", "***-***-**34"),
        ("*13812345678", "**********78"),
        ("138 1234 5678 微信zhangsan", "138****5678 微信z***"),
        ("wang@company.com", "w***@company.com"),
        ("分机8001", "分机8001"),
        ("", ""),
    ],
)
def test_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_mails_cards_and_id_numbers() -> None:
    assert mask_email("wang@company.com") == "w***@company.com"
    assert mask_email("wang@company.com; li@company.com") == "w***@company.com; l***@company.com"
    assert mask_email("not a mail") == "n***"
    assert mask_bank_card("6222 0202 0011 2233") == "************2233"
    assert mask_id_number("11010119900307803X") == "110***************"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("name", "张*"),
        ("name", "*经理"),
        ("phone", "138****5678"),
        ("phone", "138xxxx5678"),
        ("email", "wang*company"),
        ("name", "联系人001"),
        ("wechat", "a*"),
    ],
)
def test_what_is_masked_stays_as_it_is(kind: str, text: str) -> None:
    assert mask_contact(kind, text) == text


@pytest.mark.parametrize("kind", ["name", "phone", "email", "bank-card", "wechat"])
@pytest.mark.parametrize("text", ["*13812345678", "张*13812345678", "* wang@company.com"])
def test_a_star_beside_a_whole_value_masks_nothing(kind: str, text: str) -> None:
    shown = mask_contact(kind, text)
    assert "13812345678" not in shown and "wang" not in shown


def test_contacts_are_masked_by_kind() -> None:
    assert mask_contact("phone", "13812345678") == "138****5678"
    assert mask_contact("email", "wang@company.com") == "w***@company.com"
    assert mask_contact("wechat", "wangxiaoming") == "****"  # nothing is shown of a kind nobody described
    assert mask_contact("wechat", "") == ""


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["{}{}{}", "{} {} {}", "{}-{}-{}"]))
def test_the_middle_of_a_mobile_is_gone(mobile: str, shape: str) -> None:
    masked = mask_phone(shape.format(mobile[:3], mobile[3:7], mobile[7:]))
    assert masked == f"{mobile[:3]}****{mobile[7:]}"


cells = st.one_of(st.text(max_size=30), st.text(alphabet="0123456789-/ ()转*@ab.xX张联系人", max_size=25))


@given(st.sampled_from(["name", "phone", "email", "id-number", "bank-card", "other"]), cells)
def test_masking_twice_is_masking_once(kind: str, text: str) -> None:
    masked = mask_contact(kind, text)
    assert mask_contact(kind, masked) == masked


@given(st.text(alphabet="0123456789-/ ()转*@ab.x", max_size=25))
def test_a_masked_phone_shows_no_long_number(phone: str) -> None:
    shown = mask_phone(phone)
    runs = "".join(character if character.isdigit() else " " for character in shown).split()
    assert all(len(run) <= 6 for run in runs)  # 12306.cn is a domain


@given(st.from_regex(r"[\u4e00-\u9fa5]{2,4}", fullmatch=True))
def test_a_masked_name_is_a_surname_and_a_star(name: str) -> None:
    shown = mask_name(name)
    assert shown.endswith("*") and name.startswith(shown[:-1]) and len(shown) <= 3
    assert len(shown) - 1 < len(name)
