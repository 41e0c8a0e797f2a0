"""Dead and alive, yes and no, in seven languages: one vocabulary for every reader of a status."""

import pandas as pd
import pytest

from cohortbook.cohort.derive.status import read_status
from cohortbook.intake.arms import INDICATED
from cohortbook.study.answers import answer
from cohortbook.study.parts import Endpoint
from cohortbook.study.vital import says_death, vital

DEAD = [
    *("Exitus", "DECEASED", "1: Deceased", "verstorben", "Tot", "gestorben", "Décédée", "DECEDE"),
    *("mort", "fallecido", "Falleció", "éxitus", "Muerta", "deceduto", "morto per altra causa"),
    *("已死亡", "病逝", "no longer alive", "lebt nicht mehr", "Dead of other cause"),
    *("overleden", "Overlijden", "niet meer in leven", "leeft niet meer"),
]
ALIVE = [
    *("Alive", "0:LIVING", "am Leben", "nicht verstorben", "vivante", "en vie", "non décédé"),
    *("vivo sin enfermedad", "no fallecido", "vivente", "in vita", "存活", "未死亡", "Not dead"),
    *("alive, no evidence of disease", "Dead: no", "in leven"),
    *("leeft nog", "niet overleden"),
]


@pytest.mark.parametrize("word", DEAD)
def test_a_word_for_the_dead(word):
    assert vital(word) is True


@pytest.mark.parametrize("word", ALIVE)
def test_a_word_for_the_living(word):
    assert vital(word) is False and not says_death(word)


@pytest.mark.parametrize("word", ["PD", "unknown", "lost to follow-up", "no event", "total"])
def test_a_word_for_neither(word):
    assert vital(word) is None and not says_death(word)


@pytest.mark.parametrize(
    "name",
    [
        "death_date",
        "DeathDate",
        "dthdtc",
        "fecha_exitus",
        "date_deces",
        "datum overlijden",
        "死亡日期",
        "DOD",
    ],
)
def test_a_column_of_deaths(name):
    assert says_death(name)


@pytest.mark.parametrize("name", ["tot_bili", "expired_drug", "os_months", "总生存期"])
def test_a_column_of_something_else(name):
    assert not says_death(name)


@pytest.mark.parametrize("event", ["progression", "progression or death"])
@pytest.mark.parametrize("word", DEAD)
def test_a_death_is_never_censored_unless_the_study_says_so(word, event):
    """A progression-free endpoint of PD and deaths: without the code 3 deaths were censored."""
    status = pd.Series(["PD", word, word, "PD", word])
    named = {"label": "Progression-free survival", "short": "PFS", "event_label": event}
    spec = Endpoint(time="t", event="s", event_codes=["PD"], **named)
    assert read_status(status, spec).undeclared == {word: 3}
    stated = Endpoint(time="t", event="s", event_codes=["PD"], censored_codes=[word], **named)
    assert read_status(status, stated).undeclared == {}


@pytest.mark.parametrize(
    "yes, no", [("yes", "no"), ("Sí", "No"), ("oui", "non"), ("ja", "nein"), ("ja", "nee")]
)
def test_yes_and_no(yes, no):
    assert (answer(yes), answer(no)) == (True, False)
    assert {yes.casefold(), no.casefold()} <= INDICATED
