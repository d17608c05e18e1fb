"""`redress connect`: a shop that exists already is read, taken over as far as its operator wants, and never written to."""
