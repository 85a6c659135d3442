"""Documents that frameworks have made of small apps, and the script that makes them."""
