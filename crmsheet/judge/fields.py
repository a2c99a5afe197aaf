"""Whether a policy reads fields that exist, and each one as what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from crmsheet.errors import PolicyError
from crmsheet.policy.criteria import Criterion
from crmsheet.policy.in_chinese import in_chinese
from crmsheet.policy.schema import BandSpec, Policy
from crmsheet.tables.spec import Field, table_spec
from crmsheet.values.words import VOCABULARIES, vocabulary_of

_WORDS = frozenset({"plan", "need_clarity", "chain", "level", "stage"})
_BAND_READS: Mapping[str, frozenset[str]] = {  # kind of band -> types of field that it can read
    "amount": frozenset({"money"}), "days": frozenset({"date"}), "known": frozenset({"budget"}),
    "rules": _WORDS, "words": _WORDS, "rate_or_word": frozenset({"growth"}), "over": frozenset({"rate"}),
}  # fmt: skip
_SCORE_READS: Mapping[str, frozenset[str]] = {  # kind of criterion -> types of field that it can read
    "amount": frozenset({"money", "budget"}), "rate": frozenset({"rate", "growth"}), "days": frozenset({"date"}),
    "cycle": frozenset({"text"}), "term": frozenset({"text"}), "words": _WORDS | {"text"},
}  # fmt: skip


def check_fields(policy: Policy) -> None:
    """Raises PolicyError when a band or a scoring criterion reads a field that does not exist, or one of another kind,
    or awaits a word that the field never holds, or asks the log for a field that it cannot have; names all of them."""
    faults: list[str] = []
    for i, spec in enumerate(policy.bands):
        faults += _field_faults(f"bands[{i}]", spec, _BAND_READS[spec.kind], f"a band of kind “{spec.kind}”")
    for i, criterion in enumerate(policy.score):
        where = f"score[{i}]"
        faults += _field_faults(where, criterion, _SCORE_READS.get(criterion.kind), f"a criterion of kind “{criterion.kind}”")
        faults += _word_faults(where, criterion)
    faults += _record_faults(policy)
    if faults:
        raise PolicyError(zh=f"策略 {policy.name}: {'；'.join(map(in_chinese, faults))}", en=f"policy {policy.name}: {'; '.join(faults)}")


def _record_faults(policy: Policy) -> Iterator[str]:
    fields = table_spec("followups").fields
    for word in policy.records.complete.fields if policy.records.complete else ():
        for name in word.split("/"):
            if name not in fields:
                near = get_close_matches(name, fields, 1, 0.5)
                yield f"records.complete.fields: the log has no field “{name}”{f', did you mean “{near[0]}”?' if near else ''}"


def _field_faults(where: str, part: BandSpec | Criterion, types: frozenset[str] | None, what: str) -> Iterator[str]:
    """``types``: those of the fields that can be read; None, of an extension's kind: any."""
    fields = table_spec("customers").fields
    for name in part.fields:
        if name not in fields:
            near = get_close_matches(name, fields, 1, 0.5)
            yield f"{where}.fields: no field “{name}”{f', did you mean “{near[0]}”?' if near else ''}"
        elif types is not None and fields[name].type not in types:
            yield f"{where}.fields: “{name}” is no input for {what}"


def _word_faults(where: str, criterion: Criterion) -> Iterator[str]:
    """A field with a vocabulary holds nothing but its words."""
    fields = table_spec("customers").fields
    for name in criterion.fields:
        known = vocabulary(fields[name]) if name in fields else None
        for word in criterion.words:
            if known is not None and word not in known:
                yield f"{where}.words: “{name}” is never “{word}”; there are {'、'.join(known)}"


def vocabulary(field: Field) -> tuple[str, ...] | None:
    """The words that a field can hold; None for free text.  Numbers have words only where the field's type says so."""
    if field.type == "text":
        return None
    name = "level" if field.type == "growth" else field.type
    return vocabulary_of(name).levels if name in VOCABULARIES else ()
