"""Columns that are known only after time zero: never in a baseline table, never in a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from ..cohort.checks.meaning import is_response
from ..study.vital import DEATH, bare, spelt, vital
from . import words as w
from .columns import Column
from .phrases import endpoint_phrase, of_both
from .vocabulary import AFTER_BASELINE

AFTER = "seems to be known only after time zero"
OUTCOME = "seems to be an outcome that was not used"
# what was given, how long, how it ended: words of a name or label, without accents
FOLLOWS = {
    *spelt(DEATH),
    "dose",
    "doses",
    "dosis",
    "dosi",
    "cumulative",
    "cumdose",
    "intensity",
    "cycles",
    "cycle",
    "zyklen",
    "ciclos",
    "cicli",
    "duration",
    "dauer",
    "duree",
    "duracion",
    "durata",
    "trtdur",
    "trtdurd",
    "trtdurm",
    "trtdury",
    "disposition",
    "discontinued",
    "discontinuation",
    "withdrawal",
    "withdrawn",
    "withdrew",
    "completer",
    "dropout",
    "reason",
    "cause",
    "toxicity",
    "ctcae",
    "adverse",
    "irae",
    "trae",
    "nadir",
    "delta",
    "change",
    "chg",
    "pchg",
    "veranderung",
    "final",
    "finale",
    "finaux",
    "sessions",
    "salvage",
    "subsequent",
    "subseq",
    "crossover",
    "poststudy",
    "postbaseline",
    "posttreatment",
    "followup",
    "nachbeobachtung",
    "suivi",
    "seguimiento",
    "last",
    "letzte",
    "letzter",
    "dernier",
    "derniere",
    "ultimo",
    "ultima",
    "relapse",
    "relapsed",
    "recurrence",
    "recurred",
    "rezidiv",
    "recidive",
    "recidiva",
    "recaida",
    "progression",
    "progressed",
    "progredienz",
    "response",
    "ansprechen",
    "reponse",
    "respuesta",
    "risposta",
    "responder",
    "survival",
    "uberleben",
    "survie",
    "supervivencia",
    "sopravvivenza",
    "censor",
    "censored",
    "cens",
    "event",
    "ereignis",
    "evenement",
    "evento",
    "outcome",
    "ongoing",
    "best",
    "bor",
    "orr",
    "recist",
    "eos",
    "eot",
    "dcsreas",
    "dcdecod",
    "dcterm",
    "dsdecod",
    "lastcontact",
    "complication",
    "complications",
    "readmission",
    "reoperation",
    "los",
    "stay",
    "kuren",
    "cycli",
    "duur",
    "reden",
    "stopreden",
    "oorzaak",
    "doodsoorzaak",
    "bijwerking",
    "bijwerkingen",
    "toxiciteit",
    "complicatie",
    "complicaties",
    "heropname",
    "heroperatie",
    "opnameduur",
    "ligduur",
    "vervolgbehandeling",
    "vervolgtherapie",
    "progressie",
    "recidief",
    "terugval",
    "respons",
    "overleving",
    "gecensureerd",
    "gecensoreerd",
    "gebeurtenis",
    "uitkomst",
    "laatste",
    "verandering",
    "gestaakt",
    "nacontrole",
    "beste",
}
# of what was before: a response to an earlier treatment, a family's deaths
BEFORE = {
    "prior",
    "previous",
    "previously",
    "pre",
    "pretreatment",
    "history",
    "family",
    "past",
    "baseline",
    "vorher",
    "vorherige",
    "anterior",
    "previo",
    "previa",
    "precedente",
    "anterieur",
    "antecedent",
    "familiar",
    "screening",
    "before",
    "eerder",
    "eerdere",
    "vooraf",
    "voorgeschiedenis",
    "vorige",
    "voorafgaande",
    "familie",
    "familiair",
}
DURATIONS = {
    "time",
    "days",
    "months",
    "weeks",
    "years",
    "tage",
    "monate",
    "wochen",
    "zeit",
    "jours",
    "mois",
    "temps",
    "dias",
    "meses",
    "tiempo",
    "giorni",
    "mesi",
    "tempo",
    "tijd",
    "dagen",
    "maanden",
    "weken",
}
GIVEN = {
    "on",
    "treatment",
    "therapy",
    "drug",
    "study",
    "therapie",
    "behandlung",
    "traitement",
    "tratamiento",
    "trattamento",
    "until",
    "bis",
    "behandeling",
    "medicatie",
    "tot",
}
SINCE = {
    "since",
    "from",
    "diagnosis",
    "before",
    "seit",
    "depuis",
    "desde",
    "dal",
    "sinds",
    "onset",
    "zu",
}
OFF = re.compile(r"^off(trt|treat|treatment|study|therapy|drug)|(off|stop|stopped)$")
STATUS_WORDS = {"status", "stat"}
# statuses of a disease or a treatment: at the start as often as at the end
EITHER = {"disease", "treatment", "therapy", "patient", "pt", "current", "ziekte", "behandeling"}
EXIT = re.compile(r"(exit|end|eind|final|last|fu|followup|discharge|vital)(stat|status)$")
VISIT = re.compile(r"(?:week|wk|month|day|visit|cycle|fu)_?0*([1-9]\d*)(?:_?d\d+)?")
TOXICITY = {
    "ae",
    "tox",
    "toxicity",
    "ctcae",
    "irae",
    "trae",
    "gvhd",
    "agvhd",
    "cgvhd",
    "mucositis",
    "reaction",
    "bijwerking",
    "toxiciteit",
}
# within a name, as German grows words together: what was given next, why it ended, what it did
WITHIN_NAME = re.compile(
    r"dos(is|e)?(reduk|anpass|red$|mod)|abbruch|folgether|folgelin|zweitlin|drittlin|nebenwirk"
    r"|unerwunscht|toxiz|toxic|tossic|todesurs|liegedauer|krankenhaustag|komplikation|complicac"
    r"|complicaz|effetsindes|effetindes|efectoadv|efectosadv|eventoavv|eventiavv|motifdar"
    r"|arretdu|arrettrait|suspension|sospension|interruz|interrup|reducciondedosis|reducciondosis"
    r"|riduzionedose|riduzionedella|reductiondedose|reductiondose|dosereduc|dosedelay|dosemod"
    r"|segundalinea|terceralinea|secondalinea|terzalinea|deuxiemeligne|troisiemeligne"
    r"|lignesulter|ligneulter|secondline|thirdline|2ndline|3rdline|nextline|laterline|2l$|rescue"
    r"|(drainage|beatmungs?|intensiv|liege)tage$|lokalrezidiv|lokalrez$|fernrezidiv"
    r"|stopreden|dosisreduct|redenstop|redenstak|redenvanstop|dosisaanpas|vervolgbehand|vervolgther|tweedelijn"
    r"|derdelijn|bijwerk|doodsoorz|ligduur|opnameduur|ligdagen|opnamedagen|complicatie|heropname"
    r"|heroperatie|recidief"
    r"|hospitaldays|daysinhospital|lengthofstay|icudays|joursdhospital|diashospital"
)
# at what happened after time zero: ecog_at_progression
AT_EVENT = re.compile(
    r"\b(at|on|bei|bij|a la|al|alla|zum|beim)\s+(first\s+)?"
    r"(progress\w*|relapse|recurrence|death|pd|eot|discontinuation|rezidiv|rechute|progresion"
    r"|recidiva|recaida|progressione|recidief|terugval|overlijden)\b"
)
DISPOSITION = {
    "completed",
    "discontinued",
    "withdrawn",
    "lost to follow up",
    "lost to follow-up",
    "death",
    "died",
    "dead",
    "alive",
    "progressive disease",
    "disease progression",
    "adverse event",
    "withdrawal by subject",
    "physician decision",
    "lost",
    "ltfu",
    "retained",
    "transferred",
    "transferred out",
    "completed study",
    "infected",
    "uitgevallen",
    "abgebrochen",
    "consent withdrawn",
    "transplant",
    "study terminated by sponsor",
}
FIRST_OF = re.compile(r"(.*?[^_. ])[_. ]?(?:0|00|bl|base|baseline|pre)", re.I)
VISIT_0 = re.compile(r"_(?:w|wk|week|m|mo|month|d|day|y|v|visit)_?0+$", re.I)
SERIES = re.compile(r"(.*?[^\d_. ][_. ]?)([1-9])")
LONG = 3  # members of a series of repeated events
AGAIN = r"[_. ]?(?:w|wk|week|m|mo|month|d|day|y)?_?0*(?:[2-9]|[1-9]\d+)"
RELATED = 0.3
TAILS = (
    r"(time|months?|mo|days?|years?|weeks?|surv|event|status|stat|cens\w*|cnsr|aval|dur|ind)+"
    r"\d*"
)
GDC_DAYS = re.compile(r"(?:.*\.)?days_to_(?!birth|diagnosis)\w+")
WITHIN, ALIKE, LINKED = 0.99, 0.97, 0.6
FEWEST, MANY = 12, 25  # patients by whose values something is judged
MOST_KINDS = 8  # of an event
KNOWN, UNKNOWN = 0.9, 0.1  # shares known with and without the event


def is_visit(name: str) -> bool:
    """Say whether the end of a name is a visit after the first: recist_week8."""
    parts = bare(name).split()
    return len(parts) > 1 and bool(VISIT.fullmatch(parts[-1]))


def follows(column: Column, times: Mapping[str, pd.Series], events: Mapping[str, pd.Series]) -> str:
    """Say why a column seems to be known only after time zero; "" if it does not.

    Parameters
    ----------
    column : Column
    times, events : mapping of Series
        Times, and whether there was an event (1, 0), of each endpoint.
    """
    named = _by_name(column) or _by_cells(column)
    if named:
        return named
    for time in times.values():
        if column.is_number and not column.is_categorical and is_within(column, time):
            return "seems to be a time within the follow-up"
    for event in events.values():
        if _known_with(column, event):
            return "is known only of those with the event, or only without it"
        if _tells(column, event):
            return "says who had the event"
    return ""


def _by_name(column: Column) -> str:
    found = {*bare(column.name).split(), *bare(column.label).split()}
    found |= {word.rstrip("0123456789") for word in found}  # dose2, grade3
    if w.is_baseline_status(column.name) or found & BEFORE or is_of_either(column.name):
        return ""
    if GDC_DAYS.fullmatch(column.name.casefold()):
        return AFTER
    if _is_outcome(column):
        return OUTCOME
    grade = found & {"grade", "gr"} and found & TOXICITY
    visit = column.is_number and is_visit(column.name)
    given = found & DURATIONS and found & GIVEN and not found & SINCE
    plain = bare(column.name).replace(" ", "")
    gone = OFF.search(plain) or EXIT.search(plain) or "gvh" in plain or WITHIN_NAME.search(plain)
    gone = gone or is_at_event(column.name)
    chinese = [word for word in AFTER_BASELINE if w.CHINESE.search(word)]
    named = found & (FOLLOWS | {"post", "after"}) or w.mentions(column.name, AFTER_BASELINE)
    return AFTER if named or grade or visit or gone or given or column.about(chinese) else ""


def is_of_either(name: str) -> bool:
    """Say whether a name is the status of what may be meant before or after: disease_status."""
    parts = {*bare(name).split()}
    return bool(parts & STATUS_WORDS and parts & EITHER) and parts <= STATUS_WORDS | EITHER


def is_at_event(name: str) -> bool:
    """Say whether a name is of a value at an event: ecog_at_progression, Alter bei Rezidiv."""
    return bool(AT_EVENT.search(bare(name)))


def _is_outcome(column: Column) -> bool:
    """Say whether a column is named as an endpoint: pfs_months, OS status."""
    for text in (column.name, column.label):
        key = w.stem(text)
        if key and (
            key in bare(text).split()
            or endpoint_phrase(text)
            or of_both(text)
            or w.says_dead(text)
            or re.fullmatch(key + TAILS, w.compact(text))
        ):
            return True
    return False


def later_of(names: Mapping[str, Column]) -> dict[str, str]:
    """Find values that were measured again: cd420 and cd496 beside cd40, alb_12 beside alb_0.

    Returns
    -------
    dict
        The later column to the first one.
    """
    out = {}
    for first, column in names.items():
        base = FIRST_OF.fullmatch(first)
        if not base or not column.is_number or column.is_categorical:
            continue
        for name, other in names.items():
            again = name != first and re.fullmatch(re.escape(base[1]) + AGAIN, name, re.I)
            if (
                again
                and other.is_number
                and not other.is_categorical
                and (VISIT_0.search(first) or column.numbers.corr(other.numbers) > RELATED)
            ):
                out[name] = first
    return out


def _by_cells(column: Column) -> str:
    """Judge by what the cells say: responses, dispositions, dead and alive."""
    shown = [column.shown(code) for code in column.different[:40]]
    if is_response(shown):
        return "a response that was not used"
    plain = {text.strip().casefold() for text in shown}
    if len(plain) > 1 and len(plain & DISPOSITION) * 2 >= len(plain):
        return AFTER
    lives = [vital(text) for text in shown]
    return OUTCOME if {True, False} <= {*lives} else ""


def is_within(column: Column, time: pd.Series) -> bool:
    """Say whether a number lies within the follow-up and goes with it, as another time does."""
    value = column.numbers
    both = value.notna() & time.notna()
    if both.sum() < FEWEST or value[both].nunique() < FEWEST or (value[both] < 0).any():
        return False
    if (value[both] <= time[both] + 1e-9).mean() < WITHIN:
        return False
    same = np.isclose(value[both], time[both]).mean()
    return bool(
        value[both].corr(time[both], method="spearman") >= LINKED
        and (same > UNKNOWN or value[both].max() > time[both].max() / 2)
    )


def _known_with(column: Column, event: pd.Series) -> bool:
    known, had = column.cells.notna(), event == 1
    if not (FEWEST <= had.sum() <= len(event) - FEWEST):
        return False
    shares = sorted((known[had].mean(), known[event == 0].mean()))
    return bool(shares[0] <= UNKNOWN and shares[1] >= KNOWN)


def _tells(column: Column, event: pd.Series) -> bool:
    """Say whether a column of a few values is the event in nearly all patients, or its kinds.

    Each value stands for the event or for none: 0 for those without it, 1, 2, 3 for its kinds.
    """
    if not 2 <= len(column.different) <= MOST_KINDS:
        return False
    both = column.cells.notna() & event.notna()
    counts = pd.crosstab(column.cells[both], event[both]).to_numpy()
    if counts.shape[1] != 2 or counts.sum(axis=0).min() < MANY:
        return False
    of_event = counts[:, 1] > counts[:, 0]
    said = counts[~of_event, 0].sum(), counts[of_event, 1].sum()
    if len(counts) == 2:  # a 1 for those without it says the same
        return bool(sum(said) / counts.sum() >= ALIKE and of_event.any() and not of_event.all())
    return bool((said / counts.sum(axis=0)).min() >= ALIKE)


def repeated(names: Mapping[str, Column]) -> list[str]:
    """Find numbers of events that repeat: etime1, etime2, etime3, each known of fewer patients."""
    series: dict[str, list[str]] = {}
    for name, column in names.items():
        found = SERIES.fullmatch(name)
        if found and column.is_number and not column.is_date:
            series.setdefault(found[1], []).append(name)
    out = []
    for members in series.values():
        missing = [names[name].cells.isna().sum() for name in sorted(members)]
        if (
            len(members) >= LONG
            and 0 < missing[0] < missing[-1]
            and all(one <= more for one, more in pairwise(missing))
        ):
            out += members
    return out


def goes_with(column: Column, later: Mapping[str, Column]) -> str:
    """Say that a column is known of those only of whom something later is; "" if it is not.

    What was found at a transplantation is known of the transplanted; who was transplanted is, too.
    """
    known = column.cells.notna()
    two = column.is_number and set(column.numbers.dropna().unique()) == {0.0, 1.0}
    for name, other in later.items():
        there = other.cells.notna()
        if not UNKNOWN < there.mean() < KNOWN or there.sum() < FEWEST:
            continue
        yes = column.numbers == 1
        within = known.mean() < KNOWN and (known & ~there).sum() <= (1 - WITHIN) * known.sum()
        if within or (two and known.all() and (yes == there).mean() >= WITHIN):
            return f"seems to be known only with '{name}'"
    return ""
