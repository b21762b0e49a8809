"""The texts of the product in both languages, and the formats of figures, dates and names."""
