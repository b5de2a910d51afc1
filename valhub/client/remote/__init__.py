"""What the commands share that speak to a hub: logins, what they write, and how they follow a run.

The client itself is `valhub.client.hubs`.
"""
