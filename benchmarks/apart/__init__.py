"""Matrix expressions evaluated and differentiated with numbers alone: nothing here is imported from, or taken from, the engine."""
