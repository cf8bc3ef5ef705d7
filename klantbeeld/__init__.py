"""klantbeeld: the event-sourced picture of the customer."""
