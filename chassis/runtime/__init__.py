"""The runtime: a declared service on real servers. One event loop per process, one writer thread per service."""
