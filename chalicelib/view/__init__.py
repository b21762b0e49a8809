"""What there is to know of a case, by thing, for whoever reads it: letters, pages and interface render it."""
