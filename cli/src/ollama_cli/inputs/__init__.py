"""What a question is made of: words, standard input, files and images."""
