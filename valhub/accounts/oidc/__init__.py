"""OpenID Connect, as the hub speaks it: the institute's server says who somebody is.

Authorization code flow with PKCE, state and nonce. `client` is what the settings say, `provider`
talks to the server, `id_tokens` checks what it says, and `attempts` is what a browser keeps
meanwhile. Nothing here knows of accounts.
"""
