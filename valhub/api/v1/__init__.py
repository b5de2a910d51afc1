"""The API for programs: plain JSON under `/api/v1`, described by OpenAPI.

One file for each resource. A route asks a selector or a service and writes what it gets as a
schema; rules live there, and results pass `valhub.jobs.disclosure` first.
"""
