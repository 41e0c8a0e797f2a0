"""What every part of the study file is made of: the strict model and the types of its texts."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

NAME, COLOUR = r"^[a-z][a-z0-9_]*$", r"^#[0-9A-Fa-f]{6}$"
Name = Annotated[str, Field(pattern=NAME, max_length=40)]
Colour = Annotated[str, Field(pattern=COLOUR)]
Text = Annotated[str, Field(max_length=10_000)]
LONGEST_LABEL = 160


def _short(text: str) -> str:
    """Keep a label to a length that a table or figure can hold: its beginning and its end."""
    if len(text) <= LONGEST_LABEL:
        return text
    half = LONGEST_LABEL // 2
    return f"{text[: half - 1].rstrip()}…{text[-half:].lstrip()}"


Label = Annotated[str, Field(max_length=10_000), AfterValidator(_short)]
Column = Annotated[str, Field(min_length=1, max_length=300)]  # of a table; or the name of a file
Code = Annotated[str, Field(min_length=1, max_length=200)]
Month = Annotated[float, Field(gt=0)]


UNCHANGING = (
    "A study does not change once it is read, or what was derived from it would no longer fit. "
    "Set the choice in the cell of parameters, or make another cohort: "
    'cohort.with_study({"cox.covariates": [...]}).'
)


def _refuse(_self: Any, *_given: Any, **_named: Any) -> NoReturn:
    raise TypeError(UNCHANGING)


class FixedList(list):
    """A list of a study file: read like any list, changed by nobody."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = pop = remove = clear = sort = reverse = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self),)


class FixedDict(dict):
    """The same for keys and values."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    pop = popitem = clear = update = setdefault = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class Model(BaseModel):
    """Unknown keys, nan and inf are errors: a misspelt key must never be silently ignored.

    Nothing of it changes once it is made, what its lists and dictionaries hold included.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False
    )

    def __setattr__(self, name: str, value: Any) -> None:
        _refuse(self)

    def __delattr__(self, name: str) -> None:
        _refuse(self)

    def model_copy(self, **how: Any) -> Any:
        """Give a copy, with other values where `update` names them; it does not change either."""
        return super().model_copy(**how)._fixed()

    @model_validator(mode="after")
    def _fixed(self) -> Any:
        for name, value in self.__dict__.items():
            if type(value) is list:
                self.__dict__[name] = FixedList(value)
            elif type(value) is dict:
                self.__dict__[name] = FixedDict(value)
        return self
