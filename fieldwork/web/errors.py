"""What can go wrong at the web's own door."""


class NotFromHere(Exception):
    """This form did not come from a page of this sign-in. Go back, reload the page and send it again."""


class HungUp(Exception):
    """Whoever was sending this hung up before it was all here. Nothing of it was taken in."""


class RouteWithoutNeeds(Exception):
    """A route declares no right. The application does not start."""
