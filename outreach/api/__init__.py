"""What the customer's own product asks and tells: people's inboxes, and the browsers that push messages go to."""
