"""The JSON Schema of the study file, with which editors complete and check it."""

from __future__ import annotations

import json

from .study import Study


def schema_text() -> str:
    """Give the JSON Schema of `study.yml` as text."""
    schema = Study.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Study file of cohortbook"
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
