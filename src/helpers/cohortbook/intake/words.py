"""The words by which exports name things, and how names are taken apart.

In English, German, French, Spanish, Italian and Chinese.
"""

from __future__ import annotations

import re
import unicodedata

from ..study.answers import NO, NO_WORDS, YES, YES_WORDS
from ..study.vital import ALIVE, DEAD, DEATH, spelt
from .phrases import endpoint_phrase, of_both

GROWN_TOGETHER = re.compile(r"^(dead|death|died)|(dead|death|died)$")
GLUED_DATE = re.compile(r"(\w{3,})(?:dt|date|datum)")
LETTER_NAME = re.compile(r"([tedc])(\w?)")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
CHINESE = re.compile(r"[\u3400-\u9fff]")
# in names of columns; 生存 is survival there, and who is living is a donor or lives alone
DEATHS = spelt(DEATH)
LIVING = spelt(ALIVE - {"living", "lives", "lived", "生存"})

PATIENT_ID = {
    "npatient",
    "npaciente",
    "idpaciente",
    "idpatient",
    "numerodipaziente",
    "idpaziente",
    "paciente",
    "paziente",
    "codigopaciente",
    "numpatient",
    "nhistoria",
    "pazienteid",
    "pacienteid",
    "submitterid",
    "casesubmitterid",
    "casessubmitterid",
    "casescaseid",
    "bcrpatientbarcode",
    "sujet",
    "sujeto",
    "soggetto",
    "studiennummer",
    "patientenid",
    "patientid",
    "id",
    "pid",
    "patid",
    "ptid",
    "subjid",
    "subjectid",
    "usubjid",
    "subject",
    "patno",
    "patientno",
    "patientnumber",
    "patient",
    "caseid",
    "caseno",
    "recordid",
    "studyid",
    "studyno",
    "mrn",
    "编号",
    "患者编号",
    "病例号",
    "病例编号",
    "住院号",
    "病案号",
    "患者id",
    "登记号",
    "门诊号",
    "序号",
    "研究编号",
    "patientennr",
    "patientennummer",
    "patnr",
    "fallnummer",
    "nr",
}
PATIENT_NUMBER = re.compile(
    r"(p|pat|patient|subj|subject|case|record|study|seq|sequence|lfd)?(id|no|nr|num|number|nummer)"
    r"(no|nr|num|number|nummer)?|seq|rowid|n(patient|sujet|dossier)"
)
REMARKS = {
    "comment",
    "comments",
    "remark",
    "remarks",
    "note",
    "notes",
    "bemerkung",
    "bemerkungen",
    "kommentar",
    "commentaire",
    "commentaires",
    "complete",
    "completed",
    "备注",
}
# of patients, cases and places: whole numbers that measure nothing
NAMES_BY_NUMBER = {
    "id",
    "pair",
    "litter",
    "inst",
    "instit",
    "institution",
    "site",
    "center",
    "centre",
    "hospital",
    "clinic",
    "zentrum",
    "klinik",
    "centro",
    "hôpital",
    "zip",
    "plz",
    "postcode",
}
HOSPITAL_ID = {"mrn", "住院号", "病案号", "登记号", "门诊号", "hospitalno", "hospitalnumber"}
# in the order of preference
ARM = (
    "trt01p",
    "trt01a",
    "arm",
    "treatmentarm",
    "studyarm",
    "actarm",
    "治疗组",
    "治疗分组",
    "组别",
    "分组",
    "treatmentgroup",
    "treatment",
    "trt",
    "rx",
    "group",
    "allocation",
    "randomisation",
    "randomization",
    "regimen",
    "therapy",
    "治疗方案",
    "治疗方式",
    "治疗方法",
    "治疗",
    "cohort",
    "trtp",
    "trta",
    "treat",
    "treated",
    "grp",
    "intervention",
    "studygroup",
    "arms",
    "gruppe",
    "behandlung",
    "groupe",
    "traitement",
    "grupo",
    "tratamiento",
    "brazo",
    "braccio",
    "trattamento",
    "gruppo",
    "terapia",
    "behandlungsarm",
    "studienarm",
    "bras",
    "brasdetraitement",
    "therapiearm",
    "behandlungsgruppe",
    "grupodetratamiento",
    "bracciodistudio",
    "interventionarm",
    "randomizedarm",
    "randomisedarm",
)
# words within the name of an arm, and those that make it the name of something else
ARM_WORDS = {
    "arm",
    "arms",
    "treatment",
    "trt",
    "randomised",
    "randomized",
    "randomisation",
    "randomization",
    "rando",
    "allocation",
    "allocated",
    "assigned",
    "therapy",
    "regimen",
    "bras",
    "traitement",
    "behandlung",
    "therapie",
    "group",
    "gruppe",
    "groupe",
    "grupo",
    "grupa",
    "brazo",
    "braccio",
    "trattamento",
    "tratamiento",
    "gruppo",
    "terapia",
}
NOT_ARM = {
    "prior",
    "previous",
    "pretreatment",
    "age",
    "date",
    "response",
    "related",
    "month",
    "months",
    "days",
    "day",
    "duration",
    "ongoing",
    "start",
    "end",
    "stop",
    "stopped",
    "reason",
    "line",
    "lines",
    "risk",
    "blood",
    "stage",
    "ecog",
    "performance",
    "histology",
    "after",
    "before",
    "second",
    "subsequent",
    "further",
    "completed",
    "status",
    "time",
    "ethnic",
    "race",
    "stratum",
}
CONTROL = (
    "placebo",
    "control",
    "standard",
    "observation",
    "obs",
    "none",
    "no treatment",
    "usual care",
    "untreated",
    "surgery alone",
    "alone",
    "monotherapy",
    "conventional",
    "best supportive care",
    "对照",
    "单纯",
    "单药",
    "常规",
    "观察",
    "kontrolle",
    "kontrollgruppe",
    "kontrollarm",
    "standardtherapie",
    "beobachtung",
    "témoin",
    "temoin",
    "contrôle",
    "controle",
    "estándar",
    "estandar",
    "observación",
    "observacion",
    "controllo",
    "osservazione",
    "placebo",
    "sham",
    "none",
)
# cells that say that nothing was recorded
NOTHING = {
    "-",
    "--",
    "–",
    "—",
    "?",
    "??",
    "n/a",
    "na",
    "n.a.",
    "n. a.",
    "nan",
    "null",
    "missing",
    "unknown",
    "unk",
    "not known",
    "not available",
    "not recorded",
    "not done",
    "nd",
    "n.d.",
    "k.a.",
    "k. a.",
    "keine angabe",
    "unbekannt",
    "fehlt",
    "inconnu",
    "inconnue",
    "manquant",
    "desconocido",
    "sin dato",
    "未知",
    "不详",
    "缺失",
    "not reported",
    "not applicable",
    "not evaluated",
    "not assessed",
    "not collected",
    "not entered",
    "not performed",
    "not tested",
    "not provided",
    "not stated",
    "not allowed to collect",
    "completed but not reported",
    "undetermined",
    "indeterminate, not recorded",
    "discrepancy",
    "no data",
    "no information",
    "nicht bekannt",
    "nicht erhoben",
    "nicht verfügbar",
    "fehlend",
    "non renseigné",
    "non renseignee",
    "non renseigne",
    "nr",
    "non disponible",
    "non connu",
    "données manquantes",
    "no disponible",
    "no consta",
    "ns/nc",
    "sin información",
    "no informado",
    "non noto",
    "non nota",
    "non disponibile",
    "mancante",
    "dato mancante",
    "sconosciuto",
    "#n/a",
    "#null!",
    "#value!",
    "#div/0!",
    "na/nk",
    "nk",
    "(blank)",
    "blank",
    "none recorded",
    "nil recorded",
    "dk",
    "don't know",
    "refused",
    "data missing",
}
UNITS_IN_CELLS = {
    **dict.fromkeys(
        (
            "y",
            "yr",
            "yrs",
            "year",
            "years",
            "yo",
            "y/o",
            "jahre",
            "jahr",
            "j",
            "ans",
            "an",
            "años",
            "岁",
        ),
        "years",
    ),
    **dict.fromkeys(("mo", "mos", "month", "months", "monate", "mois"), "months"),
    **dict.fromkeys(("d", "day", "days", "tage", "jours"), "days"),
    **{unit: unit for unit in ("kg", "cm", "mm", "%", "mg", "g", "kg/m2", "ml")},
    "mg/dl": "mg/dl",
    "g/dl": "g/dl",
    "g/l": "g/l",
    "ng/ml": "ng/ml",
    "u/l": "U/l",
    "iu/l": "IU/l",
}
MALE = {
    "m",
    "male",
    "man",
    "mann",
    "männlich",
    "maennlich",
    "h",
    "homme",
    "masculin",
    "hombre",
    "masculino",
    "maschio",
    "uomo",
    "varón",
    "varon",
    "男",
}
FEMALE = {
    "f",
    "female",
    "woman",
    "w",
    "weiblich",
    "frau",
    "femme",
    "féminin",
    "feminin",
    "feminino",
    "mujer",
    "femenino",
    "femmina",
    "donna",
    "femminile",
    "女",
}
SEX = {"sex", "gender", "geschlecht", "sexe", "sexo", "sesso", "género", "genere"}
NEGATIONS = ("non", "no", "not", "un", "without")
TIME = {
    "time",
    "times",
    "months",
    "month",
    "days",
    "day",
    "weeks",
    "week",
    "years",
    "yrs",
    "survival",
    "surv",
    "futime",
    "fu",
    "followup",
    "duration",
    "mo",
    "dur",
    "stop",
    "überleben",
    "nachbeobachtung",
    "survie",
    "suivi",
    "zeit",
    "时间",
    "生存期",
    "随访",
    "月",
    "supervivencia",
    "seguimiento",
    "tiempo",
    "sopravvivenza",
    "tempo",
    "délai",
    "durée",
    "dauer",
    "monate",
    "tage",
    "wochen",
    "jahre",
    "mois",
    "jours",
    "semaines",
    "meses",
    "días",
    "dias",
    "semanas",
    "mesi",
    "giorni",
    "settimane",
}
NOT_TIME = {
    "age",
    "hospital",
    "icu",
    "stay",
    "dose",
    "cycles",
    "size",
    "date",
    "dob",
    "birth",
    "year",
    "response",
    "hours",
    "first",
    "treatment",
    "onset",
    "interval",
    "diagnosis",
    "diag",
    "since",
    "calendar",
    "alter",
    "datum",
    "âge",
    "naissance",
    "geburt",
    "年龄",
    "日期",
    "edad",
    "età",
    "fecha",
    "data",
    "nacimiento",
    "nascita",
    "dosis",
    "dosi",
    "diagnosi",
    "diagnóstico",
    "diagnostico",
    "nodes",
    "count",
    "score",
    "剂量",
    "周期",
}
STATUS = {
    *DEATHS,
    *LIVING,
    "status",
    "stat",
    "event",
    "cens",
    "censor",
    "censored",
    "censrec",
    "cnsr",
    "vital",
    "fustat",
    "observed",
    "outcome",
    "relapse",
    "recurrence",
    "recurred",
    "recur",
    "progression",
    "progressed",
    "delta",
    "failure",
    "failed",
    "fail",
    "vitalstatus",
    "überlebensstatus",
    "ereignis",
    "état",
    "etat",
    "événement",
    "状态",
    "结局",
    "事件",
    "进展",
    "复发",
    "estado",
    "stato",
    "evento",
    "éxitus",
    "rezidiv",
    "récidive",
    "recidiva",
    "recaída",
    "progresión",
    "progressione",
    "statut",
}
# 1 means that nothing happened
INVERTED = {
    *LIVING,
    "cnsr",
    "censor",
    "censored",
    "zensiert",
    "censuré",
    "censurado",
    "censurato",
}
# names of a status that say that something happened, so that 1 or yes is the event
HAPPENED = {
    *DEATHS,
    "event",
    "events",
    "relapse",
    "relapsed",
    "recurrence",
    "recurred",
    "recur",
    "progression",
    "progressed",
    "failure",
    "failed",
    "fail",
    "ereignis",
    "rezidiv",
    "progress",
    "événement",
    "evenement",
    "récidive",
    "rechute",
    "éxitus",
    "evento",
    "recidiva",
    "recaída",
    "recaida",
    "progresión",
    "progressione",
    "metastasis",
    "evt",
    "事件",
    "进展",
    "复发",
}
EVENT = {
    *spelt(DEAD),
    *spelt({"progreso", "progresó", "progresado", "progresada", "progressé", "progressée"}),
    *("progredito", "progredita", "progrediert", "progredient", "rezidiviert", "ricaduta"),
    *spelt({"recidivó", "recidivado", "recidivada", "récidivé", "récidivée", "recidivato"}),
    *YES,
    "event",
    "progressed",
    "relapse",
    "relapsed",
    "recurrence",
    "recurred",
    "progression",
    "pd",
    "rezidiv",
    "progress",
    "récidive",
    "éxitus",
    "recidiva",
    "progresión",
    "progressione",
    "evento",
    "ereignis",
    "événement",
    "已死亡",
    "进展",
    "复发",
    "发生",
}
NO_EVENT = {
    *spelt(ALIVE),
    *NO,
    "censored",
    "censor",
    "lost",
    "no event",
    "withdrawn",
    "disease free",
    "zensiert",
    "censuré",
    "censurado",
    "censurato",
    "perdu de vue",
    "perdido",
    "perso al follow-up",
    "diseasefree",
    "sin evento",
    "nessun evento",
    "kein ereignis",
    "sans événement",
    "删失",
    "失访",
    "未进展",
    "未复发",
    "未死亡",
    "未发生",
    "lost to follow-up",
    "lost to follow up",
    "no progression",
    "no recurrence",
}
# key: label, abbreviation, singular, plural of the event
ENDPOINTS = {
    "os": ("Overall survival", "OS", "death", "deaths"),
    "pfs": ("Progression-free survival", "PFS", "progression or death", "progressions or deaths"),
    "dfs": ("Disease-free survival", "DFS", "recurrence or death", "recurrences or deaths"),
    "rfs": ("Recurrence-free survival", "RFS", "recurrence", "recurrences"),
    "efs": ("Event-free survival", "EFS", "event", "events"),
    "ttp": ("Time to progression", "TTP", "progression", "progressions"),
    "ttr": ("Time to recurrence", "TTR", "recurrence", "recurrences"),
    "css": ("Cancer-specific survival", "CSS", "death from cancer", "deaths from cancer"),
    "dss": ("Disease-specific survival", "DSS", "death from disease", "deaths from disease"),
    "dmfs": ("Distant metastasis-free survival", "DMFS", "metastasis", "metastases"),
    "mfs": ("Metastasis-free survival", "MFS", "metastasis", "metastases"),
    "dor": ("Duration of response", "DOR", "progression or death", "progressions or deaths"),
}
STEM_WORDS = {
    "os": (*DEATHS, *LIVING, "overall", "vital", "vitalstatus", "gesamtüberleben", "总生存"),
    "pfs": (
        "progresión",
        "progresion",
        "progressione",
        "progredienz",
        "progression",
        "progressed",
        "progress",
        "无进展",
        "进展",
    ),
    "dfs": ("无病",),
    "rfs": (
        "rezidiv",
        "récidive",
        "recidive",
        "rechute",
        "recidiva",
        "recaída",
        "recaida",
        "ricaduta",
        "recurrence",
        "relapse",
        "recurred",
        "recur",
        "rec",
        "censrec",
        "rectime",
        "无复发",
        "复发",
    ),
}
# endpoints that exports write with one letter after them: ost, ose, pfst, pfsc; DSST is a test
LETTERED = {"os", "pfs", "dfs", "rfs", "efs", "ttp"}
# one letter grown together with what follows, as exports of R have it: dtime, ptime, rtime
STEM_LETTERS = {"d": "os", "p": "ttp", "r": "rfs"}
# a status of any other thing (performance, menopausal, receptor) is known at the start
OUTCOME_OF_STATUS = {
    "vital",
    "life",
    "survival",
    "surv",
    "event",
    "death",
    "dead",
    "alive",
    "fu",
    "follow",
    "up",
    "followup",
    "last",
    "final",
    "current",
    "censor",
    "censoring",
    "patient",
    "pt",
    "relapse",
    "recurrence",
    "progression",
    "end",
    "study",
    "outcome",
    "disease",
    "treatment",
    "therapy",
}
UNITS = {
    "days": (
        "days",
        "day",
        "d",
        "tage",
        "tagen",
        "tag",
        "jours",
        "jour",
        "días",
        "dias",
        "día",
        "giorni",
        "giorno",
        "天",
        "日",
    ),
    "weeks": (
        "weeks",
        "week",
        "wks",
        "wk",
        "wochen",
        "semaines",
        "semaine",
        "semanas",
        "settimane",
        "周",
    ),
    "months": (
        "months",
        "month",
        "mo",
        "mos",
        "mths",
        "mth",
        "mon",
        "m",
        "monate",
        "monaten",
        "monat",
        "mois",
        "meses",
        "mes",
        "mesi",
        "mese",
        "月",
    ),
    "years": (
        "years",
        "year",
        "yrs",
        "yr",
        "y",
        "jahre",
        "jahren",
        "jahr",
        "ans",
        "années",
        "años",
        "anni",
        "anno",
        "年",
    ),
}
START_DATE = (
    "randomisation",
    "randomization",
    "rand",
    "trts",
    "treatment start",
    "start",
    "first dose",
    "baseline",
    "entry",
    "accept",
    "accepted",
    "acceptance",
    "admission",
    "registration",
    "surgery",
    "operation",
    "resection",
    "enrolment",
    "enrollment",
    "inclusion",
    "diagnosis",
    "dx",
    "randomisierung",
    "randomisierungsdatum",
    "einschluss",
    "einschlussdatum",
    "therapiebeginn",
    "behandlungsbeginn",
    "operationsdatum",
    "op",
    "inclusion",
    "traitement",
    "chirurgie",
    "erstdiagnose",
    "diagnosedatum",
    "diagnose",
    "diagnostic",
    "inclusión",
    "inicio",
    "aleatorización",
    "aleatorizacion",
    "randomización",
    "randomizacion",
    "cirugía",
    "cirugia",
    "diagnóstico",
    "diagnostico",
    "tratamiento",
    "randomizzazione",
    "inizio",
    "arruolamento",
    "intervento",
    "chirurgia",
    "diagnosi",
    "trattamento",
    "治疗开始",
    "首次治疗",
    "手术",
    "入组",
    "开始",
    "确诊",
    "诊断",
)
DEATH_DATE = tuple(sorted(DEATHS))
PROGRESSION_DATE = (
    "progression",
    "progressed",
    "recurrence",
    "relapse",
    "pd",
    "progressionsdatum",
    "progress",
    "rezidiv",
    "rezidivdatum",
    "récidive",
    "rechute",
    "progresión",
    "progresion",
    "recaída",
    "recaida",
    "recidiva",
    "progressione",
    "ricaduta",
    "进展",
    "复发",
)
LAST_DATE = (
    "last",
    "lst",
    "lstalv",
    "follow",
    "followup",
    "fu",
    "lfu",
    "contact",
    "end",
    "censor",
    "letzter",
    "letzte",
    "letztes",
    "letztkontakt",
    "último",
    "ultimo",
    "última",
    "ultima",
    "seguimiento",
    "contacto",
    "contatto",
    "dernières",
    "dernière",
    "dernier",
    "nouvelles",
    "末次随访",
    "随访",
    "末次",
    "最后",
)
AFTER_BASELINE = {
    "new lesion",
    "treatment months",
    "treatment duration",
    "treatment days",
    "cycles",
    "followup",
    "last",
    "death",
    "died",
    "dead",
    "progression",
    "relapse",
    "recurrence",
    "survival",
    "status",
    "censor",
    "event",
    "response",
    "discontinuation",
    "ongoing",
    "cause",
    "best",
    "end",
    "随访",
    "死亡",
    "进展",
    "复发",
    "生存",
    "疗效",
    "结局",
}
# Chinese column names: key, label, unit
CHINESE_NAMES = {
    "性别": ("sex", "Sex", ""),
    "年龄": ("age", "Age", "years"),
    "肿瘤大小": ("tumour_size", "Tumour size", ""),
    "肿瘤直径": ("tumour_size", "Tumour size", ""),
    "肿瘤数目": ("n_tumours", "Number of tumours", ""),
    "分期": ("stage", "Stage", ""),
    "甲胎蛋白": ("afp", "AFP", ""),
    "体重": ("weight", "Weight", "kg"),
    "身高": ("height", "Height", "cm"),
    "乙肝": ("hbv", "Hepatitis B", ""),
    "丙肝": ("hcv", "Hepatitis C", ""),
    "肝硬化": ("cirrhosis", "Cirrhosis", ""),
    "吸烟": ("smoking", "Smoking", ""),
    "饮酒": ("alcohol", "Alcohol", ""),
    "高血压": ("hypertension", "Hypertension", ""),
    "糖尿病": ("diabetes", "Diabetes", ""),
    "总胆红素": ("bilirubin", "Total bilirubin", ""),
    "白蛋白": ("albumin", "Albumin", ""),
    "血小板": ("platelets", "Platelets", ""),
    "转移": ("metastasis", "Metastasis", ""),
    "淋巴结": ("lymph_nodes", "Lymph nodes", ""),
    "分化": ("differentiation", "Differentiation", ""),
    "门静脉癌栓": ("pvtt", "Portal vein thrombus", ""),
    "血管侵犯": ("vascular_invasion", "Vascular invasion", ""),
}
# names of columns in German, French, Spanish and Italian
EUROPEAN_NAMES = {
    **dict.fromkeys(("geschlecht", "sexe", "sexo", "sesso"), ("sex", "Sex", "")),
    **dict.fromkeys(("alter", "âge", "age", "edad", "età", "eta"), ("age", "Age", "years")),
}
LEVEL_LABELS = {
    **dict.fromkeys(YES_WORDS - {"yes", "true"}, "Yes"),
    **dict.fromkeys(NO_WORDS - {"no", "false"}, "No"),
    "男": "Male",
    "女": "Female",
    "有": "Yes",
    "无": "No",
    "阴性": "Negative",
    "阳性": "Positive",
    "m": "Male",
    "f": "Female",
    "male": "Male",
    "female": "Female",
}
FIRST_LEVEL = {
    *(NO - {"f"}),  # which is female here
    "negative",
    "neg",
    "absent",
    "normal",
    "low",
    "阴性",
    "-",
    "male",
    "m",
    "男",
    "wild type",
    "wt",
    "0",
}
RISING = (
    ("none", "absent", "minimal", "mild", "moderate", "severe"),
    ("low", "medium", "intermediate", "moderate", "high", "very high"),
    ("never", "former", "current"),
    ("small", "medium", "large"),
    ("poor", "fair", "good"),
)
ACRONYMS = {
    "afp",
    "alt",
    "ast",
    "hbv",
    "hcv",
    "hbsag",
    "ecog",
    "bmi",
    "ldh",
    "cea",
    "psa",
    "wbc",
    "bclc",
    "tnm",
    "cnlc",
    "kps",
    "hiv",
    "egfr",
    "her2",
    "er",
    "pr",
    "ca125",
    "ca199",
    "crp",
    "inr",
    "nlr",
    "pvtt",
    "alp",
    "ggt",
    "albi",
}
ACRONYM_SHOWN = {"hbsag": "HBsAg", "egfr": "EGFR"}


