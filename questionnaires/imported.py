"""What was taken in of a form from elsewhere, and what was left out or changed on the way (pure)."""

from msgspec import Struct

from questionnaires.definitions import Questionnaire
from questionnaires.notices import Notice


class Imported(Struct, frozen=True):
    questionnaire: Questionnaire
    notices: tuple[Notice, ...] = ()
