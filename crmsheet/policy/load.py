"""TOML → Policy.  All problems of a file are told at once, with dotted paths and a suggestion."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crmsheet.errors import PolicyError
from crmsheet.policy.in_chinese import in_chinese
from crmsheet.policy.schema import Policy
from crmsheet.resources import template_names, template_text

Model = TypeVar("Model", bound=BaseModel)
MERGED = ("events", "moves", "records")  # tables of which an own policy names only what differs


def preset_names() -> list[str]:
    """The packaged presets, sorted by name."""
    return template_names("policies", ".toml")


def preset_text(name: str) -> str:
    """A preset's TOML.  Raises PolicyError for an unknown name, with a suggestion."""
    names = preset_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, 1, 0.5)
        raise PolicyError(
            zh=f"没有名为“{name}”的策略{f'（是否指“{near[0]}”？）' if near else ''}；可用：{'、'.join(names)}，或给出一个 .toml 文件",
            en=f"no policy “{name}”{f', did you mean “{near[0]}”?' if near else ''}; "
               f"there are {', '.join(names)}, or give a .toml file",
        )
    return template_text(f"policies/{name}.toml")


def load_policy(name_or_file: str, folder: Path | None = None) -> Policy:
    """A preset by name, or a policy file (relative to ``folder``).  Raises PolicyError."""
    if not name_or_file.endswith(".toml"):
        return parse_policy(preset_text(name_or_file), name_or_file)
    path = (folder or Path()) / name_or_file
    return parse_policy(read_toml_file(path), str(path))


def read_toml_file(path: Path) -> str:
    """A TOML file's text.  Raises PolicyError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyError(zh=f"{path}: 不是 UTF-8 文本，请另存为 UTF-8", en=f"{path}: not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise PolicyError(zh=f"{path}: 无法读取，请检查路径和权限", en=f"{path}: cannot be read; check path and rights") from error


def parse_policy(text: str, where: str) -> Policy:
    """A policy's TOML → Policy; ``extends`` names the preset it starts from.  Raises PolicyError."""
    return validated(Policy, extended(parse_toml(text, where)), where)


def extended(data: Mapping[str, Any]) -> dict[str, Any]:
    """A policy's data with the preset that it extends filled in: what it names replaces the preset's, and of the tables in
    ``MERGED`` entry by entry (``false`` drops an inherited one).  Raises PolicyError for an unknown preset."""
    base = data.get("extends")
    own = {key: value for key, value in data.items() if key != "extends"}
    if base is None:
        return own
    whole = tomllib.loads(preset_text(str(base)))
    merged = {key: {**whole.get(key, {}), **own[key]} for key in MERGED if isinstance(own.get(key), dict)}
    kept = {name: {key: value for key, value in table.items() if value is not False} for name, table in merged.items()}
    return {key: value for key, value in {**whole, **own, **kept}.items() if key not in ("gap", "care") or value is not False}


def policy_text(name_or_file: str, folder: Path | None = None) -> str:
    """The TOML of a preset, or of a policy file, as it stands.  Raises PolicyError."""
    return read_toml_file((folder or Path()) / name_or_file) if name_or_file.endswith(".toml") else preset_text(name_or_file)


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """TOML → dict.  Raises PolicyError with the line of the fault."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(zh=f"{where}: TOML 语法错误（{error}）", en=f"{where}: not valid TOML ({error})") from error


def validated(model: type[Model], data: Mapping[str, Any], where: str) -> Model:
    """Check data against a model.  Raises PolicyError that names every fault."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = faults_of(model, error)
        zh = "；".join(_at(path, in_chinese(told)) for path, told in faults)
        raise PolicyError(zh=f"{where}: {zh}", en=f"{where}: {'; '.join(_at(*fault) for fault in faults)}") from error


def _at(path: str, told: str) -> str:
    return f"{path}: {told}" if path else told


def faults_of(model: type[BaseModel], error: ValidationError) -> list[tuple[str, str]]:
    """Every fault as its dotted path and what is wrong; those that a validator of the whole found carry their path in the words."""
    found = [_fault(model, item) for item in error.errors()]
    return [(path, part) for path, told in found for part in (told.split("; ") if not path else [told])]


def _fault(model: type[BaseModel], item: Mapping[str, Any]) -> tuple[str, str]:
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in item["loc"]).lstrip(".")
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(item["loc"][-1]), list(_all_keys(model)), 1, 0.6)
        message = f"unknown key{f', did you mean “{near[0]}”?' if near else ''}"
    return path, message


def _all_keys(model: type[BaseModel], seen: frozenset[type] = frozenset()) -> Iterable[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name
        for part in _models_in(field.annotation):
            if part not in seen:
                yield from _all_keys(part, seen | {model, part})


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
