"""Pictures of patients: read from a study folder, windowed, and refused while they name anyone."""
