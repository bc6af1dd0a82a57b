"""Tests of the OpenAPI 2.0 document."""
