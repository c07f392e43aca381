"""A package, so that its fixture can live as long as its tests."""
