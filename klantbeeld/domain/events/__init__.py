"""The events of the contract: their data, versions and order."""
