"""The shop beside us: which cards are its to sell, which were taken over, and which both have sold."""
