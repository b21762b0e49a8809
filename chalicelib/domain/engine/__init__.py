"""What happens to a case: moves are taken, letters owed, deadlines derived, their steps taken."""
