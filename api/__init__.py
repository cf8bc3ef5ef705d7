"""Who may ask: routes, schemas and access. No rule about customers, orders or agreements lives here."""
