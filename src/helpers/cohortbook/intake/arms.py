"""The identifier of the patients, and the two arms."""

from __future__ import annotations

from ..errors import CohortbookError
from ..study.answers import DIGITS, NO_WORDS, YES_WORDS
from ..study.unconfirmed import ARMS, EXPOSURE
from .columns import Column
from .draft import Draft
from .questions import Option, Question
from .vocabulary import (
    ARM,
    ARM_WORDS,
    CONTROL,
    NEGATIONS,
    NOT_ARM,
    PATIENT_ID,
    PATIENT_NUMBER,
    STATUS,
)
from .words import compact, is_sex, label_of, level_label, says_dead, words

YES_OR_NO = YES_WORDS | NO_WORDS
INDICATED = YES_OR_NO | {*DIGITS}  # values that say of something that it is so
NUMBER_WORDS = {"id", "no", "nr", "num", "number", "numer"}
FEW_MISSING = 0.05  # of the patients may lack an arm that is told by its values only
# names of a column whose values are treatments; a group or a cohort may be anything
TREATMENTS = {
    name
    for name in ARM
    if name
    not in {
        "组别",
        "分组",
        "group",
        "cohort",
        "grp",
        "studygroup",
        "gruppe",
        "groupe",
        "grupo",
        "gruppo",
        "groep",
        "studiegroep",
    }
} | (ARM_WORDS - {"group", "gruppe", "groupe", "grupo", "grupa", "gruppo", "groep"})
COLOURS = ("#2F6DB5", "#C8372D")
MOST_ARMS = 6
TREATMENT, GROUPS = "treatment", "group"


def find_id(columns: dict[str, Column], wish: str | None = None) -> str | None:
    """Find the column that identifies the patients, by its name; None if there is none."""
    if wish:
        if wish not in columns:
            raise CohortbookError(
                f"There is no column '{wish}'.", "--id", "There are: " + ", ".join(columns) + "."
            )
        return wish
    named = [c for c in columns.values() if compact(c.name) in PATIENT_ID]
    named += [c for c in columns.values() if c not in named and _says_id(c)]
    full = [c for c in named if c.cells.notna().all()]
    once = [c for c in full if not c.cells.duplicated().any()]
    numbered = [c for c in columns.values() if _numbers_patients(c)]
    return next((c.name for c in [*once, *full, *numbered]), None)


def _says_id(column: Column) -> bool:
    found = words(column.name)
    return bool(found & {"id", "编号"}) and bool(
        found & {"patient", "subject", "pat", "case", "study"}
    )


def _numbers_patients(column: Column) -> bool:
    """Say whether a column is named as a number of something and no two rows have the same."""
    named = PATIENT_NUMBER.fullmatch(compact(column.name)) or words(column.name) & NUMBER_WORDS
    whole = column.whole or not column.is_number
    once = column.cells.notna().all() and not column.cells.duplicated().any()
    return bool(named) and whole and once


def settle_arms(draft: Draft, columns: dict[str, Column]) -> None:
    """Put arm column, arms and reference arm into the draft."""
    column = _arm_column(draft, columns)
    if column is None:
        _one_arm(draft)
        return
    codes = _two_codes(draft, column)
    reference = _reference(draft, column, codes)
    other = next(code for code in codes if code != reference)
    draft.used.add(column.name)
    draft.study["columns"]["arm"] = column.name
    draft.study["arms"] = [
        {"code": code, "label": _named(draft, column, code), "color": colour}
        for code, colour in zip((reference, other), COLOURS, strict=True)
    ]
    draft.study["reference_arm"] = reference
    _exposure(draft, column)
    sizes = draft.of_arms(column.known).value_counts()
    draft.sure(
        "columns",
        "arm",
        value=column.name,
        text=f"the arms are in '{column.name}'",
        kind="arms",
        columns=(column.name,),
        alternatives=codes,
        evidence=[f"{column.shown(code)[:40]}: {sizes.get(code, 0)}" for code in codes],
    )
    if _is_bare(_shown_as(column, other)) and not any(
        draft.questions["arms", code, "label"].answered for code in codes
    ):
        draft.unsure("arms", text="the arms have codes for names; give them labels")
    if set(column.known) - set(codes) or column.cells.isna().any():
        draft.study["other_arms"] = "exclude"
        draft.kept = column.cells.isin(codes)
        left = int((~draft.kept).sum())
        draft.unsure(
            "other_arms",
            text="1 patient has another arm or none, and is left out and counted in the flow"
            if left == 1
            else f"{left} patients have another arm or none; they are left out and counted in the "
            "flow",
        )


