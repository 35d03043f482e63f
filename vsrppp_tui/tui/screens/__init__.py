"""What fills the terminal: the dashboard, the live setup, the help, the question before leaving."""
