"""The project that is rendered: report sources, executed notebooks, sections, values."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from ...display.language.speech import Speech
from ...errors import RenderError
from ..files.publish import share
from ..notebooks.execute import Run
from .language import say_manuscript
from .merge import Gathered
from .own_parts import OwnParts, lay_out
from .parts import for_each_label, note_sections, write_sections
from .quarto_files import carry
from .report_copy import PICTURES, write_report_copy
from .sources import FIRST, GENERATED, read_sources, read_text, to_edit

VARIABLES = "_variables.yml"
QUARTO = "_quarto.yml"
REPORT = Path("report")
MAIN = REPORT / "index.qmd"
SHORTCODE = re.compile(r"\{\{<\s*(include|embed)\s+(\S+?)(?:\s[^>]*)?\s*>\}\}")


def stage(
    root: Path,
    project: Path,
    runs: Sequence[Run],
    gathered: Gathered,
    values: Mapping[str, Mapping[str, str]],
    endpoints: Sequence[str] = (),
    own: OwnParts | None = None,
    study: Path | None = None,
    speech: Speech | None = None,
) -> list[str]:
    """Lay out in `project` all that a renderer reads.

    Parameters
    ----------
    root : Path
        The repository: `_quarto.yml` and `report/` are copied from it.
    project : Path
        An empty folder.
    runs : sequence of Run
        Executed notebooks; their report copies go to `_generated/notebooks/`.
    gathered : Gathered
        Decides which sections are replaced by a sentence.
    values : mapping
        Further groups of values, such as `study` and `provenance`.
    endpoints : sequence of str
        Keys of the study's endpoints: a section of labels with stars is written for each.
    own : OwnParts, optional
        What the study adds to the manuscript.
    study : Path, optional
        Its folder, whose settings and files for Quarto are carried along.
    speech : Speech, optional
        The language of the study, if that is not English.

    Returns
    -------
    list of str
        What is to be told of the parts that the study adds.

    Raises
    ------
    RenderError
        If the report's sources are missing, or a notebook has the name of a group of values.
    """
    for needed in (QUARTO, str(MAIN)):
        if not (root / needed).is_file():
            raise RenderError(f"There is no {needed}.", str(root))
    project.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / QUARTO, project / QUARTO)
    shutil.copytree(root / REPORT, project / REPORT, ignore=shutil.ignore_patterns(".*"))
    carry(root, study, project)
    write_fonts(project / GENERATED / "fonts")
    (project / GENERATED / f"{FIRST}.qmd").write_text("", encoding="utf-8")
    labels = write_report_copies(runs, project / GENERATED / "notebooks")
    share_pdfs(gathered.folder / "figures", labels, project / GENERATED / "notebooks" / PICTURES)
    write_sections(project, gathered.omitted, labels, endpoints)
    say_manuscript(project, project / GENERATED, speech)
    if speech is None or not speech.language.words:
        note_sections(project, gathered.omitted, labels, endpoints)
    both = set(gathered.values) & set(values)
    if both:
        raise RenderError(f"A notebook may not be called '{sorted(both)[0]}'.", "notebooks")
    text = variables_text({**gathered.values, **values})
    (project / VARIABLES).write_text(text, encoding="utf-8", newline="\n")
    return (
        lay_out(own, project, runs, endpoints, for_each_label)
        if own and (own.all or own.bibliographies)
        else []
    )


def write_fonts(folder: Path) -> None:
    """Put the fonts of the figures where Quarto's Typst finds them: it does not bring them."""
    import matplotlib

    folder.mkdir(parents=True)
    for font in sorted(
        (Path(matplotlib.get_data_path()) / "fonts" / "ttf").glob("DejaVuSans*.ttf")
    ):
        share(font, folder / font.name)


def write_report_copies(runs: Sequence[Run], folder: Path) -> list[str]:
    """Write the executed notebooks in the form that both renderers embed; give all labels."""
    folder.mkdir(parents=True)
    copies = [write_report_copy(run.executed, folder / run.executed.name) for run in runs]
    return [label for labels in copies for label in labels]


def share_pdfs(figures: Path, labels: Sequence[str], folder: Path) -> None:
    """Put the PDF that was drawn of each figure beside its other pictures: LaTeX reads no SVG."""
    for label in labels:
        drawn = figures / f"{label}.pdf"
        if drawn.is_file():
            folder.mkdir(exist_ok=True)
            share(drawn, folder / drawn.name)


def variables_text(groups: Mapping[str, Mapping[str, str]]) -> str:
    """Give `_variables.yml`: every value quoted, for a bare 0.050 would print as 5.0e-2."""
    plain = {
        group: {name: str(text) for name, text in values.items()}
        for group, values in groups.items()
        if values
    }
    return yaml.dump(plain, default_style='"', allow_unicode=True, sort_keys=True, width=10**9)


def labels_in_order(project: Path) -> list[str]:
    """Give the labels that the report embeds, in the order of reading, includes followed."""
    said = (words for line in read_sources(project) for words in line.shortcodes if words)
    embedded = [words[1] for words in said if words[0] == "embed" and len(words) > 1]
    return list(dict.fromkeys(target.partition("#")[2] for target in embedded))


def embeds(report: Path) -> Callable[[str], bool]:
    """Give whether the sources of a report embed a label; a star in a label is anything."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(report.rglob("*.qmd"))]
    targets = [target for text in texts for _, target in SHORTCODE.findall(text)]
    names = {target.partition("#")[2] for target in targets if "#" in target}
    return lambda label: any(fnmatchcase(label, name) for name in names)


def unused_parts(project: Path, replaced: Collection[str] = ()) -> list[str]:
    """Name the parts in `report/sections/`, and files beside them, that nothing includes.

    Those that the study has replaced are left out.
    """
    included = set(
        re.findall(
            r"include\s+(\S+)",
            "\n".join(
                read_text(path, to_edit(path, project))
                for path in sorted((project / REPORT).rglob("*.qmd"))
            ),
        )
    )
    names = {Path(target).name for target in included}
    found = sorted((project / REPORT).rglob("*.qmd"))
    return [
        path.relative_to(project).as_posix()
        for path in found
        if path.name not in names and path.stem not in replaced and path != project / MAIN
    ]
