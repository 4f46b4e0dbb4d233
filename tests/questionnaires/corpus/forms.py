"""All the forms, those without a fault, and those with one."""

from tests.questionnaires.corpus import columns, faults, kinds, payloads, shapes

CORPUS = [*kinds.FORMS, *columns.FORMS, *shapes.FORMS, *faults.FORMS, *payloads.FORMS]
VALID = [each for each in CORPUS if not each.fault]
FAULTY = [each for each in CORPUS if each.fault]
