"""The shapes of requests and answers, which also describe the API. No rules live here."""
