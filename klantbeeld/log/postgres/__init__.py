"""The log and the key store on PostgreSQL, in the schema `kept`: backed up, never rebuilt."""
