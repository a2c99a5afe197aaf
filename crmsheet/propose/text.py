"""A proposal as the text of a crmsheet.toml: what is likely counts, what is in doubt stands behind a #."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from crmsheet.propose.look import Seen
from crmsheet.propose.proposal import HeaderProposal, TierProposal
from crmsheet.tables.spec import KINDS, table_spec
from crmsheet.texts import Lang, say


def toml_text(seen: Seen, workbook: str, asked: str | None, lang: Lang) -> str:
    """The whole file, with a comment on every line that somebody has to look at."""

    def told(key: str, **params: object) -> str:
        return " ".join(say("propose", key, lang, **params).split())

    lines = [f"# {told('head', workbook=workbook)}", f"# {told('how')}", ""]
    why = seen.choice.zh if lang == "zh" else seen.choice.en
    policy = f"policy = {quoted(asked or seen.choice.policy.name)}"
    lines += [policy if asked else f"# {policy}   # {told('policy', why=why)}"]
    for kind in reversed(KINDS):
        headers = [one for one in seen.proposal.headers if one.kind == kind]
        lines += ["", f"[columns.{kind}]", *_columns(headers, told)] if headers else []
    if seen.proposal.tiers:
        lines += ["", "[tiers]", *_tiers(seen.proposal.tiers, seen.choice.policy.tiers, told)]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps("".join(sign if sign.isprintable() else " " for sign in text), ensure_ascii=False)


def _columns(headers: Sequence[HeaderProposal], told: Callable[..., str]) -> Iterator[str]:
    known = [f"{one.header}={one.fields[0]}" for one in headers if one.state == "known"]
    if known:
        yield f"# {told('known', names='、'.join(known))}"
    for one in headers:
        where = {"column": one.column, "sheet": one.sheet}
        names = [f"{name} {table_spec(one.kind).fields[name].header}" for name in one.fields]
        if one.state == "likely":
            yield f"{quoted(one.header)} = {quoted(one.fields[0])}   # {told('likely', name=names[0], **where)}"
        elif one.state == "doubtful":
            yield f"# {quoted(one.header)} = {quoted(one.fields[0])}   # {told('doubtful', names='、'.join(names), **where)}"
    strange = [f"{one.header} ({one.column})" for one in headers if one.state == "unknown"]
    if strange:
        yield f"# {told('unknown', names='、'.join(strange))}"


def _tiers(words: Sequence[TierProposal], tiers: Sequence[str], told: Callable[..., str]) -> Iterator[str]:
    known = [f"{one.word}={one.tier}" for one in words if one.state == "known"]
    if known:
        yield f"# {told('known', names='、'.join(known))}"
    for one in words:
        if one.state == "likely":
            yield f"{quoted(one.word)} = {quoted(str(one.tier))}   # {told('tier_likely', count=one.count)}"
        elif one.state == "unknown":
            yield f"# {quoted(one.word)} = {quoted(tiers[-1])}   # {told('tier_unknown', count=one.count, tiers='、'.join(tiers))}"
