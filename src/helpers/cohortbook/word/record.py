"""The form that a record of origins must have: it comes in a file that anybody may have written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from ..build.render.docx_map import VERSION

Place = Annotated[int, Field(ge=0)]
Part = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=200)]  # it becomes a file name


class _Block(BaseModel):
    kind: Literal["paragraph", "table"]
    style: str = ""
    pieces: list[tuple[str, str]] = []
    spans: list[tuple[Place, Place, str, str]] = []
    sources: list[tuple[Place, Place]] = []
    rows: list[list[str]] = []
    drawings: Place = 0


class _Source(BaseModel):
    part: Part
    lead: str
    text: str
    joined: bool

    @model_validator(mode="after")
    def _led(self) -> _Source:
        if not self.text.startswith(self.lead):
            raise ValueError("a paragraph that does not begin as it says")
        return self


class Record(BaseModel):
    """See `docx_map.origins`."""

    version: Literal[1] = VERSION
    blocks: list[_Block]
    paragraphs: list[_Source]
    parts: dict[Part, str]
    other: list[str] = []

    @model_validator(mode="after")
    def _within(self) -> Record:
        for block in self.blocks:
            size = sum(len(text) for text, _ in block.pieces)
            places = [end for _, end, _, _ in block.spans] + [at for at, _ in block.sources]
            # a place beyond the text would cut another paragraph than the one that is shown
            if max(places, default=0) > size:
                raise ValueError("a place beyond the end of its paragraph")
            if any(number >= len(self.paragraphs) for _, number in block.sources):
                raise ValueError("a paragraph of the sources that is not there")
        return self


def checked(found: Any) -> dict[str, Any]:
    """Give a record with every field; pydantic's ValidationError if it has another form."""
    return Record.model_validate(found).model_dump()
