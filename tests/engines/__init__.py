"""Tests on a real Elasticsearch."""
