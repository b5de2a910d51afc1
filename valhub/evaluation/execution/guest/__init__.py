"""What exists inside the sandbox besides the algorithm: this folder, bound read-only.

Everything here runs on the standard library of any Python from 3.9 on, and imports NumPy and
pandas only when a value needs them: the algorithm's own versions, or none. The host uses the same
`wire` on its side of the socket. Nothing here is trusted: what decides a score is outside.
"""
