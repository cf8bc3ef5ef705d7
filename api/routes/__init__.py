"""The routes, one module a subject. Each has a `router` that `api.app` includes."""
