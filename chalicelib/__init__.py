"""Consumer rights protection and dispute handling: one complaint, one number, one timeline."""
