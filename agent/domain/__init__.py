"""Pure types and rules of Handhold. Imports no framework."""
