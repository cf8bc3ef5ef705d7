"""Search over customers, contacts and orders: a cache of the read models behind a port, thrown away and filled at will."""
