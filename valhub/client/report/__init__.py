"""The HTML report of one run: a single page that needs no network.

`page` fills the templates, `sections` decides what they show; `scales` and `decimation` turn data
into positions; the chart modules give geometry only, the templates draw it. Text from packages and
algorithms is escaped by the templates, and the page's own policy allows no other script or style.
"""
