"""The questionnaires that come with the product, each one file for a code and a version."""

from functools import lru_cache
from importlib import resources

from questionnaires import definitions
from questionnaires.definitions import Questionnaire
from questionnaires.errors import UnknownQuestionnaire


@lru_cache(maxsize=1)
def shelf() -> tuple[Questionnaire, ...]:
    """Every shipped questionnaire, ordered by code and version."""
    files = sorted(resources.files("questionnaires").joinpath("instruments").iterdir(), key=lambda file: file.name)
    return tuple(definitions.read(file.read_text("utf-8")) for file in files if file.name.endswith(".toml"))


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
