"""The pages of consumers and of the other parties to a case."""
