"""The pages of consumers and other parties."""
