"""The texts of the product in both languages, and the writing of codes, dates, amounts and lengths of time as
words."""
