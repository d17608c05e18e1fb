"""What cards are worth: asking their suppliers about them, sampling what is unsold, and stopping a batch before it is sold."""