def compact(text: str) -> str:
    """Give a name in lower case without anything between its letters and digits."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> set[str]:
    """Take a name apart: osMonths -> os, months; OS_time (d) -> os, time, d; RANDDT -> rand."""
    plain = CAMEL.sub(" ", unicodedata.normalize("NFKC", text))
    found = {word for word in re.split(r"[\W_]+", plain.casefold()) if word}
    return found | {date[1] for date in map(GLUED_DATE.fullmatch, found) if date}


def mentions(text: str, known) -> bool:
    """Say whether a name has one of the known words; Chinese ones may stand within others."""
    found = words(text)
    lowered = re.sub(r"[\W_]+", " ", CAMEL.sub(" ", text).casefold())
    return any(
        (word in lowered) if CHINESE.search(word) or " " in word else (word in found)
        for word in known
    )


def unit_named(text: str) -> str:
    """Give the unit of time that a name or label says in a word, not a letter; "" if none."""
    for unit, names in UNITS.items():
        if mentions(text, [name for name in names if len(name) > 1 or CHINESE.search(name)]):
            return unit
    return ""


def is_baseline_status(text: str) -> bool:
    """Say whether a name is the status of something known at the start: er_status."""
    others = {word for word in words(text) if not word.isdigit()} - {"status", "stat"}
    named = words(text) & {"status", "stat"}
    return bool(named and others) and not others & OUTCOME_OF_STATUS and not stem(text)


def letter_pair(time: str, state: str) -> bool:
    """Say whether two names are a letter for a time and one for its event: T and E, t2 and d2."""
    one, other = (LETTER_NAME.fullmatch(compact(name)) for name in (time, state))
    return bool(one and other and one[1] == "t" and other[1] in "edc" and one[2] == other[2])


def same_letter(name: str, other: str) -> bool:
    """Say whether two names are one letter with a digit each: d1, d3."""
    one, two = (LETTER_NAME.fullmatch(compact(text)) for text in (name, other))
    return bool(one and two and one[1] == two[1] and one[2].isdigit() and two[2].isdigit())


def stem(text: str) -> str:
    """Give the endpoint that a name is about ("os", "pfs"), or ""."""
    found, short = words(text), compact(text)
    if key := of_both(text) or endpoint_phrase(text):
        return key
    joined = "|".join(sorted(ENDPOINTS, key=len, reverse=True))
    tail = r"time|t|months?|mo|m|days?|d|years?|weeks?|surv|event|e|status|stat|s|c|cens\w*|cnsr"
    tail += r"|aval|dur|ind|i"
    match = re.fullmatch(rf"({joined})(?:{tail})*\d?", short)
    if match and (match[1] in LETTERED or len(short) != len(match[1]) + 1 or short[-1].isdigit()):
        return match[1]
    glued = re.fullmatch(r"([dpr])(?:time|stat|status|event|months|days)", short)
    if glued:
        return STEM_LETTERS[glued[1]]
    for key in ENDPOINTS:
        if key in found:
            return key
    for key, known in STEM_WORDS.items():
        if mentions(text, known):
            return key
    return "os" if says_dead(text) else ""


def says_dead(text: str) -> bool:
    """Say whether a name begins or ends with a word for death, grown together: censdead."""
    return bool(GROWN_TOGETHER.search(compact(text)))


def is_sex(name: str) -> bool:
    """Say whether a column holds the sex, by its name."""
    return compact(name) in SEX or "性别" in name


def sex_of(cell: str) -> str:
    """Give Male or Female for a word or letter that means it in a column of the sex, or ""."""
    word = cell.strip().casefold()
    return "Male" if word in MALE else "Female" if word in FEMALE else ""


def level_label(shown: str, sex: bool) -> str:
    """Give the English word for a level; letters (m, f) mean one only in a column of the sex."""
    known = LEVEL_LABELS.get(shown.casefold(), "") or (sex and sex_of(shown))
    spelt = len(shown) > 2 or shown.casefold() == "ja"
    return known if known and (sex or CHINESE.search(shown) or spelt) else shown


def key_of(text: str, place: int, taken: set[str]) -> str:
    """Make a key for the study file: lower-case letters, digits and underscores,
    not taken yet."""
    known = next((names[0] for word, names in CHINESE_NAMES.items() if word in text), "")
    known = known or EUROPEAN_NAMES.get(compact(_unit(text)[0]), ("",))[0]
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    key = known or re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")
    if not key or not key[0].isalpha():
        key = f"column_{place}" if not key else f"x_{key}"
    key = key[:34].rstrip("_")
    number, made = 2, key
    while made in taken:
        made, number = f"{key}_{number}", number + 1
    taken.add(made)
    return made


def label_of(name: str, label: str = "") -> tuple[str, str]:
    """Give label and unit of a variable from the label in the file, or from its column's name."""
    for word, (_, english, unit) in CHINESE_NAMES.items():
        if word in name and not label:
            return english, unit or _unit(name)[1]
    text, unit = _unit((label or name).strip())
    if compact(text) in EUROPEAN_NAMES:
        return EUROPEAN_NAMES[compact(text)][1], unit or EUROPEAN_NAMES[compact(text)][2]
    if not label:
        text = " ".join(re.split(r"[_.\s]+", text)).strip() or name
        if words(name) & ACRONYMS:
            parts = [
                ACRONYM_SHOWN.get(p.casefold(), p.upper() if p.casefold() in ACRONYMS else p)
                for p in text.split()
            ]
            text = " ".join(parts)
        text = text[:1].upper() + text[1:]
    if not unit and words(name) & {"age"}:
        unit = "years"
    return text, unit


def _unit(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.+?)\s*[(（\[]\s*([^()（）\[\]]{1,15})\s*[)）\]]", text)
    if found and re.search(
        r"/|%|^(岁|years?|yrs?|mm|cm|kg|m2|g|mg|ml|[µμu]mol|days?|months?|s|sec"
        r"|jahre|ans|años|tage|jours|monate|mois)$",
        found[2],
        re.I,
    ):
        known = UNITS_IN_CELLS.get(found[2].casefold(), "")
        return found[1], known if known in ("years", "months", "days") else found[2]
    return text, ""
