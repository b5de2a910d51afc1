"""What every request passes, to the API or to a page: bodies, sizes, headers, request ids.

Nothing here knows a route, a page or a rule of the product.
"""
