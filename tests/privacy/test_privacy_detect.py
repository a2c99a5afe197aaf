"""Private values in free text are found by kind and place, and masked wherever the text goes.

The numbers below are made up: their check digits were computed by hand with the published rules.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.privacy.detect import (
    FINDINGS,
    find_column,
    find_private,
    is_bank_card,
    is_id_number,
    private_kinds,
    scrub,
    scrub_column,
)
from crmsheet.privacy.name_index import NameIndex, names_in

ID = "11010519491231002X"  # the example printed in GB 11643
CARD = "6222020000000000008"
MOBILE = "13812345678"


def test_the_standards_own_example_is_an_id_number() -> None:
    assert is_id_number(ID)
    assert is_id_number(ID.lower())
    assert not is_id_number("110105194912310021")  # another check digit
    assert not is_id_number("11010519491331002X")  # a thirteenth month


def test_bank_cards_pass_luhn() -> None:
    assert is_bank_card("4111111111111111") and is_bank_card("4111 1111 1111 1111")
    assert not is_bank_card("4111111111111112")
    assert not is_bank_card("0000000000000000")
    assert not is_bank_card("411111111111116")  # fifteen digits


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"身份证{ID}已核对", {"id-number"}),
        ("卡号4111 1111 1111 1111", {"bank-card"}),
        (f"请打{MOBILE}", {"mobile"}),
        ("电话138-1234-5678或+86 13912345678", {"mobile"}),
        ("１３８１２３４５６７８", {"mobile"}),
        ("发到 wang.li@company.com.cn 即可", {"email"}),
        (f"{MOBILE}@qq.com", {"email"}),
        (f"{ID} / {MOBILE}", {"id-number", "mobile"}),
        ("座机0592-2234123", set()),
        ("合同号2024030500012345678901", set()),
        ("C2024001 120万 2024-03-05", set()),
        ("12812345678", set()),
        ("4111111111111112", set()),
        ("138****5678", set()),
        ("", set()),
    ],
)
def test_kinds(text: str, kinds: set[str]) -> None:
    assert private_kinds(text) == kinds


def test_every_kind_has_its_finding() -> None:
    assert set(FINDINGS.values()) == {
        "private-id-number",
        "private-bank-card",
        "private-mobile",
        "private-email",
    }


def test_places_are_places_in_the_text_as_it_is_written() -> None:
    text = "请打１３８１２３４５６７８找他"
    (hit,) = find_private(text)
    assert (hit.kind, text[hit.start : hit.end]) == ("mobile", "１３８１２３４５６７８")


def test_scrubbing() -> None:
    assert scrub(f"请打{MOBILE}找张三丰", ["张三丰"]) == "请打138****5678找张*"
    assert scrub(f"{ID},wang@company.com,0592-2234123") == "110***************,w***@company.com,0592-****123"
    assert scrub("卡4111111111111111") == "卡************1111"
    assert scrub("科技有限公司需要200台", ["张三"]) == "科技有限公司需要200台"


def test_names_in_free_text() -> None:
    names = ["张三", "张三丰", "李", "王*", " 欧阳娜娜 ", ""]
    assert scrub("张三丰和张三见了欧阳娜娜、李总和王*", names) == "张*和张*见了欧阳*、李总和王*"
    assert (
        scrub("与李四、John Smith沟通采购经理一职", ["张三/李四(采购经理)", "John Smith", "采购经理"])
        == "与李*、J*沟通采购经理一职"
    )
    assert scrub("没有名字", []) == "没有名字"


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("张三", {"张三"}),
        ("张三(采购经理)", {"张三"}),
        ("张三（采购经理） 13812345678", {"张三"}),
        ("张三/李四", {"张三", "李四"}),
        ("张三、李四", {"张三", "李四"}),
        ("张三经理", {"张三经理", "张三"}),
        ("王女士", {"王女士"}),
        ("采购经理", set()),
        ("John Smith", {"John Smith", "John", "Smith"}),
        ("张*", set()),
        ("联系人001", set()),
        ("李", set()),
        ("-", set()),
        ("", set()),
    ],
)
def test_names_of_a_contact_cell(cell: str, names: set[str]) -> None:
    assert names_in(cell) == names


def test_columns() -> None:
    text = np.array([f"打{MOBILE}", None, "无事", f"{ID}", f"打{MOBILE}"], dtype=object)
    found = find_column(text)
    assert {kind: rows.tolist() for kind, rows in found.items()} == {
        "mobile": [True, False, False, False, True],
        "id-number": [False, False, False, True, False],
    }
    assert scrub_column(text, ["无事"]).tolist() == [
        "打138****5678",
        None,
        "无*",
        "110***************",
        "打138****5678",
    ]
    assert find_column(np.array([None], dtype=object)) == {}


# --- laws ------------------------------------------------------------

filler = st.text(alphabet="的电话客户abc,。;:/()-、 @", max_size=8)
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
private = st.one_of(
    mobiles, st.sampled_from([ID, CARD, "4111111111111111", "wang@company.com", "0592-2234123", "张三", "12"])
)
mixed = st.lists(st.one_of(filler, private, st.text(alphabet="0123456789-@.x*", max_size=6)), max_size=8).map(
    "".join
)
contacts = st.lists(st.text(alphabet="张三李四12ab@.", max_size=4), max_size=4)


@given(st.one_of(mixed, st.text(max_size=40)), contacts)
def test_scrubbing_twice_changes_nothing(text: str, names: list[str]) -> None:
    once = scrub(text, names)
    assert scrub(once, names) == once


@given(mixed)
def test_nothing_private_is_left(text: str) -> None:
    assert private_kinds(scrub(text)) == frozenset()


@given(
    st.text(alphabet="的电话客户,。 ", max_size=5), mobiles, st.text(alphabet="的电话客户,。 ", max_size=5)
)
def test_the_hidden_digits_of_a_mobile_are_gone(before: str, mobile: str, after: str) -> None:
    assert scrub(before + mobile + after) == f"{before}{mobile[:3]}****{mobile[7:]}{after}"


@given(st.text(max_size=60), contacts)
def test_hits_lie_in_order_and_apart(text: str, names: list[str]) -> None:
    ends = [0]
    for hit in find_private(text):
        assert ends[-1] <= hit.start < hit.end <= len(text)
        ends.append(hit.end)
    index = NameIndex(names)
    assert not any(name in index.mask(text) for name in index.names)


@given(st.text(alphabet="的客户需要台,。", max_size=40))
def test_text_without_anything_private_is_untouched(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("卡号6222 0212 3456 7890 18", "卡号6222 021****890 18"),  # digits that end as an area code and a number in groups
        ("座机 0592 123 4567", "座机 0592 ****567"),
        ("(0592)1234567", "(0592)****567"),
        ("电话01082345678", "电话010****678"),
    ],
)
def test_a_landline_in_groups_is_masked_and_the_search_ends(text: str, shown: str) -> None:
    assert scrub(text) == shown
