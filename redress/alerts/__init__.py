"""What a person should look at, over all services: each alert in plain words, with the commands that mend it."""
