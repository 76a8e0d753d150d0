"""What a person does with the program beside talking: exercises and questionnaires."""
