"""Safeguarding: concerns and their escalation, in a schema and with grants of their own."""
