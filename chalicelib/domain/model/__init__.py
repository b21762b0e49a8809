"""What a case is made of: frozen values, codes and dates. What can be done with it is in `moves`."""
