"""A real Elasticsearch from an archive: unpacked once, run as an unprivileged account."""

from config.local_services.elasticsearch.archive import Distribution, named_archive, unpacked
from config.local_services.elasticsearch.java import Java, newest_java
from config.local_services.elasticsearch.node import Node
from config.local_services.elasticsearch.server import READY_WITHIN, Elasticsearch, start_within

__all__ = [
    "READY_WITHIN",
    "Distribution",
    "Elasticsearch",
    "Java",
    "Node",
    "named_archive",
    "newest_java",
    "start_within",
    "unpacked",
]
