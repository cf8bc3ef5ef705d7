"""The one write path: validate, choose the owner, seal, append; nothing here reads a read model."""
