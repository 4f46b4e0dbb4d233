"""Outcome codes of contact attempts: a short list in the UK scheme, each with its AAPOR class.

The numbers follow Lynn, Beerten, Laiho and Martin, "Recommended standard final outcome categories and standard
definitions of response rate for social surveys" (ISER working paper 2001-23); the classes AAPOR, Standard Definitions.
"""

from msgspec import Struct


class Outcome(Struct, frozen=True):
    code: str
    label: str
    uk: int
    aapor: str
    final: bool = False
    call_back: bool = False


OUTCOMES: dict[str, Outcome] = {
    outcome.code: outcome
    for outcome in (
        Outcome("appointment_made", "Appointment made", 300, "2.30"),
        Outcome("call_back", "Asked us to call back", 320, "2.30", call_back=True),
        Outcome("no_answer", "No answer", 310, "2.20", call_back=True),
        Outcome("message_left", "Message left where that is safe", 310, "2.20", call_back=True),
        Outcome("sent", "Sent, no reply yet", 310, "2.20", call_back=True),
        Outcome("not_with_adult", "Spoke, but not with a responsible adult", 330, "2.20", call_back=True),
        Outcome("nobody_home", "Nobody was at home", 310, "2.24", call_back=True),
        Outcome("broken_appointment", "Appointment broken", 450, "2.20", call_back=True),
        Outcome("soft_refusal", "Rather not, for now", 461, "2.11"),
        Outcome("hard_refusal", "Does not want to be contacted again", 460, "2.11", final=True),
        Outcome("away", "Away or in hospital", 522, "2.25", call_back=True),
        Outcome("bad_number", "The number is wrong", 630, "3.18"),
        Outcome("moved", "Moved, new address unknown", 671, "3.18"),
        Outcome("not_located", "Cannot be located", 630, "3.18", final=True),
        Outcome("moved_abroad", "Moved abroad", 783, "4.10", final=True),
    )
}
CHANNELS: dict[str, str] = {
    "phone": "Telephone",
    "text": "Text message",
    "email": "E-mail",
    "letter": "Letter",
    "visit": "At the door",
}
