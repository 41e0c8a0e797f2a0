"""What endpoints, statuses and dates are called in English, German, French, Spanish,
Italian and Dutch."""

from __future__ import annotations

from ..study.vital import DEATH, bare

# endpoint: what stands within a name, without accents and between blanks
ENDPOINT_PHRASES = {
    "pfs": (
        "progression free",
        "progressionsfreies",
        "progressionsfrei",
        "sans progression",
        "libre de progresion",
        "libera da progressione",
        "libre progresion",
        "progressievrije",
        "progressievrij",
    ),
    "dmfs": (
        "distant metastasis free",
        "fernmetastasenfreies",
        "sans metastase a distance",
        "libre de metastasis a distancia",
        "libera da metastasi a distanza",
        "afstandsmetastasevrije",
    ),
    "mfs": (
        "metastasis free",
        "metastasenfreies",
        "sans metastase",
        "libre de metastasis",
        "libera da metastasi",
        "metastasevrije",
    ),
    "dfs": (
        "disease free",
        "krankheitsfreies",
        "sans maladie",
        "libre de enfermedad",
        "libera da malattia",
        "ziektevrije",
    ),
    "rfs": (
        "recurrence free",
        "relapse free",
        "rezidivfreies",
        "sans recidive",
        "sans rechute",
        "libre de recidiva",
        "libre de recaida",
        "libre de recurrencia",
        "libera da recidiva",
        "libera da recidive",
        "libera da ricaduta",
        "recidiefvrije",
        "terugvalvrije",
    ),
    "efs": (
        "event free",
        "ereignisfreies",
        "sans evenement",
        "libre de eventos",
        "libre de evento",
        "libera da eventi",
        "libera da evento",
        "gebeurtenisvrije",
        "eventvrije",
    ),
    "ttp": (
        "time to progression",
        "zeit bis zur progression",
        "zeit bis progression",
        "temps jusqu a progression",
        "temps jusqu a la progression",
        "delai de progression",
        "tiempo hasta la progresion",
        "tiempo a la progresion",
        "tempo alla progressione",
        "tempo a progressione",
        "days to progression",
        "months to progression",
        "tijd tot progressie",
    ),
    "ttr": (
        "time to recurrence",
        "time to relapse",
        "zeit bis zum rezidiv",
        "zeit bis rezidiv",
        "temps jusqu a la recidive",
        "delai de recidive",
        "tiempo hasta la recidiva",
        "tempo alla recidiva",
        "days to recurrence",
        "days to relapse",
        "tijd tot recidief",
        "tijd tot terugval",
    ),
    "css": (
        "cancer specific",
        "tumorspezifisches",
        "specifique du cancer",
        "cancer especifica",
        "especifica por cancer",
        "cancro specifica",
        "kankerspecifieke",
    ),
    "dss": (
        "disease specific",
        "krankheitsspezifisches",
        "specifique de la maladie",
        "especifica por enfermedad",
        "specifica per malattia",
        "ziektespecifieke",
    ),
    "dor": (
        "duration of response",
        "dauer des ansprechens",
        "duree de la reponse",
        "duree de reponse",
        "duracion de la respuesta",
        "durata della risposta",
        "duur van respons",
        "duur van de respons",
        "responsduur",
    ),
    "os": (
        "overall survival",
        "gesamtuberleben",
        "gesamt uberleben",
        "survie globale",
        "supervivencia global",
        "sopravvivenza globale",
        "sopravvivenza complessiva",
        "time to death",
        "zeit bis zum tod",
        "delai de deces",
        "tiempo hasta la muerte",
        "tempo al decesso",
        "totale overleving",
        "algehele overleving",
        "algemene overleving",
        "tijd tot overlijden",
    ),
}
# abbreviations in other languages than English; as a word of its own
ABBREVIATIONS = {
    "ssp": "pfs",
    "slp": "pfs",
    "pfu": "pfs",
    "ssm": "dfs",
    "sle": "dfs",
    "ssr": "rfs",
    "slr": "rfs",
    "sg": "os",
    "gu": "os",
    "sse": "efs",
}
# what a status is of where it names two things
PROGRESSION = {
    "progression",
    "progressed",
    "progress",
    "pd",
    "progressionsereignis",
    "progresion",
    "progressione",
    "progredienz",
    "progressie",
}
RECURRENCE = {
    "recurrence",
    "relapse",
    "recurred",
    "relapsed",
    "rezidiv",
    "recidive",
    "rechute",
    "recidiva",
    "recaida",
    "recurrencia",
    "ricaduta",
    "recidief",
    "terugval",
}
DEATHS = {bare(word) for word in DEATH}


def endpoint_phrase(text: str) -> str:
    """Give the endpoint that a name spells out in one of six languages; "" if none."""
    plain = bare(text)
    for key, phrases in ENDPOINT_PHRASES.items():
        if any(phrase in plain for phrase in phrases):
            return key
    words = set(plain.split())
    return next((key for short, key in ABBREVIATIONS.items() if short in words), "")


def of_both(text: str) -> str:
    """Give the endpoint of a status that names two events: progression or death is PFS."""
    words = set(bare(text).split())
    if not words & DEATHS:
        return ""
    return "pfs" if words & PROGRESSION else "dfs" if words & RECURRENCE else ""
