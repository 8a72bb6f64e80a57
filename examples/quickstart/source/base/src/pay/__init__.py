"""Takes card payments and gives them back."""
