"""What leaves a case for learning: de-identified, and only with a supervisor's approval."""
