"""`redress connect`: shops rebuilt from what is known of their schemas, read, followed and taken over."""
