"""The pages of staff, called the desk."""
