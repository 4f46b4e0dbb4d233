"""What can go wrong with families and their people."""


class FaultyList(Exception):
    """The list has faults. Nothing was taken from it."""


class NoPerson(Exception):
    """There is no such person in this family."""
