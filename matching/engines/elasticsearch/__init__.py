"""Elasticsearch as search engine; nothing outside this package imports its client."""

from matching.engines.elasticsearch.connection import Address
from matching.engines.elasticsearch.engine import ElasticsearchEngine
from matching.engines.elasticsearch.errors import SearchClusterError

__all__ = ["Address", "ElasticsearchEngine", "SearchClusterError"]