def _exposure(draft: Draft, column: Column) -> None:
    """Say what the arms differ in: a treatment only where the name of the column says so."""
    names = _names(column)
    sex = is_sex(column.name) or is_sex(column.label)
    named = any(
        name in TREATMENTS or words(text) & TREATMENTS
        for name, text in zip(names, (column.name, column.label), strict=True)
    )
    open_ = not sex and (not named or ARMS in draft.unconfirmed)
    choice = draft.choose(
        Question(
            ("texts", "exposure"),
            "What do the arms differ in? (a noun; the report writes it)",
            (Option(TREATMENT, TREATMENT), Option(GROUPS, GROUPS), Option("sex", "sex")),
            ("sex",) if sex else (TREATMENT,),
            sure=not open_,
            free=True,
        )
    )
    if choice.value != (TREATMENT,):
        draft.study["texts"]["exposure"] = choice.value[0]
    if open_ and not choice.answered:
        draft.unconfirmed.append(EXPOSURE)
    if open_ and not choice.answered and not named:
        draft.comment(
            "texts",
            text="texts.exposure, what the arms differ in, is not stated: until "
            "it is confirmed to be the treatment the report calls it the group.",
        )


def _named(draft: Draft, column: Column, code: str) -> str:
    """Give the name of an arm: as answered, else as the file has it."""
    return draft.choose(
        Question(
            ("arms", code, "label"),
            f"What is '{column.shown(code)}' called in the report?",
            (),
            (_label(column, code),),
            sure=True,
            free=True,
        )
    ).value[0]


def _label(column: Column, code: str) -> str:
    """Name an arm: a bare code reads badly in a sentence, so that its column goes before it."""
    shown = _shown_as(column, code)
    name = label_of(column.name, column.label)[0]
    return f"{name} {shown}" if _is_bare(shown) else shown


def _shown_as(column: Column, code: str) -> str:
    """Give an arm's name, with the words for the codes of a sex: Male, Female."""
    return level_label(column.shown(code), is_sex(column.name) or is_sex(column.label))


def _is_bare(shown: str) -> bool:
    return len(shown) == 1 or shown.replace(".", "", 1).isdigit() or shown.casefold() in YES_OR_NO


def _arm_column(draft: Draft, columns: dict[str, Column]) -> Column | None:
    wish = draft.wishes.arm
    if wish and wish not in columns:
        raise CohortbookError(
            f"There is no column '{wish}'.", "--arm", "There are: " + ", ".join(columns) + "."
        )
    two = [
        c
        for c in columns.values()
        if len(c.different) == 2
        and c.name not in draft.used
        and not c.about(STATUS)
        and not says_dead(c.name)
    ]
    found, others = _candidates(columns) or _by_values(two), [c.name for c in two]
    guess = "" if draft.wishes.single_arm or not found else found[0].name
    guess = wish or guess
    how = {None: "its values", len(ARM): "a word of its name"}
    doubtful = len(found) > 1 or (found and _rank(found[0]) in how) or (not found and others)
    stated = bool(wish or draft.wishes.single_arm)
    choice = draft.choose(
        Question(
            ("columns", "arm"),
            "Which column gives the arm?",
            arm_options(draft, columns, [wish, *(c.name for c in found), *others]),
            (guess,),
            sure=stated or not doubtful,
        )
    )
    answer = choice.value[0]
    if choice.answered or stated:
        return columns.get(answer)
    if answer:
        if (rank := _rank(found[0])) in how:
            draft.unsure(
                "arms",
                text=f"'{answer}' is taken for the arm, by {how[rank]} only",
                value=answer,
                alternatives=others,
                columns=(answer,),
                confirm=ARMS,
            )
        if len(found) > 1:
            names = ", ".join(f"'{c.name}'" for c in found)
            draft.unsure(
                "arms",
                text=f"the arm could be in {names}; '{answer}' is used",
                value=answer,
                alternatives=[c.name for c in found if c.name != answer],
                confirm=ARMS,
            )
        return columns[answer]
    if others:
        draft.unsure(
            "arms",
            text="no column was recognised as the arm; name one of two values "
            f"with --arm, such as {', '.join(others[:6])}",
        )
    return None


