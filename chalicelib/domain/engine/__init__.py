"""The engine of the process. It takes moves, decides who may take them, and computes deadlines and the
letters that moves owe."""
