"""What is decided about a shop beside us, pure."""
