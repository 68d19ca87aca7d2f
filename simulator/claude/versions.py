"""The versions of the Messages API that are spoken here."""

NEW_VERSION, OLD_VERSION = "2026-10-21", "2023-06-01"
VERSIONS = (NEW_VERSION, OLD_VERSION)
