"""The words of the product in both languages, and how figures, dates and names are written in them."""
