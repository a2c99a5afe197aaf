"""What was learned as a policy file: it extends the policy in use and differs in the criteria's weights alone."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from crmsheet.lab.weights import Weight
from crmsheet.policy.dump import dump
from crmsheet.policy.load import extended, parse_toml
from crmsheet.texts import Lang, say


def proposal(text: str, name: str, weights: Mapping[str, Weight], lang: Lang) -> str:
    """TOML of the proposed policy.  ``text``: that of the policy in use; ``name``: the preset's, or of its file."""
    own = parse_toml(text, name)
    preset = not name.endswith(".toml")
    start: dict[str, Any] = {"extends": name} if preset else own
    whole = extended(own)
    score = [{**one, "weight": weights[one["name"]].proposed} for one in whole["score"]]
    title = {"name": f"{whole['name']}-learned", "title": f"{whole['title']}（学得的权重）", "title_en": f"{whole['title_en']} (learned weights)"}
    data = {**start, **title, "version": "1", "score": score}
    notes = {"score": say("lab", "learn_note", lang, name=PurePath(name).name)}
    made = dump(data, notes)
    assert tomllib.loads(made) == data
    return made
