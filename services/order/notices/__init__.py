"""Payment notices: read, judged, recorded; a proven one pays the order."""
