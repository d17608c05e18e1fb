"""The outside world's wire formats, pure: canonical string, sign, verify, parse."""
