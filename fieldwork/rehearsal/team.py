"""Team: everyone who signs in to the rehearsal, all of them invented."""

from msgspec import Struct

from fieldwork.rehearsal import enrolment, figures
from fieldwork.staff.rights import Role

ALL = ("*",)
COORDINATOR = "coordinator@fieldwork.test"
READER = "reader@fieldwork.test"
CONTACT = "contact@fieldwork.test"
CONTACT_OF = "n1"
# In the order of their addresses, researcher1 to researcher12.
RESEARCHERS = (
    "Petra Marchbank",
    "Owain Tulley",
    "Nasreen Holloway",
    "Colm Averidge",
    "Isobel Trent-Kay",
    "Dipak Somerlea",
    "Harriet Quarmby",
    "Tomasz Fenwright",
    "Leila Oakshott",
    "Gwen Addlestrop",
    "Marcus Pellow",
    "Ruth Winterbourn",
)


class Member(Struct, frozen=True):
    """An account to be made: its role, and the codes of its sites; `*` stands for all of them."""

    email: str
    name: str
    role: Role
    sites: tuple[str, ...]


def accounts() -> tuple[Member, ...]:
    """The twelve researchers with their sites, then one account of every other role."""
    places = enrolment.sites(figures.read().ours.sites)
    sites = {email: site.code for site in places for email in site.researchers}
    researchers = (
        Member(email, name, Role.RESEARCHER, (code,))
        for (email, code), name in zip(sites.items(), RESEARCHERS, strict=True)
    )
    return (
        *researchers,
        Member(COORDINATOR, "Alma Brightwater", Role.COORDINATOR, ALL),
        Member(READER, "Edith Farrowby", Role.COORDINATOR, ALL),
        Member(CONTACT, "Desmond Castlegate", Role.SITE_CONTACT, (CONTACT_OF,)),
        Member("analyst@fieldwork.test", "Yuki Thornaby", Role.ANALYST, ALL),
        Member("safeguarding@fieldwork.test", "Bernadette Loxley", Role.SAFEGUARDING_LEAD, ALL),
        Member("administrator@fieldwork.test", "Piers Holmgate", Role.ADMINISTRATOR, ()),
        Member("auditor@fieldwork.test", "Sunniva Rook", Role.AUDITOR, ALL),
        Member("finance@fieldwork.test", "Tobias Fenwick", Role.FINANCE, ALL),
    )


def hands_over(site: str) -> str:
    """Who takes in a site's lists: its contact where it has one, or else the coordinator."""
    return CONTACT if site == CONTACT_OF else COORDINATOR
