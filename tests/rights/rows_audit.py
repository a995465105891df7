"""Rights to the record: read by auditors and administrators, changed by nobody."""

from tests.factories.audit import AccessLogFactory, EventFactory
from tests.rights.table import Row, only

readers = only("auditor", "administrator")

ROWS = [
    Row("audit:events", get=readers),
    Row("audit:events_csv", get=readers),
    Row("audit:accesses", get=readers),
    Row("audit:accesses_csv", get=readers),
    Row("api:event-list", get=readers),
    Row("api:event-detail", args=lambda user: {"pk": EventFactory().pk}, get=readers),
    Row("api:accesslog-list", get=readers),
    Row("api:accesslog-detail", args=lambda user: {"pk": AccessLogFactory().pk}, get=readers),
]
