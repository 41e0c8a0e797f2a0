"""One build, from a study folder to its published output: all of it, or the old one as it was."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache as cache_of_calls
from pathlib import Path
from typing import Any

from ..cohort.cohort import Cohort, load_cohort
from ..display.drawing.letters import what_to_install, without_glyph
from ..display.language.speech import Speech, speech_of
from ..display.layout.abbreviations import of_manuscript
from ..display.methods.manuscript import study_values
from ..display.problems import undrawn
from ..display.words import p_decimals
from ..errors import CohortbookError, NotebookError
from ..formats import counted
from ..processes import kill_children, removed_with_us
from ..sections import PUBLISHED_FILE
from ..study.journals import Journal, load_journal
from ..study.languages import language_files
from ..study.study import STUDY_FILE, read_keys, slug
from . import unchanged
from .files.commit import digest, file_hash, read_source
from .files.folder import read_files
from .files.leftovers import building, lock_of
from .files.locks import only_one
from .files.publish import claim, made_beside, new_folder, publish, recover, remember, replace_text
from .notebooks import patient_rows
from .notebooks.begin import begun, kept, kept_notebooks
from .notebooks.cache import key_of_parts, key_parts
from .notebooks.execute import Place, Progress, Run, prepared, run_notebooks, silent
from .notebooks.named import may_read, variables
from .notebooks.notebook_page import FOLDER, write_pages
from .notebooks.notebooks import asked
from .notebooks.own_notebooks import (
    added_notebooks,
    announce,
    behind,
    behind_said,
    notebooks_of,
    own_notebooks,
    unused,
)
from .notebooks.reads import (
    ABSENT,
    NEVER,
    Around,
    keep_reads,
    kept_reads,
    settled,
    study_files_read,
)
from .notebooks.template import Template
from .output import exports
from .output.journal_check import Misfit, check_figures, write_misfits
from .output.provenance import provenance, provenance_values
from .project import abstract, links, stage
from .project.checklist import not_chosen, suggested, write_checklists
from .project.in_force import InForce
from .project.language import say_values
from .project.merge import Gathered, gather
from .project.own_parts import OwnParts, own_parts
from .project.parts import note_absent
from .project.quarto_files import link_watched
from .render.docx_comments import stage_comments
from .render.render import choose_renderer, render
from .request import Report, Request, near
from .where import packaged

UNTRANSLATED = "untranslated.txt"  # texts that have no words in the language of the report
Hash = Callable[[Path], str]


@dataclass(frozen=True)
class Watcher:
    """Those who follow a build: `notebook` hears its progress, `tell` hears sentences."""

    notebook: Progress = silent
    tell: Callable[[str], None] = lambda _: None
    plan: Callable[[list[str]], None] = lambda _: None


def build(
    request: Request, watcher: Watcher = Watcher(), template: Template | None = None
) -> Report:
    """Build the report of a study.

    Parameters
    ----------
    request : Request
    watcher : Watcher
    template : Template, optional
        What `begun` gave to a caller who could begin before importing this module.

    Returns
    -------
    Report

    Raises
    ------
    CohortbookError
        StudyError, ParameterError, NotebookError or RenderError. The previous output is then
        still there, whole.
    """
    # before anything is read: what changes from here on shows when the report is noted
    given = unchanged.inputs(request)
    with nullcontext(template) if template else begun(request) as ready:
        cohort = load_cohort(request.study)
        journal = load_journal(request.journal or cohort.study.journal)
        return _alone(request, cohort, journal, given, watcher, ready)


def _alone(
    request: Request,
    cohort: Cohort,
    journal: Journal,
    given: dict[str, str],
    watcher: Watcher,
    template: Template | None,
) -> Report:
    """Build while no other build of the same output does."""
    final = request.final
    with (
        only_one(lock_of(final), tell=watcher.tell), _readable_failures(), building(request.work),
    ):  # fmt: skip
        # before it is claimed: a build that was killed while it published left the old one aside
        recover(final)
        claim(final, request.study.resolve())
        with work_folder(request) as work:
            report = _build(request, cohort, journal, work, watcher, template)
        with _readable_failures(PUBLISHED):
            unchanged.note(request, report, given)
        return report


UNCHANGED = "The last finished report is unchanged."
PUBLISHED = "The new report is in its place, whole; what makes the next build quick is not."


@contextmanager
def _readable_failures(stands: str = UNCHANGED) -> Iterator[None]:
    """A full disk or a folder that cannot be written is the user's to mend, not a traceback."""
    try:
        yield
    except OSError as error:
        raise CohortbookError(
            f"{error.strerror or error}.", str(error.filename or ""), stands
        ) from error


