"""The published language: messages, envelope, values, schemas and samples."""
