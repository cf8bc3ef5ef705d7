"""Ways in: connectors, webhooks, imports and pullers. They hand events to ingest and decide nothing themselves."""