def arm_options(
    draft: Draft, columns: dict[str, Column], first: list[str | None]
) -> tuple[Option, ...]:
    """Give every column that could be the arm, the likeliest first, with its values; then none."""
    few = [
        c.name
        for c in columns.values()
        if 2 <= len(c.different) <= MOST_ARMS and not c.is_date and c.name not in draft.used
    ]
    names = dict.fromkeys([*filter(None, first), *few])
    return (
        *(Option(name, name, _shown(columns[name])) for name in names),
        Option("", "none: all patients are described as one arm"),
    )


def _candidates(columns: dict[str, Column]) -> list[Column]:
    """Give the columns that are named like an arm and hold a few categories, the best first.

    Those of two values come before those of several, among which the user would have to choose.
    """
    ranked = []
    for place, column in enumerate(columns.values()):
        few = 2 <= len(column.different) <= 6 and not column.is_date
        rank = _rank(column)
        if few and rank is not None:
            ranked.append((len(column.different) > 2, rank, place, column))
    return [column for *_, column in sorted(ranked, key=lambda item: item[:3])]


def _rank(column: Column) -> int | None:
    """Say how surely a column is named like an arm, 0 first: by its whole name, or by a word."""
    exact = [rank for rank, word in enumerate(ARM) if word in _names(column)]
    if exact:
        return min(exact)
    found = words(column.name)
    loose = found & ARM_WORDS and not found & NOT_ARM and not column.about(STATUS)
    return len(ARM) if loose and len(column.different) == 2 else None


def _names(column: Column) -> tuple[str, str]:
    return compact(column.name), compact(column.label)


def _by_values(columns: list[Column]) -> list[Column]:
    """Give the column of two values in which one is a control; or the only one that names two."""
    named = [
        c
        for c in columns
        if not is_sex(c.name)
        and not {cell.casefold() for cell in c.different} <= INDICATED
        and c.cells.isna().mean() <= FEW_MISSING
        and not words(c.name) & NOT_ARM
    ]
    control = [c for c in named if sum(_is_control(c.shown(code)) for code in c.different) == 1]
    return control[:1] or (named if len(named) == 1 else [])


def _two_codes(draft: Draft, column: Column) -> list[str]:
    codes, wanted = column.levels, list(draft.wishes.arms)
    by_label = {column.shown(code): code for code in codes}
    wanted = [code if code in codes else by_label.get(code, code) for code in wanted]
    if not wanted and len(codes) > 2:
        most = set(column.known.value_counts().index[:2])
        wanted = _chosen(draft, column, tuple(code for code in codes if code in most), sure=False)
    if wanted:
        missing = [code for code in wanted if code not in codes]
        if missing or len(set(wanted)) != 2:
            raise CohortbookError(
                f"'{', '.join(missing or wanted)}' is not two arms.",
                "--arms",
                f"'{column.name}' has: {_shown(column)}.",
            )
        return wanted if len(codes) == 2 else _chosen(draft, column, tuple(wanted), sure=True)
    if len(codes) == 2:
        return codes
    if len(codes) > 2:
        most = set(column.known.value_counts().index[:2])
        commonest = ",".join(code for code in codes if code in most)
        raise CohortbookError(
            f"Column '{column.name}' has {len(codes)} arms: {_shown(column)}.",
            "arms",
            f"Two are compared: choose them with --arms '{commonest}', or name another "
            "column with --arm. Patients of the other arms are left out and counted in the flow.",
        )
    raise CohortbookError(
        f"Column '{column.name}' has one value only.",
        "arms",
        "Name another column with --arm, or describe one arm with --single-arm.",
    )


