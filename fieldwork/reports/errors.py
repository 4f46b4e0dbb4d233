"""What can go wrong with a report."""


class NoSuchReport(Exception):
    """There is no report of this name. `fieldwork report list` names them all."""


class NoSuchFormat(Exception):
    """A report is shown as json, csv or text."""
