"""Who may ask for what, and what answers: each route, as thin as can be."""
