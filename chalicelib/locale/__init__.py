"""The texts of the product in both languages, and how codes, dates, amounts and lengths of time are
written."""
