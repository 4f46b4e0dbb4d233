"""The questionnaires that come with the product, each one file for a code and a version."""

from functools import lru_cache
from importlib import resources

from questionnaires import reading
from questionnaires.definitions import Questionnaire
from questionnaires.errors import UnknownQuestionnaire

# Who is asked what where a protocol says nothing else: completed years of the child on the day of the interview. It is
# narrower than the ages an instrument is made for, so that one child is never asked, or asked about, with two forms.
USUAL_AGES = {
    ("sdq", "p2-4"): (2, 3),
    ("sdq", "p4-17"): (4, 10),
    ("sdq", "s11-17"): (11, 17),
    ("cyrm12", "child-3pt"): (6, 10),
    ("cyrm12", "youth-5pt"): (11, 17),
    ("happiness", "faces5"): (6, 8),
    ("cantril", "0-10"): (9, 17),
    ("slss", "6pt"): (9, 17),
    ("prp6", "perform-well"): (11, 17),
    ("exercise", "blank"): (6, 10),
}


@lru_cache(maxsize=1)
def shelf() -> tuple[Questionnaire, ...]:
    """Every shipped questionnaire, ordered by code and version."""
    files = sorted(resources.files("questionnaires").joinpath("instruments").iterdir(), key=lambda file: file.name)
    return tuple(reading.read(file.read_text("utf-8")) for file in files if file.name.endswith(".toml"))


def load(code: str, version: str | None = None) -> Questionnaire:
    """One shipped questionnaire; without a version its only one, or the one that is usually meant."""
    found = [each for each in shelf() if each.code == code]
    if not found:
        raise UnknownQuestionnaire(f"There is no questionnaire {code[:40]!r}.")
    versions = ", ".join(each.version for each in found)
    if version is not None:
        chosen = [each for each in found if each.version == version]
    else:
        chosen = found if len(found) == 1 else [each for each in found if each.usual]
    if not chosen:
        raise UnknownQuestionnaire(f"Name one of the versions of {code}: {versions}.")
    return chosen[0]


def for_age(years: int) -> tuple[Questionnaire, ...]:
    """The measures usually asked of a child of this age, or about one; the protocol of a study has the last word."""
    return tuple(load(*wanted) for wanted, (youngest, oldest) in USUAL_AGES.items() if youngest <= years <= oldest)
