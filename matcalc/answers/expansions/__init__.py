"""A function near a point: its linear map of increments, its Taylor expansion, its exact increment."""
