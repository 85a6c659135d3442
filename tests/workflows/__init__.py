"""The workflows of .github: their own steps, run here."""
