"""The values of a case: frozen records, codes and dates."""
