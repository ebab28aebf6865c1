"""Running Dateline in containers: secrets, set-up, and the steps of the image."""
