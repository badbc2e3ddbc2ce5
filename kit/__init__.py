"""High Note: a training and self-assessment kit for ending client relationships well."""

__version__ = "0.1.0"
