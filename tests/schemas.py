"""What --json prints is what its schema says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from crmsheet.resources import template_text


def valid(name: str, text: str) -> dict[str, Any]:
    """The document of one command, once it has been held against its schema."""
    schema = json.loads(template_text(f"{name}.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)
    return document
