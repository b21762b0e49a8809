"""The values that a case consists of. They are frozen records. The code lists, the marks of form fields, and
the declarations of letters are here too."""
