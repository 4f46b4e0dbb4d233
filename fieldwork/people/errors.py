"""What can go wrong with families and their people."""


class FaultyList(Exception):
    """The list has faults. Nothing was taken from it."""


class UnreadableList(Exception):
    """This file can't be read as a list. Save it as CSV (UTF-8) or XLSX with the column names in its first row."""


class NoPerson(Exception):
    """There is no such person in this family."""
