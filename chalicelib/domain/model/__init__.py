"""The values of a case, which are frozen records, and the code lists, field marks and letters that belong to
them."""
