"""The supply and demand map and the lists behind it: staff who may read shortlists."""

from tests.rights.table import Row, only

readers = only("manager", "administrator", "auditor")

ROWS = [
    Row("matching:supply", get=readers),
    Row("matching:supply_export", get=readers),
    Row("matching:supply_requests", get=readers),
    Row("matching:supply_people", get=readers),
]
