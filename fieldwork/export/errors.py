"""What can go wrong when data are written down for analysis."""


class NoSuchFormat(Exception):
    """Data are exported as csv, xlsx, sav, dta or parquet."""


class NoSuchShape(Exception):
    """Data are exported wide, one row for each family, or long, one row for each answer."""


class TooLarge(Exception):
    """This is more than a sheet of Excel holds. Choose another format, or the other shape."""


class NotAFolder(Exception):
    """There is a file where the folder of the export should be. Nothing was written."""


class ChangedMeanwhile(Exception):
    """Something new was completed while the data were being read. Nothing was written; export again."""
