"""An order comes in, of our own shop or taken over from one beside us, and lapses when it is not paid in time."""
