"""The outside world's wire formats, pure: build a request, sign it, parse and judge what came back.

Nothing here does I/O or reads a clock; time, keys and numbers are arguments. An activity builds an
`HttpRequest`, a transport of its own choosing performs it, and the parsers of this package say what the
`HttpReply` means. The sandbox uses the other half of each module (sign a notice, sign a reply, verify a
request), so both ends are held to the same vectors in `protocols/vectors`.
"""
