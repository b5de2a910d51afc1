"""What every request passes, whichever door it goes to: bodies, sizes, headers, request ids.

Nothing here knows a route, a page or a rule of the product.
"""
