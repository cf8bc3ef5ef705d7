"""Search by Elasticsearch, behind the same port and with the same hits as search by PostgreSQL.

`engine` is where to begin: it knows which index belongs to which read models. Nothing outside imports the client library,
which is installed only where Elasticsearch is used.
"""