def _chosen(draft: Draft, column: Column, guess: tuple[str, ...], sure: bool) -> list[str]:
    """Choose two of several arms; nothing where nobody says which."""
    codes = column.levels
    choice = draft.choose(
        Question(
            ("arms",),
            f"Column '{column.name}' has {len(codes)} arms. Which two are compared?",
            _options(draft, column, codes),
            guess,
            sure,
            several=2,
            most=2,
        )
    )
    if not sure and not choice.answered:
        if not draft.shown:
            return []
        draft.unsure(
            "arms",
            text=f"'{column.name}' has {len(codes)} arms, of which the two of most patients are "
            "compared",
            value=choice.value,
            columns=(column.name,),
            confirm=ARMS,
        )
    return list(choice.value)


def _options(draft: Draft, column: Column, codes: list[str]) -> tuple[Option, ...]:
    counts = draft.of_arms(column.known).value_counts()
    return tuple(
        Option(code, _shown_as(column, code), f"{counts.get(code, 0)} patients") for code in codes
    )


def _shown(column: Column) -> str:
    counts = column.known.value_counts()
    return "; ".join(
        f"{code} ({'' if column.shown(code) == code else column.shown(code) + ', '}{counts[code]})"
        for code in column.levels[:12]
    )


def _reference(draft: Draft, column: Column, codes: list[str]) -> str:
    by_label = {column.shown(code): code for code in codes}
    control = [code for code in codes if _is_control(column.shown(code))]
    control = control or [
        a for a in codes for b in codes if _negates(column.shown(a), column.shown(b))
    ]
    # an arm whose name stands within the other's is what the other adds to: ICI, MWA + ICI
    within = [
        a
        for a in codes
        for b in codes
        if a != b
        and compact(column.shown(a))
        and compact(column.shown(a)) in compact(column.shown(b))
    ]
    guess = next(iter([*(control if len(control) == 1 else []), *within]), codes[0])
    wish = by_label.get(draft.wishes.reference or "", draft.wishes.reference)
    if wish and wish not in codes:
        raise CohortbookError(
            f"'{wish}' is not one of the two arms.", "--reference", f"They are: {_shown(column)}."
        )
    sure = bool(wish or control or within)
    choice = draft.choose(
        Question(
            ("reference_arm",),
            "Which arm is the reference, that the other is compared with?",
            _options(draft, column, codes),
            (wish or guess,),
            sure,
        )
    )
    if not sure and not choice.answered:
        draft.unsure(
            "reference_arm",
            text=f"'{column.shown(guess)}' is taken "
            "as the reference arm, for nothing in its name says so; --reference changes it",
        )
    return choice.value[0]


def _negates(text: str, other: str) -> bool:
    """Say whether a name is the other one with a no before it: Nonmaintained, Maintained."""
    return compact(text) in {word + compact(other) for word in NEGATIONS}


def _is_control(text: str) -> bool:
    lowered = text.casefold()
    return lowered in NO_WORDS or any(
        word in words(text) if word.isascii() and " " not in word else word in lowered
        for word in CONTROL
    )


def _one_arm(draft: Draft) -> None:
    draft.study["columns"]["arm"] = "all_patients"  # a column that no export has
    draft.study["arms"] = [{"code": "all", "label": "All patients", "color": COLOURS[0]}]
    draft.study["reference_arm"] = "all"
    draft.comment("arms", text="One arm: nothing is compared.")
