"""The table of shared strings is read all at once where it is plain, and the result is what a parser finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from workbook_files import MAIN

from crmsheet.workbook import InputError
from crmsheet.workbook.texts import inline_text, inline_texts, shared_strings

HINT = '<phoneticPr fontId="1" type="noConversion"/>'
PLAIN = st.sampled_from(["华信", "", " 前后 ", "a>b", "T集团", "换\n行", "]]", "表 1"])
ESCAPED = st.sampled_from(["a &amp; b", "&lt;t&gt;", "_x0041_", "&#65;", "回\r\n车", "&quot;x&quot;"])
ODD = st.sampled_from(
    [
        "<si/>", "<si></si>", "<si><t/></si>", "<si><t >x</t></si>", "<si><r><t>富</t></r><r><t> 文</t></r></si>",
        '<si><t>名</t><rPh sb="0" eb="1"><t>ming</t></rPh></si>', "<si><!-- </t></si><si><t> --><t>x</t></si>", "<si><t><![CDATA[<si>]]></t></si>",
        f"<si>{HINT}<t>x</t></si>", f"<si><t>a{HINT}b</t></si>", f"<si><t>x</t></si>{HINT}", "<?note <si> ?>", "<si><t><si><t></t></si></t></si>",
        '<si><t xml:space="default">x</t></si>',
    ]
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, odd: bool) -> str:
    """A part of up to six items; with ``odd`` in any shape that is well-formed."""
    items = []
    for _ in range(draw(st.integers(0, 6))):
        space = draw(st.sampled_from(["", "", ' xml:space="preserve"']))
        hint = draw(st.sampled_from(["", HINT, HINT, '<phoneticPr fontId="2"/>']))
        text = draw(st.one_of(PLAIN, ESCAPED) if odd else PLAIN)
        plain = f"<si><t{space}>{text}</t>{hint}</si>"
        items.append(draw(st.one_of(st.just(plain), ODD)) if odd else plain)
    between = draw(st.sampled_from(["", "", "\n"])) if odd else ""
    around = draw(st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8"?>\r\n', "\ufeff<?xml version='1.0'?>"]))
    return f'{around}<sst xmlns="{MAIN}" count="9">{between.join(items)}</sst>'


def parsed(data: bytes) -> list[str]:
    """What another parser finds: the runs' texts of each item, without how they are read aloud."""
    root, main = etree.fromstring(data), f"{{{MAIN}}}"
    found = []
    for item in root.findall(f"{main}si"):
        texts = [t for t in item.iter(f"{main}t") if not any(a.tag == f"{main}rPh" for a in t.iterancestors())]
        whole = ["".join(t.itertext()) for t in texts if not any(a.tag == f"{main}t" for a in t.iterancestors())]
        found.append("".join(whole).replace("_x0041_", "A"))
    return found


@settings(max_examples=300, deadline=None)
@given(tables(odd=False))
def test_plain_tables(text: str) -> None:
    data = text.encode()
    assert shared_strings(data, "sharedStrings.xml").tolist() == parsed(data)


@settings(max_examples=400, deadline=None)
@given(tables(odd=True).filter(lambda text: "<si><t><si>" not in text and f"a{HINT}b" not in text))
def test_tables_in_any_shape(text: str) -> None:
    data = text.encode()
    assert shared_strings(data, "sharedStrings.xml").tolist() == parsed(data)


@pytest.mark.parametrize(
    "items",
    [
        "<si><t>a</t></si><si><t>b</si></t>", "<si><t>a</t></si><si><t>\x01</t></si>", "<si><t>]]></t></si>", "<si><t>&x;</t></si>",
        '<si><t>a</t><phoneticPr fontId="1" fontId="2"/></si>', "<si><t>a</t><phoneticPr x:y='1'/></si>", "<si><t>a</t></si></sst><si><t>b</t></si>",
        "<si><t>\ufffe</t></si>",
    ],
)  # fmt: skip
def test_what_no_parser_reads_is_refused(items: str) -> None:
    with pytest.raises(InputError) as refused:
        shared_strings(f'<sst xmlns="{MAIN}">{items}</sst>'.encode(), "sharedStrings.xml")
    assert "well-formed" in refused.value.en


def test_a_character_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(InputError):
        shared_strings(f'<sst xmlns="{MAIN}"><si><t>'.encode() + b"\xff</t></si></sst>", "sharedStrings.xml")


RUNS = st.one_of(
    st.builds("<t>{}</t>".format, st.one_of(PLAIN, ESCAPED)),
    st.builds('<t xml:space="preserve">{}</t>'.format, PLAIN),
    st.sampled_from(["<t/>", "<r><t>富</t></r><r><t>文</t></r>", "<t >x</t>", "<t>a</t><t>b</t>", "<t><![CDATA[x]]></t>", "<t>a<!-- </t> -->b</t>"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(RUNS, max_size=6))
def test_inline_texts_at_once_are_those_one_by_one(runs: list[str]) -> None:
    raws = [run.encode() for run in runs]
    assert inline_texts(raws) == [inline_text(raw) for raw in raws]
