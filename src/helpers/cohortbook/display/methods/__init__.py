"""What the manuscript says of study and methods, from the settings in force."""
