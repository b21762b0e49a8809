"""The process engine: moves, the letters that they owe, deadlines and their steps."""
