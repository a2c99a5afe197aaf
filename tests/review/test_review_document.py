"""The result document: names, nulls and units as the specification of ``--json`` fixes them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from crmsheet.model import Outcome, Receipt
from crmsheet.review import document as document_module
from crmsheet.review.document import document, dump, schema, streamed_document

SHEET = "客户信息基础表"
VALIDATOR = jsonschema.Draft202012Validator(schema())


def loaded(outcome: Outcome, lang: str = "zh", **outputs: Any) -> Any:
    def never(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(b"".join(dump(document(outcome, lang, outputs))), parse_constant=never)  # type: ignore[arg-type]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("count", [0, 1, 120])
def test_the_document_keeps_to_its_schema(
    count: int, lang: str, make_outcome: Callable[..., Outcome]
) -> None:
    result = loaded(make_outcome(count), lang)
    VALIDATOR.validate(result)
    assert (len(result["customers"]), result["schema"], result["as_of"]) == (
        count,
        "crmsheet.result/1",
        "2024-03-20",
    )


@pytest.mark.parametrize(
    "path",
    [("tables", 0, "fields"), ("customers", 0, "to_next_tier"), ("customers", 0, "next_action", "source"),
     ("strategies", 0, "kpis", 0, "attainment"), ("indicators", "overdue_rate", "denominator"), ("findings", 0, "hint"),
     ("write", "backup"), ("outputs", "xlsx"), ("policy", "version")],
    ids=str,
)  # fmt: skip
def test_the_schema_misses_every_name_that_is_left_out(path: tuple[Any, ...], outcome: Outcome) -> None:
    result = place = loaded(outcome)
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    assert not VALIDATOR.is_valid(result)


@pytest.mark.parametrize(
    ("path", "value"),
    [(("customers", 0, "move"), "upgrade"), (("customers", 0, "pool"), "休眠"), (("customers", 0, "status"), "待跟进"),
     (("findings", 0, "severity"), "fatal"), (("customers", 0, "bands", "worth"), "高"), (("as_of",), "2024/3/20"),
     (("tables", 0, "fields", "phone"), "7,8"), (("indicators", "overdue_rate", "value"), None)],
    ids=str,
)  # fmt: skip
def test_the_schema_refuses_other_words(path: tuple[Any, ...], value: Any, outcome: Outcome) -> None:
    result = place = loaded(outcome)
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not VALIDATOR.is_valid(result)


def test_one_customer_in_full(make_outcome: Callable[..., Outcome]) -> None:
    task = {"text": "电话跟进：了解项目进展与竞品动态", "due": "2024-03-16", "kind": "touch", "method": "电话/拜访", "owner": "王*",
            "cells": [f"{SHEET}!L2"], "source": "S000-26", "status": "overdue", "overdue_days": 4}  # fmt: skip
    later = {**task, "due": "2024-06-18", "kind": "event", "method": None, "status": "ok", "overdue_days": 0}
    reason = {"text": "历史合作金额120万≥100万", "cells": [f"{SHEET}!F2", f"{SHEET}!G2"], "source": "S000-14"}
    assert loaded(make_outcome(1))["customers"] == [{
        "sheet": SHEET, "row": 2, "id": "C20240000", "name": "江苏华能新能源0有限公司", "owner": "王*", "tier": "S",
        "tier_in_sheet": "S级", "proposed_tier": None, "move": "none", "pool": "active", "stage": "意向",
        "proposed_stage": None, "score": 90, "score_confidence": 60, "score_terms": [], "bands": {"value": "高", "potential": "高", "urgency": "高"},
        "reasons": [reason] * 3, "to_next_tier": None, "tags": ["行业-新能源", "价值-S级"], "last_followup": "2024-03-01", "status": "overdue",
        "overdue_days": 3, "next_action": task, "tasks": [task, later],
    }]  # fmt: skip


def test_each_task_stands_with_its_own_customer(outcome: Outcome) -> None:
    for at, customer in enumerate(loaded(outcome)["customers"]):
        assert [task["cells"] for task in customer["tasks"]] == [[f"{SHEET}!L{at + 2}"]] * 2
        assert (customer["next_action"] is None) == (at % 5 == 4)


def test_tables_name_columns_by_letter_and_several_phones_together(outcome: Outcome) -> None:
    customers, log = loaded(outcome)["tables"]
    assert (customers["fields"]["amount"], customers["header_rows"], customers["unknown_columns"]) == (
        "F",
        [1],
        ["H"],
    )
    assert (log["fields"]["phone"], log["header_rows"], log["first_row"], log["last_row"]) == (
        "G,H",
        [1, 2],
        3,
        42,
    )


def test_a_table_without_data_has_no_rows(make_outcome: Callable[..., Outcome]) -> None:
    table = loaded(make_outcome(0))["tables"][0]
    assert table["first_row"] is table["last_row"] is None


def test_blanks_of_every_kind_are_null(make_outcome: Callable[..., Outcome]) -> None:
    outcome = make_outcome(1)
    people = outcome.customers.assign(
        id=np.nan, stage=None, tier_in_sheet=float("nan"), status=None, task=-1,
        last_followup=pd.Series([None], dtype="datetime64[s]"),
        **{"reason.value": None, "reason_cells.value": None, "reason_source.value": None},
    )  # fmt: skip
    result = loaded(replace(outcome, customers=people))
    VALIDATOR.validate(result)
    (customer,) = result["customers"]
    for name in ("id", "stage", "tier_in_sheet", "status", "next_action", "last_followup"):
        assert customer[name] is None
    assert len(customer["reasons"]) == 2  # a reason without words is no reason


def test_an_indicator_without_denominator_is_null(outcome: Outcome) -> None:
    assert loaded(outcome)["indicators"] == {
        "overdue_rate": {"value": 0.25, "numerator": 3, "denominator": 12},
        "conversion_rate": {"value": None, "numerator": 0, "denominator": 0},
    }


def test_kpis_and_ratings(outcome: Outcome) -> None:
    first, second = loaded(outcome)["strategies"]
    assert first["kpis"][0] == {
        "metric": "复购率",
        "op": "≥",
        "target": 80,
        "actual": 85,
        "unit": "%",
        "met": True,
        "attainment": 1.0,
    }
    assert (first["rating"], first["rating_in_sheet"], first["proposal"]) == ("良", "良", None)
    assert second["kpis"][0]["op"] is second["kpis"][0]["met"] is second["rating"] is None


def test_findings_say_where_what_and_what_to_do(outcome: Outcome) -> None:
    assert loaded(outcome)["findings"][-1] == {
        "code": "dangling-followup", "severity": "warning", "sheet": "客户跟进记录表", "cell": "B7", "value": "C2023999",
        "message": "跟进记录的客户“C2023999”不在客户表中", "hint": "核对客户编号或名称", "source": "S002-79",
    }  # fmt: skip
    assert "no customer" in loaded(outcome, "en")["findings"][-1]["message"]


def test_what_was_written_is_the_receipt_and_null_without_one(outcome: Outcome) -> None:
    assert loaded(outcome)["write"] == {
        "path": "/数据/客户管理.xlsx", "cells_changed": 12, "parts_changed": ["xl/worksheets/sheet1.xml"], "backup": None,
        "sha256_before": "a" * 64, "sha256_after": "b" * 64, "notices": [],
    }  # fmt: skip
    assert loaded(replace(outcome, receipt=None))["write"] is None
    copied = Receipt("副本.xlsx", 0, (), "备份.xlsx", "0" * 64, "1" * 64)
    assert loaded(replace(outcome, receipt=copied))["write"]["backup"] == "备份.xlsx"


def test_outputs_name_what_was_made(outcome: Outcome) -> None:
    assert loaded(outcome, html="a.html")["outputs"] == {"html": "a.html", "xlsx": None, "json": None}


def test_a_persons_name_is_masked(make_outcome: Callable[..., Outcome]) -> None:
    outcome = make_outcome(1)
    people = outcome.customers.assign(name="王小明", name_shown="王*")
    strategy = replace(outcome.strategies[0], customer="王小明")
    result = loaded(replace(outcome, customers=people, strategies=(strategy,)))
    assert result["customers"][0]["name"] == result["strategies"][0]["customer"] == "王*"
    assert "王小明" not in json.dumps(result, ensure_ascii=False)


def test_a_customer_stands_on_a_line_of_its_own(outcome: Outcome) -> None:
    lines = b"".join(dump(document(outcome, "zh"))).splitlines()
    assert sum(line.startswith(b'{"sheet":') and b'"tasks"' in line for line in lines) == 120


def test_a_number_that_is_none_is_written_as_null() -> None:
    assert json.loads(b"".join(dump({"value": float("nan")}))) == {"value": None}


def test_half_a_surrogate_survives_as_an_escape(make_outcome: Callable[..., Outcome]) -> None:
    outcome = make_outcome(1)
    people = outcome.customers.assign(name_shown=pd.Series(["坏\ud800字"], dtype=object))
    assert loaded(replace(outcome, customers=people))["customers"][0]["name"] == "坏\ud800字"


@pytest.mark.parametrize("stretch", [1, 7, 119, 120, 1_000])
def test_in_stretches_of_any_length_the_document_is_the_same(
    stretch: int, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = pd.DataFrame(
        [(at, "amount", f"{SHEET}!F{at + 2}", "≥", 1e6, 2e5, "再增20万") for at in (0, 6, 6, 7, 118, 119)],
        columns=["customer", "field", "cell", "op", "to", "by", "text"],
    )
    outcome = replace(outcome, changes=changes)
    whole = document(outcome, "zh")
    monkeypatch.setattr(document_module, "STRETCH", stretch)
    assert document(outcome, "zh") == whole
    assert b"".join(dump(streamed_document(outcome, "zh"))) == b"".join(dump(whole))
    assert [at for at, one in enumerate(whole["customers"]) if one["to_next_tier"]] == [0, 6, 7, 118, 119]
    assert sum(len(one["tasks"]) for one in whole["customers"]) == len(outcome.tasks) > 120
    assert [one["next_action"] in (None, *one["tasks"]) for one in whole["customers"]] == [True] * 120


def test_writing_the_document_takes_less_memory_than_the_document(make_outcome: Callable[..., Outcome]) -> None:
    outcome, size = make_outcome(20_000), 0
    tracemalloc.start()
    try:
        for piece in dump(streamed_document(outcome, "zh")):
            size += len(piece)
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()
    assert size > 10_000_000