@contextmanager
def work_folder(request: Request) -> Iterator[Path]:
    """Give an empty folder under `_build/`, and remove those of killed builds of this output."""
    parent = request.work / "_build"
    parent.mkdir(exist_ok=True)
    name = f"{slug(request.final.name)[:40]}-{hash_of(str(request.final))}"
    # nobody else builds this output now: what lies here is of a build that was killed
    for left in parent.glob(f"{name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    try:
        with removed_with_us(work):
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build(
    request: Request,
    cohort: Cohort,
    journal: Journal,
    work: Path,
    watcher: Watcher,
    template: Template | None,
) -> Report:
    runs = _plan(request, cohort, work)
    notebooks = [run.notebook for run in runs]
    own = own_notebooks(notebooks, request.study)
    if own:
        watcher.tell(announce(own))
    parts = own_parts(request.root, request.study, added_notebooks(request.root, notebooks))
    for problem in _problems(request, cohort):
        watcher.tell(f"Warning: {problem}")
    renderer = choose_renderer(request.renderer, request.formats)
    files = study_files(cohort)
    reasons = _ran(request, cohort, runs, files, work, watcher, template)
    gathered = gather(runs, work / "results")
    speech = speech_of(cohort)
    gathered.values = links.with_sources(gathered.values, runs)
    gathered.omitted = {**gathered.omitted, **not_chosen(cohort.study)}
    source = request.source or read_source(request.root)
    parameters = {run.notebook.name: run.parameters for run in runs}
    reads = reads_of(runs)
    seen = {
        name: found for name, found in study_files_read(reads or {}).items() if name not in files
    }
    in_force = InForce.of(cohort, runs, gathered, stage.embeds(request.root / stage.REPORT))
    facts = provenance(
        cohort,
        source,
        renderer,
        parameters,
        {**seen, **files, **own, **parts.files},
        in_force.facts,
        {"notebooks": {part.file: part.placed for part in parts.notebooks}, "parts": parts.facts},
    )
    values = _values(cohort, gathered, facts, in_force, speech)
    project = _staged(request, cohort, work, runs, gathered, values, parts, speech, watcher)
    names, count, misfits = _make(
        request,
        project,
        runs,
        gathered,
        (facts, in_force),
        journal,
        renderer,
        source.epoch,
        watcher,
    )
    with _readable_failures(PUBLISHED):
        remember(request.final, request.study.resolve())
        if not packaged(request.root):
            words = speech.language.label if speech and speech.language.words else ""
            _publish_at_root(request, project, parts.absent_at_root(request.study, words))
    documents = [request.final / name for name in names]
    told = tuple(map(str, misfits))
    return Report(request.final, documents, " ".join(renderer), reasons, count, told, reads)


def _ran(
    request: Request,
    cohort: Cohort,
    runs: list[Run],
    files: dict[str, str],
    work: Path,
    watcher: Watcher,
    template: Template | None,
) -> dict[str, str]:
    """Run the notebooks, refuse a study that changed meanwhile, leave out rows of patients."""
    reasons = _run(request, cohort, runs, files, work, watcher, template)
    # half of the report would be of the one table and half of the other
    if study_files(cohort) != files_now(files, _place(request, work)):
        raise CohortbookError(
            "The study's files were changed while its report was built.",
            str(request.study),
            "Build it again.",
        )
    found = patient_rows.guard([run.executed for run in runs], cohort)
    if found:
        watcher.tell(patient_rows.warning(found, cohort.study.privacy.show_ids))
    return reasons


def _staged(
    request: Request,
    cohort: Cohort,
    work: Path,
    runs: list[Run],
    gathered: Gathered,
    values: dict[str, dict[str, str]],
    parts: OwnParts,
    speech: Speech | None,
    watcher: Watcher,
) -> Path:
    """Put the sources of the report together, and tell what is in doubt; give their folder."""
    project = work / "project"
    told = stage.stage(
        request.root,
        project,
        runs,
        gathered,
        values,
        list(cohort.study.endpoints),
        parts,
        request.study,
        speech,
    )
    for sentence in filter(None, (*told, suggested(cohort.study))):
        watcher.tell(sentence)
    for part in stage.unused_parts(project, parts.replaced):
        watcher.tell(f"Warning: {part}: no part of the report includes this file; it is not used.")
    stage_comments(request.study, project)
    write_checklists(project, cohort.study, gathered.folder, speech)
    if speech:
        told_language(speech, gathered, watcher)
    return project


def told_language(speech: Speech, gathered: Gathered, watcher: Watcher) -> None:
    """Say what of the report is not in the study's language."""
    language = speech.language
    if not language.words:
        watcher.tell(
            f"Numbers are printed as in {language.label}; there are no {language.label} words: the "
            "report is in English."
        )
    lacking = without_glyph(language.letters)
    if lacking:
        watcher.tell(f"Warning: no font here has {lacking}. {what_to_install(lacking)}")
    missing = sorted(gathered.untranslated | set(speech.missing))
    if missing:
        (gathered.folder / UNTRANSLATED).write_text("\n".join(missing) + "\n", "utf-8")
        watcher.tell(
            f"Warning: {counted(len(missing), 'text')} without words in {language.label}, marked "
            f"in the report and listed in {UNTRANSLATED}: {'; '.join(missing[:3])}"
        )


def _make(
    request: Request,
    project: Path,
    runs: list[Run],
    gathered: Gathered,
    told: tuple[dict[str, Any], InForce],
    journal: Journal,
    renderer: tuple[str, str],
    epoch: str,
    watcher: Watcher,
) -> tuple[list[str], int, list[Misfit]]:
    """Make the files of the report beside the last one, and put them in its place once all are.

    Returns the names of the documents, the number of statistics, and what the journal would not
    take.
    """
    with made_beside(request.final) as made:
        watcher.tell("Writing tables, figures and statistics.")
        _export(made, project, runs, gathered)
        watcher.tell(f"Rendering with {' '.join(renderer)}.")
        # the renderer's programs work beside what follows, which they do not read
        with ThreadPoolExecutor(1) as pool:
            rendering = pool.submit(_render, request, project, made, renderer[0], epoch)
            try:
                count = _export_rest(made, project, runs, *told)
                misfits = check_figures(made / "figures", journal)
                write_misfits(misfits, made / "figures" / "journal_check.csv")
                names, warned = rendering.result()
            except KeyboardInterrupt:
                kill_children()
                raise
        for sentence in warned:
            watcher.tell(f"Warning: {sentence}")
        # once all is made: readers see the old report or the new one, never a part of either
        publish(made, request.final)
    return names, count, misfits


def _problems(request: Request, cohort: Cohort) -> list[str]:
    """Name what stops no build and should be known before it: copies left behind, files unused."""
    return [
        *map(behind_said, behind(request.root, request.study)),
        *undrawn(cohort.study, cohort.adverse_events),
        *unused(request.root, request.study, request.final),
    ]


def _plan(request: Request, cohort: Cohort, work: Path) -> list[Run]:
    notebooks = notebooks_of(request.root, request.study)
    return [
        Run(notebook, work / "runs" / notebook.name, parameters)
        for notebook, parameters in asked(notebooks, request.settings, cohort.said)
    ]


def run_all(request: Request, cohort: Cohort, work: Path, watcher: Watcher) -> list[Run]:
    """Run all notebooks of a study, those that are kept apart; give the finished runs.

    Raises
    ------
    NotebookError
        For a cell that raised.
    """
    runs = _plan(request, cohort, work)
    _run(request, cohort, runs, study_files(cohort), work, watcher, None)
    return runs


def study_files(cohort: Cohort) -> dict[str, str]:
    """Give the SHA-256 of every file of the study that a notebook reads."""
    published = cohort.folder / PUBLISHED_FILE
    extra = {PUBLISHED_FILE: file_hash(published)} if published.is_file() else {}
    return {**cohort.fingerprints, **extra}


def files_now(files: Mapping[str, str], place: Place) -> dict[str, str]:
    """Give the SHA-256 that the same files have now."""
    return {name: file_hash(place.study / name) for name in files}


def meant(files: Mapping[str, str], study: Path) -> dict[str, str]:
    """Give the same hashes, but of the study file that of what it says: comments do not count."""
    says = read_keys(study / STUDY_FILE)
    return {**files, STUDY_FILE: digest(repr(says))}


def _run(
    request: Request,
    cohort: Cohort,
    runs: list[Run],
    files: dict[str, str],
    work: Path,
    watcher: Watcher,
    begun: Template | None,
) -> dict[str, str]:
    """Restore what is kept, run the rest; give the reason for each."""
    place = _place(request, work)
    cache = kept_notebooks(request)
    around = Around(place.study, request.final)
    spoken = {
        f"language {path.stem}": file_hash(path)
        for path in language_files(cohort.study.language, cohort.folder)
    }
    given = meant(files, place.study) | spoken

    def parts_of(run: Run, given: dict[str, str], hashed: Hash) -> dict[str, str]:
        return key_parts(run, place.shown_study, given) | _may_read(run, around, files, hashed)

    once = cache_of_calls(file_hash)  # all notebooks may read the same files of the study
    parts = {run.notebook.name: parts_of(run, given, once) for run in runs}
    keys = {name: key_of_parts(part) for name, part in parts.items()}
    reasons, waiting = {}, []
    for run in runs:
        name = run.notebook.name
        if request.fresh:
            reasons[name] = "a fresh run was asked for"
        elif cache.restore(run, keys[name], around):
            reasons[name] = ""
            continue
        else:
            reasons[name] = cache.why(run, str(place.study), parts[name], around)
        waiting.append(run)

    def keep(name: str, state: str) -> None:
        if state == "done":
            run = next(run for run in waiting if run.notebook.name == name)
            # a run that was asked for afresh takes the place of the one that is kept
            cache.forget(keys[name])
            # a file saved while it ran may or may not have been read: such a run is not kept
            now = meant(files_now(files, place), place.study) | spoken
            reads = settled(run.folder, around)
            if reads is not None:
                keep_reads(run.folder, reads)
            if reads is not None and parts[name] == parts_of(run.again(), now, file_hash):
                cache.note(run, str(place.study), parts[name], reads)
                # an input whose state cannot be told could change unseen: such a run is not kept
                if NEVER not in reads.values():
                    cache.keep(run, keys[name])
        watcher.notebook(name, state)

    watcher.plan([run.notebook.name for run in waiting])
    try:
        wanted = [run.notebook for run in waiting]
        with begun or prepared(wanted, place.study, place.cache) as template:
            run_notebooks(waiting, place, request.workers, keep, template)
    except NotebookError as error:
        kept_at = _keep_failed(request, waiting, error)
        if not kept_at:
            raise
        raise NotebookError(
            f"{error.what}\n  The notebook as far as it ran: {kept_at}", error.where, error.mend
        ) from error
    cache.prune()
    return reasons


def _may_read(run: Run, around: Around, files: Mapping[str, str], hashed: Hash) -> dict[str, str]:
    """Give the state of what a notebook may read without a trace, by name."""
    found = may_read(run.notebook, around.study, around.output)
    parts = {f"file {name}": hashed(path) for name, path in found.items() if name not in files}
    named = {name: around.now(name) for name in map("variable {}".format, variables(run.notebook))}
    return parts | {name: state for name, state in named.items() if state != ABSENT}


def reads_of(runs: list[Run]) -> dict[str, str] | None:
    """Give all that the notebooks opened; None if it is not known of one."""
    found = [kept_reads(run.folder) for run in runs]
    if None in found:
        return None
    return {name: state for reads in found for name, state in reads.items()}


def _place(request: Request, work: Path) -> Place:
    study, root = request.study.resolve(), request.root.resolve()
    inside = study.is_relative_to(root)
    # as a notebook of the project names it; for a study elsewhere no path of this machine
    shown = f"../{study.relative_to(root).as_posix()}" if inside else study.name
    scratch = work / "scratch"
    scratch.mkdir(exist_ok=True)
    hidden = {str(study): shown, str(root): "..", str(work): "work", str(Path.home()): "~"}
    return Place(study, shown, scratch, kept(request), hidden)


def _keep_failed(request: Request, runs: list[Run], error: NotebookError) -> str:
    """Leave the executed copy of the notebook that raised where it can be opened; say where."""
    failed = next((run for run in runs if run.notebook.name == error.where), None)
    if failed is None or not failed.executed.is_file():
        return ""
    kept = request.work / "_build" / "failed" / request.final.name / failed.executed.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(failed.executed, kept)
    return near(kept)


def _values(
    cohort: Cohort,
    gathered: Gathered,
    facts: dict[str, Any],
    in_force: InForce,
    speech: Speech | None,
) -> dict[str, dict[str, str]]:
    said = {
        "study": study_values(cohort, in_force.study, in_force.sentences, in_force.levels),
        "provenance": provenance_values(facts),
    }
    said = say_values(said, speech)
    study = said["study"]
    sentences = [*study.values(), *(text for told in gathered.values.values()
                                    for text in told.values())]  # fmt: skip
    between = speech.language.between_sentences if speech else " "
    found, beside = abstract.results(gathered.values, cohort.study)
    return {
        "abstract": {
            "results": between.join(found),
            "results_beside": between.join(beside),
            "conclusion": between.join(abstract.conclusion(gathered.values)),
        },
        **said,
        "study": study | {"abbreviations": of_manuscript(sentences, cohort.study, speech)},
    }


def _export(made: Path, project: Path, runs: list[Run], gathered: Gathered) -> None:
    """Write figures and tables, to which the report has links."""
    order = stage.labels_in_order(project)
    names = exports.export_figures(gathered.folder, order, made / "figures")
    names |= exports.export_tables(gathered.folder, order, made / "tables")
    if (gathered.folder / UNTRANSLATED).is_file():
        shutil.copyfile(gathered.folder / UNTRANSLATED, made / UNTRANSLATED)
    shown = {label: names[label] for label in order if label in names}
    links.write_links(project, made, runs, shown)


def _export_rest(
    made: Path, project: Path, runs: list[Run], facts: dict[str, Any], in_force: InForce
) -> int:
    """Write notebooks, provenance and statistics; give how many statistics there are."""
    notebooks = made / FOLDER
    notebooks.mkdir()
    for run in runs:
        shutil.copyfile(run.executed, notebooks / run.executed.name)
    write_pages([run.executed for run in runs], project / stage.REPORT, notebooks)
    text = json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
    (made / "provenance.json").write_text(text, encoding="utf-8", newline="\n")
    return exports.export_statistics(
        runs,
        made / "results.json",
        in_force.alpha,
        facts["settings_by_notebook"],
        p_decimals(in_force.cohort.study),
    )


def _render(
    request: Request, project: Path, made: Path, renderer: str, epoch: str
) -> tuple[list[str], tuple[str, ...]]:
    """Render into `made`; give the names of the documents, and what the renderer warned of."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    # the date of the commit: a PDF of the same sources is the same bytes on any day
    os.environ["SOURCE_DATE_EPOCH"] = epoch
    try:
        result = render(project, made, renderer, tuple(request.formats), request.for_submission)
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before
    return [Path(path).name for path in result.paths], result.said


def _publish_at_root(request: Request, project: Path, absent: list[str]) -> None:
    """Let `quarto render`, `preview` and `publish` at the root show what was built last."""
    root = request.root.resolve()
    with only_one(root / "_build" / ".root.lock"):
        generated = root / stage.GENERATED
        recover(generated)
        made = new_folder(generated)
        shutil.copytree(project / stage.GENERATED, made, dirs_exist_ok=True)
        links.put_beside(request.final, made)
        note_absent(made, absent)
        publish(made, generated)
        text = (project / stage.VARIABLES).read_text(encoding="utf-8")
        replace_text(root / stage.VARIABLES, text)
        read = [path for path in read_files(root / stage.REPORT) if path != root / stage.MAIN]
        link_watched(root, [*read, root / stage.VARIABLES])


def hash_of(text: str) -> str:
    """Give a short name for a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
