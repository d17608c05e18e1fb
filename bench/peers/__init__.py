"""What the figures are compared with: the same work by the shortest and by the most obvious code."""
