"""The published language: envelope, values, messages, and all another team needs to read them (README.md)."""
