"""What a case is made of: frozen values, codes and dates, nothing that happens."""
