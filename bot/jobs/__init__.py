"""What happens by itself at set times. Here it is only woken; what is due is a question for the database."""
